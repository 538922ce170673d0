//! Search over everything that this device may read.

use domain::{DocId, fold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::table::search::{Index, SearchRow};
use ts_rs::TS;

use crate::error::Result;
use crate::facts::case::CaseFacts;
use crate::facts::link::SAME_HOUSEHOLD;
use crate::links::{self, Seen};
use crate::look::Look;
use crate::ops::link::{HouseholdRef, named};

/// Searches names, readings and texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct Search {
    /// Kanji, kana or romaji; one character is enough.
    pub text: String,
    /// How many; 50 when absent, 500 at most.
    pub limit: Option<u32>,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct Hit {
    /// `household`, `member`, `note`, `intake`, `memo`, `handover`, `attachment`.
    pub kind: String,
    /// What was found.
    pub id: DocId,
    /// The household it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<DocId>,
    /// The household's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_name: Option<String>,
    /// The words around the hit, as they were written.
    pub snippet: String,
    /// Where the hit starts in the snippet, in code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// Behind its last code point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
    /// Cases that are the same household.
    pub linked: Vec<HouseholdRef>,
}

/// Hits, exact ones only; guesses by sound stand apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SearchView {
    /// Names first, then texts, newest first.
    pub items: Vec<Hit>,
    /// People whose names only sound alike (もしかして).
    pub guesses: Vec<Hit>,
}

/// `search`
pub(crate) fn search(look: &mut Look<'_, '_>, request: Search) -> Result<SearchView> {
    let limit = request.limit.unwrap_or(50).clamp(1, 500);
    let mut items = Vec::new();
    if let Some(expression) = fold::match_expression(&request.text) {
        for row in look.reader.search(Index::Exact, &expression, limit)? {
            items.push(hit(look, &row, &request.text)?);
        }
    }
    let mut guesses = Vec::new();
    // Guesses by sound: a whole name or the beginning of one, never a single sound.
    let near = fold::near(&request.text);
    if near.chars().count() > 1 {
        for row in
            look.reader
                .search(Index::Sound, &format!("\"{}\"*", near.replace('"', "")), 20)?
        {
            let id = DocId::from_bytes(row.doc);
            if !items.iter().any(|hit: &Hit| hit.id == id) {
                guesses.push(hit(look, &row, &request.text)?);
            }
        }
    }
    Ok(SearchView { items, guesses })
}

fn hit(look: &Look<'_, '_>, row: &SearchRow, query: &str) -> Result<Hit> {
    let household = row.household.map(DocId::from_bytes);
    let household_name = match household {
        Some(id) => match look.reader.projection("household", &id.to_string())? {
            Some(found) => Some(serde_json::from_str::<CaseFacts>(&found.view)?.name),
            None => None,
        },
        None => None,
    };
    let mut linked = Vec::new();
    if let Some(id) = household {
        for other in links::one_with(look.reader, id, SAME_HOUSEHOLD, Seen::ByAll)? {
            linked.extend(
                (other != id)
                    .then(|| named(look, other))
                    .transpose()?
                    .flatten(),
            );
        }
    }
    let snippet = fold::snippet(&row.text, query, 60);
    let count = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Ok(Hit {
        kind: row.kind.clone(),
        id: DocId::from_bytes(row.doc),
        household_id: household,
        household_name: household_name.filter(|name| !name.is_empty()),
        start: snippet.hits.first().map(|hit| count(hit.0)),
        end: snippet.hits.first().map(|hit| count(hit.1)),
        snippet: snippet.text,
        linked,
    })
}
