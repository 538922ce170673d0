//! Starting other programs: shown before they run, and loud when they fail.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The folder of the repository.
pub(crate) fn root() -> Result<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").context("start this with `cargo xtask`")?;
    let root = PathBuf::from(here).join("../..");
    root.canonicalize()
        .context("the repository is not where it was built")
}

/// A program that starts in the folder of the repository.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root()?);
    Ok(command)
}

/// The same cargo that started us.
pub(crate) fn cargo(arguments: &[&str]) -> Result<Command> {
    program(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()),
        arguments,
    )
}

/// npm in the folder of the user interface.
pub(crate) fn npm(arguments: &[&str]) -> Result<Command> {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" }, arguments)?;
    command.current_dir(root()?.join("ui"));
    Ok(command)
}

/// Runs it, showing its line and its output.
///
/// # Errors
///
/// When it cannot start or says that it failed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// What it prints, or nothing when it is not there or fails.
pub(crate) fn output(name: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(name)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs all steps, whatever happens to each, and fails if one of them did.
pub(crate) fn run_all(steps: Vec<Command>) -> Result<()> {
    let mut failures = Vec::new();
    for mut step in steps {
        if let Err(failure) = run(&mut step) {
            failures.push(failure.to_string());
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
