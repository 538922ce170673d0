//! Passing cases on to another office (ほかの事業所への引き継ぎ): the four papers of it.
//!
//! ```text
//! wish       "MGW1", payload [suite, office, keys of the device that will take it in, names, nonce]
//! statement  what is passed, signed by two of the office that passes on; it goes in front in the file with the records
//! receipt    "MGV1", what arrived, signed by the device that wished for it
//! proof      "MGZ1", that what was passed is destroyed where it was: wish, statement, receipt, directory and orders
//! ```
//!
//! A case that came from another office itself goes on with its [`Lineage`], signed by the same two as the statement.
//!
//! # Invariants
//!
//! - **Words bind people.** Those of the wish are made of all of it, those of the passing office of its first operation; the
//!   papers that follow name the wish, and so each other.
//! - **Two pass on.** A statement counts with an administrator's signature and a second one, as an order of erasure does.
//! - **What arrived is what was passed**: a receipt names of each case the same records, or it is none.
//! - **A proof stands alone.** [`Proof::check`] needs nothing but its bytes: the directory in it says who might sign, the
//!   orders in it name the vaults, the receipt in it the records.

mod lineage;
mod proof;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crypto::sign::SigningKey;
use crypto::words::{Word, six_words};

pub use self::lineage::{Lineage, MAX_EARLIER};
pub use self::proof::Proof;
use crate::cbor::{self, Bytes, CborError, as_array};
use crate::directory::{DeviceKeys, Directory};
use crate::envelope::SUITE;
use crate::erase;
use crate::frame::{self, FrameError};
use crate::ids::{Device, Hash, Org, Vault};
use crate::signed::Signed;

const WISH: &[u8; 4] = b"MGW1";
const RECEIPT: &[u8; 4] = b"MGV1";
const STATEMENT_TAG: &str = "mg/pass/1";
const RECEIPT_TAG: &str = "mg/pass/receipt/1";
/// The longest name, in bytes.
pub const MAX_NAME: usize = 400;

/// Why a paper is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassingError {
    /// Its frame does not hold.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What is in it is malformed.
    #[error("what is in the file is malformed")]
    Malformed(#[from] CborError),
    /// A suite of a newer version.
    #[error("the file is of a newer version")]
    Newer,
    /// A name is empty or too long.
    #[error("a name is empty or too long")]
    BadName,
    /// A signature does not hold, or is of somebody who may not sign.
    #[error("a signature does not hold")]
    Forged,
    /// It belongs to another passing.
    #[error("it belongs to another passing")]
    Other,
    /// Something that was passed is not destroyed by what the proof holds.
    #[error("not all that was passed is destroyed")]
    NotDestroyed,
}

/// The wish of a device of the office that takes cases over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its office.
    pub org: Org,
    /// Its keys: the file with the records is sealed to it, and it signs the receipt.
    pub keys: DeviceKeys,
    /// How its office is called.
    pub office: String,
    /// Who works with it.
    pub worker: String,
    bytes: Vec<u8>,
}

struct WishForm {
    suite: u32,
    org: Org,
    keys: DeviceKeys,
    office: String,
    worker: String,
    nonce: [u8; 32],
}
as_array!(WishForm {
    suite,
    org,
    keys,
    office,
    worker,
    nonce
});

impl Wish {
    /// Makes a wish; each is different.
    ///
    /// # Errors
    ///
    /// [`PassingError::BadName`].
    pub fn make(
        org: Org,
        keys: DeviceKeys,
        office: &str,
        worker: &str,
    ) -> Result<Self, PassingError> {
        Self::make_with(org, keys, (office, worker), crypto::random())
    }

    pub(crate) fn make_with(
        org: Org,
        keys: DeviceKeys,
        (office, worker): (&str, &str),
        nonce: [u8; 32],
    ) -> Result<Self, PassingError> {
        let form = WishForm {
            suite: SUITE.into(),
            org,
            keys,
            office: office.to_owned(),
            worker: worker.to_owned(),
            nonce,
        };
        Self::parse(&frame::frame(WISH, &cbor::to_vec(&form)))
    }

    /// Reads a wish.
    ///
    /// # Errors
    ///
    /// [`PassingError`] up to [`PassingError::BadName`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PassingError> {
        let form: WishForm = cbor::from_slice(frame::unframe(WISH, bytes)?)?;
        if form.suite != u32::from(SUITE) {
            return Err(PassingError::Newer);
        }
        let is_name = |name: &str| !name.trim().is_empty() && name.len() <= MAX_NAME;
        if !is_name(&form.office) || !is_name(&form.worker) {
            return Err(PassingError::BadName);
        }
        Ok(Self {
            org: form.org,
            keys: form.keys,
            office: form.office,
            worker: form.worker,
            bytes: bytes.to_vec(),
        })
    }

    /// The file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Names it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.bytes])
    }

    /// What people compare.
    #[must_use]
    pub fn words(&self) -> [Word; 6] {
        six_words(&self.bytes)
    }
}

/// One case of a passing, by its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// The vault, as it is called where it was.
    pub vault: Vault,
    /// How many records.
    pub records: u64,
    /// [`erase::digest`] of their names.
    pub digest: Hash,
}
as_array!(Case {
    vault,
    records,
    digest
});

impl Case {
    /// A case of these records.
    #[must_use]
    pub fn of(vault: Vault, records: &BTreeSet<Hash>) -> Self {
        Self {
            vault,
            records: records.len() as u64,
            digest: erase::digest(records),
        }
    }
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passing {
    /// The wish that it answers.
    pub wish: Hash,
    /// How the office that passes on is called.
    pub office: String,
    /// Who wrote in these cases: device, worker, name.
    pub authors: Vec<(Device, (String, String))>,
    /// The cases.
    pub cases: BTreeSet<Case>,
    /// Households among them, for people.
    pub households: u64,
    /// Chunks of attachments that go along.
    pub chunks: u64,
    /// Why (理由).
    pub reason: String,
    /// On what ground (根拠).
    pub basis: String,
    /// When, by its author's clock, ms.
    pub at: u64,
}

struct StatementForm {
    tag: String,
    author: Device,
    second: Device,
    wish: Hash,
    office: String,
    authors: Vec<(Device, (String, String))>,
    cases: BTreeSet<Case>,
    households: u64,
    chunks: u64,
    reason: String,
    basis: String,
    at: u64,
}
as_array!(StatementForm {
    tag,
    author,
    second,
    wish,
    office,
    authors,
    cases,
    households,
    chunks,
    reason,
    basis,
    at
});

/// A statement whose two signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it says.
    pub passing: Passing,
    /// Who made it.
    pub author: Device,
    /// Who signed besides.
    pub second: Device,
    signed: Signed,
}

impl Statement {
    /// Signs what is passed.
    ///
    /// # Errors
    ///
    /// [`PassingError::Forged`] when one of the two may not sign.
    pub fn make(
        directory: &Directory,
        author: (Device, &SigningKey),
        second: (Device, &SigningKey),
        passing: Passing,
    ) -> Result<Self, PassingError> {
        let form = StatementForm {
            tag: STATEMENT_TAG.to_owned(),
            author: author.0,
            second: second.0,
            wish: passing.wish,
            office: passing.office,
            authors: passing.authors,
            cases: passing.cases,
            households: passing.households,
            chunks: passing.chunks,
            reason: passing.reason,
            basis: passing.basis,
            at: passing.at,
        };
        let signed = Signed::make(cbor::to_vec(&form), directory.org(), &[author, second]);
        Self::read(&signed.to_vec(), directory)
    }

    /// Reads a statement and checks its signatures by the directory of the office that passes on.
    ///
    /// # Errors
    ///
    /// [`PassingError::Malformed`], [`PassingError::Forged`].
    pub fn read(bytes: &[u8], directory: &Directory) -> Result<Self, PassingError> {
        let signed = Signed::from_slice(bytes)?;
        let form: StatementForm = cbor::from_slice(signed.body())?;
        if form.tag != STATEMENT_TAG {
            return Err(CborError::Malformed.into());
        }
        must_be_of_two(&signed, directory, (form.author, form.second))?;
        Ok(Self {
            passing: Passing {
                wish: form.wish,
                office: form.office,
                authors: form.authors,
                cases: form.cases,
                households: form.households,
                chunks: form.chunks,
                reason: form.reason,
                basis: form.basis,
                at: form.at,
            },
            author: form.author,
            second: form.second,
            signed,
        })
    }

    /// Names the passing.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.signed.id()
    }

    /// Body and signatures.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_vec()
    }
}

struct ReceiptForm {
    tag: String,
    pass: Hash,
    wish: Hash,
    device: Device,
    cases: BTreeSet<Case>,
    chunks: u64,
    at: u64,
}
as_array!(ReceiptForm {
    tag,
    pass,
    wish,
    device,
    cases,
    chunks,
    at
});

/// A receipt whose signature holds, for a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Chunks of attachments that arrived.
    pub chunks: u64,
    /// When, by its author's clock, ms.
    pub at: u64,
    bytes: Vec<u8>,
}

impl Receipt {
    /// Signs for what arrived, with the key of the wish.
    ///
    /// # Errors
    ///
    /// [`PassingError::Other`] when the statement answers another wish.
    pub fn make(
        wish: &Wish,
        key: &SigningKey,
        statement: &Statement,
        chunks: u64,
        at: u64,
    ) -> Result<Self, PassingError> {
        let device = wish.keys.device();
        let form = ReceiptForm {
            tag: RECEIPT_TAG.to_owned(),
            pass: statement.id(),
            wish: wish.hash(),
            device,
            cases: statement.passing.cases.clone(),
            chunks,
            at,
        };
        let signed = Signed::make(cbor::to_vec(&form), wish.org, &[(device, key)]);
        Self::read(&frame::frame(RECEIPT, &signed.to_vec()), wish, statement)
    }

    /// Reads a receipt for a statement that answered a wish.
    ///
    /// # Errors
    ///
    /// [`PassingError`]; [`PassingError::Other`] when it is for another passing or other records.
    pub fn read(bytes: &[u8], wish: &Wish, statement: &Statement) -> Result<Self, PassingError> {
        let signed = Signed::from_slice(frame::unframe(RECEIPT, bytes)?)?;
        let form: ReceiptForm = cbor::from_slice(signed.body())?;
        if form.tag != RECEIPT_TAG {
            return Err(CborError::Malformed.into());
        }
        let passing = &statement.passing;
        if (form.pass, form.wish, passing.wish) != (statement.id(), wish.hash(), wish.hash())
            || form.cases != passing.cases
        {
            return Err(PassingError::Other);
        }
        let device = wish.keys.device();
        if form.device != device || !signed.is_signed_by(wish.org, &[(device, wish.keys.sign)]) {
            return Err(PassingError::Forged);
        }
        Ok(Self {
            chunks: form.chunks,
            at: form.at,
            bytes: bytes.to_vec(),
        })
    }

    /// The passing that a receipt says to be for, before anything of it is checked.
    ///
    /// # Errors
    ///
    /// [`PassingError::Frame`], [`PassingError::Malformed`].
    pub fn pass_of(bytes: &[u8]) -> Result<Hash, PassingError> {
        let signed = Signed::from_slice(frame::unframe(RECEIPT, bytes)?)?;
        let form: ReceiptForm = cbor::from_slice(signed.body())?;
        Ok(form.pass)
    }

    /// The file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Two of an office who may sign what leaves it: two administrators, or one and the recovery sheet.
fn must_be_of_two(
    signed: &Signed,
    directory: &Directory,
    (author, second): (Device, Device),
) -> Result<(), PassingError> {
    let office = directory.state();
    let key = |device: Device| {
        let may = office.admins.contains_key(&device);
        may.then(|| office.sign_key(device))
            .flatten()
            .map(|key| (device, key))
    };
    let signers = (author != second)
        .then(|| Some([key(author)?, key(second)?]))
        .flatten()
        .ok_or(PassingError::Forged)?;
    if !signed.is_signed_by(directory.org(), &signers) {
        return Err(PassingError::Forged);
    }
    Ok(())
}

/// Another office's directory from its operations, the first one in front.
///
/// # Errors
///
/// [`PassingError::Forged`] when one of them does not hold, or is missing.
pub fn directory_of(ops: &[Bytes]) -> Result<Directory, PassingError> {
    let forged = |_| PassingError::Forged;
    let (first, rest) = ops.split_first().ok_or(PassingError::Forged)?;
    let mut directory = Directory::open(&first.0).map_err(forged)?;
    let received = directory.receive(rest.iter().map(|op| op.0.as_slice()));
    if !received.refused.is_empty() || received.held > 0 {
        return Err(PassingError::Forged);
    }
    Ok(directory)
}
