//! What a memo says.

use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, Opened};

/// A memo, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MemoFacts {
    pub(crate) text: String,
    /// The note it became, or `discarded`.
    pub(crate) filed: Option<String>,
    /// The order of erasure of which it holds unsent words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) erasure: Option<String>,
    pub(crate) opened: Opened,
}

impl MemoFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        Some(Self {
            text: view.text(),
            filed: said::string(view, "filed"),
            erasure: said::string(view, "erasure"),
            opened: said::opened(view)?,
        })
    }
}
