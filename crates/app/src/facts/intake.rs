//! What an intake says.

use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, Opened};

/// An intake, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IntakeFacts {
    pub(crate) text: String,
    pub(crate) channel: Option<String>,
    pub(crate) urgency: Option<String>,
    // Rows that were made before there was this field are the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consent: Option<String>,
    pub(crate) caller_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) area_id: Option<String>,
    pub(crate) received_at: Option<i64>,
    pub(crate) household: Option<String>,
    pub(crate) closed: Option<String>,
    pub(crate) opened: Opened,
}

impl IntakeFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        Some(Self {
            text: view.text(),
            channel: said::string(view, "channel"),
            urgency: said::string(view, "urgency"),
            consent: said::string(view, "consent"),
            caller_name: said::string(view, "callerName"),
            phone: said::string(view, "phone"),
            area_id: said::string(view, "areaId"),
            received_at: said::shown(view, said::FIELDS, "receivedAt")
                .and_then(|s| s.value.as_i64()),
            household: said::string(view, said::HOUSEHOLD),
            closed: said::string(view, "closed"),
            opened: said::opened(view)?,
        })
    }

    /// When it came in, ms.
    pub(crate) fn received(&self) -> i64 {
        self.received_at.unwrap_or(self.opened.at)
    }

    /// Neither taken up nor closed.
    pub(crate) fn open(&self) -> bool {
        self.household.is_none() && self.closed.is_none()
    }
}
