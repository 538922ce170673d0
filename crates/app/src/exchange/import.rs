//! Bundles in.
//!
//! # Invariants
//!
//! - **Whole or not at all.** A file whose form, office, key or sender does not hold is refused before anything is
//!   written; what a good one brings is one transaction.
//! - **In a folder, one bad file holds up no other.** It is told apart; only when no file could be read is the folder
//!   itself refused.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;

use record::{DocKey, Kind};
use store::Transaction;
use store::table::projection::Order;
use store::table::record::PeerRow;
use wire::bundle::{BundleKeys, open};
use wire::cbor;
use wire::directory::{Op, Standing};
use wire::envelope::LaneKey;
use wire::ids::{Device, Lane, Org};

use super::ingest::{Ingest, Tally};
use super::{file, state};
use crate::App;
use crate::documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{self, hex};
use crate::identity::Identity;
use crate::names::Names;
use crate::session::view::{ImportView, RefusedView};
use crate::trust::{self, Trust};

/// More conflicts than anybody counts.
const MANY: u32 = 1_000_000;

/// What came of one or several files.
#[derive(Default)]
struct Brought {
    tally: Tally,
    touched: BTreeSet<String>,
    senders: BTreeSet<Device>,
}

impl App {
    /// Takes in one bundle, or every bundle below a folder. Says what was new, known, held and refused, and which tags
    /// went stale.
    ///
    /// # Errors
    /// The code of what is wrong with the file; of a folder, that of its first file when none could be read. Then nothing
    /// has changed.
    pub fn bundle_import(&mut self, path: &Path) -> Result<(ImportView, Vec<String>)> {
        let mut brought = Brought::default();
        if fs::metadata(path).map_err(file::failed)?.is_dir() {
            self.import_folder(path, &mut brought)?;
        } else {
            self.import_file(path, &mut brought)?;
        }
        self.imported(brought)
    }

    fn import_folder(&mut self, folder: &Path, brought: &mut Brought) -> Result<()> {
        let (mut read, mut refused) = (false, Vec::new());
        for path in file::bundles_below(folder).map_err(file::failed)? {
            match self.import_file(&path, brought) {
                Ok(()) => read = true,
                Err(error) if is_of_the_file(error.code) => refused.push(error),
                Err(error) => {
                    // What the files before it brought stays.
                    self.imported(std::mem::take(brought))?;
                    return Err(error);
                }
            }
        }
        if !read {
            return Err(refused
                .into_iter()
                .next()
                .unwrap_or_else(|| ErrorCode::NotOurFile.into()));
        }
        // Beside ours, a stick may hold what was made for others.
        let for_others = [ErrorCode::ForeignOffice, ErrorCode::NotForThisDevice];
        for error in refused
            .into_iter()
            .filter(|error| !for_others.contains(&error.code))
        {
            let code = error.code.as_str().to_owned();
            brought.tally.refused.push(RefusedView {
                code,
                device: String::new(),
            });
        }
        Ok(())
    }

    fn import_file(&mut self, path: &Path, brought: &mut Brought) -> Result<()> {
        let file = File::open(path).map_err(file::failed)?;
        self.import(file, brought)
    }

    /// The same without a file, for tests that exchange thousands of bundles.
    #[cfg(test)]
    pub(super) fn import_bytes(&mut self, bytes: &[u8]) -> Result<ImportView> {
        let mut brought = Brought::default();
        self.import(std::io::Cursor::new(bytes), &mut brought)?;
        Ok(self.imported(brought)?.0)
    }

    fn import<R: Read + Seek>(&mut self, file: R, brought: &mut Brought) -> Result<()> {
        let now = self.environment.now();
        let Self {
            store,
            identity,
            trust,
            ..
        } = self;
        let (office, lanes) = store.read(|reader| {
            let office = reader.vault_keys(&identity.office_vault)?;
            let mut lanes = Vec::new();
            for row in reader.vaults_of_class("team")? {
                for key in reader.vault_keys(&row.vault)? {
                    lanes.push((Lane::new(row.lane), LaneKey::of(&key)));
                }
            }
            Ok::<_, AppError>((office, lanes))
        })?;
        let office: Vec<_> = office.iter().collect();
        let lanes: Vec<_> = lanes.iter().map(|(lane, key)| (*lane, key)).collect();
        let keys = BundleKeys {
            office: &office,
            lanes: &lanes,
            device: Some(&identity.kem),
        };
        let bundle = open(file, Org::new(identity.org), &keys)?;

        // The directory first: it may be what says who the sender is. It proves itself; on a copy, as nothing is to
        // change before the sender is known.
        let manifest = bundle.manifest().clone();
        let known: BTreeSet<_> = trust.directory.ops().map(Op::to_bytes).collect();
        let told: Vec<_> = manifest
            .directory
            .iter()
            .map(|op| op.0.as_slice())
            .collect();
        let mut new = Vec::new();
        let mut grown = None;
        if told.iter().any(|op| !known.contains(*op)) {
            let mut directory = store.read(Trust::read)?.directory;
            new = directory.receive(told).new;
            grown = Some(directory);
        }
        // What digests stand for proves itself too, and changes nothing.
        let directory = grown.as_mut().unwrap_or(&mut trust.directory);
        manifest
            .heads
            .iter()
            .for_each(|heads| directory.learn_heads(heads.clone()));
        let directory = &*directory;
        let member = directory.state().devices.get(&manifest.sender);
        let trusted = member.filter(|member| {
            !member.frozen && !matches!(member.standing, Standing::Revoked { .. })
        });
        let public = trusted.ok_or(ErrorCode::UnknownDevice)?.keys.sign;
        let mut bundle = bundle.verify(&public)?;

        let incarnation = store.incarnation();
        let (tally, touched, changed) = store.transact(|tx| {
            for op in &new {
                tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
            }
            let mut ingest = Ingest::new(tx, directory, identity, &manifest.heads, now)?;
            for keybox in &manifest.boxes {
                ingest.key_in_front(&keybox.0)?;
            }
            ingest.take_up_held()?;
            bundle.records(|bytes| ingest.admit(bytes, manifest.sender))?;
            ingest.settle()?;
            let told = [manifest.contains.as_slice(), &manifest.acknowledges].concat();
            if let Some(behind) = ingest.left_behind(&told, incarnation)? {
                tx.put_device_state(state::LEFT_BEHIND, behind.to_string().as_bytes())?;
            }
            let own = Device::new(identity.device);
            for author in ingest.authors.iter().filter(|author| **author != own) {
                tx.put_peer(&PeerRow {
                    device: *author.as_bytes(),
                    merged_at: now,
                    has: None,
                })?;
            }
            if manifest.sender != own {
                let has = Some(cbor::to_vec(&manifest.acknowledges));
                tx.put_peer(&PeerRow {
                    device: *manifest.sender.as_bytes(),
                    merged_at: now,
                    has,
                })?;
            }
            tx.put_device_state(state::IMPORTED, now.to_string().as_bytes())?;
            let (tally, mut touched, changed) = ingest.into_changed();
            if !new.is_empty() {
                touched.insert("devices".to_owned());
            }
            touched.insert("status".to_owned());
            keep_settings(tx, identity, &changed)?;
            Ok::<_, AppError>((tally, touched, changed))
        })?;

        // An editor that is open keeps its base: the document that is read next holds it, and what came besides.
        for key in &changed {
            self.documents.forget(key);
        }
        if let Some(directory) = grown {
            self.trust.directory = directory;
        }
        let (office_key, zone) = self.store.read(|reader| {
            let office_key = reader
                .vault_keys(&self.identity.office_vault)?
                .into_iter()
                .next();
            Ok::<_, AppError>((
                office_key,
                trust::read_office(reader)?.map(|office| office.zone),
            ))
        })?;
        self.trust.office_key = office_key.ok_or(ErrorCode::StoreDamaged)?;
        if let Some(zone) = zone.and_then(|zone| zone.parse().ok()) {
            self.identity.zone = zone;
        }
        self.leave_behind()?;
        brought.add(tally, touched, manifest.sender);
        Ok(())
    }

    /// Brings what is in memory up to date, and says what came.
    fn imported(&mut self, brought: Brought) -> Result<(ImportView, Vec<String>)> {
        let Brought {
            tally,
            touched,
            senders,
        } = brought;
        let conflicts = self.store.read(|reader| {
            self.names = Names::read(reader)?;
            Ok::<_, AppError>(
                reader
                    .projections("conflict", None, Order::Ascending, None, MANY)?
                    .len(),
            )
        })?;
        let mut senders = senders.into_iter();
        let from = senders.next().filter(|_| senders.next().is_none());
        let view = ImportView {
            new: tally.new,
            known: tally.known,
            held: tally.held,
            refused: tally.refused,
            from: from.map(|device| self.names.author(&hex(device.as_bytes()))),
            conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
        };
        Ok((view, touched.into_iter().collect()))
    }
}

/// Whether the file is to blame, and not the store.
fn is_of_the_file(code: ErrorCode) -> bool {
    [
        ErrorCode::FileDamaged,
        ErrorCode::FileFailed,
        ErrorCode::FileOversized,
        ErrorCode::FileTruncated,
        ErrorCode::ForeignOffice,
        ErrorCode::Forged,
        ErrorCode::NewerFormat,
        ErrorCode::NotForThisDevice,
        ErrorCode::NotOurFile,
        ErrorCode::UnknownDevice,
    ]
    .contains(&code)
}

impl Brought {
    fn add(&mut self, tally: Tally, touched: BTreeSet<String>, sender: Device) {
        self.tally.new += tally.new;
        self.tally.known += tally.known;
        self.tally.held += tally.held;
        self.tally.refused.extend(tally.refused);
        self.touched.extend(touched);
        self.senders.insert(sender);
    }
}

/// What a store keeps of the office's settings beside the document, to have it before a document is opened.
fn keep_settings(
    tx: &Transaction<'_>,
    identity: &Identity,
    changed: &BTreeSet<DocKey>,
) -> Result<()> {
    let key = DocKey {
        kind: Kind::Settings,
        vault: identity.office_vault,
        doc: identity.settings,
    };
    let Some(mut office) = trust::read_office(tx)?.filter(|_| changed.contains(&key)) else {
        return Ok(());
    };
    let document = documents::load(tx, key)?;
    let view = document.view(None);
    office.name = said::string(&view, "officeName").unwrap_or(office.name);
    office.zone = said::string(&view, "zone")
        .filter(|zone| zone.parse::<domain::Zone>().is_ok())
        .unwrap_or(office.zone);
    tx.put_device_state(trust::state::OFFICE, &serde_json::to_vec(&office)?)?;
    Ok(())
}
