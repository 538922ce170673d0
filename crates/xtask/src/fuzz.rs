//! The fuzzer over every decoder, one after the other: `fuzz/fuzz_targets`, from the seeds in `fuzz/corpus`.

use anyhow::{Context, Result};

use crate::shell::{cargo, output, root, run, run_all};

/// Gives each decoder with `filter` in its name so many seconds, and fails if one of them broke a law; the input is then in
/// `fuzz/artifacts`.
pub(crate) fn fuzz(seconds: u64, filter: &str) -> Result<()> {
    let mut names = Vec::new();
    for entry in root()?.join("fuzz/fuzz_targets").read_dir()? {
        let path = entry?.path();
        let name = path.file_stem().context("a target has a name")?;
        names.push(name.to_string_lossy().into_owned());
    }
    names.retain(|name| name.contains(filter));
    names.sort();
    if names.is_empty() {
        return Ok(());
    }
    if output("cargo", &["fuzz", "--version"]).is_none() {
        run(&mut cargo(&["install", "cargo-fuzz", "--locked"])?)?;
    }
    let time = format!("-max_total_time={seconds}");
    let steps = names.iter().map(|name| {
        // Memory on a promise and a hang are findings.
        let limits = ["--", &time, "-timeout=10", "-malloc_limit_mb=256"];
        let mut step = cargo(&[&["fuzz", "run", name.as_str()], limits.as_slice()].concat())?;
        // The sanitizer is asked for by a flag that the stable compiler knows and does not offer.
        step.env("RUSTC_BOOTSTRAP", "1");
        Ok(step)
    });
    run_all(steps.collect::<Result<_>>()?)
}
