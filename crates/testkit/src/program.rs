//! The real hub, as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A hub that serves a folder; it ends with this value.
#[derive(Debug)]
pub struct HubProgram {
    child: Child,
    /// Scheme, host and port.
    pub url: String,
}

impl HubProgram {
    /// Starts `binary` over `data`, with further arguments of `serve`, and waits until it listens.
    #[must_use]
    pub fn serve(binary: &Path, data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(binary)
            .args(["serve", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the hub was built: cargo build --workspace");
        let out = child.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(out)
            .read_line(&mut line)
            .expect("the hub says where it listens");
        Self {
            child,
            url: line.trim().to_owned(),
        }
    }

    /// A one-time code from the hub over `data`.
    #[must_use]
    pub fn invite(binary: &Path, data: &Path) -> String {
        let output = Command::new(binary)
            .args(["invite", "--data"])
            .arg(data)
            .output()
            .expect("the hub was built: cargo build --workspace");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for HubProgram {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
