//! The search index: bigrams in FTS5, made from folded text by `domain::fold`.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::params;

use crate::{Error, Reader, Transaction};

/// One searchable text of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchEntry {
    /// `household`, `member`, `note`, `intake`, `memo`.
    pub kind: String,
    /// The document it is made from.
    pub doc: [u8; 16],
    /// The household it belongs to.
    pub household: Option<[u8; 16]>,
    /// Names (0) come before texts (1).
    pub rank: u8,
    /// Newest first within a rank, ms.
    pub at: i64,
    /// The words as they were written, for the snippet.
    pub text: String,
    /// Folded bigrams.
    pub tokens: String,
    /// Folded sound keys of names; empty for texts.
    pub sounds: String,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRow {
    /// As in [`SearchEntry`].
    pub kind: String,
    /// The document.
    pub doc: [u8; 16],
    /// The household it belongs to.
    pub household: Option<[u8; 16]>,
    /// The words as they were written.
    pub text: String,
}

/// One text with what both indexes hold about it, for comparing a rebuild with what stood before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexedRow {
    /// As in [`SearchEntry`]; empty where an index holds words of a text that is not there.
    pub kind: String,
    /// The document.
    pub doc: Vec<u8>,
    /// The household it belongs to.
    pub household: Option<Vec<u8>>,
    /// As in [`SearchEntry`].
    pub rank: i64,
    /// As in [`SearchEntry`].
    pub at: i64,
    /// The words as they were written.
    pub text: String,
    /// A digest of the tokens and their places in the exact index; 0 where it holds none.
    pub exact: u64,
    /// The same of the index of sounds.
    pub sound: u64,
}

/// Where entries stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// On the disk, for everybody who uses this device.
    Open,
    /// In memory: restricted vaults that this session opened.
    Opened,
}

impl Shelf {
    /// The tables of entries, words and sounds.
    const fn tables(self) -> [&'static str; 3] {
        match self {
            Self::Open => ["search_entry", "search_index", "sound_index"],
            Self::Opened => ["opened_entry", "opened_search_index", "opened_sound_index"],
        }
    }
}

/// Which index to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Exact, after folding.
    Exact,
    /// By near sound; hits are guesses.
    Sound,
}

impl Reader<'_> {
    /// Asks the index; what this session opened of restricted vaults comes first. `query` is an FTS5 expression made by `app` from `domain::fold`'s phrases.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn search(&self, index: Index, query: &str, limit: u32) -> Result<Vec<SearchRow>, Error> {
        let mut found = Vec::new();
        for shelf in [Shelf::Opened, Shelf::Open] {
            let [entries, words, sounds] = shelf.tables();
            let table = match index {
                Index::Exact => words,
                Index::Sound => sounds,
            };
            let mut statement = self.conn().prepare_cached(&format!(
                "SELECT e.kind, e.doc, e.household, e.text FROM {table} AS i JOIN {entries} AS e ON e.id = i.rowid
                 WHERE i.tokens MATCH ?1 ORDER BY e.rank, e.at DESC, e.id DESC LIMIT ?2"
            ))?;
            let rows = statement.query_map(params![query, limit], |r| {
                Ok(SearchRow {
                    kind: r.get(0)?,
                    doc: r.get(1)?,
                    household: r.get(2)?,
                    text: r.get(3)?,
                })
            })?;
            found.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// Every text and what the indexes hold, in an order that does not depend on when each was written.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn all_indexed(&self) -> Result<Vec<IndexedRow>, Error> {
        let mut exact = self.tokens("search_index")?;
        let mut sound = self.tokens("sound_index")?;
        let mut statement = self
            .conn()
            .prepare_cached("SELECT id, kind, doc, household, rank, at, text FROM search_entry")?;
        let rows = statement.query_map([], |r| {
            let id: i64 = r.get(0)?;
            Ok(IndexedRow {
                kind: r.get(1)?,
                doc: r.get(2)?,
                household: r.get(3)?,
                rank: r.get(4)?,
                at: r.get(5)?,
                text: r.get(6)?,
                exact: exact.remove(&id).unwrap_or_default(),
                sound: sound.remove(&id).unwrap_or_default(),
            })
        })?;
        let mut all: Vec<IndexedRow> = rows.collect::<Result<_, _>>()?;
        let orphan = |exact, sound| IndexedRow {
            kind: String::new(),
            doc: Vec::new(),
            household: None,
            rank: 0,
            at: 0,
            text: String::new(),
            exact,
            sound,
        };
        all.extend(exact.into_values().map(|digest| orphan(digest, 0)));
        all.extend(sound.into_values().map(|digest| orphan(0, digest)));
        all.sort();
        Ok(all)
    }

    /// The digest of each text's tokens. The index has no content of its own to compare with, so it is read term by
    /// term; a sum, because the terms of one text come in no order of its own.
    fn tokens(&self, index: &str) -> Result<BTreeMap<i64, u64>, Error> {
        self.conn().execute_batch(&format!(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_terms USING fts5vocab(main, {index}, instance)"
        ))?;
        let mut statement = self
            .conn()
            .prepare(&format!("SELECT doc, term, offset FROM temp.{index}_terms"))?;
        let mut rows = statement.query([])?;
        let mut digests: BTreeMap<i64, u64> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let mut hasher = DefaultHasher::new();
            (
                row.get_ref(1)?.as_bytes().unwrap_or_default(),
                row.get::<_, i64>(2)?,
            )
                .hash(&mut hasher);
            let digest = digests.entry(row.get(0)?).or_default();
            *digest = digest.wrapping_add(hasher.finish());
        }
        Ok(digests)
    }
}

impl Transaction<'_> {
    /// Replaces the entries of one document.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn replace_search(
        &self,
        shelf: Shelf,
        doc: &[u8; 16],
        entries: &[SearchEntry],
    ) -> Result<(), Error> {
        let [entry_table, words, sounds] = shelf.tables();
        let old: Vec<i64> = {
            let mut statement = self
                .conn()
                .prepare_cached(&format!("SELECT id FROM {entry_table} WHERE doc = ?1"))?;
            let rows = statement.query_map(params![doc], |r| r.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for id in old {
            for (table, key) in [(words, "rowid"), (sounds, "rowid"), (entry_table, "id")] {
                self.conn()
                    .prepare_cached(&format!("DELETE FROM {table} WHERE {key} = ?1"))?
                    .execute(params![id])?;
            }
        }
        for entry in entries {
            self.conn()
                .prepare_cached(&format!(
                    "INSERT INTO {entry_table} (kind, doc, household, rank, at, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                ))?
                .execute(params![
                    entry.kind,
                    entry.doc,
                    entry.household,
                    entry.rank,
                    entry.at,
                    entry.text
                ])?;
            let id = self.conn().last_insert_rowid();
            for (table, tokens) in [(words, &entry.tokens), (sounds, &entry.sounds)] {
                if table == words || !tokens.is_empty() {
                    self.conn()
                        .prepare_cached(&format!(
                            "INSERT INTO {table} (rowid, tokens) VALUES (?1, ?2)"
                        ))?
                        .execute(params![id, tokens])?;
                }
            }
        }
        Ok(())
    }

    /// Empties both indexes before a rebuild.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn clear_search(&self) -> Result<(), Error> {
        for table in ["search_index", "sound_index"] {
            self.conn().execute(
                &format!("INSERT INTO {table}({table}) VALUES('delete-all')"),
                [],
            )?;
        }
        self.conn().execute("DELETE FROM search_entry", [])?;
        Ok(())
    }
}
