//! The other side: `bench/pouchdb/replicate.mjs`, run by node with the same records.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use app::{AppError, ErrorCode, Result};
use serde_json::{Map, Value, json};

/// Where the script and its packages are.
const FOLDER: &str = "MARUGOTO_BENCH_POUCHDB";

fn folder() -> PathBuf {
    std::env::var_os(FOLDER).map_or_else(|| "bench/pouchdb".into(), PathBuf::from)
}

/// Why there can be no comparison, where there can be none.
pub(super) fn lacking() -> Option<String> {
    let folder = folder();
    if !folder.join("node_modules/pouchdb").is_dir() {
        return Some(format!(
            "PouchDB is not installed in {}: `cargo xtask bench` installs it",
            folder.display()
        ));
    }
    let node = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if node.is_ok_and(|status| status.success()) {
        None
    } else {
        Some("node does not start".to_owned())
    }
}

/// What the other side is to do.
#[derive(Debug)]
pub(super) struct Plan {
    folder: PathBuf,
    base: PathBuf,
    rounds: Map<String, Value>,
    crowd: Value,
    files: usize,
}

impl Plan {
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let folder = folder.join("pouchdb");
        for name in ["server", "laptops"] {
            std::fs::create_dir_all(folder.join(name)).map_err(failed)?;
        }
        Ok(Self {
            base: folder.join("base.jsonl"),
            folder,
            rounds: Map::new(),
            crowd: Value::Null,
            files: 0,
        })
    }

    /// The documents that are there at first.
    pub(super) fn base(&mut self, documents: &[Value]) -> Result<()> {
        write(&self.base, documents)
    }

    /// Documents that are new or changed the next time.
    pub(super) fn round(&mut self, name: &str, documents: &[Value]) -> Result<()> {
        self.files += 1;
        let file = self.folder.join(format!("{name}-{}.jsonl", self.files));
        write(&file, documents)?;
        let files = self.rounds.entry(name).or_insert_with(|| json!([]));
        if let Some(files) = files.as_array_mut() {
            files.push(json!(file));
        }
        Ok(())
    }

    /// So many devices fetch what is there at first.
    pub(super) fn crowd(&mut self, devices: &[u32]) -> Result<()> {
        self.crowd = json!({ "base": self.base, "devices": devices });
        Ok(())
    }

    /// Runs it, and gives what each step took.
    pub(super) fn run(&self, still: u32) -> Result<Value> {
        let plan = json!({
            "server": self.folder.join("server"),
            "laptops": self.folder.join("laptops"),
            "base": self.base,
            "rounds": self.rounds,
            "still": still,
            "crowd": self.crowd,
        });
        let file = self.folder.join("plan.json");
        std::fs::write(&file, serde_json::to_vec(&plan)?).map_err(failed)?;
        let output = Command::new("node")
            .arg(folder().join("replicate.mjs"))
            .arg(&file)
            .stderr(Stdio::inherit())
            .output()
            .map_err(failed)?;
        if !output.status.success() {
            return Err(failed(std::io::Error::other(
                "node did not come to its end",
            )));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// What was measured against.
pub(super) fn versions(theirs: &Value) -> Value {
    json!({ "pouchdb": theirs.get("pouchdb"), "node": theirs.get("node"), "leveldb": "every batch with sync: true" })
}

fn write(file: &Path, documents: &[Value]) -> Result<()> {
    let mut text = String::new();
    for document in documents {
        // Writing into memory does not fail.
        let _ = writeln!(text, "{document}");
    }
    std::fs::write(file, text).map_err(failed)
}

fn failed(error: std::io::Error) -> AppError {
    AppError::new(ErrorCode::FileFailed).because(error)
}
