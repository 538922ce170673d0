//! Where an erased case may still be deciphered (読めなくなるまで): by which laptops, by whose teams' keys, and until which day in
//! backups.
//!
//! # Invariants
//!
//! - **It follows from the directory and the boxes**, and says too little rather than too much: who made a key without knowing
//!   of the erasure made it before.
//! - **Of teams that this device is not in it says nothing**, for it has none of their boxes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Reader;
use store::table::trust::Signed;
use ts_rs::TS;
use wire::directory::{Act, Directory, Member};
use wire::ids::{Device, Group, Hash, Kid};
use wire::keybox::{Keybox, SealedKeybox};

use super::super::state;
use crate::App;
use crate::error::{AppError, Result};
use crate::facts::said::hex;
use crate::look;
use crate::team;
use crate::trust;

/// In front of an order's name: since when what it erased is deciphered nowhere, ms as text.
const NOWHERE: &str = "nowhere/";
/// How many generations of keys must follow an erasure: one is kept besides the newest.
const FOLLOW: usize = 2;

/// How far the keys are given up under which an erased case lay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct ErasureKeys {
    /// How many devices are in.
    pub devices: u32,
    /// Who works with those that still have a key of before.
    pub waiting: Vec<String>,
    /// The teams that still have one, of those that this device is in.
    pub teams: Vec<String>,
    /// Since when it is deciphered nowhere: all have given the keys up, and no backup of before is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nowhere: Option<String>,
}

/// Who still has a key of before an erasure.
struct Left {
    devices: usize,
    waiting: Vec<Device>,
    teams: Vec<Group>,
}

impl App {
    /// How far the keys are given up under which what an order erased lay; nothing where no directory operation stands for it.
    pub(super) fn erasure_keys(
        &mut self,
        order: [u8; 32],
        horizon: i64,
    ) -> Result<Option<ErasureKeys>> {
        let directory = &self.trust.directory;
        let stands = |id: &Hash| {
            let erasure = directory.state().erasures.get(id);
            erasure.is_some_and(|it| !it.cancelled)
        };
        let names =
            |act: &Act| matches!(act, Act::Erase { order: of, .. } if *of.as_bytes() == order);
        let Some(op) = directory
            .ops()
            .find(|op| names(op.act()) && stands(&op.id()))
            .map(wire::directory::Op::id)
        else {
            return Ok(None);
        };
        let key = format!("{NOWHERE}{}", hex(&order));
        let own = Device::new(self.identity.device);
        let (left, mut since, office) = self.store.read(|reader| {
            let since = state::moment(reader.device_state(&key)?);
            let office = trust::read_office(reader)?.map(|office| office.name);
            Ok::<_, AppError>((left(reader, directory, own, op)?, since, office))
        })?;
        let now = self.environment.now();
        let all_gone = left.waiting.is_empty() && left.teams.is_empty();
        if since.is_none() && all_gone && now >= horizon {
            since = Some(now);
            self.store
                .transact(|tx| tx.put_device_state(&key, now.to_string().as_bytes()))?;
        }
        let name = |device: &Device| {
            let name = self.names.author(&hex(device.as_bytes())).name;
            Some(name)
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| device.to_string())
        };
        let zone = self.identity.zone;
        Ok(Some(ErasureKeys {
            devices: u32::try_from(left.devices).unwrap_or(u32::MAX),
            waiting: left.waiting.iter().map(name).collect(),
            teams: left
                .teams
                .iter()
                .map(|group| match &office {
                    Some(office) if *group == self.trust.office => office.clone(),
                    _ => team::named(&self.names, *group).name,
                })
                .collect(),
            nowhere: since.map(|at| look::instant(zone, at)),
        }))
    }
}

/// Finds who still has a key of before the operation.
fn left(reader: &Reader<'_>, directory: &Directory, own: Device, op: Hash) -> Result<Left> {
    let office = directory.state();
    let (mut stale, mut teams) = (Vec::new(), Vec::new());
    for row in reader.vaults_of_class("team")? {
        let group = Group::new(row.vault);
        if !office.is_member(own, group) {
            continue;
        }
        let mut of: BTreeMap<Kid, Vec<Keybox>> = BTreeMap::new();
        for row in reader.signed_of(Signed::Keybox, group.wraps().as_bytes())? {
            let sealed = SealedKeybox::parse(&row.bytes);
            if let Ok(keybox) = sealed.and_then(|sealed| sealed.verify(directory)) {
                of.entry(keybox.kid()).or_default().push(keybox);
            }
        }
        let generations = trust::generations(reader, directory, group)?;
        let mut following = BTreeSet::new();
        for (kid, generation) in generations {
            let boxes = of.remove(&kid).unwrap_or_default();
            if !boxes.is_empty() && boxes.iter().all(|it| it.knew(directory, op)) {
                following.insert(generation);
            } else {
                stale.extend(boxes);
            }
        }
        if following.len() < FOLLOW {
            teams.push(group);
        }
    }
    let active = || {
        office
            .devices
            .iter()
            .filter(|(it, _)| office.is_active(**it))
    };
    let waiting = active().filter(|(device, member)| {
        let holds = |keybox: &Keybox| {
            let to = keybox.sealed_to(directory, **device);
            to.is_some_and(|to| member.receives(&to))
        };
        !has_renewed(directory, **device, member, op) || stale.iter().any(holds)
    });
    Ok(Left {
        devices: active().count(),
        waiting: waiting.map(|(device, _)| *device).collect(),
        teams,
    })
}

/// Whether a device has no key of before the operation any more: it renewed its own twice since, or came in after it.
fn has_renewed(directory: &Directory, device: Device, member: &Member, op: Hash) -> bool {
    let since = |key: &wire::directory::Receiving| {
        key.since.is_some_and(|since| directory.includes(since, op))
    };
    let renewed = member.received.iter().filter(|key| since(key)).count();
    let came_in = |it: &wire::directory::Op| matches!(it.act(), Act::Enrol { device: of, .. } if of.device() == device);
    renewed >= FOLLOW
        || directory
            .ops()
            .find(|it| came_in(it))
            .is_some_and(|it| directory.includes(it.id(), op))
}
