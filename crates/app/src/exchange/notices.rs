//! What everybody in the office is told on the screen: that a device came in, that one tells two stories, that this one is
//! frozen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use store::Reader;
use wire::directory::Standing;
use wire::ids::Device;

use super::ledger::NEWER;
use super::state;
use crate::App;
use crate::error::{AppError, Result};
use crate::facts::said::hex;
use crate::session::view::NoticeView;

/// What was read already, by the devices that it was about.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Read {
    devices: BTreeSet<String>,
    forked: BTreeSet<String>,
}

fn read(reader: &Reader<'_>) -> Result<Option<Read>> {
    let kept = reader.device_state(state::READ)?;
    Ok(kept
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()?)
}

impl App {
    /// What there is to tell now.
    pub(crate) fn notices(&mut self) -> Result<Vec<NoticeView>> {
        let own = Device::new(self.identity.device);
        let mut notices = Vec::new();
        let mut tell = |code: &str, who: Vec<String>, dismissible| {
            notices.push(NoticeView {
                code: code.to_owned(),
                who,
                dismissible,
            });
        };
        match self.trust.directory.state().devices.get(&own) {
            Some(member) if member.standing != Standing::Active => {
                tell("removed", Vec::new(), false)
            }
            Some(member) if member.frozen => tell("frozen", Vec::new(), false),
            _ => {}
        }
        let asking = self.cosigns_waiting()?;
        if !asking.is_empty() {
            tell("cosign", asking, false);
        }
        let (known, forked, newer) = self.store.read(|reader| {
            Ok::<_, AppError>((
                read(reader)?,
                reader.forked_devices()?,
                reader.count_held_for(NEWER)?,
            ))
        })?;
        let Some(known) = known else {
            // The first look: whoever is here was here.
            self.read_notices()?;
            return Ok(notices);
        };
        let named = |devices: Vec<Device>| -> Vec<String> {
            let name = |device: &Device| self.names.author(&hex(device.as_bytes())).name;
            devices.iter().map(name).collect()
        };
        let active = |device: &Device| self.trust.directory.state().is_active(*device);
        let new: Vec<_> = self
            .trust
            .directory
            .state()
            .devices
            .keys()
            .filter(|device| active(device) && !known.devices.contains(&device.to_string()))
            .copied()
            .collect();
        if !new.is_empty() {
            tell("newDevice", named(new), true);
        }
        let forked: Vec<_> = forked
            .into_iter()
            .map(Device::new)
            .filter(|device| !known.forked.contains(&device.to_string()))
            .collect();
        if !forked.is_empty() {
            tell("forked", named(forked), true);
        }
        if newer > 0 {
            tell("newer", Vec::new(), false);
        }
        let opened = self.escrow_is_used()?;
        if !opened.is_empty() {
            tell("escrowUsed", opened, false);
        }
        Ok(notices)
    }

    /// Whether this device is frozen or out and has not locked for it yet: true once.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn locks_once(&mut self) -> Result<bool> {
        if self.is_to_wipe() {
            return Ok(true);
        }
        let is_barred = self.must_exchange().is_err();
        self.store.transact(|tx| {
            let has_locked = tx.device_state(state::HAS_LOCKED)?.is_some();
            if is_barred && !has_locked {
                tx.put_device_state(state::HAS_LOCKED, b"1")?;
            } else if !is_barred && has_locked {
                tx.drop_device_state(state::HAS_LOCKED)?;
            }
            Ok::<_, AppError>(is_barred && !has_locked)
        })
    }

    /// Takes note that everything told so far was read.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn read_notices(&mut self) -> Result<()> {
        let devices = self.trust.directory.state().devices.keys();
        let devices = devices.map(Device::to_string).collect();
        self.store.transact(|tx| {
            let forked = tx.forked_devices()?.into_iter();
            let read = Read {
                devices,
                forked: forked
                    .map(|device| Device::new(device).to_string())
                    .collect(),
            };
            tx.put_device_state(state::READ, &serde_json::to_vec(&read)?)?;
            Ok::<_, AppError>(())
        })
    }
}
