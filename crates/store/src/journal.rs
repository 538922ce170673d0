//! The hash chain of commits: one row each, appended inside the transaction that it describes.
//!
//! # Invariants
//!
//! - **A row follows from the row before**: `SHA-256("mg/journal/1" ‖ store ‖ incarnation ‖ counter ‖ hash before ‖
//!   SHA-256(pins))`. A row that was changed, removed or put back breaks every later one.
//! - **Counters have no gap** within a store, also across incarnations.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;
use crate::meta::signed;
use crate::pin::Pin;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

const PIN: usize = 33;

/// A place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) incarnation: u32,
    pub(crate) counter: u64,
    pub(crate) hash: Hash,
}

impl Place {
    /// Before the first commit.
    pub(crate) const START: Self = Self {
        incarnation: 0,
        counter: 0,
        hash: [0; 32],
    };

    /// The place after this one.
    pub(crate) fn next(&self, store: &[u8; 16], incarnation: u32, pins: &[u8]) -> Self {
        let counter = self.counter.saturating_add(1);
        let hash = crypto::sha256(&[
            b"mg/journal/1",
            store,
            &incarnation.to_be_bytes(),
            &counter.to_be_bytes(),
            &self.hash,
            &crypto::sha256(&[pins]),
        ]);
        Self {
            incarnation,
            counter,
            hash,
        }
    }
}

/// Writes pins as a row holds them.
pub(crate) fn pack(pins: &[Pin]) -> Vec<u8> {
    pins.iter()
        .flat_map(|pin| std::iter::once(pin.kind).chain(pin.hash))
        .collect()
}

/// Reads pins as a row holds them; `None` when they are no whole number.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<Pin>> {
    if !bytes.len().is_multiple_of(PIN) {
        return None;
    }
    bytes
        .chunks_exact(PIN)
        .map(|chunk| {
            let (kind, hash) = chunk.split_first()?;
            Some(Pin {
                kind: *kind,
                hash: hash.try_into().ok()?,
            })
        })
        .collect()
}

/// One row.
pub(crate) struct Row {
    pub(crate) place: Place,
    pub(crate) pins: Vec<u8>,
}

/// Appends the row of this transaction.
pub(crate) fn append(conn: &Connection, place: &Place, pins: &[u8]) -> Result<(), Error> {
    conn.prepare_cached(
        "INSERT INTO journal (counter, incarnation, pins, hash) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((signed(place.counter), place.incarnation, pins, place.hash))?;
    Ok(())
}

/// The newest place of the database.
pub(crate) fn tip(conn: &Connection) -> Result<Place, Error> {
    let tip = conn
        .query_row(
            "SELECT counter, incarnation, pins, hash FROM journal ORDER BY counter DESC LIMIT 1",
            [],
            row,
        )
        .optional()?;
    Ok(tip.map_or(Place::START, |row| row.place))
}

/// The place at a counter.
pub(crate) fn at(conn: &Connection, counter: u64) -> Result<Option<Place>, Error> {
    if counter == 0 {
        return Ok(Some(Place::START));
    }
    let found = conn
        .query_row(
            "SELECT counter, incarnation, pins, hash FROM journal WHERE counter = ?1",
            [signed(counter)],
            row,
        )
        .optional()?;
    Ok(found.map(|row| row.place))
}

/// Walks the chain from after `from`, and hands out each row that follows from the one before. Returns the first
/// counter that does not, where there is one; later rows prove nothing.
pub(crate) fn walk(
    conn: &Connection,
    store: &[u8; 16],
    from: &Place,
    mut each: impl FnMut(&Row) -> Result<(), Error>,
) -> Result<Option<u64>, Error> {
    let mut before = *from;
    let mut statement = conn.prepare(
        "SELECT counter, incarnation, pins, hash FROM journal WHERE counter > ?1 ORDER BY counter",
    )?;
    let mut rows = statement.query([signed(from.counter)])?;
    while let Some(found) = rows.next()? {
        let row = row(found)?;
        let expected = before.next(store, row.place.incarnation, &row.pins);
        if row.place != expected || row.place.incarnation < before.incarnation {
            return Ok(Some(expected.counter));
        }
        each(&row)?;
        before = row.place;
    }
    Ok(None)
}

pub(crate) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let counter: i64 = row.get(0)?;
    Ok(Row {
        place: Place {
            counter: counter.unsigned_abs(),
            incarnation: row.get(1)?,
            hash: row.get(3)?,
        },
        pins: row.get(2)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_come_back_as_they_were_packed() {
        let pins = vec![
            Pin {
                kind: 1,
                hash: [7; 32],
            },
            Pin {
                kind: 255,
                hash: [0; 32],
            },
        ];
        assert_eq!(unpack(&pack(&pins)), Some(pins));
        assert_eq!(unpack(&[0; 34]), None);
    }

    #[test]
    fn every_part_of_a_row_changes_its_hash() {
        let place = Place::START.next(&[1; 16], 1, b"pins");
        let others = [
            Place::START.next(&[2; 16], 1, b"pins"),
            Place::START.next(&[1; 16], 2, b"pins"),
            Place::START.next(&[1; 16], 1, b"pin"),
            Place {
                counter: 1,
                ..Place::START
            }
            .next(&[1; 16], 1, b"pins"),
            Place {
                hash: [9; 32],
                ..Place::START
            }
            .next(&[1; 16], 1, b"pins"),
        ];
        assert!(others.iter().all(|other| other.hash != place.hash));
    }
}
