//! The two layers of a record, and the keys that open them.

use sync::store::Waits;
use wire::body::Kind;
use wire::envelope::{EnvelopeError, LaneKey, LaneOpened, Opened, Verified, open_outer};
use wire::ids::{Device, Hash, Kid, Lane};
use wire::pair::Pair;
use wire::rights::author_key;

use super::super::refusal::{self, Halt, Step, code};
use super::{FOREIGN, Ingest};
use crate::error::{AppError, ErrorCode, Result};
use crate::trust;

/// The most keys of a peer that are tried, the newest first: of two years and more.
const MOST_KEYS: usize = 4;

impl Ingest<'_, '_> {
    pub(super) fn verified(&self, id: Hash) -> Step<Verified> {
        let row = self
            .tx
            .record(id.as_bytes())?
            .ok_or_else(|| AppError::from(ErrorCode::StoreDamaged))?;
        let sealed = open_outer(row.bytes, self.directory.org())
            .map_err(|e| Halt::Refused(refusal::of_envelope(e)))?;
        let public = author_key(self.directory, sealed.outer().device)
            .ok_or(Halt::Waits(Waits::Directory))?;
        sealed
            .verify(&public)
            .map_err(|e| Halt::Refused(refusal::of_envelope(e)))
    }

    pub(super) fn find_lanes(&mut self) -> Result<()> {
        self.lanes.clear();
        for row in self.tx.vaults_of_class("team")? {
            for key in self.tx.vault_keys(&row.vault)? {
                self.lanes.push((Lane::new(row.lane), LaneKey::of(&key)));
            }
        }
        Ok(())
    }

    pub(super) fn open_lane(&self, record: &Verified) -> Step<LaneOpened> {
        let outer = record.outer();
        if outer.lane == Lane::ORG {
            return self.open_org_lane(record);
        }
        open_team_lane(&self.lanes, record)
    }

    /// In the organisation's lane a record is under its own vault's key, and does not say which. Those of the vaults that
    /// travel there are tried, those of cases that went to another team there, and that of the pair of its author and this
    /// device.
    fn open_org_lane(&self, record: &Verified) -> Step<LaneOpened> {
        let mut keys = Vec::new();
        for vault in trust::vaults_of_devices(self.tx)? {
            keys.extend(self.tx.vault_keys(&vault)?.iter().map(LaneKey::of));
        }
        keys.extend(self.early.iter().map(|(_, key)| LaneKey::of(key)));
        let pairs = self.pairs_with(record.outer().device);
        keys.extend(pairs.iter().map(|pair| LaneKey::of(&pair.key)));
        for key in keys {
            match record.open_lane_layer(&key) {
                Err(EnvelopeError::WrongKey) => {}
                opened => return opened.map_err(|e| Halt::Refused(refusal::of_envelope(e))),
            }
        }
        Err(Halt::Waits(FOREIGN))
    }

    /// The pairs in which this device may find records of an author: those of the two; of its own records, all. Either may
    /// have renewed its key meanwhile, or not yet have heard that the other did.
    fn pairs_with(&self, author: Device) -> Vec<Pair> {
        let own = Device::new(self.identity.device);
        let devices = &self.directory.state().devices;
        let peers = devices
            .iter()
            .filter(|(peer, _)| **peer == author || author == own);
        let mut pairs = Vec::new();
        for (peer, member) in peers {
            for key in self.identity.receiving() {
                let theirs = member.received.iter().rev().take(MOST_KEYS);
                pairs.extend(theirs.filter_map(|theirs| {
                    let peer = (*peer, &theirs.public);
                    Pair::of(self.directory.org(), (own, key), peer).ok()
                }));
            }
        }
        pairs
    }

    pub(super) fn open_body(&self, lane: &LaneOpened) -> Step<Opened> {
        let inner = lane.inner();
        let early = self
            .early
            .iter()
            .filter(|(vault, _)| *vault == inner.vault && early_opens(inner.kind));
        let mut kept = self.tx.vault_keys(inner.vault.as_bytes())?;
        if lane.record().outer().lane == Lane::ORG {
            let pairs = self.pairs_with(lane.record().outer().device);
            let of_pair = pairs.into_iter().filter(|pair| pair.vault == inner.vault);
            kept.extend(of_pair.map(|pair| pair.key));
        }
        let mut tried = false;
        for key in kept
            .iter()
            .chain(early.map(|(_, key)| key))
            .filter(|key| Kid::of(key) == inner.vkid)
        {
            tried = true;
            match lane.open_body(key) {
                Err(EnvelopeError::WrongKey) => {}
                opened => return opened.map_err(|e| Halt::Refused(refusal::of_envelope(e))),
            }
        }
        Err(if tried {
            Halt::Refused(code::MALFORMED)
        } else {
            Halt::Waits(Waits::VaultKey(inner.vkid))
        })
    }
}

/// Opens the outer layer of a record in a team's lane.
pub(super) fn open_team_lane(lanes: &[(Lane, LaneKey)], record: &Verified) -> Step<LaneOpened> {
    let outer = record.outer();
    let named = |(lane, key): &&(Lane, LaneKey)| *lane == outer.lane && key.id() == outer.lkid;
    let Some((_, key)) = lanes.iter().find(named) else {
        return Err(Halt::Waits(Waits::LaneKey(outer.lkid)));
    };
    // Where it names the key and does not open with it, its author sealed something else.
    record
        .open_lane_layer(key)
        .map_err(|e| Halt::Refused(refusal::of_envelope(e)))
}

/// What a key opens whose box cannot be judged yet: a roster, which proves itself, and what may carry one; all else waits for
/// the roster.
fn early_opens(kind: Kind) -> bool {
    [Kind::ROSTER, Kind::CARRY].contains(&kind)
}
