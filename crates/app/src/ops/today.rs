//! The first screen: three lists.

use std::collections::BTreeMap;

use domain::{DocId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::projection::{Order, ProjectionRow};
use ts_rs::TS;

use crate::error::Result;
use crate::facts::case::CaseFacts;
use crate::facts::cover::CoverFacts;
use crate::facts::intake::IntakeFacts;
use crate::facts::memo::MemoFacts;
use crate::facts::note::NoteFacts;
use crate::look::Look;
use crate::ops::restricted::{RestrictedAlert, alerts};
use crate::ops::team_move::Gone;
use crate::ops::{cover, handover};
use crate::project::sort_ms;
use crate::view::{AuthorView, Nothing};

/// A line of the first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct TodayItem {
    /// `household`, `intake`, `note` or `memo`.
    pub kind: String,
    /// What it opens.
    pub id: DocId,
    /// The household it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// Household name, caller or first words; empty when nothing is known.
    pub title: String,
    /// What is to be done, in the worker's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The date or instant it hangs on.
    pub when: String,
    /// Its day has passed.
    pub overdue: bool,
    /// The colleague for whom this worker looks after the household (留守番).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covering_for: Option<AuthorView>,
}

/// Hand-overs that concern this worker, one line for those that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct TodayHandover {
    /// `toMe` or `fromMe`.
    pub direction: String,
    /// As in the view of a hand-over. To this worker: what waits. From this worker: also what was answered lately.
    pub state: String,
    /// Who hands over, or who is to take over.
    pub other: AuthorView,
    /// The first day under the new lead.
    pub on: String,
    /// How many.
    pub count: u32,
    /// The household, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// Its name; empty where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A cover in which this worker looks after a colleague's households.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TodayCover {
    /// The cover.
    pub id: DocId,
    /// Who is away.
    pub worker: AuthorView,
    /// The last day.
    pub until: String,
    /// How many households.
    pub count: u32,
}

/// 留守中にあったこと: what this worker, back again, has not read about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TodayAway {
    /// The cover.
    pub id: DocId,
    /// Who covered.
    pub coverer: AuthorView,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// In how many households something was written.
    pub count: u32,
}

/// 今日行く / 期限・折り返し / 書きかけ. Nothing due is ever cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TodayView {
    /// ISO date of the office's today.
    pub date: String,
    /// Households whose next date is today.
    pub visits: Vec<TodayItem>,
    /// Households whose next date has passed, and intakes that nobody followed up.
    pub due: Vec<TodayItem>,
    /// The worker's own unfiled memos and notes that are not confirmed yet.
    pub drafts: Vec<TodayItem>,
    /// Hand-overs to and from this worker.
    pub handovers: Vec<TodayHandover>,
    /// Covers that this worker has now.
    pub covers: Vec<TodayCover>,
    /// Covers that are over and left something to read.
    pub away: Vec<TodayAway>,
    /// What concerns only this device.
    pub local: TodayLocal,
}

/// What concerns only this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TodayLocal {
    /// Open contacts that may concern a restricted record, for its readers alone.
    pub alerts: Vec<RestrictedAlert>,
}

/// `today.get`
pub(crate) fn get(look: &mut Look<'_, '_>, _: Nothing) -> Result<TodayView> {
    let today = look.today().to_string();
    let gone = Gone::read(look)?;
    let mut view = TodayView {
        date: today.clone(),
        visits: Vec::new(),
        due: Vec::new(),
        drafts: Vec::new(),
        handovers: handovers(look, &gone)?,
        covers: Vec::new(),
        away: away(look)?,
        local: TodayLocal { alerts: Vec::new() },
    };
    let mut covered: BTreeMap<String, AuthorView> = BTreeMap::new();
    for (doc, cover) in cover::standing(look)? {
        if cover.coverer != look.identity.worker || cover.state(&today) != "running" {
            continue;
        }
        let worker = look.names.worker(&cover.worker);
        view.covers.push(TodayCover {
            id: DocId::from_bytes(doc),
            worker: worker.clone(),
            until: cover.until,
            count: count(gone.without(look, &cover.households)?),
        });
        for household in cover.households {
            covered.insert(household, worker.clone());
        }
    }
    let mut waiting = Vec::new();
    for row in look
        .reader
        .projections("next", None, Order::Ascending, None, 10_000)?
    {
        if row.sort > today {
            break;
        }
        if gone.has(look, &row.doc)? {
            continue;
        }
        let id = DocId::from_bytes(row.doc);
        let Some(household) = look.reader.projection("household", &id.to_string())? else {
            continue;
        };
        let facts: CaseFacts = serde_json::from_str(&household.view)?;
        // The first screen is the worker's own and what they cover; a colleague's day stands on the household list.
        let foreign = facts
            .lead_on(&today)
            .is_some_and(|lead| lead != look.identity.worker);
        let covering_for = covered.get(&id.to_string()).filter(|_| foreign).cloned();
        if foreign && covering_for.is_none() {
            continue;
        }
        let overdue = row.sort < today;
        let item = TodayItem {
            kind: "household".to_owned(),
            id,
            household_id: Some(id),
            title: facts.name,
            what: facts.next_what,
            when: row.sort,
            overdue,
            covering_for,
        };
        if overdue {
            view.due.push(item)
        } else {
            view.visits.push(item)
        }
    }
    for row in look
        .reader
        .projections("intake", Some("open"), Order::Ascending, None, 10_000)?
    {
        if gone.has(look, &row.doc)? {
            continue;
        }
        let facts: IntakeFacts = serde_json::from_str(&row.view)?;
        waiting.push((row.doc, facts.clone()));
        view.due.push(TodayItem {
            kind: "intake".to_owned(),
            id: DocId::from_bytes(row.doc),
            household_id: None,
            when: look.instant(facts.received()),
            overdue: false,
            covering_for: None,
            title: facts.caller_name.unwrap_or_default(),
            what: Some(first_words(&facts.text)).filter(|text| !text.is_empty()),
        });
    }
    for row in look
        .reader
        .projections("memo", Some("unfiled"), Order::Descending, None, 1_000)?
    {
        let facts: MemoFacts = serde_json::from_str(&row.view)?;
        if look.names.author(&facts.opened.by).id == look.identity.worker {
            view.drafts.push(TodayItem {
                kind: "memo".to_owned(),
                id: DocId::from_bytes(row.doc),
                household_id: None,
                title: first_words(&facts.text),
                what: None,
                when: look.instant(facts.opened.at),
                overdue: false,
                covering_for: None,
            });
        }
    }
    for row in look
        .reader
        .projections("note", Some("draft"), Order::Descending, None, 1_000)?
    {
        if gone.has(look, &row.doc)? {
            continue;
        }
        let facts: NoteFacts = serde_json::from_str(&row.view)?;
        if look.names.author(&facts.opened.by).id == look.identity.worker {
            view.drafts.push(TodayItem {
                kind: "note".to_owned(),
                id: DocId::from_bytes(row.doc),
                household_id: facts.household.as_deref().and_then(|id| id.parse().ok()),
                title: first_words(&facts.start),
                what: None,
                when: look.instant(facts.occurred()),
                overdue: false,
                covering_for: None,
            });
        }
    }
    view.local.alerts = alerts(look, &waiting)?;
    Ok(view)
}

/// How long an answered hand-over stays on the first screen of the one who gave the household away, in days.
const ANSWERED_DAYS: i64 = 14;
/// How long a cover that is over is asked for what was written during it, in days.
const AWAY_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// To this worker what waits; from this worker also what was answered lately.
fn handovers(look: &Look<'_, '_>, gone: &Gone) -> Result<Vec<TodayHandover>> {
    let me = &look.identity.worker;
    let since = sort_ms(look.now - ANSWERED_DAYS * DAY_MS);
    let mut lines: Vec<TodayHandover> = Vec::new();
    for state in ["offered", "both", "declined", "accepted"] {
        let rows =
            look.reader
                .projections("handover", Some(state), Order::Descending, None, 10_000)?;
        let open = handover::is_open(state);
        for row in rows.iter().take_while(|row| open || row.sort >= since) {
            let view = handover::view(look, row)?;
            if open && gone.has(look, &view.household_id.to_bytes())? {
                continue;
            }
            let giver = view.from.as_ref().unwrap_or(&view.author);
            let to_me = view.to.id == *me;
            let from_me = giver.id == *me || view.author.id == *me;
            if !(if to_me { open } else { from_me }) {
                continue;
            }
            let (direction, other) = if to_me {
                ("toMe", giver)
            } else {
                ("fromMe", &view.to)
            };
            let known = lines.iter_mut().find(|line| {
                line.direction == direction
                    && line.state == state
                    && line.other.id == other.id
                    && line.on == view.on
            });
            match known {
                Some(line) => {
                    line.count += 1;
                    line.household_id = None;
                    line.title = None;
                }
                None => lines.push(TodayHandover {
                    direction: direction.to_owned(),
                    state: state.to_owned(),
                    other: other.clone(),
                    on: view.on,
                    count: 1,
                    household_id: Some(view.household_id),
                    title: Some(view.household_name),
                }),
            }
        }
    }
    lines.sort_by_key(|line| line.direction != "toMe");
    Ok(lines)
}

/// Covers of this worker that are over, and during which others wrote what has not been read about.
fn away(look: &Look<'_, '_>) -> Result<Vec<TodayAway>> {
    let today = look.today().to_string();
    let zone = look.identity.zone;
    let oldest = look.now - AWAY_DAYS * DAY_MS;
    let oldest = zone.day_of(Timestamp::from_millis(oldest)).to_string();
    let rows = look
        .reader
        .projections("cover", None, Order::Descending, None, 10_000)?;
    let mut lines = Vec::new();
    for row in rows.iter().take_while(|row| row.sort >= oldest) {
        let facts: CoverFacts = serde_json::from_str(&row.view)?;
        if facts.worker != look.identity.worker || facts.state(&today) != "over" {
            continue;
        }
        let written = cover::meanwhile(look, &facts)?;
        if written.changes > facts.read {
            lines.push(TodayAway {
                id: DocId::from_bytes(row.doc),
                coverer: look.names.worker(&facts.coverer),
                from: facts.from,
                until: facts.until,
                count: count(written.households()),
            });
        }
    }
    Ok(lines)
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// The first words of a note; none for a row of another kind.
pub(super) fn note_title(row: &ProjectionRow) -> Option<String> {
    let note = (row.kind == "note").then_some(&row.view);
    let facts: Option<NoteFacts> = note.and_then(|view| serde_json::from_str(view).ok());
    facts.map(|facts| first_words(&facts.start))
}

fn first_words(text: &str) -> String {
    text.chars()
        .take_while(|letter| *letter != '\n')
        .take(40)
        .collect()
}
