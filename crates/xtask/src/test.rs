//! `cargo xtask test`: every test of every language.

use std::process::Command;

use anyhow::Result;

use crate::{
    setup::{self, For},
    shell::{cargo, npm, output, program, run, run_all},
};

/// Sets up everything, runs everything, and fails if one test did. The last lines are the runner's count.
pub(crate) fn test() -> Result<()> {
    setup::prepare(For::Testing)?;
    setup::pages()?;
    // One invocation builds the programs and all tests with one set of features.
    run(&mut cargo(&["build", "--workspace", "--all-targets"])?)?;
    let rust = rust(&[])?;
    run_all(vec![npm(&["run", "types"])?, npm(&["test"])?, rust])
}

/// The runner of the Rust tests, on a bus of its own where the windows of the tests meet nobody else's.
pub(crate) fn rust(options: &[&str]) -> Result<Command> {
    let cargo_name = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut words = if has_nextest() {
        vec!["nextest", "run", "--workspace"]
    } else {
        vec!["test", "--workspace"]
    };
    words.extend(options);
    if cfg!(target_os = "linux") {
        let mut line = vec!["--", cargo_name.as_str()];
        line.extend(words);
        program("dbus-run-session", &line)
    } else {
        cargo(&words)
    }
}

/// Whether cargo-nextest is here, or could be installed.
fn has_nextest() -> bool {
    let is_here = || output("cargo", &["nextest", "--version"]).is_some();
    is_here()
        || (cargo(&["install", "cargo-nextest", "--locked"])
            .and_then(|mut it| run(&mut it))
            .is_ok()
            && is_here())
}
