//! What a link (つながり) says: two documents that belong together, or that do not. Duplicates are never merged.

use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, FIELDS, Opened, Said};

/// Two person documents are one human being.
pub(crate) const SAME_PERSON: &str = "same_person";
/// Two cases are one household.
pub(crate) const SAME_HOUSEHOLD: &str = "same_household";
/// Somebody looked, and they are two. Not asked again.
pub(crate) const NOT_SAME: &str = "not_same";

/// The register that says which of the three.
pub(crate) const KIND: &str = "kind";
/// The tombstone of a link that no longer stands.
pub(crate) const RETRACTED: &str = "retracted";

/// A link, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LinkFacts {
    /// [`SAME_PERSON`], [`SAME_HOUSEHOLD`] or [`NOT_SAME`].
    pub(crate) kind: String,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) reason: Option<String>,
    /// Two people said different things about the pair, and nobody decided yet. Until then it joins nothing.
    pub(crate) undecided: bool,
    /// Who said the kind that is shown, and when.
    pub(crate) said: Opened,
    pub(crate) opened: Opened,
}

impl LinkFacts {
    /// Reads a link that stands.
    pub(crate) fn read(view: &View) -> Option<Self> {
        if said::shown(view, FIELDS, RETRACTED).is_some() {
            return None;
        }
        let kinds = said::all(view, FIELDS, KIND);
        let Said { value, by, at } = kinds.first()?.clone();
        Some(Self {
            kind: value.as_str()?.to_owned(),
            a: said::string(view, "a")?,
            b: said::string(view, "b")?,
            reason: said::string(view, "reason"),
            undecided: kinds.len() > 1,
            said: Opened { by, at },
            opened: said::opened(view)?,
        })
    }

    /// Whether the two ends are one by it.
    pub(crate) fn joins(&self, kind: &str) -> bool {
        self.kind == kind && !self.undecided
    }

    /// The end that is not this one.
    pub(crate) fn other(&self, one: &str) -> &str {
        if self.a == one { &self.b } else { &self.a }
    }
}
