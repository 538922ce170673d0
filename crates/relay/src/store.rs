//! Where a hub keeps what it carries, behind one trait for every database.
//!
//! # Invariants
//!
//! - **An answer follows the commit**, on the disk.
//! - **A cursor is given under the office's lock**, in the transaction that stores the record: nobody who has read up to
//!   a cursor ever finds a new record before it. A bare sequence does not do that.
//! - **Every table of an office begins with the organisation**, so that a database may be split by it.

use std::collections::BTreeSet;
use std::future::Future;

use tokio::sync::broadcast;
use wire::body::Have;
use wire::envelope::{EnvelopeError, Outer, Verified, verify_stub};
use wire::hub::FeedPoint;
use wire::ids::{Device, Hash, Lane, Org};

/// Why the store did not answer. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room on the disk.
    #[error("the hub's disk is full")]
    Full,
    /// The data folder is in use by another process.
    #[error("the data folder is in use")]
    InUse,
    /// What is stored cannot be understood.
    #[error("the hub's store is damaged")]
    Damaged,
    /// The database did not do it.
    #[error("the hub's database failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A record as a hub carries it: whole, or the stub of an erased one. Its author's signature holds either way.
#[derive(Clone, Debug)]
pub struct Carried {
    outer: Outer,
    id: Hash,
    bytes: Vec<u8>,
}

impl Carried {
    /// A stub, verified with its author's key.
    ///
    /// # Errors
    /// As [`verify_stub`].
    pub fn stub(bytes: Vec<u8>, org: Org, author: &[u8; 32]) -> Result<Self, EnvelopeError> {
        let (outer, id) = verify_stub(&bytes, org, author)?;
        Ok(Self { outer, id, bytes })
    }

    /// Its header.
    #[must_use]
    pub fn outer(&self) -> &Outer {
        &self.outer
    }

    /// Its name; a stub has that of the whole record.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.id
    }

    /// What is stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<&Verified> for Carried {
    fn from(record: &Verified) -> Self {
        Self {
            outer: *record.outer(),
            id: record.id(),
            bytes: record.as_bytes().to_vec(),
        }
    }
}

/// What travels before any record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// A directory operation.
    Operation,
    /// A team's key box.
    Keybox,
    /// A set of heads.
    Heads,
    /// The name of an escrow's seat in the directory, so that its office is found by it.
    Escrow,
}

impl NoticeKind {
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Operation => 0,
            Self::Keybox => 1,
            Self::Heads => 2,
            Self::Escrow => 3,
        }
    }

    pub(crate) fn from_number(number: i16) -> Option<Self> {
        [Self::Operation, Self::Keybox, Self::Heads, Self::Escrow]
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

/// A notice: verbatim, named by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// As it came.
    pub bytes: Vec<u8>,
}

impl Notice {
    /// SHA-256 of its bytes.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash::of(&[&self.bytes])
    }
}

/// What came of an office that wants to be carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founding {
    /// It is carried.
    Carried,
    /// The code is unknown, ended, or was used by another office.
    NoInvitation,
}

/// What a ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketKind {
    /// To be answered once.
    Challenge,
    /// To be sent with every call.
    Token,
}

impl TicketKind {
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Challenge => 0,
            Self::Token => 1,
        }
    }
}

/// Who pushes, and how much is left to him.
#[derive(Clone, Copy, Debug)]
pub struct Pusher {
    /// The device that sends, whoever wrote.
    pub device: Device,
    /// Days since 1970.
    pub day: u64,
    /// Records that a device may send a day.
    pub records_a_day: u64,
    /// Bytes that an office may have here.
    pub office_bytes: u64,
}

/// What came of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is on the disk.
    At {
        /// Where in its lane's feed.
        cursor: u64,
        /// Whether it came just now.
        new: bool,
    },
    /// The device has sent enough for today.
    DayIsFull,
    /// The office has no room left.
    OfficeIsFull,
}

/// A piece of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it starts.
    pub from: FeedPoint,
    /// The records after it, verbatim.
    pub records: Vec<Vec<u8>>,
    /// Whether there are more.
    pub more: bool,
}

/// How large a piece may be. One record always fits.
#[derive(Clone, Copy, Debug)]
pub struct PieceCap {
    /// Records.
    pub records: usize,
    /// Bytes.
    pub bytes: usize,
}

/// Something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poke {
    /// In a lane. The organisation's lane also stands for the directory.
    New {
        /// Whose office.
        org: Org,
        /// Which lane.
        lane: Lane,
    },
    /// Perhaps anywhere: this process was cut off from the others for a while.
    Missed,
}

/// A database of a hub. The laws are in [`crate::conformance`].
pub trait HubStore: Send + Sync + 'static {
    /// Which life of the store this is.
    fn generation(&self) -> [u8; 16];

    /// What becomes new from now on, by whichever process. A reader who lags loses pokes, no records.
    fn pokes(&self) -> broadcast::Receiver<Poke>;

    /// Answers when the database does.
    fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps an invitation.
    fn invite(&self, code: Hash, until: u64)
    -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Uses an invitation for an office and keeps its notices. The same office may come again with the same code.
    fn found(
        &self,
        code: Hash,
        now: u64,
        org: Org,
        notices: Vec<Notice>,
    ) -> impl Future<Output = Result<Founding, StoreError>> + Send;

    /// The office's notices numbered above `after`, in the order of their numbers; nothing when it is not carried.
    fn notices(
        &self,
        org: Org,
        after: u64,
    ) -> impl Future<Output = Result<Option<Vec<(u64, Notice)>>, StoreError>> + Send;

    /// The office that keeps an [`NoticeKind::Escrow`] of this id.
    fn office_of(&self, id: Hash) -> impl Future<Output = Result<Option<Org>, StoreError>> + Send;

    /// Keeps notices of a carried office, those that are new.
    fn add_notices(
        &self,
        org: Org,
        notices: Vec<Notice>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps records of a carried office, those that are new, within what is left to the pusher.
    fn append(
        &self,
        org: Org,
        pusher: Pusher,
        records: Vec<Carried>,
    ) -> impl Future<Output = Result<Vec<Placed>, StoreError>> + Send;

    /// Reduces records of a carried office to stubs, in their places; gives how many were whole, and how many stubs already.
    /// What is not here is passed over.
    fn drop_records(
        &self,
        org: Org,
        records: BTreeSet<Hash>,
    ) -> impl Future<Output = Result<(u64, u64), StoreError>> + Send;

    /// The feed of a lane from a cursor on; from its end when the cursor lies beyond.
    fn feed(
        &self,
        org: Org,
        lane: Lane,
        cursor: u64,
        cap: PieceCap,
    ) -> impl Future<Output = Result<Piece, StoreError>> + Send;

    /// What is here of a lane without gaps; of two records at one place, the one that came first.
    fn haves(
        &self,
        org: Org,
        lane: Lane,
    ) -> impl Future<Output = Result<BTreeSet<Have>, StoreError>> + Send;

    /// Counts bytes of a carried office that are kept elsewhere; says whether they fit.
    fn charge(
        &self,
        org: Org,
        bytes: u64,
        office_bytes: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Counts bytes no longer that were counted and are not kept after all.
    fn refund(&self, org: Org, bytes: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps a ticket of a carried office, and forgets those that have ended.
    fn give_ticket(
        &self,
        org: Org,
        kind: TicketKind,
        digest: Hash,
        device: Device,
        until: u64,
        now: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whose challenge it is, once.
    fn take_challenge(
        &self,
        org: Org,
        digest: Hash,
        now: u64,
    ) -> impl Future<Output = Result<Option<Device>, StoreError>> + Send;

    /// Whose token it is, and until when.
    fn token(
        &self,
        org: Org,
        digest: Hash,
        now: u64,
    ) -> impl Future<Output = Result<Option<(Device, u64)>, StoreError>> + Send;
}
