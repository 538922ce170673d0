//! Passing cases on to another office (ほかの事業所への引き継ぎ), and proving that they are gone at the old one.
//!
//! # The story
//!
//! In April a city gives its counselling to another contractor. The new one's administrator writes a wish (依頼ファイル); the two
//! call each other and compare its six words. The old one's administrator picks households, and intakes that no household took up, gives
//! reason and ground, and takes the recovery sheet's key to hand: two sign what leaves the office. What is written is sealed to
//! the one laptop that wished.
//! There the old office's six words are compared, and then it is taken in: everything or nothing. It gives back a receipt
//! (受領ファイル). With the receipt, and with nothing less, the old office orders the erasure of what arrived; two sign that too.
//! Thirty days later it is destroyed, and the old office hands out a proof (消去証明) that the new one or the city checks without
//! a store, without a network and without believing anybody: `marugoto pass check`.
//!
//! # How another office's words live here
//!
//! The records come as they were sealed there, each with the keys of its two layers, and travel on inside records of this office
//! ([`wire::body::Passed`]), as a record from another team's lane does. So each laptop here verifies each author's signature
//! itself, by the old office's directory, which comes along. Nothing is re-written: the past of a register, its authors and its
//! times stay what they were. Against writing everything anew under the hand of whoever takes it in, with the authors noted
//! beside: that would be that hand's word for it, and it would cut the past off at the day of the passing.
//!
//! The vault is a new one with a new key: nobody of the old office reads what is written from then on. A document keeps the
//! name that its first change was made in ([`record::DocKey::root`]), which is all that the old vault's name is still needed for.
//!
//! # The next contractor
//!
//! What came from another office goes on to a third one as it came, not sealed once more around: each record in the name of
//! the office in which it was written, with the directories of all of them. That the vault of one office goes on in that of
//! the next, each record by itself does not say; whoever passes on signs it by case ([`wire::passing::Lineage`]), and each laptop
//! there checks it. The third office's vault holds the records of all vaults that one case went through, and of no others. In a
//! case that went through several, records lie under a kind of their own ([`wire::body::Kind::PASSED_ON`]): an older program
//! keeps them until it is renewed, and refuses the file as a whole.
//!
//! A case may come back. It is taken in as any other, into a new vault, where all that was here of it is under an order of
//! erasure that two signed; while it is still here, the file is refused. What this office's own authors wrote then counts by
//! this office's own directory, cuts included.
//!
//! # Invariants
//!
//! - **Two sign** what leaves, and two what is erased.
//! - **A restricted record goes by the hand of a reader alone**, with its household, and is opened for it with the reason that
//!   is given; what is not named stays. There it is restricted from the first moment: whoever takes it in names who reads it
//!   beside them.
//! - **All of a file or nothing**, in one transaction; and the same file twice changes nothing.
//! - **Nothing is erased that did not arrive.** What was written since is passed on first.
//! - **Names stay.** Authors are shown with the office that they wrote in, across several offices.
//! - **One vault holds one case.** What is of none of the vaults that the case went through has no effect in it.

mod give;
mod proof;
mod take;
pub(crate) mod view;

use std::collections::{BTreeMap, BTreeSet};

use store::Reader;
use store::table::passing::kind;
use wire::body::{Body, Passed};
use wire::cbor::Bytes;
use wire::directory::{Act, Directory};
use wire::ids::{Device, Hash, Org, Vault};
use wire::passing::{Case, PassingError, Receipt, Statement, Wish};

pub use self::proof::check;
use super::carry;
use super::refusal::of_frame;
use crate::error::{AppError, ErrorCode, Result};
use crate::trust::Trust;

/// The tags that went stale.
type Touched = Vec<String>;

/// The document that a case is known by: a household, or an intake that no household took up.
type Root = [u8; 16];

/// What is known of a passing that this device made.
pub(in crate::exchange) struct Made {
    wish: Wish,
    statement: Statement,
    receipt: Option<Receipt>,
    roots: Vec<Root>,
    /// The vaults of the restricted records among it.
    restricted: BTreeSet<Vault>,
    orders: BTreeSet<Hash>,
}

impl Made {
    fn read(reader: &Reader<'_>, trust: &Trust, pass: &[u8; 32]) -> Result<Self> {
        let paper = |kind| reader.passing(pass, kind);
        let damaged = |e: PassingError| AppError::new(ErrorCode::StoreDamaged).because(e);
        let statement = paper(kind::STATEMENT)?.ok_or(ErrorCode::NotFound)?;
        let statement = Statement::read(&statement, &trust.directory).map_err(damaged)?;
        let wish = paper(kind::WISH)?.ok_or(ErrorCode::StoreDamaged)?;
        let wish = Wish::parse(&wish).map_err(damaged)?;
        let receipt = paper(kind::RECEIPT)?
            .map(|bytes| Receipt::read(&bytes, &wish, &statement).map_err(damaged))
            .transpose()?;
        let roots = paper(kind::ROOTS)?.unwrap_or_default();
        let restricted = paper(kind::RESTRICTED)?.unwrap_or_default();
        let orders = paper(kind::ORDERS)?.unwrap_or_default();
        Ok(Self {
            wish,
            statement,
            receipt,
            roots: roots.as_chunks().0.to_vec(),
            restricted: restricted
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(Vault::new)
                .collect(),
            orders: orders
                .as_chunks::<32>()
                .0
                .iter()
                .copied()
                .map(Hash::new)
                .collect(),
        })
    }

    /// Whether an act signs one of its orders of erasure.
    pub(in crate::exchange) fn orders(&self, act: &Act) -> bool {
        matches!(act, Act::Erase { order, .. } if self.orders.contains(order))
    }

    /// How many intakes without a household are in it.
    fn intakes(&self) -> u64 {
        (self.roots.len() as u64).saturating_sub(self.statement.passing.households)
    }
}

/// The records of a vault that hold words, as they are passed on: of each its name and its body.
fn records_of(
    reader: &Reader<'_>,
    trust: &Trust,
    vault: &[u8; 16],
    mut each: impl FnMut(&[u8; 32], Device, Passed) -> Result<()>,
) -> Result<Case> {
    let mut names = BTreeSet::new();
    let keys = carry::lane_keys(reader)?;
    for id in reader.records_with_changes(vault)? {
        // One that was carried stands here twice.
        if let Some((name, author, passed)) =
            carry::as_passed(reader, &trust.directory, &keys, vault, &id)?
            && names.insert(name)
        {
            each(&id, author, passed)?;
        }
    }
    Ok(Case::of(Vault::new(*vault), &names))
}

/// Directory operations of another office in one body, bytes.
const OPS: usize = 256 << 10;

/// Operations of another office's directory, in as many bodies as they take.
fn office_bodies(org: Org, ops: impl Iterator<Item = Vec<u8>>) -> Vec<Body> {
    let (mut bodies, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
    for op in ops {
        if bytes + op.len() > OPS && !part.is_empty() {
            bodies.push(Body::Office(org, std::mem::take(&mut part)));
            bytes = 0;
        }
        bytes += op.len();
        part.push(Bytes(op));
    }
    if !part.is_empty() {
        bodies.push(Body::Office(org, part));
    }
    bodies
}

/// The directory by which a record counts that says to be of this office: none where it is not here.
fn of_office<'a>(
    org: Org,
    known: [&'a Directory; 2],
    others: &'a BTreeMap<Org, Directory>,
) -> Option<&'a Directory> {
    #[cfg(test)]
    let org = super::ingest::passed::tests::JUDGED_BY.get().unwrap_or(org);
    let known = known.into_iter().find(|directory| directory.org() == org);
    known.or_else(|| others.get(&org))
}

/// What is wrong with a paper, in the user's words.
fn refused(error: PassingError) -> AppError {
    let code = match &error {
        PassingError::Frame(error) => of_frame(error),
        PassingError::Malformed(_) => ErrorCode::FileDamaged,
        PassingError::Newer => ErrorCode::NewerFormat,
        PassingError::BadName => ErrorCode::InvalidValue,
        PassingError::Forged => ErrorCode::Forged,
        PassingError::Other => ErrorCode::PassOther,
        PassingError::NotDestroyed => ErrorCode::PassNotErased,
    };
    let refused = AppError::new(code).because(error);
    if code == ErrorCode::InvalidValue {
        return refused.with("field", "name");
    }
    refused
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static FOR_ALL: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static STILL_HERE: Cell<bool> = const { Cell::new(false) };
        /// How a file is written that is not as it should be.
        pub(in crate::exchange) static FRONT: Cell<Front> = const { Cell::new(Front::Whole) };
    }

    /// What stands in front of the records.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(in crate::exchange) enum Front {
        Whole,
        /// Without the directories of the offices before.
        NoOffices,
        /// With one of them altered.
        Altered,
        /// Without what tells in which vaults the cases were.
        NoLineage,
    }
}
