//! The table of records, as `sync` wants to see it.
//!
//! # Invariants
//!
//! - **Evidence is not kept, it is seen**: two records at one place are both in the table, and the table tells.
//! - **Opening it costs a line, not a record**: only a line with gaps or forks is read place by place.

use std::collections::BTreeMap;

use store::table::record::RecordRow;
use store::{Error, Transaction};
use sync::receive::{Arrival, Evidence};
use sync::store::{SyncStore, Waits};
use sync::vector::{Line, Seen, VersionVector};
use wire::body::Have;
use wire::envelope::{Outer, Place, Verified};
use wire::ids::{Device, Hash, Kid, Lane, Vault};

use super::ingest::FOREIGN;
use super::refusal::code;
use crate::facts::said::hex;

/// Where a record stands.
pub(crate) mod standing {
    /// Sealed by this device.
    pub(crate) const OWN: &str = "own";
    /// Took effect here.
    pub(in crate::exchange) const APPLIED: &str = "applied";
    /// Waits for something.
    pub(in crate::exchange) const HELD: &str = "held";
    /// In the organisation's lane, under a key that this device does not have: others' business, kept and passed on.
    pub(in crate::exchange) const FOREIGN: &str = "foreign";
    /// Erased by an order: only its stub is here, and its place is filled.
    pub(in crate::exchange) const ERASED: &str = "erased";
    /// A stub of which no signed order is known here: it fills no place, and the whole record is welcome.
    pub(in crate::exchange) const STUB: &str = "stub";
    /// Put aside.
    pub(in crate::exchange) const REFUSED: &str = "refused";
}

/// What a record of a kind that this version does not know waits for.
pub(super) const NEWER: &str = "newer";

/// The same, where it stops writes to this vault.
pub(crate) fn newer_in(vault: &[u8; 16]) -> String {
    format!("{NEWER}:{}", hex(vault))
}

/// The records of a store within one transaction, with their places at hand.
pub(super) struct Ledger<'a, 't> {
    tx: &'a Transaction<'t>,
    now: i64,
    vector: VersionVector,
    evidence: Vec<Evidence>,
    held: BTreeMap<Hash, Waits>,
    /// The first place of a line of which the record was refused.
    refused: BTreeMap<Line, u64>,
    /// Whether any record here was refused, now or earlier.
    has_refused: bool,
}

impl<'a, 't> Ledger<'a, 't> {
    pub(super) fn open(tx: &'a Transaction<'t>, now: i64) -> Result<Self, Error> {
        let mut ledger = Self {
            tx,
            now,
            vector: VersionVector::default(),
            evidence: Vec::new(),
            held: BTreeMap::new(),
            refused: BTreeMap::new(),
            has_refused: false,
        };
        for row in tx.lines()? {
            let line = Line {
                lane: Lane::new(row.lane),
                device: Device::new(row.device),
                incarnation: row.incarnation,
            };
            if row.is_whole() {
                let last = ledger.ids_at(line, row.highest)?.into_iter().next();
                ledger
                    .vector
                    .note_whole(line, row.highest, last.unwrap_or(Hash::ZERO));
            } else {
                ledger.read_places(line)?;
            }
        }
        for row in tx.record_places_in(standing::REFUSED)? {
            ledger.refused.entry(line(&row)).or_insert(row.seq);
        }
        ledger.has_refused = !ledger.refused.is_empty();
        for row in tx.record_places_in(standing::HELD)? {
            let waits = read_waits(row.reason.as_deref());
            ledger.held.insert(Hash::new(row.id), waits);
        }
        #[cfg(test)]
        tests::compare(&ledger)?;
        Ok(ledger)
    }

    /// Reads a line that has gaps, or two records at one place.
    fn read_places(&mut self, line: Line) -> Result<(), Error> {
        let mut before: Option<(u64, Hash)> = None;
        let places = self.tx.record_places_of(
            line.lane.as_bytes(),
            line.device.as_bytes(),
            line.incarnation,
        )?;
        for row in places {
            let id = Hash::new(row.id);
            // Of a record that was put off only a stub is here. Whoever were told that it is here would leave it out, and
            // it would never come again.
            let is_put_off =
                row.state == standing::REFUSED && row.reason.as_deref() == Some(code::FLOOD);
            if !is_put_off && row.state != standing::STUB {
                self.vector.note(line, row.seq, id);
            }
            match before {
                Some((seq, ours)) if seq == row.seq => self.evidence.push(Evidence {
                    line,
                    seq,
                    ours,
                    theirs: id,
                }),
                _ => before = Some((row.seq, id)),
            }
        }
        Ok(())
    }

    /// The records that may be passed on, by place.
    pub(super) fn passed_on(&self) -> Result<Vec<(Line, u64, Hash)>, Error> {
        let rows = self.tx.records_passed_on()?.into_iter();
        Ok(rows
            .map(|row| (line(&row), row.seq, Hash::new(row.id)))
            .collect())
    }

    /// The same, only up to what was refused here: not all of that is passed on, and nobody is to miss it.
    pub(super) fn before_refused(&self, haves: Vec<Have>) -> Result<Vec<Have>, Error> {
        let mut kept = Vec::with_capacity(haves.len());
        for mut have in haves {
            let line = Line::of_have(&have);
            if let Some(end) = self.refused.get(&line).filter(|end| **end <= have.seq) {
                have.seq = end.saturating_sub(1);
                let Some(record) = self.ids_at(line, have.seq)?.into_iter().next() else {
                    continue;
                };
                have.record = record;
            }
            kept.push(have);
        }
        Ok(kept)
    }

    /// The highest incarnation of a device of which there is a record here.
    pub(super) fn newest_incarnation(&self, device: Device) -> Option<u32> {
        let lines = self
            .vector
            .lines()
            .filter(|(line, _)| line.device == device);
        lines.map(|(line, _)| line.incarnation).max()
    }

    /// The next free place of this device's own line.
    pub(super) fn next(&self, line: Line) -> Place {
        self.vector.next(line)
    }

    /// Keeps a record that this device has just sealed.
    pub(super) fn put_own(&mut self, record: &Verified) -> Result<(), Error> {
        self.put_as(record, standing::OWN)?;
        self.tx.put_unreceipted(record.id().as_bytes())
    }

    /// Puts a record aside. Beyond what one author may fill, only a stub of it stays.
    pub(super) fn refuse(
        &mut self,
        id: Hash,
        record: Option<&Verified>,
        reason: &str,
    ) -> Result<(), Error> {
        self.has_refused = true;
        self.tx
            .set_record_state(id.as_bytes(), standing::REFUSED, Some(reason))?;
        if let Some(record) = record
            && self
                .tx
                .record_bytes(standing::REFUSED, record.outer().device.as_bytes())?
                > MOST_BYTES
        {
            self.tx
                .replace_record_bytes(id.as_bytes(), &record.to_stub())?;
        }
        self.held.remove(&id);
        Ok(())
    }

    /// Keeps a stub of a record that waits, where its author has filled what may wait. It comes again.
    pub(super) fn put_off(&mut self, record: &Verified) -> Result<(), Error> {
        let id = record.id();
        self.tx
            .set_record_state(id.as_bytes(), standing::REFUSED, Some(code::FLOOD))?;
        self.tx
            .replace_record_bytes(id.as_bytes(), &record.to_stub())?;
        self.held.remove(&id);
        Ok(())
    }

    /// Reduces a record to its stub: it was erased.
    pub(super) fn erase(&mut self, record: &Verified) -> Result<(), Error> {
        let id = record.id();
        self.tx
            .set_record_state(id.as_bytes(), standing::ERASED, None)?;
        self.tx
            .replace_record_bytes(id.as_bytes(), &record.to_stub())?;
        self.held.remove(&id);
        Ok(())
    }

    /// Keeps a verified stub that came in a record's place.
    pub(super) fn put_stub(&mut self, outer: &Outer, id: Hash, stub: Vec<u8>) -> Result<(), Error> {
        self.tx.put_record(&RecordRow {
            id: *id.as_bytes(),
            lane: *outer.lane.as_bytes(),
            device: *outer.device.as_bytes(),
            incarnation: outer.incarnation,
            seq: outer.seq,
            state: standing::STUB.to_owned(),
            reason: None,
            at: self.now,
            bytes: stub,
        })?;
        Ok(())
    }

    /// How many bytes of a device's records wait here.
    pub(super) fn waiting_bytes(&self, device: Device) -> Result<u64, Error> {
        self.tx.record_bytes(standing::HELD, device.as_bytes())
    }

    /// How many bytes of a device's records are others' business, as far as can be told here.
    pub(super) fn foreign_bytes(&self, device: Device) -> Result<u64, Error> {
        self.tx.record_bytes(standing::FOREIGN, device.as_bytes())
    }

    /// The records that no key of this device opened.
    pub(super) fn foreign(&self) -> Result<Vec<Hash>, Error> {
        let rows = self.tx.record_ids_in(standing::FOREIGN)?;
        Ok(rows.into_iter().map(Hash::new).collect())
    }

    /// Whether any record was refused, now or earlier. Where none was, nothing is put aside.
    pub(super) fn has_refused(&self) -> bool {
        self.has_refused
    }

    /// Whether it waits.
    pub(super) fn is_held(&self, id: Hash) -> bool {
        self.held.contains_key(&id)
    }

    /// Keeps a record of a kind that a newer version will know. It may say that until then nothing is to be written into
    /// its vault.
    pub(super) fn hold_for_newer(&mut self, id: Hash, stops: Option<Vault>) -> Result<(), Error> {
        let reason = stops.map_or_else(|| NEWER.to_owned(), |vault| newer_in(vault.as_bytes()));
        self.tx
            .set_record_state(id.as_bytes(), standing::HELD, Some(&reason))
    }

    fn put_as(&mut self, record: &Verified, state: &str) -> Result<(), Error> {
        let outer = record.outer();
        self.tx.put_record(&RecordRow {
            id: *record.id().as_bytes(),
            lane: *outer.lane.as_bytes(),
            device: *outer.device.as_bytes(),
            incarnation: outer.incarnation,
            seq: outer.seq,
            state: state.to_owned(),
            reason: None,
            at: self.now,
            bytes: record.as_bytes().to_vec(),
        })?;
        self.vector.note(Line::of(outer), outer.seq, record.id());
        Ok(())
    }
}

/// Bytes of refused records that are kept of one author, and bytes that may wait.
#[cfg(not(test))]
pub(super) const MOST_BYTES: u64 = 64 << 20;
#[cfg(test)]
pub(super) const MOST_BYTES: u64 = 256 << 10;

fn line(row: &RecordRow) -> Line {
    Line {
        lane: Lane::new(row.lane),
        device: Device::new(row.device),
        incarnation: row.incarnation,
    }
}

impl SyncStore for Ledger<'_, '_> {
    type Error = Error;

    fn vector(&self) -> Result<VersionVector, Error> {
        Ok(self.vector.clone())
    }

    fn reached(&self, line: Line) -> Result<u64, Error> {
        Ok(self.vector.line(&line).map_or(0, Seen::reached))
    }

    fn ids_at(&self, line: Line, seq: u64) -> Result<Vec<Hash>, Error> {
        let ids = self.tx.record_ids_at(
            line.lane.as_bytes(),
            line.device.as_bytes(),
            line.incarnation,
            seq,
        )?;
        Ok(ids.into_iter().map(Hash::new).collect())
    }

    /// What was refused is not passed on.
    fn ids_from(&self, line: Line, from: u64) -> Result<Vec<(Hash, u32)>, Error> {
        let ids = self.tx.records_from(
            line.lane.as_bytes(),
            line.device.as_bytes(),
            line.incarnation,
            from,
        )?;
        Ok(ids
            .into_iter()
            .map(|(id, len)| (Hash::new(id), len))
            .collect())
    }

    fn record(&self, id: Hash) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.tx.record(id.as_bytes())?.map(|row| row.bytes))
    }

    fn put(&mut self, record: &Verified, arrival: &Arrival) -> Result<(), Error> {
        self.put_as(record, standing::APPLIED)?;
        if let Arrival::New {
            evidence: Some(evidence),
            ..
        } = arrival
            && !self.evidence.contains(evidence)
        {
            self.evidence.push(*evidence);
        }
        Ok(())
    }

    fn evidence(&self) -> Result<Vec<Evidence>, Error> {
        Ok(self.evidence.clone())
    }

    fn hold(&mut self, id: Hash, waits: Waits) -> Result<(), Error> {
        if waits == FOREIGN {
            self.held.remove(&id);
            return self
                .tx
                .set_record_state(id.as_bytes(), standing::FOREIGN, None);
        }
        self.tx
            .set_record_state(id.as_bytes(), standing::HELD, Some(&write_waits(waits)))?;
        self.held.insert(id, waits);
        Ok(())
    }

    fn release(&mut self, id: Hash) -> Result<(), Error> {
        self.tx
            .set_record_state(id.as_bytes(), standing::APPLIED, None)?;
        self.held.remove(&id);
        Ok(())
    }

    fn held(&self) -> Result<Vec<(Hash, Waits)>, Error> {
        Ok(self.held.iter().map(|(id, waits)| (*id, *waits)).collect())
    }
}

fn write_waits(waits: Waits) -> String {
    match waits {
        Waits::Directory => "directory".to_owned(),
        Waits::LaneKey(kid) => format!("lane-key:{kid}"),
        Waits::VaultKey(kid) => format!("vault-key:{kid}"),
        Waits::Roster => "roster".to_owned(),
        Waits::Changes => "changes".to_owned(),
    }
}

/// Reads what [`write_waits`] wrote; a reason of a newer version counts as waiting for changes.
fn read_waits(reason: Option<&str>) -> Waits {
    let (name, kid) = reason
        .unwrap_or_default()
        .split_once(':')
        .unwrap_or((reason.unwrap_or_default(), ""));
    let kid = u128::from_str_radix(kid, 16).map_or(Kid::ZERO, |kid| Kid::new(kid.to_be_bytes()));
    match name {
        "directory" => Waits::Directory,
        "lane-key" => Waits::LaneKey(kid),
        "vault-key" => Waits::VaultKey(kid),
        "roster" => Waits::Roster,
        _ => Waits::Changes,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicU32, Ordering};

    use store::Store;

    use super::*;

    /// One transaction per call, so that nothing is remembered but what the table holds.
    struct Kept(RefCell<Store>);

    impl Kept {
        fn with<T>(
            &self,
            work: impl FnOnce(&mut Ledger<'_, '_>) -> Result<T, Error>,
        ) -> Result<T, Error> {
            self.0
                .borrow_mut()
                .transact(|tx| work(&mut Ledger::open(tx, 0)?))
        }
    }

    impl SyncStore for Kept {
        type Error = Error;

        fn vector(&self) -> Result<VersionVector, Error> {
            self.with(|ledger| ledger.vector())
        }
        fn ids_at(&self, line: Line, seq: u64) -> Result<Vec<Hash>, Error> {
            self.with(|ledger| ledger.ids_at(line, seq))
        }
        fn ids_from(&self, line: Line, from: u64) -> Result<Vec<(Hash, u32)>, Error> {
            self.with(|ledger| ledger.ids_from(line, from))
        }
        fn record(&self, id: Hash) -> Result<Option<Vec<u8>>, Error> {
            self.with(|ledger| ledger.record(id))
        }
        fn put(&mut self, record: &Verified, arrival: &Arrival) -> Result<(), Error> {
            self.with(|ledger| ledger.put(record, arrival))
        }
        fn evidence(&self) -> Result<Vec<Evidence>, Error> {
            self.with(|ledger| ledger.evidence())
        }
        fn hold(&mut self, id: Hash, waits: Waits) -> Result<(), Error> {
            self.with(|ledger| ledger.hold(id, waits))
        }
        fn release(&mut self, id: Hash) -> Result<(), Error> {
            self.with(|ledger| ledger.release(id))
        }
        fn held(&self) -> Result<Vec<(Hash, Waits)>, Error> {
            self.with(|ledger| ledger.held())
        }
    }

    #[test]
    fn the_table_of_records_keeps_the_laws_of_exchange() {
        sync::conformance::all(|| Kept(RefCell::new(Store::ephemeral().unwrap())));
    }

    /// What the lines say is what their places say, at every fourth opening in all tests.
    pub(super) fn compare(ledger: &Ledger<'_, '_>) -> Result<(), Error> {
        static OPENINGS: AtomicU32 = AtomicU32::new(0);
        if !OPENINGS.fetch_add(1, Ordering::Relaxed).is_multiple_of(4) {
            return Ok(());
        }
        let (mut vector, mut evidence) = (VersionVector::default(), Vec::new());
        let (mut held, mut refused) = (BTreeMap::new(), BTreeMap::new());
        let mut first: BTreeMap<(Line, u64), Hash> = BTreeMap::new();
        for row in ledger.tx.record_places()? {
            let (line, id) = (line(&row), Hash::new(row.id));
            let is_put_off =
                row.state == standing::REFUSED && row.reason.as_deref() == Some(code::FLOOD);
            if !is_put_off && row.state != standing::STUB {
                vector.note(line, row.seq, id);
            }
            let ours = *first.entry((line, row.seq)).or_insert(id);
            if ours != id {
                let (seq, theirs) = (row.seq, id);
                evidence.push(Evidence {
                    line,
                    seq,
                    ours,
                    theirs,
                });
            }
            if row.state == standing::REFUSED {
                refused.entry(line).or_insert(row.seq);
            }
            if row.state == standing::HELD {
                held.insert(id, read_waits(row.reason.as_deref()));
            }
        }
        assert_eq!(ledger.vector.to_haves(), vector.to_haves());
        assert_eq!(ledger.vector, vector);
        assert_eq!(
            (&ledger.evidence, &ledger.held, &ledger.refused),
            (&evidence, &held, &refused)
        );
        Ok(())
    }

    #[test]
    fn what_a_record_waits_for_reads_back() {
        let kid = Kid::new([0xa7; 16]);
        for waits in [
            Waits::Directory,
            Waits::LaneKey(kid),
            Waits::VaultKey(kid),
            Waits::Roster,
            Waits::Changes,
        ] {
            assert_eq!(read_waits(Some(&write_waits(waits))), waits);
        }
    }
}
