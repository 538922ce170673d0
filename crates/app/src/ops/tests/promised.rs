//! The promised shapes: what each operation takes, what it must have, and what its view always carries.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ops::{self, Operation};

/// Name, arguments (`?` behind those that may be absent), and members of the view (`?` likewise).
const PROMISED: &[(&str, &str, &str)] = &[
    (
        "intake.create",
        "text? channel? urgency? consent? callerName? phone? areaId? receivedAt?",
        INTAKE,
    ),
    ("intake.get", "id", INTAKE),
    ("intake.list", "open? limit? cursor?", "items cursor?"),
    ("household.create", "name? intakeId? areaId?", HOUSEHOLD),
    (
        "household.list",
        "query? stage? limit? cursor?",
        "items cursor?",
    ),
    ("household.get", "id asOf?", HOUSEHOLD),
    ("household.update", "id field value base?", HOUSEHOLD),
    ("household.moveTeam", "id team reason", HOUSEHOLD),
    (
        "member.add",
        "householdId samePersonAs? familyName? givenName? familyKana? givenKana? birth? sex? role? phone? note?",
        MEMBER,
    ),
    ("member.update", "id field value householdId? base?", MEMBER),
    ("member.leave", "id householdId on reason?", MEMBER),
    (
        "note.create",
        "householdId text? blocks? occurredAt? method? memberIds?",
        NOTE,
    ),
    ("note.edit", "id text base?", NOTE),
    (
        "note.mark",
        "id base start end type memberIds? source? observedOn? secrecy?",
        NOTE,
    ),
    ("note.move", "id householdId", NOTE),
    ("note.confirm", "id", NOTE),
    ("note.get", "id", NOTE),
    ("assessment.start", "householdId pack label?", ROUND),
    (
        "assessment.answer",
        "roundId subject item value? state? basis? certainty? comment? base?",
        ROUND,
    ),
    (
        "assessment.cite",
        "roundId subject item noteId cited? base?",
        ROUND,
    ),
    ("assessment.get", "roundId asOf?", ROUND),
    ("conflict.list", "householdId?", "items"),
    ("conflict.resolve", "id value", "items"),
    ("carryout.list", "open? limit?", "items"),
    (
        "carryout.close",
        "id how on?",
        "id file author at reader? medium? purpose? returnBy? records bytes complete written end? overdue",
    ),
    ("handover.offer", "households toWorkerId on?", "items"),
    ("handover.answer", "ids answer reason?", "items"),
    ("handover.list", "householdId? open? mine? limit?", "items"),
    (
        "cover.start",
        "workerId? covererId householdIds? from? until",
        COVER,
    ),
    ("cover.end", "id", COVER),
    ("cover.list", "open? limit?", "items"),
    ("cover.away", "id", "cover households unread"),
    ("cover.read", "id", COVER),
    ("search", "text limit?", "items"),
    ("undo", "", ""),
    ("redo", "", ""),
    ("history", "id", "id items"),
];

const COVER: &str = "id worker coverer from until householdIds state endedAt? author at";
const INTAKE: &str =
    "id version text channel? urgency? consent? callerName? phone? areaId? receivedAt author at";
const HOUSEHOLD: &str = "id version name members rounds conflicts flags notes author at";
const MEMBER: &str =
    "id version familyName givenName familyKana givenKana birth? sex? role? phone? note? author at";
const NOTE: &str = "id version householdId text blocks occurredAt method? memberIds author at";
const ROUND: &str = "id version householdId pack label? subjects conflicts author at";

/// Names, and those among them that have to be there.
fn promise(words: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let all = words.split_whitespace();
    let needed = all.clone().filter(|word| !word.ends_with('?'));
    (
        all.map(|word| word.trim_end_matches('?')).collect(),
        needed.collect(),
    )
}

fn members(schema: &Value) -> BTreeSet<&str> {
    let properties = schema["properties"].as_object();
    properties
        .into_iter()
        .flat_map(|map| map.keys().map(String::as_str))
        .collect()
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let names = schema["required"].as_array();
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn broken(operation: &Operation, arguments: &str, result: &str) -> Option<String> {
    let takes = serde_json::to_value(&operation.arguments).unwrap();
    let gives = serde_json::to_value(&operation.result).unwrap();
    let (named, needed) = promise(arguments);
    if !named.is_subset(&members(&takes)) {
        return Some(format!("{} takes {:?}", operation.name, members(&takes)));
    }
    if required(&takes) != needed {
        return Some(format!("{} needs {:?}", operation.name, required(&takes)));
    }
    if takes["additionalProperties"] != Value::Bool(false) {
        return Some(format!("{} takes anything", operation.name));
    }
    let (named, always) = promise(result);
    if !named.is_subset(&members(&gives)) || !always.is_subset(&required(&gives)) {
        return Some(format!("{} gives {gives}", operation.name));
    }
    None
}

#[test]
fn every_operation_takes_and_gives_what_was_promised() {
    let all = ops::all();
    for (name, arguments, result) in PROMISED {
        let operation = all.iter().find(|operation| operation.name == *name);
        let operation = operation.unwrap_or_else(|| panic!("{name} is gone"));
        assert_eq!(broken(operation, arguments, result), None);
        // The control: one promise more than there is, in either direction, is noticed.
        let more = format!("{arguments} another?");
        assert!(broken(operation, &more, result).is_some(), "{name}");
        let more = format!("{result} another");
        assert!(broken(operation, arguments, &more).is_some(), "{name}");
    }
}
