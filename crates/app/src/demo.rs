//! みほん市: an office with invented families, to try the program and to load it.
//!
//! The families live in `demo/*.json`: what two workers wrote on which day, in the words of the operations. Town,
//! streets, people and numbers are invented, and look it.
//!
//! # Invariants
//!
//! - **Nothing goes around the one door.** Every record is made by an operation, on the day it tells of.
//! - **The same seed gives the same ids and views**; keys and versions stay random.

mod colleague;
mod load;
mod story;
mod teller;

use std::path::Path;

use domain::DocId;

use crate::environment::{Environment, Fixed, new_id};
use crate::error::{AppError, Result};
use crate::session::view::FoundOffice;
use crate::session::{self, Cost, Rules};
use crate::trust::{self, state};
use crate::{App, exchange};

/// The passphrase of every demo.
pub const PASSPHRASE: &str = "みほん";

/// What a demo shall hold besides its stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// As many further households as a load.
    pub households: u32,
    /// The same seed gives the same ids and views; keys stay random.
    pub seed: u64,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            households: 0,
            seed: 1,
        }
    }
}

/// A day in milliseconds.
const DAY: i64 = 86_400_000;
/// How many days before now the office was founded.
const FOUNDED: i64 = 760;

/// Makes みほん市 in a new folder, as it stands at `now_ms`.
///
/// # Errors
/// As [`session::found`].
pub fn make(dir: &Path, wish: &Wish, now_ms: i64) -> Result<App> {
    let chance = Chance { seed: wish.seed };
    let begin = now_ms - FOUNDED * DAY;
    let request = FoundOffice {
        office: "みほん市 まるごと相談窓口".to_owned(),
        worker: "見本 さくら".to_owned(),
        role: "worker".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut app, _) = session::found(
        dir,
        &request,
        Cost::Floor,
        Rules::Waived,
        chance.at("found", 0, begin),
    )?;
    known_by_seed(&mut app, &chance, "own")?;
    let mut colleague = colleague::join(&mut app, dir, &chance, begin)?;
    teller::tell(&mut app, &mut colleague, &chance, now_ms)?;
    drop(colleague);
    load::load(&mut app, wish.households, &chance, now_ms)?;
    app.environment = chance.at("end", 0, now_ms);
    app.store.transact(|tx| {
        tx.put_device_state(state::DEMO, &[1])?;
        // Whoever tries the program takes back what they did themselves, not the families' past.
        while let Some(step) = tx.last_done()? {
            tx.drop_undo(step.id)?;
        }
        Ok::<_, AppError>(())
    })?;
    Ok(app)
}

/// A worker's id follows from the device's key, and keys are random. Here it follows from the seed, so that the same
/// seed names the same authors.
fn known_by_seed(app: &mut App, chance: &Chance, who: &str) -> Result<()> {
    let mut worker = app.store.read(trust::read_worker)?;
    let mut environment = chance.at(who, 0, app.environment.now());
    let now = environment.now();
    worker.id = DocId::from_bytes(new_id(environment.as_mut(), now)).to_string();
    let kept = serde_json::to_vec(&worker)?;
    app.store
        .transact(|tx| tx.put_device_state(state::WORKER, &kept))?;
    app.identity.worker = worker.id;
    exchange::introduce(app)
}

/// The randomness of one seed, apart for every step, so that a step more in one story changes no id in another.
struct Chance {
    seed: u64,
}

impl Chance {
    /// The environment of one step: its clock stands at that instant.
    fn at(&self, part: &str, step: u64, at: i64) -> Box<dyn Environment> {
        Box::new(Fixed::new(at, self.stream(part, step)))
    }

    fn stream(&self, part: &str, step: u64) -> u64 {
        let hash = crypto::sha256(&[
            b"mg/demo/1",
            &self.seed.to_be_bytes(),
            part.as_bytes(),
            &step.to_be_bytes(),
        ]);
        hash.first_chunk().copied().map_or(0, u64::from_be_bytes)
    }
}
