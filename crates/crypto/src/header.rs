//! `header.json`: the key slots of a store.
//!
//! Each slot wraps the same data key (the DBK, raw key of the database): `P` under a passphrase, `R` under the recovery
//! code, `E` to the office's escrow (預かり鍵). The file is one line of canonical JSON:
//!
//! ```json
//! {"format":"marugoto-header","mac":"…","sha256":"…","slots":[
//!   {"bound":false,"box":"…","commit":"…","kdf":"argon2id","kind":"P","lanes":1,"memoryKib":65536,"passes":3,"salt":"…"},
//!   {"box":"…","commit":"…","kind":"R","salt":"…"}],"store":"…","version":1}
//! ```
//!
//! The box of `E`, `{"box":"…","key":"…","kind":"E"}`, is [`seal_to`] the public key `key`, with info
//! `mg/header/escrow/1` and the rest of the slot beside. In the others, a slot's `box` and `commit` are [`once`] with the salt of the slot, info `mg/header/slot/1`, and as
//! header the canonical bytes of everything else in the slot. `mac` is the HMAC of everything but `mac` and `sha256`
//! under the DBK, info `mg/header/1`; `sha256` covers everything but itself.
//!
//! # Invariants
//!
//! - **One spelling.** A file that is not byte for byte what [`Header::encode`] writes is damaged.
//! - **Nothing is believed before the whole MAC holds.** A data key comes out only together with a verified header.
//! - **Costs are checked before deriving.** A forged header can neither weaken the derivation nor hang the machine.
//! - **What a newer program added stays.** Slots and fields we do not know are kept and stay authenticated.

mod json;

use std::collections::BTreeMap;

use self::json::Json;
use crate::bytes::{equal, random, sha256};
use crate::kem::{KemKey, seal_to};
use crate::once;
use crate::passphrase::{NoMemory, Params, ParamsError, derive, normalise};
use crate::recovery::RecoveryCode;
use crate::secret::SecretKey;

const FORMAT: &str = "marugoto-header";
const VERSION: u64 = 1;
const SLOT_INFO: &[u8] = b"mg/header/slot/1";
const ESCROW_INFO: &[u8] = b"mg/header/escrow/1";
const MAC_INFO: &[u8] = b"mg/header/1";

/// Far more than a header with every kind of slot needs.
const LONGEST: usize = 64 * 1024;

type Fields = BTreeMap<String, Json>;

/// The header of one store.
#[derive(Clone, Debug)]
pub struct Header {
    store: [u8; 16],
    slots: Vec<Fields>,
    /// Everything but `sha256`, as it stands in the file.
    fields: Fields,
}

/// Why a header does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The bytes are not what a program wrote: the checksum, the form, or the authentication of the whole is wrong.
    #[error("the header is damaged")]
    Damaged,
    /// The header is whole, and the passphrase or code opens no slot of it.
    #[error("the passphrase or the code does not open the store")]
    WrongSecret,
    /// The passphrase slot asks for a cheaper derivation than is ever written.
    #[error("the header asks for a key derivation below the floor")]
    BelowFloor,
    /// The passphrase slot asks for a more expensive derivation than is ever written.
    #[error("the header asks for a key derivation above the ceiling")]
    AboveCeiling,
    /// The header is whole and needs a newer program.
    #[error("the header was written by a newer program")]
    NewerFormat,
    /// The machine has not the memory that the passphrase slot asks for.
    #[error("not enough memory to derive the key")]
    NoMemory,
}

impl From<ParamsError> for HeaderError {
    fn from(error: ParamsError) -> Self {
        match error {
            ParamsError::BelowFloor => Self::BelowFloor,
            ParamsError::AboveCeiling => Self::AboveCeiling,
        }
    }
}

impl From<NoMemory> for HeaderError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

impl Header {
    /// Makes the header of a new store with the slots P and R.
    ///
    /// # Errors
    ///
    /// [`HeaderError::NoMemory`].
    pub fn create(
        store: [u8; 16],
        dbk: &SecretKey,
        passphrase: &str,
        recovery: &RecoveryCode,
        params: Params,
    ) -> Result<Self, HeaderError> {
        let slots = vec![
            passphrase_slot(dbk, passphrase, params)?,
            recovery_slot(dbk, recovery),
        ];
        let fields = Fields::from([
            ("format".to_owned(), Json::text(FORMAT)),
            ("store".to_owned(), Json::hex(&store)),
            ("version".to_owned(), Json::Number(VERSION)),
        ]);
        let mut header = Self {
            store,
            slots,
            fields,
        };
        header.authenticate(dbk);
        Ok(header)
    }

    /// Reads a header without any secret.
    ///
    /// # Errors
    ///
    /// - [`HeaderError::Damaged`] when the checksum or the form is wrong.
    /// - [`HeaderError::NewerFormat`] when the checksum holds and the version is above ours.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let mut fields = json::parse(bytes, LONGEST).ok_or(HeaderError::Damaged)?;
        let sum = fields
            .remove("sha256")
            .and_then(|sum| sum.bytes::<32>())
            .ok_or(HeaderError::Damaged)?;
        if sum != sha256(&[json::canonical(&fields).as_bytes()]) {
            return Err(HeaderError::Damaged);
        }
        match (fields.get("format"), fields.get("version")) {
            (Some(Json::Text(format)), Some(Json::Number(VERSION))) if format == FORMAT => {}
            (Some(Json::Text(format)), Some(Json::Number(newer)))
                if format == FORMAT && *newer > VERSION =>
            {
                return Err(HeaderError::NewerFormat);
            }
            _ => return Err(HeaderError::Damaged),
        }
        let store = fields
            .get("store")
            .and_then(Json::bytes)
            .ok_or(HeaderError::Damaged)?;
        let slots = fields
            .get("slots")
            .and_then(Json::objects)
            .ok_or(HeaderError::Damaged)?;
        let header = Self {
            store,
            slots,
            fields,
        };
        // A second slot of one kind would let one file be tried with two passphrases at once.
        for kind in ["P", "R", "E"] {
            if header.of_kind(kind).count() > 1 {
                return Err(HeaderError::Damaged);
            }
        }
        Ok(header)
    }

    /// Writes the header, for `header.json` and `header.bak` alike.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = self.fields.clone();
        let sum = sha256(&[json::canonical(&fields).as_bytes()]);
        fields.insert("sha256".to_owned(), Json::hex(&sum));
        let mut text = json::canonical(&fields);
        text.push('\n');
        text.into_bytes()
    }

    /// The id of the store that this header belongs to. Authentic once the header has opened.
    #[must_use]
    pub fn store_id(&self) -> [u8; 16] {
        self.store
    }

    /// The cost of the passphrase slot.
    ///
    /// # Errors
    ///
    /// - [`HeaderError::BelowFloor`], [`HeaderError::AboveCeiling`].
    /// - [`HeaderError::WrongSecret`] when no passphrase opens this store.
    /// - [`HeaderError::NewerFormat`] when the slot needs more than a passphrase, or another derivation.
    pub fn params(&self) -> Result<Params, HeaderError> {
        cost(self.of_kind("P").next().ok_or(HeaderError::WrongSecret)?)
    }

    /// Opens the store with its passphrase, as it was typed.
    ///
    /// # Errors
    ///
    /// - [`HeaderError::WrongSecret`] when the passphrase does not open the slot.
    /// - [`HeaderError::Damaged`] when it does, but the whole header is not authentic.
    /// - [`HeaderError::BelowFloor`], [`HeaderError::AboveCeiling`], [`HeaderError::NewerFormat`] before anything is derived.
    /// - [`HeaderError::NoMemory`].
    pub fn open_with_passphrase(&self, passphrase: &str) -> Result<SecretKey, HeaderError> {
        let slot = self.of_kind("P").next().ok_or(HeaderError::WrongSecret)?;
        let params = cost(slot)?;
        let salt = bytes(slot, "salt")?;
        let key = derive(&normalise(passphrase), &salt, params)?;
        self.verified(unwrap(slot, &key)?)
    }

    /// Opens the store with the code of the recovery sheet.
    ///
    /// # Errors
    ///
    /// [`HeaderError::WrongSecret`], and [`HeaderError::Damaged`] when the code opens the slot but the whole header is
    /// not authentic.
    pub fn open_with_recovery(&self, code: &RecoveryCode) -> Result<SecretKey, HeaderError> {
        let slot = self.of_kind("R").next().ok_or(HeaderError::WrongSecret)?;
        self.verified(unwrap(slot, &code.key())?)
    }

    /// Opens the store with the key of the office's escrow, made of two shares.
    ///
    /// # Errors
    ///
    /// As [`Header::open_with_recovery`]; [`HeaderError::WrongSecret`] also where no escrow opens this store.
    pub fn open_with_escrow(&self, key: &KemKey) -> Result<SecretKey, HeaderError> {
        let slot = self.of_kind("E").next().ok_or(HeaderError::WrongSecret)?;
        let sealed = bytes::<80>(slot, "box")?;
        let rest = without(slot, &["box"]);
        let opened = key
            .open(ESCROW_INFO, rest.as_bytes(), &sealed)
            .map_err(|_| HeaderError::WrongSecret)?;
        self.verified(taken(&opened)?)
    }

    /// The public half of the escrow key that opens this store. Authentic once the header has opened.
    #[must_use]
    pub fn escrow(&self) -> Option<[u8; 32]> {
        bytes(self.of_kind("E").next()?, "key").ok()
    }

    /// Seals the data key to the office's escrow, in the place of an earlier one. On failure the header is as before.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Damaged`] when `dbk` does not authenticate this header; [`HeaderError::WrongSecret`] when `public`
    /// is no key that can be sealed to.
    pub fn change_escrow(&mut self, dbk: &SecretKey, public: &[u8; 32]) -> Result<(), HeaderError> {
        self.replace(dbk, "E", || escrow_slot(dbk, public))
    }

    /// Seals the passphrase slot anew when `params` raise its cost. Says whether it did.
    ///
    /// On failure the header is as before.
    ///
    /// # Errors
    ///
    /// Those of [`Header::open_with_passphrase`]: the passphrase is tried first, so that a slip locks nobody out.
    pub fn rewrap(
        &mut self,
        dbk: &SecretKey,
        passphrase: &str,
        params: Params,
    ) -> Result<bool, HeaderError> {
        if !params.raises(self.params()?) {
            return Ok(false);
        }
        let opened = self.open_with_passphrase(passphrase)?;
        // EXPOSE: compared in constant time, to refuse another store's key.
        if !equal(opened.expose(), dbk.expose()) {
            return Err(HeaderError::WrongSecret);
        }
        self.change_passphrase(dbk, passphrase, params)?;
        Ok(true)
    }

    /// Puts a new passphrase in the place of the old one. On failure the header is as before.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Damaged`] when `dbk` does not authenticate this header; [`HeaderError::NoMemory`].
    pub fn change_passphrase(
        &mut self,
        dbk: &SecretKey,
        passphrase: &str,
        params: Params,
    ) -> Result<(), HeaderError> {
        self.replace(dbk, "P", || passphrase_slot(dbk, passphrase, params))
    }

    /// Puts a new recovery code in the place of the old one. On failure the header is as before.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Damaged`] when `dbk` does not authenticate this header.
    pub fn change_recovery(
        &mut self,
        dbk: &SecretKey,
        code: &RecoveryCode,
    ) -> Result<(), HeaderError> {
        self.replace(dbk, "R", || Ok(recovery_slot(dbk, code)))
    }

    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Fields> {
        self.slots.iter().filter(move |slot| is_kind(slot, kind))
    }

    fn verified(&self, dbk: SecretKey) -> Result<SecretKey, HeaderError> {
        let mac: [u8; 32] = bytes(&self.fields, "mac")?;
        if equal(&mac, &self.mac(&dbk)) {
            Ok(dbk)
        } else {
            Err(HeaderError::Damaged)
        }
    }

    fn mac(&self, dbk: &SecretKey) -> [u8; 32] {
        dbk.hmac(MAC_INFO, &[without(&self.fields, &["mac"]).as_bytes()])
    }

    fn replace(
        &mut self,
        dbk: &SecretKey,
        kind: &str,
        slot: impl FnOnce() -> Result<Fields, HeaderError>,
    ) -> Result<(), HeaderError> {
        // Or a tampered header would be authenticated by us.
        self.verified(dbk.duplicate())?;
        let slot = slot()?;
        match self.slots.iter_mut().find(|slot| is_kind(slot, kind)) {
            Some(old) => *old = slot,
            None => self.slots.push(slot),
        }
        self.authenticate(dbk);
        Ok(())
    }

    /// Writes the slots and the MAC into the fields.
    fn authenticate(&mut self, dbk: &SecretKey) {
        let slots = self.slots.iter().cloned().map(Json::Object).collect();
        self.fields.insert("slots".to_owned(), Json::List(slots));
        let mac = self.mac(dbk);
        self.fields.insert("mac".to_owned(), Json::hex(&mac));
    }
}

fn passphrase_slot(
    dbk: &SecretKey,
    passphrase: &str,
    params: Params,
) -> Result<Fields, HeaderError> {
    let salt = random();
    let key = derive(&normalise(passphrase), &salt, params)?;
    let slot = Fields::from([
        ("bound".to_owned(), Json::Bool(false)),
        ("kdf".to_owned(), Json::text("argon2id")),
        ("kind".to_owned(), Json::text("P")),
        ("lanes".to_owned(), Json::Number(1)),
        (
            "memoryKib".to_owned(),
            Json::Number(params.memory_kib().into()),
        ),
        ("passes".to_owned(), Json::Number(params.passes().into())),
    ]);
    Ok(wrap(slot, &key, &salt, dbk))
}

fn recovery_slot(dbk: &SecretKey, code: &RecoveryCode) -> Fields {
    wrap(
        Fields::from([("kind".to_owned(), Json::text("R"))]),
        &code.key(),
        &random(),
        dbk,
    )
}

fn escrow_slot(dbk: &SecretKey, public: &[u8; 32]) -> Result<Fields, HeaderError> {
    let mut slot = Fields::from([
        ("key".to_owned(), Json::hex(public)),
        ("kind".to_owned(), Json::text("E")),
    ]);
    let rest = json::canonical(&slot);
    // EXPOSE: the data key leaves sealed.
    let sealed = seal_to(public, ESCROW_INFO, rest.as_bytes(), dbk.expose())
        .map_err(|_| HeaderError::WrongSecret)?;
    slot.insert("box".to_owned(), Json::hex(&sealed));
    Ok(slot)
}

fn wrap(mut slot: Fields, key: &SecretKey, salt: &[u8; 32], dbk: &SecretKey) -> Fields {
    slot.insert("salt".to_owned(), Json::hex(salt));
    // EXPOSE: the data key leaves wrapped.
    let sealed = once::seal(
        key,
        salt,
        SLOT_INFO,
        json::canonical(&slot).as_bytes(),
        dbk.expose(),
    );
    slot.insert("commit".to_owned(), Json::hex(&sealed.commit));
    slot.insert("box".to_owned(), Json::hex(&sealed.ct));
    slot
}

fn unwrap(slot: &Fields, key: &SecretKey) -> Result<SecretKey, HeaderError> {
    let (salt, commit, sealed) = (
        bytes(slot, "salt")?,
        bytes(slot, "commit")?,
        bytes::<48>(slot, "box")?,
    );
    let rest = without(slot, &["commit", "box"]);
    let opened = once::open(key, &salt, SLOT_INFO, rest.as_bytes(), &commit, &sealed)
        .map_err(|_| HeaderError::WrongSecret)?;
    taken(&opened)
}

/// The data key of an opened box.
fn taken(opened: &[u8]) -> Result<SecretKey, HeaderError> {
    let mut dbk = SecretKey::zero();
    dbk.as_mut_slice()
        .copy_from_slice(opened.get(..32).ok_or(HeaderError::Damaged)?);
    Ok(dbk)
}

fn cost(slot: &Fields) -> Result<Params, HeaderError> {
    match (slot.get("kdf"), slot.get("bound")) {
        (Some(Json::Text(kdf)), Some(Json::Bool(false))) if kdf == "argon2id" => {}
        // Another derivation, or a secret of the machine's key store besides the passphrase.
        (Some(Json::Text(_)), Some(Json::Bool(_))) => return Err(HeaderError::NewerFormat),
        _ => return Err(HeaderError::Damaged),
    }
    let number = |name| {
        slot.get(name)
            .and_then(Json::number)
            .ok_or(HeaderError::Damaged)
    };
    Ok(Params::new(
        number("memoryKib")?,
        number("passes")?,
        number("lanes")?,
    )?)
}

fn is_kind(slot: &Fields, kind: &str) -> bool {
    matches!(slot.get("kind"), Some(Json::Text(text)) if text == kind)
}

fn bytes<const N: usize>(fields: &Fields, name: &str) -> Result<[u8; N], HeaderError> {
    fields
        .get(name)
        .and_then(Json::bytes)
        .ok_or(HeaderError::Damaged)
}

/// The canonical bytes of all fields but the named ones.
fn without(fields: &Fields, names: &[&str]) -> String {
    let rest = fields
        .iter()
        .filter(|(name, _)| !names.contains(&name.as_str()));
    json::canonical(
        &rest
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests;
