//! What waits on this laptop, and which devices the office has.

use std::collections::BTreeMap;

use store::table::record::RecordRow;
use sync::vector::Line;
use wire::body::Have;
use wire::cbor;
use wire::directory::Standing;
use wire::ids::{Device, Lane};

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
        let hub = self.known_hub()?;
        let unconfirmed = self.unconfirmed()?;
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
                unconfirmed,
                hub,
                last_sync_at: at(state::SYNCED)?,
                last_export_at: at(state::EXPORTED)?,
                last_import_at: at(state::IMPORTED)?,
                last_backup_at,
            })
        })
    }

    /// How many own records left this laptop, and neither the hub nor a colleague's laptop has said that it has them.
    fn unconfirmed(&mut self) -> Result<u32> {
        let own = Device::new(self.identity.device);
        self.store.read(|reader| {
            let mut reached: BTreeMap<Line, u64> = BTreeMap::new();
            for has in reader.peers()?.into_iter().filter_map(|peer| peer.has) {
                let haves: Vec<Have> = cbor::from_slice(&has).unwrap_or_default();
                for have in haves.into_iter().filter(|have| have.device == own) {
                    let line = Line {
                        lane: have.lane,
                        device: own,
                        incarnation: have.incarnation,
                    };
                    let seq = reached.entry(line).or_default();
                    *seq = (*seq).max(have.seq);
                }
            }
            let is_out = |row: &&RecordRow| {
                let line = Line {
                    lane: Lane::new(row.lane),
                    device: own,
                    incarnation: row.incarnation,
                };
                reached.get(&line).is_none_or(|seq| *seq < row.seq)
            };
            let left = reader.left_and_unsigned()?;
            let count = left.iter().filter(is_out).count();
            Ok::<_, AppError>(u32::try_from(count).unwrap_or(u32::MAX))
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
