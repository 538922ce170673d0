//! Projections: what lists are drawn from, so that no document is opened to draw one.
//!
//! Each row is a function of one merged document. `verify --rebuild` empties the table and fills it
//! again to the same rows. Documents of restricted vaults have none; what this session opened of them has its rows in
//! a temporary table, which single rows and the pages of opened households are drawn from as well, lists never.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionRow {
    /// What it is, as `household`.
    pub kind: String,
    /// Unique within its kind.
    pub id: String,
    /// The document it is made from.
    pub doc: [u8; 16],
    /// The household it belongs to.
    pub household: Option<[u8; 16]>,
    /// What lists filter by.
    pub state: String,
    /// What lists are ordered by.
    pub sort: String,
    /// The version of the document it is made from.
    pub version: String,
    /// JSON; its shape belongs to `app`.
    pub view: String,
}

const COLUMNS: &str = "kind, id, doc, household, state, sort, version, view";

/// The vault that an opened household lives in, where that is a restricted one.
const HOME: &str =
    "(SELECT h.vault FROM opened_projection AS h WHERE h.doc = ?1 AND h.kind = 'household')";

/// What a list says of a household beside the household's own row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belongings {
    /// The rows of its members, in the order of their sort keys.
    pub members: Vec<MemberRow>,
    /// The sort key of its newest note.
    pub newest_note: Option<String>,
    /// How many of its points two people saw differently.
    pub conflicts: u32,
}

/// A member, as far as lists need one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The person's document.
    pub doc: [u8; 16],
    /// JSON; its shape belongs to `app`.
    pub view: String,
}

/// One statement for a whole page: the members of the asked households, then one line each of what is only counted.
/// Notes and conflicts are told from the index alone. Left to itself, SQLite would walk through all members of the office
/// for each household.
const BELONGINGS: &str = "
    WITH asked(household) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?1)),
         home(household, vault) AS MATERIALIZED (
           SELECT h.doc, h.vault FROM asked AS a CROSS JOIN opened_projection AS h INDEXED BY opened_by_doc
           ON h.doc = a.household AND h.kind = 'household')
    SELECT p.household, p.doc, p.view, NULL, 0, p.sort, p.id
      FROM asked AS a CROSS JOIN projection AS p INDEXED BY projection_by_household
      ON p.household = a.household AND p.kind = 'member'
    UNION ALL
    SELECT p.household, p.doc, p.view, NULL, 0, p.sort, p.id
      FROM home AS h CROSS JOIN opened_projection AS p INDEXED BY opened_by_household
      ON p.household = h.household AND p.kind = 'member' AND p.vault = h.vault
    UNION ALL
    SELECT a.household, NULL, NULL,
           (SELECT max(p.sort) FROM projection AS p INDEXED BY projection_by_household
             WHERE p.household = a.household AND p.kind = 'note'),
           (SELECT count(*) FROM projection AS p INDEXED BY projection_by_household
             WHERE p.household = a.household AND p.kind = 'conflict'),
           '', ''
      FROM asked AS a
    UNION ALL
    SELECT h.household, NULL, NULL,
           (SELECT max(p.sort) FROM opened_projection AS p INDEXED BY opened_by_household
             WHERE p.household = h.household AND p.kind = 'note' AND p.vault = h.vault),
           (SELECT count(*) FROM opened_projection AS p INDEXED BY opened_by_household
             WHERE p.household = h.household AND p.kind = 'conflict' AND p.vault = h.vault),
           '', ''
      FROM home AS h
    ORDER BY 6, 7";

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<ProjectionRow> {
    Ok(ProjectionRow {
        kind: r.get(0)?,
        id: r.get(1)?,
        doc: r.get(2)?,
        household: r.get(3)?,
        state: r.get(4)?,
        sort: r.get(5)?,
        version: r.get(6)?,
        view: r.get(7)?,
    })
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest sort key first.
    Ascending,
    /// Largest sort key first.
    Descending,
}

impl Reader<'_> {
    /// One row.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn projection(&self, kind: &str, id: &str) -> Result<Option<ProjectionRow>, Error> {
        Ok(self
            .conn()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM projection WHERE kind = ?1 AND id = ?2
                 UNION ALL SELECT {COLUMNS} FROM opened_projection WHERE kind = ?1 AND id = ?2 LIMIT 1"
            ))?
            .query_row(params![kind, id], row)
            .optional()?)
    }

    /// A page of one kind, of one state or of any, behind the cursor `(sort, id)`.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn projections(
        &self,
        kind: &str,
        state: Option<&str>,
        order: Order,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<ProjectionRow>, Error> {
        let (sign, direction) = match order {
            Order::Ascending => (">", "ASC"),
            Order::Descending => ("<", "DESC"),
        };
        // Two plain statements: an `OR` over the optional state would keep SQLite from the index.
        let filter = if state.is_some() {
            "state = ?2"
        } else {
            "?2 IS NULL"
        };
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projection WHERE kind = ?1 AND {filter}
             AND (?3 IS NULL OR (sort, id) {sign} (?3, ?4))
             ORDER BY sort {direction}, id {direction} LIMIT ?5"
        ))?;
        let (sort, id) = after.unzip();
        let rows = statement.query_map(params![kind, state, sort, id, limit], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All rows of one kind that belong to a household, in the order of their sort keys.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn household_projections(
        &self,
        household: &[u8; 16],
        kind: &str,
        order: Order,
        limit: u32,
    ) -> Result<Vec<ProjectionRow>, Error> {
        let direction = match order {
            Order::Ascending => "ASC",
            Order::Descending => "DESC",
        };
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projection WHERE household = ?1 AND kind = ?2
             UNION ALL SELECT {COLUMNS} FROM opened_projection WHERE household = ?1 AND kind = ?2 AND vault = {HOME}
             ORDER BY sort {direction}, id {direction} LIMIT ?3"
        ))?;
        let rows = statement.query_map(params![household, kind, limit], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Rows of one kind that belong to a household and lie in restricted vaults beside it that this session opened,
    /// newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn opened_beside(
        &self,
        household: &[u8; 16],
        kind: &str,
    ) -> Result<Vec<ProjectionRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM opened_projection WHERE household = ?1 AND kind = ?2 AND vault IS NOT {HOME}
             ORDER BY sort DESC, id DESC"
        ))?;
        let rows = statement.query_map(params![household, kind], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The links at one end; with `opened`, also those of restricted vaults that this session opened.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn links_at(&self, end: &str, opened: bool) -> Result<Vec<ProjectionRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projection WHERE kind = 'link' AND state = ?1
             UNION ALL SELECT {COLUMNS} FROM opened_projection WHERE kind = 'link' AND state = ?1 AND ?2"
        ))?;
        let rows = statement.query_map(params![end, opened], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Rows of the kind `alike` whose state also stands in a row of another household, at most `limit` of them: of the
    /// whole office, or of the states that one household has. Restricted vaults have no such rows.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn alike(
        &self,
        household: Option<&[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ProjectionRow>, Error> {
        let states = match household {
            Some(_) => "SELECT state FROM projection WHERE household = ?1 AND kind = 'alike'",
            None => {
                "SELECT state FROM projection WHERE kind = 'alike' AND ?1 IS NULL
                 GROUP BY state HAVING min(sort) < max(sort)"
            }
        };
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projection WHERE kind = 'alike' AND state IN ({states})
             ORDER BY state, sort, id LIMIT ?2"
        ))?;
        let rows = statement.query_map(params![household, limit], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many rows of a kind there are.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn count_projections(&self, kind: &str) -> Result<u32, Error> {
        Ok(self
            .conn()
            .prepare_cached("SELECT count(*) FROM projection WHERE kind = ?1")?
            .query_row(params![kind], |r| r.get(0))?)
    }

    /// What belongs to each of these households, in one statement.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn belongings(
        &self,
        households: &[[u8; 16]],
    ) -> Result<BTreeMap<[u8; 16], Belongings>, Error> {
        let asked: Vec<String> = households.iter().map(hex).collect();
        let mut found: BTreeMap<[u8; 16], Belongings> = BTreeMap::new();
        let mut statement = self.conn().prepare_cached(BELONGINGS)?;
        let mut rows = statement.query(params![format!("[{}]", asked.join(","))])?;
        while let Some(r) = rows.next()? {
            let of = found.entry(r.get(0)?).or_default();
            match r.get(1)? {
                Some(doc) => of.members.push(MemberRow {
                    doc,
                    view: r.get(2)?,
                }),
                None => {
                    let newest: Option<String> = r.get(3)?;
                    of.newest_note = newest.max(of.newest_note.take());
                    of.conflicts += r.get::<_, u32>(4)?;
                }
            }
        }
        Ok(found)
    }

    /// The rows of one document, of one kind or (with an empty kind) of all.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn projections_of(&self, doc: &[u8; 16], kind: &str) -> Result<Vec<ProjectionRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projection WHERE doc = ?1 AND (?2 = '' OR kind = ?2)
             UNION ALL SELECT {COLUMNS} FROM opened_projection WHERE doc = ?1 AND (?2 = '' OR kind = ?2)
             ORDER BY kind, sort, id"
        ))?;
        let rows = statement.query_map(params![doc, kind], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The areas that households and intakes name, the most frequent first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn areas(&self, limit: u32) -> Result<Vec<String>, Error> {
        let mut statement = self.conn().prepare_cached(
            "SELECT json_extract(view, '$.area_id') AS area FROM projection
             WHERE kind IN ('household', 'intake') AND area IS NOT NULL
             GROUP BY area ORDER BY count(*) DESC, area LIMIT ?1",
        )?;
        let areas = statement.query_map([limit], |row| row.get(0))?;
        Ok(areas.collect::<Result<_, _>>()?)
    }

    /// Every row, for comparing a rebuild with what stood before.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn all_projections(&self) -> Result<Vec<ProjectionRow>, Error> {
        let mut statement = self.conn().prepare_cached(&format!(
            "SELECT {COLUMNS} FROM projection ORDER BY kind, id"
        ))?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A JSON string of hexadecimal digits.
fn hex(id: &[u8; 16]) -> String {
    id.iter()
        .fold("\"".to_owned(), |text, byte| text + &format!("{byte:02x}"))
        + "\""
}

impl Transaction<'_> {
    /// Replaces all rows of one document.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn replace_projections(&self, doc: &[u8; 16], rows: &[ProjectionRow]) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM projection WHERE doc = ?1")?
            .execute(params![doc])?;
        let mut insert = self.conn().prepare_cached(&format!(
            "INSERT OR REPLACE INTO projection ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        ))?;
        for row in rows {
            insert.execute(params![
                row.kind,
                row.id,
                row.doc,
                row.household,
                row.state,
                row.sort,
                row.version,
                row.view
            ])?;
        }
        Ok(())
    }

    /// Replaces all rows of one document of a restricted vault that this session opened.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn replace_opened(
        &self,
        vault: &[u8; 16],
        doc: &[u8; 16],
        rows: &[ProjectionRow],
    ) -> Result<(), Error> {
        self.conn()
            .prepare_cached("DELETE FROM opened_projection WHERE doc = ?1")?
            .execute(params![doc])?;
        let mut insert = self.conn().prepare_cached(&format!(
            "INSERT OR REPLACE INTO opened_projection ({COLUMNS}, vault) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        ))?;
        for row in rows {
            insert.execute(params![
                row.kind,
                row.id,
                row.doc,
                row.household,
                row.state,
                row.sort,
                row.version,
                row.view,
                vault
            ])?;
        }
        Ok(())
    }

    /// Empties the table before a rebuild.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn clear_projections(&self) -> Result<(), Error> {
        self.conn().execute("DELETE FROM projection", [])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    /// How SQLite goes about a statement, line by line.
    fn plan(store: &Store, statement: &str) -> Vec<String> {
        store
            .read(|reader| {
                let mut explained = reader
                    .conn()
                    .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))?;
                let lines = explained.query_map(["[]"], |r| r.get(3))?;
                Ok::<_, Error>(lines.collect::<Result<_, _>>()?)
            })
            .unwrap()
    }

    fn walks_through_a_kind(plan: &[String]) -> bool {
        plan.iter().any(|line| line.contains("(kind=?)"))
    }

    #[test]
    fn a_page_of_the_list_costs_the_same_however_large_the_office_is() {
        let store = Store::ephemeral().unwrap();
        let own = plan(&store, BELONGINGS);
        assert!(
            own.iter()
                .any(|line| line.contains("(household=? AND kind=?)")),
            "{own:?}"
        );
        assert!(!walks_through_a_kind(&own), "{own:?}");
        // Red control: without the index named, it does.
        let left_to_itself = BELONGINGS
            .replace("INDEXED BY projection_by_household", "")
            .replace("INDEXED BY opened_by_household", "");
        let left = plan(&store, &left_to_itself);
        assert!(walks_through_a_kind(&left), "{left:?}");
    }
}
