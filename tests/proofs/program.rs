//! The program `marugoto` as a script meets it, on a laptop whose every folder is the test's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What the first worker typed.
pub(crate) const PASSPHRASE: &str = "ほたる いちょう みなと ひざくら";

/// The folders of one user, and what opens the store in them.
pub(crate) struct Laptop {
    keep: TempDir,
    /// The passphrase; once there is a store its recovery code, which opens it without the costly derivation.
    pub(crate) secret: String,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ended {
    /// The code of the error, from standard error and from nowhere else.
    pub(crate) fn code(&self) -> String {
        let error: Value = serde_json::from_str(&self.err)
            .unwrap_or_else(|_| panic!("an error as JSON: {self:?}"));
        error["error"]["code"].as_str().unwrap().to_owned()
    }

    /// The result, where there is one.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Laptop {
    /// A laptop on which the program never ran.
    pub(crate) fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap())
    }

    /// The same in a folder that is there.
    pub(crate) fn at(keep: TempDir) -> Self {
        for folder in [
            "home", "tmp", "cache", "config", "data", "state", "run", "stick",
        ] {
            std::fs::create_dir(keep.path().join(folder)).unwrap();
        }
        Self {
            keep,
            secret: PASSPHRASE.to_owned(),
        }
    }

    /// A laptop with an office on it.
    pub(crate) fn with_office() -> Self {
        let mut laptop = Self::new();
        let sheet = laptop.run(&INIT).json();
        laptop.learn(&sheet);
        laptop
    }

    /// Takes the recovery code from the sheet.
    pub(crate) fn learn(&mut self, sheet: &Value) {
        self.secret = sheet["recoveryCode"].as_str().unwrap().to_owned();
    }

    /// Where everything of this user lies.
    pub(crate) fn root(&self) -> &Path {
        self.keep.path()
    }

    /// The store.
    pub(crate) fn store(&self) -> PathBuf {
        self.root().join("store")
    }

    /// A place on the stick.
    pub(crate) fn stick(&self, name: &str) -> PathBuf {
        self.root().join("stick").join(name)
    }

    /// The program, started by `starter` where there is one, knowing nothing of the machine it runs on.
    pub(crate) fn command(&self, starter: &[String]) -> Command {
        let mut words = starter.iter().map(PathBuf::from).chain([binary()]);
        let mut command = Command::new(words.next().unwrap());
        let at = |folder: &str| self.root().join(folder);
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("LANG", "ja_JP.UTF-8")
            .env("HOME", at("home"))
            .env("TMPDIR", at("tmp"))
            .env("XDG_CACHE_HOME", at("cache"))
            .env("XDG_CONFIG_HOME", at("config"))
            .env("XDG_DATA_HOME", at("data"))
            .env("XDG_STATE_HOME", at("state"))
            .env("XDG_RUNTIME_DIR", at("run"))
            .env("MARUGOTO_STORE", self.store())
            .env("MARUGOTO_PASSPHRASE", &self.secret)
            .env("MARUGOTO_KDF", "floor")
            .current_dir(at("home"));
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// The same, with one more thing in the environment.
    pub(crate) fn run_as(&self, arguments: &[&str], name: &str, value: &str) -> Ended {
        let mut command = self.command(&[]);
        command.arg("--json").args(arguments).env(name, value);
        run(&mut command, "")
    }

    /// The same, in the words a person reads.
    pub(crate) fn run_plainly(&self, arguments: &[&str]) -> Ended {
        run(self.command(&[]).args(arguments), "")
    }

    /// The same, with something on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(&[]);
        command.arg("--json").args(arguments);
        run(&mut command, input)
    }

    /// One operation.
    pub(crate) fn call(&self, operation: &str, arguments: &Value) -> Value {
        self.run_with(&["call", operation, "-"], &arguments.to_string())
            .json()
    }

    /// Starts `marugoto batch`.
    pub(crate) fn batch(&self, starter: &[String]) -> Batch {
        let mut command = self.command(starter);
        command
            .arg("batch")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let talk = Talk {
            input: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
        };
        Batch { child, talk }
    }
}

/// A folder in memory where the system has one, else on the disk.
pub(crate) fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    }
    .unwrap()
}

/// Founds an office.
pub(crate) const INIT: [&str; 5] = [
    "init",
    "--office",
    "みほん市 ふくし課",
    "--worker",
    "佐藤 みどり",
];

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command, input: &str) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses early need not read what it was given.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running `marugoto batch`.
pub(crate) struct Batch {
    pub(crate) child: Child,
    pub(crate) talk: Talk,
}

/// Lines in, lines out.
pub(crate) struct Talk {
    input: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Talk {
    /// Asks for one operation and waits for its answer; nothing when the program is gone.
    pub(crate) fn ask(&mut self, operation: &str, arguments: Value) -> Option<Value> {
        let line = json!({ "id": 1, "op": operation, "args": arguments });
        writeln!(self.input, "{line}").ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        // A line without its end was not answered.
        let answer: Value = serde_json::from_str(answer.strip_suffix('\n')?).unwrap();
        Some(answer)
    }

    /// The same where the answer has to be a good one.
    pub(crate) fn tell(&mut self, operation: &str, arguments: Value) -> Value {
        let answer = self
            .ask(operation, arguments)
            .expect("the program is there");
        assert!(answer["error"].is_null(), "{operation}: {answer}");
        answer["ok"].clone()
    }
}

impl Batch {
    /// Ends the input, and waits until the store is locked.
    pub(crate) fn end(self) -> Ended {
        let Self { child, talk } = self;
        let Talk { input, mut answers } = talk;
        drop(input);
        let mut out = String::new();
        answers.read_to_string(&mut out).unwrap();
        let output = child.wait_with_output().unwrap();
        Ended {
            status: output.status.code().unwrap_or(-1),
            out,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Ends the program in the middle of whatever it does (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The program, beside the tests' own folder.
pub(crate) fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let name = format!("marugoto{}", std::env::consts::EXE_SUFFIX);
    let binary = tests.parent().and_then(Path::parent).unwrap().join(name);
    assert!(
        binary.is_file(),
        "{} is missing: `cargo build -p cli` makes it, as `cargo xtask test` does",
        binary.display()
    );
    binary
}
