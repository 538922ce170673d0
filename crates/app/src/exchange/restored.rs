//! A store that came from a backup (バックアップから戻した保存先), until it has been compared with somebody.
//!
//! Its office may have erased since what the backup still holds. So no record is shown or written until the hub or a
//! colleague was heard, or somebody has said why it cannot wait.
//!
//! # Invariants
//!
//! - **The mark is there before the store is one**: no power cut and no other program opens it without.
//! - **Only what was made after the backup counts**, by somebody who reads all that this device reads, and only once nothing is missing of what this device was said to have:
//!   an order of erasure could be among that.
//! - **Nobody is locked out.** Whoever has nobody to compare with goes on with a reason, which stands in the access log first.
//! - **Where a newer store of the same device lay in the place**, what it knew of erasures holds here at once.

use std::path::Path;

use store::recover::{self, DoubtfulRow};
use store::{Reader, Transaction};
use wire::audit::Act;
use wire::cbor::Bytes;
use wire::ids::Device;

use super::delivery::Delivery;
use super::state;
use crate::App;
use crate::audit::Deed;
use crate::environment::Environment;
use crate::error::{ErrorCode, Result};
use crate::look;
use crate::ops::value::{Room, filled};
use crate::session::{self, Opener, Unlocked};

/// By which the access log tells it from other restorings.
const DETAIL: &str = "unchecked";

/// What is known of the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// When it was made, ms; of one that does not say it, its newest change.
    at: i64,
    /// Its newest commit.
    counter: u64,
}

impl Mark {
    fn read(reader: &Reader<'_>) -> std::result::Result<Option<Self>, store::Error> {
        let text = reader.device_state(state::RESTORED)?;
        Ok(text.map(|bytes| {
            let text = String::from_utf8(bytes).unwrap_or_default();
            let mut parts = text.split(' ').map(str::parse::<i64>);
            let mut next = || parts.next().and_then(std::result::Result::ok);
            // A mark that cannot be read is one all the same.
            Self {
                at: next().unwrap_or(i64::MAX),
                counter: next().map_or(u64::MAX, i64::cast_unsigned),
            }
        }))
    }
}

/// Marks a store that is being made from a backup, of which `counter` is the newest commit.
///
/// # Errors
/// When the database cannot be written.
pub(crate) fn mark(tx: &Transaction<'_>, counter: u64) -> std::result::Result<(), store::Error> {
    let at = match state::moment(tx.device_state(state::BACKING_UP)?) {
        Some(at) => at,
        None => tx.newest_change_at()?.unwrap_or_default(),
    };
    tx.put_device_state(state::RESTORED, format!("{at} {counter}").as_bytes())
}

/// Says in the store when the copy is made that is about to be.
///
/// # Errors
/// When the database cannot be written.
pub(crate) fn is_backing_up(tx: &Transaction<'_>, now: i64) -> Result<()> {
    Ok(tx.put_device_state(state::BACKING_UP, now.to_string().as_bytes())?)
}

/// Takes the mark from a store whose device belongs to no office yet.
///
/// # Errors
/// When the database cannot be written.
pub(crate) fn unmark(tx: &Transaction<'_>) -> Result<()> {
    Ok(tx.drop_device_state(state::RESTORED)?)
}

/// What a store knows of erasures.
#[derive(Debug, Default)]
struct Known {
    directory: Vec<Bytes>,
    orders: Vec<Order>,
    is_restored: bool,
}

#[derive(Debug)]
struct Order {
    id: [u8; 32],
    vault: [u8; 16],
    bytes: Vec<u8>,
    record: Option<[u8; 32]>,
}

impl Known {
    fn add(&mut self, row: &DoubtfulRow<'_>) {
        match row.table() {
            "directory_op" => {
                let bytes = row.blob("bytes").map(|bytes| Bytes(bytes.to_vec()));
                self.directory.extend(bytes);
            }
            "device_state" => self.is_restored |= row.text("key") == Some(state::RESTORED),
            _ => self.orders.extend(order(row)),
        }
    }
}

fn order(row: &DoubtfulRow<'_>) -> Option<Order> {
    let bytes = row.blob("bytes")?;
    let id = *wire::erase::id_of(bytes).as_bytes();
    Some(Order {
        id,
        vault: row.blob("vault")?.try_into().ok()?,
        bytes: bytes.to_vec(),
        record: row.blob("record").and_then(|id| id.try_into().ok()),
    })
}

/// Lets the store in `fresh`, made from a backup, know what the one in `place` knows of erasures, as far as it can be read with
/// the same secret; nothing of the one in `place` is changed. Where that is this device's own and newer than the backup, the
/// fresh one shows no more than it did, and need not wait; one that itself waits, or of which something could not be read, is no
/// such store.
///
/// # Errors
/// When the fresh store cannot be opened or written. That the one in `place` cannot be read is no error.
pub(crate) fn heed(
    place: &Path,
    fresh: &Path,
    opener: Opener<'_>,
    environment: Box<dyn Environment>,
) -> Result<()> {
    const TABLES: &[&str] = &["directory_op", "erasure_order", "device_state"];
    let mut known = Known::default();
    let looked =
        opener.open(|secret| recover::look(place, fresh, secret, TABLES, |row| known.add(row)));
    let Ok(seen) = looked else {
        return Ok(());
    };
    let secret = match opener {
        Opener::Typed(typed) => typed,
        Opener::Shares { new, .. } => new,
    };
    match session::unlock(fresh, secret, environment)? {
        Unlocked::Open(mut app) => {
            let is_own = seen.id == app.store.id() && !known.is_restored;
            let is_newer = |mark: Mark| seen.counter >= mark.counter;
            let is_newer = seen.is_whole && app.restored.is_some_and(is_newer);
            app.learn_of_erasures(known)?;
            if is_own && is_newer {
                app.compared()?;
            }
            app.lock()
        }
        Unlocked::Waiting(waiting) => waiting.lock(),
    }
}

impl App {
    /// Reads whether the store waits to be compared.
    pub(crate) fn read_mark(reader: &Reader<'_>) -> Result<Option<Mark>> {
        Ok(Mark::read(reader)?)
    }

    /// When the backup was made from which this store came, while it waits to be compared.
    #[must_use]
    pub fn restored_at(&self) -> Option<String> {
        let mark = self.restored?;
        let at = if mark.at == i64::MAX { 0 } else { mark.at };
        Some(look::instant(self.identity.zone, at))
    }

    /// Whether records may be shown and written.
    ///
    /// # Errors
    /// [`ErrorCode::RestoredUnchecked`].
    pub(crate) fn must_be_compared(&self) -> Result<()> {
        #[cfg(test)]
        if tests::SHOWS_AT_ONCE.get() {
            return Ok(());
        }
        match self.restored {
            Some(_) => Err(ErrorCode::RestoredUnchecked.into()),
            None => Ok(()),
        }
    }

    /// Opens a restored store that could be compared with nobody.
    ///
    /// # Errors
    /// [`ErrorCode::ReasonNeeded`]; [`ErrorCode::TextTooLong`].
    pub fn open_unchecked(&mut self, reason: &str) -> Result<()> {
        let reason = filled("reason", Some(reason.trim().to_owned()), Room::Paragraph)?;
        let reason = reason.ok_or(ErrorCode::ReasonNeeded)?;
        if self.restored.is_none() {
            return Ok(());
        }
        self.log(&Deed {
            reason,
            ..Deed::of(Act::Restore, DETAIL)
        })?;
        self.compared()
    }

    /// Takes the mark away: somebody was heard.
    pub(crate) fn compared(&mut self) -> Result<()> {
        if self.restored.is_some() {
            self.store.transact(unmark)?;
            self.restored = None;
        }
        Ok(())
    }

    /// Whether a colleague's device reads whatever this one reads: one of another team cannot tell what was erased in ours.
    pub(super) fn reads_all_of_ours(&self, device: Device) -> bool {
        let theirs = self.lanes_of(device);
        self.lanes_of_own_groups()
            .iter()
            .all(|lane| theirs.contains(lane))
    }

    /// The same where a file was heard that was made at `made_at`, ms, by its author's clock.
    pub(super) fn compared_by_file(&mut self, made_at: i64) -> Result<()> {
        let is_later = self.restored.is_some_and(|mark| made_at >= mark.at);
        #[cfg(test)]
        let is_later = is_later || tests::ANY_FILE.get();
        if is_later { self.compared() } else { Ok(()) }
    }

    /// Takes in orders and who signed them.
    fn learn_of_erasures(&mut self, known: Known) -> Result<()> {
        #[cfg(test)]
        if tests::LEARNS_NOTHING.get() {
            return Ok(());
        }
        self.store.transact(|tx| {
            for order in &known.orders {
                tx.put_erasure_order(&order.id, &order.vault, &order.bytes, order.record.as_ref())?;
            }
            Ok::<_, crate::AppError>(())
        })?;
        let grown = self.grow(&known.directory, &[])?;
        self.take_in(grown, &Delivery::default(), |_| Ok(()), |_| Ok(()))?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protections taken out, for red controls.
        pub(crate) static SHOWS_AT_ONCE: Cell<bool> = const { Cell::new(false) };
        pub(crate) static ANY_FILE: Cell<bool> = const { Cell::new(false) };
        pub(crate) static LEARNS_NOTHING: Cell<bool> = const { Cell::new(false) };
    }
}
