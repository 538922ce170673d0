//! The office that takes over: its wish, and taking in what comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use crypto::words::six_words;
use record::Kind as DocKind;
use serde_json::{Value, json};
use store::table::passing::kind;
use wire::body::{Body, Kind, Passed};
use wire::bundle::{BundleError, BundleKeys, VerifiedBundle, open, org_of};
use wire::cbor::Bytes;
use wire::chunk;
use wire::directory::{DeviceKeys, Directory};
use wire::ids::{Device, Doc, Hash, Org, Vault};
use wire::passing::{Case, Receipt, Statement, Wish, directory_of};
use wire::roster::{Class, Roster};

use super::super::file;
use super::super::ingest::Ingest;
use super::super::refusal::Halt;
use super::super::seal::Sealer;
use super::give::{ENDING, records_in};
use super::view::{PassFileView, PassTaken, WishView};
use super::{Touched, refused};
use crate::App;
use crate::audit::Deed;
use crate::documents::Documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::LEAD;
use crate::facts::said::{FIELDS, hex};
use crate::facts::settings::WORKERS;
use crate::session::view_words;
use crate::write::{Write, put};
use crate::{team, trust};

/// Directory operations of another office in one record, bytes.
const OPS: usize = 256 << 10;

/// A file that is whole, for a wish of this device, with its statement; the records are still to be read.
struct Given<R> {
    bundle: VerifiedBundle<R>,
    directory: Directory,
    statement: Statement,
    /// The vaults of the restricted records in it.
    restricted: BTreeSet<Vault>,
    wish: Wish,
}

/// What a file holds, checked against its statement.
#[derive(Default)]
struct Content {
    /// By the vault that they were in: name and body.
    records: BTreeMap<Vault, Vec<(Hash, Passed)>>,
    chunks: u64,
}

impl App {
    /// Makes a wish for another office's cases, for this laptop.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; when the store cannot be written.
    pub fn pass_wish(&mut self) -> Result<(WishView, Vec<u8>)> {
        self.must_be_admin()?;
        let (office, worker) = self.store.read(|reader| {
            let office = trust::read_office(reader)?.ok_or(ErrorCode::Waiting)?;
            Ok::<_, AppError>((office.name, trust::read_worker(reader)?.name))
        })?;
        // What comes for it comes soon: within the life of the key that it names.
        let keys = DeviceKeys {
            sign: self.identity.sign.public(),
            kem: self.identity.kem.public(),
        };
        let org = Org::new(self.identity.org);
        let wish = Wish::make(org, keys, &office, &worker).map_err(refused)?;
        self.store.transact(|tx| {
            tx.put_passing(wish.hash().as_bytes(), kind::WISHED, wish.as_bytes())?;
            Ok::<_, AppError>(())
        })?;
        self.log(&Deed::of(wire::audit::Act::Device, "passWish"))?;
        let view = WishView {
            id: hex(wish.hash().as_bytes()),
            words: view_words(&wish.words()),
            office,
            worker,
        };
        Ok((view, wish.as_bytes().to_vec()))
    }

    /// Says what a file with passed cases holds, and takes nothing of it.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::PassOther`] when it answers no wish of this laptop;
    /// [`ErrorCode::NotForThisDevice`]; what is wrong with the file.
    pub fn pass_look(&mut self, path: &Path) -> Result<PassFileView> {
        self.must_be_compared()?;
        let given = self.given(open_file(path)?)?;
        let passing = &given.statement.passing;
        let author = given.statement.author;
        let id = hex(given.statement.id().as_bytes());
        let by = passing.authors.iter().find(|(device, _)| *device == author);
        let words = view_words(&six_words(given.directory.first().body()));
        self.look(|look| {
            Ok(PassFileView {
                id,
                office: passing.office.clone(),
                words,
                by: by.map(|(_, (_, name))| name.clone()).unwrap_or_default(),
                at: look.instant(i64::try_from(passing.at).unwrap_or_default()),
                reason: passing.reason.clone(),
                basis: passing.basis.clone(),
                households: u32::try_from(passing.households).unwrap_or(u32::MAX),
                restricted: u32::try_from(given.restricted.len()).unwrap_or(u32::MAX),
                records: records_in(&passing.cases),
                chunks: u32::try_from(passing.chunks).unwrap_or(u32::MAX),
            })
        })
    }

    /// Takes passed cases in, for one team or the whole office, and gives the receipt. Nobody leads them yet. What is restricted
    /// is read by this device and by those of these workers, and is open here until the lock. The same file again changes
    /// nothing, and gives a receipt again.
    ///
    /// # Errors
    /// As [`App::pass_look`]; [`ErrorCode::Forged`] when a record in it is not what its author signed, or not all that the
    /// statement names is there; [`ErrorCode::InvalidValue`] for a team that this device is not in;
    /// [`ErrorCode::TooFewReaders`] where something is restricted, [`ErrorCode::UnknownWorker`]. Nothing has changed then.
    pub fn pass_in(
        &mut self,
        path: &Path,
        team: Option<&str>,
        readers: &[String],
    ) -> Result<(PassTaken, Vec<u8>, Touched)> {
        self.must_be_compared()?;
        let mut given = self.given(open_file(path)?)?;
        let content = self.content(&mut given);
        // What was staged for a file that is refused is named by no attachment, and goes.
        let content = match content {
            Ok(content) => content,
            Err(error) => {
                self.settle_chunks();
                return Err(error);
            }
        };
        self.leave_behind()?;
        let Given {
            directory,
            statement,
            restricted,
            wish,
            ..
        } = &given;
        let (incarnation, now) = (self.store.incarnation(), self.environment.now());
        let passing = &statement.passing;
        let taken = self.apply_noted("pass.in", |w| {
            let group = team::chosen(w.tx, w.identity, w.trust, w.names, team)?;
            introduce(w, statement)?;
            let mut sealer = Sealer::open(w.tx, w.identity, w.trust, now, incarnation)?;
            let mut ingest = Ingest::new(w.tx, &w.trust.directory, w.identity, &[], now)?;
            share(&mut sealer, w, directory)?;
            let (mut new, mut known) = (0_u32, 0_u32);
            let (mut fresh, mut secret) = (Vec::new(), Vec::new());
            for (root, records) in content.records {
                let vault = match w.tx.vault_of_root(root.as_bytes())? {
                    Some(vault) => vault,
                    None if restricted.contains(&root) && !is_for_all() => {
                        let readers = readers_of(w, readers)?;
                        let vault =
                            trust::found_restricted_vault(w.tx, w.identity, w.trust, readers)?;
                        secret.push(vault);
                        vault
                    }
                    None => {
                        let vault = trust::found_case_vault(w.tx, w.identity, w.trust, group)?;
                        fresh.push(vault);
                        vault
                    }
                };
                let roster = Hash::new(trust::roster_head(w.tx, &w.trust.directory, &vault)?);
                let head = Hash::new(w.trust.dir_head());
                let mut waiting = Vec::new();
                for (name, passed) in records {
                    if w.tx.is_passed(name.as_bytes())? {
                        known = known.saturating_add(1);
                        continue;
                    }
                    let opened = passed.open(directory).map_err(|_| ErrorCode::Forged)?;
                    let about = (opened.inner.doc, None);
                    let body = Body::Passed(passed);
                    let record = sealer
                        .put(&vault, head, roster, about, &body)?
                        .ok_or(ErrorCode::Internal)?;
                    if let Body::Passed(passed) = body {
                        waiting.push((record, passed));
                    }
                    new = new.saturating_add(1);
                }
                settle(&mut ingest, Vault::new(vault), waiting)?;
            }
            ingest.settle_documents()?;
            let (_, tags, _) = ingest.into_changed();
            for tag in tags {
                w.touch(tag);
            }
            let intakes = nobody_leads(w, &fresh)?;
            for vault in &secret {
                crate::restricted::open(w, *vault, passing.reason.clone())?;
            }
            nobody_leads(w, &secret)?;
            let secret = secret.len();
            w.steps.clear();
            for tag in ["households", "intakes", "status", "attachments"] {
                w.touch(tag);
            }
            let deed = Deed {
                reason: passing.reason.clone(),
                ..Deed::of(wire::audit::Act::Import, passing.office.clone())
            };
            Ok(((new, known, (intakes, secret)), Some(deed)))
        });
        self.documents = Documents::default();
        self.settle_chunks();
        let ((records, known, (intakes, secret)), touched) = taken?;
        let at = u64::try_from(now).unwrap_or_default();
        let receipt = Receipt::make(wish, &self.identity.sign, statement, content.chunks, at)
            .map_err(refused)?;
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let view = PassTaken {
            office: passing.office.clone(),
            households: count(passing.households),
            intakes,
            restricted: u32::try_from(secret).unwrap_or(u32::MAX),
            records,
            known,
            chunks: count(content.chunks),
            missing: count(passing.chunks.saturating_sub(content.chunks)),
        };
        Ok((view, receipt.as_bytes().to_vec(), touched))
    }

    /// Opens a file that answers a wish of this device.
    fn given<R: Read + Seek>(&mut self, mut file: R) -> Result<Given<R>> {
        self.must_be_admin()?;
        let org = org_of(&mut file)?;
        if org.short() == Org::new(self.identity.org).short() {
            return Err(ErrorCode::PassOther.into());
        }
        let receiving = self.identity.receiving();
        let keys = BundleKeys {
            device: &receiving,
            ..BundleKeys::default()
        };
        let bundle = open(file, org, &keys)?;
        let directory = directory_of(&bundle.manifest().directory).map_err(refused)?;
        let bundle = bundle.of(directory.org())?;
        let sender = bundle.manifest().sender;
        let public = directory
            .state()
            .sign_key(sender)
            .ok_or(ErrorCode::Forged)?;
        let mut bundle = bundle.verify(&public)?;
        let (mut front, mut restricted, mut leads) = (None, BTreeSet::new(), true);
        bundle.records(|bytes| {
            if front.is_none() {
                front = Some(bytes);
            } else if leads {
                let vault = restricted_by(&bytes, &directory);
                leads = vault.is_some();
                restricted.extend(vault);
            }
            Ok::<_, BundleError>(())
        })?;
        let statement = Statement::read(&front.unwrap_or_default(), &directory).map_err(refused)?;
        let wish = self
            .store
            .read(|reader| reader.passing(statement.passing.wish.as_bytes(), kind::WISHED))?
            .ok_or(ErrorCode::PassOther)?;
        if statement.author != sender {
            return Err(ErrorCode::Forged.into());
        }
        Ok(Given {
            bundle,
            directory,
            statement,
            restricted,
            wish: Wish::parse(&wish).map_err(refused)?,
        })
    }

    /// Reads all records, each verified, and compares them with what the statement names. Chunks are put on the disk.
    fn content<R: Read + Seek>(&mut self, given: &mut Given<R>) -> Result<Content> {
        let Given {
            bundle,
            directory,
            statement,
            restricted,
            ..
        } = given;
        let (mut content, mut chunks) = (Content::default(), BTreeSet::new());
        // The statement, and what tells of restricted records.
        let mut front = 1 + restricted.len();
        let mut names: BTreeMap<Vault, BTreeSet<Hash>> = BTreeMap::new();
        let files = self.chunks.clone();
        bundle.records(|bytes| {
            if front > 0 {
                front -= 1;
                return Ok(());
            }
            if let Some(chunk) = chunk::from_bundle(&bytes) {
                let name = crypto::sha256(&[chunk]);
                files.stage(&name, chunk)?;
                chunks.insert(name);
                return Ok(());
            }
            let forged = || AppError::from(ErrorCode::Forged);
            let Ok(Body::Passed(passed)) = Body::decode(Kind::PASSED, &bytes) else {
                return Err(forged());
            };
            if passed.org() != directory.org() {
                return Err(forged());
            }
            let opened = passed.open(directory).map_err(|e| forged().because(e))?;
            let (vault, name) = (opened.inner.vault, opened.record.id());
            if names.entry(vault).or_default().insert(name) {
                content
                    .records
                    .entry(vault)
                    .or_default()
                    .push((name, passed));
            }
            Ok::<_, AppError>(())
        })?;
        let cases: BTreeSet<Case> = names
            .iter()
            .map(|(vault, all)| Case::of(*vault, all))
            .collect();
        let empty = |case: &&Case| case.records > 0;
        let wanted: BTreeSet<Case> = statement
            .passing
            .cases
            .iter()
            .filter(empty)
            .copied()
            .collect();
        if cases != wanted {
            return Err(ErrorCode::Forged.into());
        }
        content.chunks = chunks.len() as u64;
        Ok(content)
    }
}

/// The protection taken out, for a red control.
fn is_for_all() -> bool {
    #[cfg(test)]
    return super::tests::FOR_ALL.get();
    #[cfg(not(test))]
    false
}

/// The restricted vault that was founded by what this holds; its name proves it.
fn restricted_by(bytes: &[u8], directory: &Directory) -> Option<Vault> {
    let Ok(Body::Roster(ops)) = Body::decode(Kind::ROSTER, bytes) else {
        return None;
    };
    let roster = Roster::open(ops.first()?, directory).ok()?;
    let is_restricted = roster.state().class == Class::Restricted;
    is_restricted.then(|| roster.vault())
}

/// The devices that read what is restricted: this one, and those of these workers.
fn readers_of(w: &Write<'_, '_>, workers: &[String]) -> Result<BTreeSet<Device>> {
    let mut readers = crate::restricted::devices_of(&w.trust.directory, w.names, workers)?;
    readers.insert(Device::new(w.identity.device));
    crate::restricted::enough(&w.trust.directory, w.names, &readers)?;
    Ok(readers)
}

fn open_file(path: &Path) -> Result<BufReader<File>> {
    let is_one = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(ENDING));
    if !is_one {
        return Err(ErrorCode::NotOurFile.into());
    }
    Ok(BufReader::new(File::open(path).map_err(file::failed)?))
}

/// Writes down who wrote in these cases, with the office that they wrote in.
fn introduce(w: &mut Write<'_, '_>, statement: &Statement) -> Result<()> {
    let office = &statement.passing.office;
    let mut edits = Vec::new();
    for (device, (worker, name)) in &statement.passing.authors {
        let device = hex(device.as_bytes());
        let own = w.trust.directory.state().devices.keys();
        // Nobody of this office is renamed by another one.
        let is_ours = own
            .into_iter()
            .any(|own| w.names.author(&hex(own.as_bytes())).id == *worker);
        if name.is_empty() || is_ours || w.names.author(&device).id == *worker {
            continue;
        }
        edits.push(put(WORKERS, format!("{device}/worker"), json!(worker)));
        edits.push(put(
            WORKERS,
            format!("{worker}/name"),
            json!(format!("{name}（{office}）")),
        ));
    }
    if !edits.is_empty() {
        let doc = w.identity.settings;
        w.edit(&doc, DocKind::Settings, None, &edits)?;
    }
    Ok(())
}

/// Brings the other office's directory to the colleagues: without it they verify nothing.
fn share(sealer: &mut Sealer<'_, '_>, w: &Write<'_, '_>, directory: &Directory) -> Result<()> {
    let org = directory.org();
    let known: BTreeSet<Vec<u8>> = w.tx.other_office(org.as_bytes())?.into_iter().collect();
    let ops = directory.ops().map(|op| op.to_bytes());
    let (mut part, mut bytes) = (Vec::new(), 0);
    let mut parts = Vec::new();
    for op in ops.filter(|op| !known.contains(op)) {
        w.tx.put_other_office(org.as_bytes(), &crypto::sha256(&[&op]), &op)?;
        if bytes + op.len() > OPS && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += op.len();
        part.push(op);
    }
    parts.push(part);
    let head = Hash::new(w.trust.dir_head());
    for ops in parts.into_iter().filter(|part| !part.is_empty()) {
        let body = Body::Office(org, ops.into_iter().map(Bytes).collect());
        let office = w.identity.office_vault;
        sealer
            .put(&office, head, Hash::ZERO, (Doc::ZERO, None), &body)?
            .ok_or(ErrorCode::Internal)?;
    }
    Ok(())
}

/// Lets records take effect, each after what it rests on.
fn settle(
    ingest: &mut Ingest<'_, '_>,
    vault: Vault,
    mut waiting: Vec<(Hash, Passed)>,
) -> Result<()> {
    loop {
        let before = waiting.len();
        let mut left = Vec::new();
        for (record, passed) in waiting {
            match ingest.passed(vault, &passed, record) {
                Ok(()) => {}
                Err(Halt::Waits(_)) => left.push((record, passed)),
                Err(Halt::Fault(error)) => return Err(error),
                Err(_) => return Err(ErrorCode::Forged.into()),
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        if left.len() == before {
            // What it rests on is not among what was passed.
            return Err(ErrorCode::FileDamaged.into());
        }
        waiting = left;
    }
}

/// Whoever led there leads nothing here: the new cases' dates stand on everybody's first screen until somebody does. Gives
/// how many of them are intakes without a household.
fn nobody_leads(w: &mut Write<'_, '_>, vaults: &[[u8; 16]]) -> Result<u32> {
    let mut intakes = 0;
    for vault in vaults {
        let documents = w.tx.documents_in(vault)?;
        let of_kind = |kind: DocKind| documents.iter().filter(move |it| it.kind == kind.as_str());
        if of_kind(DocKind::Case).count() == 0 && of_kind(DocKind::Intake).count() > 0 {
            intakes += 1;
        }
        for row in of_kind(DocKind::Case) {
            let edit = put(FIELDS, LEAD, Value::Null);
            w.edit(&row.doc, DocKind::Case, None, &[edit])?;
        }
    }
    Ok(intakes)
}
