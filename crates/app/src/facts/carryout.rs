//! What an entry of the register of what was carried out (持ち出し管理簿) says.

use record::View;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::said::{self, FIELDS, Opened};

/// The register that says how and when it ended.
pub(crate) const CLOSED: &str = "closed";
/// The register that says that the file could not be written.
pub(crate) const FAILED: &str = "failed";

/// An entry, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CarryoutFacts {
    pub(crate) file: String,
    /// The device that alone can open it; none where the whole office can.
    pub(crate) reader: Option<String>,
    pub(crate) medium: Option<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) return_by: Option<String>,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) complete: bool,
    /// The file could not be written.
    pub(crate) failed: bool,
    pub(crate) closed: Option<Closed>,
    pub(crate) opened: Opened,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closed {
    /// `returned` or `erased`.
    pub(crate) how: String,
    /// An ISO date.
    pub(crate) on: String,
    pub(crate) by: String,
    pub(crate) at: i64,
}

impl CarryoutFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let number = |key| {
            let said = said::shown(view, FIELDS, key);
            said.and_then(|said| said.value.as_u64())
                .unwrap_or_default()
        };
        let is = |key| said::shown(view, FIELDS, key).is_some_and(|said| said.value == true);
        Some(Self {
            file: said::string(view, "file").unwrap_or_default(),
            reader: said::string(view, "reader"),
            medium: said::string(view, "medium"),
            purpose: said::string(view, "purpose"),
            return_by: said::string(view, "returnBy"),
            records: number("records"),
            bytes: number("bytes"),
            complete: is("complete"),
            failed: is(FAILED),
            closed: closed(view),
            opened: said::opened(view)?,
        })
    }

    /// Nothing of it is out any more, or ever was.
    pub(crate) fn is_over(&self) -> bool {
        self.failed || self.closed.is_some()
    }
}

/// Two who say that it came back agree on what counts, so the first day that is named stands and nobody is asked.
fn closed(view: &View) -> Option<Closed> {
    let read = |said: said::Said| {
        let text = |key| said.value.get(key).and_then(Value::as_str);
        Some(Closed {
            how: text("how")?.to_owned(),
            on: text("on")?.to_owned(),
            by: said.by.clone(),
            at: said.at,
        })
    };
    let all = said::all(view, FIELDS, CLOSED).into_iter();
    all.filter_map(read)
        .min_by(|a, b| (&a.on, &a.how, &a.by, a.at).cmp(&(&b.on, &b.how, &b.by, b.at)))
}
