//! Files of bundles that this device wrote or took in, and which records are in them.

use rusqlite::{OptionalExtension, params};

use crate::{Error, Reader, Transaction};

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// SHA-256 of what stands in clear at its beginning.
    pub head: [u8; 32],
    /// Its bytes.
    pub length: u64,
    /// When it was written or taken in, ms.
    pub at: i64,
    /// SHA-256 over the directory operations in it.
    pub directory: [u8; 32],
    /// Which records are in it.
    pub runs: Vec<RunRow>,
}

/// Places of one device's chain without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRow {
    /// The lane.
    pub lane: [u8; 16],
    /// The author.
    pub device: [u8; 16],
    /// The author's incarnation.
    pub incarnation: u32,
    /// The first place.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Over the names of the records.
    pub digest: [u8; 32],
}

fn number(r: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(r.get::<_, i64>(at)?).unwrap_or_default())
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Reader<'_> {
    /// A file that was written or taken in here.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub fn bundle_file(&self, head: &[u8; 32]) -> Result<Option<FileRow>, Error> {
        let file = self
            .conn()
            .prepare_cached("SELECT length, at, directory FROM bundle_file WHERE head = ?1")?
            .query_row(params![head], |r| {
                Ok(FileRow {
                    head: *head,
                    length: number(r, 0)?,
                    at: r.get(1)?,
                    directory: r.get(2)?,
                    runs: Vec::new(),
                })
            })
            .optional()?;
        let Some(mut file) = file else {
            return Ok(None);
        };
        let mut statement = self.conn().prepare_cached(
            "SELECT lane, device, incarnation, first, last, digest FROM bundle_run WHERE head = ?1
             ORDER BY lane, device, incarnation, first",
        )?;
        let runs = statement.query_map(params![head], |r| {
            Ok(RunRow {
                lane: r.get(0)?,
                device: r.get(1)?,
                incarnation: r.get(2)?,
                first: number(r, 3)?,
                last: number(r, 4)?,
                digest: r.get(5)?,
            })
        })?;
        file.runs = runs.collect::<Result<_, _>>()?;
        Ok(Some(file))
    }
}

impl Transaction<'_> {
    /// Takes note of a file; a known one stays as it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be written.
    pub fn put_bundle_file(&self, row: &FileRow) -> Result<(), Error> {
        let added = self
            .conn()
            .prepare_cached(
                "INSERT INTO bundle_file (head, length, at, directory) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![row.head, stored(row.length), row.at, row.directory])?;
        if added == 0 {
            return Ok(());
        }
        let mut statement = self.conn().prepare_cached(
            "INSERT INTO bundle_run (head, lane, device, incarnation, first, last, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for run in &row.runs {
            statement.execute(params![
                row.head,
                run.lane,
                run.device,
                run.incarnation,
                stored(run.first),
                stored(run.last),
                run.digest
            ])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn a_file_reads_back_with_its_runs_and_stays_as_it_was() {
        let mut store = Store::ephemeral().unwrap();
        let run = |first, last| RunRow {
            lane: [1; 16],
            device: [2; 16],
            incarnation: 3,
            first,
            last,
            digest: [4; 32],
        };
        let file = FileRow {
            head: [5; 32],
            length: 1 << 40,
            at: 6,
            directory: [7; 32],
            runs: vec![run(1, 4), run(9, 9)],
        };
        let again = FileRow {
            runs: vec![run(1, 2)],
            ..file.clone()
        };
        let read = |store: &Store, head| store.read(|reader| reader.bundle_file(&head)).unwrap();
        store.transact(|tx| tx.put_bundle_file(&file)).unwrap();
        store.transact(|tx| tx.put_bundle_file(&again)).unwrap();
        assert_eq!(read(&store, [5; 32]), Some(file));
        assert_eq!(read(&store, [6; 32]), None);
    }
}
