//! A fresh store takes the place of a damaged one: a kill at any instant loses neither.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::dice::Dice;
use crate::hub::names;
use crate::program::Laptop;

/// How often it is killed.
const KILLS: u32 = 15;

/// Every folder beside the store whose database is the damaged one, but the copies from which it is read.
fn damaged_ones(laptop: &Laptop, broken: &[u8]) -> Vec<PathBuf> {
    let folders = fs::read_dir(laptop.root()).unwrap();
    folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "tmp"))
        .filter(|path| fs::read(path.join("store.db")).is_ok_and(|bytes| bytes == broken))
        .collect()
}

#[test]
fn a_kill_at_any_instant_loses_neither_the_damaged_store_nor_what_was_saved() {
    let mut dice = Dice::cast();
    let laptop = Laptop::with_office();
    laptop.call("household.create", &json!({ "name": "青木" }));
    let database = laptop.store().join("store.db");
    let whole = fs::read(&database).unwrap();
    let mut broken = whole.clone();
    broken[16..4096].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::write(&database, &broken).unwrap();

    let (mut kills, mut in_place) = (0, 0);
    // How long it takes that nobody kills.
    let mut life = Duration::ZERO;
    while kills < KILLS {
        let began = Instant::now();
        let mut child = laptop
            .command(&[])
            .args(["recover", "--in-place"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if life.is_zero() {
            assert!(child.wait().unwrap().success());
            life = began.elapsed();
        } else {
            std::thread::sleep(life.mul_f64(dice.share()));
            kills += u32::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let ended = laptop.run(&["call", "household.list", "{}"]);
        let damaged = damaged_ones(&laptop, &broken);
        assert_eq!(damaged.len(), 1, "seed {}: {damaged:?}", dice.seed());
        if damaged == [laptop.store()] {
            // It was killed before it was chosen, and says so as before.
            assert_eq!(ended.status, 3, "seed {}: {ended:?}", dice.seed());
        } else {
            assert_eq!(names(&laptop), ["青木"], "seed {}", dice.seed());
            in_place += 1;
            // The damaged one goes back, for the next kill.
            fs::remove_dir_all(laptop.store()).unwrap();
            fs::rename(&damaged[0], laptop.store()).unwrap();
        }
    }
    println!(
        "0 stores lost in {kills} kills, {in_place} times the fresh one was in its place; seed {}",
        dice.seed()
    );
    assert!(laptop.run(&["recover", "--in-place"]).status == 0);
    assert_eq!(names(&laptop), ["青木"]);
    // What interrupted tries left behind is gone.
    let left = |it: &fs::DirEntry| it.file_name().to_string_lossy().contains(".new-");
    let folders = fs::read_dir(laptop.root()).unwrap();
    assert_eq!(folders.map(Result::unwrap).filter(left).count(), 0);
}
