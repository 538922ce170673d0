//! Orders of erasure (廃棄の指示): what is to be erased, why, on what ground.
//!
//! The directory, which a hub reads, says only that two signed an order of this name over records of this digest. The order
//! itself is a record: of a case it lies in the team's vault, of a restricted vault in that vault itself, so that nobody
//! else can tell that there was one.
//!
//! # Invariants
//!
//! - **An order does nothing by itself.** It takes effect when the directory holds an erasure of its name over its records.
//! - **A stub is believed only of a record that a signed order names.** Else whoever passes records on could keep back what
//!   they say.
//! - **An order about single fields has a form of its own** (`mg/order/2`): a program that does not know it puts the order
//!   aside, and destroys nothing of what it does not understand.

use std::collections::BTreeSet;
use std::fmt;

use crate::cbor::{self, CborError, as_array};
use crate::ids::{Doc, Hash, Vault};

const TAG: &str = "mg/order/1";
const FIELDS_TAG: &str = "mg/order/2";

/// The most records of one order: their names have to fit into one record.
pub const MAX_RECORDS: usize = 15_000;

/// An order of erasure.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// The vaults: those of one case, or one that is restricted.
    pub vaults: BTreeSet<Vault>,
    /// The documents in them; none stands for all there is, the keys included.
    pub docs: BTreeSet<Doc>,
    /// What of the one document is to go, as `fields/address` or `text`; none stands for all of it. The document was written
    /// anew without it, in a vault of its own under the same name, before this was signed.
    pub fields: BTreeSet<String>,
    /// The records that are reduced to stubs.
    pub records: BTreeSet<Hash>,
    /// Why (理由).
    pub reason: String,
    /// On what ground (根拠): an article, a rule of the office, a person's wish.
    pub basis: String,
    /// Who asked for it.
    pub asked_by: String,
    /// When it was drawn up, by its author's clock, ms.
    pub at: u64,
}

struct Form {
    tag: String,
    vaults: BTreeSet<Vault>,
    docs: BTreeSet<Doc>,
    records: BTreeSet<Hash>,
    reason: String,
    basis: String,
    asked_by: String,
    at: u64,
}
as_array!(Form {
    tag,
    vaults,
    docs,
    records,
    reason,
    basis,
    asked_by,
    at
});

struct FieldsForm {
    tag: String,
    vaults: BTreeSet<Vault>,
    docs: BTreeSet<Doc>,
    fields: BTreeSet<String>,
    records: BTreeSet<Hash>,
    reason: String,
    basis: String,
    asked_by: String,
    at: u64,
}
as_array!(FieldsForm {
    tag,
    vaults,
    docs,
    fields,
    records,
    reason,
    basis,
    asked_by,
    at
});

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

impl Order {
    /// The bytes that are sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let it = self.clone();
        if it.fields.is_empty() {
            return cbor::to_vec(&Form {
                tag: TAG.to_owned(),
                vaults: it.vaults,
                docs: it.docs,
                records: it.records,
                reason: it.reason,
                basis: it.basis,
                asked_by: it.asked_by,
                at: it.at,
            });
        }
        cbor::to_vec(&FieldsForm {
            tag: FIELDS_TAG.to_owned(),
            vaults: it.vaults,
            docs: it.docs,
            fields: it.fields,
            records: it.records,
            reason: it.reason,
            basis: it.basis,
            asked_by: it.asked_by,
            at: it.at,
        })
    }

    /// Reads an order.
    ///
    /// # Errors
    ///
    /// [`CborError`] when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        let order = match cbor::from_slice::<Form>(bytes) {
            Ok(form) if form.tag == TAG => Self {
                vaults: form.vaults,
                docs: form.docs,
                fields: BTreeSet::new(),
                records: form.records,
                reason: form.reason,
                basis: form.basis,
                asked_by: form.asked_by,
                at: form.at,
            },
            _ => Self::parse_fields(bytes)?,
        };
        if order.records.len() > MAX_RECORDS {
            return Err(CborError::Malformed);
        }
        Ok(order)
    }

    fn parse_fields(bytes: &[u8]) -> Result<Self, CborError> {
        let form: FieldsForm = cbor::from_slice(bytes)?;
        let of_one = form.vaults.len() == 1 && form.docs.len() == 1 && !form.fields.is_empty();
        if form.tag != FIELDS_TAG || !of_one {
            return Err(CborError::Malformed);
        }
        Ok(Self {
            vaults: form.vaults,
            docs: form.docs,
            fields: form.fields,
            records: form.records,
            reason: form.reason,
            basis: form.basis,
            asked_by: form.asked_by,
            at: form.at,
        })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> Hash {
        id_of(&self.to_bytes())
    }
}

/// The name of an order from its bytes.
#[must_use]
pub fn id_of(bytes: &[u8]) -> Hash {
    Hash::of(&[b"mg/order/1", bytes])
}

/// What an erasure says of its records: a hash over their names, in ascending order.
#[must_use]
pub fn digest(records: &BTreeSet<Hash>) -> Hash {
    let names: Vec<u8> = records
        .iter()
        .flat_map(|record| *record.as_bytes())
        .collect();
    Hash::of(&[b"mg/erased/1", &names])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            vaults: [Vault::new([1; 16])].into(),
            docs: BTreeSet::new(),
            fields: BTreeSet::new(),
            records: [Hash::new([2; 32]), Hash::new([3; 32])].into(),
            reason: "保存期間の満了".to_owned(),
            basis: "文書管理規程 第12条".to_owned(),
            asked_by: "佐藤".to_owned(),
            at: 7,
        }
    }

    #[test]
    fn an_order_reads_back_and_any_other_word_is_another_order() {
        let order = order();
        assert_eq!(Order::parse(&order.to_bytes()).unwrap(), order);
        let other = Order {
            basis: "別の根拠".to_owned(),
            ..order.clone()
        };
        assert_ne!(order.id(), other.id());
        assert!(!format!("{order:?}").contains("満了"));
    }

    #[test]
    fn an_order_about_fields_is_of_one_document() {
        let order = Order {
            docs: [Doc::new([4; 16])].into(),
            fields: ["fields/address".to_owned()].into(),
            ..order()
        };
        assert_eq!(Order::parse(&order.to_bytes()).unwrap(), order);
        let whole = Order {
            fields: BTreeSet::new(),
            ..order.clone()
        };
        assert_ne!(order.id(), whole.id());
        for wrong in [
            Order {
                docs: BTreeSet::new(),
                ..order.clone()
            },
            Order {
                docs: [Doc::new([4; 16]), Doc::new([5; 16])].into(),
                ..order
            },
        ] {
            assert!(Order::parse(&wrong.to_bytes()).is_err());
        }
    }

    #[test]
    fn the_digest_tells_one_record_more_or_less() {
        let all = order().records;
        let fewer = all.iter().take(1).copied().collect();
        assert_ne!(digest(&all), digest(&fewer));
        assert_ne!(digest(&fewer), digest(&BTreeSet::new()));
    }
}
