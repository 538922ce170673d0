//! The roster of a vault: who reads it, kept as signed operations inside the vault itself.
//!
//! A team vault has none: its group in the directory is its roster.
//!
//! # Invariants
//!
//! - **The vault's name proves its founding.** It is a hash of the founding operation, so nobody founds it twice.
//! - **A function of the set**, of the operations and the directory. Taking out wins over putting in at the same time.
//! - **Who may change it**: a case vault's its stewards (the lead workers), the supervisors of its groups and admins;
//!   a restricted or audit vault's only its stewards.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use crypto::sign::SigningKey;

use crate::cbor::{self, Bytes, Cbor, CborError, Reader, Writer, as_array};
use crate::dag::{At, Dag, Node, Set};
use crate::directory::{Directory, Role, State};
use crate::ids::{Device, Group, Hash, Vault};
use crate::signed::Signed;

const TAG: &str = "mg/roster/1";
/// A restricted vault keeps at least two readers.
const LEAST_RESTRICTED: usize = 2;

/// What kind of vault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Opened by an intake or a household.
    Case,
    /// For an explicit short list of devices.
    Restricted,
    /// One device appends, auditors read.
    Audit,
    /// A class of a newer version.
    Unknown(u64),
}

impl Cbor for Class {
    fn encode(&self, out: &mut Writer) {
        let number: u64 = match self {
            Self::Case => 1,
            Self::Restricted => 2,
            Self::Audit => 3,
            Self::Unknown(number) => *number,
        };
        number.encode(out);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        Ok(match u64::decode(input)? {
            1 => Self::Case,
            2 => Self::Restricted,
            3 => Self::Audit,
            number => Self::Unknown(number),
        })
    }
}

/// Groups and devices that a roster operation names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Whole groups, whoever is in them.
    pub groups: BTreeSet<Group>,
    /// Single devices.
    pub devices: BTreeSet<Device>,
    /// Devices that read and may change the roster.
    pub stewards: BTreeSet<Device>,
}
as_array!(Readers {
    groups,
    devices,
    stewards
});

/// What a roster operation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Opens the vault.
    Found {
        /// What kind it is.
        class: Class,
        /// Its first readers.
        readers: Readers,
        /// Random, so that two vaults of one author differ.
        nonce: [u8; 32],
    },
    /// Adds readers.
    Grant(Readers),
    /// Takes readers out.
    Remove(Readers),
    /// An act of a newer version.
    Unknown {
        /// Its number.
        kind: u64,
        /// Its payload, as it came.
        payload: Bytes,
    },
}

struct Body {
    tag: String,
    /// None in the founding operation, whose hash the name is.
    vault: Option<Vault>,
    author: Device,
    seq: u64,
    prev: Hash,
    seen: BTreeSet<Hash>,
    /// The heads of the directory that the author knew.
    directory: BTreeSet<Hash>,
    critical: bool,
    kind: u64,
    payload: Bytes,
}
as_array!(Body {
    tag,
    vault,
    author,
    seq,
    prev,
    seen,
    directory,
    critical,
    kind,
    payload
});

/// An operation of a roster. One that [`Roster`] holds is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterOp {
    id: Hash,
    vault: Vault,
    author: Device,
    seq: u64,
    prev: Hash,
    seen: BTreeSet<Hash>,
    directory: BTreeSet<Hash>,
    critical: bool,
    grant: Grant,
    signed: Signed,
}

impl RosterOp {
    /// Reads an operation that nobody has checked yet: enough to see which vault it belongs to.
    ///
    /// # Errors
    ///
    /// [`RosterError::Malformed`] when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, RosterError> {
        Self::from_signed(Signed::from_slice(bytes)?)
    }

    fn from_signed(signed: Signed) -> Result<Self, RosterError> {
        let Body {
            tag,
            vault,
            author,
            seq,
            prev,
            seen,
            directory,
            critical,
            kind,
            payload,
        } = cbor::from_slice(signed.body())?;
        let grant = match kind {
            1 => cbor::from_slice(&payload.0).map(|(class, (readers, nonce))| Grant::Found {
                class,
                readers,
                nonce,
            })?,
            2 => Grant::Grant(cbor::from_slice(&payload.0)?),
            3 => Grant::Remove(cbor::from_slice(&payload.0)?),
            _ => Grant::Unknown { kind, payload },
        };
        let founds = matches!(grant, Grant::Found { .. });
        if tag != TAG || founds != vault.is_none() {
            return Err(CborError::Malformed.into());
        }
        let id = signed.id();
        let vault = vault.unwrap_or_else(|| vault_of(id));
        Ok(Self {
            id,
            vault,
            author,
            seq,
            prev,
            seen,
            directory,
            critical,
            grant,
            signed,
        })
    }

    /// Names it: SHA-256 of the signed body.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.id
    }

    /// The vault.
    #[must_use]
    pub fn vault(&self) -> Vault {
        self.vault
    }

    /// The operations that its author had seen.
    #[must_use]
    pub fn rests_on(&self) -> &BTreeSet<Hash> {
        &self.seen
    }

    /// Who wrote it.
    #[must_use]
    pub fn author(&self) -> Device {
        self.author
    }

    /// The heads of the directory that its author knew.
    #[must_use]
    pub fn directory(&self) -> &BTreeSet<Hash> {
        &self.directory
    }

    /// What it does.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Body and signature, to be stored and relayed as they are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_vec()
    }
}

impl Node for RosterOp {
    fn id(&self) -> Hash {
        self.id
    }
    fn author(&self) -> Device {
        self.author
    }
    fn seq(&self) -> u64 {
        self.seq
    }
    fn prev(&self) -> Hash {
        self.prev
    }
    fn seen(&self) -> &BTreeSet<Hash> {
        &self.seen
    }
}

fn vault_of(founding: Hash) -> Vault {
    Vault::named(&[b"mg/vault/1", founding.as_bytes()])
}

/// Who reads the vault, as a set of operations leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readership {
    /// What kind of vault it is.
    pub class: Class,
    /// Who is named.
    pub readers: Readers,
    /// Operations without effect: their author was taken out by somebody who had not seen them.
    pub void: BTreeSet<Hash>,
    /// Operations of a newer version.
    pub unknown: BTreeSet<Hash>,
    /// Whether one of those says that older programs must not write here.
    pub needs_newer: bool,
}

impl Readership {
    /// Whether the device is named, or a group that it is in.
    #[must_use]
    pub fn reads(&self, device: Device, office: &State) -> bool {
        office.is_active(device)
            && (self.readers.devices.contains(&device)
                || self.readers.stewards.contains(&device)
                || self
                    .readers
                    .groups
                    .iter()
                    .any(|group| office.is_member(device, *group)))
    }

    /// All devices that read it.
    #[must_use]
    pub fn devices(&self, office: &State) -> BTreeSet<Device> {
        let grouped = self
            .readers
            .groups
            .iter()
            .flat_map(|group| office.members(*group));
        let named = self
            .readers
            .devices
            .iter()
            .chain(&self.readers.stewards)
            .copied();
        grouped
            .chain(named.filter(|device| office.is_active(*device)))
            .collect()
    }

    /// Whether the device may change the roster.
    #[must_use]
    pub fn may_change(&self, device: Device, office: &State) -> bool {
        let steward = office.is_active(device) && self.readers.stewards.contains(&device);
        let supervises = office.has_role(device, Role::Supervisor)
            && self
                .readers
                .groups
                .iter()
                .any(|group| office.is_member(device, *group));
        steward || (self.class == Class::Case && (supervises || office.is_admin(device)))
    }
}

/// Why an operation is not, or not yet, part of the roster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// It has not the form of a roster operation.
    #[error("not a roster operation")]
    Malformed(#[from] CborError),
    /// It belongs to another vault.
    #[error("the operation belongs to another vault")]
    ForeignVault,
    /// It is not a founding, where one is needed, or a second one.
    #[error("a founding operation in the wrong place")]
    Founding,
    /// A restricted vault needs two readers.
    #[error("a restricted vault keeps at least two readers")]
    TooFewReaders,
    /// Its place in its author's chain is not where it says.
    #[error("the operation does not continue its author's chain")]
    BrokenChain,
    /// The author had no right to it in the past that it names.
    #[error("the author had no right to this operation")]
    NoRight,
    /// The signature does not hold.
    #[error("the signature on the operation does not hold")]
    BadSignature,
    /// It names operations of the roster that are not here.
    #[error("{missing} operations are not here yet")]
    Incomplete {
        /// How many.
        missing: usize,
    },
    /// It names a directory that is not here.
    #[error("the operation knows a newer directory")]
    NewerDirectory,
}

impl RosterError {
    /// Whether the operation may be taken once more is known.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Incomplete { .. } | Self::NewerDirectory)
    }
}

/// The roster of one vault.
pub struct Roster {
    vault: Vault,
    dag: Dag<RosterOp>,
    state: Readership,
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster")
            .field("vault", &self.vault)
            .field("ops", &self.dag.len())
            .finish_non_exhaustive()
    }
}

impl Roster {
    /// Opens a new vault. Its name is [`Roster::vault`].
    ///
    /// # Errors
    ///
    /// - [`RosterError::NoRight`] when the author does not work in this office, or is not among the readers.
    /// - [`RosterError::TooFewReaders`] for a restricted vault of one.
    pub fn found(
        directory: &Directory,
        author: (Device, &SigningKey),
        class: Class,
        readers: Readers,
    ) -> Result<Self, RosterError> {
        let grant = Grant::Found {
            class,
            readers,
            nonce: crypto::random(),
        };
        let op = make(
            directory,
            author,
            None,
            (1, Hash::ZERO),
            BTreeSet::new(),
            &grant,
        )?;
        Self::open(&op.to_bytes(), directory)
    }

    /// Starts from the founding operation, as it came from the store or in a record.
    ///
    /// # Errors
    ///
    /// Those of [`Roster::found`]; [`RosterError::Founding`] when it is another operation; malformed, wrongly signed
    /// or from a newer directory.
    pub fn open(founding: &[u8], directory: &Directory) -> Result<Self, RosterError> {
        let op = RosterOp::parse(founding)?;
        let Grant::Found { class, readers, .. } = op.grant.clone() else {
            return Err(RosterError::Founding);
        };
        if (op.seq, op.prev) != (1, Hash::ZERO) || !op.seen.is_empty() {
            return Err(RosterError::BrokenChain);
        }
        let office = directory
            .at(&op.directory)
            .ok_or(RosterError::NewerDirectory)?;
        let state = Readership {
            class,
            readers,
            void: BTreeSet::new(),
            unknown: BTreeSet::new(),
            needs_newer: false,
        };
        let works =
            office.writes(op.author) || (class == Class::Audit && office.is_active(op.author));
        if !works || !state.reads(op.author, &office) {
            return Err(RosterError::NoRight);
        }
        if class == Class::Restricted && state.devices(&office).len() < LEAST_RESTRICTED {
            return Err(RosterError::TooFewReaders);
        }
        check_signature(&op, directory, &office)?;
        let mut dag = Dag::new();
        let vault = op.vault;
        dag.insert(op);
        Ok(Self { vault, dag, state })
    }

    /// Takes in one operation. True if it is new.
    ///
    /// # Errors
    ///
    /// [`RosterError`]; where [`RosterError::may_pass`], it is to be tried again when more has arrived.
    pub fn receive(&mut self, bytes: &[u8], directory: &Directory) -> Result<bool, RosterError> {
        let op = RosterOp::parse(bytes)?;
        if op.vault != self.vault {
            return Err(RosterError::ForeignVault);
        }
        if self.dag.has(op.id) {
            return Ok(false);
        }
        self.admit(op, directory)?;
        Ok(true)
    }

    /// Writes an operation in view of all that is here.
    ///
    /// # Errors
    ///
    /// - [`RosterError::NoRight`] when the author may not change this roster.
    /// - [`RosterError::TooFewReaders`] when a restricted vault would be left to one.
    pub fn write(
        &mut self,
        directory: &Directory,
        author: (Device, &SigningKey),
        grant: &Grant,
    ) -> Result<RosterOp, RosterError> {
        let newest = self.dag.newest_of(author.0);
        let place = newest.map_or((1, Hash::ZERO), |op| (op.seq + 1, op.id));
        let op = make(
            directory,
            author,
            Some(self.vault),
            place,
            self.dag.heads().clone(),
            grant,
        )?;
        if self.state.class == Class::Restricted
            && let Grant::Remove(_) = grant
        {
            let mut after = self.state.clone();
            after.apply(&op, &|_| false);
            if after.devices(directory.state()).len() < LEAST_RESTRICTED {
                return Err(RosterError::TooFewReaders);
            }
        }
        self.admit(op.clone(), directory)?;
        Ok(op)
    }

    /// The vault.
    #[must_use]
    pub fn vault(&self) -> Vault {
        self.vault
    }

    /// All operations, each after what it names.
    pub fn ops(&self) -> impl Iterator<Item = &RosterOp> {
        self.dag.iter().map(|(_, op)| op)
    }

    /// What a record made now says of the roster.
    #[must_use]
    pub fn head(&self) -> Hash {
        Hash::of_heads(self.dag.heads())
    }

    /// The device that opened the vault.
    #[must_use]
    pub fn founder(&self) -> Option<Device> {
        self.ops().next().map(RosterOp::author)
    }

    /// Who reads it now.
    #[must_use]
    pub fn state(&self) -> &Readership {
        &self.state
    }

    /// The operations that no other names.
    #[must_use]
    pub fn heads(&self) -> &BTreeSet<Hash> {
        self.dag.heads()
    }

    /// Who read it at these heads; nothing if one of them is not here.
    #[must_use]
    pub fn at(&self, heads: &BTreeSet<Hash>) -> Option<Readership> {
        if heads == self.dag.heads() {
            return Some(self.state.clone());
        }
        let here = !heads.is_empty() && heads.iter().all(|head| self.dag.has(*head));
        here.then(|| evaluate(&self.dag, &self.dag.closure(heads.iter().copied())))
            .flatten()
    }

    /// Whether whoever knew these heads knew of an operation.
    #[must_use]
    pub fn includes(&self, heads: &BTreeSet<Hash>, op: Hash) -> bool {
        let past = self.dag.closure(heads.iter().copied());
        self.dag.find(op).is_some_and(|at| past.has(at))
    }

    /// Who read it at the heads behind the digest in a record; nothing if they are not here.
    #[must_use]
    pub fn at_head(&self, digest: Hash) -> Option<Readership> {
        self.at(&self.dag.behind(digest)?)
    }

    /// Learns from a peer which heads a digest stands for.
    pub fn learn_heads(&mut self, heads: BTreeSet<Hash>) {
        self.dag.learn(heads);
    }

    /// The heads behind a digest, to be told to others beside records that name it.
    #[must_use]
    pub fn heads_behind(&self, digest: Hash) -> Option<BTreeSet<Hash>> {
        self.dag.behind(digest)
    }

    fn admit(&mut self, op: RosterOp, directory: &Directory) -> Result<(), RosterError> {
        if matches!(op.grant, Grant::Found { .. }) {
            return Err(RosterError::Founding);
        }
        let missing = self.dag.missing(&op).len();
        if missing > 0 {
            return Err(RosterError::Incomplete { missing });
        }
        if op.seen.is_empty() || !self.dag.chains(&op) {
            return Err(RosterError::BrokenChain);
        }
        let office = directory
            .at(&op.directory)
            .ok_or(RosterError::NewerDirectory)?;
        let past = evaluate(&self.dag, &self.dag.past_of(&op)).ok_or(RosterError::NoRight)?;
        let may = match op.grant {
            Grant::Unknown { .. } => past.reads(op.author, &office),
            Grant::Found { .. } | Grant::Grant(_) | Grant::Remove(_) => {
                past.may_change(op.author, &office)
            }
        };
        if !may {
            return Err(RosterError::NoRight);
        }
        check_signature(&op, directory, &office)?;
        self.dag.insert(op);
        if let Some(state) = evaluate(&self.dag, &self.dag.all()) {
            self.state = state;
        }
        Ok(())
    }
}

impl Readership {
    fn apply(&mut self, op: &RosterOp, beaten: &dyn Fn(Place) -> bool) {
        match &op.grant {
            Grant::Found { .. } => {}
            Grant::Grant(new) => {
                self.readers.groups.extend(
                    new.groups
                        .iter()
                        .filter(|group| !beaten(Place::Group(**group))),
                );
                self.readers.devices.extend(
                    new.devices
                        .iter()
                        .filter(|device| !beaten(Place::Device(**device))),
                );
                self.readers.stewards.extend(
                    new.stewards
                        .iter()
                        .filter(|device| !beaten(Place::Steward(**device))),
                );
            }
            Grant::Remove(gone) => {
                self.readers
                    .groups
                    .retain(|group| !gone.groups.contains(group));
                self.readers
                    .devices
                    .retain(|device| !gone.devices.contains(device));
                self.readers
                    .stewards
                    .retain(|device| !gone.stewards.contains(device));
            }
            Grant::Unknown { .. } => {
                self.unknown.insert(op.id);
                self.needs_newer |= op.critical;
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Group(Group),
    Device(Device),
    Steward(Device),
}

impl Readers {
    fn places(&self) -> impl Iterator<Item = Place> {
        let groups = self.groups.iter().map(|group| Place::Group(*group));
        let devices = self.devices.iter().map(|device| Place::Device(*device));
        groups
            .chain(devices)
            .chain(self.stewards.iter().map(|device| Place::Steward(*device)))
    }
}

pub(crate) fn make(
    directory: &Directory,
    (author, key): (Device, &SigningKey),
    vault: Option<Vault>,
    (seq, prev): (u64, Hash),
    seen: BTreeSet<Hash>,
    grant: &Grant,
) -> Result<RosterOp, RosterError> {
    let (kind, payload) = match grant {
        Grant::Found {
            class,
            readers,
            nonce,
        } => (1, cbor::to_vec(&(*class, (readers.clone(), *nonce)))),
        Grant::Grant(readers) => (2, cbor::to_vec(readers)),
        Grant::Remove(readers) => (3, cbor::to_vec(readers)),
        Grant::Unknown { kind, payload } => (*kind, payload.0.clone()),
    };
    let directory_heads = directory.heads().clone();
    let payload = Bytes(payload);
    let tag = TAG.to_owned();
    let body = Body {
        tag,
        vault,
        author,
        seq,
        prev,
        seen,
        directory: directory_heads,
        critical: false,
        kind,
        payload,
    };
    RosterOp::from_signed(Signed::make(
        cbor::to_vec(&body),
        directory.org(),
        &[(author, key)],
    ))
}

fn check_signature(
    op: &RosterOp,
    directory: &Directory,
    office: &State,
) -> Result<(), RosterError> {
    let public = office.sign_key(op.author).ok_or(RosterError::NoRight)?;
    let holds = op
        .signed
        .is_signed_by(directory.org(), &[(op.author, public)]);
    holds.then_some(()).ok_or(RosterError::BadSignature)
}

fn evaluate(dag: &Dag<RosterOp>, set: &Set) -> Option<Readership> {
    let ops: Vec<(At, &RosterOp)> = dag
        .order(set)
        .into_iter()
        .filter_map(|at| dag.get(at).map(|op| (at, op)))
        .collect();
    let (_, first) = ops.first()?;
    let Grant::Found { class, readers, .. } = &first.grant else {
        return None;
    };
    let removals: Vec<(At, Place)> = ops
        .iter()
        .filter_map(|(at, op)| {
            if let Grant::Remove(gone) = &op.grant {
                Some((*at, gone))
            } else {
                None
            }
        })
        .flat_map(|(at, gone)| gone.places().map(move |place| (at, place)))
        .collect();
    let beaten = |at: At, place: Place| {
        removals
            .iter()
            .any(|(by, out)| *out == place && dag.concurrent(*by, at))
    };
    let mut state = Readership {
        class: *class,
        readers: readers.clone(),
        void: BTreeSet::new(),
        unknown: BTreeSet::new(),
        needs_newer: false,
    };
    for (at, op) in &ops {
        // Removals stand even so: two stewards who remove each other are both gone.
        if matches!(op.grant, Grant::Grant(_)) && beaten(*at, Place::Steward(op.author)) {
            state.void.insert(op.id);
            continue;
        }
        state.apply(op, &|place| beaten(*at, place));
    }
    Some(state)
}
