//! `recover`: from a damaged store into a fresh one, all that can be read and that verifies.
//!
//! # Invariants
//!
//! - **The damaged store stays as it was found.** None of its files is changed.
//! - **Same key, same header, another incarnation**: what this device signs from now on takes no number twice.
//! - **What is missing is listed**, as far as the old journal can still name it.

mod around;
mod reading;

use std::collections::HashSet;
use std::path::Path;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use self::around::Shape;
use self::reading::Reading;
use crate::error::Error;
use crate::head;
use crate::header_file::Secret;
use crate::journal::{self, Place};
use crate::meta;
use crate::open::{Entered, make};
use crate::pin::{Pin, Present};
use crate::store::Store;

/// The tables whose rows are the truth, in the order in which they are copied. All others are made from these.
const TRUTH: &[&str] = &[
    "device_state",
    "directory_op",
    "vault",
    "vault_key",
    "roster_op",
    "keybox",
    "document",
    "change",
    "record",
    "outgoing",
    "receipt",
    "peer",
    "undo_step",
    "opened_with_reason",
    "erasure_order",
    "hidden",
    "erased_row",
    "erased_chunk",
    "audit_entry",
    "audit_seal",
    "carried",
    "moved",
    "other_office",
    "passed",
    "passed_root",
    "passing",
];

/// Rows in one commit of the fresh store.
const BATCH: usize = 500;

/// What came over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The incarnation of the fresh store.
    pub incarnation: u32,
    /// What came over, table by table.
    pub tables: Vec<Saved>,
    /// What the old journal names and no row shows.
    pub missing: Vec<Pin>,
    /// The newest commits, acknowledged once, that the old database does not hold at all.
    pub commits_missing: u64,
    /// Whether the old journal could be read to its end. If not, more may be missing than is listed.
    pub journal_whole: bool,
}

/// What came over of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The table.
    pub table: &'static str,
    /// Rows in the fresh store.
    pub saved: u64,
    /// Rows that could be read and did not verify.
    pub refused: u64,
    /// Stretches of the table that could not be read.
    pub unreadable: u64,
}

/// One row of the damaged store, before it is believed.
#[derive(Debug)]
pub struct DoubtfulRow<'a> {
    shape: &'a Shape,
    values: &'a [Value],
}

impl DoubtfulRow<'_> {
    /// The table it comes from.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.shape.table
    }

    /// The bytes of a column, where it holds bytes.
    #[must_use]
    pub fn blob(&self, column: &str) -> Option<&[u8]> {
        match self.value(column)? {
            Value::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text of a column, where it holds text.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.value(column)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number in a column, where it holds one.
    #[must_use]
    pub fn integer(&self, column: &str) -> Option<i64> {
        match self.value(column)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    fn value(&self, column: &str) -> Option<&Value> {
        let at = self.shape.columns.iter().position(|name| name == column)?;
        self.values.get(at)
    }
}

/// Copies what can be read and what `verify` believes from the store in `from` into a fresh one in `to`.
///
/// # Errors
///
/// Those of [`Store::unlock`] that concern the header and the folder; [`Error::HeaderLost`] and
/// [`Error::HeaderDamaged`] are final, because without the key nothing can be read. Those of [`Store::create`] for `to`.
pub fn recover(
    from: &Path,
    to: &Path,
    secret: Secret<'_>,
    mut verify: impl FnMut(&DoubtfulRow<'_>) -> bool,
) -> Result<Recovered, Error> {
    let old = Entered::enter(from, secret)?;
    let source = Source::look(&old, to)?;
    let (fresh, tables) = make(
        to,
        old.key.duplicate(),
        old.headers.opened(),
        source.next_incarnation(),
        |mut store| {
            // The end of the earlier life stands in the first row of the new one.
            store.transact(|tx| {
                tx.pin(Pin::own(source.newest.hash));
                Ok::<_, Error>(())
            })?;
            let tables = TRUTH
                .iter()
                .map(|table| source.copy(table, &mut store, &mut verify))
                .collect::<Result<_, Error>>()?;
            store.transact(|tx| {
                tx.recount_lines()?;
                tx.find_unreceipted()
            })?;
            Ok::<_, Error>((store, tables))
        },
    )?;
    let missing = missing(&fresh, &source.pinned)?;
    let incarnation = fresh.incarnation();
    fresh.lock()?;
    Ok(Recovered {
        incarnation,
        tables,
        missing,
        commits_missing: source.newest.counter.saturating_sub(source.tip.counter),
        journal_whole: source.journal_whole,
    })
}

/// What is known of a store that was only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id, which is derived from its key.
    pub id: [u8; 16],
    /// The number of the newest commit that follows from the ones before.
    pub counter: u64,
    /// Whether its journal and every row that was asked for could be read.
    pub is_whole: bool,
}

/// Hands out the rows of some tables of a store that may be damaged, as far as they can be read; some of them twice. `beside`
/// names a place for a copy, should one be needed.
///
/// # Errors
///
/// As [`recover`] of the store in `from`.
pub fn look(
    from: &Path,
    beside: &Path,
    secret: Secret<'_>,
    tables: &[&'static str],
    mut each: impl FnMut(&DoubtfulRow<'_>),
) -> Result<Seen, Error> {
    let old = Entered::enter(from, secret)?;
    let source = Source::look(&old, beside)?;
    let model = Store::ephemeral()?;
    let mut is_whole = source.journal_whole;
    for table in tables {
        let Some(shape) = Shape::read(table, &source.reading, &model.conn) else {
            is_whole = false;
            continue;
        };
        let mut hand_out = |values: Vec<Value>| {
            each(&DoubtfulRow {
                shape: &shape,
                values: &values,
            });
            Ok(())
        };
        is_whole &= around::read(&source.reading, &shape, &mut hand_out)? == 0;
    }
    Ok(Seen {
        id: old.id,
        counter: source.tip.counter,
        is_whole,
    })
}

/// Which of what was pinned a store does not hold.
///
/// # Errors
/// [`Error`] when the database cannot be read.
pub fn missing<'a>(
    store: &Store,
    pinned: impl IntoIterator<Item = &'a Pin>,
) -> Result<Vec<Pin>, Error> {
    let present = Present::read(&store.conn)?;
    let gone = pinned.into_iter().filter(|pin| !present.holds(pin));
    Ok(gone.copied().collect())
}

/// The damaged store, and what is known of it.
struct Source<'a> {
    old: &'a Entered,
    reading: Reading<'a>,
    /// The newest place in the database that follows from the ones before.
    tip: Place,
    /// The newest place of which anything is known.
    newest: Place,
    pinned: HashSet<Pin>,
    journal_whole: bool,
    highest_incarnation: Option<u32>,
}

impl<'a> Source<'a> {
    fn look(old: &'a Entered, beside: &Path) -> Result<Self, Error> {
        let reading = Reading::begin(old, beside)?;
        let told = head::read(&old.dir, &old.key, &old.id)?
            .ok()
            .map(|told| told.place);
        let mut source = Self {
            old,
            reading,
            tip: Place::START,
            newest: Place::START,
            pinned: HashSet::new(),
            journal_whole: false,
            highest_incarnation: told.map(|place| place.incarnation),
        };
        // A broken journal still names what it can.
        let _ = source.read_journal();
        source.newest = told
            .filter(|told| told.counter > source.tip.counter)
            .unwrap_or(source.tip);
        Ok(source)
    }

    fn read_journal(&mut self) -> Result<(), Error> {
        let conn = self.reading.connect()?;
        let written = meta::get::<u32>(&conn, meta::INCARNATION)?;
        self.highest_incarnation = self.highest_incarnation.max(written);
        let (tip, pinned) = (&mut self.tip, &mut self.pinned);
        let broken = journal::walk(&conn, &self.old.id, &Place::START, |row| {
            *tip = row.place;
            pinned.extend(journal::unpack(&row.pins).unwrap_or_default());
            Ok(())
        })?;
        self.highest_incarnation = self.highest_incarnation.max(Some(self.tip.incarnation));
        self.journal_whole = broken.is_none();
        Ok(())
    }

    /// One more than any incarnation that may have been used. Where none can be read, one far above all of them.
    fn next_incarnation(&self) -> u32 {
        let unknown = || (u32::from_be_bytes(crypto::random()) >> 2) | (1 << 30);
        self.highest_incarnation
            .and_then(|highest| highest.checked_add(1))
            .unwrap_or_else(unknown)
    }

    /// Copies one table.
    fn copy(
        &self,
        table: &'static str,
        store: &mut Store,
        verify: &mut impl FnMut(&DoubtfulRow<'_>) -> bool,
    ) -> Result<Saved, Error> {
        let mut saved = Saved {
            table,
            saved: 0,
            refused: 0,
            unreadable: 0,
        };
        let Some(shape) = Shape::read(table, &self.reading, &store.conn) else {
            saved.unreadable = 1;
            return Ok(saved);
        };
        let mut batch = Vec::new();
        let mut keep = |values: Vec<Value>| {
            if verify(&DoubtfulRow {
                shape: &shape,
                values: &values,
            }) {
                batch.push(values);
            } else {
                saved.refused += 1;
            }
            if batch.len() >= BATCH {
                saved.saved += write(store, &shape, &mut batch)?;
            }
            Ok(())
        };
        let unreadable = around::read(&self.reading, &shape, &mut keep)?;
        saved.saved += write(store, &shape, &mut batch)?;
        saved.unreadable = unreadable;
        Ok(saved)
    }
}

/// Writes rows as one commit; a row that is there already is one that was read twice.
fn write(store: &mut Store, shape: &Shape, batch: &mut Vec<Vec<Value>>) -> Result<u64, Error> {
    let places: Vec<String> = (1..=shape.columns.len())
        .map(|place| format!("?{place}"))
        .collect();
    let (columns, places) = (shape.columns.join(", "), places.join(", "));
    let sql = format!(
        "INSERT OR IGNORE INTO {} ({columns}) VALUES ({places})",
        shape.table
    );
    store.transact(|tx| {
        let mut statement = tx.conn().prepare_cached(&sql)?;
        let mut written = 0;
        for values in batch.drain(..) {
            // A row of the wrong type is refused by the table itself.
            if let Ok(1) = statement.execute(params_from_iter(&values)) {
                written += 1;
                if let Some(pin) = pin(&DoubtfulRow {
                    shape,
                    values: &values,
                }) {
                    tx.pin(pin);
                }
            }
        }
        Ok(written)
    })
}

/// What a row of a table pins.
fn pin(row: &DoubtfulRow<'_>) -> Option<Pin> {
    if row.table() == "vault_key" {
        return Some(Pin::vault_key(
            row.blob("vault")?.try_into().ok()?,
            row.blob("kid")?.try_into().ok()?,
        ));
    }
    Pin::addressed(
        row.table(),
        row.blob(Pin::column(row.table())?)?.try_into().ok()?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables that hold nothing which could not be made again.
    const MADE_AGAIN: &[&str] = &[
        "meta",
        "journal",
        "notice",
        "snapshot",
        "line",
        "unreceipted",
        "projection",
        "search_entry",
        "feed",
        "chunk",
        // The hub is asked again what it has.
        "chunk_at_hub",
        // A file that is not remembered is read again.
        "bundle_file",
        "bundle_run",
    ];

    /// A table that nobody thought of would be lost without a word.
    #[test]
    fn every_table_is_either_saved_or_made_again() {
        let store = Store::ephemeral().unwrap();
        let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
                   AND name NOT LIKE 'sqlite%'";
        let mut statement = store.conn.prepare(sql).unwrap();
        let names = statement
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap();
        for name in names.map(Result::unwrap) {
            let known = TRUTH.contains(&name.as_str()) || MADE_AGAIN.contains(&name.as_str());
            assert!(
                known || name.ends_with("_index"),
                "neither saved nor made again: {name}"
            );
        }
    }
}
