//! The operations as a caller meets them: by name, with JSON in and out.

mod attachments;
mod behaviour;
mod cover;
mod evidence;
mod handover;
mod link;
mod member_move;
mod promised;
mod shield;

use serde_json::json;
use store::Store;

use super::*;
use crate::Fixed;
use crate::exchange::enrol;
use crate::exchange::tests::{NOON, call, founding};

const DAY: i64 = 86_400_000;

/// Three laptops of one office that know each other: an administrator, a worker, and one of a given role.
fn team(seed: u64, role: &str) -> [App; 3] {
    let (mut first, _) = founding("佐藤", seed);
    let mut join = |name: &str, role: &str, seed: u64| {
        let mut store = Store::ephemeral().unwrap();
        let mut environment = Box::new(Fixed::new(NOON, seed));
        let request = enrol::make_request(&mut store, name, environment.as_mut()).unwrap();
        let approval = first.approve(&request, role, None).unwrap();
        enrol::accept(&mut store, &approval).unwrap();
        App::open(store, environment).unwrap()
    };
    let second = join("田中", "worker", seed * 31 + 1);
    let third = join("鈴木", role, seed * 31 + 2);
    let mut team = [first, second, third];
    everybody(&mut team);
    team
}

/// Each gives to each.
fn everybody(team: &mut [App; 3]) {
    for _ in 0..2 {
        for from in 0..3 {
            let bundle = team[from].bundle_bytes().unwrap();
            for (at, to) in team.iter_mut().enumerate() {
                if at != from {
                    to.import_bytes(&bundle).unwrap();
                }
            }
        }
    }
}

fn worker(app: &App) -> String {
    app.identity.worker.clone()
}

/// A household that the laptop's worker leads.
fn household(app: &mut App, name: &str) -> String {
    crate::exchange::tests::id(&call(app, "household.create", json!({ "name": name })))
}

/// Goes on some days after the day of founding, with random numbers of its own.
fn on_day(app: App, days: i64, seed: u64) -> App {
    app.with_environment(Box::new(Fixed::new(NOON + days * DAY, seed)))
}

/// Writes the map beside the generated types, and fails when a checked-in one was stale.
#[test]
fn the_window_knows_the_operations_as_they_are() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bridge/operations.ts");
    let fresh = typescript();
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    if known != fresh {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &fresh).unwrap();
        panic!("ui/src/bridge/operations.ts was stale; it is written anew now");
    }
}
