//! Handing over what was not sent, and wiping (救出ファイル, 遠隔消去).
//!
//! # Invariants
//!
//! - **Nothing that was not sent is destroyed.** A device that is ordered to wipe itself first puts all that the
//!   administrators do not have into a file for them; where that fails, it stays as it is.
//! - **A store is wiped when it locks or opens**: what is being typed is saved before, and a crash only puts it off.
//! - **Handed over is not sent**: it counts as waiting until an administrator has taken it in.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use store::{Reader, Transaction};
use wire::bundle::BundleError;
use wire::directory::{Act, Member};
use wire::ids::Device;

use super::export::LeaveOut;
use super::seal::Occasion;
use super::state;
use crate::App;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::session::view::{ExportBundle, ExportView};

/// The file for the administrators in the folder of a store that was wiped.
const RESCUE: &str = "rescue.mgb";
/// What the register says a file was for, where nobody said anything.
const PURPOSE: &str = "救出ファイル（管理担当の端末だけで開けます）";

/// What is kept in clear of a store that was wiped.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    /// When, in milliseconds since 1970.
    at: i64,
    /// Something was not sent, and lies in the file.
    rescue: bool,
}

/// What became of a store in a folder that was wiped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wiped {
    /// Where the file for the administrators lies, or its parts; nothing where all had been sent.
    pub rescue: Option<String>,
}

/// Whether the store in this folder was wiped.
#[must_use]
pub(crate) fn wiped(folder: &Path) -> Option<Wiped> {
    let told = store::wipe::told(folder)?;
    let marker = serde_json::from_slice::<Marker>(&told).ok();
    // A marker that cannot be read any more keeps nobody from being told of the file.
    let file = folder.join(RESCUE);
    let has = marker.is_none_or(|marker| marker.rescue) && file.exists();
    let all = (0..).map(|part| part_of(&file, part));
    let shown: Vec<_> = all
        .take_while(|part| has && part.exists())
        .map(|part| part.display().to_string())
        .collect();
    Some(Wiped {
        rescue: has.then(|| shown.join("、")),
    })
}

/// Where the parts of a file for the administrators lie that one bundle cannot hold: `rescue.mgb`, `rescue-2.mgb` …
pub(super) fn part_of(first: &Path, part: u64) -> PathBuf {
    if part == 0 {
        return first.to_owned();
    }
    let stem = first.file_stem().unwrap_or_default().to_string_lossy();
    first.with_file_name(format!("{stem}-{}.{}", part + 1, super::file::ENDING))
}

impl Wiped {
    /// As an error of whoever wanted to open the store.
    #[must_use]
    pub(crate) fn refusal(self) -> AppError {
        match self.rescue {
            Some(file) => AppError::new(ErrorCode::DeviceWiped).with("detail", file),
            None => ErrorCode::DeviceWipedAllSent.into(),
        }
    }
}

impl App {
    /// Writes what this device wrote and the administrators do not have into a file that their devices alone open. It is
    /// entered into the register as any other. What stands in it still counts as not sent. What one file cannot hold goes on
    /// in others beside it.
    ///
    /// # Errors
    /// As [`App::bundle_export`].
    pub fn rescue(&mut self, path: &Path, request: &ExportBundle) -> Result<ExportView> {
        let request = ExportBundle {
            for_device: None,
            complete: None,
            purpose: request.purpose.clone().or_else(|| Some(PURPOSE.to_owned())),
            ..request.clone()
        };
        self.carry_out(path, &request, &LeaveOut::AllButOwn)
    }

    /// Wipes the store where the office ordered it: afterwards it is of no use but to be locked.
    ///
    /// # Errors
    /// [`ErrorCode::DeviceWiped`], [`ErrorCode::DeviceWipedAllSent`] when it was done; [`ErrorCode::WipeStopped`] when what
    /// was not sent could not be kept: then nothing was destroyed.
    pub(crate) fn obey(&mut self) -> Result<()> {
        if !self.is_to_wipe() {
            return Ok(());
        }
        let Some(folder) = self.store.folder().map(Path::to_owned) else {
            return Ok(());
        };
        let stopped = |error: AppError| AppError::new(ErrorCode::WipeStopped).because(error);
        let rescue = self.keep_unsent(&folder.join(RESCUE)).map_err(stopped)?;
        #[cfg(test)]
        tests::stop_here()?;
        let marker = Marker {
            at: self.environment.now(),
            rescue,
        };
        self.store.wipe(&serde_json::to_vec(&marker)?)?;
        let wiped = wiped(&folder);
        Err(wiped.map_or_else(|| ErrorCode::Internal.into(), Wiped::refusal))
    }

    /// Whether the office ordered that this store be wiped.
    pub(crate) fn is_to_wipe(&self) -> bool {
        let own = Device::new(self.identity.device);
        self.trust.directory.state().wiped.contains(&own)
    }

    /// Keeps what the administrators do not have. Gives whether there was anything.
    fn keep_unsent(&mut self, path: &Path) -> Result<bool> {
        #[cfg(test)]
        if tests::NO_RESCUE.get() {
            return Ok(false);
        }
        self.seal(Occasion::Bundle)?;
        // What no key here seals would be in no file.
        let unsealed = self.store.read(|reader| {
            for row in reader.unsealed_changes()? {
                if !reader.is_hidden(&row.vault, &row.doc)? {
                    return Ok(true);
                }
            }
            Ok::<_, AppError>(false)
        })?;
        if unsealed {
            return Err(ErrorCode::Internal.into());
        }
        if self.pack(None, &LeaveOut::AllButOwn, |parcel| Ok(parcel.count()))? == 0 {
            return Ok(false);
        }
        self.rescue(path, &ExportBundle::default())?;
        Ok(true)
    }

    /// Orders a device to destroy the keys of its store, once it hears of it. What it has not sent it first puts into a file
    /// for the administrators.
    ///
    /// # Errors
    /// As [`App::revoke_device`]; [`ErrorCode::InvalidValue`] without a reason, and for this device itself.
    pub fn wipe_device(
        &mut self,
        device: [u8; 16],
        reason: Option<&str>,
        paper_key: Option<&str>,
    ) -> Result<Vec<String>> {
        let (act, reason) = self.wiping(device, reason)?;
        let paper = self.paper(paper_key)?;
        self.act_because(&act, Some(&paper), reason)
    }

    pub(super) fn wiping(&self, device: [u8; 16], reason: Option<&str>) -> Result<(Act, String)> {
        let invalid = |field| AppError::new(ErrorCode::InvalidValue).with("field", field);
        let device = self.device_here(device)?;
        if device == Device::new(self.identity.device) {
            return Err(invalid("device"));
        }
        let reason = reason.map(str::trim).filter(|it| !it.is_empty());
        let reason = reason.ok_or_else(|| invalid("reason"))?.to_owned();
        Ok((Act::Wipe { device }, reason))
    }

    /// Why a file does not open here; of one for the administrators, who they are.
    pub(super) fn for_whom(&self, error: BundleError) -> AppError {
        let is_for_admins = matches!(error, BundleError::OnlyForAdmins);
        let error = AppError::from(error);
        if !is_for_admins {
            return error;
        }
        let admins = admins(&self.identity, &self.trust).into_iter();
        let names = admins.map(|(device, _)| self.names.author(&hex(device.as_bytes())).name);
        let mut names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        names.sort();
        names.dedup();
        error.with("name", names.join("、"))
    }
}

/// When a rescue file of a device was last taken in here, in milliseconds.
pub(super) fn came_at(reader: &Reader<'_>, device: Device) -> Result<Option<i64>> {
    let told = reader.device_state(&format!("{}{device}", state::RESCUED))?;
    Ok(state::moment(told))
}

/// Takes note that a device handed something over.
pub(super) fn came(tx: &Transaction<'_>, device: Device, now: i64) -> Result<()> {
    let key = format!("{}{device}", state::RESCUED);
    Ok(tx.put_device_state(&key, now.to_string().as_bytes())?)
}

/// The devices of the administrators that something is handed over to, with their public keys: not this one, and none that is
/// frozen, unless there is no other.
pub(super) fn admins(
    identity: &crate::identity::Identity,
    trust: &crate::trust::Trust,
) -> Vec<(Device, [u8; 32])> {
    let office = trust.directory.state();
    let own = Device::new(identity.device);
    let all = office.devices.iter();
    let all: Vec<(&Device, &Member)> = all.filter(|(it, _)| office.is_admin(**it)).collect();
    let kem = |(device, member): &(&Device, &Member)| (**device, member.kem());
    let usable = all.iter().filter(|(device, member)| {
        **device != own && !member.frozen && !office.wiped.contains(device)
    });
    let usable: Vec<_> = usable.map(kem).collect();
    if usable.is_empty() {
        all.iter().map(kem).collect()
    } else {
        usable
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use crate::error::{ErrorCode, Result};

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static NO_RESCUE: Cell<bool> = const { Cell::new(false) };
        /// Bytes that one file holds, where it is to be less than it is.
        pub(in crate::exchange) static PART: Cell<Option<u64>> = const { Cell::new(None) };
        /// The program ends between the file and the keys.
        pub(in crate::exchange) static STOP: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn stop_here() -> Result<()> {
        if STOP.get() {
            return Err(ErrorCode::Internal.into());
        }
        Ok(())
    }
}
