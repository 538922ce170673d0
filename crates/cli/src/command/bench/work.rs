//! What a worker does all day: unlock, open a household, look through the list, search, write.

use app::floor::{self, Disk};
use app::{AppError, ErrorCode, Result};
use serde_json::{Value, json};

use super::figure::{Figure, Times};
use super::office::Office;

/// How often a thing is done that has no household of its own.
const TIMES: usize = 60;

/// From the passphrase to the open store.
pub(super) fn unlock(office: &mut Office) -> Result<Vec<Figure>> {
    let (mut ours, mut floor) = (Times::default(), Times::default());
    for _ in 0..10 {
        office.lock()?;
        ours.take(|| office.unlock())?;
        floor.take(floor::derive_key)?;
    }
    Ok(vec![Figure {
        what: "passphrase to open store",
        ours,
        against: "key derivation alone",
        floor,
    }])
}

/// A household's page.
pub(super) fn open(office: &mut Office) -> Result<Vec<Figure>> {
    let (mut ours, mut floor) = (Times::default(), Times::default());
    for id in office.households.clone() {
        ours.take(|| office.call("household.get", json!({ "id": id })))?;
        floor.take(|| office.rows.household(&id))?;
    }
    Ok(vec![Figure {
        what: "household page",
        ours,
        against: "the same rows in plain SQLite",
        floor,
    }])
}

/// The first page of the list.
pub(super) fn list(office: &mut Office) -> Result<Vec<Figure>> {
    let (mut ours, mut floor) = (Times::default(), Times::default());
    for _ in 0..TIMES {
        ours.take(|| office.call("household.list", json!({ "limit": 100 })))?;
        floor.take(|| office.rows.list(100))?;
    }
    Ok(vec![Figure {
        what: "first 100 households",
        ours,
        against: "the same rows in plain SQLite",
        floor,
    }])
}

/// What is searched for, by its length.
const WORDS: &[(&str, &[&str])] = &[
    ("1 character", &["薬", "眠", "水", "家", "鈴"]),
    ("2 characters", &["家計", "学校", "薬は", "斉藤", "葵さ"]),
    (
        "4 characters",
        &["民生委員", "わたなべ", "検査をす", "こども食", "留守番電"],
    ),
];

/// A word on every page: names first, then texts.
pub(super) fn search(office: &mut Office) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (what, words) in WORDS {
        let (mut ours, mut floor) = (Times::default(), Times::default());
        for word in words.iter().cycle().take(TIMES) {
            ours.take(|| office.call("search", json!({ "text": word, "limit": 50 })))?;
            floor.take(|| office.rows.search(word, 50))?;
        }
        figures.push(Figure {
            what,
            ours,
            against: "the same index in plain SQLite",
            floor,
        });
    }
    Ok(figures)
}

/// One cell of an assessment, until it is on the disk.
pub(super) fn edit(office: &mut Office) -> Result<Vec<Figure>> {
    let mut ours = Times::default();
    let before = office.log()?;
    for id in office.households.clone() {
        let round = round(office, &id)?;
        ours.take(|| office.call("assessment.answer", answer(&round, "money_need", "concern")))?;
    }
    // The log grows until it is folded in; what it grew by is what these edits wrote at least.
    let written = office.log()?.saturating_sub(before).max(4_096);
    let each = usize::try_from(written).unwrap_or_default() / office.households.len().max(1);
    let mut disk = Disk::make(&office.beside("floor"))?;
    let mut floor = Times::default();
    for _ in 0..office.households.len() {
        floor.take(|| disk.write(each.max(4_096)))?;
    }
    Ok(vec![Figure {
        what: "one answer, to the disk",
        ours,
        against: "write and fsync of as many bytes",
        floor,
    }])
}

/// The whole database, as it is written anew once something was erased.
pub(super) fn rewrite(office: &mut Office) -> Result<Vec<Figure>> {
    let (mut ours, mut floor) = (Times::default(), Times::default());
    ours.take(|| floor::rewrite(office.app()?))?;
    let bytes = usize::try_from(office.bytes()?).unwrap_or(usize::MAX);
    let mut disk = Disk::make(&office.beside("floor"))?;
    floor.take(|| disk.write(bytes))?;
    Ok(vec![Figure {
        what: "the database written anew",
        ours,
        against: "write and fsync of as many bytes",
        floor,
    }])
}

/// The newest round of a household.
pub(super) fn round(office: &mut Office, household: &str) -> Result<String> {
    let page = office.call("household.get", json!({ "id": household }))?;
    let round = page
        .pointer("/rounds/0/id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    round.ok_or_else(|| AppError::new(ErrorCode::NotFound))
}

/// The arguments of one answer about the household as a whole.
pub(super) fn answer(round: &str, item: &str, value: &str) -> Value {
    json!({ "roundId": round, "subject": "household", "item": item, "value": value })
}
