//! The list of households, by reading or by what was typed.

use domain::{DocId, fold};
use store::table::projection::{Order, ProjectionRow};
use store::table::search::Index;

use super::{FIRST_STAGE, HouseholdList, HouseholdRow, ListHouseholds, MOST};
use crate::error::Result;
use crate::facts::case::CaseFacts;
use crate::facts::note::NoteFacts;
use crate::facts::person::PersonFacts;
use crate::look::Look;
use crate::page;

/// `household.list`
pub(crate) fn list(look: &mut Look<'_, '_>, request: ListHouseholds) -> Result<HouseholdList> {
    let limit = request.limit.unwrap_or(100).clamp(1, 500);
    if let Some(query) = request
        .query
        .as_deref()
        .map(str::trim)
        .filter(|query| !query.is_empty())
    {
        return found(look, query, request.stage.as_deref(), limit);
    }
    let after = page::read(request.cursor.as_deref())?;
    let stage = request.stage.as_deref();
    let rows = look.reader.projections(
        "household",
        stage,
        Order::Ascending,
        page::after(after.as_ref()),
        limit,
    )?;
    let cursor = page::next(&rows, limit);
    let items = rows
        .iter()
        .map(|row| line(look, row))
        .collect::<Result<_>>()?;
    Ok(HouseholdList { items, cursor })
}

/// Households by the name or reading of the household or a member; the best matches, without further pages.
fn found(
    look: &Look<'_, '_>,
    query: &str,
    stage: Option<&str>,
    limit: u32,
) -> Result<HouseholdList> {
    let mut seen: Vec<[u8; 16]> = Vec::new();
    if let Some(expression) = fold::match_expression(query) {
        for hit in look.reader.search(Index::Exact, &expression, 2_000)? {
            let named = hit.kind == "household" || hit.kind == "member";
            if let Some(household) = hit
                .household
                .filter(|household| named && !seen.contains(household))
            {
                seen.push(household);
            }
        }
    }
    let mut items = Vec::new();
    for household in seen {
        let row = look
            .reader
            .projection("household", &DocId::from_bytes(household).to_string())?;
        if let Some(row) = row.filter(|row| stage.is_none_or(|stage| row.state == stage)) {
            items.push(line(look, &row)?);
        }
        if u32::try_from(items.len()).is_ok_and(|count| count >= limit) {
            break;
        }
    }
    Ok(HouseholdList {
        items,
        cursor: None,
    })
}

fn line(look: &Look<'_, '_>, row: &ProjectionRow) -> Result<HouseholdRow> {
    let facts: CaseFacts = serde_json::from_str(&row.view)?;
    let people: Vec<PersonFacts> = look
        .reader
        .household_projections(&row.doc, "member", Order::Ascending, MOST)?
        .iter()
        .filter(|person| {
            let id = DocId::from_bytes(person.doc).to_string();
            facts
                .members
                .iter()
                .any(|edge| edge.person == id && edge.left_on.is_none())
        })
        .map(|person| serde_json::from_str(&person.view))
        .collect::<std::result::Result<_, _>>()?;
    let last = look
        .reader
        .household_projections(&row.doc, "note", Order::Descending, 1)?;
    let last_contact_at = match last.first() {
        Some(note) => Some(look.instant(serde_json::from_str::<NoteFacts>(&note.view)?.occurred())),
        None => None,
    };
    Ok(HouseholdRow {
        id: DocId::from_bytes(row.doc),
        kana: facts
            .kana
            .or_else(|| people.first().map(PersonFacts::kana))
            .map(|kana| fold::fold(&kana))
            .unwrap_or_default(),
        name: facts.name,
        members: people.iter().map(PersonFacts::name).collect(),
        stage: facts.stage.unwrap_or_else(|| FIRST_STAGE.to_owned()),
        lead_worker: facts.lead_worker.map(|id| look.names.worker(&id)),
        last_contact_at,
        next_on: facts.next_on,
        area_id: facts.area_id,
        conflict_count: look
            .reader
            .count_household_projections(&row.doc, "conflict")?,
        flags: facts.flags,
    })
}
