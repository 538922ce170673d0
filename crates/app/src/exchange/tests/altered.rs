//! A hub, or somebody on the way to it, that alters what it says once: what it kept from a laptop comes all the same.

use serde_json::json;
use sync::carrier::{Call, Carrier, Reply, Unreachable};
use testkit::hub::{Hub, Line, URL};
use wire::cbor;
use wire::hub::{BlobsTold, Page};

use super::attachments::{attach, opens, text, with_hub};
use super::*;
use crate::exchange::erase::effect::DAY;
use crate::exchange::hub::tests::LOOKS_ONCE;
use crate::hub::{Conversation, talk};
use crate::{ErrorCode, Fixed};

/// A line on which answers are altered, until one was.
struct Altering<'a> {
    line: Line<'a>,
    alter: fn(&Call, &mut Reply) -> bool,
    is_done: bool,
}

impl Carrier for Altering<'_> {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let mut reply = self.line.carry(call)?;
        if !self.is_done {
            self.is_done = (self.alter)(call, &mut reply);
        }
        Ok(reply)
    }
}

fn honest(app: &mut App, hub: &Hub) {
    let conversation = Conversation::sync(app, Some(URL)).unwrap();
    talk(app, conversation, &mut hub.line()).unwrap();
}

fn altered(app: &mut App, hub: &Hub, alter: fn(&Call, &mut Reply) -> bool) {
    let conversation = Conversation::sync(app, Some(URL)).unwrap();
    let mut line = Altering {
        line: hub.line(),
        alter,
        is_done: false,
    };
    talk(app, conversation, &mut line).unwrap();
    assert!(line.is_done, "an answer was altered");
}

fn with_household(seed: u64) -> (Hub, App, App, String) {
    let (hub, mut sato, mut tanaka) = with_hub(seed);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    honest(&mut sato, &hub);
    honest(&mut tanaka, &hub);
    (hub, sato, tanaka, household)
}

/// The first record of a page, so that it is none.
fn no_record(call: &Call, reply: &mut Reply) -> bool {
    if !call.path.starts_with("/v1/feed") {
        return false;
    }
    let mut page: Page = cbor::from_slice(&reply.body).unwrap();
    let Some(first) = page.records.first_mut() else {
        return false;
    };
    first.0[0] ^= 1;
    reply.body = cbor::to_vec(&page);
    true
}

/// Red control: looked at once, it never comes, however often they talk.
#[test]
fn a_record_that_was_altered_into_none_is_asked_for_again() {
    for looks_once in [false, true] {
        let (hub, mut sato, mut tanaka, household) = with_household(301);
        let note = json!({ "householdId": household, "text": "届くはずの言葉" });
        call(&mut sato, "note.create", note);
        honest(&mut sato, &hub);
        LOOKS_ONCE.set(looks_once);
        altered(&mut tanaka, &hub, no_record);
        honest(&mut tanaka, &hub);
        honest(&mut tanaka, &hub);
        LOOKS_ONCE.set(false);
        let view = call(&mut tanaka, "household.get", json!({ "id": household }));
        let notes = view["notes"].as_array().unwrap();
        assert_eq!(notes.len(), usize::from(!looks_once), "{looks_once}");
    }
}

/// That all chunks are there.
fn has_all(call: &Call, reply: &mut Reply) -> bool {
    if call.path != "/v1/blobs/have" {
        return false;
    }
    let mut told: BlobsTold = cbor::from_slice(&reply.body).unwrap();
    for (is_whole, _) in &mut told.blobs {
        *is_whole = true;
    }
    reply.body = cbor::to_vec(&told);
    true
}

#[test]
fn a_chunk_that_a_hub_said_to_have_and_has_not_is_sent_a_week_later() {
    let (hub, mut sato, mut tanaka, household) = with_household(302);
    let to = json!({ "householdId": household });
    let attachment = attach(&mut sato, to, &text(5_000, 1));
    altered(&mut sato, &hub, has_all);
    for day in 0..=8 {
        sato.environment = Box::new(Fixed::new(NOON + DAY / 24 + day * DAY, 77));
        honest(&mut sato, &hub);
        honest(&mut tanaka, &hub);
        let opened = opens(&mut tanaka, &attachment).map(drop);
        match day {
            // Nobody asks each time about each of thousands.
            0..7 => assert_eq!(opened, Err(ErrorCode::AttachmentMissing), "{day}"),
            _ => assert_eq!(opened, Ok(()), "{day}"),
        }
    }
}
