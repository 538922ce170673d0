//! The yearly sweep (鍵の年次更新) of this device and its teams: what it renews by itself, at once by hand, and how far all
//! are.
//!
//! # Invariants
//!
//! - **A device renews its receiving key only where it is up to date**: an old copy of a store that has heard nothing yet would
//!   sign a second operation for one place.
//! - **It keeps the key before**: whoever has not heard of the renewal seals to that. The one before that is destroyed.
//! - **A key that the directory names and that is not here is renewed out of the way**, so that nobody seals to what a lost
//!   store took along.

use std::collections::BTreeMap;

use crypto::kem::KemKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, Transaction};
use ts_rs::TS;
use wire::directory::{Act, Directory, Standing};
use wire::ids::{Device, Group};

use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::identity::Identity;
use crate::look;
use crate::team;
use crate::trust::{self, HALF_YEAR, Trust, state};

/// A day, ms.
const DAY: i64 = 86_400_000;
/// How long a key that a device receives with serves at least where a team swept, ms.
const MONTH: i64 = 30 * DAY;
/// How long an escrow serves, ms.
const YEAR: i64 = 2 * HALF_YEAR;

/// How far the renewal of keys is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct KeysView {
    /// The devices that are in, this one first.
    pub devices: Vec<DeviceKeysView>,
    /// The teams that this device is in.
    pub teams: Vec<TeamKeysView>,
    /// The escrow is a year old: a new one is to be made.
    pub escrow_old: bool,
    /// Keys of earlier generations that were destroyed just now.
    pub given_up: u32,
}

/// The key that a device receives with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DeviceKeysView {
    /// The device's pseudonym.
    pub device: String,
    /// Who works with it.
    pub name: String,
    /// Whether it is this one.
    pub own: bool,
    /// How often it was renewed.
    pub renewed: u32,
    /// When this laptop first saw the present key.
    pub since: String,
    /// It is long due.
    pub overdue: bool,
}

/// The wrapping keys of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TeamKeysView {
    /// The team.
    pub team: String,
    /// Its name; empty for the whole office.
    pub name: String,
    /// The newest generation.
    pub generation: u32,
    /// When this laptop first saw it.
    pub since: String,
    /// How many generations are kept here.
    pub kept: u32,
    /// It is long due.
    pub overdue: bool,
}

/// What this device has seen of keys that bear no date: how often each was renewed, and since when it is as it is, ms.
type Dates = BTreeMap<String, (usize, i64)>;

fn dates(reader: &Reader<'_>) -> Result<Dates> {
    let kept = reader.device_state(state::KEYS_SEEN)?;
    Ok(kept
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

/// Takes note of the keys that are new since this device last looked.
pub(super) fn note_keys(tx: &Transaction<'_>, directory: &Directory, now: i64) -> Result<()> {
    let before = dates(tx)?;
    let office = directory.state();
    let devices = office
        .devices
        .iter()
        .filter(|(_, member)| member.standing == Standing::Active)
        .map(|(device, member)| (device.to_string(), member.received.len()));
    let escrow = office.escrow.map(|escrow| (hex(&escrow.kem), 1));
    let after: Dates = devices
        .chain(escrow)
        .map(|(name, renewed)| {
            // From a clock that was put right since, nothing is known.
            let holds = |(count, since): &&(usize, i64)| *count == renewed && *since <= now + DAY;
            let known = before.get(&name).filter(holds);
            (name, known.copied().unwrap_or((renewed, now)))
        })
        .collect();
    if after != before {
        tx.put_device_state(state::KEYS_SEEN, &serde_json::to_vec(&after)?)?;
    }
    Ok(())
}

impl App {
    /// Whether this device knows what the others did: it heard of them since it was opened, or there is nobody else.
    pub(super) fn is_fresh(&self) -> bool {
        let office = self.trust.directory.state();
        let active = office.devices.keys().filter(|it| office.is_active(**it));
        self.heard || active.count() == 1
    }

    /// Renews the key that this device receives with, where it is old or the directory names one that is not here.
    pub(super) fn renew_receiving_if_due(&mut self) -> Result<()> {
        if !self.is_fresh() || self.standing().is_some() {
            return Ok(());
        }
        // Twice, where both that count are lost.
        for _ in 0..2 {
            if !self.lacks_receiving_key() {
                break;
            }
            self.renew_receiving()?;
        }
        let now = self.environment.now();
        let own = Device::new(self.identity.device).to_string();
        let groups = self.teams_with_keys()?;
        let due = self.store.read(|reader| {
            let Some((_, since)) = dates(reader)?.get(&own).copied() else {
                return Ok(false);
            };
            if now - since >= HALF_YEAR {
                return Ok(true);
            }
            // A team swept: what was sealed to this device before it should end with it.
            for group in groups {
                let swept = trust::seen(reader, group)?.filter(|seen| seen.generation > 1);
                if swept.is_some_and(|seen| seen.since > since) && now - since >= MONTH {
                    return Ok(true);
                }
            }
            Ok::<_, AppError>(false)
        })?;
        if due { self.renew_receiving() } else { Ok(()) }
    }

    fn lacks_receiving_key(&self) -> bool {
        let own = Device::new(self.identity.device);
        let here: Vec<_> = self.identity.receiving();
        let here: Vec<_> = here.into_iter().map(KemKey::public).collect();
        let member = self.trust.directory.state().devices.get(&own);
        member.is_some_and(|member| {
            let counted = member.received.iter().rev().take(2);
            counted.into_iter().any(|key| !here.contains(&key.public))
        })
    }

    /// Renews the key that this device receives with. The present one becomes the one before; the one before is destroyed.
    fn renew_receiving(&mut self) -> Result<()> {
        let now = self.environment.now();
        let own = Device::new(self.identity.device);
        let kem = KemKey::make();
        let act = Act::KemRenew {
            device: own,
            kem: kem.public(),
        };
        let mut directory = self.store.read(Trust::read)?.directory;
        let op = directory
            .write(&act, (own, &self.identity.sign), None)
            .map_err(|error| AppError::new(ErrorCode::Internal).because(error))?;
        let identity = &self.identity;
        self.store.transact(|tx| {
            tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
            if tx.device_state(state::KEM_FIRST)?.is_none() {
                tx.put_device_state(state::KEM_FIRST, &identity.kem.public())?;
            }
            keep_before(tx, identity)?;
            // EXPOSE: the store is encrypted under its own key; this is where a device's keys rest.
            tx.put_device_state(state::KEM, kem.expose())?;
            note_keys(tx, &directory, now)?;
            trust::leave_wraps(tx, own, &directory)?;
            Ok::<_, AppError>(())
        })?;
        self.trust.directory = directory;
        let before = std::mem::replace(&mut self.identity.kem, kem);
        self.identity.kem_before = Some(before);
        self.scrub_after(1)
    }

    /// Leaves no page of keys that were destroyed in the log.
    pub(super) fn scrub_after(&mut self, given_up: usize) -> Result<()> {
        if given_up > 0 {
            // Where the log is in use it is emptied at the next opening.
            let _ = self.store.scrub();
        }
        Ok(())
    }

    /// The teams that this device is in and has the keys of.
    fn teams_with_keys(&mut self) -> Result<Vec<Group>> {
        let office = self.trust.directory.state();
        let own = Device::new(self.identity.device);
        self.store.read(|reader| {
            let mut teams = Vec::new();
            for row in reader.vaults_of_class("team")? {
                let group = Group::new(row.vault);
                if office.is_member(own, group) && !reader.vault_keys(&row.vault)?.is_empty() {
                    teams.push(group);
                }
            }
            Ok::<_, AppError>(teams)
        })
    }

    /// Renews at once the key that this device receives with; on an administrator's, the wrapping keys of the teams that it
    /// is in besides. The others follow by themselves.
    ///
    /// # Errors
    /// [`ErrorCode::RestoredUnchecked`]: an old copy would sign a second operation for one place; when this device may not
    /// exchange; when the store cannot be written.
    pub fn keys_sweep(&mut self) -> Result<(KeysView, Vec<String>)> {
        self.must_be_compared()?;
        self.must_exchange()?;
        self.renew_receiving()?;
        let own = Device::new(self.identity.device);
        let now = self.environment.now();
        let mut given_up = 0;
        if self.trust.directory.state().is_admin(own) {
            let groups = self.teams_with_keys()?;
            let Self {
                store,
                identity,
                trust,
                ..
            } = self;
            given_up = store.transact(|tx| {
                let mut gone = 0;
                for group in groups {
                    trust::follow_up(tx, identity, trust, group.vault().as_bytes())?;
                    gone += trust::sweep_team(tx, identity, trust, group, now)?;
                }
                Ok::<_, AppError>(gone)
            })?;
            self.scrub_after(given_up)?;
            self.refresh_office_key()?;
        }
        self.log(&Deed::of(wire::audit::Act::Device, "sweepKeys"))?;
        let mut view = self.keys_state()?;
        view.given_up = u32::try_from(given_up).unwrap_or(u32::MAX);
        Ok((view, vec!["devices".to_owned(), "status".to_owned()]))
    }

    /// When the keys of each device and of the teams of this one were last renewed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn keys_state(&mut self) -> Result<KeysView> {
        let (now, own) = (self.environment.now(), Device::new(self.identity.device));
        let zone = self.identity.zone;
        let is_old = |since: i64| now - since >= HALF_YEAR + MONTH;
        let groups = self.teams_with_keys()?;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (names, trust) = (&self.names, &self.trust);
        let office = trust.directory.state();
        self.store.read(|reader| {
            let dates = dates(reader)?;
            let since = |name: &str| dates.get(name).map_or(now, |(_, since)| *since);
            let mut devices: Vec<_> = office
                .devices
                .iter()
                .filter(|(device, _)| office.is_active(**device))
                .map(|(device, member)| DeviceKeysView {
                    device: device.to_string(),
                    name: names.author(&hex(device.as_bytes())).name,
                    own: *device == own,
                    renewed: count(member.received.len().saturating_sub(1)),
                    since: look::instant(zone, since(&device.to_string())),
                    overdue: is_old(since(&device.to_string())),
                })
                .collect();
            devices.sort_by(|a, b| (!a.own, &a.name, &a.device).cmp(&(!b.own, &b.name, &b.device)));
            let mut teams = Vec::new();
            for group in groups {
                let view = team::named(names, group);
                let seen = trust::seen(reader, group)?;
                let since = seen.map_or(now, |seen| seen.since);
                let generations = trust::generations(reader, &trust.directory, group)?;
                let kept: std::collections::BTreeSet<_> = reader
                    .vault_keys(group.wraps().as_bytes())?
                    .iter()
                    .filter_map(|key| generations.get(&wire::ids::Kid::of(key)).copied())
                    .collect();
                teams.push(TeamKeysView {
                    team: hex(group.vault().as_bytes()),
                    name: if group == trust.office {
                        String::new()
                    } else {
                        view.name
                    },
                    generation: count(kept.last().copied().unwrap_or_default()),
                    since: look::instant(zone, since),
                    kept: count(kept.len()),
                    overdue: is_old(since),
                });
            }
            let escrow_old = office
                .escrow
                .is_some_and(|escrow| now - since(&hex(&escrow.kem)) >= YEAR);
            Ok(KeysView {
                devices,
                teams,
                escrow_old,
                given_up: 0,
            })
        })
    }
}

/// Keeps the present key as the one before, over the one that was.
fn keep_before(tx: &Transaction<'_>, identity: &Identity) -> Result<()> {
    #[cfg(test)]
    if let Some(before) = identity
        .kem_before
        .as_ref()
        .filter(|_| tests::KEEPS_RECEIVING.get())
    {
        let kept = tx.device_state(tests::KEPT)?.unwrap_or_default();
        tx.put_device_state(tests::KEPT, &[kept.as_slice(), before.expose()].concat())?;
    }
    // EXPOSE: the store is encrypted under its own key; this is where a device's keys rest.
    Ok(tx.put_device_state(state::KEM_BEFORE, identity.kem.expose())?)
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    /// Where keys lie that should be destroyed, with the protection taken out.
    pub(in crate::exchange) const KEPT: &str = "kem_kept";

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static KEEPS_RECEIVING: Cell<bool> = const { Cell::new(false) };
    }
}
