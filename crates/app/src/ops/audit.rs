//! The access log (閲覧・操作の記録) on a screen: one's own for everybody, the office's for auditors.
//!
//! What is here to be shown is what this device holds the keys of; nobody is refused, and nobody sees more. It is never used
//! for appraisal (人事評価).

use std::collections::HashMap;

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::audit::{AuditRow, AuditWish};
use ts_rs::TS;
use wire::audit::{Act, Entry};
use wire::ids::Device;

use crate::audit::{OWN, pages};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::CaseFacts;
use crate::facts::person::PersonFacts;
use crate::facts::said::{hex, unhex};
use crate::look::{self, Look};
use crate::view::{AuthorView, Nothing};
use crate::write::Write;

const DAY: i64 = 86_400_000;
/// So many rows are read at once.
const BATCH: u32 = 500;
/// So many entries at most are looked through for one answer.
const MOST_READ: u64 = 100_000;

/// Asks for entries of the log; what is not said does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListAudit {
    /// Whose: the device's pseudonym.
    pub device: Option<String>,
    /// About this household, or something in it.
    pub household_id: Option<DocId>,
    /// Part of the name of a household, a person or a worker.
    pub text: Option<String>,
    /// One act, as the items name it.
    pub act: Option<String>,
    /// Without lists and searches.
    pub only_records: Option<bool>,
    /// The first day, ISO date.
    pub from: Option<String>,
    /// The last day.
    pub to: Option<String>,
    /// Goes on where an earlier answer said `next`.
    #[ts(type = "number", optional)]
    pub after: Option<u64>,
    /// At most so many; 100 when absent.
    pub limit: Option<u32>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AuditItem {
    /// When, as the device's clock said.
    pub at: String,
    /// Who.
    pub worker: AuthorView,
    /// On which device.
    pub device: String,
    /// Its place in the device's log.
    #[ts(type = "number")]
    pub seq: u64,
    /// `open`, `list`, `search`, `write`, `grant`, `breakGlass`, `export`, `import`, `print`, `backup`, `exchange`, `device`,
    /// `lookAtLog`, `exportLog`, `unlock`, `passphrase`, `restore`, or `other`.
    pub act: String,
    /// `household`, `member`, `note`, `round`, `intake`, `memo`, `device` …; empty where it is about nothing in particular.
    pub kind: String,
    /// The household that it is about or belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// Its name, where it is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<String>,
    /// The person or the worker of the device that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The first digits of the id of what it is about: equal ones are the same record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Why, where a reason was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The operation, or the file's name.
    pub detail: String,
    /// Of a restricted record that is open now: only its readers have this entry.
    pub restricted: bool,
}

/// Entries of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AuditList {
    /// The newest first.
    pub items: Vec<AuditItem>,
    /// Where a further call goes on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub next: Option<u64>,
}

/// The log of one device, as far as it is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AuditBook {
    /// The device.
    pub device: String,
    /// Who works with it.
    pub worker: AuthorView,
    /// This one.
    pub own: bool,
    /// Of a restricted record that is open now.
    pub restricted: bool,
    /// How many entries.
    #[ts(type = "number")]
    pub entries: u64,
    /// The last one.
    pub last_at: String,
    /// What is wrong with it: `missing`, `rewritten`, `cut`, `forged`. Empty where it is whole.
    pub faults: Vec<String>,
}

/// The logs that are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AuditBooks {
    /// This device's first.
    pub items: Vec<AuditBook>,
    /// Who gets this device's log.
    pub readers: Vec<AuthorView>,
    /// Entries of this device that are with nobody yet.
    #[ts(type = "number")]
    pub waiting: u64,
    /// Today's are handed in with the next exchange.
    pub handed_in: bool,
}

/// `audit.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListAudit) -> Result<AuditList> {
    let limit = usize::try_from(request.limit.unwrap_or(100).clamp(1, 1000)).unwrap_or(100);
    let mut words = Words::default();
    let mut items = Vec::new();
    let next = each(look, &request, &mut words, |item| {
        items.push(item);
        items.len() < limit
    })?;
    Ok(AuditList { items, next })
}

/// Lets `work` have the entries that were asked for, the newest first, for as long as it says so. Gives where to go on.
pub(crate) fn each(
    look: &Look<'_, '_>,
    request: &ListAudit,
    words: &mut Words,
    mut work: impl FnMut(AuditItem) -> bool,
) -> Result<Option<u64>> {
    let wish = wish(look, request)?;
    let text = request.text.as_deref().map(domain::fold::fold);
    let text = text.filter(|text| !text.trim().is_empty());
    let only_records = request.only_records.unwrap_or(false);
    let mut at = request.after.unwrap_or_default();
    let end = at.saturating_add(MOST_READ);
    loop {
        let rows = look.reader.audit_entries(&wish, at, BATCH)?;
        let last = rows.len() < BATCH as usize;
        for row in rows {
            at += 1;
            let act = Act::of_number(row.act);
            if only_records && matches!(act, Act::List | Act::Search) {
                continue;
            }
            let item = words.item(look, &row)?;
            if text.as_ref().is_some_and(|text| !names(&item, text)) {
                continue;
            }
            if !work(item) {
                return Ok(Some(at));
            }
        }
        if last {
            return Ok(None);
        }
        if at >= end {
            return Ok(Some(at));
        }
    }
}

fn wish(look: &Look<'_, '_>, request: &ListAudit) -> Result<AuditWish> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let zone = look.identity.zone;
    let day = |field, text: &Option<String>| -> Result<Option<i64>> {
        let day = text.as_deref().filter(|text| !text.is_empty());
        let day = day.map(|day| look::read_day(field, day)).transpose()?;
        Ok(day.map(|day| zone.start_of(day).millis()))
    };
    let device = request.device.as_deref().filter(|text| !text.is_empty());
    let device = device.map(|device| unhex(device).ok_or_else(|| invalid("device")));
    let act = request.act.as_deref().filter(|text| !text.is_empty());
    let act = act.map(|act| Act::of_word(act).ok_or_else(|| invalid("act")));
    Ok(AuditWish {
        device: device.transpose()?,
        household: request.household_id.map(DocId::to_bytes),
        act: act.transpose()?.map(Act::number),
        from: day("from", &request.from)?,
        before: day("to", &request.to)?.map(|start| start.saturating_add(DAY)),
    })
}

/// Whether one of the names that an entry shows holds the text.
fn names(item: &AuditItem, text: &str) -> bool {
    let shown = [
        item.household.as_ref(),
        item.about.as_ref(),
        Some(&item.worker.name),
    ];
    let mut shown = shown.into_iter().flatten();
    shown.any(|name| domain::fold::fold(name).contains(text))
}

/// What ids stand for on this device, each looked up once.
#[derive(Debug, Default)]
pub(crate) struct Words {
    names: HashMap<(&'static str, [u8; 16]), Option<String>>,
}

impl Words {
    fn name(
        &mut self,
        look: &Look<'_, '_>,
        kind: &'static str,
        id: [u8; 16],
    ) -> Result<Option<String>> {
        if let Some(known) = self.names.get(&(kind, id)) {
            return Ok(known.clone());
        }
        let row = look
            .reader
            .projection(kind, &DocId::from_bytes(id).to_string())?;
        let name = match (kind, row) {
            ("member", Some(row)) => Some(serde_json::from_str::<PersonFacts>(&row.view)?.name()),
            (_, Some(row)) => Some(serde_json::from_str::<CaseFacts>(&row.view)?.name),
            (_, None) => None,
        };
        let name = name.filter(|name| !name.is_empty());
        self.names.insert((kind, id), name.clone());
        Ok(name)
    }

    /// An entry with the names that this device knows.
    pub(crate) fn item(&mut self, look: &Look<'_, '_>, row: &AuditRow) -> Result<AuditItem> {
        let entry = Entry::parse(&row.bytes)
            .map_err(|error| AppError::new(ErrorCode::StoreDamaged).because(error))?;
        let about = match (entry.kind.as_str(), entry.subject) {
            ("device", Some(device)) => Some(look.names.author(&hex(&device)).name),
            ("member", Some(person)) => self.name(look, "member", person)?,
            _ => None,
        };
        let household = match entry.household {
            Some(household) => self.name(look, "household", household)?,
            None => None,
        };
        Ok(AuditItem {
            at: look.instant(entry.at),
            worker: look.names.author(&hex(&row.device)),
            device: hex(&row.device),
            seq: entry.seq,
            act: Act::of_number(entry.act).word().to_owned(),
            kind: entry.kind,
            household_id: entry.household.map(DocId::from_bytes),
            household,
            about: about.filter(|name| !name.is_empty()),
            number: entry.subject.map(|id| number_of(&id)),
            reason: Some(entry.reason).filter(|reason| !reason.is_empty()),
            detail: entry.detail,
            restricted: row.book != OWN,
        })
    }
}

/// The end of an id, which differs where its beginning is a time.
pub(crate) fn number_of(id: &[u8; 16]) -> String {
    hex(id).chars().skip(24).collect()
}

/// `audit.books`
pub(crate) fn books(look: &mut Look<'_, '_>, _: Nothing) -> Result<AuditBooks> {
    let own = look.identity.device;
    let mut items = Vec::new();
    for book in pages::books(look)? {
        let faults = pages::faults(look.reader, look.directory, &book)?;
        let mut faults: Vec<_> = faults
            .into_iter()
            .map(|(_, it)| it.word().to_owned())
            .collect();
        faults.sort();
        faults.dedup();
        items.push(AuditBook {
            device: hex(&book.device),
            worker: look.names.author(&hex(&book.device)),
            own: book.device == own,
            restricted: book.book != OWN,
            entries: book.entries,
            last_at: look.instant(book.last),
            faults,
        });
    }
    items.sort_by(|a, b| {
        (!a.own, a.restricted, &a.worker.name, &a.device).cmp(&(
            !b.own,
            b.restricted,
            &b.worker.name,
            &b.device,
        ))
    });
    let readers = pages::auditors(look.directory, Device::new(own));
    let mut readers: Vec<_> = readers
        .iter()
        .map(|device| look.names.author(&hex(device.as_bytes())))
        .collect();
    readers.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    readers.dedup();
    let waiting = look.reader.audit_waiting(&own, &OWN, i64::MAX)?.len();
    Ok(AuditBooks {
        items,
        readers,
        waiting: waiting as u64,
        handed_in: look.reader.device_state(pages::HANDED_IN)?.is_some(),
    })
}

/// `audit.handIn`: an auditor asks, and today's entries go with the next exchange.
pub(crate) fn hand_in(w: &mut Write<'_, '_>, _: Nothing) -> Result<AuditBooks> {
    w.tx.put_device_state(pages::HANDED_IN, &[1])?;
    w.touch("audit");
    books(&mut w.look(), Nothing {})
}
