//! What waits on this laptop, and which devices the office has.

use std::collections::BTreeMap;

use crypto::passphrase::Params;
use store::table::record::{RecordRow, WithoutEffect};
use sync::vector::Line;
use wire::body::Have;
use wire::cbor;
use wire::directory::{Member, Standing};
use wire::ids::{Device, Lane};

use super::ledger::{Ledger, NEWER};
use super::refusal::code::{BEYOND_CUT, FLOOD, NO_RIGHT};
use super::{rescue, state};
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::look;
use crate::session::view::{
    DeviceList, DeviceReport, DeviceView, SetAsideList, SetAsideView, WaitingView,
};
use crate::trust;

impl App {
    /// What has not left this laptop, and what arrived and waits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting(&mut self) -> Result<WaitingView> {
        const WEEK: i64 = 7 * 24 * 3_600_000;
        let (zone, now) = (self.identity.zone, self.environment.now());
        let last_backup_at = self.backed_up_at()?;
        let hub = self.known_hub()?;
        let hub_authority = self.hub_authority()?.is_some();
        let folder = self.shared_folder()?;
        let unconfirmed = self.unconfirmed()?;
        let missing = self.missing()?;
        self.store.read(|reader| {
            let unsent = reader.unsent()?;
            let at = |key| -> Result<Option<String>> {
                let kept = state::moment(reader.device_state(key)?);
                Ok(kept.map(|ms| look::instant(zone, ms)))
            };
            let told = state::moment(reader.device_state(state::OTHER_PAST_TOLD)?);
            let told = told.filter(|ms| now.saturating_sub(*ms) < WEEK);
            Ok::<_, AppError>(WaitingView {
                unsent_changes: unsent.changes,
                unsent_documents: unsent.documents,
                since: unsent.since.map(|ms| look::instant(zone, ms)),
                held: reader.count_records("held")?,
                quarantined: reader.count_records("refused")?,
                unconfirmed,
                missing,
                hub,
                hub_authority,
                folder: folder.map(|it| it.to_string_lossy().into_owned()),
                last_sync_at: at(state::SYNCED)?,
                hub_restored_at: told.map(|ms| look::instant(zone, ms)),
                last_export_at: at(state::EXPORTED)?,
                last_import_at: at(state::IMPORTED)?,
                last_backup_at,
            })
        })
    }

    /// What came and did not take effect, and why.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn set_aside(&mut self) -> Result<SetAsideList> {
        let rows = self.store.read(|reader| reader.without_effect())?;
        let view = |row: WithoutEffect| SetAsideView {
            why: why(&row.state, &row.reason).to_owned(),
            code: row.reason,
            worker: self.names.author(&hex(&row.device)),
            count: row.count,
            at: look::instant(self.identity.zone, row.at),
        };
        Ok(SetAsideList {
            items: rows.into_iter().map(view).collect(),
        })
    }

    /// Whether something waits for the hub; nothing where no hub is known. Cheap: it is asked all the time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waits_for_hub(&mut self) -> Result<Option<bool>> {
        let hub = self.known_hub()?;
        let unsent = self.store.read(|reader| reader.unsent())?;
        Ok(hub.map(|_| unsent.changes > 0))
    }

    /// How many records colleagues' laptops say to have that are not here.
    fn missing(&mut self) -> Result<u32> {
        let lanes = self.lanes_of_own_groups();
        let now = self.environment.now();
        self.store.transact(|tx| {
            let has = tx.peers()?.into_iter().filter_map(|peer| peer.has);
            let has = has.filter_map(|bytes| cbor::from_slice::<Vec<Have>>(&bytes).ok());
            let told: Vec<_> = has
                .flatten()
                .filter(|have| lanes.contains(&have.lane))
                .collect();
            let missing = sync::plan::missing(&Ledger::open(tx, now)?, &told)?;
            Ok::<_, AppError>(u32::try_from(missing).unwrap_or(u32::MAX))
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

    /// The devices of the office, this one first, then by the names of their workers; at the end those that are in no
    /// longer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn devices(&mut self) -> Result<DeviceList> {
        let (office, own) = (
            self.trust.directory.state(),
            Device::new(self.identity.device),
        );
        let mut items = self.store.read(|reader| {
            let peers = reader.peers()?;
            let view = |(device, member): (&Device, &Member)| {
                let merged = peers.iter().find(|peer| peer.device == *device.as_bytes());
                Ok::<_, AppError>(DeviceView {
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
                    standing: match member.standing {
                        Standing::Active => "active",
                        Standing::Left => "left",
                        Standing::Revoked { .. } => "revoked",
                    }
                    .to_owned(),
                    aside: reader.count_refused_for(device.as_bytes(), BEYOND_CUT)?,
                    wipe: office.wiped.contains(device).then_some(true),
                    rescued_at: rescue::came_at(reader, *device)?
                        .map(|at| look::instant(self.identity.zone, at)),
                    last_merged_at: merged
                        .map(|peer| look::instant(self.identity.zone, peer.merged_at)),
                })
            };
            office.devices.iter().map(view).collect::<Result<Vec<_>>>()
        })?;
        let order = |it: &DeviceView| {
            let out = it.standing != "active";
            (!it.current, out, it.worker.name.clone(), it.id.clone())
        };
        items.sort_by_key(order);
        Ok(DeviceList { items })
    }

    /// What is known here about a device that is lost: for the report of the breach (漏えい等報告).
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`]; when the store cannot be read.
    pub fn device_report(&mut self, device: &str) -> Result<DeviceReport> {
        let items = self.devices()?.items;
        let found = items.into_iter().find(|it| it.id == device);
        let view = found.ok_or(ErrorCode::UnknownDevice)?;
        let id = crate::session::device_id(device).ok_or(ErrorCode::UnknownDevice)?;
        let (now, zone) = (self.environment.now(), self.identity.zone);
        self.log.note(now, Deed::on_device(id, "report"));
        let directory = &self.trust.directory;
        self.store.read(|reader| {
            let (records, last) = reader.records_of(&id)?;
            let mut restricted = 0;
            for row in reader.vaults_of_class(crate::restricted::CLASS)? {
                let roster = trust::read_roster(reader, directory, &row.vault)?;
                restricted += u32::from(roster.is_some_and(|roster| {
                    // Whoever is shut out reads no longer; that it did is what counts here.
                    let readers = &roster.state().readers;
                    let device = Device::new(id);
                    readers.devices.contains(&device) || readers.stewards.contains(&device)
                }));
            }
            let count = |kind| reader.count_projections(kind);
            Ok::<_, AppError>(DeviceReport {
                device: view,
                at: look::instant(zone, now),
                last_record_at: last.map(|ms| look::instant(zone, ms)),
                records,
                households: count("household")?,
                people: count("person")?,
                restricted,
                argon_memory_mib: Params::FLOOR.memory_kib() / 1024,
                argon_passes: Params::FLOOR.passes(),
                cipher: "AES-256 (SQLCipher)".to_owned(),
            })
        })
    }
}

/// The kind of reason, for people.
fn why(state: &str, reason: &str) -> &'static str {
    match reason {
        _ if reason.starts_with(NEWER) => "newer",
        _ if state == "held" => "waits",
        BEYOND_CUT => "cut",
        FLOOD => "flood",
        NO_RIGHT | "not_in_office" | "no_writing_role" | "not_a_reader" | "foreign_recipient" => {
            "right"
        }
        _ => "form",
    }
}
