//! Pages of the access log that come from colleagues.

use wire::audit::Page;
use wire::envelope::Opened;
use wire::ids::Vault;
use wire::rights::author_key;
use wire::roster::Class;

use super::super::refusal::{Halt, Step, code};
use super::Ingest;
use crate::audit::{self, pages};

impl Ingest<'_, '_> {
    /// Takes a page: of the device that sealed the record, of the book that this vault holds, whole and signed.
    pub(super) fn audit(&mut self, opened: &Opened, page: &Page) -> Step<()> {
        let (vault, device) = (opened.inner.vault, opened.record.outer().device);
        let roster = self.rosters.get(&vault).and_then(Option::as_ref);
        let book = match roster.map(|roster| roster.state().class) {
            Some(Class::Audit) => Some(Vault::ZERO),
            Some(Class::Restricted) => Some(vault),
            Some(Class::Case | Class::Unknown(_)) | None => None,
        };
        let (org, seal) = (self.directory.org(), &page.seal);
        let public = author_key(self.directory, device);
        let is_genuine = Some(seal.book) == book
            && seal.device == device
            && public.is_some_and(|public| seal.holds(org, &public));
        if !is_genuine {
            return Err(Halt::Refused(code::MALFORMED));
        }
        let entries = page.read().map_err(|_| Halt::Refused(code::MALFORMED))?;
        for (entry, _) in entries {
            let row = audit::row(*device.as_bytes(), *seal.book.as_bytes(), &entry);
            self.tx
                .put_audit_entry(&row, Some(opened.record.id().as_bytes()))?;
        }
        pages::keep_seal(self.tx, seal)?;
        self.silent += 1;
        self.touched.insert("audit".to_owned());
        Ok(())
    }
}
