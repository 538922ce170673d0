//! What waits on this laptop, and which devices the office has.

use wire::directory::Standing;
use wire::ids::Device;

use super::state;
use crate::App;
use crate::error::{AppError, Result};
use crate::facts::said::hex;
use crate::look;
use crate::session::view::{DeviceList, DeviceView, WaitingView};
use crate::trust;

impl App {
    /// What has not left this laptop, and what arrived and waits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting(&mut self) -> Result<WaitingView> {
        let zone = self.identity.zone;
        let last_backup_at = self.backed_up_at()?;
        self.store.read(|reader| {
            let unsent = reader.unsent()?;
            let at = |key| -> Result<Option<String>> {
                let text = reader
                    .device_state(key)?
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                Ok(text
                    .and_then(|text| text.parse().ok())
                    .map(|ms| look::instant(zone, ms)))
            };
            Ok::<_, AppError>(WaitingView {
                unsent_changes: unsent.changes,
                unsent_documents: unsent.documents,
                since: unsent.since.map(|ms| look::instant(zone, ms)),
                held: reader.count_records("held")?,
                quarantined: reader.count_records("refused")?,
                last_export_at: at(state::EXPORTED)?,
                last_import_at: at(state::IMPORTED)?,
                last_backup_at,
            })
        })
    }

    /// The devices of the office that are in, this one first, then by the names of their workers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn devices(&mut self) -> Result<DeviceList> {
        let peers = self
            .store
            .read(|reader| Ok::<_, AppError>(reader.peers()?))?;
        let (office, own) = (
            self.trust.directory.state(),
            Device::new(self.identity.device),
        );
        let view = |(device, member): (&Device, &wire::directory::Member)| {
            let merged = peers.iter().find(|peer| peer.device == *device.as_bytes());
            DeviceView {
                id: device.to_string(),
                worker: self.names.author(&hex(device.as_bytes())),
                role: member
                    .roles
                    .iter()
                    .find_map(|role| trust::role_word(*role))
                    .map(str::to_owned),
                admin: office.is_admin(*device),
                current: *device == own,
                frozen: member.frozen,
                last_merged_at: merged
                    .map(|peer| look::instant(self.identity.zone, peer.merged_at)),
            }
        };
        let active = office
            .devices
            .iter()
            .filter(|(_, member)| member.standing == Standing::Active);
        let mut items: Vec<_> = active.map(view).collect();
        items.sort_by(|a, b| {
            (!a.current, &a.worker.name, &a.id).cmp(&(!b.current, &b.worker.name, &b.id))
        });
        Ok(DeviceList { items })
    }
}
