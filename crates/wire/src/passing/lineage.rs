//! What vaults a case went through from office to office (引き継ぎの経路).
//!
//! Each record says in which vault it was sealed. That the vault of one office goes on in that of the next, the office says
//! that passes the case on: it had both.

use std::collections::BTreeSet;

use crypto::sign::SigningKey;

use super::{PassingError, must_be_of_two};
use crate::cbor::{self, CborError, as_array};
use crate::directory::Directory;
use crate::ids::{Device, Vault};
use crate::signed::Signed;

const TAG: &str = "mg/pass/lineage/1";
/// The most vaults that a case was in before.
pub const MAX_EARLIER: usize = 64;

struct Form {
    tag: String,
    author: Device,
    second: Device,
    vault: Vault,
    earlier: BTreeSet<Vault>,
}
as_array!(Form {
    tag,
    author,
    second,
    vault,
    earlier
});

/// The lineage of a case, whose two signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The vault of the office that passes the case on.
    pub vault: Vault,
    /// Those in which it was before.
    pub earlier: BTreeSet<Vault>,
    signed: Signed,
}

impl Lineage {
    /// Signs in which vaults a case was.
    ///
    /// # Errors
    ///
    /// As [`Lineage::read`].
    pub fn make(
        directory: &Directory,
        author: (Device, &SigningKey),
        second: (Device, &SigningKey),
        vault: Vault,
        earlier: BTreeSet<Vault>,
    ) -> Result<Self, PassingError> {
        let form = Form {
            tag: TAG.to_owned(),
            author: author.0,
            second: second.0,
            vault,
            earlier,
        };
        let signed = Signed::make(cbor::to_vec(&form), directory.org(), &[author, second]);
        Self::read(&signed.to_vec(), directory)
    }

    /// Reads a lineage and checks its signatures by the directory of the office that passes on.
    ///
    /// # Errors
    ///
    /// [`PassingError::Malformed`], also when it names none before, itself, or more than [`MAX_EARLIER`];
    /// [`PassingError::Forged`].
    pub fn read(bytes: &[u8], directory: &Directory) -> Result<Self, PassingError> {
        let signed = Signed::from_slice(bytes)?;
        let form: Form = cbor::from_slice(signed.body())?;
        let is_one = (1..=MAX_EARLIER).contains(&form.earlier.len());
        if form.tag != TAG || !is_one || form.earlier.contains(&form.vault) {
            return Err(CborError::Malformed.into());
        }
        must_be_of_two(&signed, directory, (form.author, form.second))?;
        Ok(Self {
            vault: form.vault,
            earlier: form.earlier,
            signed,
        })
    }

    /// All of its vaults.
    pub fn vaults(&self) -> impl Iterator<Item = Vault> {
        self.earlier.iter().copied().chain([self.vault])
    }

    /// Body and signatures.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_vec()
    }
}
