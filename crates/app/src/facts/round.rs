//! What an assessment round says.

use std::collections::BTreeMap;

use domain::DocId;
use packs::PackRef;
use record::View;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::said::{self, Opened, Said};

/// The map of answers, flat keys `<subject>/<item>`.
pub(crate) const ANSWERS: &str = "answers";
/// The map of comments, same keys.
pub(crate) const COMMENTS: &str = "comments";

/// In front of the keys that name a note on which an answer rests: `evidence/<subject>/<item>/<note>` in
/// [`said::FIELDS`], because the maps of a round are fixed by its genesis.
const EVIDENCE: &str = "evidence/";

/// A round without its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoundFacts {
    pub(crate) household: Option<String>,
    pub(crate) pack: PackRef,
    pub(crate) label: Option<String>,
    pub(crate) answered: u32,
    pub(crate) opened: Opened,
}

impl RoundFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let pack = said::shown(view, said::FIELDS, "pack")
            .and_then(|s| serde_json::from_value(s.value).ok())?;
        Some(Self {
            household: said::string(view, said::HOUSEHOLD),
            pack,
            label: said::string(view, "label"),
            answered: u32::try_from(view.entries(ANSWERS).len()).unwrap_or(u32::MAX),
            opened: said::opened(view)?,
        })
    }
}

/// One whole answer, as it stands in its register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) value: Value,
    pub(crate) state: String,
    pub(crate) basis: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) observed_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certainty: Option<String>,
}

/// The answers of a round by subject and item: all values that stand.
pub(crate) fn answers(view: &View) -> BTreeMap<(String, String), Vec<Said>> {
    view.entries(ANSWERS)
        .into_iter()
        .filter_map(|(key, held)| {
            let (subject, item) = key.split_once('/')?;
            let said: Vec<Said> = said::distinct(held);
            // A cleared register (an undone first answer) is no answer.
            let standing = said.len() > 1 || said.first().is_some_and(|s| !s.value.is_null());
            standing.then(|| ((subject.to_owned(), item.to_owned()), said))
        })
        .collect()
}

/// The comments of a round by subject and item.
pub(crate) fn comments(view: &View) -> BTreeMap<(String, String), String> {
    view.entries(COMMENTS)
        .into_iter()
        .filter_map(|(key, held)| {
            let (subject, item) = key.split_once('/')?;
            let text = said::distinct(held)
                .into_iter()
                .next()?
                .value
                .as_str()?
                .to_owned();
            Some(((subject.to_owned(), item.to_owned()), text))
        })
        .collect()
}

/// Subject, item and a note that the answer rests on.
pub(crate) type Cited = (String, String, DocId);

/// The register that says whether an answer rests on a note.
pub(crate) fn evidence_key(subject: &str, item: &str, note: DocId) -> String {
    format!("{EVIDENCE}{subject}/{item}/{note}")
}

/// Whether a register of [`said::FIELDS`] is such a one: of two values nobody has anything to decide.
pub(crate) fn is_evidence(key: &str) -> bool {
    key.starts_with(EVIDENCE)
}

/// What the answers of a round rest on. Where somebody named a note while somebody else took it back, it stands.
pub(crate) fn evidence(view: &View) -> Vec<Cited> {
    view.entries(said::FIELDS)
        .into_iter()
        .filter_map(|(key, held)| {
            let (place, note) = key.strip_prefix(EVIDENCE)?.rsplit_once('/')?;
            let (subject, item) = place.split_once('/')?;
            let mut said = said::distinct(held).into_iter();
            said.any(|said| said.value == Value::Bool(true))
                .then_some(())?;
            Some((subject.to_owned(), item.to_owned(), note.parse().ok()?))
        })
        .collect()
}
