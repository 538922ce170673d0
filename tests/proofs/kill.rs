//! What was answered is there after a kill at any instant.
//!
//! This alone proves little: what a killed process wrote is still in the system's memory. `power_loss` cuts deeper.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::dice::Dice;
use crate::program::{Batch, Laptop};
use crate::work;

/// What each program is given to write, before it locks the store.
const LINES: u32 = 20;

#[test]
fn every_answered_line_survives_a_kill_at_any_instant() {
    let wanted: u32 =
        std::env::var("MARUGOTO_KILLS").map_or(40, |kills| kills.parse().expect("a number"));
    let mut dice = Dice::cast();
    let laptop = Laptop::with_office();
    let mut answered: Vec<(String, Vec<String>)> = Vec::new();
    let (mut kills, mut runs) = (0, 0);
    // How long a program takes that nobody kills: so the instants lie within its life, on a slow machine and a fast one.
    let mut life = Duration::ZERO;
    while kills < wanted {
        // A household takes a few runs, so that looking at it stays cheap.
        if runs % 8 == 0 {
            let household = laptop.call("household.create", &json!({ "name": "青木" }));
            answered.push((household["id"].as_str().unwrap().to_owned(), Vec::new()));
        }
        runs += 1;
        let (household, marks) = answered.last_mut().unwrap();
        let began = Instant::now();
        let Batch {
            mut child,
            mut talk,
        } = laptop.batch(&[]);
        let into = household.clone();
        let writer = std::thread::spawn(move || {
            let mut marks = Vec::new();
            work::write(&mut talk, &into, runs, LINES, |mark| marks.push(mark));
            // Here the input ends, and the program folds its log into the database.
            marks
        });
        if life.is_zero() {
            child.wait().unwrap();
            life = began.elapsed();
        } else {
            std::thread::sleep(life.mul_f64(dice.share()));
            kills += u32::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        marks.extend(writer.join().unwrap());

        let mut app =
            work::open(&laptop.store(), &laptop.secret).expect("the store opens after a kill");
        let there = work::everything(&mut app, household).unwrap();
        assert_eq!(
            missing(marks, &there),
            [""; 0],
            "seed {}, run {runs}",
            dice.seed()
        );
        // As after a crash: the next program finds the log as this one found it.
        drop(app);
    }
    let mut app = work::open(&laptop.store(), &laptop.secret).unwrap();
    for (household, marks) in &answered {
        assert_eq!(
            missing(marks, &work::everything(&mut app, household).unwrap()),
            [""; 0]
        );
    }
    drop(app);
    let verified = laptop.run(&["verify"]);
    assert_eq!(verified.status, 0, "{verified:?}");
    let lines: usize = answered.iter().map(|(_, marks)| marks.len()).sum();
    println!(
        "0 of {lines} answered lines lost in {kills} kills; seed {}",
        dice.seed()
    );
    assert!(
        lines > 2 * usize::try_from(kills).unwrap(),
        "the program hardly wrote: {lines}"
    );
    // Control: the check sees a line that is not there.
    assert_eq!(missing(&["しるし99999".to_owned()], "しるし00001").len(), 1);
}

fn missing<'a>(marks: &'a [String], there: &str) -> Vec<&'a str> {
    marks
        .iter()
        .map(String::as_str)
        .filter(|mark| !there.contains(mark))
        .collect()
}
