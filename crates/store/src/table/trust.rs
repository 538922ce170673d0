//! Identity of this device, and the signed operations and key boxes it trusts by.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

/// A signed operation or key box of a vault, verbatim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultBytes {
    /// The vault it belongs to.
    pub vault: [u8; 16],
    /// Its id: a SHA-256.
    pub id: [u8; 32],
    /// Verbatim.
    pub bytes: Vec<u8>,
}

fn vault_bytes(r: &rusqlite::Row<'_>) -> rusqlite::Result<VaultBytes> {
    Ok(VaultBytes {
        vault: r.get(0)?,
        id: r.get(1)?,
        bytes: r.get(2)?,
    })
}

/// Which of the two kinds of signed things of a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// Roster operations: who reads.
    Roster,
    /// Key boxes: with which key.
    Keybox,
}

impl Signed {
    const fn table(self) -> &'static str {
        match self {
            Self::Roster => "roster_op",
            Self::Keybox => "keybox",
        }
    }
}

impl Reader<'_> {
    /// A single value of this device.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn device_state(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT value FROM device_state WHERE key = ?1")?
            .query_row(params![key], |r| r.get(0))
            .optional()?)
    }

    /// Every directory operation, in the order of acceptance.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn directory_ops(&self) -> Result<Vec<Vec<u8>>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT bytes FROM directory_op ORDER BY ord")?;
        let rows = statement.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was signed for one vault, in the order of acceptance.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn signed_of(&self, kind: Signed, vault: &[u8; 16]) -> Result<Vec<VaultBytes>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT vault, id, bytes FROM {} WHERE vault = ?1 ORDER BY ord",
            kind.table()
        ))?;
        let rows = statement.query_map(params![vault], vault_bytes)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was signed for one vault and came in a record that counts, or that was refused since, by its id.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn signed_in_records(
        &self,
        kind: Signed,
        vault: &[u8; 16],
        refused: bool,
    ) -> Result<BTreeSet<[u8; 32]>, Error> {
        let table = kind.table();
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {table}.id FROM {table} JOIN record ON record.id = {table}.record
             WHERE vault = ?1 AND (record.state = 'refused') = ?2"
        ))?;
        let rows = statement.query_map(params![vault, refused], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The ids of what was signed for one vault, in the order of arrival, each with whether its record was refused since.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn signed_states(
        &self,
        kind: Signed,
        vault: &[u8; 16],
    ) -> Result<Vec<([u8; 32], bool)>, Error> {
        let table = kind.table();
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {table}.id, record.state IS 'refused' FROM {table}
             LEFT JOIN record ON record.id = {table}.record WHERE vault = ?1 ORDER BY {table}.ord"
        ))?;
        let rows = statement.query_map(params![vault], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The vaults for which a record holds key boxes.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vaults_of_boxes(&self, record: &[u8; 32]) -> Result<Vec<[u8; 16]>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT DISTINCT vault FROM keybox WHERE record = ?1")?;
        let rows = statement.query_map(params![record], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All that was signed, of whatever vault, in the order of acceptance.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn all_signed(&self, kind: Signed) -> Result<Vec<VaultBytes>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT vault, id, bytes FROM {} ORDER BY ord",
            kind.table()
        ))?;
        let rows = statement.query_map([], vault_bytes)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a roster operation or key box is here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn has_signed(&self, kind: Signed, id: &[u8; 32]) -> Result<bool, Error> {
        Ok(self
            .conn()
            .prepare_cached(&format!(
                "SELECT EXISTS (SELECT 1 FROM {} WHERE id = ?1)",
                kind.table()
            ))?
            .query_row(params![id], |r| r.get(0))?)
    }

    /// What was signed here and no record carries yet.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn unsealed_signed(&self, kind: Signed) -> Result<Vec<VaultBytes>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT vault, id, bytes FROM {} WHERE record IS NULL ORDER BY ord",
            kind.table()
        ))?;
        let rows = statement.query_map([], vault_bytes)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps a single value of this device.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_device_state(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO device_state (key, value) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute(params![key, value])?;
        Ok(())
    }

    /// Drops a single value of this device.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn drop_device_state(&self, key: &str) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM device_state WHERE key = ?1")?
            .execute(params![key])?;
        Ok(())
    }

    /// Keeps an accepted directory operation. True when it was new.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_directory_op(&self, id: &[u8; 32], bytes: &[u8]) -> Result<bool, Error> {
        let added = self
            .conn()
            .prepare_cached(
                "INSERT INTO directory_op (id, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![id, bytes])?;
        if added == 1 {
            self.pin_row("directory_op", *id);
        }
        Ok(added == 1)
    }

    /// Keeps an accepted roster operation or key box; `record` names the record it came in. True when it was new.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_signed(
        &self,
        kind: Signed,
        row: &VaultBytes,
        record: Option<&[u8; 32]>,
    ) -> Result<bool, Error> {
        let added = self
            .conn()
            .prepare_cached(&format!(
                "INSERT INTO {} (vault, id, bytes, record) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                kind.table()
            ))?
            .execute(params![row.vault, row.id, row.bytes, record])?;
        if added == 1 {
            self.pin_row(kind.table(), row.id);
        }
        Ok(added == 1)
    }

    /// Says which record a roster operation or key box left in.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn mark_signed_sealed(
        &self,
        kind: Signed,
        id: &[u8; 32],
        record: &[u8; 32],
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached(&format!(
                "UPDATE {} SET record = ?2 WHERE id = ?1",
                kind.table()
            ))?
            .execute(params![id, record])?;
        Ok(())
    }
}
