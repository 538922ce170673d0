//! `cargo xtask proof`: the same tests, with as many cases as one has patience for.
//!
//! The counts travel as `PROPTEST_CASES` (properties) and `MARUGOTO_CASES` (everything else that repeats).

use anyhow::Result;

use crate::{
    setup::{self, For},
    shell::{cargo, run},
    test::rust,
};

/// How long to go on.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Cases of each repeated test.
    #[arg(long, default_value_t = 1_000_000)]
    cases: u64,
    /// Only tests with this in their name.
    filter: Option<String>,
}

/// Runs the tests with large counts.
pub(crate) fn proof(options: &Options) -> Result<()> {
    setup::prepare(For::Testing)?;
    setup::pages()?;
    run(&mut cargo(&["build", "--workspace", "--all-targets"])?)?;
    let filter: Vec<&str> = options.filter.as_deref().into_iter().collect();
    let cases = options.cases.to_string();
    run(rust(&filter)?
        .env("NEXTEST_PROFILE", "proof")
        .env("PROPTEST_CASES", &cases)
        .env("MARUGOTO_CASES", &cases))
}
