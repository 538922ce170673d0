//! The office's directory as this device knows it, and the key of the team `office`.

pub(crate) mod keys;
pub(crate) mod late;
pub(crate) mod moves;
mod settled;
pub(crate) mod sweep;
pub(crate) mod vaults;
pub(crate) mod wraps;

use crypto::SecretKey;
use domain::Zone;
use serde::{Deserialize, Serialize};
use store::Reader;
use wire::directory::{DeviceKeys, Directory, Role};
use wire::ids::Group;

pub(crate) use self::keys::{
    Parents, boxes_for_newcomer, boxes_in_front, follow_up, key_before, parents, put_keybox,
    serve_escrow, serve_readers,
};
pub(crate) use self::late::{hand_on, ranks};
pub(crate) use self::moves::{change_team, note_move, note_moves, own_teams, vaults_of_devices};
pub(crate) use self::sweep::{
    HALF_YEAR, keep_wraps, leave_wraps, note_loose, note_shown, seen, sweep_team,
};
pub(crate) use self::vaults::{
    change_readers, found_audit_vault, found_case_vault, found_restricted_vault, put_team_vault,
    read_roster, roster_head, team_row,
};
pub(crate) use self::wraps::{generations, put_wrap, wrap_row};
use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;

/// The keys under which a store keeps single values (`device_state`).
pub(crate) mod state {
    /// Ed25519 private key.
    pub(crate) const SIGN: &str = "sign";
    /// X25519 private key: the one that the device receives with.
    pub(crate) const KEM: &str = "kem";
    /// The one before it.
    pub(crate) const KEM_BEFORE: &str = "kem_before";
    /// The public half of the first one, of which the device's name is made; absent until it is renewed.
    pub(crate) const KEM_FIRST: &str = "kem_first";
    /// JSON of [`super::Worker`].
    pub(crate) const WORKER: &str = "worker";
    /// JSON of [`super::Office`].
    pub(crate) const OFFICE: &str = "office";
    /// Present once the office words were compared (or this device founded the office).
    pub(crate) const CONFIRMED: &str = "confirmed";
    /// The request file of a device that waits for its approval, verbatim.
    pub(crate) const REQUEST: &str = "request";
    /// JSON: since when the keys of all devices and the escrow are as they are.
    pub(crate) const KEYS_SEEN: &str = "keys_seen";
    /// In front of a team's name: JSON of [`super::sweep::Seen`].
    pub(crate) const WRAPS: &str = "wraps/";
    /// Present in みほん市.
    pub(crate) const DEMO: &str = "demo";
}

/// Who works with this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Worker {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: String,
}

/// Which office this device belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Office {
    pub(crate) group: [u8; 16],
    pub(crate) name: String,
    pub(crate) zone: String,
}

/// The directory, and what this device needs of it at each write.
#[derive(Debug)]
pub(crate) struct Trust {
    pub(crate) directory: Directory,
    pub(crate) office: Group,
    pub(crate) office_key: SecretKey,
    settled: settled::Settled,
    /// Of restricted vaults: that the escrow lacks no box of this device.
    served: settled::Settled,
    /// Cases of which nothing was to be handed on.
    handed: settled::Settled,
    team_keys: settled::TeamKeys,
}

impl Trust {
    /// Reads what the store holds, verifying every operation again.
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self> {
        let office = read_office(reader)?.ok_or(ErrorCode::Waiting)?;
        let ops = reader.directory_ops()?;
        let (first, rest) = ops.split_first().ok_or(ErrorCode::StoreDamaged)?;
        let mut directory = Directory::open(first)
            .map_err(|e| AppError::new(ErrorCode::StoreDamaged).because(e))?;
        let received = directory.receive(rest.iter().map(Vec::as_slice));
        if !received.refused.is_empty() || received.held > 0 {
            return Err(ErrorCode::StoreDamaged.into());
        }
        let office_key = reader
            .vault_keys(&office.group)?
            .into_iter()
            .next()
            .ok_or(ErrorCode::StoreDamaged)?;
        Ok(Self {
            directory,
            office: Group::new(office.group),
            office_key,
            settled: settled::Settled::default(),
            served: settled::Settled::default(),
            handed: settled::Settled::default(),
            team_keys: settled::TeamKeys::default(),
        })
    }

    /// Digest of the directory's heads, as changes and records name it.
    pub(crate) fn dir_head(&self) -> [u8; 32] {
        *self.directory.head().as_bytes()
    }
}

/// Reads who this device is; none while it waits for an approval.
pub(crate) fn read_identity(reader: &Reader<'_>, trust: &Trust) -> Result<Identity> {
    let (sign, kem) = read_keys(reader)?;
    let worker = read_worker(reader)?;
    let office = read_office(reader)?.ok_or(ErrorCode::Waiting)?;
    let read = |name| -> Result<Option<[u8; 32]>> {
        let bytes = reader.device_state(name)?;
        let whole = bytes.map(|bytes| bytes.try_into().map_err(|_| ErrorCode::StoreDamaged));
        Ok(whole.transpose()?)
    };
    let device = DeviceKeys {
        sign: sign.public(),
        kem: read(state::KEM_FIRST)?.unwrap_or_else(|| kem.public()),
    }
    .device();
    let org = *trust.directory.org().as_bytes();
    Ok(Identity {
        org,
        device: *device.as_bytes(),
        sign,
        kem,
        kem_before: read(state::KEM_BEFORE)?.map(crypto::kem::KemKey::from_bytes),
        worker: worker.id,
        office_vault: *trust.office.vault().as_bytes(),
        lane: *trust.office.lane().as_bytes(),
        settings: settings_id(&org),
        zone: office.zone.parse().unwrap_or(Zone::TOKYO),
    })
}

/// The office's settings document has the same id on every laptop.
pub(crate) fn settings_id(org: &[u8; 16]) -> [u8; 16] {
    let hash = crypto::sha256(&[b"mg/settings/1", org]);
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    id
}

/// Reads the device's private keys.
pub(crate) fn read_keys(
    reader: &Reader<'_>,
) -> Result<(crypto::sign::SigningKey, crypto::kem::KemKey)> {
    let key = |name| -> Result<[u8; 32]> {
        let bytes = reader.device_state(name)?.ok_or(ErrorCode::StoreDamaged)?;
        bytes.try_into().map_err(|_| ErrorCode::StoreDamaged.into())
    };
    Ok((
        crypto::sign::SigningKey::from_bytes(key(state::SIGN)?),
        crypto::kem::KemKey::from_bytes(key(state::KEM)?),
    ))
}

/// Reads who works with this device.
pub(crate) fn read_worker(reader: &Reader<'_>) -> Result<Worker> {
    let bytes = reader
        .device_state(state::WORKER)?
        .ok_or(ErrorCode::StoreDamaged)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Reads which office this device belongs to; none while it waits.
pub(crate) fn read_office(reader: &Reader<'_>) -> Result<Option<Office>> {
    reader
        .device_state(state::OFFICE)?
        .map(|bytes| Ok(serde_json::from_slice(&bytes)?))
        .transpose()
}

/// The directory's word for a role of the code list.
pub(crate) fn role(word: &str) -> Result<Role> {
    Ok(match word {
        "worker" => Role::Worker,
        "supervisor" => Role::Supervisor,
        "facilitator" => Role::Facilitator,
        "community-worker" => Role::CommunityWorker,
        "auditor" => Role::Auditor,
        _ => return Err(AppError::new(ErrorCode::InvalidValue).with("field", "role")),
    })
}

/// The code list's word for a role of the directory.
pub(crate) fn role_word(role: Role) -> Option<&'static str> {
    match role {
        Role::Worker => Some("worker"),
        Role::Supervisor => Some("supervisor"),
        Role::Facilitator => Some("facilitator"),
        Role::CommunityWorker => Some("community-worker"),
        Role::Auditor => Some("auditor"),
        Role::Relay | Role::Unknown(_) => None,
    }
}
