//! The office's directory as this device knows it, and the key of the team `office`.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use domain::Zone;
use serde::{Deserialize, Serialize};
use store::table::trust::{Signed, VaultBytes};
use store::{Reader, Transaction};
use wire::directory::{DeviceKeys, Directory, Role, Standing};
use wire::ids::{Device, Group, Kid, Lane, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::roster::{Class, Grant, Readers, Roster, RosterError, RosterOp};

use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;

/// The keys under which a store keeps single values (`device_state`).
pub(crate) mod state {
    /// Ed25519 private key.
    pub(crate) const SIGN: &str = "sign";
    /// X25519 private key.
    pub(crate) const KEM: &str = "kem";
    /// JSON of [`super::Worker`].
    pub(crate) const WORKER: &str = "worker";
    /// JSON of [`super::Office`].
    pub(crate) const OFFICE: &str = "office";
    /// Present once the office words were compared (or this device founded the office).
    pub(crate) const CONFIRMED: &str = "confirmed";
    /// The request file of a device that waits for its approval, verbatim.
    pub(crate) const REQUEST: &str = "request";
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
    let device = DeviceKeys {
        sign: sign.public(),
        kem: kem.public(),
    }
    .device();
    let org = *trust.directory.org().as_bytes();
    Ok(Identity {
        org,
        device: *device.as_bytes(),
        sign,
        kem,
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

/// Founds a case vault that the whole office reads: its roster, its key, and the box that carries the key.
pub(crate) fn found_case_vault(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
) -> Result<[u8; 16]> {
    let author = (Device::new(identity.device), &identity.sign);
    let readers = Readers {
        groups: BTreeSet::from([trust.office]),
        ..Readers::default()
    };
    let internal =
        |e: &dyn std::error::Error| AppError::new(ErrorCode::Internal).because(e.to_string());
    let roster =
        Roster::found(&trust.directory, author, Class::Case, readers).map_err(|e| internal(&e))?;
    let key = SecretKey::make();
    let recipients = [Recipient::Group(trust.office, &trust.office_key)];
    let keybox = Keybox::make(
        &trust.directory,
        author,
        (roster.vault(), &key),
        Some(&roster),
        &recipients,
        BTreeSet::new(),
        &[],
    )
    .map_err(|e| internal(&e))?;
    let vault = *roster.vault().as_bytes();
    put_vault(tx, &roster, &key, "case", identity.lane)?;
    put_keybox(tx, &keybox)?;
    Ok(vault)
}

/// Founds a vault that these devices alone read: its roster, its key, and a box for each. All of them may name further
/// readers: if one could, nobody could once that device is gone.
pub(crate) fn found_restricted_vault(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    readers: BTreeSet<Device>,
) -> Result<[u8; 16]> {
    let readers = Readers {
        stewards: readers,
        ..Readers::default()
    };
    let author = (Device::new(identity.device), &identity.sign);
    let roster = Roster::found(&trust.directory, author, Class::Restricted, readers)
        .map_err(|e| of_roster(&e))?;
    let key = SecretKey::make();
    let vault = *roster.vault().as_bytes();
    put_vault(tx, &roster, &key, "restricted", *Lane::ORG.as_bytes())?;
    box_up(tx, identity, trust, &roster, &key, None)?;
    Ok(vault)
}

/// Changes who reads a restricted vault. Whoever comes gets the newest key, which opens all history; where somebody goes,
/// those who stay get a new one, and everything from now on is under it.
///
/// # Errors
/// [`ErrorCode::NotSteward`], [`ErrorCode::TooFewReaders`].
pub(crate) fn change_readers(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
    grant: &Grant,
) -> Result<()> {
    let mut roster = read_roster(tx, &trust.directory, vault)?.ok_or(ErrorCode::NotFound)?;
    let author = (Device::new(identity.device), &identity.sign);
    let op = roster
        .write(&trust.directory, author, grant)
        .map_err(|e| of_roster(&e))?;
    tx.put_signed(
        Signed::Roster,
        &VaultBytes {
            vault: *vault,
            id: *op.id().as_bytes(),
            bytes: op.to_bytes(),
        },
        None,
    )?;
    if let Grant::Grant(new) = grant {
        let key = newest_key(tx, vault)?;
        let coming = new.devices.union(&new.stewards).copied().collect();
        box_up(tx, identity, trust, &roster, &key, Some(coming))
    } else {
        rotate(tx, identity, trust, &roster)
    }
}

/// Makes a new key for a vault whose readers are single devices, and boxes it for those that read it now.
pub(crate) fn rotate(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
) -> Result<()> {
    let key = SecretKey::make();
    box_up(tx, identity, trust, roster, &key, None)?;
    tx.put_vault_key(roster.vault().as_bytes(), &key)?;
    Ok(())
}

/// Makes a new key for a vault where one who holds the newest may not read what is written from now on.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn follow_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
) -> Result<()> {
    let Some(key) = tx.vault_keys(vault)?.into_iter().next() else {
        return Ok(());
    };
    let holders = holders(tx, trust, Vault::new(*vault), Kid::of(&key))?;
    let office = trust.directory.state();
    let own = Device::new(identity.device);
    let group = Group::new(*vault);
    if office.groups.contains_key(&group) {
        let reads = |device: &Device| office.is_member(*device, group);
        // An admin hands the key out without being of the group.
        let entitled = |device: &Device| reads(device) || office.is_admin(*device);
        if reads(&own) && !holders.devices.iter().all(entitled) {
            rotate_team(tx, identity, trust, group)?;
        }
        return if reads(&own) {
            serve_all(tx, identity, trust, group)
        } else {
            Ok(())
        };
    }
    let Some(roster) = read_roster(tx, &trust.directory, vault)? else {
        return Ok(());
    };
    let readers = roster.state();
    if !readers.reads(own, office) {
        return Ok(());
    }
    // Wrapped for a group, it is held by whoever held that group's key.
    let mut is_new = true;
    for (group, kid) in &holders.groups {
        let newest = tx.vault_keys(group.vault().as_bytes())?;
        is_new &= newest.first().map(Kid::of) == Some(*kid);
    }
    if is_new
        && holders
            .devices
            .iter()
            .all(|device| readers.reads(*device, office))
    {
        return Ok(());
    }
    if readers.class == Class::Case {
        rotate_case(tx, identity, trust, &roster)
    } else {
        rotate(tx, identity, trust, &roster)
    }
}

/// Who holds a key, as the boxes for it say: who made one, and for whom.
struct Holders {
    devices: BTreeSet<Device>,
    groups: BTreeSet<(Group, Kid)>,
}

fn holders(tx: &Transaction<'_>, trust: &Trust, vault: Vault, kid: Kid) -> Result<Holders> {
    let mut holders = Holders {
        devices: BTreeSet::new(),
        groups: BTreeSet::new(),
    };
    for row in tx.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        let devices: Vec<_> = sealed.devices().collect();
        if let Ok(keybox) = sealed.verify(&trust.directory)
            && keybox.kid() == kid
        {
            holders.devices.extend(devices);
            holders.devices.insert(keybox.author());
            holders.groups.extend(keybox.team_kids());
        }
    }
    Ok(holders)
}

/// Makes a box for the members whom no box gives all keys of their team: who made a key did not know of them, for two
/// things were done in the office at the same time.
fn serve_all(tx: &Transaction<'_>, identity: &Identity, trust: &Trust, group: Group) -> Result<()> {
    let (vault, office) = (group.vault(), trust.directory.state());
    let keys = tx.vault_keys(vault.as_bytes())?;
    let Some((newest, earlier)) = keys.split_first() else {
        return Ok(());
    };
    let mut known: BTreeMap<Device, BTreeSet<Kid>> = BTreeMap::new();
    for row in tx.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        let devices: Vec<_> = sealed.devices().collect();
        if let Ok(keybox) = sealed.verify(&trust.directory) {
            for device in devices.into_iter().chain([keybox.author()]) {
                let kids = known.entry(device).or_default();
                kids.insert(keybox.kid());
                kids.extend(keybox.earlier_kids());
            }
        }
    }
    let own = Device::new(identity.device);
    let lacks = |device: &Device| {
        let kids = known.get(device);
        *device != own
            && !keys
                .iter()
                .all(|key| kids.is_some_and(|kids| kids.contains(&Kid::of(key))))
    };
    let recipients: Vec<_> = office
        .members(group)
        .filter(lacks)
        .filter_map(|device| {
            Some(Recipient::Device(
                device,
                office.devices.get(&device)?.keys.kem,
            ))
        })
        .collect();
    if recipients.is_empty() {
        return Ok(());
    }
    let (mut parents, _) = parents(tx, &trust.directory, vault)?;
    let keybox = Keybox::make(
        &trust.directory,
        (own, &identity.sign),
        (vault, newest),
        None,
        &recipients,
        parents.remove(&Kid::of(newest)).unwrap_or_default(),
        &earlier.iter().collect::<Vec<_>>(),
    )
    .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
    put_keybox(tx, &keybox)
}

/// Makes a new key for a team, and boxes it for its members.
fn rotate_team(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
) -> Result<()> {
    let office = trust.directory.state();
    let members: Vec<_> = office
        .members(group)
        .filter_map(|device| {
            Some(Recipient::Device(
                device,
                office.devices.get(&device)?.keys.kem,
            ))
        })
        .collect();
    box_new_key(tx, identity, trust, (group.vault(), None), &members)
}

/// Makes a new key for a case vault, and boxes it for its groups and single readers.
fn rotate_case(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
) -> Result<()> {
    let office = trust.directory.state();
    let readers = &roster.state().readers;
    let mut keys = Vec::new();
    for group in &readers.groups {
        if let Some(key) = tx.vault_keys(group.vault().as_bytes())?.into_iter().next() {
            keys.push((*group, key));
        }
    }
    let groups = keys
        .iter()
        .map(|(group, key)| Recipient::Group(*group, key));
    let devices = readers
        .devices
        .union(&readers.stewards)
        .filter_map(|device| {
            let member = office.devices.get(device)?;
            office
                .is_active(*device)
                .then_some(Recipient::Device(*device, member.keys.kem))
        });
    let recipients: Vec<_> = groups.chain(devices).collect();
    box_new_key(
        tx,
        identity,
        trust,
        (roster.vault(), Some(roster)),
        &recipients,
    )
}

/// Makes a new key that follows the newest and opens all history, and one box with it.
fn box_new_key(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    (vault, roster): (Vault, Option<&Roster>),
    recipients: &[Recipient<'_>],
) -> Result<()> {
    let key = SecretKey::make();
    let earlier = tx.vault_keys(vault.as_bytes())?;
    let keybox = Keybox::make(
        &trust.directory,
        (Device::new(identity.device), &identity.sign),
        (vault, &key),
        roster,
        recipients,
        earlier.first().map(Kid::of).into_iter().collect(),
        &earlier.iter().collect::<Vec<_>>(),
    )
    .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
    put_keybox(tx, &keybox)?;
    tx.put_vault_key(vault.as_bytes(), &key)?;
    Ok(())
}

/// A box with a team's newest key for a device that comes in; it opens all history.
pub(crate) fn box_for_newcomer(
    reader: &Reader<'_>,
    identity: &Identity,
    directory: &Directory,
    group: Group,
    newcomer: (Device, [u8; 32]),
) -> Result<Keybox> {
    let vault = group.vault();
    let keys = reader.vault_keys(vault.as_bytes())?;
    let (newest, earlier) = keys.split_first().ok_or(ErrorCode::StoreDamaged)?;
    let (mut parents, _) = parents(reader, directory, vault)?;
    Keybox::make(
        directory,
        (Device::new(identity.device), &identity.sign),
        (vault, newest),
        None,
        &[Recipient::Device(newcomer.0, newcomer.1)],
        parents.remove(&Kid::of(newest)).unwrap_or_default(),
        &earlier.iter().collect::<Vec<_>>(),
    )
    .map_err(|e| AppError::new(ErrorCode::FileDamaged).because(e))
}

/// Makes a box for each of these devices, or for all readers: one each, so that none names another reader.
fn box_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
    key: &SecretKey,
    to: Option<BTreeSet<Device>>,
) -> Result<()> {
    let (vault, office) = (roster.vault(), trust.directory.state());
    let keys = tx.vault_keys(vault.as_bytes())?;
    let kid = Kid::of(key);
    let earlier: Vec<_> = keys.iter().filter(|old| Kid::of(old) != kid).collect();
    let newest = keys.first().map(Kid::of);
    // A key that is here already keeps its parents, a new one follows the newest.
    let parents = if keys.iter().any(|known| Kid::of(known) == kid) {
        parents(tx, &trust.directory, vault)?
            .0
            .remove(&kid)
            .unwrap_or_default()
    } else {
        newest.into_iter().collect()
    };
    for device in to.unwrap_or_else(|| roster.state().devices(office)) {
        let Some(member) = office.devices.get(&device) else {
            continue;
        };
        let keybox = Keybox::make(
            &trust.directory,
            (Device::new(identity.device), &identity.sign),
            (vault, key),
            Some(roster),
            &[Recipient::Device(device, member.keys.kem)],
            parents.clone(),
            &earlier,
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    Ok(())
}

/// The keys of a vault, each with those that it follows.
pub(crate) type Parents = BTreeMap<Kid, BTreeSet<Kid>>;

/// Which keys of a vault follow which, as its boxes say; and the keys of which every box was refused since.
pub(crate) fn parents(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: Vault,
) -> Result<(Parents, BTreeSet<Kid>)> {
    let mut parents = Parents::new();
    let mut gone = BTreeSet::new();
    let refused = reader.signed_in_records(Signed::Keybox, vault.as_bytes(), true)?;
    let carried = reader.signed_in_records(Signed::Keybox, vault.as_bytes(), false)?;
    let devices = &directory.state().devices;
    let is_shut_out = |author: Device| {
        devices
            .get(&author)
            .is_some_and(|member| matches!(member.standing, Standing::Revoked { .. }))
    };
    for row in reader.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(keybox) =
            SealedKeybox::parse(&row.bytes).and_then(|sealed| sealed.verify(directory))
        else {
            continue;
        };
        // Of a box that came in no record nobody knows when it was made: of one who is shut out, it opens the past only.
        let undated = is_shut_out(keybox.author()) && !carried.contains(&row.id);
        if undated || refused.contains(&row.id) {
            gone.insert(keybox.kid());
        } else {
            parents
                .entry(keybox.kid())
                .or_default()
                .extend(keybox.parents());
        }
    }
    gone.retain(|kid| !parents.contains_key(kid));
    Ok((parents, gone))
}

fn newest_key(reader: &Reader<'_>, vault: &[u8; 16]) -> Result<SecretKey> {
    let keys = reader.vault_keys(vault)?;
    Ok(keys.into_iter().next().ok_or(ErrorCode::StoreDamaged)?)
}

fn of_roster(error: &RosterError) -> AppError {
    let code = match error {
        RosterError::TooFewReaders => ErrorCode::TooFewReaders,
        RosterError::NoRight => ErrorCode::NotSteward,
        RosterError::Malformed(_)
        | RosterError::ForeignVault
        | RosterError::Founding
        | RosterError::BrokenChain
        | RosterError::BadSignature
        | RosterError::Incomplete { .. }
        | RosterError::NewerDirectory => ErrorCode::Internal,
    };
    AppError::new(code).because(error.to_string())
}

fn put_vault(
    tx: &Transaction<'_>,
    roster: &Roster,
    key: &SecretKey,
    class: &str,
    lane: [u8; 16],
) -> Result<()> {
    let vault = *roster.vault().as_bytes();
    tx.put_vault(&store::table::vault::VaultRow {
        vault,
        class: class.to_owned(),
        lane,
    })?;
    tx.put_vault_key(&vault, key)?;
    for op in roster.ops() {
        tx.put_signed(
            Signed::Roster,
            &VaultBytes {
                vault,
                id: *op.id().as_bytes(),
                bytes: op.to_bytes(),
            },
            None,
        )?;
    }
    Ok(())
}

fn put_keybox(tx: &Transaction<'_>, keybox: &Keybox) -> Result<()> {
    let bytes = keybox.to_bytes();
    tx.put_signed(
        Signed::Keybox,
        &VaultBytes {
            vault: *keybox.vault().as_bytes(),
            id: crypto::sha256(&[&bytes]),
            bytes,
        },
        None,
    )?;
    Ok(())
}

/// Reads the roster of a vault; none for a team vault, whose readers are its group. What came in a record that was refused
/// since counts only where an operation that counts rests on it.
pub(crate) fn read_roster(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<Option<Roster>> {
    let damaged = |e: wire::roster::RosterError| AppError::new(ErrorCode::StoreDamaged).because(e);
    let mut ops = reader.signed_of(Signed::Roster, vault)?;
    let mut refused = reader.signed_in_records(Signed::Roster, vault, true)?;
    if !refused.is_empty() {
        for row in ops.iter().rev() {
            if !refused.contains(&row.id) {
                for seen in RosterOp::parse(&row.bytes).map_err(damaged)?.rests_on() {
                    refused.remove(seen.as_bytes());
                }
            }
        }
        ops.retain(|row| !refused.contains(&row.id));
    }
    let Some((first, rest)) = ops.split_first() else {
        return Ok(None);
    };
    let mut roster = Roster::open(&first.bytes, directory).map_err(damaged)?;
    for op in rest {
        roster.receive(&op.bytes, directory).map_err(damaged)?;
    }
    Ok(Some(roster))
}

/// Digest of the heads of a vault's roster; zero where groups alone decide.
pub(crate) fn roster_head(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<[u8; 32]> {
    Ok(read_roster(reader, directory, vault)?.map_or([0; 32], |roster| *roster.head().as_bytes()))
}

/// Keeps a team vault with its key.
pub(crate) fn put_team_vault(tx: &Transaction<'_>, group: Group, key: &SecretKey) -> Result<()> {
    let vault: Vault = group.vault();
    tx.put_vault(&store::table::vault::VaultRow {
        vault: *vault.as_bytes(),
        class: "team".to_owned(),
        lane: *group.lane().as_bytes(),
    })?;
    tx.put_vault_key(vault.as_bytes(), key)?;
    Ok(())
}
