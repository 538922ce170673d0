//! What commits pin down, by kind, and where a later check finds it.
//!
//! A page put back from an older copy carries a good checksum, and SQLite takes it for what it is. What a commit
//! pinned is missing from it, and the journal says so.

use std::collections::HashSet;

use rusqlite::Connection;

use crate::error::Error;
use crate::journal::Hash;

/// Something that a commit writes and that must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pin {
    pub(crate) kind: u8,
    pub(crate) hash: Hash,
}

/// The store's own: a schema step, the end of an earlier incarnation. Nothing to look for.
const OWN: u8 = 0;
const CHANGE: u8 = 1;
const VAULT_KEY: u8 = 2;

/// Kinds whose rows are content-addressed, with the column that names them. Numbers are never used again.
const ADDRESSED: &[(u8, &str, &str)] = &[
    (CHANGE, "change", "hash"),
    (3, "directory_op", "id"),
    (4, "roster_op", "id"),
    (5, "keybox", "id"),
    (6, "record", "id"),
    (9, "audit_entry", "hash"),
];

impl Pin {
    pub(crate) fn own(hash: Hash) -> Self {
        Self { kind: OWN, hash }
    }

    /// A key of a vault, by its name.
    pub(crate) fn vault_key(vault: &[u8; 16], kid: &[u8; 16]) -> Self {
        let hash = crypto::sha256(&[b"mg/pin/vault-key/1", vault, kid]);
        Self {
            kind: VAULT_KEY,
            hash,
        }
    }

    /// A row of a content-addressed table.
    pub(crate) fn addressed(table: &str, hash: Hash) -> Option<Self> {
        let (kind, ..) = ADDRESSED.iter().find(|(_, name, _)| *name == table)?;
        Some(Self { kind: *kind, hash })
    }

    /// The column that names the rows of a content-addressed table.
    pub(crate) fn column(table: &str) -> Option<&'static str> {
        ADDRESSED
            .iter()
            .find(|(_, name, _)| *name == table)
            .map(|(_, _, column)| *column)
    }

    /// The table in which it stands, as a word for scripts.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self.kind {
            OWN => "own",
            VAULT_KEY => "vault_key",
            kind => ADDRESSED
                .iter()
                .find(|(known, ..)| *known == kind)
                .map_or("unknown", |(_, table, _)| table),
        }
    }
}

/// All that the database holds of what can be pinned, and what an order of erasure took out of it.
pub(crate) struct Present(HashSet<Pin>);

impl Present {
    pub(crate) fn read(conn: &Connection) -> Result<Self, Error> {
        let mut pins = HashSet::new();
        for (kind, table, column) in ADDRESSED {
            let mut statement = conn.prepare(&format!("SELECT {column} FROM {table}"))?;
            for hash in statement.query_map([], |row| row.get(0))? {
                pins.insert(Pin {
                    kind: *kind,
                    hash: hash?,
                });
            }
        }
        let mut keys = conn.prepare("SELECT vault, kid FROM vault_key")?;
        for key in keys.query_map([], |row| Ok(Pin::vault_key(&row.get(0)?, &row.get(1)?)))? {
            pins.insert(key?);
        }
        // A store of an earlier step is looked at before it is brought up to date.
        let erases: bool = conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'erased_row')",
            [],
            |row| row.get(0),
        )?;
        if erases {
            let mut erased = conn.prepare("SELECT kind, hash FROM erased_row")?;
            for pin in erased.query_map([], |row| {
                Ok(Pin {
                    kind: row.get(0)?,
                    hash: row.get(1)?,
                })
            })? {
                pins.insert(pin?);
            }
        }
        Ok(Self(pins))
    }

    /// Whether it is there. A kind that only a newer program knows is taken on trust.
    pub(crate) fn holds(&self, pin: &Pin) -> bool {
        matches!(pin.kind(), "own" | "unknown") || self.0.contains(pin)
    }
}
