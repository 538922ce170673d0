//! The list of households, by reading or by what was typed.

use std::collections::BTreeSet;

use domain::{DocId, fold};
use store::table::projection::{Belongings, Order, ProjectionRow};
use store::table::search::Index;

use super::{HouseholdList, HouseholdRow, ListHouseholds};
use crate::error::Result;
use crate::facts::case::{CaseFacts, FIRST_STAGE};
use crate::facts::link::SAME_HOUSEHOLD;
use crate::facts::person::PersonName;
use crate::links::{self, Seen};
use crate::look::Look;
use crate::page;
use crate::project::ms_of_sort;
use crate::team::{self, Belonging, TeamName};

/// `household.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListHouseholds) -> Result<HouseholdList> {
    let limit = request.limit.unwrap_or(100).clamp(1, 500);
    if let Some(query) = request
        .query
        .as_deref()
        .map(str::trim)
        .filter(|query| !query.is_empty())
    {
        return found(look, query, &request, limit);
    }
    let mut after = page::read(request.cursor.as_deref())?;
    let (wish, stage) = (Wish::of(look, &request)?, request.stage.as_deref());
    let mut rows = Vec::new();
    loop {
        let piece = look.reader.projections(
            "household",
            stage,
            Order::Ascending,
            page::after(after.as_ref()),
            limit,
        )?;
        let more = page::next(&piece, limit);
        for row in piece {
            if wish.fits(look, &row)? {
                rows.push(row);
                if u32::try_from(rows.len()).is_ok_and(|count| count >= limit) {
                    break;
                }
            }
        }
        let full = u32::try_from(rows.len()).is_ok_and(|count| count >= limit);
        if full || more.is_none() {
            let cursor = if full { page::next(&rows, limit) } else { None };
            return Ok(HouseholdList {
                items: lines(look, &rows)?,
                cursor,
            });
        }
        after = page::read(more.as_deref())?;
    }
}

/// Whose households are asked for.
struct Wish {
    belonging: Belonging,
    team: Option<String>,
    lead: Option<String>,
    today: String,
}

impl Wish {
    fn of(look: &Look<'_, '_>, request: &ListHouseholds) -> Result<Self> {
        if let Some(text) = &request.team {
            team::parse(text)?;
        }
        Ok(Self {
            belonging: Belonging::read(look),
            team: request.team.clone(),
            lead: request.lead_worker_id.clone(),
            today: look.today().to_string(),
        })
    }

    fn fits(&self, look: &Look<'_, '_>, row: &ProjectionRow) -> Result<bool> {
        if let Some(lead) = &self.lead {
            let facts: CaseFacts = serde_json::from_str(&row.view)?;
            if facts.lead_on(&self.today) != Some(lead.as_str()) {
                return Ok(false);
            }
        }
        Ok(match &self.team {
            Some(wanted) => {
                let team = self.belonging.of(look.reader, &row.doc)?;
                team.is_some_and(|team| team.id == *wanted)
            }
            None => true,
        })
    }
}

/// Households by the name or reading of the household or a member; the best matches, without further pages.
fn found(
    look: &Look<'_, '_>,
    query: &str,
    request: &ListHouseholds,
    limit: u32,
) -> Result<HouseholdList> {
    let (wish, stage) = (Wish::of(look, request)?, request.stage.as_deref());
    let mut seen: Vec<[u8; 16]> = Vec::new();
    if let Some(expression) = fold::match_expression(query) {
        for hit in look.reader.search(Index::Exact, &expression, 2_000)? {
            let named = hit.kind == "household" || hit.kind == "member";
            if let Some(household) = hit
                .household
                .filter(|household| named && !seen.contains(household))
            {
                // What was entered twice stands together.
                let id = DocId::from_bytes(household);
                for one in links::one_with(look.reader, id, SAME_HOUSEHOLD, Seen::ByAll)? {
                    if !seen.contains(&one.to_bytes()) {
                        seen.push(one.to_bytes());
                    }
                }
            }
        }
    }
    let mut rows = Vec::new();
    for household in seen {
        let row = look
            .reader
            .projection("household", &DocId::from_bytes(household).to_string())?;
        if let Some(row) = row.filter(|row| stage.is_none_or(|stage| row.state == stage))
            && wish.fits(look, &row)?
        {
            rows.push(row);
        }
        if u32::try_from(rows.len()).is_ok_and(|count| count >= limit) {
            break;
        }
    }
    Ok(HouseholdList {
        items: lines(look, &rows)?,
        cursor: None,
    })
}

/// A page of the list: one statement for what belongs to all of its households.
fn lines(look: &Look<'_, '_>, rows: &[ProjectionRow]) -> Result<Vec<HouseholdRow>> {
    let ids: Vec<[u8; 16]> = rows.iter().map(|row| row.doc).collect();
    let mut belongings = look.reader.belongings(&ids)?;
    let teams = Belonging::read(look);
    rows.iter()
        .map(|row| {
            let own = belongings.remove(&row.doc).unwrap_or_default();
            line(look, row, own, teams.of(look.reader, &row.doc)?)
        })
        .collect()
}

fn line(
    look: &Look<'_, '_>,
    row: &ProjectionRow,
    own: Belongings,
    team: Option<TeamName>,
) -> Result<HouseholdRow> {
    let facts: CaseFacts = serde_json::from_str(&row.view)?;
    let present: BTreeSet<[u8; 16]> = facts
        .members
        .iter()
        .filter(|edge| edge.left_on.is_none())
        .filter_map(|edge| edge.person.parse::<DocId>().ok())
        .map(DocId::to_bytes)
        .collect();
    let people: Vec<PersonName> = own
        .members
        .iter()
        .filter(|person| present.contains(&person.doc))
        .map(|person| serde_json::from_str(&person.view))
        .collect::<std::result::Result<_, _>>()?;
    let today = look.today().to_string();
    let lead_worker = facts.lead_on(&today).map(|id| look.names.worker(id));
    Ok(HouseholdRow {
        id: DocId::from_bytes(row.doc),
        kana: facts
            .kana
            .or_else(|| people.first().map(PersonName::kana))
            .map(|kana| fold::fold(&kana))
            .unwrap_or_default(),
        name: facts.name,
        members: people.iter().map(PersonName::name).collect(),
        stage: facts.stage.unwrap_or_else(|| FIRST_STAGE.to_owned()),
        lead_worker,
        last_contact_at: own
            .newest_note
            .as_deref()
            .and_then(ms_of_sort)
            .map(|ms| look.instant(ms)),
        next_on: facts.next_on,
        area_id: facts.area_id,
        team,
        conflict_count: own.conflicts,
        flags: facts.flags,
    })
}
