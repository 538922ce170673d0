//! Vaults and their keys.

use crypto::SecretKey;
use rusqlite::{OptionalExtension, params};

use crate::{Error, Pin, Reader, Transaction};

/// A vault that this device can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultRow {
    /// 16 bytes.
    pub vault: [u8; 16],
    /// `team`, `wrap`, `case`, `restricted` or `audit`.
    pub class: String,
    /// The lane its records travel in.
    pub lane: [u8; 16],
}

impl Reader<'_> {
    /// The vault's row, if the vault is known.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vault(&self, vault: &[u8; 16]) -> Result<Option<VaultRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT vault, class, lane FROM vault WHERE vault = ?1")?
            .query_row(params![vault], |r| {
                Ok(VaultRow {
                    vault: r.get(0)?,
                    class: r.get(1)?,
                    lane: r.get(2)?,
                })
            })
            .optional()?)
    }

    /// Every vault, in the order of their ids.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vaults(&self) -> Result<Vec<VaultRow>, Error> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT vault, class, lane FROM vault ORDER BY vault")?;
        let rows = statement.query_map([], |r| {
            Ok(VaultRow {
                vault: r.get(0)?,
                class: r.get(1)?,
                lane: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every vault of one class: the teams are few, the cases are many.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vaults_of_class(&self, class: &str) -> Result<Vec<VaultRow>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT vault, class, lane FROM vault WHERE class = ?1 ORDER BY vault",
        )?;
        let rows = statement.query_map(params![class], |r| {
            Ok(VaultRow {
                vault: r.get(0)?,
                class: r.get(1)?,
                lane: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every vault whose own records travel in a lane.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vaults_in(&self, lane: &[u8; 16]) -> Result<Vec<VaultRow>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT vault, class, lane FROM vault WHERE lane = ?1 ORDER BY vault",
        )?;
        let rows = statement.query_map(params![lane], |r| {
            Ok(VaultRow {
                vault: r.get(0)?,
                class: r.get(1)?,
                lane: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All keys of a vault, the current one first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn vault_keys(&self, vault: &[u8; 16]) -> Result<Vec<SecretKey>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT key FROM vault_key WHERE vault = ?1 ORDER BY current DESC, kid",
        )?;
        let rows = statement.query_map(params![vault], |r| r.get::<_, [u8; 32]>(0))?;
        rows.map(|key| Ok(SecretKey::from_bytes(key?))).collect()
    }
}

impl Reader<'_> {
    /// Whether this key of a vault was here and was given up.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn is_given_up(&self, vault: &[u8; 16], kid: &[u8; 16]) -> Result<bool, Error> {
        let pin = Pin::vault_key(vault, kid);
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM erased_row WHERE kind = ?1 AND hash = ?2)",
            )?
            .query_row(params![pin.kind, pin.hash], |r| r.get(0))?)
    }
}

impl Transaction<'_> {
    /// Remembers a vault; a known one stays as it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_vault(&self, row: &VaultRow) -> Result<(), Error> {
        self.conn()
            .prepare_cached(
                "INSERT INTO vault (vault, class, lane) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![row.vault, row.class, row.lane])?;
        Ok(())
    }

    /// Keeps a key of a vault and makes it the current one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_vault_key(&self, vault: &[u8; 16], key: &SecretKey) -> Result<(), Error> {
        self.conn()
            .prepare_cached("UPDATE vault_key SET current = 0 WHERE vault = ?1")?
            .execute(params![vault])?;
        // EXPOSE: the database is encrypted under the store's own key; this is where vault keys rest.
        self.conn()
            .prepare_cached(
                "INSERT INTO vault_key (vault, kid, key, current) VALUES (?1, ?2, ?3, 1)
                 ON CONFLICT DO UPDATE SET current = 1",
            )?
            .execute(params![vault, key.kid(), key.expose()])?;
        self.pin(Pin::vault_key(vault, &key.kid()));
        Ok(())
    }
}
