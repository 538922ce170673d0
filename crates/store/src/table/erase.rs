//! Orders of erasure (廃棄), what they hide, and its destruction.
//!
//! # Invariants
//!
//! - **Hidden is hidden everywhere**: a bare id answers for nothing that an order in effect names, and no list, search row
//!   or snapshot is made of it.
//! - **Destroyed leaves no byte of it**: rows are overwritten (`secure_delete`), the indexes are merged so that deleted words
//!   go, and [`Store::scrub`] empties the log. Names and hashes stay.

pub mod attached;

use rusqlite::{OptionalExtension, params};

use super::search::Shelf;
use crate::pin::Pin;
use crate::{Error, Reader, Store, Transaction};

/// An order as it is kept here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Its name.
    pub id: [u8; 32],
    /// The vault whose readers read it.
    pub vault: [u8; 16],
    /// How long this device had run when it was hidden here, ms.
    pub since: Option<i64>,
    /// When it was destroyed here, ms.
    pub done: Option<i64>,
    /// Documents with words that had not left this laptop.
    pub unsent: u32,
    /// Which life of a hub has dropped it.
    pub told: Option<[u8; 16]>,
}

const COLUMNS: &str = "id, vault, since, done, unsent, told";

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<OrderRow> {
    Ok(OrderRow {
        id: r.get(0)?,
        vault: r.get(1)?,
        since: r.get(2)?,
        done: r.get(3)?,
        unsent: r.get(4)?,
        told: r.get(5)?,
    })
}

/// A document, or where `doc` is none, a whole vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The vault.
    pub vault: [u8; 16],
    /// The document in it.
    pub doc: Option<[u8; 16]>,
}

/// A document, and the record that holds its unsent changes; none where they are not sealed yet.
pub type UnsentDocument = ([u8; 16], Option<[u8; 32]>);

/// A change, and the record that holds it; none where it is not sealed yet.
pub type ChangeIn = ([u8; 32], Option<[u8; 32]>);

impl Part {
    fn doc(&self) -> &[u8] {
        self.doc.as_ref().map_or(&[], <[u8; 16]>::as_slice)
    }
}

impl Reader<'_> {
    /// An order, verbatim.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn erasure_order(&self, id: &[u8; 32]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT bytes FROM erasure_order WHERE id = ?1")?
            .query_row(params![id], |r| r.get(0))
            .optional()?)
    }

    /// Every order, by name, without its bytes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn erasure_orders(&self) -> Result<Vec<OrderRow>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM erasure_order ORDER BY id"))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The orders that no record carries yet.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unsealed_orders(&self) -> Result<Vec<OrderRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM erasure_order WHERE record IS NULL ORDER BY id"
        ))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether an order in effect hides a document.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_hidden(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM hidden WHERE vault = ?1 AND doc = ?2)
                     OR EXISTS (SELECT 1 FROM hidden WHERE vault = ?1 AND doc = x'')",
            )?
            .query_row(params![vault, doc], |r| r.get(0))?)
    }

    /// Whether a document, or without one its whole vault, was destroyed here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_erased(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM hidden WHERE vault = ?1 AND doc = ?2 AND gone = 1)
                     OR EXISTS (SELECT 1 FROM hidden WHERE vault = ?1 AND doc = x'' AND gone = 1)",
            )?
            .query_row(params![vault, doc], |r| r.get(0))?)
    }

    /// The order by which a document, or without one its whole vault, was destroyed here; of several, one of the whole.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn destroyed_by(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
    ) -> Result<Option<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT ord FROM hidden WHERE vault = ?1 AND doc IN (?2, x'') AND gone = 1 ORDER BY doc, ord LIMIT 1",
        )?;
        let mut rows = statement.query_map(params![vault, doc], |r| r.get(0))?;
        Ok(rows.next().transpose()?)
    }

    /// The records in which a part lies here: changes, and of a whole vault its roster and the boxes of its keys.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_of_part(&self, part: &Part) -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT record FROM change WHERE vault = ?1 AND (?2 = x'' OR doc = ?2) AND record IS NOT NULL
             UNION SELECT record FROM keybox WHERE vault = ?1 AND ?2 = x'' AND length(record) = 32 AND record <> zeroblob(32)
             UNION SELECT record FROM roster_op WHERE vault = ?1 AND ?2 = x'' AND record IS NOT NULL
             UNION SELECT record FROM carried WHERE vault = ?1 AND (?2 = x'' OR doc = ?2)
             UNION SELECT origin FROM carried WHERE vault = ?1 AND (?2 = x'' OR doc = ?2)
             ORDER BY 1",
        )?;
        let rows = statement.query_map(params![part.vault, part.doc()], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The documents of a part with changes that have not left this laptop, each with the record that holds them, if one
    /// does already.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unsent_documents(&self, part: &Part) -> Result<Vec<UnsentDocument>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT doc, NULL FROM change WHERE vault = ?1 AND (?2 = x'' OR doc = ?2) AND record IS NULL
             UNION SELECT doc, record FROM outgoing WHERE vault = ?1 AND (?2 = x'' OR doc = ?2) AND changes > 0
             ORDER BY 1, 2",
        )?;
        let rows = statement.query_map(params![part.vault, part.doc()], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What one device wrote into a document: each change, with the record that holds it here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn changes_by(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
        device: &[u8; 16],
    ) -> Result<Vec<ChangeIn>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT hash, record FROM change WHERE vault = ?1 AND doc = ?2 AND device = ?3 AND aside = 0",
        )?;
        let rows =
            statement.query_map(params![vault, doc, device], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The vaults in which documents of a household lie, by the rows of lists.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vaults_of_household(&self, household: &[u8; 16]) -> Result<Vec<[u8; 16]>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT DISTINCT d.vault FROM document AS d JOIN vault AS v ON v.vault = d.vault
             WHERE v.class = 'case' AND d.doc IN (
               SELECT doc FROM projection WHERE household = ?1 UNION SELECT ?1) ORDER BY d.vault",
        )?;
        let rows = statement.query_map(params![household], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps an order; a known one stays as it is. True when it was new.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_erasure_order(
        &self,
        id: &[u8; 32],
        vault: &[u8; 16],
        bytes: &[u8],
        record: Option<&[u8; 32]>,
    ) -> Result<bool, Error> {
        let added = self
            .conn()
            .prepare_cached(
                "INSERT INTO erasure_order (id, vault, bytes, record) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET record = coalesce(record, excluded.record)",
            )?
            .execute(params![id, vault, bytes, record])?;
        Ok(added == 1)
    }

    /// Says which record an order left in.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn mark_order_sealed(&self, id: &[u8; 32], record: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE erasure_order SET record = ?2 WHERE id = ?1")?
            .execute(params![id, record])?;
        Ok(())
    }

    /// Drops an order that is in no effect.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn drop_order(&self, id: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "DELETE FROM erasure_order WHERE id = ?1 AND since IS NULL AND done IS NULL",
            )?
            .execute(params![id])?;
        Ok(())
    }

    /// Puts an order into effect, or with none out of it; `unsent` is how many documents had words that had not left.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_order_since(
        &self,
        id: &[u8; 32],
        since: Option<i64>,
        unsent: u32,
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE erasure_order SET since = ?2, unsent = ?3 WHERE id = ?1")?
            .execute(params![id, since, unsent])?;
        Ok(())
    }

    /// Takes note that an order is carried out here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_order_done(&self, id: &[u8; 32], done: i64) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE erasure_order SET done = ?2 WHERE id = ?1")?
            .execute(params![id, done])?;
        self.conn()
            .prepare_cached("UPDATE hidden SET gone = 1 WHERE ord = ?1")?
            .execute(params![id])?;
        Ok(())
    }

    /// Takes note that a hub has dropped the records of an order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn set_order_told(&self, id: &[u8; 32], generation: &[u8; 16]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE erasure_order SET told = ?2 WHERE id = ?1")?
            .execute(params![id, generation])?;
        Ok(())
    }

    /// Hides a part from every view, by an order.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn hide(&self, part: &Part, order: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO hidden (vault, doc, ord) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![part.vault, part.doc(), order])?;
        Ok(())
    }

    /// Takes back what an order hides.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn unhide(&self, order: &[u8; 32]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM hidden WHERE ord = ?1 AND gone = 0")?
            .execute(params![order])?;
        Ok(())
    }

    /// Drops the snapshot of a document; it is rebuilt from the log when it is asked for.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn drop_snapshot(&self, vault: &[u8; 16], doc: &[u8; 16]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM snapshot WHERE vault = ?1 AND doc = ?2")?
            .execute(params![vault, doc])?;
        Ok(())
    }

    /// Destroys all that is here of a part but its records, which the caller has reduced to stubs: changes, keys and their
    /// boxes, roster, snapshots, rows of lists and search, steps that could be taken back, what waited to leave.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn destroy(&self, part: &Part) -> Result<(), Error> {
        let docs: Vec<[u8; 16]> = {
            let mut statement = self
                .conn()
                .prepare("SELECT doc FROM document WHERE vault = ?1 AND (?2 = x'' OR doc = ?2)")?;
            let rows = statement.query_map(params![part.vault, part.doc()], |r| r.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for doc in &docs {
            self.replace_opened(&part.vault, doc, &[])?;
            // Written anew elsewhere, it has rows and steps of its own; those of before went when it was hidden.
            if !self.namesakes(doc)?.is_empty() {
                continue;
            }
            self.replace_projections(doc, &[])?;
            for shelf in [Shelf::Open, Shelf::Opened] {
                self.replace_search(shelf, doc, &[])?;
            }
            self.drop_steps_of(doc)?;
        }
        self.forget_rows("change", "vault = ?1 AND (?2 = x'' OR doc = ?2)", part)?;
        for table in ["snapshot", "document", "outgoing", "chunk", "carried"] {
            self.conn()
                .prepare(&format!(
                    "DELETE FROM {table} WHERE vault = ?1 AND (?2 = x'' OR doc = ?2)"
                ))?
                .execute(params![part.vault, part.doc()])?;
        }
        if part.doc.is_none() {
            self.destroy_keys(part)?;
        }
        Ok(())
    }

    /// Drops the steps that could be taken back of a document, and of a household those of all that is in it.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn drop_steps_of(&self, doc: &[u8; 16]) -> Result<(), Error> {
        let in_entries = doc.map(|byte| byte.to_string()).join(",");
        self.conn()
            .prepare_cached(
                "DELETE FROM undo_step WHERE doc = ?1 OR household = ?1 OR instr(entries, ?2) > 0",
            )?
            .execute(params![doc, in_entries])?;
        Ok(())
    }

    /// The vault itself: its keys, every wrap of them, and who read it.
    fn destroy_keys(&self, part: &Part) -> Result<(), Error> {
        let kids: Vec<[u8; 16]> = {
            let mut statement = self
                .conn()
                .prepare("SELECT kid FROM vault_key WHERE vault = ?1")?;
            let rows = statement.query_map(params![part.vault], |r| r.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for kid in &kids {
            self.note_erased(Pin::vault_key(&part.vault, kid))?;
        }
        self.forget_rows("keybox", "vault = ?1 AND ?2 = x''", part)?;
        self.forget_rows("roster_op", "vault = ?1 AND ?2 = x''", part)?;
        for table in [
            "vault_key",
            "opened_with_reason",
            "opened_vault",
            "moved",
            "passed",
            "passed_root",
            "vault",
        ] {
            self.conn()
                .prepare(&format!("DELETE FROM {table} WHERE vault = ?1"))?
                .execute(params![part.vault])?;
        }
        Ok(())
    }

    /// Destroys one key of a vault, and keeps that it is not missing. `scrub` is to follow.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn give_up_key(&self, vault: &[u8; 16], kid: &[u8; 16]) -> Result<(), Error> {
        self.note_erased(Pin::vault_key(vault, kid))?;
        self.conn()
            .prepare_cached("DELETE FROM vault_key WHERE vault = ?1 AND kid = ?2")?
            .execute(params![vault, kid])?;
        Ok(())
    }

    /// Merges the indexes: until then a deleted row leaves its words in them.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn destroy_words(&self) -> Result<(), Error> {
        for table in ["search_index", "sound_index"] {
            self.conn().execute(
                &format!("INSERT INTO {table}({table}) VALUES('optimize')"),
                [],
            )?;
        }
        Ok(())
    }

    /// Deletes rows of a content-addressed table, and notes that the journal names them in vain.
    fn forget_rows(&self, table: &str, which: &str, part: &Part) -> Result<(), Error> {
        let Some(column) = Pin::column(table) else {
            return Ok(());
        };
        let hashes: Vec<[u8; 32]> = {
            let mut statement = self
                .conn()
                .prepare(&format!("SELECT {column} FROM {table} WHERE {which}"))?;
            let rows = statement.query_map(params![part.vault, part.doc()], |r| r.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for hash in hashes {
            if let Some(pin) = Pin::addressed(table, hash) {
                self.note_erased(pin)?;
            }
        }
        self.conn()
            .prepare(&format!("DELETE FROM {table} WHERE {which}"))?
            .execute(params![part.vault, part.doc()])?;
        Ok(())
    }

    fn note_erased(&self, pin: Pin) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO erased_row (kind, hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![pin.kind, pin.hash])?;
        Ok(())
    }
}

impl Store {
    /// Writes every page of a store in memory to a file as it lies there, free ones included: to look for what should be
    /// gone. False, and nothing written, for a store with files, whose pages nobody sees in clear.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn image(&self, to: &std::path::Path) -> Result<bool, Error> {
        if self.files.is_some() {
            return Ok(false);
        }
        let mut copy = rusqlite::Connection::open(to)?;
        rusqlite::backup::Backup::new(&self.conn, &mut copy)?.run_to_completion(
            1_000,
            std::time::Duration::ZERO,
            None,
        )?;
        Ok(true)
    }

    /// Writes the database anew without what was destroyed, then as [`Store::scrub`]: where rows moved from one page to
    /// another, their bytes may lie in what is free of the first.
    ///
    /// # Errors
    /// As when the disk fails or has no room for a second copy; nothing has changed then.
    pub fn rewrite(&mut self) -> Result<(), Error> {
        self.conn.execute("VACUUM", [])?;
        self.checkpoint()
    }

    /// Folds the log into the database and empties it, so that no page of what was destroyed is left in it.
    ///
    /// # Errors
    /// As when the disk fails; another opening does it again.
    pub fn scrub(&mut self) -> Result<(), Error> {
        self.checkpoint()
    }
}

#[cfg(test)]
mod tests;
