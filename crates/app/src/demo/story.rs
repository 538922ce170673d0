//! How a story is written down: what two workers did on which day.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The stories, by name. They are told together, day by day, as an office lives them.
pub(super) const STORIES: &[(&str, &str)] = &[
    ("8050", include_str!("../../demo/8050.json")),
    ("young-carer", include_str!("../../demo/young-carer.json")),
    ("unnamed", include_str!("../../demo/unnamed.json")),
    // What belongs to no family. It comes last, so that a day's exchange comes after the day's work.
    ("office", include_str!("../../demo/office.json")),
];

/// One thing that somebody did.
#[derive(Deserialize)]
pub(super) struct Step {
    /// Days from today; what falls on a weekend was done on a working day beside it.
    pub(super) day: i64,
    /// `HH:MM` in the office.
    pub(super) at: String,
    /// On whose laptop.
    #[serde(default)]
    pub(super) by: Worker,
    #[serde(flatten)]
    pub(super) act: Act,
}

/// On whose laptop.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Worker {
    /// On the laptop that the reader of the demo opens.
    #[default]
    Own,
    /// On the colleague's.
    Colleague,
}

/// What was done. In all texts `$name` stands for what an earlier step called so, and a text that is `@-30` for the
/// day 30 days before today, `@82 04-02` for the birthday of somebody who is 82 today.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Act {
    /// Any operation.
    Call(Call),
    /// A note, confirmed at once unless it is a draft.
    Note(Note),
    /// Several answers about one subject.
    Answers(Answers),
    /// The two laptops meet: a bundle each way.
    Exchange {},
}

/// One operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) op: String,
    /// The name for the id of what it made.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    pub(super) args: Value,
}

/// A note with typed statements.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    pub(super) home: String,
    pub(super) method: String,
    /// Who was there, apart by spaces.
    #[serde(default)]
    pub(super) with: String,
    pub(super) says: Vec<Said>,
    #[serde(default)]
    pub(super) draft: bool,
}

/// `[type, text, about whom?, source?, secrecy?]`
#[derive(Deserialize)]
#[serde(from = "Vec<String>")]
pub(super) struct Said {
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) about: String,
    pub(super) source: Option<String>,
    pub(super) secrecy: Option<String>,
}

impl From<Vec<String>> for Said {
    fn from(parts: Vec<String>) -> Self {
        let mut parts = parts.into_iter();
        Self {
            kind: parts.next().unwrap_or_default(),
            text: parts.next().unwrap_or_default(),
            about: parts.next().unwrap_or_default(),
            source: parts.next(),
            secrecy: parts.next(),
        }
    }
}

/// Answers about one subject.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Answers {
    pub(super) round: String,
    /// `household`, a member, or two members with `>` between.
    pub(super) about: String,
    pub(super) basis: String,
    #[serde(default)]
    pub(super) of: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) unasked: Vec<String>,
    #[serde(default)]
    pub(super) not_now: Vec<String>,
    #[serde(default)]
    pub(super) declined: Vec<String>,
    /// Comments by item.
    #[serde(default)]
    pub(super) remarks: BTreeMap<String, String>,
}
