//! Reading the feeds: lane by lane, on from where this device stands.
//!
//! # Invariants
//!
//! - **A place in a feed is kept with what was read up to it**, in one transaction.
//! - **What cannot be read is looked at twice.** The feed's running hash goes past it by the hub's word alone: if it was
//!   altered on the way, it would never be asked for again.
//! - **Another past is noticed**: by the generation, or by the running hash at this device's own place. Then the lane is
//!   read from its beginning, and what was signed for there counts no longer.

use store::table::hub::FeedRow;
use sync::carrier::Method;
use sync::feed::{Follow, Turn};
use wire::envelope::name_of;
use wire::hub::{FeedPoint, Page};
use wire::ids::{Hash, Lane, Org};
use wire::rights::author_key;

use super::super::delivery::{Delivery, Grown};
use super::{Conversation, Phase, Step, state};
use crate::App;
use crate::error::{ErrorCode, Result};

/// Records that are taken in together, and their bytes.
#[cfg(not(test))]
const TOGETHER: usize = 2000;
#[cfg(test)]
const TOGETHER: usize = 50;
const TOGETHER_BYTES: usize = 16 << 20;

/// Where the reading of a lane stands.
#[derive(Debug)]
pub(super) struct Reading {
    lane: Lane,
    follow: Follow,
    records: Vec<Vec<u8>>,
    bytes: usize,
}

impl Reading {
    fn of(lane: Lane, follow: Follow) -> Self {
        Self {
            lane,
            follow,
            records: Vec::new(),
            bytes: 0,
        }
    }
}

impl Conversation {
    /// Begins with the next lane; after the last one, compares.
    pub(super) fn read_next(&mut self, app: &mut App) -> Result<Step> {
        if let Some(said) = self.say_what_is_here(app)? {
            return Ok(said);
        }
        let Some(lane) = self.lanes.pop_front() else {
            return if self.is_settling() {
                self.settle(app)
            } else {
                self.compare(app)
            };
        };
        let point = match &self.colleague {
            Some(colleague) => colleague.feeds.get(&lane).copied(),
            None => {
                let kept = app.store.read(|reader| reader.feed(lane.as_bytes()))?;
                kept.map(|row| FeedPoint {
                    generation: row.generation,
                    cursor: row.cursor,
                    chain: Hash::new(row.chain),
                })
            }
        };
        Ok(self.turn_to(Reading::of(lane, Follow::from(point))))
    }

    fn turn_to(&mut self, reading: Reading) -> Step {
        let (lane, cursor) = (reading.lane, reading.follow.cursor());
        let path = format!("/v1/feed?lane={lane}&cursor={cursor}");
        self.call(Phase::Reading(reading), Method::Get, path, Vec::new())
    }

    pub(super) fn page(&mut self, app: &mut App, mut reading: Reading, page: Page) -> Result<Step> {
        match reading.follow.turn(page.from) {
            Turn::On => {}
            Turn::OtherPast if self.colleague.is_none() => {
                return self.begin_anew(app, reading.lane);
            }
            Turn::OtherPast | Turn::Faulty => return Err(ErrorCode::HubFaulty.into()),
        }
        if !self.asked_again
            && page
                .records
                .iter()
                .any(|record| app.author_is_new(&record.0))
        {
            // Somebody joined while this device was reading: the directory first.
            self.asked_again = true;
            self.keep(app, &mut reading)?;
            return self.ask_for_directory(app);
        }
        let org = Org::new(app.identity.org);
        let names = page.records.iter();
        let names: Vec<_> = names
            .map(|record| name_of(&record.0, org).map(|(_, id)| id))
            .collect();
        if names.contains(&None) && !reading.follow.is_anew() && !takes_any() {
            // Altered on the way, or newer than this program: a second look tells.
            return Ok(self.turn_to(Reading::of(reading.lane, Follow::anew())));
        }
        for record in page.records {
            reading.bytes += record.0.len();
            reading.records.push(record.0);
        }
        reading.follow.pass(page.from, names);
        if page.more || !reading.follow.is_sure() {
            if reading.records.len() >= TOGETHER || reading.bytes >= TOGETHER_BYTES {
                self.keep(app, &mut reading)?;
            }
            return Ok(self.turn_to(reading));
        }
        self.keep(app, &mut reading)?;
        self.read_next(app)
    }

    /// Takes in what was read, and keeps the place with it.
    fn keep(&mut self, app: &mut App, reading: &mut Reading) -> Result<()> {
        let Some(point) = reading.follow.point() else {
            return Ok(());
        };
        let records = std::mem::take(&mut reading.records);
        reading.bytes = 0;
        let row = FeedRow {
            generation: point.generation,
            cursor: point.cursor,
            chain: *point.chain.as_bytes(),
        };
        let lane = reading.lane;
        let is_hub = match &mut self.colleague {
            Some(colleague) => {
                colleague.feeds.insert(lane, point);
                false
            }
            None => true,
        };
        // The running hash of an unsure place is none: the next look takes it for another past, and reads anew.
        if records.is_empty() {
            if !is_hub {
                return Ok(());
            }
            let kept = app.store.read(|reader| reader.feed(lane.as_bytes()))?;
            if kept != Some(row) {
                app.store
                    .transact(|tx| tx.put_feed(lane.as_bytes(), &row))?;
            }
            return Ok(());
        }
        let delivery = Delivery {
            heads: &self.heads,
            ..Delivery::default()
        };
        let came = app.take_in(
            Grown::not(),
            &delivery,
            |admit| records.into_iter().try_for_each(admit),
            |tx| match is_hub {
                true => Ok(tx.put_feed(lane.as_bytes(), &row)?),
                false => Ok(()),
            },
        )?;
        self.brought.add(came, None);
        Ok(())
    }

    /// Reads a lane from its beginning.
    fn begin_anew(&mut self, app: &mut App, lane: Lane) -> Result<Step> {
        app.store.transact(|tx| {
            // Told when a talk comes to its end, this one or a later one.
            tx.put_device_state(state::OTHER_PAST, b"1")?;
            tx.forget_feed(lane.as_bytes())
        })?;
        Ok(self.turn_to(Reading::of(lane, Follow::anew())))
    }
}

/// The protection taken out, for a red control.
fn takes_any() -> bool {
    #[cfg(test)]
    return super::tests::LOOKS_ONCE.get();
    #[cfg(not(test))]
    false
}

impl App {
    /// Whether a record is of a device that the directory here does not know.
    fn author_is_new(&self, record: &[u8]) -> bool {
        name_of(record, Org::new(self.identity.org))
            .is_some_and(|(outer, _)| author_key(&self.trust.directory, outer.device).is_none())
    }
}
