//! The office that passes on: what leaves, what arrived, what is erased.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crypto::sign::SigningKey;
use domain::DocId;
use serde_json::json;
use store::Reader;
use store::table::passing::kind;
use store::table::projection::Order as By;
use wire::body::Body;
use wire::bundle::{BundleWriter, Load, Manifest, Sender, To};
use wire::cbor::Bytes;
use wire::directory::{Act, paper_device};
use wire::erase::{self, Order};
use wire::ids::{Device, Hash, Org, Vault};
use wire::passing::{Case, Lineage, Passing, Receipt, Statement, Wish};
use wire::roster::RosterOp;

use super::super::erase::effect;
use super::super::file::{self, Stopped};
use super::super::ingest::passed::other_directory;
use super::super::seal::Occasion;
use super::super::travel;
#[cfg(test)]
use super::tests::Front;
use super::view::{PassList, PassOut, PassView, WishView};
use super::{Made, Root, Touched, office_bodies, records_of, refused};
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::{hex, unhex};
use crate::ops;
use crate::ops::carryout::{self, Going};
use crate::ops::value::{Room, filled};
use crate::session::view::ExportBundle;
use crate::session::view_words;
use crate::{restricted, trust};

/// The ending of the name of a file with passed cases.
pub(super) const ENDING: &str = "mgpass";

/// Letters of the reason that are kept with the opening of a restricted record.
const MOST_WHY: usize = 100;

impl App {
    /// Shows a wish before anybody answers it.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; what is wrong with the file; [`ErrorCode::InvalidValue`] when it is this office's own.
    pub fn pass_read_wish(&self, wish: &[u8]) -> Result<WishView> {
        let wish = self.wish_of_another(wish)?;
        Ok(WishView {
            id: hex(wish.hash().as_bytes()),
            words: view_words(&wish.words()),
            office: wish.office,
            worker: wish.worker,
        })
    }

    fn wish_of_another(&self, wish: &[u8]) -> Result<Wish> {
        self.must_be_admin()?;
        let wish = Wish::parse(wish).map_err(refused)?;
        if wish.org == Org::new(self.identity.org) {
            return Err(AppError::new(ErrorCode::InvalidValue).with("field", "wish"));
        }
        Ok(wish)
    }

    /// Passes cases on to whoever wrote the wish, in one file that its laptop alone opens. It stands in the register of what
    /// was carried out. Restricted records are opened for it, with its reason. Nothing of it is erased by this.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::NeedsSecond`] without the paper key, [`ErrorCode::InvalidValue`] when it is
    /// mistyped or another's, and without reason or ground; [`ErrorCode::NotFound`] when a household or intake is not here,
    /// is restricted or went to another team, for an intake of a household, and for a restricted record that this device does not
    /// read; [`ErrorCode::PassHousehold`] for one whose household does not go along; [`ErrorCode::FileOversized`]: pass fewer at a
    /// time; [`ErrorCode::FileFailed`], [`ErrorCode::DiskFull`].
    pub fn pass_out(
        &mut self,
        path: &Path,
        wish: &[u8],
        request: &PassOut,
    ) -> Result<(PassView, Touched)> {
        self.must_be_compared()?;
        let wish = self.wish_of_another(wish)?;
        let paper = self.paper(request.paper_admin_key.as_deref())?;
        let said = |field, text: &str| -> Result<String> {
            filled(field, Some(text.trim().to_owned()), Room::Paragraph)?
                .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", field))
        };
        let (reason, basis) = (
            said("reason", &request.reason)?,
            said("basis", &request.basis)?,
        );
        file::try_place(path).map_err(file::failed)?;
        self.seal(Occasion::Bundle)?;
        let (households, intakes) = self.cases_to_pass(request)?;
        let roots = [households.as_slice(), &intakes].concat();
        let restricted = self.restricted_to_pass(&request.restricted, &households)?;
        let mut touched = BTreeSet::from(["passes".to_owned(), "carryouts".to_owned()]);
        let line = reason.lines().next().unwrap_or_default();
        let why: String = line.chars().take(MOST_WHY).collect();
        for id in &request.restricted {
            let asked = json!({ "id": id, "reason": why });
            touched.extend(ops::call(self, "restricted.open", asked)?.touched);
        }
        let mut vaults = self.vaults_to_pass(&roots)?;
        vaults.extend(restricted.keys());
        let (mut authors, mut kept, mut bytes) = (BTreeSet::new(), Vec::new(), 0);
        let mut offices = BTreeSet::new();
        let cases = self.store.read(|reader| {
            let case = |vault: &Vault| {
                records_of(
                    reader,
                    &self.trust,
                    vault.as_bytes(),
                    |id, author, passed| {
                        authors.insert(author);
                        offices.insert(passed.org());
                        kept.push((Hash::new(*id), 0));
                        bytes += Body::Passed(passed).encode().len() as u64;
                        Ok(())
                    },
                )
            };
            vaults.iter().map(case).collect::<Result<BTreeSet<Case>>>()
        })?;
        let files = self.chunks.clone();
        let (chunks, office) = self.store.read(|reader| {
            let chunks = travel::chunks_of(reader, &self.trust, &files, None, &kept)?;
            let office = trust::read_office(reader)?.ok_or(ErrorCode::Waiting)?;
            Ok::<_, AppError>((travel::read(&files, &chunks)?, office.name))
        })?;
        let name = |device: &Device| {
            let author = self.names.author(&hex(device.as_bytes()));
            (*device, (author.id, author.name))
        };
        let passing = Passing {
            wish: wish.hash(),
            office,
            authors: authors.iter().map(name).collect(),
            cases,
            households: households.len() as u64,
            chunks: chunks.count() as u64,
            reason: reason.clone(),
            basis,
            at: u64::try_from(self.environment.now()).unwrap_or_default(),
        };
        let own = (Device::new(self.identity.device), &self.identity.sign);
        let second = (paper_device(&paper.public()), &paper);
        let statement =
            Statement::make(&self.trust.directory, own, second, passing).map_err(refused)?;
        let statement_bytes = statement.to_bytes();
        let mut front = vec![statement_bytes.clone()];
        front.extend(restricted.values().map(Body::encode));
        // Who takes over knows its own office.
        offices.remove(&wish.org);
        front.extend(self.offices_before(&offices)?);
        front.extend(self.lineages(&vaults, own, second)?);
        let load = Load {
            count: u32::try_from(front.len() + kept.len() + chunks.count())
                .map_err(|_| ErrorCode::FileOversized)?,
            bytes: front.iter().map(|it| it.len() as u64).sum::<u64>() + bytes + chunks.bytes(),
        };

        // The entry goes before the file.
        let purpose = format!("{}（{reason}）", wish.office);
        let purpose = purpose.chars().take(carryout::MOST_PURPOSE).collect();
        let entry = self.enter(&Going {
            request: &ExportBundle {
                purpose: Some(purpose),
                ..ExportBundle::default()
            },
            reader: Some(hex(wish.keys.device().as_bytes())),
            file: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            records: kept.len() as u64,
            bytes: load.bytes,
            complete: true,
        })?;
        let written = file::write_whole(path, |out| {
            self.write_pass(out, &wish, &front, load, (&vaults, &chunks))
                .map_err(Stopped)
        });
        if let Err(Stopped(error)) = written {
            if let Some(entry) = entry {
                // Why the file failed is what is told.
                let _ = self.apply("carryout.fail", |w| carryout::not_written(w, &entry));
            }
            return Err(error);
        }
        let pass = *statement.id().as_bytes();
        self.store.transact(|tx| {
            tx.put_passing(&pass, kind::WISH, wish.as_bytes())?;
            tx.put_passing(&pass, kind::STATEMENT, &statement_bytes)?;
            tx.put_passing(&pass, kind::ROOTS, &roots.concat())?;
            let secret: Vec<u8> = restricted.keys().flat_map(|it| *it.as_bytes()).collect();
            tx.put_passing(&pass, kind::RESTRICTED, &secret)?;
            Ok::<_, AppError>(())
        })?;
        self.log(&Deed {
            reason,
            ..Deed::of(wire::audit::Act::Device, "passOut")
        })?;
        let view = self.pass_view(&pass)?;
        Ok((view, touched.into_iter().collect()))
    }

    /// The directories of the offices in which something was written that goes on from here.
    fn offices_before(&self, offices: &BTreeSet<Org>) -> Result<Vec<Vec<u8>>> {
        self.store.read(|reader| {
            let mut bodies = Vec::new();
            for org in offices {
                if *org == self.trust.directory.org() {
                    continue;
                }
                let directory = other_directory(reader, *org)?.ok_or(ErrorCode::StoreDamaged)?;
                bodies.extend(office_bodies(*org, directory.ops().map(|op| op.to_bytes())));
            }
            #[cfg(test)]
            match super::tests::FRONT.get() {
                Front::NoOffices => bodies.clear(),
                Front::Altered => {
                    for body in &mut bodies {
                        if let Body::Office(_, ops) = body
                            && let Some(last) = ops.last_mut().and_then(|op| op.0.last_mut())
                        {
                            *last ^= 1;
                        }
                    }
                }
                Front::Whole | Front::NoLineage => {}
            }
            Ok(bodies.iter().map(Body::encode).collect())
        })
    }

    /// Of each case that came from another office, in which vaults it was.
    fn lineages(
        &self,
        vaults: &BTreeSet<Vault>,
        own: (Device, &SigningKey),
        second: (Device, &SigningKey),
    ) -> Result<Vec<Vec<u8>>> {
        #[cfg(test)]
        if super::tests::FRONT.get() == Front::NoLineage {
            return Ok(Vec::new());
        }
        let directory = &self.trust.directory;
        self.store.read(|reader| {
            let mut bodies = Vec::new();
            for vault in vaults {
                let earlier = reader.roots_in(vault.as_bytes())?;
                if earlier.is_empty() {
                    continue;
                }
                let earlier = earlier.into_iter().map(Vault::new).collect();
                let lineage =
                    Lineage::make(directory, own, second, *vault, earlier).map_err(refused)?;
                bodies.push(Body::Lineage(directory.org(), lineage.to_bytes()).encode());
            }
            Ok(bodies)
        })
    }

    fn write_pass<W: std::io::Write>(
        &self,
        out: W,
        wish: &Wish,
        front: &[Vec<u8>],
        load: Load,
        (vaults, chunks): (&BTreeSet<Vault>, &travel::Read<'_>),
    ) -> Result<()> {
        let directory = &self.trust.directory;
        let manifest = Manifest {
            sender: Device::new(self.identity.device),
            made_at: 0,
            complete: true,
            contains: Vec::new(),
            acknowledges: Vec::new(),
            directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
            boxes: Vec::new(),
            heads: Vec::new(),
        };
        let sender = Sender {
            org: Org::new(self.identity.org),
            sign: &self.identity.sign,
        };
        let to = To::Device(wish.keys.kem);
        let mut bundle = BundleWriter::start(out, &to, sender, &manifest, load)?;
        for it in front {
            bundle.push(it)?;
        }
        self.store.read(|reader| {
            for vault in vaults {
                records_of(reader, &self.trust, vault.as_bytes(), |_, _, passed| {
                    Ok(bundle.push(&Body::Passed(passed).encode())?)
                })?;
            }
            Ok::<_, AppError>(())
        })?;
        chunks.each(|chunk| Ok(bundle.push(&wire::chunk::carried(chunk))?))?;
        bundle.finish()?;
        Ok(())
    }

    /// The households that are asked for, and the intakes that no household took up; all that are read and kept here where
    /// none is named.
    fn cases_to_pass(&mut self, request: &PassOut) -> Result<(Vec<Root>, Vec<Root>)> {
        let (households, intakes) = self.look(|look| {
            let all = |kind| -> Result<BTreeSet<Root>> {
                let rows = look
                    .reader
                    .projections(kind, None, By::Ascending, None, 100_000)?;
                let mut all = BTreeSet::new();
                for row in rows {
                    let is_part_of_another = row.household.is_some_and(|it| it != row.doc);
                    let document = look.reader.document(&row.doc)?.ok_or(ErrorCode::NotFound)?;
                    let gone = look
                        .reader
                        .moved(&document.vault)?
                        .is_some_and(|moved| !moved.reads);
                    if !is_part_of_another
                        && !gone
                        && !look.reader.is_restricted(&document.vault)?
                    {
                        all.insert(row.doc);
                    }
                }
                Ok(all)
            };
            Ok((all("household")?, all("intake")?))
        })?;
        let is_all = request.all
            || [&request.households, &request.intakes, &request.restricted]
                .iter()
                .all(|named| named.is_empty());
        let meant = |named: &[DocId], here: BTreeSet<Root>| {
            let named: BTreeSet<Root> = named.iter().map(|id| id.to_bytes()).collect();
            match is_all {
                true => Ok(here.into_iter().collect()),
                false if named.is_subset(&here) => Ok(named.into_iter().collect()),
                false => Err(AppError::from(ErrorCode::NotFound)),
            }
        };
        Ok((
            meant(&request.households, households)?,
            meant(&request.intakes, intakes)?,
        ))
    }

    /// The vaults of these restricted records, each with the operation that founded it: it tells the new office what they are.
    fn restricted_to_pass(
        &self,
        named: &[DocId],
        households: &[Root],
    ) -> Result<BTreeMap<Vault, Body>> {
        self.store.read(|reader| {
            let mut found = BTreeMap::new();
            for id in named {
                let row = restricted::vault(reader, *id)?;
                let rows = restricted::rows(reader, &row)?;
                let of: BTreeSet<Root> = rows.iter().filter_map(|row| row.household).collect();
                let is_here = |household: &Root| rows.iter().any(|row| row.doc == *household);
                let goes = |household: &Root| is_here(household) || households.contains(household);
                // Of several households it could not be erased afterwards.
                if of.len() > 1 || !of.iter().all(goes) {
                    return Err(ErrorCode::PassHousehold.into());
                }
                let roster = trust::read_roster(reader, &self.trust.directory, &row.vault)?
                    .ok_or(ErrorCode::StoreDamaged)?;
                let founding = roster.ops().take(1).map(RosterOp::to_bytes).collect();
                found.insert(Vault::new(row.vault), Body::Roster(founding));
            }
            Ok(found)
        })
    }

    fn vaults_to_pass(&self, roots: &[Root]) -> Result<BTreeSet<Vault>> {
        self.store.read(|reader| {
            let mut vaults = BTreeSet::new();
            for root in roots {
                vaults.extend(vaults_of(reader, root)?);
            }
            Ok(vaults)
        })
    }

    /// Takes the receipt of what was passed on.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when this device passed nothing of it on; [`ErrorCode::PassOther`] when it names other records;
    /// what is wrong with the file. Nothing has changed then.
    pub fn pass_receipt(&mut self, receipt: &[u8]) -> Result<(PassList, Touched)> {
        self.must_be_admin()?;
        let pass = *Receipt::pass_of(receipt).map_err(refused)?.as_bytes();
        let made = self.made(&pass)?;
        Receipt::read(receipt, &made.wish, &made.statement).map_err(refused)?;
        self.store.transact(|tx| {
            tx.put_passing(&pass, kind::RECEIPT, receipt)?;
            Ok::<_, AppError>(())
        })?;
        self.log(&Deed::of(wire::audit::Act::Device, "passReceipt"))?;
        Ok((self.passes()?, vec!["passes".to_owned()]))
    }

    /// Orders the erasure of all that was passed on and arrived. From then on it is shown on no laptop of this office; each
    /// destroys it after 30 days of its running time, and until then an administrator takes it back as any order.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::NotFound`]; [`ErrorCode::PassOpen`] without a receipt; [`ErrorCode::PassLate`] when
    /// something was written since: pass it on first; [`ErrorCode::NeedsSecond`], [`ErrorCode::InvalidValue`] for the paper
    /// key; those of an order of erasure. Cases that were ordered before the error stay ordered, and are not ordered twice.
    pub fn pass_erase(&mut self, id: &str, paper: Option<&str>) -> Result<(PassList, Touched)> {
        let made = self.arrived(id)?;
        let paper = self.paper(paper)?;
        let mut touched = BTreeSet::from(["passes".to_owned(), "erasures".to_owned()]);
        for act in self.pass_erasures(&made)? {
            touched.extend(self.act(&act, Some(&paper))?);
        }
        Ok((self.passes()?, touched.into_iter().collect()))
    }

    /// A passing whose receipt is here.
    pub(in crate::exchange) fn arrived(&self, id: &str) -> Result<Made> {
        self.must_be_admin()?;
        let pass: [u8; 32] = unhex(id).ok_or(ErrorCode::NotFound)?;
        let made = self.made(&pass)?;
        if made.receipt.is_none() {
            return Err(ErrorCode::PassOpen.into());
        }
        Ok(made)
    }

    /// Of how many cases the erasure is still to be signed.
    pub(in crate::exchange) fn pass_due(&self, made: &Made) -> Result<usize> {
        Ok(self.still_here(made)?.len())
    }

    /// The acts that sign the orders of erasure, by case, once they are drawn up.
    pub(in crate::exchange) fn pass_erasures(&mut self, made: &Made) -> Result<Vec<Act>> {
        let pass = *made.statement.id().as_bytes();
        let passing = &made.statement.passing;
        self.seal(Occasion::Bundle)?;
        // All of it is looked at before any of it is ordered.
        let due = self.still_here(made)?;
        self.store.read(|reader| {
            for vault in due.values().flatten() {
                let now = records_of(reader, &self.trust, vault.as_bytes(), |_, _, _| Ok(()))?;
                if !passing.cases.contains(&now) {
                    return Err(ErrorCode::PassLate.into());
                }
            }
            Ok::<_, AppError>(())
        })?;
        let mut orders = made.orders.clone();
        let mut acts = Vec::new();
        for vaults in due.into_values() {
            let order = Order {
                vaults,
                docs: BTreeSet::new(),
                fields: BTreeSet::new(),
                records: BTreeSet::new(),
                reason: passing.reason.clone(),
                basis: passing.basis.clone(),
                asked_by: made.wish.office.clone(),
                at: 0,
            };
            let order = self.draw_up(order)?;
            orders.insert(order.id());
            let names: Vec<u8> = orders.iter().flat_map(|id| *id.as_bytes()).collect();
            self.store.transact(|tx| {
                tx.put_passing(&pass, kind::ORDERS, &names)?;
                Ok::<_, AppError>(())
            })?;
            acts.push(Act::Erase {
                order: order.id(),
                records: erase::digest(&order.records),
            });
        }
        Ok(acts)
    }

    /// By case, the vaults of a passing of which no erasure is signed.
    fn still_here(&self, made: &Made) -> Result<BTreeMap<Root, BTreeSet<Vault>>> {
        let signed = effect::signed(&self.trust.directory);
        let passed: BTreeSet<_> = made
            .statement
            .passing
            .cases
            .iter()
            .map(|it| it.vault)
            .collect();
        self.store.read(|reader| {
            let mut ordered = BTreeSet::new();
            for order in made.orders.iter().filter(|id| signed.contains_key(id)) {
                let order = effect::read(reader, order.as_bytes())?;
                ordered.extend(order.into_iter().flat_map(|order| order.vaults));
            }
            let mut due = BTreeMap::new();
            for root in &made.roots {
                let vaults = vaults_of(reader, root)?;
                let left: BTreeSet<_> = vaults
                    .into_iter()
                    .filter(|vault| passed.contains(vault) && !ordered.contains(vault))
                    .collect();
                if !left.is_empty() {
                    ordered.extend(&left);
                    due.insert(*root, left);
                }
            }
            for vault in made.restricted.difference(&ordered) {
                if !reader.documents_in(vault.as_bytes())?.is_empty() {
                    due.insert(*vault.as_bytes(), BTreeSet::from([*vault]));
                }
            }
            Ok(due)
        })
    }

    pub(super) fn made(&self, pass: &[u8; 32]) -> Result<Made> {
        self.store
            .read(|reader| Made::read(reader, &self.trust, pass))
    }

    /// What this device passed on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn passes(&mut self) -> Result<PassList> {
        self.must_be_compared()?;
        self.after_erasures()?;
        let all = self.store.read(|reader| reader.passings(kind::STATEMENT))?;
        let mut items = Vec::new();
        for (pass, _) in all {
            items.push(self.pass_view(&pass)?);
        }
        items.sort_by(|a, b| (&b.at, &b.id).cmp(&(&a.at, &a.id)));
        Ok(PassList { items })
    }

    fn pass_view(&mut self, pass: &[u8; 32]) -> Result<PassView> {
        let made = self.made(pass)?;
        let erased = self.erased_at(&made)?;
        let signed = effect::signed(&self.trust.directory);
        let state = match &made.receipt {
            _ if erased.is_some() => "erased",
            _ if made.orders.iter().any(|order| signed.contains_key(order)) => "erasing",
            Some(_) => "arrived",
            None => "passed",
        };
        let passing = &made.statement.passing;
        self.look(|look| {
            let at = |ms: u64| look.instant(i64::try_from(ms).unwrap_or_default());
            Ok(PassView {
                id: hex(pass),
                to: made.wish.office.clone(),
                state: state.to_owned(),
                at: at(passing.at),
                reason: passing.reason.clone(),
                basis: passing.basis.clone(),
                households: u32::try_from(passing.households).unwrap_or(u32::MAX),
                intakes: u32::try_from(made.intakes()).unwrap_or(u32::MAX),
                restricted: u32::try_from(made.restricted.len()).unwrap_or(u32::MAX),
                records: records_in(&passing.cases),
                arrived_at: made.receipt.as_ref().map(|receipt| at(receipt.at)),
                erased_at: erased.map(|ms| look.instant(ms)),
            })
        })
    }

    /// When the last of a passing was destroyed on this device; none while something of it is left.
    pub(super) fn erased_at(&self, made: &Made) -> Result<Option<i64>> {
        if made.orders.is_empty() || !self.still_here(made)?.is_empty() {
            return Ok(None);
        }
        let signed = effect::signed(&self.trust.directory);
        self.store.read(|reader| {
            let mut last = None;
            for row in reader.erasure_orders()? {
                let id = Hash::new(row.id);
                if made.orders.contains(&id) && signed.contains_key(&id) {
                    let Some(done) = row.done else {
                        return Ok(None);
                    };
                    last = last.max(Some(done));
                }
            }
            Ok(last)
        })
    }
}

pub(super) fn records_in(cases: &BTreeSet<Case>) -> u32 {
    let all: u64 = cases.iter().map(|case| case.records).sum();
    u32::try_from(all).unwrap_or(u32::MAX)
}

fn vaults_of(reader: &Reader<'_>, root: &Root) -> Result<Vec<Vault>> {
    let vaults = reader.vaults_of_household(root)?;
    Ok(vaults.into_iter().map(Vault::new).collect())
}
