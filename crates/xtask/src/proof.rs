//! `cargo xtask proof`: the same tests, with as many cases as one has patience for.
//!
//! The count travels as `PROPTEST_CASES` (properties) and `MARUGOTO_CASES` (everything else that repeats in memory); what
//! starts programs, fills disks or cuts their power takes a share of it, and so does the fuzzer, in seconds.

use anyhow::Result;

use crate::{
    fuzz::fuzz,
    setup::{self, For},
    shell::{cargo, run},
    test::rust,
};

/// What is dearer than a case in memory: its name, of how many cases it is one, and how many there are at least.
const SHARES: [(&str, u64, u64); 5] = [
    ("MARUGOTO_OPAQUE_WORLDS", 1, 10_000),
    ("MARUGOTO_DISK_CASES", 1_000, 200),
    ("MARUGOTO_WORLDS", 100, 400),
    ("MARUGOTO_KILLS", 1_000, 1_000),
    ("MARUGOTO_CRASHES", 100, 10_000),
];

/// Of how many cases a second of fuzzing one decoder is one: a hundred seconds each, if nothing else is said.
const CASES_A_SECOND: u64 = 10_000;

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
    let tests = run(rust(&filter)?
        .env("NEXTEST_PROFILE", "proof")
        .env("PROPTEST_CASES", &cases)
        .env("MARUGOTO_CASES", &cases)
        .envs(
            SHARES
                .map(|(name, share, least)| (name, (options.cases / share).max(least).to_string())),
        ));
    if cfg!(target_os = "linux") {
        let filter = options.filter.as_deref().unwrap_or_default();
        fuzz((options.cases / CASES_A_SECOND).max(1), filter)?;
    }
    tests
}
