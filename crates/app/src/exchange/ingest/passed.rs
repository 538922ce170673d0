//! Records of another office that it passed on with a case (ほかの事業所からの引き継ぎ).
//!
//! # Invariants
//!
//! - **What is passed counts by its own author**: the signature of a device that the other office's directory knows, over the
//!   record as it was sealed there. Whoever brought it answers for having let that directory in, which an administrator alone
//!   does, and for nothing else.
//! - **Rights in the other office were judged there**: it passed on what counted with it.
//! - **One vault holds one case.** What belongs to another case has no effect in it. Which vaults a case went through from office
//!   to office, each office signs that passed it on; where nothing says so, a vault holds records of one vault alone.
//! - **What comes back counts by this office's own directory.** A record of this very office has no effect where it lies beyond
//!   the cut of somebody shut out. Until the order of erasure over what was here is known, that is shown; then what came back.

use sync::store::Waits;
use wire::body::{Body, Passed};
use wire::cbor::Bytes;
use wire::directory::Directory;
use wire::envelope::Opened;
use wire::ids::{Hash, Org, Vault};
use wire::passing::{Lineage, PassingError, directory_of};
use wire::rights::{NoRight, author_key, is_cut_off};

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
        let (opened, root) = self.open_passed(passed)?;
        let known = self.tx.roots_in(vault.as_bytes())?;
        #[cfg(test)]
        let known = if tests::ANY_CASE.get() {
            Vec::new()
        } else {
            known
        };
        let has_no_place = !known.is_empty() && !known.contains(&root);
        if has_no_place || root == *vault.as_bytes() || passed.org() == self.directory.org() {
            return Err(Halt::Refused(code::FOREIGN_VAULT));
        }
        self.tx.put_root(&root, vault.as_bytes(), kept.as_bytes())?;
        self.settle_passed(vault, opened, root, kept)
    }

    /// The same of a case that went through several offices: its place is by a lineage, and what has none yet waits.
    pub(in crate::exchange) fn passed_on(
        &mut self,
        vault: Vault,
        passed: &Passed,
        kept: Hash,
    ) -> Step<()> {
        let (opened, root) = self.open_passed(passed)?;
        if root == *vault.as_bytes() {
            return Err(Halt::Refused(code::FOREIGN_VAULT));
        }
        let has_place = self.tx.roots_in(vault.as_bytes())?.contains(&root);
        #[cfg(test)]
        let has_place = has_place || tests::ANY_CASE.get();
        if !has_place {
            return Err(Halt::Waits(Waits::Changes));
        }
        if passed.org() == self.directory.org() {
            self.must_have_counted(&opened)?;
        }
        self.settle_passed(vault, opened, root, kept)
    }

    /// Gives the vaults that a case went through their place in the one that it has here. `kept` is the record that says so.
    pub(in crate::exchange) fn lineage(
        &mut self,
        vault: Vault,
        org: Org,
        signed: &[u8],
        kept: Hash,
    ) -> Step<()> {
        if org == self.directory.org() {
            return Err(Halt::Refused(code::MALFORMED));
        }
        let directory = self.office(org)?.ok_or(Halt::Waits(Waits::Directory))?;
        let lineage = match Lineage::read(signed, directory) {
            Ok(lineage) => lineage,
            Err(PassingError::Forged) => return Err(Halt::Refused(code::FORGED)),
            Err(_) => return Err(Halt::Refused(code::MALFORMED)),
        };
        let known = self.tx.roots_in(vault.as_bytes())?;
        let is_of_it = |root: Vault| known.contains(root.as_bytes());
        if lineage.vaults().any(|root| root == vault)
            || !(known.is_empty() || lineage.vaults().any(is_of_it))
        {
            return Err(Halt::Refused(code::FOREIGN_VAULT));
        }
        for root in lineage.vaults() {
            #[cfg(test)]
            let is_looked_at = !tests::NOT_AGAIN.get();
            #[cfg(not(test))]
            let is_looked_at = true;
            self.has_new_roots |= is_looked_at && !known.contains(root.as_bytes());
            self.tx
                .put_root(root.as_bytes(), vault.as_bytes(), kept.as_bytes())?;
        }
        Ok(())
    }

    /// The directory of an office, this one or another, as far as it is here whole.
    fn office(&mut self, org: Org) -> Result<Option<&Directory>> {
        if org == self.directory.org() {
            return Ok(Some(self.directory));
        }
        if !self.others.contains_key(&org) {
            let known = other_directory(self.tx, org)?;
            self.others.insert(org, known);
        }
        Ok(self.others.get(&org).and_then(Option::as_ref))
    }

    /// Opens a record of another office by that office's directory. Gives it with the vault that it was sealed in.
    fn open_passed(&mut self, passed: &Passed) -> Step<(Opened, [u8; 16])> {
        let org = passed.org();
        #[cfg(test)]
        let org = tests::JUDGED_BY.get().unwrap_or(org);
        let directory = self.office(org)?.ok_or(Halt::Waits(Waits::Directory))?;
        let opened = passed.open(directory).map_err(|error| {
            let author = passed.author();
            if author.is_ok_and(|author| author_key(directory, author).is_none()) {
                return Halt::Waits(Waits::Directory);
            }
            Halt::Refused(refusal::of_envelope(error))
        })?;
        let root = *opened.inner.vault.as_bytes();
        Ok((opened, root))
    }

    /// Whether a record of this very office counted where it was written: what never did comes in by no other way.
    fn must_have_counted(&self, opened: &Opened) -> Step<()> {
        #[cfg(test)]
        if tests::ANY_RETURN.get() {
            return Ok(());
        }
        let (record, inner) = (&opened.record, &opened.inner);
        if is_cut_off(self.directory.state(), record.outer(), record.id()) {
            return Err(Halt::Refused(refusal::of_right(NoRight::BeyondCut)));
        }
        let office = self.directory.judged_at_head(inner.dir_head);
        let office = office.ok_or(Halt::Waits(Waits::Directory))?;
        if !office.is_active(record.outer().device) {
            return Err(Halt::Refused(refusal::of_right(NoRight::NotInOffice)));
        }
        Ok(())
    }

    fn settle_passed(
        &mut self,
        vault: Vault,
        mut opened: Opened,
        root: [u8; 16],
        kept: Hash,
    ) -> Step<()> {
        let Body::Changes(changes) = &mut opened.body else {
            return Err(Halt::Refused(code::MALFORMED));
        };
        let changes = std::mem::take(changes);
        let name = opened.record.id();
        self.tx
            .put_passed(name.as_bytes(), vault.as_bytes(), kept.as_bytes())?;
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

    use wire::ids::Org;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static ANY_CASE: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static ANY_RETURN: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static NOT_AGAIN: Cell<bool> = const { Cell::new(false) };
        /// Whose directory says whether a passed record counts, in the place of its own office's.
        pub(in crate::exchange) static JUDGED_BY: Cell<Option<Org>> = const { Cell::new(None) };
    }
}
