//! What is done about devices (端末): freezing, releasing, shutting out, leaving, roles, taking over what was left behind.
//!
//! # Invariants
//!
//! - **What destroys takes two**: shutting a device out, and making or unmaking an administrator. The paper key of the
//!   recovery sheet is the second, or a colleague ([`super::cosign`]).
//! - **Nothing is lost by it.** What was merged up to the cut stays; what lies beyond is put aside and can be adopted.
//! - **All at once**: the act, and whatever no longer counts because of it, are one transaction.

use std::collections::BTreeSet;

use crypto::sign::SigningKey;
use sync::store::SyncStore as _;
use wire::directory::{Act, CutAt, DirectoryError, Role, paper_device};
use wire::ids::{Device, Hash};

use super::delivery::{Delivery, Grown};
use super::ledger::Ledger;
use super::refusal::code::BEYOND_CUT;
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::session::view::{DeviceAct, DeviceList};
use crate::trust::{self, Trust};

/// The tags that went stale.
type Touched = Vec<String>;

impl App {
    /// Does what was asked about a device, and gives the list as it is then.
    ///
    /// # Errors
    /// As the act itself; [`ErrorCode::InvalidValue`] when there is no such act.
    pub fn device_act(&mut self, request: &DeviceAct) -> Result<(DeviceList, Touched)> {
        let device = crate::session::device_id(&request.device).ok_or(ErrorCode::UnknownDevice)?;
        let paper = request.paper_admin_key.as_deref();
        let touched = match request.act.as_str() {
            "freeze" => self.freeze_device(device)?,
            "release" => self.release_device(device)?,
            "revoke" => self.revoke_device(device, paper)?,
            "left" => self.device_has_left(device)?,
            "wipe" => self.wipe_device(device, request.reason.as_deref(), paper)?,
            "adopt" => self.adopt_from(device)?.1,
            "addAdmin" => self.set_admin(device, true, paper)?,
            "removeAdmin" => self.set_admin(device, false, paper)?,
            "role" => {
                let role = request.role.as_deref().unwrap_or_default();
                self.set_device_role(device, role)?
            }
            _ => return Err(AppError::new(ErrorCode::InvalidValue).with("field", "act")),
        };
        Ok((self.devices()?, touched))
    }

    /// Freezes a device: from the next contact on it exchanges nothing, and its store stays as it is. An administrator
    /// may, and a supervisor of one of its groups.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`], [`ErrorCode::NotAdmin`].
    pub fn freeze_device(&mut self, device: [u8; 16]) -> Result<Touched> {
        let device = self.device_here(device)?;
        self.act(&Act::Freeze { device }, None)
    }

    /// Releases a frozen device.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`], [`ErrorCode::NotAdmin`].
    pub fn release_device(&mut self, device: [u8; 16]) -> Result<Touched> {
        let device = self.device_here(device)?;
        self.act(&Act::Unfreeze { device }, None)
    }

    /// Shuts a device out for good. Of what it wrote, that counts which is here now; the keys that it held are followed by
    /// new ones before anything more is written.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`], [`ErrorCode::NotAdmin`], [`ErrorCode::NeedsSecond`] without the paper key,
    /// [`ErrorCode::LastAdmin`], [`ErrorCode::InvalidValue`] when the paper key is mistyped or another's.
    pub fn revoke_device(&mut self, device: [u8; 16], paper_key: Option<&str>) -> Result<Touched> {
        let device = self.device_here(device)?;
        let paper = self.paper(paper_key)?;
        let act = self.revocation(device)?;
        self.act(&act, Some(&paper))
    }

    pub(super) fn revocation(&mut self, device: Device) -> Result<Act> {
        let cut = self.reached_by(device)?;
        Ok(Act::Revoke { device, cut })
    }

    /// Takes note that a device has left (異動, 退職): what its worker wrote before they knew of it counts, whenever it
    /// comes.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`], [`ErrorCode::NotAdmin`], [`ErrorCode::LastAdmin`].
    pub fn device_has_left(&mut self, device: [u8; 16]) -> Result<Touched> {
        let device = self.device_here(device)?;
        self.act(&Act::Leave { device }, None)
    }

    /// Changes what a device's worker does; `role` is a word of the code list.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`], [`ErrorCode::NotAdmin`], [`ErrorCode::InvalidValue`].
    pub fn set_device_role(&mut self, device: [u8; 16], role: &str) -> Result<Touched> {
        let device = self.device_here(device)?;
        let roles: BTreeSet<Role> = [trust::role(role)?].into();
        self.act(&Act::Roles { device, roles }, None)
    }

    /// Makes a device an administrator's, or takes that from it.
    ///
    /// # Errors
    /// As [`App::revoke_device`].
    pub fn set_admin(
        &mut self,
        device: [u8; 16],
        admin: bool,
        paper_key: Option<&str>,
    ) -> Result<Touched> {
        let device = self.device_here(device)?;
        let paper = self.paper(paper_key)?;
        let act = if admin {
            Act::AddAdmin { device }
        } else {
            Act::RemoveAdmin { device }
        };
        self.act(&act, Some(&paper))
    }

    /// Lets everything count that a device wrote beyond its cut and that is here. Gives how many records that are.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`], [`ErrorCode::NotAdmin`].
    pub fn adopt_from(&mut self, device: [u8; 16]) -> Result<(u32, Touched)> {
        let device = self.device_here(device)?;
        let records = self.store.read(|reader| {
            let rows = reader.record_places()?;
            let of_device = rows.into_iter().filter(|row| {
                Device::new(row.device) == device && row.reason.as_deref() == Some(BEYOND_CUT)
            });
            Ok::<_, AppError>(
                of_device
                    .map(|row| Hash::new(row.id))
                    .collect::<BTreeSet<_>>(),
            )
        })?;
        if records.is_empty() {
            return Ok((0, Vec::new()));
        }
        let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
        Ok((count, self.act(&Act::Adopt { records }, None)?))
    }

    pub(super) fn device_here(&self, device: [u8; 16]) -> Result<Device> {
        let device = Device::new(device);
        let known = self.trust.directory.state().devices.contains_key(&device);
        known
            .then_some(device)
            .ok_or_else(|| ErrorCode::UnknownDevice.into())
    }

    /// The paper admin key as it was typed.
    pub(super) fn paper(&self, typed: Option<&str>) -> Result<SigningKey> {
        let wrong = || AppError::from(ErrorCode::WrongPaperKey);
        let typed = typed.ok_or(ErrorCode::NeedsSecond)?;
        let paper = crypto::paper::parse(typed).map_err(|error| wrong().because(error))?;
        let known = self
            .trust
            .directory
            .state()
            .is_admin(paper_device(&paper.public()));
        known.then_some(paper).ok_or_else(wrong)
    }

    /// Up to where this laptop has what a device wrote, by lane and incarnation.
    fn reached_by(&mut self, device: Device) -> Result<BTreeSet<CutAt>> {
        let now = self.environment.now();
        self.store.transact(|tx| {
            let vector = Ledger::open(tx, now)?.vector()?;
            let lines = vector.lines().filter(|(line, _)| line.device == device);
            let last = lines.filter_map(|(line, seen)| {
                let beyond = seen.beyond().last_key_value();
                let (seq, record) = beyond.map_or((seen.reached(), seen.last()), |(s, r)| (*s, *r));
                (seq > 0).then_some(CutAt {
                    lane: line.lane,
                    incarnation: line.incarnation,
                    seq,
                    record,
                })
            });
            Ok::<_, AppError>(last.collect())
        })
    }

    pub(super) fn act(&mut self, act: &Act, second: Option<&SigningKey>) -> Result<Touched> {
        self.act_because(act, second, String::new())
    }

    /// The same, with a reason for the access log.
    pub(super) fn act_because(
        &mut self,
        act: &Act,
        second: Option<&SigningKey>,
        reason: String,
    ) -> Result<Touched> {
        let own = Device::new(self.identity.device);
        let mut directory = self.store.read(Trust::read)?.directory;
        let cosigner = second.map(|key| (paper_device(&key.public()), key));
        let op = directory
            .write(act, (own, &self.identity.sign), cosigner)
            .map_err(|error| self.refused(act, error))?;
        let grown = Grown::by(directory, vec![op]);
        let (_, mut touched) = self.take_in(grown, &Delivery::default(), |_| Ok(()), |_| Ok(()))?;
        self.log(&Deed {
            reason,
            ..deed_of(act)
        })?;
        touched.insert("devices".to_owned());
        Ok(touched.into_iter().collect())
    }

    /// Why the directory does not take an act of this device.
    pub(super) fn refused(&self, act: &Act, error: DirectoryError) -> AppError {
        let office = self.trust.directory.state();
        let own = Device::new(self.identity.device);
        let takes_out = match act {
            Act::Revoke { device, .. }
            | Act::Leave { device }
            | Act::RemoveAdmin { device }
            | Act::Wipe { device } => Some(*device),
            _ => None,
        };
        let others = || {
            office.admins.iter().any(|(device, admin)| {
                Some(*device) != takes_out && !admin.paper && office.is_admin(*device)
            })
        };
        let code = match error {
            DirectoryError::NoRight if !office.is_admin(own) => ErrorCode::NotAdmin,
            DirectoryError::NoRight if takes_out.is_some() && !others() => ErrorCode::LastAdmin,
            _ => ErrorCode::Internal,
        };
        AppError::new(code).because(error)
    }
}

/// An act as the access log keeps it.
pub(super) fn deed_of(act: &Act) -> Deed {
    let (word, device) = match act {
        Act::Freeze { device } => ("freeze", Some(device)),
        Act::Unfreeze { device } => ("release", Some(device)),
        Act::Revoke { device, .. } => ("revoke", Some(device)),
        Act::Leave { device } => ("left", Some(device)),
        Act::Wipe { device } => ("wipe", Some(device)),
        Act::Roles { device, .. } => ("role", Some(device)),
        Act::KemRenew { device, .. } => ("renewKey", Some(device)),
        Act::AddAdmin { device } => ("addAdmin", Some(device)),
        Act::RemoveAdmin { device } => ("removeAdmin", Some(device)),
        Act::GroupAdd { device, .. } => ("groupAdd", Some(device)),
        Act::GroupRemove { device, .. } => ("groupRemove", Some(device)),
        Act::Adopt { .. } => ("adopt", None),
        Act::Erase { .. } => ("erase", None),
        Act::CancelErase { .. } => ("cancelErase", None),
        Act::Escrow { .. } | Act::EscrowSeat { .. } => ("escrow", None),
        _ => ("directory", None),
    };
    match device {
        Some(device) => Deed::on_device(*device.as_bytes(), word),
        None => Deed::of(wire::audit::Act::Device, word),
    }
}
