//! The office in which a world begins: two to five devices that know each other, and a household.
//!
//! Where stores are in memory it is made once for each number of devices, and each world gets a copy of its own: keys, steps
//! of the schema and admissions would be most of what a world does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crypto::passphrase::Params;
use crypto::recovery::RecoveryCode;
use serde_json::json;
use store::{NewHeader, Secret, Store};

use super::super::{NOON, call, founding_in, id, joining_in};
use crate::{App, Fixed};

/// Which kind of stores.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stores {
    Memory,
    Disk,
}

/// Where a device keeps its store.
pub(super) enum Home {
    Memory,
    Disk(tempfile::TempDir, RecoveryCode),
}

impl Home {
    fn new(kind: Stores) -> Self {
        match kind {
            Stores::Memory => Self::Memory,
            Stores::Disk => Self::Disk(tempfile::tempdir().unwrap(), RecoveryCode::make()),
        }
    }

    fn make(&self) -> Store {
        match self {
            Self::Memory => Store::ephemeral().unwrap(),
            Self::Disk(folder, recovery) => {
                let header = NewHeader {
                    passphrase: "みほん",
                    params: Params::FLOOR,
                    recovery,
                };
                Store::create(&at(folder), &header).unwrap()
            }
        }
    }

    /// The same store once more, after its program ended.
    pub(super) fn relaunch(&self, app: App, environment: Fixed) -> App {
        let store = match self {
            Self::Memory => app.store,
            Self::Disk(folder, recovery) => {
                app.lock().unwrap();
                Store::unlock(&at(folder), Secret::Recovery(recovery)).unwrap()
            }
        };
        App::open(store, Box::new(environment)).unwrap()
    }
}

fn at(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("store")
}

/// The devices, and what is in the household that all of them have.
pub(super) struct Office {
    pub(super) homes: Vec<Home>,
    pub(super) devices: Vec<App>,
    pub(super) household: String,
    pub(super) member: String,
    pub(super) note: String,
    pub(super) round: String,
    pub(super) bundle: Vec<u8>,
}

thread_local! {
    static MADE: RefCell<BTreeMap<usize, Office>> = const { RefCell::new(BTreeMap::new()) };
}

impl Office {
    pub(super) fn of(devices: usize, seed: u64, stores: Stores) -> Self {
        match stores {
            Stores::Disk => Self::make(devices, seed, stores),
            Stores::Memory => MADE.with_borrow_mut(|made| {
                let office = made
                    .entry(devices)
                    .or_insert_with(|| Self::make(devices, 0, stores));
                office.copy(seed)
            }),
        }
    }

    fn make(devices: usize, seed: u64, stores: Stores) -> Self {
        let homes: Vec<_> = (0..devices).map(|_| Home::new(stores)).collect();
        let (mut first, _) = founding_in(homes[0].make(), "佐藤", seed);
        let mut others = Vec::new();
        for (number, home) in homes.iter().enumerate().skip(1) {
            let name = format!("職員{number}");
            others.push(joining_in(home.make(), &mut first, &name, of(seed, number)));
        }
        let mut make = |op, wish| id(&call(&mut first, op, wish));
        let household = make("household.create", json!({ "name": "見本家" }));
        let member = json!({ "householdId": household, "familyName": "見本" });
        let member = make("member.add", member);
        let note = make(
            "note.create",
            json!({ "householdId": household, "text": "始" }),
        );
        let round = json!({ "householdId": household, "pack": "marugoto-household" });
        let round = make("assessment.start", round);
        let bundle = first.bundle_bytes().unwrap();
        for device in &mut others {
            device.import_bytes(&bundle).unwrap();
        }
        let mut devices = vec![first];
        devices.append(&mut others);
        Self {
            homes,
            devices,
            household,
            member,
            note,
            round,
            bundle,
        }
    }

    /// The same office, whose devices go on with other randomness.
    fn copy(&self, seed: u64) -> Self {
        let copy = |(number, app): (usize, &App)| {
            let environment = Fixed::new(NOON + 1_000, of(seed, number));
            App::open(app.store.ephemeral_copy().unwrap(), Box::new(environment)).unwrap()
        };
        Self {
            homes: self.homes.iter().map(|_| Home::Memory).collect(),
            devices: self.devices.iter().enumerate().map(copy).collect(),
            household: self.household.clone(),
            member: self.member.clone(),
            note: self.note.clone(),
            round: self.round.clone(),
            bundle: self.bundle.clone(),
        }
    }
}

/// The seed of a device.
fn of(seed: u64, number: usize) -> u64 {
    seed.wrapping_mul(1009).wrapping_add(number as u64)
}
