//! Records of another lane that somebody carried into one of ours (担当チームの変更).
//!
//! # Invariants
//!
//! - **What is carried counts by its own author**: signature, place, cut and right to write are those of the record inside.
//!   Whoever carried it vouches for nothing, and is not asked.
//! - **It belongs to the case that it came for.** A record of another vault or document has no effect.
//! - **Nothing is carried in what is carried**, and nothing but changes, rosters and what another office passed on is carried at
//!   all.

use store::table::carried::CarriedRow;
use store::table::record::RecordRow;
use sync::store::Waits;
use wire::body::{Body, Carry, Kind};
use wire::envelope::{LaneOpened, Opened};
use wire::ids::Lane;
use wire::rights::{NoRight, Right, Unknown, author_key, right_to_write};

use super::super::refusal::{self, Halt, Step, code};
use super::Ingest;
use crate::error::Result;

/// The kinds of records that are carried.
const MAY_BE_CARRIED: [Kind; 5] = [
    Kind::CHANGES,
    Kind::ROSTER,
    Kind::PASSED,
    Kind::LINEAGE,
    Kind::PASSED_ON,
];

impl Ingest<'_, '_> {
    /// Lets what a record carries take effect.
    pub(super) fn carried(&mut self, by: &Opened, carry: &Carry) -> Step<()> {
        let lane = self.unwrap(by, carry)?;
        let (outer, inner) = (*lane.record().outer(), *lane.inner());
        self.tx.put_carried(&CarriedRow {
            record: *by.record.id().as_bytes(),
            lane: *by.record.outer().lane.as_bytes(),
            origin: *lane.record().id().as_bytes(),
            origin_lane: *outer.lane.as_bytes(),
            device: *outer.device.as_bytes(),
            incarnation: outer.incarnation,
            seq: outer.seq,
            vault: *inner.vault.as_bytes(),
            doc: *inner.doc.as_bytes(),
        })?;
        let opened = self.open_body(&lane)?;
        let (id, to) = (by.record.id(), by.record.outer().lane);
        match self.right_of(&opened)? {
            Right::Granted => {}
            Right::Waits(Unknown::Directory) => return Err(Halt::Waits(Waits::Directory)),
            Right::Waits(Unknown::Roster) => return Err(Halt::Waits(Waits::Roster)),
            Right::Refused(right) => {
                if let (NoRight::BeyondCut, Body::Changes(changes)) = (right, &opened.body) {
                    self.put_aside(&opened, changes, id)?;
                }
                return Err(Halt::Refused(refusal::of_right(right)));
            }
        }
        match &opened.body {
            Body::Roster(ops) => self.roster(&opened, ops, (id, to)),
            Body::Changes(changes) => self.changes(&opened, changes, id, None),
            Body::Passed(passed) => self.passed(opened.inner.vault, passed, id),
            Body::Lineage(org, signed) => self.lineage(opened.inner.vault, *org, signed, id),
            Body::PassedOn(passed) => self.passed_on(opened.inner.vault, passed, id),
            Body::Keybox(_)
            | Body::Office(..)
            | Body::Carry(_)
            | Body::Attachment(_)
            | Body::Witness(_)
            | Body::Adoption(_)
            | Body::Order(_)
            | Body::Audit(_)
            | Body::Unknown(..) => Err(Halt::Refused(code::MALFORMED)),
        }
    }

    /// The record inside, if it is its author's and of this case.
    fn unwrap(&self, by: &Opened, carry: &Carry) -> Step<LaneOpened> {
        let refused = |error| Halt::Refused(refusal::of_envelope(error));
        let sealed = carry.sealed(self.directory.org()).map_err(refused)?;
        let public = author_key(self.directory, sealed.outer().device)
            .ok_or(Halt::Waits(Waits::Directory))?;
        let record = sealed.verify(&public).map_err(refused)?;
        let lane = carry.unlock(&record).map_err(refused)?;
        let inner = lane.inner();
        #[cfg(test)]
        if super::super::carry::tests::ANY_CARRY.get() {
            return Ok(lane);
        }
        if record.outer().lane == Lane::ORG || !MAY_BE_CARRIED.contains(&inner.kind) {
            return Err(Halt::Refused(code::MALFORMED));
        }
        if inner.vault != by.inner.vault {
            return Err(Halt::Refused(code::FOREIGN_VAULT));
        }
        if inner.doc != by.inner.doc {
            return Err(Halt::Refused(code::FOREIGN_DOCUMENT));
        }
        Ok(lane)
    }

    /// Whether the author of a record might write it.
    pub(super) fn right_of(&mut self, opened: &Opened) -> Result<Right> {
        self.load_roster(opened.inner.vault)?;
        let roster = self
            .rosters
            .get(&opened.inner.vault)
            .and_then(Option::as_ref);
        Ok(right_to_write(
            self.directory,
            roster,
            &opened.record,
            &opened.inner,
        ))
    }

    /// Of a record that carries another, the place and name of that other; of any other record, its own.
    pub(super) fn origin_of(&self, place: &RecordRow) -> Result<RecordRow> {
        let Some(carried) = self.tx.carried(&place.id)? else {
            return Ok(place.clone());
        };
        Ok(RecordRow {
            id: carried.origin,
            lane: carried.origin_lane,
            device: carried.device,
            incarnation: carried.incarnation,
            seq: carried.seq,
            ..place.clone()
        })
    }

    /// What counts of an opened record, to be judged anew: of one that carries another, that other.
    pub(super) fn inside(&self, opened: Opened) -> Step<Opened> {
        let Body::Carry(carry) = &opened.body else {
            return Ok(opened);
        };
        let lane = self.unwrap(&opened, carry)?;
        self.open_body(&lane)
    }
}
