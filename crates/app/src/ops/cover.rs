//! Cover (留守番): a colleague looks after a worker's households until a day, and what was written meanwhile waits for the
//! one who comes back (留守中にあったこと).
//!
//! A cover is one document of the office's vault, which the whole team reads; no key moves, because the team reads all its
//! case vaults already. For the same reason it cannot name a restricted record.
//!
//! # Invariants
//!
//! - **It ends by itself**: whether it runs is read from its days and the office's day, and nothing has to be written.
//! - **Who leads stays**: a cover changes no household.
//! - What was written meanwhile is told by the authors' claimed times, like every past view; what arrives late is told
//!   again, because only so many changes were read about.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Day, DocId};
use record::{Changed, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use super::household::case_of;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::CaseFacts;
use crate::facts::cover::{CoverFacts, ENDED, READ};
use crate::facts::said::{self, DELETED, FIELDS, HOUSEHOLD, OPENED};
use crate::look::{Look, read_day};
use crate::restricted;
use crate::view::{AuthorView, ById};
use crate::write::{Write, put};

/// More than an office has.
const MANY: u32 = 100_000;
/// The most households of one cover.
const MOST: usize = 1_000;
/// The stage of a household that needs nobody to look after it.
const CLOSED: &str = "closed";

/// Begins a cover. For the one who is away, and for a supervisor or an administrator in place of a sick colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct StartCover {
    /// Who is away; this worker when absent.
    pub worker_id: Option<String>,
    /// Who covers.
    pub coverer_id: String,
    /// Which households; all that the one who is away leads today, less closed ones, when absent.
    pub household_ids: Option<Vec<DocId>>,
    /// The first day, an ISO date; today when absent.
    pub from: Option<String>,
    /// The last day, an ISO date.
    pub until: String,
    /// Leaves out the households that the one who covers cannot read, where it would otherwise refuse.
    pub readable_only: Option<bool>,
}

/// Lists covers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ListCovers {
    /// Only those that run or are to come (true), or only those that are over (false).
    pub open: Option<bool>,
    /// How many; 200 when absent.
    pub limit: Option<u32>,
}

/// A cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct CoverView {
    /// Its id.
    pub id: DocId,
    /// Who is away.
    pub worker: AuthorView,
    /// Who covers.
    pub coverer: AuthorView,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// The households.
    pub household_ids: Vec<DocId>,
    /// `coming`, `running` or `over`.
    pub state: String,
    /// When it was ended before its day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Who began it.
    pub author: AuthorView,
    /// When.
    pub at: String,
}

/// Covers, the latest last day first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CoverList {
    /// In this order.
    pub items: Vec<CoverView>,
}

/// What somebody else did to one record meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct AwayItem {
    /// `household`, `member`, `note`, `round`, `intake` or `handover`.
    pub kind: String,
    /// The record.
    pub id: DocId,
    /// It was begun meanwhile, not only changed.
    pub new: bool,
    /// What was changed: `map/key`, `text` or `statements`.
    pub fields: Vec<String>,
    /// The first words of a note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who.
    pub author: AuthorView,
    /// When last.
    pub at: String,
}

/// What was written meanwhile in one household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AwayHousehold {
    /// The household.
    pub id: DocId,
    /// What the office calls it.
    pub name: String,
    /// Newest first.
    pub items: Vec<AwayItem>,
}

/// 留守中にあったこと.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AwayView {
    /// The cover.
    pub cover: CoverView,
    /// The households where something was written, by their names.
    pub households: Vec<AwayHousehold>,
    /// Something was written that the colleague has not read about.
    pub unread: bool,
}

/// `cover.start`
///
/// # Errors
/// [`ErrorCode::NotLead`], [`ErrorCode::UnknownWorker`], [`ErrorCode::RestrictedRecord`], [`ErrorCode::InvalidValue`];
/// [`ErrorCode::NothingToCover`]; [`ErrorCode::CovererNotInTeam`] where the colleague reads not all of the households, or
/// none of them.
pub(crate) fn start(w: &mut Write<'_, '_>, request: StartCover) -> Result<CoverView> {
    let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
    let worker = request
        .worker_id
        .unwrap_or_else(|| w.identity.worker.clone());
    if !w.look().decides_for(Some(&worker)) {
        return Err(ErrorCode::NotLead.into());
    }
    let coverer = request.coverer_id;
    // A cover in the name of nobody would be one that nobody comes back to.
    let both = [worker.clone(), coverer.clone()];
    restricted::devices_of(&w.trust.directory, w.names, &both)?;
    if worker == coverer {
        return Err(invalid("covererId"));
    }
    let today = w.look().today();
    let from = match request.from.as_deref() {
        Some(day) => read_day("from", day)?,
        None => today,
    };
    let until = read_day("until", &request.until)?;
    if until < from || until < today {
        return Err(invalid("until"));
    }
    let mut households = match request.household_ids {
        Some(ids) => named(w, ids)?,
        None => led_by(&w.look(), &worker)?,
    };
    if households.is_empty() {
        return Err(ErrorCode::NothingToCover.into());
    }
    if households.len() > MOST {
        return Err(invalid("householdIds"));
    }
    let closed = closed_to(w, &coverer, &households)?;
    if request.readable_only != Some(true) || closed.len() == households.len() {
        must_be_none(&closed)?;
    }
    households.retain(|id| !closed.contains(id));
    let fields = vec![
        ("worker", json!(worker)),
        ("coverer", json!(coverer)),
        ("from", json!(from.to_string())),
        ("until", json!(until.to_string())),
        ("households", json!(households)),
    ];
    let id = w.begin(Kind::Cover, w.identity.office_vault, fields, None)?;
    done(w, id)
}

/// The households that the colleague does not read: they are another team's.
fn closed_to(
    w: &mut Write<'_, '_>,
    coverer: &String,
    households: &BTreeSet<DocId>,
) -> Result<BTreeSet<DocId>> {
    let devices =
        restricted::devices_of(&w.trust.directory, w.names, std::slice::from_ref(coverer))?;
    let mut closed = BTreeSet::new();
    for id in households {
        let vault = w.vault_of(&id.to_bytes(), Kind::Case)?;
        let readers = restricted::readers_now(w.tx, &w.trust.directory, &vault)?;
        if readers.is_disjoint(&devices) {
            closed.insert(*id);
        }
    }
    Ok(closed)
}

/// Refuses a cover with households that the colleague does not read.
fn must_be_none(closed: &BTreeSet<DocId>) -> Result<()> {
    if closed.is_empty() {
        return Ok(());
    }
    let count = closed.len().to_string();
    Err(AppError::new(ErrorCode::CovererNotInTeam).with("count", count))
}

/// The households that a request names; each exists and is no restricted record.
fn named(w: &mut Write<'_, '_>, ids: Vec<DocId>) -> Result<BTreeSet<DocId>> {
    for id in &ids {
        case_of(&w.look(), *id)?;
        let vault = w.vault_of(&id.to_bytes(), Kind::Case)?;
        if w.tx.is_restricted(&vault)? {
            return Err(ErrorCode::RestrictedRecord.into());
        }
    }
    Ok(ids.into_iter().collect())
}

/// The households that a worker leads today and that are not closed.
fn led_by(look: &Look<'_, '_>, worker: &str) -> Result<BTreeSet<DocId>> {
    let today = look.today().to_string();
    let rows = look
        .reader
        .projections("household", None, Order::Ascending, None, MANY)?;
    let mut led = BTreeSet::new();
    for row in rows.iter().filter(|row| row.state != CLOSED) {
        let case: CaseFacts = serde_json::from_str(&row.view)?;
        if case.lead_on(&today) == Some(worker) {
            led.insert(DocId::from_bytes(row.doc));
        }
    }
    Ok(led)
}

/// `cover.end`: before its day. For both of them, a supervisor or an administrator. Of one that is over nothing is written.
///
/// # Errors
/// [`ErrorCode::NotLead`]
pub(crate) fn end(w: &mut Write<'_, '_>, request: ById) -> Result<CoverView> {
    let facts = facts_of(&w.look(), request.id)?;
    let look = w.look();
    if facts.coverer != look.identity.worker && !look.decides_for(Some(&facts.worker)) {
        return Err(ErrorCode::NotLead.into());
    }
    let id = request.id.to_bytes();
    if facts.state(&look.today().to_string()) != "over" {
        w.edit(&id, Kind::Cover, None, &[put(FIELDS, ENDED, json!(w.now))])?;
    }
    done(w, id)
}

/// `cover.read`: the one who came back has read what was written meanwhile.
///
/// # Errors
/// [`ErrorCode::NotForYou`]
pub(crate) fn read(w: &mut Write<'_, '_>, request: ById) -> Result<CoverView> {
    let facts = facts_of(&w.look(), request.id)?;
    if facts.worker != w.identity.worker {
        return Err(ErrorCode::NotForYou.into());
    }
    let written = meanwhile(&w.look(), &facts)?.changes;
    let id = request.id.to_bytes();
    if written > facts.read {
        w.edit(&id, Kind::Cover, None, &[put(FIELDS, READ, json!(written))])?;
    }
    done(w, id)
}

fn done(w: &mut Write<'_, '_>, id: [u8; 16]) -> Result<CoverView> {
    w.about = Some(id);
    w.settle()?;
    let look = w.look();
    let facts = facts_of(&look, DocId::from_bytes(id))?;
    Ok(view(&look, id, facts))
}

/// `cover.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListCovers) -> Result<CoverList> {
    let limit = usize::try_from(request.limit.unwrap_or(200)).unwrap_or(usize::MAX);
    let today = look.today().to_string();
    let rows = look
        .reader
        .projections("cover", None, Order::Descending, None, MANY)?;
    let mut items = Vec::new();
    for row in rows {
        let facts: CoverFacts = serde_json::from_str(&row.view)?;
        let open = facts.state(&today) != "over";
        if items.len() < limit && request.open.is_none_or(|wanted| wanted == open) {
            items.push(view(look, row.doc, facts));
        }
    }
    Ok(CoverList { items })
}

/// Those that are not over, the earliest last day first.
pub(super) fn standing(look: &Look<'_, '_>) -> Result<Vec<([u8; 16], CoverFacts)>> {
    let named = Some("named");
    let rows = look
        .reader
        .projections("cover", named, Order::Descending, None, MANY)?;
    let today = look.today().to_string();
    let mut standing = Vec::new();
    for row in rows.iter().take_while(|row| row.sort >= today) {
        standing.push((row.doc, serde_json::from_str(&row.view)?));
    }
    standing.reverse();
    Ok(standing)
}

/// Those of one household that are not over on a day.
pub(super) fn of_household(look: &Look<'_, '_>, id: &[u8; 16], day: Day) -> Result<Vec<CoverView>> {
    let rows = look
        .reader
        .household_projections(id, "covered", Order::Ascending, MANY)?;
    let mut covers = Vec::new();
    for row in rows {
        let facts: CoverFacts = serde_json::from_str(&row.view)?;
        if facts.state(&day.to_string()) != "over" {
            covers.push(view(look, row.doc, facts));
        }
    }
    Ok(covers)
}

fn facts_of(look: &Look<'_, '_>, id: DocId) -> Result<CoverFacts> {
    let row = look.reader.projection("cover", &id.to_string())?;
    Ok(serde_json::from_str(&row.ok_or(ErrorCode::NotFound)?.view)?)
}

pub(super) fn view(look: &Look<'_, '_>, doc: [u8; 16], facts: CoverFacts) -> CoverView {
    let state = facts.state(&look.today().to_string()).to_owned();
    let (author, at) = look.opened(&facts.opened);
    let households = facts.households.iter();
    CoverView {
        id: DocId::from_bytes(doc),
        worker: look.names.worker(&facts.worker),
        coverer: look.names.worker(&facts.coverer),
        household_ids: households.filter_map(|id| id.parse().ok()).collect(),
        from: facts.from,
        until: facts.until,
        state,
        ended_at: facts.ended.map(|at| look.instant(at)),
        author,
        at,
    }
}

/// What others wrote in the covered households during a cover.
pub(super) struct Meanwhile {
    /// How many changes.
    pub(super) changes: u64,
    /// The documents that they changed, by household.
    documents: BTreeMap<DocId, BTreeSet<[u8; 16]>>,
    from: i64,
    until: i64,
}

impl Meanwhile {
    /// In how many households.
    pub(super) fn households(&self) -> usize {
        self.documents.len()
    }
}

/// Counts what others wrote during a cover, from the log of changes alone.
pub(super) fn meanwhile(look: &Look<'_, '_>, facts: &CoverFacts) -> Result<Meanwhile> {
    let zone = look.identity.zone;
    let (first, last) = (
        read_day("from", &facts.from)?,
        read_day("until", &facts.until)?,
    );
    let ended = facts.ended.unwrap_or(i64::MAX);
    let mut found = Meanwhile {
        changes: 0,
        documents: BTreeMap::new(),
        from: zone.start_of(first).millis(),
        until: zone.end_of(last).millis().min(ended),
    };
    for id in facts
        .households
        .iter()
        .filter_map(|id| id.parse::<DocId>().ok())
    {
        // It may not have arrived here; a restricted record is none of a cover.
        let Some(row) = look.reader.document(&id.to_bytes())? else {
            continue;
        };
        if look.reader.is_restricted(&row.vault)? {
            continue;
        }
        for written in look
            .reader
            .written_between(&row.vault, found.from, found.until)?
        {
            if look.names.author(&said::hex(&written.device)).id != facts.worker {
                found.changes += u64::from(written.changes);
                found.documents.entry(id).or_default().insert(written.doc);
            }
        }
    }
    Ok(found)
}

/// `cover.away`: 留守中にあったこと.
pub(crate) fn away(look: &mut Look<'_, '_>, request: ById) -> Result<AwayView> {
    let facts = facts_of(look, request.id)?;
    let found = meanwhile(look, &facts)?;
    let mut households = Vec::new();
    for (id, documents) in &found.documents {
        let mut items = Vec::new();
        for doc in documents {
            items.extend(of_document(look, doc, &facts.worker, &found)?);
        }
        if !items.is_empty() {
            items.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
            let case = case_of(look, *id).ok();
            let name = case.map(|(_, case)| case.name).unwrap_or_default();
            households.push(AwayHousehold {
                id: *id,
                name,
                items,
            });
        }
    }
    households.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    let unread = found.changes > facts.read;
    Ok(AwayView {
        cover: view(look, request.id.to_bytes(), facts),
        households,
        unread,
    })
}

/// What others did to one document meanwhile, one line each; none where it was taken back since.
fn of_document(
    look: &Look<'_, '_>,
    doc: &[u8; 16],
    absent: &str,
    span: &Meanwhile,
) -> Result<Vec<AwayItem>> {
    const SHOWN: [&str; 6] = ["household", "member", "note", "round", "intake", "handover"];
    let rows = look.reader.projections_of(doc, "")?;
    let Some(row) = rows.iter().find(|row| SHOWN.contains(&row.kind.as_str())) else {
        return Ok(Vec::new());
    };
    let document = look.reader.document(doc)?.ok_or(ErrorCode::NotFound)?;
    let document = documents::load(look.reader, documents::key(&document)?)?;
    let mut by_author: BTreeMap<String, Line> = BTreeMap::new();
    for entry in document.history() {
        let author = look.names.author(&said::hex(&entry.device));
        if author.id == absent || entry.at < span.from || entry.at > span.until {
            continue;
        }
        let line = by_author.entry(author.id.clone()).or_insert_with(|| Line {
            author,
            at: entry.at,
            new: false,
            fields: BTreeSet::new(),
        });
        line.at = line.at.max(entry.at);
        match entry.what {
            Changed::Field { map, key, .. } if map == FIELDS && key == OPENED => line.new = true,
            // The household that it belongs to, and what undo put.
            Changed::Field { map, key, .. }
                if map == FIELDS && (key == HOUSEHOLD || key == DELETED) => {}
            Changed::Field { map, key, .. } => {
                line.fields.insert(format!("{map}/{key}"));
            }
            Changed::Text(_) => {
                line.fields.insert("text".to_owned());
            }
            Changed::Statements { .. } => {
                line.fields.insert("statements".to_owned());
            }
        }
    }
    Ok(by_author
        .into_values()
        .map(|line| line.shown(look, row))
        .collect())
}

/// One author's changes of one document.
struct Line {
    author: AuthorView,
    at: i64,
    new: bool,
    fields: BTreeSet<String>,
}

impl Line {
    fn shown(self, look: &Look<'_, '_>, row: &ProjectionRow) -> AwayItem {
        AwayItem {
            kind: row.kind.clone(),
            id: DocId::from_bytes(row.doc),
            new: self.new,
            fields: self.fields.into_iter().collect(),
            title: super::today::note_title(row),
            author: self.author,
            at: look.instant(self.at),
        }
    }
}
