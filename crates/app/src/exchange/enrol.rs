//! How a laptop joins an office: a request one way, an approval the other, words compared both ways.
//!
//! # Invariants
//!
//! - **A refused file changes nothing**: the new laptop waits on, the office is as it was.
//! - **A worker's id follows from the device**, so that both sides know it without sending it.

use std::collections::BTreeSet;

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use crypto::words::{Word, six_words};
use domain::Zone;
use store::table::trust::{Signed, VaultBytes};
use store::{Reader, Store, Transaction};
use uuid::Uuid;
use wire::directory::{Act, DeviceKeys, Standing, paper_device};
use wire::enrol::{self, Request};
use wire::ids::{Device, Kid, Vault};
use wire::keybox::Keybox;

use super::found::write_settings;
use crate::App;
use crate::audit::Deed;
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::session::view::RequestView;
use crate::session::view_words;
use crate::trust::{self, Office, Trust, Worker, state};

/// Stands in the place of a record's name where a key box came in an approval.
const IN_APPROVAL: [u8; 32] = [0; 32];

/// Makes the keys of a new device and its request; the store waits from then on.
///
/// # Errors
/// [`ErrorCode::InvalidValue`] when the name is empty or too long; when the store cannot be written.
pub(crate) fn make_request(
    store: &mut Store,
    worker: &str,
    _environment: &mut dyn Environment,
) -> Result<Vec<u8>> {
    let (sign, kem) = (SigningKey::make(), KemKey::make());
    let keys = DeviceKeys {
        sign: sign.public(),
        kem: kem.public(),
    };
    let request = Request::make(keys, worker)?;
    let worker = Worker {
        id: worker_id(keys.device()),
        name: worker.to_owned(),
        role: String::new(),
    };
    store.transact(|tx| {
        // EXPOSE: the store is encrypted under its own key; this is where a device's keys rest.
        tx.put_device_state(state::SIGN, sign.expose())?;
        tx.put_device_state(state::KEM, kem.expose())?;
        tx.put_device_state(state::WORKER, &serde_json::to_vec(&worker)?)?;
        tx.put_device_state(state::REQUEST, request.as_bytes())?;
        Ok::<_, AppError>(())
    })?;
    Ok(request.as_bytes().to_vec())
}

/// The words of the request that this store waits on.
///
/// # Errors
/// When the store waits on none.
pub(crate) fn request_words(reader: &Reader<'_>) -> Result<[Word; 6]> {
    let request = reader
        .device_state(state::REQUEST)?
        .ok_or(ErrorCode::StoreDamaged)?;
    Ok(six_words(&request))
}

/// Takes the approval of this store's own request: keeps the directory and the office's key. Nothing proves yet that it
/// is the right office; that is for the words.
///
/// # Errors
/// [`ErrorCode::NotForThisDevice`] when it is for another laptop, [`ErrorCode::ApprovalSwapped`] when it answers another
/// request of this one, [`ErrorCode::Forged`], [`ErrorCode::FileTruncated`], [`ErrorCode::FileDamaged`],
/// [`ErrorCode::NotOurFile`]. The store waits on, as it was.
pub(crate) fn accept(store: &mut Store, approval: &[u8]) -> Result<()> {
    accept_with(store, approval, |_| Ok(()))
}

/// The same; `also` keeps more in the same transaction.
pub(super) fn accept_with(
    store: &mut Store,
    approval: &[u8],
    also: impl FnOnce(&Transaction<'_>) -> Result<()>,
) -> Result<()> {
    let (request, kem, mut worker) = store.read(|reader| {
        let request = reader
            .device_state(state::REQUEST)?
            .ok_or(ErrorCode::AlreadyEnrolled)?;
        let (_, kem) = trust::read_keys(reader)?;
        Ok::<_, AppError>((Request::parse(&request)?, kem, trust::read_worker(reader)?))
    })?;
    let approval = enrol::accept(approval, &request, &kem)?;
    let group = approval.directory.state().office;
    // An approval that does not open the office's own lane would leave the laptop outside.
    if !approval
        .keys
        .iter()
        .any(|(vault, _)| *vault == group.vault())
    {
        return Err(ErrorCode::Forged.into());
    }
    if let Act::Enrol { roles, .. } = approval.enrolment.act() {
        worker.role = roles
            .iter()
            .find_map(|role| trust::role_word(*role))
            .unwrap_or_default()
            .to_owned();
    }
    let office = Office {
        group: *group.as_bytes(),
        name: approval.office_name.clone(),
        // Until the office's settings arrive.
        zone: Zone::TOKYO.name().to_owned(),
    };
    store.transact(|tx| {
        for op in approval.directory.ops() {
            tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
        }
        // The key that a box names is the newest of its vault, so it comes last.
        let newest = |(vault, key): &&(Vault, SecretKey)| {
            let names = |keybox: &Keybox| (keybox.vault(), keybox.kid()) == (*vault, Kid::of(key));
            approval.boxes.iter().any(names)
        };
        let (last, earlier): (Vec<_>, Vec<_>) = approval.keys.iter().partition(newest);
        for (vault, key) in earlier.into_iter().chain(last) {
            match approval.directory.state().team_of(*vault) {
                Some(team) if team.wraps() == *vault => trust::put_wrap(tx, team, key)?,
                Some(team) if team == group => trust::put_team_vault(tx, team, key)?,
                _ => {}
            }
        }
        for keybox in &approval.boxes {
            let bytes = keybox.to_bytes();
            let row = VaultBytes {
                vault: *keybox.vault().as_bytes(),
                id: crypto::sha256(&[&bytes]),
                bytes,
            };
            tx.put_signed(Signed::Keybox, &row, Some(&IN_APPROVAL))?;
        }
        tx.put_device_state(state::WORKER, &serde_json::to_vec(&worker)?)?;
        tx.put_device_state(state::OFFICE, &serde_json::to_vec(&office)?)?;
        also(tx)?;
        tx.drop_device_state(state::REQUEST)?;
        Ok::<_, AppError>(())
    })
}

/// The worker's id, on whatever device it is asked.
pub(crate) fn worker_id(device: Device) -> String {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] =
        crypto::sha256(&[b"mg/worker/1", device.as_bytes()]);
    Uuid::from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]).to_string()
}

fn wrong_paper_key() -> AppError {
    ErrorCode::WrongPaperKey.into()
}

impl App {
    /// Shows a request before anybody says yes to it.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::AlreadyEnrolled`]; what is wrong with the file.
    pub fn read_request(&mut self, request: &[u8]) -> Result<RequestView> {
        let request = self.welcome(request)?;
        Ok(RequestView {
            request_id: hex(request.hash().as_bytes()),
            worker: request.name().to_owned(),
            device_words: view_words(&six_words(request.as_bytes())),
            office_words: view_words(&self.office_words()),
        })
    }

    /// Takes the request's device into the office, and gives the approval for it. With the paper admin key it becomes an
    /// administrator's device besides: that takes a second signature, and the key on the recovery sheet gives it.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::AlreadyEnrolled`], [`ErrorCode::InvalidValue`] for the role or the paper
    /// key, what is wrong with the file. Nothing has changed then.
    pub fn approve(
        &mut self,
        request: &[u8],
        role: &str,
        paper_key: Option<&str>,
    ) -> Result<Vec<u8>> {
        let paper = paper_key
            .map(crypto::paper::parse)
            .transpose()
            .map_err(|e| wrong_paper_key().because(e))?;
        let request = self.welcome(request)?;
        let act = Act::Enrol {
            device: *request.keys(),
            groups: BTreeSet::from([self.trust.office]),
            roles: BTreeSet::from([trust::role(role)?]),
            admin: paper.is_some(),
            request: request.hash(),
        };
        let cosigner = paper.as_ref().map(|key| (paper_device(&key.public()), key));
        if cosigner.is_some_and(|(device, _)| !self.trust.directory.state().is_admin(device)) {
            return Err(wrong_paper_key());
        }

        let (mut trust, office) = self.store.read(|reader| {
            Ok::<_, AppError>((
                Trust::read(reader)?,
                trust::read_office(reader)?.ok_or(ErrorCode::Waiting)?,
            ))
        })?;
        let author = (Device::new(self.identity.device), &self.identity.sign);
        let refused =
            |e: &dyn std::error::Error| AppError::new(ErrorCode::Internal).because(e.to_string());
        let op = trust
            .directory
            .write(&act, author, cosigner)
            .map_err(|e| refused(&e))?;
        let device = request.keys().device();
        let newcomer = (device, request.keys().kem);
        let boxes = self.store.read(|reader| {
            trust::boxes_for_newcomer(
                reader,
                &self.identity,
                &trust.directory,
                trust.office,
                newcomer,
            )
        })?;
        let approval = enrol::approve(
            &request,
            &trust.directory,
            &boxes.iter().collect::<Vec<_>>(),
            &office.name,
            author.0,
        )?;

        let worker = Worker {
            id: worker_id(device),
            name: request.name().to_owned(),
            role: role.to_owned(),
        };
        let deed = Deed::on_device(*device.as_bytes(), "approve");
        self.apply_noted("device.approve", |w| {
            w.tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
            for keybox in &boxes {
                trust::put_keybox(w.tx, keybox)?;
            }
            w.touch("devices");
            write_settings(w, Vec::new(), device.as_bytes(), &worker)?;
            Ok(((), Some(deed)))
        })?;
        self.trust = trust;
        Ok(approval)
    }

    /// Whether the office words were compared.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn office_confirmed(&self) -> Result<bool> {
        let told = self
            .store
            .read(|reader| reader.device_state(state::CONFIRMED))?;
        Ok(told.is_some())
    }

    /// Takes note that the office words were compared.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn confirm_office(&mut self) -> Result<()> {
        Ok(self
            .store
            .transact(|tx| tx.put_device_state(state::CONFIRMED, b"1"))?)
    }

    /// Reads a request that this device may answer.
    fn welcome(&self, request: &[u8]) -> Result<Request> {
        let request = Request::parse(request)?;
        let office = self.trust.directory.state();
        if !office.is_admin(Device::new(self.identity.device)) {
            return Err(ErrorCode::NotAdmin.into());
        }
        let wanted = request.keys().device();
        let known = office
            .devices
            .get(&wanted)
            .is_some_and(|member| member.standing != Standing::Left);
        // Two devices whose changes could not be told apart are not let in.
        let twin = office
            .devices
            .keys()
            .any(|other| other.short() == wanted.short() && *other != wanted);
        if known || twin {
            return Err(ErrorCode::AlreadyEnrolled.into());
        }
        Ok(request)
    }
}
