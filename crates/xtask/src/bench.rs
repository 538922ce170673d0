//! `cargo xtask bench`: the exchange over a hub beside PouchDB, both in one run; and what one hub carries of a crowd.

use std::{env::consts::EXE_SUFFIX, fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    setup::{self, For},
    shell::{cargo, npm, root, run},
};

/// What is measured, and how much of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Which benchmark: sync, crowd, or one of those of `marugoto bench`.
    #[arg(default_value = "sync")]
    name: String,
}

/// Sets up both sides, builds for release, and measures. The sizes are in `MARUGOTO_BENCH_SYNC` and `MARUGOTO_BENCH_CROWD`.
pub(crate) fn bench(options: &Options) -> Result<()> {
    if options.name == "crowd" {
        setup::prepare(For::Testing)?;
        return run(&mut cargo(&["bench", "--workspace", "--bench", "crowd"])?);
    }
    setup::prepare(For::Building)?;
    let folder = root()?.join("bench/pouchdb");
    other_side(&folder)?;
    run(&mut cargo(&[
        "build",
        "--release",
        "--workspace",
        "--bin",
        "marugoto",
        "--bin",
        "marugoto-hub",
    ])?)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let program = root()?
        .join(target)
        .join("release")
        .join(format!("marugoto{EXE_SUFFIX}"));
    run(Command::new(program)
        .args(["bench", &options.name])
        .env("MARUGOTO_BENCH_POUCHDB", folder))
}

/// `npm ci`, when the lock file is not the one that was installed.
fn other_side(folder: &PathBuf) -> Result<()> {
    let installed = folder.join("node_modules/.installed-lock.json");
    let lock = fs::read(folder.join("package-lock.json"))?;
    if fs::read(&installed).ok().as_ref() == Some(&lock) {
        return Ok(());
    }
    run(npm(&["ci", "--no-audit", "--no-fund"])?.current_dir(folder))?;
    fs::write(installed, lock)?;
    Ok(())
}
