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
        let data = data.to_string_lossy();
        Self::serve_at(binary, &["--data", &data], more)
    }

    /// The same over a place of another kind, as it is named to the program: `--database-url` and an address.
    #[must_use]
    pub fn serve_at(binary: &Path, place: &[&str], more: &[&str]) -> Self {
        let mut child = Command::new(binary)
            .arg("serve")
            .args(place)
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
        Self::invite_at(binary, &["--data", &data.to_string_lossy()])
    }

    /// The same over a place of another kind.
    #[must_use]
    pub fn invite_at(binary: &Path, place: &[&str]) -> String {
        let output = Command::new(binary)
            .arg("invite")
            .args(place)
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
