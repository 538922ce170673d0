//! Judging anew what took effect here, or was refused, once the directory has changed.
//!
//! # Invariants
//!
//! - **What counts is a function of the records and the directory**, not of the order in which they came: whatever was
//!   merged before somebody was shut out is taken out again where it lies beyond the cut, and comes back with an adoption.
//! - **Nobody else's words go along.** What a change that counts rests on counts too, whoever wrote it.
//! - **Nothing is thrown away**: what is taken out is put aside, and stays in the log.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use record::ChangeFacts;
use store::table::change::{ChangeRow, StandingChange};
use store::table::record::RecordRow;
use wire::body::RawChange;
use wire::directory::{Directory, Standing};
use wire::envelope::Opened;
use wire::ids::{Device, Hash, Lane, Vault};
use wire::rights::{NoRight, Right, is_beyond_cut};

use super::super::ledger::standing;
use super::super::refusal::{Halt, of_right};
use super::Ingest;
use crate::documents;
use crate::error::Result;

impl Ingest<'_, '_> {
    /// Judges anew, where the directory says something else than `before` of who counted.
    pub(in crate::exchange) fn judge_anew(&mut self, before: &Directory) -> Result<()> {
        #[cfg(test)]
        if super::tests::NOT_ANEW.get() {
            return Ok(());
        }
        let (then, now) = (before.state(), self.directory.state());
        let voids = then.void != now.void;
        let cuts = |standing: &Standing| matches!(standing, Standing::Revoked { .. });
        let shut_out = now.devices.iter().any(|(device, member)| {
            cuts(&member.standing)
                && then.devices.get(device).map(|before| &before.standing) != Some(&member.standing)
        });
        if !voids && !shut_out && then.adopted == now.adopted {
            return Ok(());
        }
        let (mut refused, mut again) = (Vec::new(), Vec::new());
        for place in self.tx.record_places()? {
            let id = Hash::new(place.id);
            match place.state.as_str() {
                standing::APPLIED => {
                    if let Some(why) = self.counts_no_longer(&place, voids)? {
                        refused.push((id, why));
                    }
                }
                // Its bytes are here; whether it counts now, the whole way says.
                standing::REFUSED
                    if is_for_want_of_right(place.reason.as_deref())
                        && !self.is_beyond(&place)? =>
                {
                    again.push(id);
                }
                _ => {}
            }
        }
        let (mut documents, mut vaults) = (BTreeSet::new(), BTreeSet::new());
        for (id, why) in refused {
            self.ledger.refuse(id, None, of_right(why))?;
            documents.extend(self.tx.documents_of_record(id.as_bytes())?);
            vaults.extend(self.tx.vaults_of_boxes(id.as_bytes())?);
        }
        self.rosters.clear();
        for vault in vaults {
            self.choose_key(Vault::new(vault))?;
        }
        for (vault, doc) in documents {
            self.sift(vault, doc)?;
        }
        self.take_up(again)
    }

    fn is_beyond(&self, place: &RecordRow) -> Result<bool> {
        let place = self.origin_of(place)?;
        Ok(is_beyond_cut(
            self.directory.state(),
            (Device::new(place.device), Lane::new(place.lane)),
            (place.incarnation, place.seq),
            Hash::new(place.id),
        ))
    }

    /// Why a record that took effect would not now.
    fn counts_no_longer(&mut self, place: &RecordRow, voids: bool) -> Result<Option<NoRight>> {
        if self.is_beyond(place)? {
            return Ok(Some(NoRight::BeyondCut));
        }
        if !voids {
            return Ok(None);
        }
        let opened = self
            .verified(Hash::new(place.id))
            .and_then(|record| self.open_lane(&record))
            .and_then(|lane| self.open_body(&lane))
            .and_then(|opened| self.inside(opened));
        let opened: Opened = match opened {
            Ok(opened) => opened,
            Err(Halt::Fault(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let right = self.right_of(&opened)?;
        Ok(match right {
            Right::Refused(why) => Some(why),
            Right::Granted | Right::Waits(_) => None,
        })
    }

    /// Parts what counts of a document from what is put aside, and builds it of what counts.
    fn sift(&mut self, vault: [u8; 16], doc: [u8; 16]) -> Result<()> {
        let Some(row) = self.tx.document_in(&vault, &doc)? else {
            return Ok(());
        };
        let key = documents::key(&row)?;
        let rows = self.tx.standing_changes(&vault, &doc)?;
        let counting = counting(&rows);
        let mut moved = false;
        for it in &rows {
            let aside = !counting.contains(&it.row.hash);
            if aside != it.aside {
                self.tx.set_aside(&vault, &doc, &it.row.hash, aside)?;
                moved = true;
            }
        }
        if moved {
            let document = documents::rebuild(self.tx, key)?;
            self.open.insert(key, document);
            self.unsettled.insert(key);
            self.changed.insert(key);
        }
        Ok(())
    }

    /// Keeps changes of somebody shut out, in no document. They may turn out to be what a colleague's words rest on.
    pub(super) fn put_aside(
        &mut self,
        opened: &Opened,
        changes: &[RawChange],
        kept: Hash,
    ) -> Result<()> {
        let (inner, device) = (&opened.inner, *opened.record.outer().device.as_bytes());
        let (vault, doc) = (*inner.vault.as_bytes(), *inner.doc.as_bytes());
        for change in changes {
            let Ok(facts) = record::prescan(&change.bytes, &device) else {
                return Ok(());
            };
            if Hash::new(facts.hash) != change.hash
                || self.tx.is_change_of_another(&facts.hash, &vault, &doc)?
            {
                return Ok(());
            }
            let row = ChangeRow {
                vault,
                doc,
                hash: facts.hash,
                bytes: change.bytes.clone(),
                device,
                at: facts.time,
                dir_head: *inner.dir_head.as_bytes(),
                roster_head: *inner.roster_head.as_bytes(),
            };
            if self.tx.put_change(&row, Some(kept.as_bytes()))? {
                self.tx.set_aside(&vault, &doc, &facts.hash, true)?;
            }
        }
        Ok(())
    }

    /// What is put aside of a document, with what it says of itself.
    pub(super) fn aside(
        &self,
        vault: [u8; 16],
        doc: [u8; 16],
    ) -> Result<Vec<(ChangeFacts, ChangeRow)>> {
        // Only what a refused record brought is ever put aside.
        if !self.ledger.has_refused() {
            return Ok(Vec::new());
        }
        let rows = self.tx.standing_changes(&vault, &doc)?;
        Ok(rows
            .into_iter()
            .filter(|it| it.aside)
            .filter_map(|it| Some((record::prescan(&it.row.bytes, &it.row.device).ok()?, it.row)))
            .collect())
    }
}

/// Of what is put aside, that on which these changes rest, and what that rests on.
pub(super) fn rested_on(
    missing: &[[u8; 32]],
    aside: Vec<(ChangeFacts, ChangeRow)>,
) -> Vec<(ChangeFacts, ChangeRow)> {
    let mut aside: HashMap<_, _> = aside
        .into_iter()
        .map(|(facts, row)| (facts.hash, (facts, row)))
        .collect();
    let (mut wanted, mut found) = (missing.to_vec(), Vec::new());
    while let Some(hash) = wanted.pop() {
        if let Some((facts, row)) = aside.remove(&hash) {
            wanted.extend(&facts.deps);
            found.push((facts, row));
        }
    }
    found
}

/// The changes that came in records that count, and all that they rest on.
fn counting(rows: &[StandingChange]) -> BTreeSet<[u8; 32]> {
    let deps: BTreeMap<[u8; 32], Vec<[u8; 32]>> = rows
        .iter()
        .filter_map(|it| {
            let facts = record::prescan(&it.row.bytes, &it.row.device).ok()?;
            Some((facts.hash, facts.deps))
        })
        .collect();
    let (mut counting, mut wanted) = (BTreeSet::new(), Vec::new());
    wanted.extend(rows.iter().filter(|it| !it.refused).map(|it| it.row.hash));
    while let Some(hash) = wanted.pop() {
        if let Some(deps) = deps.get(&hash)
            && counting.insert(hash)
        {
            wanted.extend(deps);
        }
    }
    counting
}

/// The reasons that another directory may take back.
fn is_for_want_of_right(reason: Option<&str>) -> bool {
    [
        NoRight::BeyondCut,
        NoRight::NotInOffice,
        NoRight::NoWritingRole,
        NoRight::NotAReader,
    ]
    .into_iter()
    .any(|why| reason == Some(of_right(why)))
}

/// The name of a document whose changes are these, put aside or not.
pub(super) fn with_aside(
    facts: &[ChangeFacts],
    aside: &[(ChangeFacts, ChangeRow)],
) -> Vec<ChangeFacts> {
    let aside = aside.iter().map(|(facts, _)| facts.clone());
    facts.iter().cloned().chain(aside).collect()
}
