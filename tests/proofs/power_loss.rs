//! What was answered is there after the power went, at any instant and however much of what was on its way arrived.
//!
//! strace writes down every write and every fsync of the real program. The log is played again on a disk that loses
//! power at random points; the store that such a disk leaves behind has to open, with every answered line in it.
//!
//! The control is the same program with `synchronous=NORMAL`: SQLite then forces its log to the disk only before it
//! copies pages into the database.

mod disk;
pub(crate) mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use self::disk::Disk;
use self::trace::{Event, Log};
use crate::dice::Dice;
use crate::program::{INIT, Laptop, in_memory, run};
use crate::work;

/// What a program did, and what it answered.
struct Recording {
    laptop: Laptop,
    events: Vec<Event>,
    household: String,
}

/// A store found after a power loss.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Opens, verifies, and everything that was answered is there.
    Whole,
    /// So many answered lines are not there, or the store says itself that something is lost.
    Lost(usize),
    /// It does not open, or something in it does not verify.
    Corrupt(Vec<String>),
}

#[test]
fn every_answered_line_survives_a_power_loss_at_any_instant() {
    let crashes: usize =
        std::env::var("MARUGOTO_CRASHES").map_or(300, |crashes| crashes.parse().expect("a number"));
    let recording = record(&[]);
    let mut dice = Dice::cast();
    let found = recording.crash(&recording.events, crashes, &mut dice);
    let bad: Vec<_> = found
        .iter()
        .filter(|(_, found)| *found != Found::Whole)
        .collect();
    assert!(bad.is_empty(), "seed {}: {bad:?}", dice.seed());

    // Control: the same work, where a commit is not forced to the disk.
    let normal = record(&["-E", "MARUGOTO_RED_CONTROL=synchronous=NORMAL"]);
    let tries = crashes.min(300);
    let lost = normal
        .crash(&normal.events, tries, &mut dice)
        .iter()
        .filter(|(_, found)| *found != Found::Whole)
        .count();
    println!(
        "0 of {crashes} power losses lost an answered line or corrupted the store; {lost} of {tries} with synchronous=NORMAL; {} steps, seed {}",
        recording.events.len(),
        dice.seed()
    );
    assert!(
        lost * 2 > tries,
        "the check sees only {lost} of {tries}; seed {}",
        dice.seed()
    );
}

/// Records a new office, a day's work, and another day's that is not ended. `words` go to strace.
fn record(words: &[&str]) -> Recording {
    let mut laptop = Laptop::new();
    let file = laptop.root().join("tmp/strace.log");
    let mut starter = trace::starter(&file);
    starter.extend(words.iter().map(ToString::to_string));
    let mut log = Log::new(&laptop.store());
    let founded = run(laptop.command(&starter).arg("--json").args(INIT), "");
    log.read(&fs::read_to_string(&file).unwrap());
    laptop.learn(&founded.json());

    let mut batch = laptop.batch(&starter);
    let household = batch
        .talk
        .tell("household.create", json!({ "name": "青木" }));
    let household = household["id"].as_str().unwrap().to_owned();
    work::write(&mut batch.talk, &household, 1, 16, |_| ());
    assert_eq!(batch.end().status, 0);
    log.read(&fs::read_to_string(&file).unwrap());

    let mut batch = laptop.batch(&starter);
    work::write(&mut batch.talk, &household, 2, 60, |_| ());
    kill_traced(&fs::read_to_string(&file).unwrap());
    batch.end();
    log.read(&fs::read_to_string(&file).unwrap());

    let recording = Recording {
        laptop,
        events: log.events,
        household,
    };
    recording.is_complete();
    recording
}

/// Ends the program that strace looks at, and that its log names first.
fn kill_traced(log: &str) {
    let number = log.split(' ').next().unwrap();
    assert!(
        Command::new("kill")
            .args(["-KILL", number])
            .status()
            .unwrap()
            .success()
    );
}

impl Recording {
    /// Replayed to its end, the log gives the folder as it is: nothing was overlooked.
    fn is_complete(&self) {
        let mut disk = Disk::default();
        self.events.iter().for_each(|event| disk.step(event));
        let replayed = disk.now();
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.laptop.store()).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().ends_with("-shm") {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
        let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&replayed), names(&found));
        for (path, bytes) in &found {
            assert!(
                replayed[path] == *bytes,
                "{} is not what the log says",
                path.display()
            );
        }
    }

    /// Cuts the power at `crashes` random steps, and says of each what was found afterwards.
    fn crash(&self, events: &[Event], crashes: usize, dice: &mut Dice) -> Vec<(usize, Found)> {
        let mut points: Vec<usize> = (0..crashes).map(|_| dice.below(events.len() + 1)).collect();
        points.sort_unstable();
        let (mut disk, mut done, mut answers) = (Disk::default(), 0, Vec::new());
        let keep = in_memory();
        let mut found = Vec::new();
        for point in points {
            for event in &events[done..point] {
                disk.step(event);
                if let Event::Said(line) = event {
                    answers.push(serde_json::from_str::<Value>(line).unwrap());
                }
            }
            done = point;
            let dir = self.lay_out(&disk.after_power_loss(dice), &keep);
            found.push((point, self.look(&dir, &answers)));
        }
        found
    }

    /// Writes what the disk holds into a folder of its own.
    fn lay_out(&self, files: &BTreeMap<PathBuf, Vec<u8>>, keep: &TempDir) -> PathBuf {
        let dir = keep.path().join("store");
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir(&dir).unwrap();
        for (path, bytes) in files {
            fs::write(
                dir.join(path.strip_prefix(self.laptop.store()).unwrap()),
                bytes,
            )
            .unwrap();
        }
        dir
    }

    /// Opens what was found.
    fn look(&self, dir: &Path, answers: &[Value]) -> Found {
        let founded = !answers.is_empty();
        let mut app = match work::open(dir, &self.laptop.secret) {
            Ok(app) => app,
            // Nothing was promised yet.
            Err(error) if !founded && error.code == app::ErrorCode::NoStore => return Found::Whole,
            Err(error) if error.code == app::ErrorCode::StoreLoss => {
                return Found::Lost(answers.len());
            }
            Err(error) => return Found::Corrupt(vec![error.code.as_str().to_owned()]),
        };
        // The sheet is the first answer, the household the second.
        let lost = match answers.get(2..) {
            None => 0,
            Some(answers) => {
                let there = work::everything(&mut app, &self.household).unwrap_or_default();
                answers
                    .iter()
                    .filter(|answer| !there.contains(&mark(answer)))
                    .count()
            }
        };
        drop(app);
        let verified = work::verify(dir, &self.laptop.secret);
        match (lost, verified.ok) {
            (0, true) => Found::Whole,
            (0, false) => Found::Corrupt(verified.codes),
            (lost, _) => Found::Lost(lost),
        }
    }
}

/// The mark that an answer carries last: an edit repeats the one of the text before.
fn mark(answer: &Value) -> String {
    let answer = answer.to_string();
    let (_, last) = answer.rsplit_once("しるし").unwrap();
    format!("しるし{}。", last.split('。').next().unwrap())
}
