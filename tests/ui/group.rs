//! A program and everything it starts, which end together.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running group of processes; it ends with this value, also when a test fails.
pub(crate) struct Group(pub(crate) Child);

impl Group {
    /// Starts the first process of the group.
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        let child = command.process_group(0).spawn();
        Self(child.unwrap_or_else(|reason| {
            panic!("{name:?} does not start ({reason}); `cargo xtask test` installs it")
        }))
    }

    /// The ids of its processes whose name begins with `name` (the system keeps 15 characters of it).
    pub(crate) fn processes(&self, name: &str) -> Vec<String> {
        let group = self.0.id().to_string();
        let output = Command::new("ps")
            .args(["-e", "-o", "pgid=,pid=,comm="])
            .output()
            .unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let of_group = lines.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let (pgid, pid, comm) = (words.next()?, words.next()?, words.next()?);
            (pgid == group && comm.starts_with(name)).then(|| pid.to_owned())
        });
        of_group.collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
        // What the group held, such as a store, is free only when the last of it is gone.
        for _ in 0..100 {
            let mut any = Command::new("kill");
            any.args(["-0", "--", &group]).stderr(Stdio::null());
            if !any.status().is_ok_and(|it| it.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
