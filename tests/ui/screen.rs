//! A display in memory for one window, and hands for it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A running Xvfb; it ends with this value, or when its last window closes.
pub(crate) struct Screen {
    server: Child,
    pub(crate) name: String,
}

impl Screen {
    /// Starts one under the first free number.
    pub(crate) fn start() -> Self {
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
            .expect("Xvfb is installed by `cargo xtask test`");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        assert!(!number.trim().is_empty(), "Xvfb found no free display");
        Self {
            server,
            name: format!(":{}", number.trim()),
        }
    }

    /// Gives the keyboard to the window; there is no window manager that would.
    pub(crate) fn focus(&self) {
        let search = [
            "search",
            "--sync",
            "--onlyvisible",
            "--class",
            "marugoto-window",
        ];
        self.xdotool(&[&search[..], &["windowfocus", "--sync", "%1"]].concat());
    }

    /// Real keys, as from a keyboard: names of X such as `a`, `space`, `Return`, `ctrl+k`.
    pub(crate) fn keys(&self, keys: &[&str]) {
        self.xdotool(&[&["key", "--delay", "60"], keys].concat());
    }

    /// A real click at a place of the screen.
    pub(crate) fn click(&self, x: i64, y: i64) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    fn xdotool(&self, arguments: &[&str]) {
        let status = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.name)
            .status()
            .unwrap();
        assert!(status.success(), "xdotool {arguments:?}");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
