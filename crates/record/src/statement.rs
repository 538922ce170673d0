//! Typed statements: whose words a stretch of text is, and how far they may travel.
//!
//! # How a statement is kept
//!
//! As an automerge mark with a **name of its own** (`statement/` and eight random bytes), whose value is
//! the whole statement as a small JSON object. Two other ways were weighed:
//!
//! - *One mark name for all*: where two workers mark overlapping ranges without having met, automerge
//!   keeps one of them, the one of the busier laptop. A secrecy tag (通報者) could vanish like this.
//! - *One mark name per attribute*: the overlap then mixes the kind of one worker with the source of the
//!   other, a statement that nobody made.
//!
//! With a name of its own every statement survives a merge whole, and an overlap shows both, as with
//! registers. Marking again removes the statements the writer could see there, and only those.
//!
//! A statement does not grow at its ends: words typed behind a fact are not a fact until somebody says
//! so. Words typed inside a statement belong to it. A mark alone does not keep this promise: where a
//! colleague typed at its border before the two had met, automerge may put those words inside. So the
//! value names the characters that were marked, and the view cuts what reaches beyond the first and the
//! last of them that are left. (Cursors of automerge would be shorter; in 0.12 a cursor to a deleted
//! character at the end of a text trips an assertion of its own.)

use std::{collections::BTreeMap, fmt, ops::Range};

use automerge::{
    ActorId, ObjId, ScalarValue, ScalarValueRef, ValueRef, iter::ListRangeItem, marks::Mark,
};
use serde::{Deserialize, Serialize};

/// What a stretch of text is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// `fact`, `person` (their own words), `family`, `other` or `view` (the worker's own).
    pub kind: String,
    /// The members it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_ids: Vec<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The day it was observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_on: Option<String>,
    /// Who may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrecy: Option<String>,
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A statement and the stretch of text under it, in code points, `end` excluded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first code point.
    pub start: usize,
    /// The code point behind the last.
    pub end: usize,
    /// What it is.
    pub statement: Statement,
}

const PREFIX: &str = "statement/";

/// The name for a new statement.
pub(crate) fn name(nonce: [u8; 8]) -> String {
    format!("{PREFIX}{:016x}", u64::from_be_bytes(nonce))
}

/// A statement as it is kept: with the characters that were marked.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    statement: Statement,
    /// Runs of characters: who typed them, the number of the first, how many.
    words: Vec<(String, u64, u64)>,
}

/// The characters of a text, one after the other. Automerge lists the borders of marks among them; the
/// value at such a border is nothing or the JSON of a statement, never a single character.
pub(crate) fn characters<'a>(
    listed: impl Iterator<Item = ListRangeItem<'a>>,
) -> impl Iterator<Item = ObjId> {
    listed.filter_map(|item| match &item.value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) if is_character(text) => Some(item.id()),
        _ => None,
    })
}

/// Whether `text` is exactly one code point, as every element of a text is here.
pub(crate) fn is_character(text: &str) -> bool {
    let mut points = text.chars();
    points.next().is_some() && points.next().is_none()
}

/// The value under which a statement about these characters is kept.
pub(crate) fn value(
    statement: &Statement,
    characters: impl Iterator<Item = ObjId>,
) -> Result<String, serde_json::Error> {
    let mut words: Vec<(String, u64, u64)> = Vec::new();
    for character in characters {
        let ObjId::Id(number, actor, _) = character else {
            continue;
        };
        let actor = actor.to_hex_string();
        match words.last_mut() {
            Some((typist, first, length)) if *typist == actor && *first + *length == number => {
                *length += 1
            }
            _ => words.push((actor, number, 1)),
        }
    }
    serde_json::to_string(&Kept {
        statement: statement.clone(),
        words,
    })
}

/// Whether `mark` keeps a statement.
pub(crate) fn is_statement(mark: &Mark) -> bool {
    mark.name().starts_with(PREFIX)
}

/// Where the characters of a text are.
pub(crate) struct Places(BTreeMap<(ActorId, u64), usize>);

impl Places {
    pub(crate) fn of(characters: impl Iterator<Item = ObjId>) -> Self {
        let place = |(place, character)| match character {
            ObjId::Id(number, actor, _) => Some(((actor, number), place)),
            ObjId::Root => None,
        };
        Places(characters.enumerate().filter_map(place).collect())
    }

    /// The stretch from the first to the last that is left of `words`.
    fn reach(&self, words: &[(String, u64, u64)]) -> Option<Range<usize>> {
        let mut reach: Option<Range<usize>> = None;
        for (actor, first, length) in words {
            let actor = ActorId::try_from(actor.as_str()).ok()?;
            let end = first.checked_add(*length)?;
            for (_, place) in self.0.range((actor.clone(), *first)..(actor, end)) {
                let known = reach.unwrap_or(*place..*place);
                reach = Some(known.start.min(*place)..known.end.max(*place + 1));
            }
        }
        reach
    }
}

/// The statements among `marks`, in the order of the text. Equal statements that overlap become one.
pub(crate) fn spans(marks: &[Mark], places: &Places) -> Vec<Span> {
    let span = |mark: &Mark| {
        let ScalarValue::Str(json) = mark.value() else {
            return None;
        };
        let Kept { statement, words } = serde_json::from_str(json).ok()?;
        let reach = places.reach(&words)?;
        let (start, end) = (mark.start.max(reach.start), mark.end.min(reach.end));
        (start < end).then_some(Span {
            start,
            end,
            statement,
        })
    };
    let mut spans: Vec<Span> = marks
        .iter()
        .filter(|mark| is_statement(mark))
        .filter_map(span)
        .collect();
    spans.sort();
    let mut united: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        let twin = united
            .iter_mut()
            .rev()
            .find(|known| known.statement == span.statement && span.start < known.end);
        match twin {
            Some(known) => known.end = known.end.max(span.end),
            None => united.push(span),
        }
    }
    united.sort();
    united
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_kept_under_this_name_and_in_these_words() {
        assert_eq!(
            name([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]),
            "statement/0123456789abcdef"
        );
        let typed = |number, actor: u8| ObjId::Id(number, ActorId::from(vec![actor; 2]), 0);
        // Two runs of one typist with another's character between them.
        let characters = [
            typed(4, 0xaa),
            typed(5, 0xaa),
            typed(9, 0xbb),
            typed(7, 0xaa),
        ];
        let mut statement = Statement {
            kind: "fact".to_owned(),
            member_ids: Vec::new(),
            source: None,
            observed_on: None,
            secrecy: None,
        };
        assert_eq!(
            value(&statement, characters.iter().cloned()).unwrap(),
            r#"{"kind":"fact","words":[["aaaa",4,2],["bbbb",9,1],["aaaa",7,1]]}"#
        );
        statement.member_ids = vec!["m".to_owned()];
        statement.source = Some("school".to_owned());
        statement.observed_on = Some("2026-11-23".to_owned());
        statement.secrecy = Some("informant".to_owned());
        assert_eq!(
            value(&statement, std::iter::empty()).unwrap(),
            concat!(
                r#"{"kind":"fact","memberIds":["m"],"source":"school","observedOn":"2026-11-23","#,
                r#""secrecy":"informant","words":[]}"#
            )
        );
    }
}
