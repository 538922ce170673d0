//! `bench`: the project's own benchmarks, each beside what the same work costs without us.
//!
//! The data is made here, in a temporary folder, and goes with the run. Only a release build says anything.

mod figure;
mod merge;
mod office;
mod sync;
mod work;

use std::time::Instant;

use app::{AppError, ErrorCode, Result};
use serde_json::{Value, json};

use self::figure::Figure;
use self::office::Office;
use crate::rim::Rim;

/// One benchmark.
type Measure = fn(&mut Office) -> Result<Vec<Figure>>;

/// All benchmarks by name. The one that changes most comes last.
const ALL: &[(&str, Measure)] = &[
    ("unlock", work::unlock),
    ("open", work::open),
    ("list", work::list),
    ("search", work::search),
    ("edit", work::edit),
    ("rewrite", work::rewrite),
    ("merge", merge::merge),
];

/// A team of 12 with 47 households each, and ten such teams with 50,000 notes.
const HOUSEHOLDS: [u32; 2] = [564, 5_640];

/// Other sizes, apart by commas, for a quick look.
const SIZES: &str = "MARUGOTO_BENCH_HOUSEHOLDS";

/// The exchange over a hub, which needs the hub's program beside this one: only when it is asked for.
const SYNC: &str = "sync";

pub(crate) fn run(rim: &Rim, name: Option<&str>) -> Result<()> {
    if name == Some(SYNC) {
        let view = sync::sync()?;
        return rim.line(&serde_json::to_string_pretty(&view)?);
    }
    let chosen: Vec<_> = ALL
        .iter()
        .filter(|(known, _)| name.is_none_or(|name| name == *known))
        .collect();
    if chosen.is_empty() {
        return Err(AppError::new(ErrorCode::UnknownOperation).with("op", name.unwrap_or_default()));
    }
    let mut figures = Vec::new();
    let mut made = Vec::new();
    for households in sizes() {
        let begun = Instant::now();
        let mut office = Office::make(households)?;
        let seconds = begun.elapsed().as_secs_f64();
        made.push(json!({ "households": households, "notes": office.notes(), "seconds": seconds,
                          "householdsPerSecond": f64::from(households) / seconds, "bytes": office.bytes()? }));
        for (name, measure) in &chosen {
            for figure in measure(&mut office)? {
                figures.push(figure.view(name, households));
            }
        }
    }
    let view = json!({ "machine": machine(), "made": made, "figures": figures });
    rim.line(&serde_json::to_string_pretty(&view)?)
}

fn sizes() -> Vec<u32> {
    let given = std::env::var(SIZES).unwrap_or_default();
    let sizes: Vec<u32> = given
        .split(',')
        .filter_map(|size| size.trim().parse().ok())
        .collect();
    if sizes.is_empty() {
        HOUSEHOLDS.to_vec()
    } else {
        sizes
    }
}

pub(super) fn machine() -> Value {
    json!({
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "build": if cfg!(debug_assertions) { "dev" } else { "release" },
    })
}
