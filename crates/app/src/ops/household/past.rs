//! The household as it was known at the end of a past day (過去の時点で見る).

use domain::DocId;
use record::{Kind, Version};
use store::table::projection::Order;

use super::{HouseholdLocal, HouseholdView, MOST, MOST_NOTES, Parts, assemble};
use crate::documents;
use crate::error::{ErrorCode, Result};
use crate::facts::case::CaseFacts;
use crate::facts::handover::HandoverFacts;
use crate::facts::intake::IntakeFacts;
use crate::facts::note::NoteFacts;
use crate::facts::person::PersonFacts;
use crate::facts::round::RoundFacts;
use crate::look::{Look, read_day};
use crate::ops::assessment::{self, RoundSummary};
use crate::ops::note::NoteSummary;
use crate::ops::{handover, intake, member, note};
use crate::team::Belonging;

/// The household as it was known at the end of a past day: by observed date where there is one, else
/// by the author's claimed time, never by arrival.
pub(super) fn view(look: &mut Look<'_, '_>, id: &[u8; 16], day: &str) -> Result<HouseholdView> {
    let end = look.identity.zone.end_of(read_day("asOf", day)?).millis();
    let reader = look.reader;
    let (case_version, mut facts, current) = {
        let document = look.documents.of_kind(reader, id, Kind::Case)?;
        let version = document.version_at(end);
        let facts = CaseFacts::read(&document.view(Some(&version))).ok_or(ErrorCode::NotFound)?;
        (
            version.to_string(),
            facts,
            CaseFacts::read(&document.view(None)),
        )
    };
    // A leaving is dated by the day of leaving, whenever it was written down.
    for edge in &mut facts.members {
        let known = current
            .as_ref()
            .and_then(|c| c.members.iter().find(|now| now.person == edge.person));
        let left = known.filter(|now| now.left_on.as_deref().is_some_and(|on| on <= day));
        edge.left_on = left.and_then(|now| now.left_on.clone());
        edge.leave_reason = left.and_then(|now| now.leave_reason.clone());
    }
    let mut members = Vec::new();
    for edge in &facts.members {
        let Some(person) = edge.person.parse::<DocId>().ok().map(DocId::to_bytes) else {
            continue;
        };
        let Some((version, mut person_facts)) = at(look, &person, end, PersonFacts::read)? else {
            continue;
        };
        // What is shielded today was written openly then, and is not shown.
        let row = reader.projection("member", &edge.person)?;
        if let Some(now) = row.map(|row| serde_json::from_str::<PersonFacts>(&row.view)) {
            person_facts.hide(&now?.shielded);
        }
        members.push(member::from_facts(
            look,
            person,
            &version,
            &case_version,
            person_facts,
            edge.clone(),
            end,
        )?);
    }
    let mut notes: Vec<(i64, NoteSummary)> = Vec::new();
    for row in reader.household_projections(id, "note", Order::Descending, MOST_NOTES)? {
        let now: NoteFacts = serde_json::from_str(&row.view)?;
        if now.occurred() > end {
            continue;
        }
        // Written down later than it happened: there is no older text to show than the one of today.
        let (version, facts) =
            at(look, &row.doc, end, NoteFacts::read)?.unwrap_or((row.version, now));
        notes.push((
            facts.occurred(),
            note::summary_from(look, row.doc, version, facts),
        ));
    }
    notes.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut intakes = Vec::new();
    for row in reader.household_projections(id, "intake", Order::Ascending, MOST)? {
        if let Some((version, facts)) = at(look, &row.doc, end, IntakeFacts::read)? {
            intakes.push(intake::from_facts(look, row.doc, version, facts));
        }
    }
    let mut rounds: Vec<RoundSummary> = Vec::new();
    for row in reader.household_projections(id, "round", Order::Ascending, MOST)? {
        if let Some((version, facts)) = at(look, &row.doc, end, RoundFacts::read)? {
            let number = rounds
                .iter()
                .filter(|round| round.pack.id == facts.pack.id)
                .count()
                + 1;
            rounds.push(assessment::summary(look, row.doc, version, facts, number));
        }
    }
    rounds.reverse();
    let mut handovers = Vec::new();
    for row in handover::of_household(look, id)? {
        if let Some((version, facts)) = at(look, &row.doc, end, HandoverFacts::read)? {
            handovers.push(handover::from_facts(look, row.doc, version, facts)?);
        }
    }
    let parts = Parts {
        intakes,
        members,
        rounds,
        conflicts: Vec::new(),
        notes: notes.into_iter().map(|(_, note)| note).collect(),
        handovers,
        covers: Vec::new(),
        links: Vec::new(),
        linked: Vec::new(),
        offered: Vec::new(),
        team: Belonging::read(look).of(look.reader, id)?,
        late: Vec::new(),
    };
    Ok(assemble(
        look,
        *id,
        case_version,
        facts,
        parts,
        Some(day.to_owned()),
        HouseholdLocal {
            unsent: 0,
            moved_to: None,
            move_pending: false,
            restricted_notes: Vec::new(),
            linked: Vec::new(),
            shielded: Vec::new(),
        },
    ))
}

/// What a document said at an instant; none where it had not been opened yet.
fn at<T>(
    look: &mut Look<'_, '_>,
    doc: &[u8; 16],
    end: i64,
    read: impl Fn(&record::View<'_>) -> Option<T>,
) -> Result<Option<(String, T)>> {
    let Some(row) = look.reader.document(doc)? else {
        return Ok(None);
    };
    // Past views walk through many documents; they are not kept open.
    let document = documents::load(look.reader, documents::key(&row)?)?;
    let version: Version = document.version_at(end);
    Ok(read(&document.view(Some(&version))).map(|facts| (version.to_string(), facts)))
}
