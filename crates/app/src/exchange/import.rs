//! Bundles in.
//!
//! # Invariants
//!
//! - **Whole or not at all.** A file whose form, office, key or sender does not hold is refused before anything is
//!   written; what a good one brings is one transaction.
//! - **In a folder, one bad file holds up no other.** It is told apart; only when no file could be read is the folder
//!   itself refused.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;

use store::Transaction;
use store::table::projection::Order;
use sync::plan::missing;
use sync::vector::Line;
use wire::audit::Act;
use wire::body::Have;
use wire::bundle::{BundleKeys, open};
use wire::chunk;
use wire::directory::Standing;
use wire::envelope::{LaneKey, open_outer};
use wire::ids::{Device, Hash, Lane, Org};

use super::delivery::{Came, Delivery};
use super::export::{Placed, digest_of, file_row};
use super::ingest::Tally;
use super::ledger::{Ledger, standing};
use super::refusal::code;
use super::{file, rescue, state};
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::hex;
use crate::names::Names;
use crate::session::view::{ImportView, RefusedView};

/// More conflicts than anybody counts.
const MANY: u32 = 1_000_000;

/// What came of one or several deliveries.
#[derive(Debug, Default)]
pub(super) struct Brought {
    pub(super) tally: Tally,
    touched: BTreeSet<String>,
    senders: BTreeSet<Device>,
    /// Up to where those reach who left out what this device was said to have.
    relied_on: Vec<Have>,
    /// Something was handed over for adoption.
    is_rescue: bool,
    /// When the newest file of a colleague in the office was made, ms, by its author's clock.
    heard: Option<i64>,
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
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.log(&Deed::of(Act::Import, name))?;
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
        for error in refused {
            brought.refuse_file(error.code);
        }
        Ok(())
    }

    pub(super) fn import_file(&mut self, path: &Path, brought: &mut Brought) -> Result<()> {
        let head = file::head(path).map_err(file::failed)?;
        let file = File::open(path).map_err(file::failed)?;
        self.import(file, Some(head), brought)
    }

    /// The same without a file: between the invented colleagues of みほん市, and for tests that exchange thousands.
    pub(crate) fn import_bytes(&mut self, bytes: &[u8]) -> Result<ImportView> {
        let mut brought = Brought::default();
        self.import(std::io::Cursor::new(bytes), None, &mut brought)?;
        Ok(self.imported(brought)?.0)
    }

    /// Takes in a bundle. `head` is by what its file is remembered, once all that is in it is here.
    fn import<R: Read + Seek>(
        &mut self,
        file: R,
        head: Option<file::Head>,
        brought: &mut Brought,
    ) -> Result<()> {
        let (office, lanes) = self.store.read(|reader| {
            let office = reader.vault_keys(&self.identity.office_vault)?;
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
        let receiving = self.identity.receiving();
        let keys = BundleKeys {
            office: &office,
            lanes: &lanes,
            device: &receiving,
        };
        let bundle =
            open(file, Org::new(self.identity.org), &keys).map_err(|e| self.for_whom(e))?;
        let is_rescue = bundle.is_rescue();
        let manifest = bundle.manifest().clone();
        let grown = self.grow(&manifest.directory, &manifest.heads)?;
        let office = grown.directory(&self.trust).state();
        let sender = office.devices.get(&manifest.sender);
        let sender = sender.ok_or(ErrorCode::UnknownDevice)?;
        let mut bundle = bundle.verify(&sender.keys.sign)?;
        let own = office.devices.get(&Device::new(self.identity.device));
        let id = Device::new(self.identity.device);
        if office.wiped.contains(&id)
            || own.is_some_and(|own| own.frozen || own.standing != Standing::Active)
        {
            // What was decided about this device it is to know, and nothing else.
            let (delivery, none) = (
                Delivery::default(),
                |_: &mut dyn FnMut(Vec<u8>) -> Result<()>| Ok(()),
            );
            self.take_in(grown, &delivery, none, |_| Ok(()))?;
            return self.must_exchange();
        }
        // Records and boxes of one who is frozen or out are judged one by one; what it says of others is not listened to.
        let is_heard = !sender.frozen && sender.standing == Standing::Active;
        let mut delivery = Delivery {
            boxes: &manifest.boxes,
            heads: &manifest.heads,
            ..Delivery::default()
        };
        if is_heard {
            delivery.sender = Some(manifest.sender);
            delivery.told = [manifest.contains.as_slice(), &manifest.acknowledges].concat();
            delivery.acknowledges = Some(&manifest.acknowledges);
        }
        let now = self.environment.now();
        let org = Org::new(self.identity.org);
        // None once a record came that has no name.
        let placed: RefCell<Option<Vec<Placed>>> =
            RefCell::new(head.filter(|_| is_heard).map(|_| Vec::new()));
        let (files, mut has_chunks) = (self.chunks.clone(), false);
        let came = self.take_in(
            grown,
            &delivery,
            |admit| {
                bundle.records(|bytes| {
                    if let Some(chunk) = chunk::from_bundle(&bytes) {
                        // Of one who is frozen or out it is not kept, unless it hands over what it has; nor is what no
                        // attachment names.
                        if is_heard || is_rescue {
                            has_chunks = true;
                            files.stage(&crypto::sha256(&[chunk]), chunk)?;
                        }
                        return Ok(());
                    }
                    let mut placed = placed.borrow_mut();
                    if let Some(all) = placed.as_mut() {
                        match open_outer(bytes.clone(), org) {
                            Ok(sealed) => {
                                let outer = sealed.outer();
                                all.push((Line::of(outer), outer.seq, sealed.id()));
                            }
                            Err(_) => *placed = None,
                        }
                    }
                    admit(bytes)
                })
            },
            |tx| {
                tx.put_device_state(state::IMPORTED, now.to_string().as_bytes())?;
                if is_rescue {
                    rescue::came(tx, manifest.sender, now)?;
                }
                let placed = placed.borrow();
                if let (Some(head), Some(placed)) = (head, placed.as_deref())
                    && are_kept(tx, placed)?
                {
                    let directory = digest_of(manifest.directory.iter().map(|op| op.0.as_slice()));
                    tx.put_bundle_file(&file_row(&head, now, directory, placed))?;
                }
                Ok(())
            },
        );
        self.settle_chunks();
        let mut came = came?;
        if has_chunks {
            came.1.insert("attachments".to_owned());
        }
        brought.is_rescue |= is_rescue;
        if is_heard && manifest.sender != id && self.reads_all_of_ours(manifest.sender) {
            brought.heard = brought.heard.max(Some(manifest.made_at));
        }
        brought.add(came, Some(manifest.sender));
        if is_heard && !manifest.complete {
            let lanes = self.lanes_of_own_groups();
            let told = manifest.contains.into_iter();
            brought
                .relied_on
                .extend(told.filter(|have| lanes.contains(&have.lane)));
        }
        Ok(())
    }

    /// Brings what is in memory up to date, and says what came.
    pub(super) fn imported(&mut self, brought: Brought) -> Result<(ImportView, Vec<String>)> {
        let Brought {
            tally,
            touched,
            senders,
            relied_on,
            is_rescue,
            heard,
        } = brought;
        let missing = self.lacking(&relied_on)?;
        let held = self.still_waiting(&tally.held)?;
        if let Some(made_at) = heard.filter(|_| missing == 0) {
            self.compared_by_file(made_at)?;
        }
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
            held,
            refused: tally.refused,
            from: from.map(|device| self.names.author(&hex(device.as_bytes()))),
            conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
            missing,
            rescue: is_rescue.then_some(true),
        };
        Ok((view, touched.into_iter().collect()))
    }

    /// How many of these records still wait. What waited when one page or file was over may have been let in by the next.
    fn still_waiting(&self, held: &BTreeSet<Hash>) -> Result<u32> {
        self.store.read(|reader| {
            let mut count = 0;
            for id in held {
                let place = reader.record_place(id.as_bytes())?;
                count += u32::from(place.is_none_or(|row| row.state == standing::HELD));
            }
            Ok(count)
        })
    }

    /// How many records are not here of what this device was said to have.
    fn lacking(&mut self, relied_on: &[Have]) -> Result<u32> {
        if relied_on.is_empty() {
            return Ok(0);
        }
        let now = self.environment.now();
        let missing = self
            .store
            .transact(|tx| missing(&Ledger::open(tx, now)?, relied_on).map_err(AppError::from))?;
        Ok(u32::try_from(missing).unwrap_or(u32::MAX))
    }
}

/// Whether all these records are here to stay, so that their file need not be read again.
fn are_kept(tx: &Transaction<'_>, records: &[Placed]) -> Result<bool> {
    for (_, _, id) in records {
        let is_kept = tx.record_place(id.as_bytes())?.is_some_and(|row| {
            row.state != standing::REFUSED || row.reason.as_deref() != Some(code::FLOOD)
        });
        if !is_kept {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the file is to blame, and not the store.
pub(super) fn is_of_the_file(code: ErrorCode) -> bool {
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
        ErrorCode::RescueForAdmins,
        ErrorCode::UnknownDevice,
    ]
    .contains(&code)
}

impl Brought {
    /// Takes note of a file that could not be read. Beside ours, a stick may hold what was made for others.
    pub(super) fn refuse_file(&mut self, code: ErrorCode) {
        let for_others = [
            ErrorCode::ForeignOffice,
            ErrorCode::NotForThisDevice,
            ErrorCode::RescueForAdmins,
        ];
        if !for_others.contains(&code) {
            self.tally.refused.push(RefusedView {
                code: code.as_str().to_owned(),
                device: String::new(),
            });
        }
    }

    pub(super) fn add(&mut self, (tally, touched): Came, sender: Option<Device>) {
        self.tally.new += tally.new;
        self.tally.known += tally.known;
        self.tally.held.extend(tally.held);
        self.tally.refused.extend(tally.refused);
        self.touched.extend(touched);
        self.senders.extend(sender);
    }
}
