//! What a hand-over (引き継ぎ) says: who passes a household on to whom, with what words, and what was answered.

use domain::DocId;
use record::View;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::said::{self, FIELDS, Opened};

/// The register that holds the answer.
pub(crate) const ANSWER: &str = "answer";

/// A hand-over, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HandoverFacts {
    pub(crate) household: String,
    /// Who led when it was offered; none where nobody did.
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    /// An ISO date.
    pub(crate) on: String,
    pub(crate) summary: Option<String>,
    pub(crate) promise: Option<String>,
    pub(crate) avoid: Option<String>,
    /// The version of the case that it was offered at.
    pub(crate) case: Option<String>,
    /// What stands as answer, the shown one first. Two that differ stand beside each other.
    pub(crate) answers: Vec<Answered>,
    pub(crate) opened: Opened,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// `accepted` or `declined`.
    pub(crate) answer: String,
    pub(crate) reason: Option<String>,
    pub(crate) by: String,
    pub(crate) at: i64,
}

impl HandoverFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        Some(Self {
            household: said::string(view, said::HOUSEHOLD)
                .filter(|id| id.parse::<DocId>().is_ok())?,
            from: said::string(view, "from"),
            to: said::string(view, "to")?,
            on: said::string(view, "on")?,
            summary: said::string(view, "summary"),
            promise: said::string(view, "promise"),
            avoid: said::string(view, "avoid"),
            case: said::string(view, "case"),
            answers: answers(view),
            opened: said::opened(view)?,
        })
    }

    /// `offered`, `accepted`, `declined`, or `both` where two answers stand beside each other.
    pub(crate) fn state(&self) -> &'static str {
        let says = |word: &str| self.answers.iter().any(|said| said.answer == word);
        match (says("accepted"), says("declined")) {
            (true, true) => "both",
            (true, false) => "accepted",
            (false, true) => "declined",
            (false, false) => "offered",
        }
    }
}

fn answers(view: &View) -> Vec<Answered> {
    let read = |said: said::Said| {
        let text = |key| {
            said.value
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Some(Answered {
            answer: text("answer")?,
            reason: text("reason"),
            by: said.by.clone(),
            at: said.at,
        })
    };
    said::all(view, FIELDS, ANSWER)
        .into_iter()
        .filter_map(read)
        .collect()
}
