//! The Japanese input method Anthy at the keyboard of one window, on a bus of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::group::Group;

/// As fresh from the package it starts with Latin letters; an office has it on hiragana.
const SETTINGS: &str = "[org/freedesktop/ibus/engine/anthy/common]\ninput-mode=0\n";

/// A running input method.
pub(crate) struct Anthy {
    _ibus: Group,
    _bus: Group,
}

impl Anthy {
    /// Starts it in hiragana mode, and tells `environment` how a window reaches it. `home` holds its settings.
    pub(crate) fn start(environment: &mut Vec<(String, String)>, home: &Path) -> Self {
        let settings = home.join("config/glib-2.0/settings");
        fs::create_dir_all(&settings).unwrap();
        fs::write(settings.join("keyfile"), SETTINGS).unwrap();
        let quiet = |program: &str, arguments: &[&str], environment: &[(String, String)]| {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .envs(environment.iter().cloned())
                .stdout(Stdio::piped())
                .stderr(Stdio::null());
            command
        };
        let arguments = ["--session", "--nofork", "--print-address=1"];
        let mut bus = Group::start(&mut quiet("dbus-daemon", &arguments, environment));
        let mut address = String::new();
        BufReader::new(bus.0.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();

        // The engine wants the python of the system, which knows it.
        let path = format!(
            "/usr/bin:/bin:{}",
            std::env::var("PATH").unwrap_or_default()
        );
        let more = [
            ("DBUS_SESSION_BUS_ADDRESS", address.trim()),
            ("GSETTINGS_BACKEND", "keyfile"),
            ("GTK_IM_MODULE", "ibus"),
            ("XMODIFIERS", "@im=ibus"),
            ("PATH", &path),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));

        let mut daemon = quiet(
            "ibus-daemon",
            &["--xim", "--replace", "--panel=disable"],
            environment,
        );
        let ibus = Group::start(daemon.stdout(Stdio::null()));
        let begun = Instant::now();
        loop {
            // Its exit status speaks of the keyboard layout, so the engine is asked for afterwards.
            let _ = quiet("ibus", &["engine", "anthy"], environment).output();
            let now = quiet("ibus", &["engine"], environment)
                .output()
                .expect("`cargo xtask test` installs ibus");
            if now.stdout.starts_with(b"anthy") {
                return Self {
                    _ibus: ibus,
                    _bus: bus,
                };
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the input method does not start"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
