//! The access log (閲覧・操作の記録): what a device's worker opened and did, each entry chained to the one before.
//!
//! A log is kept in *books*: one for the device (its audit vault), and one for each restricted vault that it reads. A book's
//! pages travel inside its vault, so whoever reads the vault reads the book, and nobody else learns that it exists.
//!
//! # Invariants
//!
//! - **A chain of one device and one book.** The first entry names a hash of office, device and book, each further one the
//!   entry before it. Entries are kept byte for byte.
//! - **A page is signed at its end** by the device whose log it is, so that no entry up to there can be left out, altered,
//!   added or put elsewhere by anybody else, and not by the device itself once somebody has the page.
//! - **No content**: ids, numbers and the person's own reason; never a name or a word of a record.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crypto::sign::{SignatureKind, SigningKey, verify};

use crate::cbor::{self, Bytes, CborError, as_array};
use crate::ids::{Device, Hash, Org, Vault};

/// The longest entry, in bytes.
pub const MAX_ENTRY: usize = 8192;
/// The most entries of one page.
pub const MAX_ENTRIES: usize = 2000;

/// What was done. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A record was opened (閲覧).
    Open,
    /// A list was looked at; its hits are not named (一覧).
    List,
    /// Something was searched for; neither words nor hits are named (検索).
    Search,
    /// A record was written or changed (記入・変更).
    Write,
    /// Who reads a record was changed (読める人の変更).
    Grant,
    /// A restricted record was opened, with a reason (理由を書いて開いた).
    BreakGlass,
    /// Records left as a file (持ち出し).
    Export,
    /// A file of records was read (取り込み).
    Import,
    /// Records were printed (印刷).
    Print,
    /// A backup was written (控え).
    Backup,
    /// The device exchanged with the hub (送受信).
    Exchange,
    /// Something was done about a device: taken in, frozen, shut out (端末の管理).
    Device,
    /// This log was looked at (記録の閲覧).
    LookAtLog,
    /// This log left as a file (記録の書き出し).
    ExportLog,
    /// The store was unlocked (ロック解除).
    Unlock,
    /// The passphrase was changed (合いことばの変更).
    Passphrase,
    /// What an old copy, a damaged store or a backup needed was done (復旧).
    Restore,
    /// An act of a newer version.
    Other(u64),
}

/// All acts with their numbers, and the word by which programs name them.
const ACTS: [(u64, Act, &str); 17] = [
    (1, Act::Open, "open"),
    (2, Act::List, "list"),
    (3, Act::Search, "search"),
    (4, Act::Write, "write"),
    (5, Act::Grant, "grant"),
    (6, Act::BreakGlass, "breakGlass"),
    (7, Act::Export, "export"),
    (8, Act::Import, "import"),
    (9, Act::Print, "print"),
    (10, Act::Backup, "backup"),
    (11, Act::Exchange, "exchange"),
    (12, Act::Device, "device"),
    (13, Act::LookAtLog, "lookAtLog"),
    (14, Act::ExportLog, "exportLog"),
    (15, Act::Unlock, "unlock"),
    (16, Act::Passphrase, "passphrase"),
    (17, Act::Restore, "restore"),
];

impl Act {
    /// Its number.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Other(number) => number,
            known => ACTS
                .iter()
                .find(|(_, act, _)| *act == known)
                .map_or(0, |(number, ..)| *number),
        }
    }

    /// The act of this number.
    #[must_use]
    pub fn of_number(number: u64) -> Self {
        ACTS.iter()
            .find(|(known, ..)| *known == number)
            .map_or(Self::Other(number), |(_, act, _)| *act)
    }

    /// The word for it, as views and files carry it.
    #[must_use]
    pub fn word(self) -> &'static str {
        ACTS.iter()
            .find(|(_, act, _)| *act == self)
            .map_or("other", |(.., word)| word)
    }

    /// The act that a word names.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        ACTS.iter()
            .find(|(.., known)| *known == word)
            .map(|(_, act, _)| *act)
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1.
    pub seq: u64,
    /// The entry before it, or the book's beginning.
    pub prev: Hash,
    /// Which life of the store: another one begins where a backup was restored.
    pub incarnation: u32,
    /// The device's clock, ms since 1970.
    pub at: i64,
    /// The number of an [`Act`].
    pub act: u64,
    /// Kind of what it was about, as `household` or `note`; may be empty.
    pub kind: String,
    /// What it was about: a document, a vault or a device.
    pub subject: Option<[u8; 16]>,
    /// The household that this belongs to.
    pub household: Option<[u8; 16]>,
    /// Why, where a reason was asked for.
    pub reason: String,
    /// The operation, or the file's name.
    pub detail: String,
}
as_array!(Entry {
    seq,
    prev,
    incarnation,
    at,
    act,
    kind,
    subject,
    household,
    reason,
    detail
});

impl Entry {
    /// The bytes that are chained and kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// [`CborError`] when it is none, or too long.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        if bytes.len() > MAX_ENTRY {
            return Err(CborError::Malformed);
        }
        cbor::from_slice(bytes)
    }
}

/// The name of an entry: a hash of its bytes.
#[must_use]
pub fn name_of(bytes: &[u8]) -> Hash {
    Hash::of(&[b"mg/audit/entry/1", bytes])
}

/// What the first entry of a book names.
#[must_use]
pub fn beginning(org: Org, device: Device, book: Vault) -> Hash {
    Hash::of(&[
        b"mg/audit/book/1",
        org.as_bytes(),
        device.as_bytes(),
        book.as_bytes(),
    ])
}

/// The device's word that its book reached this entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Whose log.
    pub device: Device,
    /// The vault in which it travels.
    pub book: Vault,
    /// The life of the store.
    pub incarnation: u32,
    /// The last entry's place.
    pub seq: u64,
    /// The last entry.
    pub head: Hash,
    /// When it was signed, by the device's clock, ms.
    pub at: i64,
    /// The device's signature.
    pub signature: [u8; 64],
}
as_array!(Seal {
    device,
    book,
    incarnation,
    seq,
    head,
    at,
    signature
});

impl Seal {
    /// Signs that a book reached an entry.
    #[must_use]
    pub fn make(
        org: Org,
        (device, key): (Device, &SigningKey),
        book: Vault,
        (incarnation, seq, head): (u32, u64, Hash),
        at: i64,
    ) -> Self {
        let mut seal = Self {
            device,
            book,
            incarnation,
            seq,
            head,
            at,
            signature: [0; 64],
        };
        seal.signature = key.sign(SignatureKind::Audit, org.as_bytes(), &seal.statement());
        seal
    }

    fn statement(&self) -> Vec<u8> {
        let place = (
            u64::from(self.incarnation),
            (self.seq, (self.head, self.at)),
        );
        cbor::to_vec(&(self.device, (self.book, place)))
    }

    /// Whether the device of this public key signed it.
    #[must_use]
    pub fn holds(&self, org: Org, public: &[u8; 32]) -> bool {
        verify(
            public,
            SignatureKind::Audit,
            org.as_bytes(),
            &self.statement(),
            &self.signature,
        )
        .is_ok()
    }
}

/// What one record carries: entries in their order, and the seal at the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries, byte for byte.
    pub entries: Vec<Bytes>,
    /// The seal at the last of them.
    pub seal: Seal,
}
as_array!(Page { entries, seal });

impl Page {
    /// Its entries, each with its bytes, where the page is whole in itself: one after the other, up to its seal.
    ///
    /// # Errors
    ///
    /// [`CborError::Malformed`] when it is not.
    pub fn read(&self) -> Result<Vec<(Entry, &[u8])>, CborError> {
        if self.entries.is_empty() || self.entries.len() > MAX_ENTRIES {
            return Err(CborError::Malformed);
        }
        let mut out: Vec<(Entry, &[u8])> = Vec::new();
        let mut before: Option<(u64, Hash)> = None;
        for Bytes(bytes) in &self.entries {
            let entry = Entry::parse(bytes)?;
            let follows = before
                .is_none_or(|(seq, name)| entry.seq == seq.saturating_add(1) && entry.prev == name);
            if !follows || entry.incarnation > self.seal.incarnation {
                return Err(CborError::Malformed);
            }
            before = Some((entry.seq, name_of(bytes)));
            out.push((entry, bytes));
        }
        if before == Some((self.seal.seq, self.seal.head)) {
            Ok(out)
        } else {
            Err(CborError::Malformed)
        }
    }
}

/// What is wrong with a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Something that is no entry, or a seal that its device did not make.
    Forged,
    /// An entry before this place is missing, or is not the one that was there.
    Missing,
    /// Two entries stand at this place, in one life of the store: the log was cut and written anew.
    Rewritten,
    /// The device signed that its book reached this place, and the entry is not here.
    Cut,
}

impl Fault {
    /// A stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Missing => "missing",
            Self::Rewritten => "rewritten",
            Self::Cut => "cut",
        }
    }
}

/// The check of one book: entries in whatever order, seals, and then what is wrong.
#[derive(Debug)]
pub struct Check {
    beginning: Hash,
    /// By name: life and place.
    known: BTreeMap<Hash, (u32, u64)>,
    /// By life and place: the entries there, and what they name as the one before.
    places: BTreeMap<(u32, u64), Vec<(Hash, Hash)>>,
    sealed: Vec<(u64, Hash)>,
    faults: Vec<(u64, Fault)>,
}

impl Check {
    /// Of the book of a device.
    #[must_use]
    pub fn of(org: Org, device: Device, book: Vault) -> Self {
        Self {
            beginning: beginning(org, device, book),
            known: BTreeMap::new(),
            places: BTreeMap::new(),
            sealed: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Takes an entry; one that came before is the same one.
    pub fn entry(&mut self, bytes: &[u8]) {
        let Ok(entry) = Entry::parse(bytes) else {
            self.faults.push((0, Fault::Forged));
            return;
        };
        let name = name_of(bytes);
        let place = (entry.incarnation, entry.seq);
        if self.known.insert(name, place).is_none() {
            self.places
                .entry(place)
                .or_default()
                .push((name, entry.prev));
        }
    }

    /// Takes a seal of this book.
    pub fn seal(&mut self, seal: &Seal, org: Org, public: &[u8; 32]) {
        if seal.holds(org, public) {
            self.sealed.push((seal.seq, seal.head));
        } else {
            self.faults.push((seal.seq, Fault::Forged));
        }
    }

    /// How many entries it has taken.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.known.len()
    }

    /// The first place that no seal covers; in a log of somebody else, everything there is anybody's word.
    #[must_use]
    pub fn unsealed(&self) -> Option<u64> {
        let before: BTreeMap<Hash, Hash> = self.places.values().flatten().copied().collect();
        let mut covered = BTreeSet::new();
        for (_, head) in &self.sealed {
            let mut at = Some(head);
            while let Some(name) = at.filter(|name| covered.insert(**name)) {
                at = before.get(name);
            }
        }
        self.known
            .iter()
            .filter(|(name, _)| !covered.contains(*name))
            .map(|(_, (_, seq))| *seq)
            .min()
    }

    /// What is wrong, by place; nothing where the book is whole. A book that goes on from a restored backup is whole: both
    /// lives of it stand there.
    #[must_use]
    pub fn faults(self) -> Vec<(u64, Fault)> {
        let mut faults = self.faults;
        #[cfg(test)]
        if tests::UNCHAINED.get() {
            return faults;
        }
        for ((incarnation, seq), entries) in &self.places {
            if entries.len() > 1 {
                faults.push((*seq, Fault::Rewritten));
            }
            for (_, prev) in entries {
                let follows = match seq.checked_sub(1) {
                    Some(0) => *prev == self.beginning,
                    Some(before) => self
                        .known
                        .get(prev)
                        .is_some_and(|(life, at)| *at == before && life <= incarnation),
                    None => false,
                };
                if !follows {
                    faults.push((*seq, Fault::Missing));
                }
            }
        }
        for (seq, head) in &self.sealed {
            if self.known.get(head).is_none_or(|(_, at)| at != seq) {
                faults.push((*seq, Fault::Cut));
            }
        }
        faults.sort_unstable();
        faults.dedup();
        faults
    }
}
