//! Cases that another office passed on, or that were passed on to one: its directory, and the papers of it.

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

type Id = [u8; 32];

/// What papers are kept.
pub mod kind {
    /// A wish that this device made.
    pub const WISHED: &str = "wished";
    /// The wish that a passing of this device answers.
    pub const WISH: &str = "wish";
    /// What was passed on.
    pub const STATEMENT: &str = "statement";
    /// That it arrived.
    pub const RECEIPT: &str = "receipt";
    /// The households, and then the intakes without one, 16 bytes each.
    pub const ROOTS: &str = "households";
    /// The restricted records, by their vaults, 16 bytes each.
    pub const RESTRICTED: &str = "restricted";
    /// Names of orders of erasure, 32 bytes each.
    pub const ORDERS: &str = "orders";
}

impl Reader<'_> {
    /// The directory operations of another office that are here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn other_office(&self, org: &[u8; 16]) -> Result<Vec<Vec<u8>>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT bytes FROM other_office WHERE org = ?1 ORDER BY id")?;
        let rows = statement.query_map(params![org], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The vaults of other offices whose records have their place in this one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn roots_in(&self, vault: &[u8; 16]) -> Result<Vec<[u8; 16]>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT root FROM passed_root WHERE vault = ?1 ORDER BY root")?;
        let rows = statement.query_map(params![vault], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The vault in which the records of a vault of another office have their place; none where they have none, or it is
    /// hidden by an order of erasure.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vault_of_root(&self, root: &[u8; 16]) -> Result<Option<[u8; 16]>, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT vault FROM passed_root AS p WHERE root = ?1
                 AND NOT EXISTS (SELECT 1 FROM hidden AS h WHERE h.vault = p.vault AND h.doc = x'')
                 ORDER BY vault LIMIT 1",
            )?
            .query_row(params![root], |r| r.get(0))
            .optional()?)
    }

    /// Whether a record of another office, by its name there, took effect in this vault.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_passed(&self, origin: &Id, vault: &[u8; 16]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM passed WHERE origin = ?1 AND vault = ?2)",
            )?
            .query_row(params![origin, vault], |r| r.get(0))?)
    }

    /// The records of a vault that took effect here and brought changes, in the order of their names.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn records_with_changes(&self, vault: &[u8; 16]) -> Result<Vec<Id>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT r.id FROM record AS r WHERE r.id IN (SELECT record FROM change WHERE vault = ?1 AND aside = 0)
             AND r.state IN ('own', 'applied') ORDER BY r.id",
        )?;
        let rows = statement.query_map(params![vault], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A paper of a passing.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn passing(&self, pass: &Id, kind: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT bytes FROM passing WHERE pass = ?1 AND kind = ?2")?
            .query_row(params![pass, kind], |r| r.get(0))
            .optional()?)
    }

    /// All papers of a kind, by passing.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn passings(&self, kind: &str) -> Result<Vec<(Id, Vec<u8>)>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT pass, bytes FROM passing WHERE kind = ?1 ORDER BY pass")?;
        let rows = statement.query_map(params![kind], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps a directory operation of another office.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_other_office(&self, org: &[u8; 16], id: &Id, bytes: &[u8]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO other_office (org, id, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![org, id, bytes])?;
        Ok(())
    }

    /// Takes note of the record in which one of another office lies in a vault.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_passed(&self, origin: &Id, vault: &[u8; 16], record: &Id) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO passed (origin, vault, record) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![origin, vault, record])?;
        Ok(())
    }

    /// Gives the records of a vault of another office their place in one of ours. `record` says so.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_root(&self, root: &[u8; 16], vault: &[u8; 16], record: &Id) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO passed_root (root, vault, record) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![root, vault, record])?;
        Ok(())
    }

    /// Keeps a paper of a passing, in the place of an earlier one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_passing(&self, pass: &Id, kind: &str, bytes: &[u8]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO passing (pass, kind, bytes) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
            )?
            .execute(params![pass, kind, bytes])?;
        Ok(())
    }
}
