//! A display in memory (Xvfb), as large as a small laptop's screen, and pictures of it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::shell::run;

/// A running display; it ends with this value.
#[derive(Debug)]
pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts one under the first free number.
    pub(crate) fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        let mut number = String::new();
        if let Some(said) = server.stdout.take() {
            BufReader::new(said).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            let _ = server.wait();
            bail!("Xvfb found no free display");
        }
        Ok(Self {
            server,
            name: format!(":{}", number.trim()),
        })
    }

    /// What `DISPLAY` has to say.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Saves a picture of the whole screen.
    pub(crate) fn photograph(&self, file: &Path) -> Result<()> {
        run(Command::new("import")
            .args(["-display", self.name(), "-window", "root"])
            .arg(file))
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
