//! Which places a push gets: the part of an append that is the same in every database.
//!
//! # Invariants
//!
//! - **A record has one place.** One that is here, or twice in a push, keeps its first.
//! - **What is known is never refused**: a push that is repeated beyond the quota still gets its receipts.

use std::collections::BTreeMap;

use wire::hub::FeedPoint;
use wire::ids::{Hash, Lane};

use crate::store::{Carried, Placed, Pusher};

/// What the database says, under the office's lock.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// The cursors of those of the records that are here.
    pub(crate) known: BTreeMap<Hash, u64>,
    /// The ends of the lanes that the push goes to.
    pub(crate) ends: BTreeMap<Lane, FeedPoint>,
    /// Records that the device sent today.
    pub(crate) sent: u64,
    /// Bytes of the office.
    pub(crate) bytes: u64,
}

/// A record to be stored.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) record: &'a Carried,
    pub(crate) at: FeedPoint,
}

/// What is to be written, and answered.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) placed: Vec<Placed>,
    pub(crate) bytes: u64,
}

pub(crate) fn plan<'a>(
    mut before: Before,
    pusher: &Pusher,
    records: &'a [Carried],
    generation: [u8; 16],
) -> Plan<'a> {
    let mut plan = Plan::default();
    for record in records {
        let len = record.as_bytes().len() as u64;
        let placed = if let Some(cursor) = before.known.get(&record.id()) {
            Placed::At {
                cursor: *cursor,
                new: false,
            }
        } else if before.sent + plan.rows.len() as u64 >= pusher.records_a_day {
            Placed::DayIsFull
        } else if before.bytes + plan.bytes + len > pusher.office_bytes {
            Placed::OfficeIsFull
        } else {
            let start = FeedPoint::start(generation);
            let end = before.ends.entry(record.outer().lane).or_insert(start);
            *end = end.after(record.id());
            before.known.insert(record.id(), end.cursor);
            plan.rows.push(Row { record, at: *end });
            plan.bytes += len;
            Placed::At {
                cursor: end.cursor,
                new: true,
            }
        };
        plan.placed.push(placed);
    }
    plan
}
