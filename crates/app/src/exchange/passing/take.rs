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
use wire::passing::{Case, Lineage, Receipt, Statement, Wish, directory_of};
use wire::roster::{Class, Roster};

use super::super::file;
use super::super::ingest::Ingest;
use super::super::refusal::{Halt, Step};
use super::super::seal::Sealer;
use super::give::{ENDING, records_in};
use super::view::{PassFileView, PassTaken, WishView};
use super::{Touched, of_office, office_bodies, refused};
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

/// A file that is whole, for a wish of this device, with its statement; the records are still to be read.
struct Given<R> {
    bundle: VerifiedBundle<R>,
    directory: Directory,
    statement: Statement,
    /// The vaults of the restricted records in it.
    restricted: BTreeSet<Vault>,
    /// The directories of the offices in which something of it was written before.
    before: BTreeMap<Org, Directory>,
    /// By the vault of the office that passes on, of the cases that it did not begin.
    lineages: BTreeMap<Vault, Lineage>,
    /// How many there are in front of the records.
    front: usize,
    wish: Wish,
}

/// What stands in front of the records, in this order.
#[derive(Default)]
struct Front {
    statement: Option<Vec<u8>>,
    restricted: BTreeSet<Vault>,
    before: BTreeMap<Org, Vec<Bytes>>,
    lineages: Vec<Vec<u8>>,
    count: usize,
    is_over: bool,
}

impl Front {
    fn push(&mut self, bytes: Vec<u8>, directory: &Directory) {
        if self.is_over {
            return;
        }
        if self.statement.is_none() {
            self.statement = Some(bytes);
        } else if let Some(vault) = restricted_by(&bytes, directory)
            && self.before.is_empty()
            && self.lineages.is_empty()
        {
            self.restricted.insert(vault);
        } else if let Ok(Body::Office(org, ops)) = Body::decode(Kind::OFFICE, &bytes)
            && self.lineages.is_empty()
        {
            self.before.entry(org).or_default().extend(ops);
        } else if let Ok(Body::Lineage(org, signed)) = Body::decode(Kind::LINEAGE, &bytes)
            && org == directory.org()
        {
            self.lineages.push(signed);
        } else {
            self.is_over = true;
            return;
        }
        self.count += 1;
    }
}

/// What a file holds, checked against its statement.
#[derive(Default)]
struct Content {
    /// By the vault that they were in at the office that passes on: name and body.
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
        let words = |office: &Directory| view_words(&six_words(office.first().body()));
        self.look(|look| {
            Ok(PassFileView {
                id,
                office: passing.office.clone(),
                words: words(&given.directory),
                before: given.before.values().map(words).collect(),
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
    /// [`ErrorCode::TooFewReaders`] where something is restricted, [`ErrorCode::UnknownWorker`]; [`ErrorCode::PassHere`] where a
    /// case comes back that is still here. Nothing has changed then.
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
            before,
            lineages,
            wish,
            ..
        } = &given;
        let (incarnation, now) = (self.store.incarnation(), self.environment.now());
        let passing = &statement.passing;
        let taken = self.apply_noted("pass.in", |w| {
            let group = team::chosen(w.tx, w.identity, w.trust, w.names, team)?;
            introduce(w, statement, directory)?;
            let mut sealer = Sealer::open(w.tx, w.identity, w.trust, now, incarnation)?;
            let mut ingest = Ingest::new(w.tx, &w.trust.directory, w.identity, &[], now)?;
            for office in before.values().chain([directory]) {
                if office.org() != w.trust.directory.org() {
                    share(&mut sealer, w, office)?;
                }
            }
            let (mut new, mut known) = (0_u32, 0_u32);
            let (mut fresh, mut secret) = (Vec::new(), Vec::new());
            for (case, records) in content.records {
                let lineage = lineages.get(&case);
                let roots: Vec<Vault> = match lineage {
                    Some(lineage) => lineage.vaults().collect(),
                    None => vec![case],
                };
                must_be_gone(w, &roots)?;
                let vault = match known_vault(w, &roots)? {
                    Some(vault) => vault,
                    None if restricted.contains(&case) && !is_for_all() => {
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
                let here = w.tx.roots_in(&vault)?;
                if let Some(lineage) = lineage
                    && !roots.iter().all(|root| here.contains(root.as_bytes()))
                {
                    let (org, signed) = (directory.org(), lineage.to_bytes());
                    let body = Body::Lineage(org, signed.clone());
                    let record = sealer
                        .put(&vault, head, roster, (Doc::ZERO, None), &body)?
                        .ok_or(ErrorCode::Internal)?;
                    took_effect(ingest.lineage(Vault::new(vault), org, &signed, record))?;
                }
                let is_of_several = lineage.is_some() || here.len() > 1;
                let mut waiting = Vec::new();
                for (name, passed) in records {
                    if w.tx.is_passed(name.as_bytes(), &vault)? {
                        known = known.saturating_add(1);
                        continue;
                    }
                    let own = &w.trust.directory;
                    let opened = of_office(passed.org(), [directory, own], before)
                        .and_then(|office| passed.open(office).ok())
                        .ok_or(ErrorCode::Forged)?;
                    let about = (opened.inner.doc, None);
                    let body = match is_of_several {
                        true => Body::PassedOn(passed),
                        false => Body::Passed(passed),
                    };
                    let record = sealer
                        .put(&vault, head, roster, about, &body)?
                        .ok_or(ErrorCode::Internal)?;
                    waiting.push((record, body));
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
        let mut front = Front::default();
        bundle.records(|bytes| {
            front.push(bytes, &directory);
            Ok::<_, BundleError>(())
        })?;
        let statement =
            Statement::read(&front.statement.unwrap_or_default(), &directory).map_err(refused)?;
        let wish = self
            .store
            .read(|reader| reader.passing(statement.passing.wish.as_bytes(), kind::WISHED))?
            .ok_or(ErrorCode::PassOther)?;
        if statement.author != sender {
            return Err(ErrorCode::Forged.into());
        }
        let mut before = BTreeMap::new();
        for (org, ops) in front.before {
            let office = directory_of(&ops).map_err(refused)?;
            if office.org() != org {
                return Err(ErrorCode::Forged.into());
            }
            before.insert(org, office);
        }
        Ok(Given {
            lineages: lineages_of(&front.lineages, &directory)?,
            bundle,
            directory,
            statement,
            restricted: front.restricted,
            before,
            front: front.count,
            wish: Wish::parse(&wish).map_err(refused)?,
        })
    }

    /// Reads all records, each verified, and compares them with what the statement names. Chunks are put on the disk.
    fn content<R: Read + Seek>(&mut self, given: &mut Given<R>) -> Result<Content> {
        let Given {
            bundle,
            directory,
            statement,
            before,
            lineages,
            front,
            ..
        } = given;
        let (mut content, mut chunks) = (Content::default(), BTreeSet::new());
        let (mut front, own) = (*front, &self.trust.directory);
        let mut cases = BTreeMap::new();
        for (case, lineage) in &*lineages {
            for vault in lineage.vaults() {
                // No vault is of two cases.
                if cases.insert(vault, *case).is_some() {
                    return Err(ErrorCode::Forged.into());
                }
            }
        }
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
            let office = of_office(passed.org(), [directory, own], before).ok_or_else(forged)?;
            let opened = passed.open(office).map_err(|e| forged().because(e))?;
            let (vault, name) = (opened.inner.vault, opened.record.id());
            let vault = cases.get(&vault).copied().unwrap_or(vault);
            if names.entry(vault).or_default().insert(name) {
                content
                    .records
                    .entry(vault)
                    .or_default()
                    .push((name, passed));
            }
            Ok::<_, AppError>(())
        })?;
        let arrived: BTreeSet<Case> = names
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
        if arrived != wanted {
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

/// Writes down who wrote in these cases, with the office that they wrote in. Whoever wrote in an office before is called there
/// with that one's name already.
fn introduce(w: &mut Write<'_, '_>, statement: &Statement, directory: &Directory) -> Result<()> {
    let office = &statement.passing.office;
    let mut edits = Vec::new();
    for (device, (worker, name)) in &statement.passing.authors {
        let is_theirs = directory.state().devices.contains_key(device);
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
        let name = match is_theirs {
            true => format!("{name}（{office}）"),
            false => name.clone(),
        };
        edits.push(put(WORKERS, format!("{worker}/name"), json!(name)));
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
    let mut new = Vec::new();
    for op in directory.ops().map(|op| op.to_bytes()) {
        if !known.contains(&op) {
            w.tx.put_other_office(org.as_bytes(), &crypto::sha256(&[&op]), &op)?;
            new.push(op);
        }
    }
    let head = Hash::new(w.trust.dir_head());
    for body in office_bodies(org, new.into_iter()) {
        let office = w.identity.office_vault;
        sealer
            .put(&office, head, Hash::ZERO, (Doc::ZERO, None), &body)?
            .ok_or(ErrorCode::Internal)?;
    }
    Ok(())
}

/// What does not take effect in a file that is taken in whole is forged.
fn took_effect(done: Step<()>) -> Result<()> {
    match done {
        Ok(()) => Ok(()),
        Err(Halt::Fault(error)) => Err(error),
        Err(_) => Err(ErrorCode::Forged.into()),
    }
}

/// The lineages of a file, by the vault of the office that passes on.
fn lineages_of(signed: &[Vec<u8>], directory: &Directory) -> Result<BTreeMap<Vault, Lineage>> {
    let mut lineages = BTreeMap::new();
    for bytes in signed {
        let lineage = Lineage::read(bytes, directory).map_err(refused)?;
        lineages.insert(lineage.vault, lineage);
    }
    Ok(lineages)
}

/// The vault that a case has here that came with an earlier file.
fn known_vault(w: &Write<'_, '_>, roots: &[Vault]) -> Result<Option<[u8; 16]>> {
    for root in roots {
        if let Some(vault) = w.tx.vault_of_root(root.as_bytes())? {
            return Ok(Some(vault));
        }
    }
    Ok(None)
}

/// A case that comes back is taken in only where all of it that was here is under an order of erasure.
fn must_be_gone(w: &Write<'_, '_>, roots: &[Vault]) -> Result<()> {
    #[cfg(test)]
    if super::tests::STILL_HERE.get() {
        return Ok(());
    }
    for root in roots {
        let is_here = w.tx.vault(root.as_bytes())?.is_some();
        if is_here && !w.tx.is_hidden(root.as_bytes(), &[0; 16])? {
            return Err(ErrorCode::PassHere.into());
        }
    }
    Ok(())
}

/// Lets records take effect, each after what it rests on.
fn settle(ingest: &mut Ingest<'_, '_>, vault: Vault, mut waiting: Vec<(Hash, Body)>) -> Result<()> {
    loop {
        let before = waiting.len();
        let mut left = Vec::new();
        for (record, body) in waiting {
            let done = match &body {
                Body::PassedOn(passed) => ingest.passed_on(vault, passed, record),
                Body::Passed(passed) => ingest.passed(vault, passed, record),
                Body::Changes(_)
                | Body::Keybox(_)
                | Body::Roster(_)
                | Body::Carry(_)
                | Body::Attachment(_)
                | Body::Witness(_)
                | Body::Adoption(_)
                | Body::Order(_)
                | Body::Audit(_)
                | Body::Office(..)
                | Body::Lineage(..)
                | Body::Unknown(..) => return Err(ErrorCode::Internal.into()),
            };
            match done {
                Err(Halt::Waits(_)) => left.push((record, body)),
                done => took_effect(done)?,
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
