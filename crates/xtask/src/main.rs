//! The commands of the repository: `cargo xtask run | test | check | bench | proof`.
//!
//! Each sets up what it needs first, so that a fresh machine with Rust and Node needs nothing else.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is what these commands are for"
)]

mod bench;
mod check;
mod display;
mod fuzz;
mod proof;
mod run;
mod setup;
mod shell;
mod test;

use std::process::ExitCode;

use clap::Parser;

/// The commands of the repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Xtask {
    /// Sets up everything and opens the window.
    Run(run::Options),
    /// Sets up everything and runs every test of every language, those in the real window included.
    Test,
    /// Formatting, lints, types and the rules of the house.
    Check,
    /// Sets up a release build and PouchDB, and measures one beside the other.
    Bench(bench::Options),
    /// The long runs of the same tests.
    Proof(proof::Options),
}

fn main() -> ExitCode {
    let outcome = match Xtask::parse() {
        Xtask::Run(options) => run::run(&options),
        Xtask::Test => test::test(),
        Xtask::Check => check::check(),
        Xtask::Bench(options) => bench::bench(&options),
        Xtask::Proof(options) => proof::proof(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nxtask: {reason:#}");
            ExitCode::FAILURE
        }
    }
}
