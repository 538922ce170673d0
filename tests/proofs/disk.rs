//! A disk of a few megabytes, which a test can fill to the last byte, pull out, or make read-only.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted until it is dropped.
pub(crate) struct Disk(PathBuf);

/// What fills it.
const FILLER: &str = "filler";

fn run(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program).args(arguments).output();
    done.is_ok_and(|done| done.status.success())
}

impl Disk {
    /// Mounts it over an empty folder. Only root may; `cargo xtask test` of anybody else says so here.
    pub(crate) fn mount(at: &Path, kilobytes: u32) -> Self {
        let (at_text, size) = (at.to_str().unwrap(), format!("size={kilobytes}k"));
        assert!(
            run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", at_text]),
            "a small disk cannot be mounted: run the tests as root, or in `unshare --user --map-root-user --mount`"
        );
        Self(at.to_owned())
    }

    /// Fills it; leaves this many bytes free.
    pub(crate) fn fill(&self, leave: u64) {
        let mut filler = File::create(self.0.join(FILLER)).unwrap();
        let block = [7; 4096];
        while filler.write_all(&block).is_ok() {}
        let length = filler.metadata().unwrap().len();
        filler.set_len(length.saturating_sub(leave)).unwrap();
    }

    /// Makes room again.
    pub(crate) fn free(&self) {
        fs::remove_file(self.0.join(FILLER)).unwrap();
    }

    #[allow(dead_code, reason = "not every test does it")]
    pub(crate) fn allow_writing(&self, allowed: bool) {
        let how = if allowed { "remount,rw" } else { "remount,ro" };
        assert!(run("mount", &["-o", how, self.0.to_str().unwrap()]));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy", self.0.to_str().unwrap()]);
    }
}
