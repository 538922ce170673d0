//! The proof that what was passed on is destroyed where it was (消去証明).

use std::collections::BTreeSet;

use crypto::sign::SigningKey;

use super::{PassingError, Receipt, Statement, Wish, directory_of};
use crate::cbor::{self, Bytes, CborError, as_array};
use crate::directory::{Act, Directory};
use crate::erase::{self, Order};
use crate::frame;
use crate::ids::{Device, Hash};
use crate::signed::Signed;

pub(super) const MAGIC: &[u8; 4] = b"MGZ1";
const TAG: &str = "mg/pass/proof/1";

struct ProofForm {
    tag: String,
    wish: Bytes,
    statement: Bytes,
    receipt: Bytes,
    directory: Vec<Bytes>,
    orders: Vec<Bytes>,
    author: Device,
    done: u64,
    at: u64,
}
as_array!(ProofForm {
    tag,
    wish,
    statement,
    receipt,
    directory,
    orders,
    author,
    done,
    at
});

/// That what was passed is destroyed where it was (消去証明).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Who took the cases over.
    pub wish: Wish,
    /// What was passed.
    pub statement: Statement,
    /// That it arrived.
    pub receipt: Receipt,
    /// The first operation of the office that passed on: its words are made of this.
    pub first: Vec<u8>,
    /// Names of the orders by which it was destroyed.
    pub orders: BTreeSet<Hash>,
    /// Who says so.
    pub author: Device,
    /// When the last of it was destroyed on that device, by its clock, ms.
    pub done: u64,
    /// When the proof was made, by the same clock, ms.
    pub at: u64,
}

impl Proof {
    /// Makes a proof of what the orders destroyed.
    ///
    /// # Errors
    ///
    /// As [`Proof::check`]: one that would not hold is not made.
    pub fn make(
        directory: &Directory,
        author: (Device, &SigningKey),
        (wish, statement, receipt): (&Wish, &Statement, &Receipt),
        orders: &[Order],
        (done, at): (u64, u64),
    ) -> Result<Vec<u8>, PassingError> {
        let form = ProofForm {
            tag: TAG.to_owned(),
            wish: Bytes(wish.as_bytes().to_vec()),
            statement: Bytes(statement.to_bytes()),
            receipt: Bytes(receipt.as_bytes().to_vec()),
            directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
            orders: orders.iter().map(|order| Bytes(order.to_bytes())).collect(),
            author: author.0,
            done,
            at,
        };
        let body = cbor::to_vec(&form);
        let name = Hash::of(&[&body]);
        // The body may be longer than what is signed elsewhere; its hash is signed.
        let signed = Signed::make(name.as_bytes().to_vec(), directory.org(), &[author]);
        let bytes = frame::frame(MAGIC, &cbor::to_vec(&(Bytes(body), Bytes(signed.to_vec()))));
        Self::check(&bytes)?;
        Ok(bytes)
    }

    /// Reads a proof and checks all that it rests on: the wish, both signatures of the statement, the receipt, and that the
    /// orders, signed by two in the directory and not taken back, destroyed every vault that was passed. Whether it is the
    /// right office, its words tell.
    ///
    /// # Errors
    ///
    /// [`PassingError`]; [`PassingError::NotDestroyed`] where an order is missing, taken back or names other vaults.
    pub fn check(bytes: &[u8]) -> Result<Self, PassingError> {
        let (body, signed): (Bytes, Bytes) = cbor::from_slice(frame::unframe(MAGIC, bytes)?)?;
        let form: ProofForm = cbor::from_slice(&body.0)?;
        if form.tag != TAG {
            return Err(CborError::Malformed.into());
        }
        let directory = directory_of(&form.directory)?;
        let office = directory.state();
        let signed = Signed::from_slice(&signed.0)?;
        let key = office
            .is_admin(form.author)
            .then(|| office.sign_key(form.author))
            .flatten()
            .ok_or(PassingError::Forged)?;
        if signed.body() != Hash::of(&[&body.0]).as_bytes()
            || !signed.is_signed_by(directory.org(), &[(form.author, key)])
        {
            return Err(PassingError::Forged);
        }
        let wish = Wish::parse(&form.wish.0)?;
        let statement = Statement::read(&form.statement.0, &directory)?;
        let receipt = Receipt::read(&form.receipt.0, &wish, &statement)?;
        let (mut destroyed, mut orders) = (BTreeSet::new(), BTreeSet::new());
        for bytes in &form.orders {
            let order = Order::parse(&bytes.0)?;
            let records = erase::digest(&order.records);
            let holds = office.erasures.iter().any(|(op, erasure)| {
                let act = directory.op(*op).map(|op| op.act());
                let covers = matches!(act, Some(Act::Erase { records: of, .. }) if *of == records);
                erasure.order == order.id() && !erasure.cancelled && covers
            });
            // Of an order over single documents something stays.
            if !holds || !order.docs.is_empty() {
                return Err(PassingError::NotDestroyed);
            }
            orders.insert(order.id());
            destroyed.extend(order.vaults);
        }
        let mut passed = statement.passing.cases.iter();
        if !passed.all(|case| destroyed.contains(&case.vault)) {
            return Err(PassingError::NotDestroyed);
        }
        Ok(Self {
            first: directory.first().body().to_vec(),
            wish,
            statement,
            receipt,
            orders,
            author: form.author,
            done: form.done,
            at: form.at,
        })
    }
}
