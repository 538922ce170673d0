//! Bundles out: what this device holds for the reader, verbatim.
//!
//! # Invariants
//!
//! - **Complete unless the readers' own word says otherwise**: what a reader may need is never left out on the strength of
//!   a guess about what it has.
//! - **Own files only**: an export never touches a file that another device wrote.
//! - **Never a file without an entry** in the register of what was carried out: the entry is on the disk before the file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use store::table::file::{FileRow, RunRow};
use store::{Chunks, Transaction};
use sync::plan::{Scope, plan_for};
use sync::run::runs;
use sync::store::SyncStore as _;
use sync::vector::Line;
use wire::audit::Act;
use wire::body::Have;
use wire::bundle::{BundleWriter, Load, MAX_BUNDLE, Manifest, Sender, To};
use wire::cbor::{self, Bytes};
use wire::chunk;
use wire::directory::{Directory, Standing, State};
use wire::ids::{Device, Hash, Lane, Org};

use super::file::{self, Stopped};
use super::ledger::Ledger;
use super::seal::Occasion;
use super::{rescue, state, travel};
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::identity::Identity;
use crate::ops::carryout::{self, Going};
use crate::session;
use crate::session::view::{ExportBundle, ExportView};
use crate::trust::Trust;

/// Records in one file: below the largest bundle by enough for the manifest and the seals of all chunks.
const PART: u64 = MAX_BUNDLE / 5 * 4;

/// The same, as tests set it.
fn part() -> u64 {
    #[cfg(test)]
    if let Some(part) = rescue::tests::PART.get() {
        return part;
    }
    PART
}

/// A record with its place.
pub(super) type Placed = (Line, u64, Hash);

/// What a bundle leaves out.
#[derive(Debug)]
pub(super) enum LeaveOut {
    /// Nothing: the bundle is whole.
    Nothing,
    /// What every reader said to have.
    Acknowledged,
    /// These records: they lie beside it.
    These(BTreeSet<Hash>),
    /// What others wrote, and what the administrators said to have: it is handed over to them (救出ファイル).
    AllButOwn,
}

impl App {
    /// Seals what has not left yet and writes a bundle, for one device or for the whole office, of what its readers did
    /// not say to have, or of everything. A path that ends in `.mgb` is one file; any other is a folder, made or added to.
    /// An entry in the register goes before it, and is marked where the file could not be written.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDevice`] when the reader is none of this office; [`ErrorCode::InvalidValue`] for details that
    /// cannot be kept; [`ErrorCode::FileFailed`], [`ErrorCode::DiskFull`]; [`ErrorCode::FileOversized`] when one file
    /// cannot hold it: choose a folder. What was sealed stays sealed, and leaves with the next bundle.
    pub fn bundle_export(&mut self, path: &Path, request: &ExportBundle) -> Result<ExportView> {
        let leave_out = match request.complete {
            Some(true) => LeaveOut::Nothing,
            Some(false) | None => LeaveOut::Acknowledged,
        };
        self.carry_out(path, request, &leave_out)
    }

    pub(super) fn carry_out(
        &mut self,
        path: &Path,
        request: &ExportBundle,
        leave_out: &LeaveOut,
    ) -> Result<ExportView> {
        carryout::check(request)?;
        let reader = request.for_device.as_deref().map(device).transpose()?;
        let kem = reader.map(|device| self.public_key(device)).transpose()?;
        self.seal(Occasion::Bundle)?;
        let is_rescue = matches!(leave_out, LeaveOut::AllButOwn);
        let target = if is_rescue {
            Target::Files(path.to_owned()).tried()?
        } else {
            Target::choose(path, self.identity.device, self.store.incarnation())?
        };
        let own_entry = u64::from(self.writes());
        let (going, unsent) = self.pack(reader, leave_out, |parcel| {
            let parts = parcel.parts().len();
            if parts > 1 && target.is_one_file() {
                return Err(ErrorCode::FileOversized.into());
            }
            let going = Going {
                request,
                reader: reader.map(|device| hex(device.as_bytes())),
                file: target.place(0).1,
                // The entry's own record goes along.
                records: parcel.records.len() as u64 + own_entry,
                bytes: parcel.bytes(),
                complete: parcel.complete,
            };
            Ok((going, parcel.tx.unsent()?.changes))
        })?;
        let entry = self.enter(&going)?;
        let written = self.seal(Occasion::Bundle).and_then(|_| {
            let now = self.environment.now();
            self.pack(reader, leave_out, |parcel| {
                let mut view = parcel.write_files(&target, &parcel.to(kem))?;
                parcel.has_left()?;
                view.newly_sent = unsent.saturating_sub(parcel.tx.unsent()?.changes);
                parcel
                    .tx
                    .put_device_state(state::EXPORTED, now.to_string().as_bytes())?;
                if is_rescue {
                    view.newly_sent = unsent;
                }
                Ok(view)
            })
        });
        if let (Err(_), Some(entry)) = (&written, entry) {
            // Why the file failed is what is told.
            let _ = self.apply("carryout.fail", |w| carryout::not_written(w, &entry));
        }
        written
    }

    /// Whether this device writes records. An auditor's does not: what it carries out stands in its access log alone.
    fn writes(&self) -> bool {
        // By its roles alone: what a device enters that is out is kept for whoever takes its words over.
        let devices = &self.trust.directory.state().devices;
        let own = devices.get(&Device::new(self.identity.device));
        own.is_some_and(|member| member.roles.iter().any(|role| role.writes()))
    }

    /// Enters what is going to leave into the register (for whoever writes there) and into the access log.
    pub(super) fn enter(&mut self, going: &Going<'_>) -> Result<Option<[u8; 16]>> {
        let deed = Deed {
            reason: going.request.purpose.clone().unwrap_or_default(),
            ..Deed::of(Act::Export, going.file.clone())
        };
        if !self.writes() {
            self.log(&deed)?;
            return Ok(None);
        }
        let (entry, _) = self.apply_noted("carryout.enter", |w| {
            Ok((carryout::enter(w, going)?, Some(deed)))
        })?;
        Ok(Some(entry))
    }

    /// Packs what a bundle will hold and lets `work` have it, in one transaction.
    pub(super) fn pack<T>(
        &mut self,
        reader: Option<Device>,
        leave_out: &LeaveOut,
        work: impl FnOnce(&Parcel<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        let now = self.environment.now();
        let Self {
            store,
            identity,
            trust,
            chunks,
            ..
        } = self;
        store.transact(|tx| {
            let mut parcel = Parcel::pack(tx, identity, trust, chunks, reader, now, leave_out)?;
            parcel.chunks = travel::chunks_of(tx, trust, chunks, reader, &parcel.records)?;
            work(&parcel)
        })
    }

    /// The public key of a device of this office that may be sent something.
    fn public_key(&self, device: Device) -> Result<[u8; 32]> {
        let member = self.trust.directory.state().devices.get(&device);
        let member = member.filter(|member| member.standing == Standing::Active && !member.frozen);
        Ok(member.ok_or(ErrorCode::UnknownDevice)?.kem())
    }

    /// A whole bundle for the office that never lies on a medium, and has no entry: between the invented colleagues of
    /// みほん市, and for tests that exchange thousands.
    pub(crate) fn bundle_bytes(&mut self) -> Result<Vec<u8>> {
        self.bundle_in_memory(&LeaveOut::Nothing, || true)
    }

    /// With only those records that are picked.
    pub(super) fn bundle_in_memory(
        &mut self,
        leave_out: &LeaveOut,
        mut pick: impl FnMut() -> bool,
    ) -> Result<Vec<u8>> {
        self.seal(Occasion::Bundle)?;
        self.pack(None, leave_out, |parcel| {
            let picked: Vec<_> = parcel.records.iter().copied().filter(|_| pick()).collect();
            let mut out = Vec::new();
            let part = Part {
                records: &picked,
                chunks: &parcel.chunks,
            };
            parcel.write(&mut out, &parcel.to(None), &part)?;
            parcel.has_left()?;
            Ok(out)
        })
    }
}

fn device(text: &str) -> Result<Device> {
    session::device_id(text)
        .map(Device::new)
        .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "forDevice"))
}

/// SHA-256 over directory operations, whatever their order.
pub(super) fn digest_of<'a>(operations: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let ids: BTreeSet<_> = operations.map(|op| crypto::sha256(&[op])).collect();
    let ids: Vec<&[u8]> = ids.iter().map(<[u8; 32]>::as_slice).collect();
    crypto::sha256(&ids)
}

/// The same over those of this office.
pub(super) fn digest_of_all(directory: &Directory) -> [u8; 32] {
    let ops: Vec<_> = directory.ops().map(|op| op.to_bytes()).collect();
    digest_of(ops.iter().map(Vec::as_slice))
}

/// A file as it is remembered.
pub(super) fn file_row(
    head: &file::Head,
    at: i64,
    directory: [u8; 32],
    records: &[Placed],
) -> FileRow {
    let run = |run: sync::run::Run| RunRow {
        lane: *run.line.lane.as_bytes(),
        device: *run.line.device.as_bytes(),
        incarnation: run.line.incarnation,
        first: run.first,
        last: run.last,
        digest: *run.digest.as_bytes(),
    };
    FileRow {
        head: head.mark,
        length: head.length,
        at,
        directory,
        runs: runs(records.iter().copied()).into_iter().map(run).collect(),
    }
}

/// Where the files go.
enum Target {
    File(PathBuf),
    /// As many as it takes, beside the first: what is handed over must not be stopped by its size.
    Files(PathBuf),
    /// The folder of this device, the folder's name, and the number of the next file.
    Folder(PathBuf, String, u64),
}

impl Target {
    /// Chooses the place, and makes sure that something can be written there before an entry says that it was.
    fn choose(path: &Path, device: [u8; 16], incarnation: u32) -> Result<Self> {
        let target = if file::is_bundle(path) {
            Self::File(path.to_owned())
        } else {
            let name = format!("{}-{incarnation}", hex(&Device::new(device).short()));
            let folder = path.join(&name);
            std::fs::create_dir_all(&folder).map_err(file::failed)?;
            let number = file::next_number(&folder).map_err(file::failed)?;
            Self::Folder(folder, name, number)
        };
        target.tried()
    }

    fn tried(self) -> Result<Self> {
        file::try_place(&self.place(0).0).map_err(file::failed)?;
        Ok(self)
    }

    fn is_one_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// The place of a part, and its name for people.
    fn place(&self, part: u64) -> (PathBuf, String) {
        match self {
            Self::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                (path.clone(), name.into_owned())
            }
            Self::Files(first) => {
                let path = rescue::part_of(first, part);
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name = name.into_owned();
                (path, name)
            }
            Self::Folder(folder, name, number) => {
                let file = format!("{}.{}", number + part, file::ENDING);
                (folder.join(&file), format!("{name}/{file}"))
            }
        }
    }
}

/// What one file holds.
struct Part<'p> {
    records: &'p [(Hash, u64)],
    chunks: &'p [(Hash, u64)],
}

/// Everything that a bundle will hold, before it is cut into files.
pub(super) struct Parcel<'a, 't> {
    tx: &'a Transaction<'t>,
    identity: &'a Identity,
    trust: &'a Trust,
    now: i64,
    /// Names and lengths.
    records: Vec<(Hash, u64)>,
    /// Chunks of the attachments that these records are about, behind them.
    chunks: Vec<(Hash, u64)>,
    files: &'a Chunks,
    /// Nothing is left out.
    complete: bool,
    /// Up to where a line is left out, because the readers have it.
    left_out: BTreeMap<Line, u64>,
    contains: Vec<Have>,
    acknowledges: Vec<Have>,
    boxes: Vec<Bytes>,
    /// Where the office has had other keys before, the devices that may not have the newest yet.
    members: Vec<[u8; 32]>,
    /// Where it is handed over to the administrators: their devices.
    admins: Option<Vec<[u8; 32]>>,
}

impl<'a, 't> Parcel<'a, 't> {
    fn pack(
        tx: &'a Transaction<'t>,
        identity: &'a Identity,
        trust: &'a Trust,
        files: &'a Chunks,
        reader: Option<Device>,
        now: i64,
        leave_out: &LeaveOut,
    ) -> Result<Self> {
        let ledger = Ledger::open(tx, now)?;
        let office = trust.directory.state();
        let belongs = |group| reader.is_none_or(|device| office.is_member(device, group));
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
        let (readers, beside) = match leave_out {
            LeaveOut::Nothing => (Vec::new(), &BTreeSet::new()),
            LeaveOut::Acknowledged => (readers(tx, identity, trust, reader)?, &BTreeSet::new()),
            LeaveOut::These(records) => (Vec::new(), records),
            LeaveOut::AllButOwn => {
                let admins = rescue::admins(identity, trust).into_iter();
                (
                    said_by(tx, admins.map(|(device, _)| device))?,
                    &BTreeSet::new(),
                )
            }
        };
        let own = Device::new(identity.device);
        let rescue = matches!(leave_out, LeaveOut::AllButOwn);
        let (mut records, mut contains, mut boxes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut left_out, mut complete) = (BTreeMap::new(), true);
        for lane in &lanes {
            let of_lane: Vec<_> = readers
                .iter()
                .filter(|(device, _)| reads_lane(office, *device, *lane))
                .map(|(_, has)| has)
                .collect();
            let plan = plan_for(&ledger, Scope::Lane(*lane), &of_lane)?;
            complete &= plan.left_out.is_empty();
            left_out.extend(plan.left_out);
            contains.extend(plan.contains);
            for id in plan.records {
                if beside.contains(&id) || (rescue && !is_of(tx, &id, own)?) {
                    complete = false;
                } else {
                    records.push((id, tx.record_length(id.as_bytes())?));
                }
            }
        }
        // The keys of the teams go in front: without the newest, a reader could not open the lane at all.
        for group in groups {
            boxes.extend(crate::trust::boxes_in_front(tx, group)?);
        }
        if rescue {
            contains.retain(|have| have.device == own);
        }
        let mut members = Vec::new();
        if tx.vault_keys(&identity.office_vault)?.len() > 1 {
            let others = office.devices.iter().filter(|(device, member)| {
                **device != own && !member.frozen && member.standing == Standing::Active
            });
            members = others.map(|(_, member)| member.kem()).collect();
        }
        let mut acknowledges = ledger.vector()?.to_haves();
        acknowledges.retain(|have| lanes.contains(&have.lane));
        Ok(Self {
            tx,
            identity,
            trust,
            now,
            records,
            chunks: Vec::new(),
            files,
            complete,
            left_out,
            contains: ledger.before_refused(contains)?,
            acknowledges,
            boxes,
            members,
            admins: rescue.then(|| {
                let admins = rescue::admins(identity, trust).into_iter();
                admins.map(|(_, kem)| kem).collect()
            }),
        })
    }

    /// How many records are in it.
    pub(super) fn count(&self) -> usize {
        self.records.len()
    }

    /// Bytes of all that is in it.
    fn bytes(&self) -> u64 {
        let all = self.records.iter().chain(&self.chunks);
        all.map(|(_, len)| len).sum()
    }

    /// Whom it is for: one device, or all.
    fn to(&self, device: Option<[u8; 32]>) -> To<'_> {
        if let Some(admins) = &self.admins {
            return To::Admins(admins);
        }
        match device {
            Some(device) => To::Device(device),
            None if self.members.is_empty() => To::All(&self.trust.office_key),
            None => To::Members(&self.trust.office_key, &self.members),
        }
    }

    /// Takes note that what is in here, and what the readers have, is in somebody's hands now.
    fn has_left(&self) -> Result<()> {
        // What is handed over is in the office only once an administrator took it in.
        if self.admins.is_some() {
            return Ok(());
        }
        let records: BTreeSet<_> = self.records.iter().map(|(id, _)| *id.as_bytes()).collect();
        for record in self.tx.outgoing()? {
            if records.contains(&record) || self.is_with_readers(&record)? {
                self.tx.has_left(&record)?;
            }
        }
        Ok(())
    }

    fn is_with_readers(&self, record: &[u8; 32]) -> Result<bool> {
        if self.left_out.is_empty() {
            return Ok(false);
        }
        Ok(self.tx.record_place(record)?.is_some_and(|row| {
            let line = Line {
                lane: Lane::new(row.lane),
                device: Device::new(row.device),
                incarnation: row.incarnation,
            };
            self.left_out
                .get(&line)
                .is_some_and(|last| row.seq <= *last)
        }))
    }

    /// Cuts records and chunks into what one file holds. There is always a file, even with nothing to say.
    fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = vec![(0, 0)];
        let mut bytes = 0;
        let lengths = self.records.iter().chain(&self.chunks).map(|(_, len)| len);
        for (at, len) in lengths.enumerate() {
            bytes += len + 8;
            if bytes > part() && parts.last().is_some_and(|(from, to)| from < to) {
                parts.push((at, at));
                bytes = len + 8;
            }
            if let Some(part) = parts.last_mut() {
                part.1 = at + 1;
            }
        }
        let records = self.records.len();
        let part = |(from, to): (usize, usize)| Part {
            records: self
                .records
                .get(from.min(records)..to.min(records))
                .unwrap_or_default(),
            chunks: self
                .chunks
                .get(from.saturating_sub(records)..to.saturating_sub(records))
                .unwrap_or_default(),
        };
        parts.into_iter().map(part).collect()
    }

    /// Writes all files, and remembers what is in them.
    fn write_files(&self, target: &Target, to: &To<'_>) -> Result<ExportView> {
        let mut view = ExportView {
            file: String::new(),
            records: 0,
            bytes: 0,
            newly_sent: 0,
            complete: self.complete,
        };
        let parts = self.parts();
        if parts.len() > 1 && target.is_one_file() {
            return Err(ErrorCode::FileOversized.into());
        }
        let directory = digest_of_all(&self.trust.directory);
        for (number, part) in (0_u64..).zip(parts) {
            let (place, name) = target.place(number);
            let mut records = Vec::new();
            let written = file::write_whole(&place, |out| {
                records = self.write(out, to, &part).map_err(Stopped)?;
                Ok(())
            });
            view.bytes += written.map_err(|Stopped(error)| error)?;
            view.records = view
                .records
                .saturating_add(u32::try_from(part.records.len()).unwrap_or(u32::MAX));
            view.file = match target {
                Target::Files(_) if number > 0 => format!("{}、{name}", view.file),
                _ => name,
            };
            // What cannot be looked at any more is no longer there to be counted on.
            if let Ok(head) = file::head(&place) {
                self.tx
                    .put_bundle_file(&file_row(&head, self.now, directory, &records))?;
            }
        }
        Ok(view)
    }

    /// Writes one file. Gives the records that went in, with their places.
    fn write<W: Write>(&self, out: W, to: &To<'_>, part: &Part<'_>) -> Result<Vec<Placed>> {
        let directory = &self.trust.directory;
        let manifest = Manifest {
            sender: Device::new(self.identity.device),
            made_at: self.now,
            complete: self.complete,
            contains: self.contains.clone(),
            acknowledges: self.acknowledges.clone(),
            directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
            boxes: self.boxes.clone(),
            heads: vec![directory.heads().clone()],
        };
        let (count, chunks) = (part.records.len(), travel::read(self.files, part.chunks)?);
        let load = Load {
            count: u32::try_from(count + chunks.count()).map_err(|_| ErrorCode::FileOversized)?,
            bytes: part.records.iter().map(|(_, len)| len).sum::<u64>() + chunks.bytes(),
        };
        let sender = Sender {
            org: Org::new(self.identity.org),
            sign: &self.identity.sign,
        };
        let mut bundle = BundleWriter::start(out, to, sender, &manifest, load)?;
        let mut placed = Vec::with_capacity(count);
        for (id, _) in part.records {
            let row = self
                .tx
                .record(id.as_bytes())?
                .ok_or(ErrorCode::StoreDamaged)?;
            bundle.push(&row.bytes)?;
            let line = Line {
                lane: Lane::new(row.lane),
                device: Device::new(row.device),
                incarnation: row.incarnation,
            };
            placed.push((line, row.seq, *id));
        }
        chunks.each(|bytes| Ok(bundle.push(&chunk::carried(bytes))?))?;
        bundle.finish()?;
        Ok(placed)
    }
}

/// What the readers said to have: the one device, or every other of the office that may be sent something. Of one that
/// never said a word it is nothing.
fn readers(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    reader: Option<Device>,
) -> Result<Vec<(Device, Vec<Have>)>> {
    let own = Device::new(identity.device);
    let devices: Vec<Device> = match reader {
        Some(reader) => vec![reader],
        None => {
            let devices = trust.directory.state().devices.iter();
            let others = devices.filter(|(device, member)| {
                **device != own && member.standing == Standing::Active && !member.frozen
            });
            others.map(|(device, _)| *device).collect()
        }
    };
    said_by(tx, devices.into_iter())
}

/// What these devices said to have.
fn said_by(
    tx: &Transaction<'_>,
    devices: impl Iterator<Item = Device>,
) -> Result<Vec<(Device, Vec<Have>)>> {
    let mut said: BTreeMap<Device, Vec<Have>> = BTreeMap::new();
    for peer in tx.peers()? {
        let has = peer.has.and_then(|has| cbor::from_slice(&has).ok());
        said.insert(Device::new(peer.device), has.unwrap_or_default());
    }
    let word = |device: Device| (device, said.remove(&device).unwrap_or_default());
    Ok(devices.map(word).collect())
}

fn is_of(tx: &Transaction<'_>, record: &Hash, device: Device) -> Result<bool> {
    let place = tx.record_place(record.as_bytes())?;
    Ok(place.is_some_and(|row| Device::new(row.device) == device))
}

/// Whether a device is to have what travels in a lane: everybody the organisation's, members their team's.
fn reads_lane(office: &State, device: Device, lane: Lane) -> bool {
    let mut groups = office.groups.keys();
    lane == Lane::ORG
        || groups.any(|group| group.lane() == lane && office.is_member(device, *group))
}
