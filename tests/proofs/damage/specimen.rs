//! A store with a household in it, to be damaged in copies.

use std::fs;
use std::path::{Path, PathBuf};

use app::session::Cost;
use app::{AppError, ops};
use serde_json::json;
use tempfile::TempDir;

use crate::program::{Laptop, PASSPHRASE, in_memory};
use crate::work;

/// A store, what it has to hold, and what it held on the way.
pub(super) struct Specimen {
    pub(super) laptop: Laptop,
    pub(super) household: String,
    pub(super) marks: Vec<String>,
    /// After each line of the live log: its length, and `journal.head`.
    pub(super) heads: Vec<(usize, Vec<u8>)>,
    runs: u32,
    /// A note that takes several pages.
    long_note: String,
    /// Copies are damaged in memory: what is tried thousands of times is not about the disk.
    work: TempDir,
}

impl Specimen {
    /// A store after its program ended well: a household with members, notes, an assessment, and a bundle that left.
    pub(super) fn locked() -> Self {
        let laptop = Laptop::with_office();
        let mut batch = laptop.batch(&[]);
        let household = batch
            .talk
            .tell("household.create", json!({ "name": "青木" }));
        let id = &household["id"];
        let member = batch.talk.tell(
            "member.add",
            json!({ "householdId": id, "familyName": "青木", "birth": "60代" }),
        );
        let round = batch.talk.tell(
            "assessment.start",
            json!({ "householdId": id, "pack": "kihon-checklist" }),
        );
        for item in ["q01", "q02", "q03"] {
            let answer = json!({ "roundId": round["id"], "subject": member["id"], "item": item, "value": "yes" });
            batch.talk.tell("assessment.answer", answer);
        }
        let long: String = (0..1500).map(|line| format!("{line}行目の話。")).collect();
        let note = batch
            .talk
            .tell("note.create", json!({ "householdId": id, "text": long }));
        assert_eq!(batch.end().status, 0);
        let mut specimen = Self {
            long_note: note["id"].as_str().unwrap().to_owned(),
            work: in_memory(),
            household: id.as_str().unwrap().to_owned(),
            laptop,
            marks: Vec::new(),
            heads: Vec::new(),
            runs: 0,
        };
        specimen.go_on(8);
        let bundle = specimen.bundle();
        assert_eq!(
            specimen
                .laptop
                .run(&["bundle", "export", "--to", bundle.to_str().unwrap()])
                .status,
            0
        );
        specimen
    }

    /// The same, after another program was killed with so many answered lines in its log.
    pub(super) fn live(lines: u32) -> Self {
        let mut specimen = Self::locked();
        let mut batch = specimen.laptop.batch(&[]);
        let (dir, mut heads, mut marks) = (specimen.dir(), Vec::new(), Vec::new());
        work::write(&mut batch.talk, &specimen.household, 9, lines, |mark| {
            let length = fs::metadata(dir.join("store.db-wal")).unwrap().len();
            heads.push((
                usize::try_from(length).unwrap(),
                fs::read(dir.join("journal.head")).unwrap(),
            ));
            marks.push(mark);
        });
        batch.kill();
        specimen.marks.extend(marks);
        specimen.heads = heads;
        specimen
    }

    /// Writes more lines, and ends well.
    pub(super) fn go_on(&mut self, lines: u32) {
        self.runs += 1;
        let mut batch = self.laptop.batch(&[]);
        work::write(&mut batch.talk, &self.household, self.runs, lines, |mark| {
            self.marks.push(mark)
        });
        assert_eq!(batch.end().status, 0);
    }

    pub(super) fn change_passphrase(&self) {
        let mut app = work::open(&self.dir(), self.secret()).unwrap();
        app.change_passphrase(
            PASSPHRASE,
            "すずめ はなび もりおか みなづき あさひ",
            Cost::Floor,
        )
        .unwrap();
        app.lock().unwrap();
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.laptop.store()
    }

    pub(super) fn secret(&self) -> &str {
        &self.laptop.secret
    }

    pub(super) fn bundle(&self) -> PathBuf {
        self.laptop.stick("bundle.mgb")
    }

    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    pub(super) fn length(&self, file: &str) -> usize {
        usize::try_from(fs::metadata(self.dir().join(file)).unwrap().len()).unwrap()
    }

    /// All the words of a store.
    pub(super) fn words_in(&self, dir: &Path) -> Result<String, AppError> {
        let mut app = work::open(dir, self.secret())?;
        let note = ops::call(&mut app, "note.get", json!({ "id": self.long_note }))?.value;
        Ok(format!(
            "{note}{}",
            work::everything(&mut app, &self.household)?
        ))
    }

    /// The marks that a store lacks.
    pub(super) fn missing_in(&self, dir: &Path) -> Vec<&str> {
        let there = work::open(dir, self.secret())
            .and_then(|mut app| work::everything(&mut app, &self.household))
            .unwrap_or_default();
        self.marks
            .iter()
            .map(String::as_str)
            .filter(|mark| !there.contains(mark))
            .collect()
    }
}

/// Makes `to` the same as `from`.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
