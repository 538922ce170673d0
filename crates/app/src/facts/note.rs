//! What a note says.

use record::{Span, View};
use serde::{Deserialize, Serialize};

use super::said::{self, Opened};

/// A confirmation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Confirmed {
    pub(crate) version: String,
    pub(crate) by: String,
    pub(crate) at: i64,
}

/// A note, read, without its text (which may be long).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoteFacts {
    pub(crate) household: Option<String>,
    pub(crate) occurred_at: Option<i64>,
    pub(crate) method: Option<String>,
    pub(crate) member_ids: Vec<String>,
    pub(crate) confirmed: Option<Confirmed>,
    /// The first 200 characters, verbatim.
    pub(crate) start: String,
    pub(crate) more: bool,
    pub(crate) kinds: Vec<String>,
    pub(crate) opened: Opened,
}

/// How much of a text a list shows, in characters.
const START: usize = 200;

impl NoteFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let text = view.text();
        let start: String = text.chars().take(START).collect();
        let mut kinds: Vec<String> = Vec::new();
        for span in view.spans() {
            if !kinds.contains(&span.statement.kind) {
                kinds.push(span.statement.kind);
            }
        }
        let confirmed = said::shown(view, said::FIELDS, "confirmed").and_then(|s| {
            let version = s.value.get("version")?.as_str()?.to_owned();
            Some(Confirmed {
                version,
                by: s.by,
                at: s.at,
            })
        });
        Some(Self {
            household: said::string(view, said::HOUSEHOLD),
            occurred_at: said::shown(view, said::FIELDS, "occurredAt")
                .and_then(|s| s.value.as_i64()),
            method: said::string(view, "method"),
            member_ids: said::strings(view, "memberIds"),
            confirmed,
            more: start.len() < text.len(),
            start,
            kinds,
            opened: said::opened(view)?,
        })
    }

    /// When it happened, ms.
    pub(crate) fn occurred(&self) -> i64 {
        self.occurred_at.unwrap_or(self.opened.at)
    }
}

/// A run of text of one type, or of none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
    pub(crate) statement: Option<record::Statement>,
}

/// Cuts a text into runs; together they give the whole text. Where marks overlap the later one wins.
pub(crate) fn runs(text: &str, spans: &[Span]) -> Vec<Run> {
    let mut kinds: Vec<Option<&record::Statement>> = vec![None; text.chars().count()];
    for span in spans {
        for slot in kinds.iter_mut().take(span.end).skip(span.start) {
            *slot = Some(&span.statement);
        }
    }
    let mut out: Vec<Run> = Vec::new();
    for (index, (letter, statement)) in text.chars().zip(kinds).enumerate() {
        match out.last_mut() {
            Some(run) if run.statement.as_ref() == statement => {
                run.text.push(letter);
                run.end = index + 1;
            }
            _ => out.push(Run {
                start: index,
                end: index + 1,
                text: letter.to_string(),
                statement: statement.cloned(),
            }),
        }
    }
    out
}
