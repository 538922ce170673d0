//! `cargo xtask check`: formatting, lints, types, and the rules of the house.

use std::process::Command;

use anyhow::Result;

use crate::{
    setup::{self, For},
    shell::{cargo, npm, run_all},
};

/// Runs all of them and fails if one did.
pub(crate) fn check() -> Result<()> {
    setup::prepare(For::Building)?;
    run_all(vec![
        cargo(&["fmt", "--all", "--check"])?,
        npm(&["run", "types"])?,
        lints()?,
        cargo(&["test", "--quiet", "--workspace", "--test", "tidy"])?,
    ])
}

/// Clippy; where it stands in for the compiler already (`.ci/run`), the build of all there is.
fn lints() -> Result<Command> {
    let all = ["--workspace", "--all-targets"];
    if std::env::var_os("RUSTC_WORKSPACE_WRAPPER").is_some() {
        return cargo(&[&["build"], all.as_slice()].concat());
    }
    cargo(&[&["clippy"], all.as_slice(), &["--", "-D", "warnings"]].concat())
}
