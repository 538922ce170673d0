//! `cargo xtask check`: formatting, lints, types, and the rules of the house.

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
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])?,
        cargo(&["test", "--quiet", "--workspace", "--test", "tidy"])?,
    ])
}
