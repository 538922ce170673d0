//! Exchange with other devices: joining an office, sealing what was written, bundles out and in.
//!
//! `wire` holds the formats and `sync` the decisions; here both meet the store.
//!
//! # Invariants
//!
//! - **Stored before it leaves.** A record is committed with its place in this device's chain before a byte of it is
//!   written anywhere, and no place is sealed twice.
//! - **A file is refused whole or taken in whole.** A refused file changes nothing; one bad record in a good file is put
//!   aside with its reason and holds up nothing else.
//! - **Nothing is half applied.** A record's content is tried on a copy first; all of a bundle is one transaction.
//! - **A document's kind is told by its genesis.** It stands nowhere on the wire: the first change of a document rests on
//!   the genesis of its kind, vault and id, which each device makes for itself. So nobody can claim another kind.

mod acts;
mod carry;
pub(crate) mod cosign;
mod delivery;
mod devices;
pub(crate) mod enrol;
pub(crate) mod erase;
pub(crate) mod escrow;
mod export;
pub(crate) mod file;
mod folder;
mod found;
pub mod hub;
mod import;
mod ingest;
pub(crate) mod kind;
pub(crate) mod ledger;
pub(crate) mod naming;
mod notices;
pub mod passing;
pub mod reentry;
mod refusal;
pub(crate) mod rescue;
pub(crate) mod restored;
mod seal;
mod side_by_side;
pub mod sweep;
pub mod teams;
#[cfg(test)]
pub(crate) mod tests;
mod travel;
pub(crate) mod ways;
mod witness;

use wire::directory::Directory;
use wire::envelope::{is_stub, name_of, open_outer, verify_stub};
use wire::rights::author_key;

pub(crate) use self::found::{NewOffice, found, introduce};

/// The keys under which a store keeps single values of the exchange (`device_state`).
mod state {
    /// When a bundle was last written, ms as text.
    pub(super) const EXPORTED: &str = "exported";
    /// When a bundle was last read, ms as text.
    pub(super) const IMPORTED: &str = "imported";
    /// JSON of the hub that this device last talked to.
    pub(super) const HUB: &str = "hub";
    /// What the hub had of the directory when it and this device were last of one mind (`hub/directory.rs`).
    pub(super) const HUB_DIRECTORY: &str = "hub-directory";
    /// Certificates by which this device knows its hub, PEM.
    pub(super) const AUTHORITY: &str = "hub-authority";
    /// The folder that this device exchanges with.
    pub(super) const FOLDER: &str = "shared-folder";
    /// When this device last talked to its hub to the end, ms as text.
    pub(super) const SYNCED: &str = "synced";
    /// When the hub was last asked about all chunks of attachments, ms as text.
    pub(super) const CHUNKS_ASKED: &str = "chunks-asked";
    /// Present while it is still to be told that the hub had another past.
    pub(super) const OTHER_PAST: &str = "hub-other-past";
    /// When it was told last, ms as text.
    pub(super) const OTHER_PAST_TOLD: &str = "hub-other-past-told";
    /// What was said in witness records, by lane, and on which day.
    pub(super) const WITNESSED: &str = "witnessed";
    /// Present once this device has locked because it was frozen.
    pub(super) const HAS_LOCKED: &str = "has-locked";
    /// JSON of what was read of the notices.
    pub(super) const READ: &str = "notices-read";
    /// The incarnation that this device must leave behind before it seals again: somebody has records of it that were
    /// not here, so this store is an old copy.
    pub(super) const LEFT_BEHIND: &str = "left-behind";
    /// JSON of how long this device has run, for what is to be destroyed.
    pub(super) const RUNNING: &str = "running";
    /// JSON of unsent words of what was erased, until they are in a memo.
    pub(super) const OFFERED: &str = "offered";
    /// JSON of an escrow key that was made here and is not in force yet; nothing of its shares.
    pub(super) const ESCROW: &str = "escrow-made";
    /// JSON of what a colleague was asked to sign beside this device.
    pub(super) const COSIGN: &str = "cosign";
    /// The set of the escrow key with which this device came in, until that is written for the office.
    pub(super) const ENTERED: &str = "escrow-entered";
    /// When a rescue file of a device was taken in, ms as text; the device's name follows.
    pub(super) const RESCUED: &str = "rescued-";
    /// When the backup is made that is being written, ms as text: it stands in the backup itself.
    pub(super) const BACKING_UP: &str = "backing-up";
    /// When the backup was made, ms, and its newest commit, as text: present in a store that came from one until it was
    /// compared with somebody.
    pub(super) const RESTORED: &str = "restored";
    /// JSON of records that came to an order after it was signed, by order.
    pub(super) const LATE: &str = "erased-late";
    /// Present while files of attachments that were destroyed may still be there.
    pub(super) const SWEEP: &str = "sweep";

    /// A moment that was kept as ms in text; none where that is no number.
    pub(super) fn moment(kept: Option<Vec<u8>>) -> Option<i64> {
        String::from_utf8(kept?).ok()?.parse().ok()
    }
}

/// Whether a kept record carries the signature of the device that it names.
pub(crate) fn is_genuine(directory: &Directory, record: &[u8]) -> bool {
    if is_stub(record) {
        return name_of(record, directory.org())
            .and_then(|(outer, _)| author_key(directory, outer.device))
            .is_some_and(|public| verify_stub(record, directory.org(), &public).is_ok());
    }
    let Ok(sealed) = open_outer(record.to_vec(), directory.org()) else {
        return false;
    };
    author_key(directory, sealed.outer().device)
        .is_some_and(|public| sealed.verify(&public).is_ok())
}
