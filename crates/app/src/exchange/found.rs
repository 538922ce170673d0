//! The first device of an office.

use std::collections::BTreeSet;

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use domain::Zone;
use record::{DocKey, Kind};
use serde_json::{Value, json};
use store::Store;
use wire::directory::{DeviceKeys, Directory, Role};
use wire::ids::Group;

use super::enrol::worker_id;
use crate::App;
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{FIELDS, hex};
use crate::facts::settings::WORKERS;
use crate::trust::{self, Office, Worker, state};
use crate::write::{Write, put};

/// An office that is about to be.
#[derive(Debug)]
pub(crate) struct NewOffice {
    /// Its name.
    pub(crate) name: String,
    /// The name of its first worker.
    pub(crate) worker: String,
    /// What this worker does, for the directory.
    pub(crate) role: Role,
    /// The same as a word of the code list.
    pub(crate) role_word: String,
    /// Where its days begin and end.
    pub(crate) zone: Zone,
}

/// Founds an office with the device of a new store, which is an admin. Gives the paper admin key, which is kept nowhere
/// else. [`introduce`] is to follow.
///
/// # Errors
/// When the store cannot be written; then it is as it was.
pub(crate) fn found(
    store: &mut Store,
    office: &NewOffice,
    environment: &mut dyn Environment,
) -> Result<SigningKey> {
    let (sign, kem, paper) = (SigningKey::make(), KemKey::make(), SigningKey::make());
    let keys = DeviceKeys {
        sign: sign.public(),
        kem: kem.public(),
    };
    let mut group = [0; 16];
    environment.fill(&mut group);
    let group = Group::new(group);
    let directory = Directory::found(keys, BTreeSet::from([office.role]), group, &sign, &paper)
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
    let worker = Worker {
        id: worker_id(keys.device()),
        name: office.worker.clone(),
        role: office.role_word.clone(),
    };
    let kept = Office {
        group: *group.as_bytes(),
        name: office.name.clone(),
        zone: office.zone.name().to_owned(),
    };
    store.transact(|tx| {
        // EXPOSE: the store is encrypted under its own key; this is where a device's keys rest.
        tx.put_device_state(state::SIGN, sign.expose())?;
        tx.put_device_state(state::KEM, kem.expose())?;
        tx.put_device_state(state::WORKER, &serde_json::to_vec(&worker)?)?;
        tx.put_device_state(state::OFFICE, &serde_json::to_vec(&kept)?)?;
        tx.put_device_state(state::CONFIRMED, b"1")?;
        for op in directory.ops() {
            tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
        }
        trust::put_team_vault(tx, group, &SecretKey::make())?;
        trust::put_wrap(tx, group, &SecretKey::make())?;
        Ok::<_, AppError>(())
    })?;
    Ok(paper)
}

/// Writes the office's settings: its name, its time zone, and who works with this device.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn introduce(app: &mut App) -> Result<()> {
    let (office, worker) = app.store.read(|reader| {
        Ok::<_, AppError>((
            trust::read_office(reader)?.ok_or(ErrorCode::Waiting)?,
            trust::read_worker(reader)?,
        ))
    })?;
    let device = app.identity.device;
    app.apply("office.found", |w| {
        let fields = vec![
            (FIELDS, "officeName", json!(office.name)),
            (FIELDS, "zone", json!(office.zone)),
        ];
        write_settings(w, fields, &device, &worker)
    })?;
    Ok(())
}

/// Writes a team's name into the settings. Nobody undoes it by a key.
pub(super) fn write_team(w: &mut Write<'_, '_>, team: &str, name: &Value) -> Result<()> {
    let doc = w.identity.settings;
    let edit = put(WORKERS, format!("{team}/team"), name.clone());
    w.edit(&doc, Kind::Settings, None, &[edit])?;
    w.steps.clear();
    Ok(())
}

/// Writes a device's worker into the settings. Nobody undoes who works here by a key.
pub(super) fn write_settings(
    w: &mut Write<'_, '_>,
    fields: Vec<(&'static str, &'static str, Value)>,
    device: &[u8; 16],
    worker: &Worker,
) -> Result<()> {
    let key = DocKey::new(Kind::Settings, w.identity.office_vault, w.identity.settings);
    if w.tx.document_in(&key.vault, &key.doc)?.is_none() {
        w.begin_as(key, Vec::new(), None)?;
    }
    let mut edits: Vec<_> = fields
        .into_iter()
        .map(|(map, name, value)| put(map, name, value))
        .collect();
    edits.push(put(
        WORKERS,
        format!("{}/worker", hex(device)),
        json!(worker.id),
    ));
    edits.push(put(
        WORKERS,
        format!("{}/name", worker.id),
        json!(worker.name),
    ));
    edits.push(put(
        WORKERS,
        format!("{}/role", worker.id),
        json!(worker.role),
    ));
    w.edit(&key.doc, Kind::Settings, None, &edits)?;
    w.steps.clear();
    Ok(())
}
