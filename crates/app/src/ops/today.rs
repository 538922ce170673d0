//! The first screen: three lists.

use domain::DocId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::projection::Order;
use ts_rs::TS;

use crate::error::Result;
use crate::facts::case::CaseFacts;
use crate::facts::intake::IntakeFacts;
use crate::facts::memo::MemoFacts;
use crate::facts::note::NoteFacts;
use crate::look::Look;
use crate::ops::restricted::{RestrictedAlert, alerts};
use crate::view::Nothing;

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
    let mut view = TodayView {
        date: today.clone(),
        visits: Vec::new(),
        due: Vec::new(),
        drafts: Vec::new(),
        local: TodayLocal { alerts: Vec::new() },
    };
    let mut waiting = Vec::new();
    for row in look
        .reader
        .projections("next", None, Order::Ascending, None, 10_000)?
    {
        if row.sort > today {
            break;
        }
        let id = DocId::from_bytes(row.doc);
        let Some(household) = look.reader.projection("household", &id.to_string())? else {
            continue;
        };
        let facts: CaseFacts = serde_json::from_str(&household.view)?;
        // The first screen is the worker's own; a colleague's day stands on the household list.
        if facts
            .lead_worker
            .as_deref()
            .is_some_and(|lead| lead != look.identity.worker)
        {
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
        let facts: IntakeFacts = serde_json::from_str(&row.view)?;
        waiting.push((row.doc, facts.clone()));
        view.due.push(TodayItem {
            kind: "intake".to_owned(),
            id: DocId::from_bytes(row.doc),
            household_id: None,
            when: look.instant(facts.received()),
            overdue: false,
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
            });
        }
    }
    for row in look
        .reader
        .projections("note", Some("draft"), Order::Descending, None, 1_000)?
    {
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
            });
        }
    }
    view.local.alerts = alerts(look, &waiting)?;
    Ok(view)
}

fn first_words(text: &str) -> String {
    text.chars()
        .take_while(|letter| *letter != '\n')
        .take(40)
        .collect()
}
