//! Giving the hub what it lacks, and keeping what it signs for.
//!
//! # Invariants
//!
//! - **What lacks is told by the hub's own word**; of this device's own records, whatever no receipt is here for goes
//!   besides.
//! - **A receipt counts when it is this hub's, for this record**, and its signature holds.
//! - **No place stays empty**: of an erased record that the other side never had it gets the stub, with the order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use store::Reader;
use store::table::hub::{FeedRow, ReceiptRow};
use sync::carrier::Reply;
use sync::plan::{Scope, plan};
use sync::store::SyncStore as _;
use wire::body::Have;
use wire::cbor::Bytes;
use wire::directory::Erasure;
use wire::envelope::STUB_LEN;
use wire::hub::{
    Dropped, FeedPoint, HaveAsked, HaveTold, MAX_BATCH, Receipt, Stored, Stubs, have_digest,
};
use wire::ids::{Device, Hash, Lane, Org};

use super::super::erase::effect;
use super::super::ledger::Ledger;
use super::super::seal::Occasion;
use super::super::side_by_side;
use super::{Conversation, Phase, Step, heard, refusal};
use crate::App;
use crate::error::{AppError, ErrorCode, Result};

/// Bytes that are sent together; one record is less.
const TOGETHER_BYTES: u64 = 4 << 20;

/// What the other side lacks, lane by lane, in the order in which it is needed.
pub(super) type Lacking = BTreeMap<Lane, Vec<Hash>>;

/// What is given to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacks {
    /// What it said that it lacks.
    AsTold,
    /// Besides, whatever of this device no receipt is here for.
    AlsoUnsigned,
}

/// Records that are pushed together.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    lane: Lane,
    records: Vec<Hash>,
}

/// Whether the hub takes no more for now. What it has stays.
pub(super) fn is_full(code: &str) -> bool {
    ["day_is_full", "office_is_full"].contains(&code)
}

impl Conversation {
    /// Seals what was written here, and asks what the hub has.
    pub(super) fn compare(&mut self, app: &mut App) -> Result<Step> {
        app.seal(Occasion::Hub)?;
        match self.what_guests_lack(app)? {
            Some(lacking) => self.give(app, lacking),
            None => self.ask_what_it_has(app, Phase::Comparing),
        }
    }

    pub(super) fn ask_what_it_has(&mut self, app: &mut App, next: Phase) -> Result<Step> {
        let haves = app.haves_by_lane(self.shared_lanes(app))?;
        let lanes = haves
            .into_iter()
            .map(|(lane, haves)| (lane, have_digest(&haves)))
            .collect();
        Ok(self.post(next, "/v1/have", &HaveAsked { lanes }))
    }

    pub(super) fn compared(&mut self, app: &mut App, told: &HaveTold) -> Result<Step> {
        let lacks = match self.colleague {
            Some(_) => Lacks::AsTold,
            None => Lacks::AlsoUnsigned,
        };
        let lacking = app.what_it_lacks(self.shared_lanes(app), told, lacks)?;
        self.give(app, lacking)
    }

    fn give(&mut self, app: &mut App, lacking: Lacking) -> Result<Step> {
        (self.batches, self.stubs) = app.batches(lacking)?;
        #[cfg(test)]
        if super::tests::GIVES_NO_STUBS.get() {
            self.stubs.clear();
        }
        self.push_next(app)
    }

    fn push_next(&mut self, app: &mut App) -> Result<Step> {
        let Some(batch) = self.batches.pop_front() else {
            return self.give_stubs(app);
        };
        let mut records = Vec::new();
        app.store.read(|reader| {
            for id in &batch.records {
                let row = reader.record(id.as_bytes())?;
                records.push(Bytes(row.ok_or(ErrorCode::StoreDamaged)?.bytes));
            }
            Ok::<_, AppError>(())
        })?;
        let body = wire::hub::Batch { records };
        Ok(self.post(Phase::Pushing(batch), "/v1/records", &body))
    }

    fn give_stubs(&mut self, app: &mut App) -> Result<Step> {
        match self.stubs.pop_front() {
            Some(stubs) => Ok(self.post(Phase::GivingStubs, "/v1/stubs", &stubs)),
            None if self.colleague.is_some() => self.settle(app),
            None => self.drop_next(app),
        }
    }

    pub(super) fn stubs_given(&mut self, app: &mut App, reply: &Reply) -> Result<Step> {
        match refusal(reply) {
            Some(code) if is_full(&code) => {
                self.stubs.clear();
                self.said.left_out.insert(code);
            }
            // It was taken back meanwhile, or the hub is older than stubs are: perhaps next time.
            Some(_) => {}
            None => {
                let _: Dropped = heard(app, reply)?;
            }
        }
        self.give_stubs(app)
    }

    pub(super) fn pushed(&mut self, app: &mut App, batch: &Batch, stored: &Stored) -> Result<Step> {
        if stored.statuses.len() != batch.records.len() {
            return Err(ErrorCode::HubFaulty.into());
        }
        let (mut given, mut is_full) = (Vec::new(), false);
        for (record, status) in batch.records.iter().zip(&stored.statuses) {
            match &status.receipt {
                Some(receipt) => given.push((*record, receipt)),
                None => {
                    is_full |= self::is_full(&status.refused);
                    self.said.left_out.insert(status.refused.clone());
                }
            }
        }
        let receipts: Vec<_> = given.iter().map(|(_, receipt)| *receipt).collect();
        let (org, hub) = (Org::new(app.identity.org), self.hub);
        let good = side_by_side::each(given, |(record, receipt)| {
            let said = &receipt.statement;
            let is_of_this = (said.org, said.lane, said.record) == (org, batch.lane, record);
            (is_of_this && receipt.verify(&hub).is_ok()).then_some(())
        });
        if good.contains(&None) {
            return Err(ErrorCode::HubFaulty.into());
        }
        if self.colleague.is_none() {
            let (sent, confirmed) = app.keep_receipts(batch.lane, &receipts)?;
            self.said.sent += sent;
            self.said.confirmed += confirmed;
        }
        if is_full {
            return self.settle(app);
        }
        self.push_next(app)
    }
}

impl App {
    pub(super) fn haves_by_lane(
        &mut self,
        lanes: impl IntoIterator<Item = Lane>,
    ) -> Result<BTreeMap<Lane, BTreeSet<Have>>> {
        let now = self.environment.now();
        self.store.transact(|tx| {
            let mut by_lane: BTreeMap<Lane, BTreeSet<Have>> = lanes
                .into_iter()
                .map(|lane| (lane, BTreeSet::new()))
                .collect();
            for have in Ledger::open(tx, now)?.vector()?.to_haves() {
                if let Some(of_lane) = by_lane.get_mut(&have.lane) {
                    of_lane.insert(have);
                }
            }
            Ok::<_, AppError>(by_lane)
        })
    }

    /// What the other side lacks, in the order in which others need it.
    fn what_it_lacks(
        &mut self,
        lanes: VecDeque<Lane>,
        told: &HaveTold,
        lacks: Lacks,
    ) -> Result<Lacking> {
        let now = self.environment.now();
        self.store.transact(|tx| {
            let ledger = Ledger::open(tx, now)?;
            let mut lacking = Lacking::new();
            for lane in lanes {
                let mut records = Vec::new();
                if let Some((_, haves)) = told.lanes.iter().find(|(told, _)| *told == lane) {
                    records = plan(&ledger, Scope::Lane(lane), Some(haves))?.records;
                }
                let planned: BTreeSet<Hash> = records.iter().copied().collect();
                if lacks == Lacks::AlsoUnsigned {
                    let unsigned = tx.unreceipted(lane.as_bytes())?.into_iter().map(Hash::new);
                    records.extend(unsigned.filter(|id| !planned.contains(id)));
                }
                lacking.insert(lane, records);
            }
            Ok::<_, AppError>(lacking)
        })
    }

    /// Records cut into what is pushed together, and the stubs among them.
    fn batches(&mut self, lacking: Lacking) -> Result<(VecDeque<Batch>, VecDeque<Stubs>)> {
        let erasures = &self.trust.directory.state().erasures;
        self.store.read(|tx| {
            let (mut batches, mut stubs) = (VecDeque::new(), BTreeSet::new());
            for (lane, records) in lacking {
                let (mut part, mut bytes) = (Vec::new(), 0);
                for record in records {
                    let len = tx.record_length(record.as_bytes())?;
                    if len == STUB_LEN as u64 {
                        stubs.insert(record);
                        continue;
                    }
                    if part.len() == MAX_BATCH || (bytes + len > TOGETHER_BYTES && !part.is_empty())
                    {
                        let records = std::mem::take(&mut part);
                        batches.push_back(Batch { lane, records });
                        bytes = 0;
                    }
                    bytes += len;
                    part.push(record);
                }
                if !part.is_empty() {
                    batches.push_back(Batch {
                        lane,
                        records: part,
                    });
                }
            }
            Ok::<_, AppError>((batches, under_orders(tx, erasures, stubs)?))
        })
    }

    /// Keeps receipts. Gives how many changes have left with them for the first time, and how many own records are
    /// signed for.
    fn keep_receipts(&mut self, lane: Lane, receipts: &[&Receipt]) -> Result<(u32, u32)> {
        let now = self.environment.now();
        let own = Device::new(self.identity.device);
        self.store.transact(|tx| {
            let (mut left, mut confirmed) = (0, 0);
            let mut point = tx.feed(lane.as_bytes())?.map(|row| FeedPoint {
                generation: row.generation,
                cursor: row.cursor,
                chain: Hash::new(row.chain),
            });
            for receipt in receipts {
                let said = &receipt.statement;
                // What this device gave, nobody need give it back.
                point = point.map(|point| {
                    let follows =
                        (said.generation, said.cursor) == (point.generation, point.cursor + 1);
                    if follows {
                        point.after(said.record)
                    } else {
                        point
                    }
                });
                let place = tx.record_place(said.record.as_bytes())?;
                if place.is_some_and(|place| Device::new(place.device) == own) {
                    confirmed += 1;
                    left += tx.put_receipt(&ReceiptRow {
                        record: *said.record.as_bytes(),
                        generation: said.generation,
                        cursor: said.cursor,
                        at: now,
                        signature: receipt.signature,
                    })?;
                }
            }
            if let Some(point) = point {
                tx.put_feed(
                    lane.as_bytes(),
                    &FeedRow {
                        generation: point.generation,
                        cursor: point.cursor,
                        chain: *point.chain.as_bytes(),
                    },
                )?;
            }
            Ok::<_, AppError>((left, confirmed))
        })
    }
}

/// Stubs with the orders under which they stand. Those of what was only put aside stand under none.
fn under_orders(
    reader: &Reader<'_>,
    erasures: &BTreeMap<Hash, Erasure>,
    mut stubs: BTreeSet<Hash>,
) -> Result<VecDeque<Stubs>> {
    let mut given = VecDeque::new();
    for (op, erasure) in erasures.iter().filter(|(_, erasure)| !erasure.cancelled) {
        if stubs.is_empty() {
            break;
        }
        let Some(order) = effect::read(reader, erasure.order.as_bytes())? else {
            continue;
        };
        let named: Vec<Hash> = order.records.intersection(&stubs).copied().collect();
        for some in named.chunks(MAX_BATCH) {
            let mut bytes = Vec::new();
            for id in some {
                stubs.remove(id);
                bytes.extend(reader.record(id.as_bytes())?.map(|row| Bytes(row.bytes)));
            }
            given.push_back(Stubs {
                op: *op,
                records: order.records.clone(),
                stubs: bytes,
            });
        }
    }
    Ok(given)
}
