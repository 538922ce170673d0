//! The laws of exchange. Nearly all run over stores in memory; bundles are bytes there.

mod acknowledged;
mod acts;
mod altered;
mod attachments;
mod carried;
mod carry;
mod convergence;
mod cosigning;
mod deciding;
mod enrolment;
mod erased_field;
mod erased_parts;
mod erasing;
mod files;
mod folder;
mod hostile;
mod late_keys;
mod late_worlds;
mod merging;
mod paging;
mod passing;
mod passing_on;
mod register;
mod rescue;
mod restored;
mod restricted;
mod sweeping;
mod taken_back;
mod team_parts;
mod teams;
mod unchecked;
mod worlds;

use std::collections::BTreeSet;
use std::io::Cursor;

use domain::Zone;
use serde_json::Value;
use store::Store;
use store::table::projection::ProjectionRow;
use wire::body::Body;
use wire::bundle::BundleKeys;
use wire::directory::Role;
use wire::envelope::{LaneKey, LaneOpened, open_outer};
use wire::ids::Lane;
use wire::rights::author_key;

use super::enrol;
use super::found::{NewOffice, found, introduce};
use crate::{App, AppError, Fixed, ops};

/// 2026-11-23 10:15 in Tokyo.
pub(crate) const NOON: i64 = 1_795_396_500_000;

/// The first device of a new office, and its paper key.
pub(crate) fn founding(name: &str, seed: u64) -> (App, crypto::sign::SigningKey) {
    founding_in(Store::ephemeral().unwrap(), name, seed)
}

fn founding_in(mut store: Store, name: &str, seed: u64) -> (App, crypto::sign::SigningKey) {
    let mut environment = Box::new(Fixed::new(NOON, seed));
    let office = NewOffice {
        name: format!("{name}の職場"),
        worker: name.to_owned(),
        role: Role::Worker,
        role_word: "worker".to_owned(),
        zone: Zone::TOKYO,
    };
    let paper = found(&mut store, &office, environment.as_mut()).unwrap();
    let mut app = App::open(store, environment).unwrap();
    introduce(&mut app).unwrap();
    (app, paper)
}

/// A device that joins.
pub(crate) fn joining(admin: &mut App, name: &str, seed: u64) -> App {
    joining_in(Store::ephemeral().unwrap(), admin, name, seed)
}

fn joining_in(store: Store, admin: &mut App, name: &str, seed: u64) -> App {
    joining_with(store, admin, (name, "worker"), seed)
}

fn joining_as(admin: &mut App, name: &str, role: &str, seed: u64) -> App {
    joining_with(Store::ephemeral().unwrap(), admin, (name, role), seed)
}

fn joining_with(mut store: Store, admin: &mut App, (name, role): (&str, &str), seed: u64) -> App {
    let mut environment = Box::new(Fixed::new(NOON, seed));
    let request = enrol::make_request(&mut store, name, environment.as_mut()).unwrap();
    let approval = admin.approve(&request, role, None).unwrap();
    enrol::accept(&mut store, &approval).unwrap();
    App::open(store, environment).unwrap()
}

/// Devices of one office that have nothing but each other's names.
pub(crate) fn office<const N: usize>(seed: u64) -> [App; N] {
    let (first, _) = founding("佐藤", seed);
    let mut devices = vec![first];
    for number in 1..N {
        let seed = seed.wrapping_mul(31).wrapping_add(number as u64);
        let device = joining(&mut devices[0], &format!("職員{number}"), seed);
        devices.push(device);
    }
    <[App; N]>::try_from(devices).unwrap()
}

pub(crate) fn call(app: &mut App, name: &str, arguments: Value) -> Value {
    attempt(app, name, arguments).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

pub(crate) fn attempt(app: &mut App, name: &str, arguments: Value) -> Result<Value, AppError> {
    ops::call(app, name, arguments).map(|applied| applied.value)
}

pub(crate) fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

fn version(view: &Value) -> String {
    view["version"].as_str().unwrap().to_owned()
}

/// Everything from one device to another.
pub(crate) fn give(from: &mut App, to: &mut App) -> crate::session::view::ImportView {
    let bundle = from.bundle_bytes().unwrap();
    to.import_bytes(&bundle).unwrap()
}

/// All that lists and search are drawn from, versions included.
fn rows(app: &App) -> Vec<ProjectionRow> {
    app.store.read(|reader| reader.all_projections()).unwrap()
}

/// Every change that the device holds, in no order of its own.
fn changes(app: &App) -> std::collections::BTreeSet<[u8; 32]> {
    app.store
        .read(|reader| {
            let mut all = std::collections::BTreeSet::new();
            for row in reader.documents()? {
                all.extend(
                    reader
                        .changes(&row.vault, &row.doc)?
                        .into_iter()
                        .map(|change| change.hash),
                );
            }
            Ok::<_, store::Error>(all)
        })
        .unwrap()
}

/// Both hold the same and show the same.
fn assert_same(one: &App, two: &App) {
    assert_eq!(changes(one), changes(two), "the same changes");
    assert_eq!(rows(one), rows(two), "the same views");
}

/// A household view without what concerns only one device.
fn shared(app: &mut App, household: &str) -> Value {
    let mut view = call(app, "household.get", serde_json::json!({ "id": household }));
    view.as_object_mut().unwrap().remove("local");
    view
}

/// The bytes of the changes in a bundle, in records new to this device, that its keys open to the last layer, whatever the
/// directory says: what somebody reads whose program does not listen.
fn changes_opened_by(app: &App, bundle: &[u8]) -> Vec<Vec<u8>> {
    opened_with_keys_of(app, bundle, &[])
}

/// The same of a team that the device was in.
fn changes_opened_by_team(app: &App, bundle: &[u8], team: &str) -> Vec<Vec<u8>> {
    opened_with_keys_of(app, bundle, &[crate::facts::said::unhex(team).unwrap()])
}

fn opened_with_keys_of(app: &App, bundle: &[u8], teams: &[[u8; 16]]) -> Vec<Vec<u8>> {
    let org = app.trust.directory.org();
    let office = app.identity.office_vault;
    app.store
        .read(|reader| {
            let keys = reader.vault_keys(&office)?;
            let all: Vec<_> = keys.iter().collect();
            let receiving = app.identity.receiving();
            let keys_of_bundle = BundleKeys {
                office: &all,
                device: &receiving,
                ..BundleKeys::default()
            };
            let Ok(opened) = wire::bundle::open(Cursor::new(bundle), org, &keys_of_bundle) else {
                return Ok::<_, AppError>(Vec::new());
            };
            let sender = opened.manifest().sender;
            let Some(public) = author_key(&app.trust.directory, sender) else {
                return Ok(Vec::new());
            };
            let mut lanes: Vec<_> = keys.iter().map(LaneKey::of).collect();
            for team in teams {
                lanes.extend(reader.vault_keys(team)?.iter().map(LaneKey::of));
            }
            // In the organisation's lane a record lies under the key of its own vault, of whichever.
            let documents = reader.documents()?.into_iter().map(|row| row.vault);
            let of_lane = reader.vaults_in(Lane::ORG.as_bytes())?;
            let vaults: BTreeSet<_> = documents
                .chain(of_lane.into_iter().map(|row| row.vault))
                .collect();
            for vault in vaults {
                lanes.extend(reader.vault_keys(&vault)?.iter().map(LaneKey::of));
            }
            let mut found = Vec::new();
            opened.verify(&public).unwrap().records(|bytes| {
                let is_stub = bytes.len() == wire::envelope::STUB_LEN;
                if is_stub || wire::chunk::from_bundle(&bytes).is_some() {
                    return Ok(());
                }
                let sealed = open_outer(bytes, org).unwrap();
                let device = sealed.outer().device;
                let Some(public) = author_key(&app.trust.directory, device) else {
                    return Ok(());
                };
                let record = sealed.verify(&public).unwrap();
                if reader.record_place(record.id().as_bytes())?.is_some() {
                    return Ok(());
                }
                for key in &lanes {
                    if let Ok(lane) = record.open_lane_layer(key) {
                        changes_in(reader, app, &lane, &mut found)?;
                    }
                }
                Ok::<_, AppError>(())
            })?;
            Ok(found)
        })
        .unwrap()
}

/// The changes of a record whose outer layer is open, also where it carries another.
fn changes_in(
    reader: &store::Reader<'_>,
    app: &App,
    lane: &LaneOpened,
    found: &mut Vec<Vec<u8>>,
) -> Result<(), AppError> {
    for key in reader.vault_keys(lane.inner().vault.as_bytes())? {
        match lane.open_body(&key).map(|opened| opened.body) {
            Ok(Body::Changes(changes)) => {
                found.push(changes.into_iter().flat_map(|it| it.bytes).collect());
            }
            Ok(Body::Carry(carry)) => {
                if let Ok(inside) = carry.open(&app.trust.directory) {
                    changes_in(reader, app, &inside, found)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
