//! An office as the hub knows it: its directory, and what follows from it for a device and for a record.
//!
//! # Invariants
//!
//! - **A function of the stored notices**, read again before each call: a freeze counts at once, in every process.
//! - **A record that an author wrote while he had the right is carried**, also after he has left the group or the
//!   office. Only a revocation's cut reaches back.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use wire::directory::{Directory, Standing, State};
use wire::envelope::{EnvelopeError, Outer, Verified, name_of, open_outer};
use wire::ids::{Device, Hash, Lane, Org};

use crate::store::{Carried, Notice, NoticeKind};

/// The directory, up to a notice.
pub(crate) struct Office {
    pub(crate) directory: Directory,
    pub(crate) at: u64,
    pub(crate) known: HashSet<Hash>,
    counts: BTreeMap<NoticeKind, usize>,
    pub(crate) view: Arc<View>,
}

/// What a call is judged by.
#[derive(Debug)]
pub(crate) struct View {
    org: Org,
    pub(crate) state: State,
    lanes: BTreeSet<Lane>,
}

impl Office {
    /// From all its notices; nothing when the first founds no such office.
    pub(crate) fn open(org: Org, notices: Vec<(u64, Notice)>) -> Option<Self> {
        let (_, first) = notices.first()?;
        let directory = Directory::open(&first.bytes).ok()?;
        (directory.org() == org).then_some(())?;
        let view = Arc::new(View::of(&directory));
        let mut office = Self {
            directory,
            at: 0,
            known: HashSet::new(),
            counts: BTreeMap::new(),
            view,
        };
        office.learn(notices);
        Some(office)
    }

    /// Takes in what was stored since.
    pub(crate) fn learn(&mut self, notices: Vec<(u64, Notice)>) {
        let operations: Vec<_> = notices
            .iter()
            .filter(|(_, notice)| notice.kind == NoticeKind::Operation)
            .map(|(_, notice)| notice.bytes.as_slice())
            .collect();
        // Also where all are known here: a push is weighed before it is stored.
        if !operations.is_empty() {
            self.directory.receive(operations);
            self.view = Arc::new(View::of(&self.directory));
        }
        for (at, notice) in notices {
            self.at = self.at.max(at);
            if self.known.insert(notice.id()) {
                *self.counts.entry(notice.kind).or_default() += 1;
            }
        }
    }

    /// How many notices of a kind there are.
    pub(crate) fn count(&self, kind: NoticeKind) -> usize {
        self.counts.get(&kind).copied().unwrap_or(0)
    }
}

impl View {
    fn of(directory: &Directory) -> Self {
        let state = directory.state().clone();
        let lanes = state.groups.keys().map(|group| group.lane());
        Self {
            org: directory.org(),
            lanes: lanes.chain([Lane::ORG]).collect(),
            state,
        }
    }

    /// Whether the device may exchange records.
    pub(crate) fn exchanges(&self, device: Device) -> bool {
        self.state
            .devices
            .get(&device)
            .is_some_and(|member| member.standing == Standing::Active && !member.frozen)
    }

    /// With which key the device, or the escrow in force, signs its challenge.
    pub(crate) fn key_of(&self, device: Device) -> Option<[u8; 32]> {
        let member = self.state.devices.get(&device).map(|member| member.keys);
        let keys = member.or_else(|| self.state.escrow_seat(device));
        keys.map(|keys| keys.sign)
    }

    /// Whether the device may add to the directory. The escrow may, and does nothing else here.
    pub(crate) fn tells(&self, device: Device) -> bool {
        self.exchanges(device) || self.state.escrow_seat(device).is_some()
    }

    /// Whether the device reads the lane now.
    pub(crate) fn reads(&self, device: Device, lane: Lane) -> bool {
        if lane == Lane::ORG {
            return self.state.is_active(device);
        }
        let group = self.state.groups.keys().find(|group| group.lane() == lane);
        group.is_some_and(|group| self.state.is_member(device, *group))
    }

    /// The lanes that the device reads now.
    pub(crate) fn lanes_of(&self, device: Device) -> Vec<Lane> {
        let lanes = self.lanes.iter().copied();
        lanes.filter(|lane| self.reads(device, *lane)).collect()
    }

    /// Checks a record.
    ///
    /// # Errors
    ///
    /// The stable code that says why it is not carried.
    pub(crate) fn judge(&self, bytes: Vec<u8>) -> Result<Verified, &'static str> {
        let sealed = open_outer(bytes, self.org).map_err(|error| match error {
            EnvelopeError::ForeignOrg => "foreign_office",
            EnvelopeError::UnknownSuite { .. } => "unknown_suite",
            EnvelopeError::BadMagic
            | EnvelopeError::Truncated { .. }
            | EnvelopeError::Trailing
            | EnvelopeError::Oversized { .. }
            | EnvelopeError::BadPlace
            | EnvelopeError::BadSignature
            | EnvelopeError::WrongKey
            | EnvelopeError::Malformed
            | EnvelopeError::Bomb { .. } => "malformed",
        })?;
        let author = self.author(sealed.outer())?;
        // What lies beyond the cut of somebody shut out is carried like all else: only a member can have brought it, and a
        // colleague's words may rest on it. Whether it counts is for those who can read.
        sealed.verify(author).map_err(|_| "bad_signature")
    }

    /// The same of a stub.
    ///
    /// # Errors
    ///
    /// The same.
    pub(crate) fn judge_stub(&self, bytes: Vec<u8>) -> Result<Carried, &'static str> {
        let (outer, _) = name_of(&bytes, self.org).ok_or("malformed")?;
        Carried::stub(bytes, self.org, self.author(&outer)?).map_err(|_| "bad_signature")
    }

    /// The key of a record's author, where its lane is one of this office's.
    fn author(&self, outer: &Outer) -> Result<&[u8; 32], &'static str> {
        if !self.lanes.contains(&outer.lane) {
            return Err("unknown_lane");
        }
        let author = self.state.devices.get(&outer.device);
        author
            .map(|author| &author.keys.sign)
            .ok_or("unknown_author")
    }
}
