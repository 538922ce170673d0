//! What each step took, on both sides.

use std::collections::BTreeMap;
use std::time::Instant;

use app::Result;
use serde_json::{Value, json};

use super::hub::Hub;

/// Times in ms and bytes on the line, by step.
#[derive(Debug, Default)]
pub(super) struct Steps(BTreeMap<String, (Vec<f64>, Vec<f64>)>);

impl Steps {
    /// Does a step, and keeps what it took.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        hub: &Hub,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let (before, waited, begun) = (hub.bytes(), hub.waited(), Instant::now());
        let done = work()?;
        let took = begun.elapsed().saturating_sub(hub.waited() - waited);
        let (times, bytes) = self.0.entry(name.to_owned()).or_default();
        times.push(took.as_secs_f64() * 1_000.0);
        bytes.push((hub.bytes() - before) as f64);
        Ok(done)
    }

    /// Medians of both sides, and how many times ours theirs are.
    pub(super) fn view(&self, theirs: Option<&Value>) -> Value {
        let step = |(name, (times, bytes)): (&String, &(Vec<f64>, Vec<f64>))| {
            let of_theirs = |name: &str, what: &str| -> Option<f64> {
                let all = theirs?
                    .pointer(&format!("/steps/{name}/{what}"))?
                    .as_array()?;
                Some(median(
                    &all.iter().filter_map(Value::as_f64).collect::<Vec<_>>(),
                ))
            };
            let (ms, on_line) = (median(times), median(bytes));
            let (their_ms, their_bytes) = (of_theirs(name, "ms"), of_theirs(name, "bytes"));
            let plain = of_theirs(&format!("{name}Uncompressed"), "bytes");
            let view = json!({
                "count": times.len(),
                "ms": rounded(ms),
                "bytes": on_line,
                "pouchdb": their_ms.map(|ms| json!({ "ms": rounded(ms), "bytes": their_bytes, "bytesUncompressed": plain })),
                "timesFaster": their_ms.map(|theirs| ratio(theirs, ms)),
                "timesFewerBytes": their_bytes.map(|theirs| ratio(theirs, on_line)),
                "timesFewerBytesThanUncompressed": plain.map(|theirs| ratio(theirs, on_line)),
            });
            (name.clone(), view)
        };
        Value::Object(self.0.iter().map(step).collect())
    }
}

fn median(all: &[f64]) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// How many times the second the first is, to two places.
pub(super) fn ratio(first: f64, second: f64) -> f64 {
    (first / second * 100.0).round() / 100.0
}

fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
