//! Records of another office that it passed on with a case (ほかの事業所からの引き継ぎ).
//!
//! # Invariants
//!
//! - **What is passed counts by its own author**: the signature of a device that the other office's directory knows, over the
//!   record as it was sealed there. Whoever brought it answers for having let that directory in, which an administrator alone
//!   does, and for nothing else.
//! - **Rights in the other office were judged there**: it passed on what counted with it.
//! - **One vault holds one case of one office.** What belongs to another case has no effect in it.

use sync::store::Waits;
use wire::body::{Body, Passed};
use wire::cbor::Bytes;
use wire::directory::Directory;
use wire::envelope::Opened;
use wire::ids::{Hash, Org, Vault};
use wire::passing::directory_of;
use wire::rights::{NoRight, author_key};

use store::Reader;

use super::super::refusal::{self, Halt, Step, code};
use super::Ingest;
use crate::error::Result;

impl Ingest<'_, '_> {
    /// Takes the directory of another office in.
    pub(super) fn other_office(&mut self, opened: &Opened, org: Org, ops: &[Bytes]) -> Step<()> {
        let by = opened.record.outer().device;
        let office = self.directory.judged_at_head(opened.inner.dir_head);
        let office = office.ok_or(Halt::Waits(Waits::Directory))?;
        if !office.is_admin(by) || org == self.directory.org() {
            return Err(Halt::Refused(refusal::of_right(NoRight::NoWritingRole)));
        }
        for op in ops {
            self.tx
                .put_other_office(org.as_bytes(), &crypto::sha256(&[&op.0]), &op.0)?;
        }
        self.others.remove(&org);
        Ok(())
    }

    /// Lets a record of another office take effect in the vault that the case has here. `kept` is the record in which it
    /// lies here.
    pub(in crate::exchange) fn passed(
        &mut self,
        vault: Vault,
        passed: &Passed,
        kept: Hash,
    ) -> Step<()> {
        let org = passed.org();
        if org == self.directory.org() {
            return Err(Halt::Refused(code::MALFORMED));
        }
        if !self.others.contains_key(&org) {
            let known = other_directory(self.tx, org)?;
            self.others.insert(org, known);
        }
        let Some(Some(directory)) = self.others.get(&org) else {
            return Err(Halt::Waits(Waits::Directory));
        };
        let refused = |error| Halt::Refused(refusal::of_envelope(error));
        let author = passed.author().map_err(refused)?;
        if author_key(directory, author).is_none() {
            return Err(Halt::Waits(Waits::Directory));
        }
        let mut opened = passed.open(directory).map_err(refused)?;
        let Body::Changes(changes) = &opened.body else {
            return Err(Halt::Refused(code::MALFORMED));
        };
        let root = *opened.inner.vault.as_bytes();
        let known = self.tx.root_in(vault.as_bytes())?;
        #[cfg(test)]
        let known = known.filter(|_| !tests::ANY_CASE.get());
        if known.is_some_and(|known| known != root) || root == *vault.as_bytes() {
            return Err(Halt::Refused(code::FOREIGN_VAULT));
        }
        let changes = changes.clone();
        self.tx
            .put_passed(opened.record.id().as_bytes(), kept.as_bytes())?;
        opened.inner.vault = vault;
        self.changes_from(&opened, root, &changes, kept, None)
    }
}

/// The directory of another office, as far as it is here whole.
pub(in crate::exchange) fn other_directory(
    reader: &Reader<'_>,
    org: Org,
) -> Result<Option<Directory>> {
    let mut ops: Vec<_> = reader
        .other_office(org.as_bytes())?
        .into_iter()
        .map(Bytes)
        .collect();
    let first = ops
        .iter()
        .position(|op| Directory::open(&op.0).is_ok_and(|directory| directory.org() == org));
    let Some(first) = first else {
        return Ok(None);
    };
    ops.swap(0, first);
    Ok(directory_of(&ops).ok())
}

#[cfg(test)]
pub(in crate::exchange) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static ANY_CASE: Cell<bool> = const { Cell::new(false) };
    }
}
