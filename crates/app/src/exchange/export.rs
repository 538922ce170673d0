//! Bundles out: all that this device holds for the reader, verbatim.
//!
//! # Invariants
//!
//! - **Complete**: what a reader may need is never left out on the strength of a guess about what it has.
//! - **Own files only**: an export never touches a file that another device wrote.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use store::Transaction;
use store::table::trust::Signed;
use sync::plan::{Scope, plan};
use sync::store::SyncStore as _;
use wire::body::Have;
use wire::bundle::{BundleWriter, Load, MAX_BUNDLE, Manifest, Sender, To};
use wire::cbor::Bytes;
use wire::directory::Standing;
use wire::ids::{Device, Hash, Lane, Org};

use super::file::{self, Stopped};
use super::ledger::Ledger;
use super::seal::Occasion;
use super::state;
use crate::App;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::identity::Identity;
use crate::session::view::ExportView;
use crate::trust::Trust;

/// Records in one file: below the largest bundle by enough for the manifest and the seals of all chunks.
const PART: u64 = MAX_BUNDLE / 5 * 4;

impl App {
    /// Seals what has not left yet and writes a complete bundle: for one device, or for the whole office. A path that
    /// ends in `.mgb` is one file; any other is a folder, made or added to.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`] when the reader is none of this office; [`ErrorCode::FileFailed`],
    /// [`ErrorCode::DiskFull`]; [`ErrorCode::FileOversized`] when one file cannot hold it: choose a folder. What was
    /// sealed stays sealed, and leaves with the next bundle.
    pub fn bundle_export(&mut self, path: &Path, reader: Option<[u8; 16]>) -> Result<ExportView> {
        let kem = reader
            .map(|device| self.public_key(Device::new(device)))
            .transpose()?;
        self.seal(Occasion::Bundle)?;
        let one_file = file::is_bundle(path);
        let (mut number, folder, name) = if one_file {
            (0, PathBuf::new(), String::new())
        } else {
            let name = format!(
                "{}-{}",
                hex(&Device::new(self.identity.device).short()),
                self.store.incarnation()
            );
            let folder = path.join(&name);
            std::fs::create_dir_all(&folder).map_err(file::failed)?;
            (
                file::next_number(&folder).map_err(file::failed)?,
                folder,
                name,
            )
        };
        let now = self.environment.now();
        let Self {
            store,
            identity,
            trust,
            ..
        } = self;
        store.transact(|tx| {
            let parcel = Parcel::pack(tx, identity, trust, reader, now)?;
            let parts = parcel.parts();
            if one_file && parts.len() > 1 {
                return Err(AppError::from(ErrorCode::FileOversized));
            }
            let mut view = ExportView {
                file: String::new(),
                records: 0,
                bytes: 0,
                newly_sent: tx.unsent()?.changes,
            };
            for part in parts {
                let place = if one_file {
                    view.file = path
                        .file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned();
                    path.to_owned()
                } else {
                    let file = format!("{number}.{}", file::ENDING);
                    view.file = format!("{name}/{file}");
                    folder.join(file)
                };
                let to = parcel.to(kem);
                let written =
                    file::write_whole(&place, |out| parcel.write(out, &to, part).map_err(Stopped));
                view.bytes += written.map_err(|Stopped(error)| error)?;
                view.records = view
                    .records
                    .saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
                number += 1;
            }
            parcel.has_left()?;
            view.newly_sent -= tx.unsent()?.changes;
            tx.put_device_state(state::EXPORTED, now.to_string().as_bytes())?;
            Ok(view)
        })
    }

    /// The public key of a device of this office that may be sent something.
    fn public_key(&self, device: Device) -> Result<[u8; 32]> {
        let member = self.trust.directory.state().devices.get(&device);
        let member = member.filter(|member| member.standing == Standing::Active && !member.frozen);
        Ok(member.ok_or(ErrorCode::UnknownDevice)?.keys.kem)
    }

    /// The same without a file, for tests that exchange thousands of bundles.
    #[cfg(test)]
    pub(super) fn bundle_bytes(&mut self) -> Result<Vec<u8>> {
        self.bundle_bytes_of(|| true)
    }

    /// With only those records that are picked.
    #[cfg(test)]
    pub(super) fn bundle_bytes_of(&mut self, mut pick: impl FnMut() -> bool) -> Result<Vec<u8>> {
        self.seal(Occasion::Bundle)?;
        let now = self.environment.now();
        let Self {
            store,
            identity,
            trust,
            ..
        } = self;
        store.transact(|tx| {
            let parcel = Parcel::pack(tx, identity, trust, None, now)?;
            let picked: Vec<_> = parcel.records.iter().copied().filter(|_| pick()).collect();
            let mut out = Vec::new();
            parcel.write(&mut out, &parcel.to(None), &picked)?;
            parcel.has_left()?;
            Ok(out)
        })
    }
}

/// Everything that a bundle will hold, before it is cut into files.
struct Parcel<'a, 't> {
    tx: &'a Transaction<'t>,
    identity: &'a Identity,
    trust: &'a Trust,
    now: i64,
    /// Names and lengths.
    records: Vec<(Hash, u64)>,
    contains: Vec<Have>,
    acknowledges: Vec<Have>,
    boxes: Vec<Bytes>,
    /// Where the office has had other keys before, the devices that may not have the newest yet.
    members: Vec<[u8; 32]>,
}

impl<'a, 't> Parcel<'a, 't> {
    fn pack(
        tx: &'a Transaction<'t>,
        identity: &'a Identity,
        trust: &'a Trust,
        reader: Option<[u8; 16]>,
        now: i64,
    ) -> Result<Self> {
        let ledger = Ledger::open(tx, now)?;
        let office = trust.directory.state();
        let belongs =
            |group| reader.is_none_or(|device| office.is_member(Device::new(device), group));
        let groups: Vec<_> = office
            .groups
            .keys()
            .copied()
            .filter(|group| belongs(*group))
            .collect();
        let lanes: BTreeSet<Lane> = groups
            .iter()
            .map(|group| group.lane())
            .chain([Lane::ORG])
            .collect();
        let (mut records, mut contains, mut boxes) = (Vec::new(), Vec::new(), Vec::new());
        for lane in &lanes {
            let plan = plan(&ledger, Scope::Lane(*lane), None)?;
            contains.extend(plan.contains);
            for id in plan.records {
                records.push((id, tx.record_length(id.as_bytes())?));
            }
        }
        // The keys of the teams go in front: without the newest, a reader could not open the lane at all.
        for group in groups {
            let of_team = tx.signed_of(Signed::Keybox, group.vault().as_bytes())?;
            boxes.extend(of_team.into_iter().map(|row| Bytes(row.bytes)));
        }
        let own = Device::new(identity.device);
        let mut members = Vec::new();
        if tx.vault_keys(&identity.office_vault)?.len() > 1 {
            let others = office.devices.iter().filter(|(device, member)| {
                **device != own && !member.frozen && member.standing == Standing::Active
            });
            members = others.map(|(_, member)| member.keys.kem).collect();
        }
        let mut acknowledges = ledger.vector()?.to_haves();
        acknowledges.retain(|have| lanes.contains(&have.lane));
        Ok(Self {
            tx,
            identity,
            trust,
            now,
            records,
            contains,
            acknowledges,
            boxes,
            members,
        })
    }

    /// Whom it is for: one device, or all.
    fn to(&self, device: Option<[u8; 32]>) -> To<'_> {
        match device {
            Some(device) => To::Device(device),
            None if self.members.is_empty() => To::All(&self.trust.office_key),
            None => To::Members(&self.trust.office_key, &self.members),
        }
    }

    /// Takes note that what is in here is in somebody's hands now.
    fn has_left(&self) -> Result<()> {
        let records: BTreeSet<_> = self.records.iter().map(|(id, _)| *id.as_bytes()).collect();
        for record in self.tx.outgoing()? {
            if records.contains(&record) {
                self.tx.has_left(&record)?;
            }
        }
        Ok(())
    }

    /// Cuts the records into what one file holds. There is always a file, even with nothing to say.
    fn parts(&self) -> Vec<&[(Hash, u64)]> {
        let (mut parts, mut rest, mut at, mut bytes) = (Vec::new(), self.records.as_slice(), 0, 0);
        while let Some((_, len)) = rest.get(at) {
            bytes += len + 4;
            at += 1;
            if bytes > PART {
                let (part, more) = rest.split_at(at);
                parts.push(part);
                (rest, at, bytes) = (more, 0, 0);
            }
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(rest);
        }
        parts
    }

    fn write<W: Write>(&self, out: W, to: &To<'_>, part: &[(Hash, u64)]) -> Result<()> {
        let directory = &self.trust.directory;
        let manifest = Manifest {
            sender: Device::new(self.identity.device),
            made_at: self.now,
            complete: true,
            contains: self.contains.clone(),
            acknowledges: self.acknowledges.clone(),
            directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
            boxes: self.boxes.clone(),
            heads: vec![directory.heads().clone()],
        };
        let load = Load {
            count: u32::try_from(part.len()).map_err(|_| ErrorCode::FileOversized)?,
            bytes: part.iter().map(|(_, len)| len).sum(),
        };
        let sender = Sender {
            org: Org::new(self.identity.org),
            sign: &self.identity.sign,
        };
        let mut bundle = BundleWriter::start(out, to, sender, &manifest, load)?;
        for (id, _) in part {
            let row = self
                .tx
                .record(id.as_bytes())?
                .ok_or(ErrorCode::StoreDamaged)?;
            bundle.push(&row.bytes)?;
        }
        bundle.finish()?;
        Ok(())
    }
}
