//! What is left of a use of the escrow that is cut off in the middle.

use std::cell::Cell;

use super::*;
use crate::Fixed;
use crate::exchange::tests::NOON;
use crate::session::view::FoundOffice;
use crate::session::{Rules, Unlocked, found, open_with_shares, unlock};

thread_local! {
    /// The program ends between what is written and the new passphrase.
    static STOP: Cell<bool> = const { Cell::new(false) };
    /// The order turned round, for the red control.
    static PASSPHRASE_FIRST: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn stop_here() -> Result<()> {
    if STOP.get() {
        return Err(ErrorCode::Internal.into());
    }
    Ok(())
}

pub(super) fn before_it_is_written(store: &mut Store, passphrase: &str, cost: Cost) -> Result<()> {
    if PASSPHRASE_FIRST.get() {
        store.change_passphrase(passphrase, cost.params())?;
        stop_here()?;
    }
    Ok(())
}

const OLD: &str = "みず そら やま かわ もり うみ つき";
const NEW: &str = "つき うみ もり かわ やま そら みず";

fn environment(seed: u64) -> Box<dyn Environment> {
    Box::new(Fixed::new(NOON, seed))
}

fn opened(dir: &Path, passphrase: &str) -> Result<App> {
    match unlock(dir, passphrase, environment(3))? {
        Unlocked::Open(app) => Ok(*app),
        Unlocked::Waiting(_) => panic!("waits"),
    }
}

/// The store of an office, and two shares that open it.
fn laptop(dir: &Path) -> Vec<String> {
    let request = FoundOffice {
        office: "みほん市".to_owned(),
        worker: "佐藤".to_owned(),
        role: "worker".to_owned(),
        passphrase: OLD.to_owned(),
    };
    let (mut app, sheet) = found(dir, &request, Cost::Floor, Rules::Kept, environment(1)).unwrap();
    let holders = ["所長", "課長", "係長"].map(str::to_owned).to_vec();
    let made = app.escrow_make(&MakeEscrow { holders }).unwrap();
    app.escrow_sign(&made.set, Some(&sheet.paper_admin_key))
        .unwrap();
    app.lock().unwrap();
    made.cards.into_iter().take(2).map(|it| it.text).collect()
}

/// Cut off in the middle: which passphrase opens afterwards, and how many uses are on record.
fn cut_off(passphrase_first: bool) -> (&'static str, usize) {
    let keep = tempfile::tempdir().unwrap();
    let dir = keep.path().join("store");
    let shares = laptop(&dir);
    STOP.set(true);
    PASSPHRASE_FIRST.set(passphrase_first);
    let stopped = open_with_shares(&dir, &shares, NEW, Cost::Floor, environment(2));
    STOP.set(false);
    PASSPHRASE_FIRST.set(false);
    assert_eq!(stopped.map(drop).unwrap_err().code, ErrorCode::Internal);
    let opens = [OLD, NEW].into_iter().find(|it| opened(&dir, it).is_ok());
    let mut app = opened(&dir, opens.unwrap()).unwrap();
    (opens.unwrap(), app.escrow().unwrap().used.len())
}

#[test]
fn a_use_that_is_cut_off_is_on_record_and_the_old_passphrase_opens() {
    assert_eq!(cut_off(false), (OLD, 1));
}

#[test]
fn red_control_with_the_passphrase_first_a_use_would_be_on_no_record() {
    assert_eq!(cut_off(true), (NEW, 0));
}
