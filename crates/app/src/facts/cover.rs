//! What a cover (留守番) says: who looks after whose households, from when until when.

use domain::Day;
use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, FIELDS, Opened};

/// The register that says when it was ended before its day (ms): in the value, because two that are equal are one.
pub(crate) const ENDED: &str = "ended";
/// The register that says how many changes the colleague has read about.
pub(crate) const READ: &str = "read";

/// A cover, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CoverFacts {
    /// Who is away.
    pub(crate) worker: String,
    /// Who covers.
    pub(crate) coverer: String,
    /// An ISO date, the first day.
    pub(crate) from: String,
    /// An ISO date, the last day.
    pub(crate) until: String,
    pub(crate) households: Vec<String>,
    /// When it was ended before its day, ms.
    pub(crate) ended: Option<i64>,
    /// How many of the changes made meanwhile the colleague has read about.
    pub(crate) read: u64,
    pub(crate) opened: Opened,
}

impl CoverFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let numbers = said::all(view, FIELDS, READ).into_iter();
        Some(Self {
            worker: said::string(view, "worker")?,
            coverer: said::string(view, "coverer")?,
            from: day(view, "from")?,
            until: day(view, "until")?,
            households: said::strings(view, "households"),
            ended: ended(view),
            // Read on one laptop is read: the larger number counts.
            read: numbers
                .filter_map(|said| said.value.as_u64())
                .max()
                .unwrap_or_default(),
            opened: said::opened(view)?,
        })
    }

    /// `coming`, `running` or `over` on a day (ISO date).
    pub(crate) fn state(&self, day: &str) -> &'static str {
        if self.ended.is_some() || self.until.as_str() < day {
            "over"
        } else if day < self.from.as_str() {
            "coming"
        } else {
            "running"
        }
    }
}

fn day(view: &View, key: &str) -> Option<String> {
    said::string(view, key).filter(|text| text.parse::<Day>().is_ok())
}

/// Two who end it agree on what counts, so nobody is asked; the later one stands, so that nothing that was written between
/// the two is left untold.
fn ended(view: &View) -> Option<i64> {
    said::all(view, FIELDS, ENDED)
        .into_iter()
        .filter_map(|said| said.value.as_i64())
        .max()
}
