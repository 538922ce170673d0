//! The directory: who is in the office, kept as signed operations that merge in any order.
//!
//! # Invariants
//!
//! - **Nobody enters without a signature that counts.** [`Directory::receive`] keeps an operation only if its author had
//!   the right in the past that it names itself, and its signatures hold.
//! - **A function of the set.** Two replicas with equal operations have equal [`State`]s, and an operation that
//!   one refuses, all refuse.
//! - **Taking out wins** over putting in at the same time.
//! - **What destroys needs two**: [`Act::needs_two`].

mod act;
mod draft;
pub mod escrow;
mod evaluate;
mod op;
mod state;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crypto::sign::SigningKey;

pub use self::act::{Act, CutAt, DeviceKeys, Role, paper_device};
pub use self::draft::{Asked, Draft, MAX_DRAFTS};
pub use self::op::Op;
pub use self::state::{Admin, Erasure, Escrow, Member, Receiving, Standing, State};
use crate::cbor::CborError;
use crate::dag::{Dag, Node};
use crate::ids::{Device, Group, Hash, Org};
use crate::signed::Signed;

/// Admins an office may have beside the paper key.
const MAX_ADMINS: usize = 5;
/// States of the past that are kept at hand.
const MAX_REMEMBERED: usize = 64;

/// Why an operation is not, or not yet, part of the directory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// It has not the form of a directory operation.
    #[error("not a directory operation")]
    Malformed(#[from] CborError),
    /// It founds an office, another one or in the wrong place.
    #[error("a founding operation that is not this office's first")]
    Founding,
    /// Its place in its author's chain is not where it says.
    #[error("the operation does not continue its author's chain")]
    BrokenChain,
    /// A signer had no right to it in the past that it names.
    #[error("the signers had no right to this operation")]
    NoRight,
    /// A signature is missing, superfluous or wrong.
    #[error("a signature on the operation does not hold")]
    BadSignature,
    /// It names operations that are not here.
    #[error("{missing} operations are not here yet")]
    Incomplete {
        /// How many.
        missing: usize,
    },
}

/// What came of a batch of operations.
#[derive(Debug, Default)]
pub struct Received {
    /// New ones, each after what it names: to be stored.
    pub new: Vec<Op>,
    /// How many were here already.
    pub known: usize,
    /// How many wait for others that they name. They come again with the next batch.
    pub held: usize,
    /// Those that will never be taken, by the hash of their bytes.
    pub refused: Vec<(Hash, DirectoryError)>,
}

/// The directory of one office.
pub struct Directory {
    org: Org,
    first: Op,
    dag: Dag<Op>,
    /// The keys behind all names that ever entered. The names are hashes of them, so none ever changes.
    keys: BTreeMap<Device, [u8; 32]>,
    state: Arc<State>,
    remembered: Mutex<BTreeMap<Hash, Arc<State>>>,
    judged: Mutex<BTreeMap<Hash, Arc<State>>>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("org", &self.org)
            .field("ops", &self.dag.len())
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// Founds an office with its first device, which is an admin, and the paper admin key. Both sign.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::BadSignature`] when `sign` is not the key in `device`.
    pub fn found(
        device: DeviceKeys,
        roles: BTreeSet<Role>,
        office: Group,
        sign: &SigningKey,
        paper: &SigningKey,
    ) -> Result<Self, DirectoryError> {
        let (first, second) = (device.device(), paper_device(&paper.public()));
        let act = Act::Found {
            device,
            roles,
            paper: paper.public(),
            office,
        };
        let body = Op::body_of(
            first,
            Some(second),
            (1, Hash::ZERO),
            BTreeSet::new(),
            &act,
            false,
        );
        let org = Org::of(Hash::of(&[&body]));
        Self::open(&Signed::make(body, org, &[(first, sign), (second, paper)]).to_vec())
    }

    /// Starts from the first operation, as it came from the store or in an approval.
    ///
    /// # Errors
    ///
    /// - [`DirectoryError::Malformed`] when it is no operation.
    /// - [`DirectoryError::Founding`] when it does not found an office.
    /// - [`DirectoryError::BadSignature`] when the device or the paper key did not sign it.
    pub fn open(first: &[u8]) -> Result<Self, DirectoryError> {
        let first = Op::parse(first)?;
        let Act::Found {
            device,
            roles,
            paper,
            office,
        } = first.act()
        else {
            return Err(DirectoryError::Founding);
        };
        let signers = [
            (device.device(), device.sign),
            (paper_device(paper), *paper),
        ];
        let in_place = first.author() == device.device()
            && first.cosigner() == Some(paper_device(paper))
            && (first.seq(), first.prev()) == (1, Hash::ZERO)
            && first.seen().is_empty();
        if !in_place {
            return Err(DirectoryError::Founding);
        }
        let org = Org::of(first.id());
        if !first.signed().is_signed_by(org, &signers) {
            return Err(DirectoryError::BadSignature);
        }
        let state = Arc::new(State::founded(*device, roles.clone(), *paper, *office));
        let keys = first.act().introduces().into_iter().collect();
        let mut dag = Dag::new();
        dag.insert(first.clone());
        Ok(Self {
            org,
            first,
            dag,
            keys,
            state,
            remembered: Mutex::default(),
            judged: Mutex::default(),
        })
    }

    /// Takes in operations in any order. Stored ones are checked no less than received ones.
    pub fn receive<'a>(&mut self, batch: impl IntoIterator<Item = &'a [u8]>) -> Received {
        let mut received = Received::default();
        let mut ready = VecDeque::new();
        for bytes in batch {
            match Op::parse(bytes) {
                Ok(op) => ready.push_back(op),
                Err(error) => received.refused.push((Hash::of(&[bytes]), error.into())),
            }
        }
        // By one of those that it names and that is not here.
        let mut held: BTreeMap<Hash, Vec<Op>> = BTreeMap::new();
        while let Some(op) = ready.pop_front() {
            if self.dag.has(op.id()) {
                received.known += 1;
            } else if let Some(missing) = self.dag.missing(&op).first() {
                held.entry(*missing).or_default().push(op);
            } else {
                match self.admit(op.clone()) {
                    Ok(()) => {
                        ready.extend(held.remove(&op.id()).unwrap_or_default());
                        received.new.push(op);
                    }
                    Err(error) => received.refused.push((Hash::of(&[&op.to_bytes()]), error)),
                }
            }
        }
        received.held = held.values().map(Vec::len).sum();
        received
    }

    /// Writes an operation in view of all that is here. What needs two is signed by both at once.
    ///
    /// # Errors
    ///
    /// - [`DirectoryError::NoRight`] when the signers may not do this.
    /// - [`DirectoryError::BadSignature`] when a key is not its device's.
    pub fn write(
        &mut self,
        act: &Act,
        author: (Device, &SigningKey),
        cosigner: Option<(Device, &SigningKey)>,
    ) -> Result<Op, DirectoryError> {
        let body = Op::body_of(
            author.0,
            cosigner.map(|(device, _)| device),
            self.next_place(author.0),
            self.dag.heads().clone(),
            act,
            false,
        );
        let signers: Vec<_> = [author].into_iter().chain(cosigner).collect();
        let op = Op::from_signed(Signed::make(body, self.org, &signers))?;
        self.admit(op.clone())?;
        Ok(op)
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> Org {
        self.org
    }

    /// The operation that founded it; the office words are made from [`Op::body`].
    #[must_use]
    pub fn first(&self) -> &Op {
        &self.first
    }

    /// All operations, each after what it names.
    pub fn ops(&self) -> impl Iterator<Item = &Op> {
        self.dag.iter().map(|(_, op)| op)
    }

    /// One operation.
    #[must_use]
    pub fn op(&self, id: Hash) -> Option<&Op> {
        self.dag.find(id).and_then(|at| self.dag.get(at))
    }

    /// The operations that no other names.
    #[must_use]
    pub fn heads(&self) -> &BTreeSet<Hash> {
        self.dag.heads()
    }

    /// What a record made now says of the directory.
    #[must_use]
    pub fn head(&self) -> Hash {
        Hash::of_heads(self.dag.heads())
    }

    /// The office as it is now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The office as it was at these heads; nothing if one of them is not here.
    #[must_use]
    pub fn at(&self, heads: &BTreeSet<Hash>) -> Option<Arc<State>> {
        self.evaluate_at(heads, &BTreeSet::new(), &self.remembered)
    }

    /// The office as it was at the heads behind the digest in a record; nothing if it is not known which, or
    /// one of them is not here: the peer knows a newer directory.
    #[must_use]
    pub fn at_head(&self, digest: Hash) -> Option<Arc<State>> {
        if digest == self.head() {
            return Some(Arc::clone(&self.state));
        }
        self.at(&self.dag.behind(digest)?)
    }

    /// As [`Directory::at_head`], less what is known now to be void: what a record written then is judged by. It can
    /// change when an operation arrives.
    #[must_use]
    pub fn judged_at_head(&self, digest: Hash) -> Option<Arc<State>> {
        if self.state.void.is_empty() {
            return self.at_head(digest);
        }
        self.evaluate_at(&self.dag.behind(digest)?, &self.state.void, &self.judged)
    }

    /// The heads behind a digest, to be told to others beside records that name it.
    #[must_use]
    pub fn heads_behind(&self, digest: Hash) -> Option<BTreeSet<Hash>> {
        self.dag.behind(digest)
    }

    /// The key that a device received with, as one knew it who saw the directory up to these heads; nothing for a device
    /// that is not known.
    #[must_use]
    pub fn kem_at(&self, heads: &BTreeSet<Hash>, device: Device) -> Option<[u8; 32]> {
        let member = self.state.devices.get(&device)?;
        let seen = |key: &&Receiving| {
            key.since
                .is_none_or(|since| heads.iter().any(|head| self.includes(*head, since)))
        };
        member
            .received
            .iter()
            .rev()
            .find(seen)
            .map(|key| key.public)
    }

    /// Whether an operation is `of`, or lies in its past: its author knew of it.
    #[must_use]
    pub fn includes(&self, of: Hash, op: Hash) -> bool {
        of == op
            || self
                .dag
                .find(op)
                .zip(self.dag.find(of))
                .is_some_and(|(op, of)| self.dag.before(op, of))
    }

    /// The operation that put the escrow in force which is so now; nothing where there is none.
    #[must_use]
    pub fn escrow_since(&self) -> Option<Hash> {
        let in_force = self.state.escrow?.kem;
        let puts = |op: &&Op| match op.act() {
            Act::Escrow { public } => *public == in_force,
            Act::EscrowSeat { keys, .. } => keys.kem == in_force,
            _ => false,
        };
        self.ops().filter(puts).last().map(Op::id)
    }

    /// Learns from a peer which heads a digest stands for. The digest proves it; nothing else follows from it.
    pub fn learn_heads(&mut self, heads: BTreeSet<Hash>) {
        self.dag.learn(heads);
    }

    /// Operations that share a place in their author's chain: evidence to show.
    #[must_use]
    pub fn forks(&self) -> Vec<(Hash, Hash)> {
        let id = |at| self.dag.get(at).map(Op::id);
        self.dag
            .forks(&self.dag.all())
            .iter()
            .filter_map(|fork| Some((id(fork.a)?, id(fork.b)?)))
            .collect()
    }

    fn evaluate_at(
        &self,
        heads: &BTreeSet<Hash>,
        also_void: &BTreeSet<Hash>,
        remembered: &Mutex<BTreeMap<Hash, Arc<State>>>,
    ) -> Option<Arc<State>> {
        let digest = Hash::of_heads(heads);
        if digest == self.head() {
            return Some(Arc::clone(&self.state));
        }
        if heads.is_empty() || !heads.iter().all(|head| self.dag.has(*head)) {
            return None;
        }
        let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = remembered.get(&digest) {
            return Some(Arc::clone(state));
        }
        let past = self.dag.closure(heads.iter().copied());
        let state = Arc::new(evaluate::evaluate(&self.dag, &past, also_void)?);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(digest, Arc::clone(&state));
        Some(state)
    }

    /// Where the next operation of a device stands in its chain.
    fn next_place(&self, author: Device) -> (u64, Hash) {
        let newest = self.dag.newest_of(author);
        newest.map_or((1, Hash::ZERO), |op| (op.seq() + 1, op.id()))
    }

    fn admit(&mut self, op: Op) -> Result<(), DirectoryError> {
        if matches!(op.act(), Act::Found { .. }) {
            return Err(DirectoryError::Founding);
        }
        let missing = self.dag.missing(&op).len();
        if missing > 0 {
            return Err(DirectoryError::Incomplete { missing });
        }
        if op.seen().is_empty() || !self.dag.chains(&op) {
            return Err(DirectoryError::BrokenChain);
        }
        // Before anything that costs: a signer whom no operation here names has no right in any past.
        let key = |signer| self.keys.get(&signer).map(|public| (signer, *public));
        let keys: Option<Vec<_>> = op.signers().map(key).collect();
        if !op
            .signed()
            .is_signed_by(self.org, &keys.ok_or(DirectoryError::NoRight)?)
        {
            return Err(DirectoryError::BadSignature);
        }
        if !escrow::is_vowed(op.act(), self.org) {
            return Err(DirectoryError::BadSignature);
        }
        let past = self.dag.past_of(&op);
        let in_view_of_all = past == self.dag.all();
        let allowed = if in_view_of_all {
            may(&self.state, &op)
        } else {
            evaluate::evaluate(&self.dag, &past, &BTreeSet::new())
                .is_some_and(|state| may(&state, &op))
        };
        if !allowed {
            return Err(DirectoryError::NoRight);
        }
        let confirms = matches!(op.act(), Act::Confirm { .. });
        self.keys.extend(op.act().introduces());
        self.judged
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.dag.insert(op.clone());
        // In view of all, nothing is concurrent with it: it only adds, and leaves void what is void, unless it confirms
        // or looks at a fork. Else everything is weighed anew.
        if in_view_of_all && !confirms && !self.dag.is_forked() {
            Arc::make_mut(&mut self.state).apply(&op, &|_| false);
        } else if let Some(state) = evaluate::evaluate(&self.dag, &self.dag.all(), &BTreeSet::new())
        {
            self.state = Arc::new(state);
        }
        Ok(())
    }
}

/// Whether the signers had the right, as things stood in the past that the operation names.
fn may(state: &State, op: &Op) -> bool {
    let act = op.act();
    let pair = op
        .cosigner()
        .is_some_and(|second| second != op.author() && state.is_admin(second));
    let admin = state.is_admin(op.author())
        && (if act.needs_two() {
            pair
        } else {
            op.cosigner().is_none() || pair
        });
    let escrow = escrow::may(state, op);
    let is_known = |device: &Device| state.devices.contains_key(device);
    match act {
        Act::Found { .. } => false,
        Act::Enrol {
            device,
            groups,
            admin: as_admin,
            ..
        } => {
            let id = device.device();
            let twin = state
                .devices
                .keys()
                .any(|other| other.short() == id.short() && *other != id);
            let shut_out = state
                .devices
                .get(&id)
                .is_some_and(|at| matches!(at.standing, Standing::Revoked { .. }));
            let places = groups.iter().all(|group| state.groups.contains_key(group));
            // Where the escrow takes somebody in, five may be in the directory and none at work.
            let room = !as_admin || escrow || has_room(state);
            (admin || escrow) && !twin && !shut_out && places && room
        }
        Act::GroupCreate { group } => admin && !state.groups.contains_key(group),
        Act::GroupAdd { group, device } => {
            admin
                && is_known(device)
                && state.is_active(*device)
                && state.groups.contains_key(group)
        }
        Act::GroupRemove { device, .. } | Act::Unfreeze { device } => admin && is_known(device),
        Act::Revoke { device, .. } => admin && is_known(device) && leaves_an_admin(state, *device),
        Act::Wipe { device } => admin && is_known(device) && leaves_an_admin(state, *device),
        Act::Leave { device } => admin && is_known(device) && leaves_an_admin(state, *device),
        Act::Freeze { device } => {
            let shared = |members: &BTreeSet<Device>| {
                members.contains(&op.author()) && members.contains(device)
            };
            let supervisor = op.cosigner().is_none()
                && state.is_active(op.author())
                && state.has_role(op.author(), Role::Supervisor)
                && state.groups.values().any(shared);
            is_known(device) && (admin || supervisor)
        }
        Act::AddAdmin { device } => {
            admin
                && state.is_active(*device)
                && (state.admins.contains_key(device) || has_room(state))
        }
        Act::RemoveAdmin { device } => {
            let of_paper = state.admins.get(device).is_some_and(|admin| admin.paper);
            admin
                && state.admins.contains_key(device)
                && if of_paper {
                    op.signers().any(|signer| signer == *device)
                } else {
                    leaves_an_admin(state, *device)
                }
        }
        Act::AddPaper { sign } => {
            (admin || escrow) && !state.admins.contains_key(&paper_device(sign))
        }
        Act::Adopt { .. }
        | Act::Policy { .. }
        | Act::Confirm { .. }
        | Act::Erase { .. }
        | Act::Escrow { .. }
        | Act::EscrowSeat { .. } => admin,
        Act::CancelErase { op } => admin && state.erasures.contains_key(op),
        Act::Roles { device, .. } => admin && is_known(device),
        // A key that was given up does not come back.
        Act::KemRenew { device, kem } => {
            let used = |member: &Member| member.received.iter().any(|key| key.public == *kem);
            op.author() == *device
                && op.cosigner().is_none()
                && state.is_active(*device)
                && !state.devices.get(device).is_some_and(used)
        }
        // Whose right a newer kind asks for is not known here; it has no effect here either.
        Act::Unknown { .. } => op
            .signers()
            .all(|signer| state.is_active(signer) || state.is_admin(signer)),
    }
}

fn has_room(state: &State) -> bool {
    state.admins.values().filter(|admin| !admin.paper).count() < MAX_ADMINS
}

/// An office without a device that is an admin could take nobody in.
fn leaves_an_admin(state: &State, without: Device) -> bool {
    state.admins.iter().any(|(device, admin)| {
        *device != without
            && !admin.paper
            && state.is_admin(*device)
            && !state.wiped.contains(device)
    }) || !state.admins.contains_key(&without)
}
