//! What a device and a hub say to each other: the bodies of the hub's HTTP calls, each one value in the strict form.
//!
//! ```text
//! POST /v1/join       Join            → Joined           an office's first admin, with a code from `invite`
//! POST /v1/office     Seeks           → Sought           which office an escrow belongs to
//! POST /v1/auth       Asks            → Challenge
//! POST /v1/auth       Answer          → Admitted         the token goes into `Authorization: Bearer`
//! GET  /v1/directory                  → Notices          also for devices that may do nothing else any more
//! GET  /v1/directory?digest=HEX       → Notices          none, where [`Notices::digest`] of all is this
//! POST /v1/directory  Notices         → Taken
//! POST /v1/records    Batch           → Stored           at most [`MAX_BATCH`] records
//! GET  /v1/feed?lane=HEX&cursor=N     → Page
//! POST /v1/have       HaveAsked       → HaveTold         digests first, then only the lanes that differ
//! POST /v1/drop       Drop            → Dropped          the ciphertext of erased records goes, their stubs stay
//! POST /v1/stubs      Stubs           → Dropped          stubs of erased records, in places where nothing stands
//! POST /v1/blobs/drop DropBlobs       → Dropped          the chunks of erased attachments go
//! PUT  /v1/blobs/{sha256}, GET the same                  ranged, resumable
//! POST /v1/blobs/have BlobsAsked      → BlobsTold        at most [`MAX_BATCH`] names
//! GET  /v1/events                     server-sent pokes: `data: LANE-HEX`
//! any refusal         Refusal, with an HTTP status
//! ```
//!
//! # Invariants
//!
//! - **A hub proves itself.** Its key's fingerprint is in the invitation; its challenge and its receipts are bound to it.
//! - **Nothing bare is signed.** A device signs an [`Answer`]'s [`AuthStatement`], typed and for its organisation.
//! - **Received means on the disk.** A [`Receipt`] is signed after the commit, and names where in the feed it stands.

use std::collections::BTreeSet;

use crypto::invitation::{self, CodeError};
use crypto::sign::{SignatureKind, SigningKey, VerifyError, verify};

use crate::body::Have;
use crate::cbor::{self, Bytes, as_array};
use crate::ids::{Device, Hash, Lane, Org};

/// The most records in one [`Batch`] and in one [`Page`].
pub const MAX_BATCH: usize = 200;

/// The most bytes in the body of a call; a batch of large records is to be split.
pub const MAX_BODY: usize = 32 << 20;
/// The most bytes of a blob: a chunk of an attachment.
pub const MAX_BLOB: u64 = 2 << 20;

/// What `marugoto-hub invite` prints and an admin types: a code, and by what to know the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Good once.
    pub code: [u8; 16],
    /// The first half of the SHA-256 of the hub's key.
    pub hub: [u8; 16],
}

impl Invitation {
    /// An invitation to the hub that has this key.
    #[must_use]
    pub fn new(code: [u8; 16], hub: &[u8; 32]) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(Hash::of(&[hub]).as_bytes().split_at(16).0);
        Self { code, hub: half }
    }

    /// Reads what an admin types, in any width and case.
    ///
    /// # Errors
    ///
    /// Every [`CodeError`]; it names the group to look at again.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let bytes = invitation::parse(text)?;
        let (mut code, mut hub) = ([0; 16], [0; 16]);
        code.copy_from_slice(bytes.split_at(16).0);
        hub.copy_from_slice(bytes.split_at(16).1);
        Ok(Self { code, hub })
    }

    /// Writes it in groups of letters.
    #[must_use]
    pub fn text(&self) -> String {
        let mut bytes = [0; 32];
        let parts = self.code.iter().chain(&self.hub);
        bytes
            .iter_mut()
            .zip(parts)
            .for_each(|(to, from)| *to = *from);
        invitation::print(&bytes).to_string()
    }

    /// Whether this is the hub that it invites to.
    #[must_use]
    pub fn is_to(&self, hub: &[u8; 32]) -> bool {
        *self == Self::new(self.code, hub)
    }

    /// What a hub keeps of a code.
    #[must_use]
    pub fn digest(code: &[u8; 16]) -> Hash {
        Hash::of(&[b"mg/invitation/1", code])
    }
}

/// An office asks to be carried by a hub. Sent by an admin's device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The one-time code of the invitation, without the hub's fingerprint.
    pub code: [u8; 16],
    /// The directory, the founding operation first.
    pub directory: Vec<Bytes>,
    /// The admin's device.
    pub device: Device,
}
as_array!(Join {
    code,
    directory,
    device
});

/// The hub carries the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Ed25519, as in the invitation.
    pub hub: [u8; 32],
}
as_array!(Joined { hub });

/// Whoever came with two shares of an escrow asks for its office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeks {
    /// The name of the escrow's seat.
    pub escrow: Device,
}
as_array!(Seeks { escrow });

/// The office in which the escrow has, or had, a seat. Nothing proves it but the vow in its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The office.
    pub org: Org,
}
as_array!(Sought { org });

/// A device, or the escrow, asks for a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// Whose office.
    pub org: Org,
    /// Which device.
    pub device: Device,
}
as_array!(Asks { org, device });

/// What the device is to sign: good once, for a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The hub's key.
    pub hub: [u8; 32],
    /// Drawn for this challenge.
    pub nonce: [u8; 32],
}
as_array!(Challenge { hub, nonce });

/// What an answer's signature is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthStatement {
    /// The hub's key.
    pub hub: [u8; 32],
    /// The address under which the device knows the hub: scheme, host and port.
    pub origin: String,
    /// The challenge's.
    pub nonce: [u8; 32],
    /// Who answers.
    pub device: Device,
    /// The device's clock, seconds since 1970. For the hub's log only.
    pub time: u64,
}
as_array!(AuthStatement {
    hub,
    origin,
    nonce,
    device,
    time
});

/// The answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose office.
    pub org: Org,
    /// What was signed.
    pub statement: AuthStatement,
    /// Of the device, over the statement's bytes.
    pub signature: [u8; 64],
}
as_array!(Answer {
    org,
    statement,
    signature
});

/// The device is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// To be sent with every call, in hexadecimal.
    pub token: [u8; 32],
    /// Seconds until it ends.
    pub seconds: u64,
    /// Whether the device may still exchange; one that is frozen, has left or was shut out gets the directory only.
    pub exchanges: bool,
}
as_array!(Admitted {
    token,
    seconds,
    exchanges
});

/// What travels before any record: the directory, the boxes of the teams' keys, and what digests stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Directory operations.
    pub directory: Vec<Bytes>,
    /// Signed key boxes of team vaults.
    pub boxes: Vec<Bytes>,
    /// Sets of directory or roster heads that records name by their digest.
    pub heads: Vec<BTreeSet<Hash>>,
}
as_array!(Notices {
    directory,
    boxes,
    heads
});

impl Notices {
    /// The digest of all that a hub has, whatever the order: of the names of operations, boxes and sets of heads.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let verbatim = self.directory.iter().chain(&self.boxes);
        let heads = self
            .heads
            .iter()
            .map(|heads| Hash::of(&[&cbor::to_vec(heads)]));
        notices_digest(&verbatim.map(|it| Hash::of(&[&it.0])).chain(heads).collect())
    }

    /// Whether there is nothing in it. An office has one operation at least: a hub that says this has nothing new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The digest of notices by their names, each the SHA-256 of its bytes.
#[must_use]
pub fn notices_digest(names: &BTreeSet<Hash>) -> Hash {
    Hash::of(&[b"mg/notices/1", &cbor::to_vec(names)])
}

/// What came of [`Notices`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many were new.
    pub new: u64,
    /// How many wait for others that they name.
    pub held: u64,
    /// How many were refused.
    pub refused: u64,
}
as_array!(Taken { new, held, refused });

/// Records to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Verbatim.
    pub records: Vec<Bytes>,
}
as_array!(Batch { records });

/// What came of one record of a [`Batch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Empty when it is on the hub's disk, else why not: a stable code.
    pub refused: String,
    /// When it is on the disk, whether it was before.
    pub receipt: Option<Receipt>,
}
as_array!(Status { refused, receipt });

/// What came of a [`Batch`], in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// One for each record.
    pub statuses: Vec<Status>,
}
as_array!(Stored { statuses });

/// Asks that the ciphertext of erased records be dropped. Two admins' signatures stand in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    /// The operation that erases.
    pub op: Hash,
    /// All records of which it holds the digest.
    pub records: BTreeSet<Hash>,
}
as_array!(Drop { op, records });

/// Gives a hub stubs of erased records that it never had: their places would stay empty for ever, and all that follows them
/// would come again with each talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stubs {
    /// The operation that erases.
    pub op: Hash,
    /// All records of which it holds the digest.
    pub records: BTreeSet<Hash>,
    /// Stubs of some of them, at most [`MAX_BATCH`].
    pub stubs: Vec<Bytes>,
}
as_array!(Stubs { op, records, stubs });

/// What came of [`Drop`], [`DropBlobs`] or [`Stubs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Records of which only a stub stands from now on.
    pub now: u64,
    /// Records of which only a stub stood already.
    pub before: u64,
}
as_array!(Dropped { now, before });

/// Asks that the chunks of erased attachments be dropped. That the caller has the order is told by its records; which chunks
/// were its attachments', a hub cannot tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropBlobs {
    /// The operation that erases.
    pub op: Hash,
    /// All records of which it holds the digest.
    pub records: BTreeSet<Hash>,
    /// The chunks.
    pub blobs: BTreeSet<Hash>,
}
as_array!(DropBlobs { op, records, blobs });

/// A hub's word that a record is on its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What is signed.
    pub statement: ReceiptStatement,
    /// Of the hub.
    pub signature: [u8; 64],
}
as_array!(Receipt {
    statement,
    signature
});

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptStatement {
    /// The hub's key.
    pub hub: [u8; 32],
    /// Whose office.
    pub org: Org,
    /// In which lane.
    pub lane: Lane,
    /// Which record.
    pub record: Hash,
    /// Which life of the hub's store.
    pub generation: [u8; 16],
    /// Where in the lane's feed.
    pub cursor: u64,
}
as_array!(ReceiptStatement {
    hub,
    org,
    lane,
    record,
    generation,
    cursor
});

/// Where a reader stands in a lane's feed. Another `generation`, or another `chain` at its cursor, tells it that the
/// hub's store is not the one it knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedPoint {
    /// Which life of the hub's store: drawn when it is made and when it is restored.
    pub generation: [u8; 16],
    /// How many records of the lane lie before.
    pub cursor: u64,
    /// SHA-256 over the chain before and the record id, record by record; zero at the beginning.
    pub chain: Hash,
}
as_array!(FeedPoint {
    generation,
    cursor,
    chain
});

impl FeedPoint {
    /// The beginning of every feed.
    #[must_use]
    pub fn start(generation: [u8; 16]) -> Self {
        Self {
            generation,
            cursor: 0,
            chain: Hash::ZERO,
        }
    }

    /// The point after one more record.
    #[must_use]
    pub fn after(self, record: Hash) -> Self {
        Self {
            generation: self.generation,
            cursor: self.cursor + 1,
            chain: Hash::of(&[b"mg/feed/1", self.chain.as_bytes(), record.as_bytes()]),
        }
    }
}

/// A piece of a lane's feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the asked cursor stands here. Beyond the feed's end it is the end.
    pub from: FeedPoint,
    /// The records after it, in the feed's order, verbatim.
    pub records: Vec<Bytes>,
    /// Whether there are more.
    pub more: bool,
}
as_array!(Page {
    from,
    records,
    more
});

/// What the device has, as a digest per lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaveAsked {
    /// By lane: [`have_digest`] of what the device has.
    pub lanes: Vec<(Lane, Hash)>,
}
as_array!(HaveAsked { lanes });

/// What the hub has in the lanes where it differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaveTold {
    /// Lane by lane; a lane that is equal is left out.
    pub lanes: Vec<(Lane, Vec<Have>)>,
}
as_array!(HaveTold { lanes });

/// Blobs by name, to learn how much of each is at the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobsAsked {
    /// At most [`MAX_BATCH`].
    pub blobs: Vec<Hash>,
}
as_array!(BlobsAsked { blobs });

/// How much of each asked blob is at the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobsTold {
    /// In the order of the question: whether it is whole, and how many bytes of it are there.
    pub blobs: Vec<(bool, u64)>,
}
as_array!(BlobsTold { blobs });

/// The digest of what is here of one lane: of its [`Have`]s in ascending order.
#[must_use]
pub fn have_digest(haves: &BTreeSet<Have>) -> Hash {
    Hash::of(&[b"mg/have/1", &cbor::to_vec(haves)])
}

/// Why the hub refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable code.
    pub code: String,
    /// Seconds after which to try again; zero where that is of no use.
    pub retry_after: u64,
}
as_array!(Refusal { code, retry_after });

impl Answer {
    /// Signs a statement.
    #[must_use]
    pub fn make(org: Org, statement: AuthStatement, sign: &SigningKey) -> Self {
        let bytes = cbor::to_vec(&statement);
        let signature = sign.sign(SignatureKind::Auth, org.as_bytes(), &bytes);
        Self {
            org,
            statement,
            signature,
        }
    }

    /// Checks the signature against the device's key in the directory.
    ///
    /// # Errors
    /// [`VerifyError`] when it does not hold.
    pub fn verify(&self, public: &[u8; 32]) -> Result<(), VerifyError> {
        let bytes = cbor::to_vec(&self.statement);
        verify(
            public,
            SignatureKind::Auth,
            self.org.as_bytes(),
            &bytes,
            &self.signature,
        )
    }
}

impl Receipt {
    /// Signs a statement with the hub's key.
    #[must_use]
    pub fn make(statement: ReceiptStatement, hub: &SigningKey) -> Self {
        let bytes = cbor::to_vec(&statement);
        let signature = hub.sign(SignatureKind::Receipt, statement.org.as_bytes(), &bytes);
        Self {
            statement,
            signature,
        }
    }

    /// Checks that the hub whose key this is signed it.
    ///
    /// # Errors
    /// [`VerifyError`] when it did not.
    pub fn verify(&self, hub: &[u8; 32]) -> Result<(), VerifyError> {
        if self.statement.hub != *hub {
            return Err(VerifyError);
        }
        let bytes = cbor::to_vec(&self.statement);
        verify(
            hub,
            SignatureKind::Receipt,
            self.statement.org.as_bytes(),
            &bytes,
            &self.signature,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_for_one_hub_one_office_and_one_device() {
        let key = SigningKey::from_bytes([3; 32]);
        let statement = AuthStatement {
            hub: [1; 32],
            origin: "https://hub.example:8787".to_owned(),
            nonce: [2; 32],
            device: Device::new([4; 16]),
            time: 5,
        };
        let answer = Answer::make(Org::new([6; 16]), statement, &key);
        assert_eq!(answer.verify(&key.public()), Ok(()));
        let again: Answer = cbor::from_slice(&cbor::to_vec(&answer)).unwrap();
        assert_eq!(again, answer);
        let changed = |change: &dyn Fn(&mut Answer)| {
            let mut other = answer.clone();
            change(&mut other);
            other.verify(&key.public())
        };
        assert!(changed(&|it| it.org = Org::new([7; 16])).is_err());
        assert!(changed(&|it| it.statement.hub = [9; 32]).is_err());
        assert!(changed(&|it| it.statement.origin.push('x')).is_err());
        assert!(changed(&|it| it.statement.device = Device::new([9; 16])).is_err());
        assert!(changed(&|it| it.statement.nonce = [9; 32]).is_err());
    }

    #[test]
    fn an_invitation_is_to_one_hub() {
        let invitation = Invitation::new([7; 16], &[1; 32]);
        assert_eq!(Invitation::parse(&invitation.text()), Ok(invitation));
        assert!(invitation.is_to(&[1; 32]));
        assert!(!invitation.is_to(&[2; 32]));
        let typed = invitation.text().replacen(['0', '1', '2'], "3", 1);
        assert!(typed == invitation.text() || Invitation::parse(&typed).is_err());
    }

    #[test]
    fn a_receipt_is_of_the_hub_that_signed_it() {
        let (hub, other) = (
            SigningKey::from_bytes([1; 32]),
            SigningKey::from_bytes([2; 32]),
        );
        let receipt = Receipt::make(
            ReceiptStatement {
                hub: hub.public(),
                org: Org::new([3; 16]),
                lane: Lane::ORG,
                record: Hash::new([4; 32]),
                generation: [5; 16],
                cursor: 6,
            },
            &hub,
        );
        assert_eq!(receipt.verify(&hub.public()), Ok(()));
        assert!(receipt.verify(&other.public()).is_err());
        let mut moved = receipt;
        moved.statement.cursor = 7;
        assert!(moved.verify(&hub.public()).is_err());
    }

    #[test]
    fn a_feed_is_told_apart_by_each_of_its_records() {
        let start = FeedPoint::start([1; 16]);
        let (a, b) = (Hash::new([2; 32]), Hash::new([3; 32]));
        assert_eq!(start.after(a).after(b), start.after(a).after(b));
        assert_ne!(start.after(a).after(b).chain, start.after(b).after(a).chain);
        assert_eq!(start.after(a).after(b).cursor, 2);
    }
}
