//! One figure: how long something takes, and how long its floor.

use std::time::{Duration, Instant};

use app::Result;
use serde_json::{Value, json};

/// Times of one kind of work.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// Does some work and keeps how long it took.
    pub(super) fn take<T>(&mut self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = Instant::now();
        let done = work()?;
        self.0.push(begun.elapsed());
        Ok(done)
    }

    /// The time that this share of all took at most, in ms.
    fn at(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let last = sorted.len().saturating_sub(1);
        sorted
            .get((last * percent).div_ceil(100))
            .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

/// One figure.
#[derive(Debug)]
pub(super) struct Figure {
    /// What was measured, where a benchmark has several.
    pub(super) what: &'static str,
    pub(super) ours: Times,
    /// What the floor is; empty where there is none.
    pub(super) against: &'static str,
    pub(super) floor: Times,
}

impl Figure {
    pub(super) fn view(&self, name: &str, households: u32) -> Value {
        let (median, floor) = (self.ours.at(50), self.floor.at(50));
        let (against, ratio) = if self.against.is_empty() {
            (Value::Null, Value::Null)
        } else {
            let against = json!({ "what": self.against, "median": rounded(floor), "p95": rounded(self.floor.at(95)) });
            (against, json!(rounded(median / floor)))
        };
        json!({
            "name": name,
            "what": self.what,
            "households": households,
            "count": self.ours.0.len(),
            "median": rounded(median),
            "p95": rounded(self.ours.at(95)),
            "floor": against,
            "ratio": ratio,
        })
    }
}

/// Microseconds are as much as these clocks can tell.
fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
