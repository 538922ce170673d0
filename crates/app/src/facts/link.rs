//! What a link says: two documents that belong together. Duplicates are never merged.

use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, Opened};

/// A link, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LinkFacts {
    /// `same_person`, `same_household` or `not_same`.
    pub(crate) kind: String,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) opened: Opened,
}

impl LinkFacts {
    /// Reads a link that stands.
    pub(crate) fn read(view: &View) -> Option<Self> {
        if said::shown(view, said::FIELDS, "retracted").is_some() {
            return None;
        }
        Some(Self {
            kind: said::string(view, "kind")?,
            a: said::string(view, "a")?,
            b: said::string(view, "b")?,
            opened: said::opened(view)?,
        })
    }
}
