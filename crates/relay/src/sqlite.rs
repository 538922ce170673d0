//! A hub's store in one folder: SQLite, and beside it the hub's key.
//!
//! ```text
//! hub.db        the database
//! hub.key       the hub's signing key, readable by its owner alone
//! generation    the store's generation and how often it was started, to tell an old copy of the database
//! lock          held by the process that serves
//! ```
//!
//! # Invariants
//!
//! - **Committed means on the disk**: write-ahead log, `synchronous = FULL`.
//! - **One writer at a time**, so that cursors are given in the order of commits.
//! - **An old copy of the database begins a new generation**: it was started less often than `generation` says. An old
//!   copy of the whole folder is told by the readers, who remember the chain.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crypto::sign::SigningKey;
use rusqlite::config::DbConfig;
use rusqlite::types::ToSql;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};
use tokio::sync::broadcast;
use wire::body::Have;
use wire::envelope::{is_stub, stub_of};
use wire::hub::FeedPoint;
use wire::ids::{Device, Hash, Lane, Org};

use crate::plan::{Before, plan};
use crate::store::{
    Carried, Founding, HubStore, Notice, NoticeKind, Piece, PieceCap, Placed, Poke, Pusher,
    StoreError, TicketKind,
};

const SCHEMA: &str = include_str!("../schema/sqlite.sql");
const READERS: usize = 4;
/// Pokes that a slow reader may lag behind.
pub(crate) const POKES: usize = 4096;

/// Whether the process serves, or only leaves something in the folder of one that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Alone in the folder.
    ToServe,
    /// Beside the process that serves.
    Beside,
}

/// The store.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    generation: [u8; 16],
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    pokes: broadcast::Sender<Poke>,
    _lock: Option<File>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore(..)")
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Failed(Box::new(error)),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            Self::Full
        } else {
            Self::Failed(Box::new(error))
        }
    }
}

impl SqliteStore {
    /// Opens the folder, or makes it, and gives the hub's key. `drawn` is taken as generation if one is needed.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] when another process serves it; else as the disk and the database say.
    pub fn open(
        dir: &Path,
        opening: Opening,
        drawn: [u8; 16],
    ) -> Result<(Self, SigningKey), StoreError> {
        fs::create_dir_all(dir)?;
        let lock = match opening {
            Opening::Beside => None,
            Opening::ToServe => {
                let file = OpenOptions::new()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(dir.join("lock"))?;
                file.try_lock().map_err(|_| StoreError::InUse)?;
                Some(file)
            }
        };
        let key = key(&dir.join("hub.key"))?;
        let mut writer = connect(&dir.join("hub.db"))?;
        writer.execute_batch(SCHEMA)?;
        let generation = match opening {
            Opening::Beside => beside(&writer, drawn)?,
            Opening::ToServe => start(&mut writer, &dir.join("generation"), drawn)?,
        };
        let readers = (0..READERS)
            .map(|_| connect(&dir.join("hub.db")))
            .collect::<Result<_, _>>()?;
        let inner = Inner {
            generation,
            writer: Mutex::new(writer),
            readers: Mutex::new(readers),
            pokes: broadcast::Sender::new(POKES),
            _lock: lock,
        };
        Ok((Self(Arc::new(inner)), key))
    }

    /// Begins a new generation, after a restore that nothing else tells.
    ///
    /// # Errors
    ///
    /// As the database says.
    pub fn renew(dir: &Path, drawn: [u8; 16]) -> Result<(), StoreError> {
        let (store, _) = Self::open(dir, Opening::ToServe, drawn)?;
        let writer = store
            .0
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        writer.execute("UPDATE hub SET generation = ?1", [drawn])?;
        let starts = writer.query_row("SELECT starts FROM hub", [], |row| row.get(0))?;
        remember(&dir.join("generation"), drawn, starts)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        blocking(move || {
            let mut writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        blocking(move || {
            let free = |inner: &Inner| {
                let mut readers = inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
                readers.pop()
            };
            let Some(mut reader) = free(&inner) else {
                // All are busy: the writer's connection reads as well.
                let mut writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
                return work(&writer.transaction()?);
            };
            let done = reader
                .transaction()
                .map_err(StoreError::from)
                .and_then(|tx| work(&tx));
            let mut readers = inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
            readers.push(reader);
            done
        })
        .await
    }

    fn poke(&self, org: Org, lanes: impl IntoIterator<Item = Lane>) {
        for lane in lanes {
            // Nobody listening is no fault.
            let _ = self.0.pokes.send(Poke::New { org, lane });
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|gone| StoreError::Failed(Box::new(gone)))?
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.set_prepared_statement_cache_capacity(64);
    // Otherwise each new value of a `LIMIT ?` has its statement prepared anew.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -16384;",
    )?;
    Ok(conn)
}

/// Reads the hub's key, or draws it.
fn key(path: &Path) -> Result<SigningKey, StoreError> {
    match fs::read(path) {
        Ok(bytes) => {
            let bytes: [u8; 32] = bytes.try_into().map_err(|_| StoreError::Damaged)?;
            Ok(SigningKey::from_bytes(bytes))
        }
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
            let key = SigningKey::make();
            // EXPOSE: the hub must be the same after a restart; the file is its owner's alone.
            replace(path, key.expose())?;
            Ok(key)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Writes a file for its owner alone, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn remember(path: &Path, generation: [u8; 16], starts: u64) -> Result<(), StoreError> {
    replace(path, &[&generation[..], &starts.to_be_bytes()].concat())
}

/// What the file beside the database says: generation and starts.
fn remembered(path: &Path) -> Result<Option<([u8; 16], u64)>, StoreError> {
    let bytes = match fs::read(path) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    Ok(bytes.split_first_chunk().and_then(|(generation, starts)| {
        Some((*generation, u64::from_be_bytes(starts.try_into().ok()?)))
    }))
}

/// Counts a start, and begins a new generation when the database is not the one that was started last.
fn start(conn: &mut Connection, beside: &Path, drawn: [u8; 16]) -> Result<[u8; 16], StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let here: Option<([u8; 16], u64)> = tx
        .query_row("SELECT generation, starts FROM hub", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let known = remembered(beside)?;
    let starts = here.map_or(0, |it| it.1).max(known.map_or(0, |it| it.1)) + 1;
    let generation = match (here, known) {
        // Never served before: made by an invitation.
        (Some((generation, 0)), None) => generation,
        (Some((generation, starts)), Some((same, last)))
            if generation == same && starts >= last =>
        {
            generation
        }
        _ => drawn,
    };
    tx.execute("DELETE FROM hub", [])?;
    tx.execute(
        "INSERT INTO hub (generation, starts) VALUES (?1, ?2)",
        params![generation, starts],
    )?;
    tx.commit()?;
    remember(beside, generation, starts)?;
    Ok(generation)
}

fn beside(conn: &Connection, drawn: [u8; 16]) -> Result<[u8; 16], StoreError> {
    conn.execute(
        "INSERT INTO hub (generation, starts) SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM hub)",
        [drawn],
    )?;
    Ok(conn.query_row("SELECT generation FROM hub", [], |row| row.get(0))?)
}

fn one<T>(
    tx: &Transaction<'_>,
    sql: &str,
    values: &[&dyn ToSql],
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(tx.prepare_cached(sql)?.query_row(values, read).optional()?)
}

fn many<T>(
    tx: &Transaction<'_>,
    sql: &str,
    values: &[&dyn ToSql],
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(values, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn run(tx: &Transaction<'_>, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
    Ok(tx.prepare_cached(sql)?.execute(values)?)
}

fn add_notices(tx: &Transaction<'_>, org: Org, notices: &[Notice]) -> Result<(), StoreError> {
    for notice in notices {
        run(
            tx,
            "INSERT INTO notice (org, at, kind, id, bytes)
             SELECT ?1, 1 + coalesce((SELECT max(at) FROM notice WHERE org = ?1), 0), ?2, ?3, ?4
             WHERE true ON CONFLICT (org, id) DO NOTHING",
            &[
                org.as_bytes(),
                &notice.kind.number(),
                notice.id().as_bytes(),
                &notice.bytes,
            ],
        )?;
    }
    Ok(())
}

fn before(
    tx: &Transaction<'_>,
    org: Org,
    pusher: &Pusher,
    records: &[Carried],
    generation: [u8; 16],
) -> Result<Before, StoreError> {
    let mut before = Before {
        sent: one(
            tx,
            "SELECT records FROM sent WHERE org = ?1 AND device = ?2 AND day = ?3",
            &[org.as_bytes(), pusher.device.as_bytes(), &pusher.day],
            |row| row.get(0),
        )?
        .unwrap_or(0),
        bytes: one(
            tx,
            "SELECT bytes FROM office WHERE org = ?1",
            &[org.as_bytes()],
            |row| row.get(0),
        )?
        .ok_or(StoreError::Damaged)?,
        ..Before::default()
    };
    for record in records {
        let known = one(
            tx,
            "SELECT cursor FROM record WHERE org = ?1 AND id = ?2",
            &[org.as_bytes(), record.id().as_bytes()],
            |row| row.get(0),
        )?;
        if let Some(cursor) = known {
            before.known.insert(record.id(), cursor);
        }
    }
    let lanes: BTreeSet<_> = records.iter().map(|record| record.outer().lane).collect();
    for lane in lanes {
        let end = end(tx, org, lane, u64::MAX >> 1, generation)?;
        before.ends.insert(lane, end);
    }
    Ok(before)
}

/// The last point of a feed that does not lie behind the cursor.
fn end(
    tx: &Transaction<'_>,
    org: Org,
    lane: Lane,
    cursor: u64,
    generation: [u8; 16],
) -> Result<FeedPoint, StoreError> {
    let last = one(
        tx,
        "SELECT cursor, chain FROM record WHERE org = ?1 AND lane = ?2 AND cursor <= ?3
         ORDER BY cursor DESC LIMIT 1",
        &[org.as_bytes(), lane.as_bytes(), &cursor],
        |row| {
            Ok(FeedPoint {
                generation,
                cursor: row.get(0)?,
                chain: Hash::new(row.get(1)?),
            })
        },
    )?;
    Ok(last.unwrap_or(FeedPoint::start(generation)))
}

/// Moves what is here of a line without gaps forward over what has come.
fn reach(
    tx: &Transaction<'_>,
    org: Org,
    (lane, device, incarnation): (Lane, Device, u32),
) -> Result<(), StoreError> {
    let line: [&dyn ToSql; 4] = [
        org.as_bytes(),
        lane.as_bytes(),
        device.as_bytes(),
        &incarnation,
    ];
    let reached: u64 = one(
        tx,
        "SELECT seq FROM reached WHERE org = ?1 AND lane = ?2 AND device = ?3 AND incarnation = ?4",
        &line,
        |row| row.get(0),
    )?
    .unwrap_or(0);
    let mut statement = tx.prepare_cached(
        "SELECT seq, id FROM record
         WHERE org = ?1 AND lane = ?2 AND device = ?3 AND incarnation = ?4 AND seq > ?5
         ORDER BY seq, cursor",
    )?;
    let [a, b, c, d] = line;
    let mut rows = statement.query([a, b, c, d, &reached as &dyn ToSql])?;
    let mut last: (u64, Option<[u8; 32]>) = (reached, None);
    while let Some(row) = rows.next()? {
        let seq: u64 = row.get(0)?;
        if seq > last.0 + 1 {
            break;
        }
        if seq == last.0 + 1 {
            last = (seq, Some(row.get(1)?));
        }
    }
    if let (seq, Some(id)) = last {
        run(
            tx,
            "INSERT INTO reached (org, lane, device, incarnation, seq, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (org, lane, device, incarnation) DO UPDATE SET seq = excluded.seq, id = excluded.id",
            &[a, b, c, d, &seq, &id],
        )?;
    }
    Ok(())
}

fn append(
    tx: &Transaction<'_>,
    org: Org,
    pusher: &Pusher,
    records: &[Carried],
    generation: [u8; 16],
) -> Result<Vec<Placed>, StoreError> {
    let before = before(tx, org, pusher, records, generation)?;
    let plan = plan(before, pusher, records, generation);
    let mut lines = BTreeSet::new();
    for row in &plan.rows {
        let outer = row.record.outer();
        run(
            tx,
            "INSERT INTO record (org, lane, cursor, id, chain, device, incarnation, seq, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                org.as_bytes(),
                outer.lane.as_bytes(),
                &row.at.cursor,
                row.record.id().as_bytes(),
                row.at.chain.as_bytes(),
                outer.device.as_bytes(),
                &outer.incarnation,
                &place(outer.seq),
                &row.record.as_bytes(),
            ],
        )?;
        lines.insert((outer.lane, outer.device, outer.incarnation));
    }
    for line in lines {
        reach(tx, org, line)?;
    }
    if !plan.rows.is_empty() {
        run(
            tx,
            "INSERT INTO sent (org, device, day, records) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (org, device, day) DO UPDATE SET records = records + excluded.records",
            &[
                org.as_bytes(),
                pusher.device.as_bytes(),
                &pusher.day,
                &(plan.rows.len() as u64),
            ],
        )?;
        run(
            tx,
            "DELETE FROM sent WHERE org = ?1 AND day < ?2",
            &[org.as_bytes(), &pusher.day.saturating_sub(7)],
        )?;
        run(
            tx,
            "UPDATE office SET bytes = bytes + ?2 WHERE org = ?1",
            &[org.as_bytes(), &plan.bytes],
        )?;
    }
    Ok(plan.placed)
}

fn drop_records(
    tx: &Transaction<'_>,
    org: Org,
    records: &BTreeSet<Hash>,
) -> Result<(u64, u64), StoreError> {
    let (mut now, mut before, mut freed) = (0, 0, 0);
    for id in records {
        let sql = "SELECT bytes FROM record WHERE org = ?1 AND id = ?2";
        let values: &[&dyn ToSql] = &[org.as_bytes(), id.as_bytes()];
        for bytes in many(tx, sql, values, |row| row.get::<_, Vec<u8>>(0))? {
            if is_stub(&bytes) {
                before += 1;
                continue;
            }
            let stub = stub_of(&bytes).ok_or(StoreError::Damaged)?;
            freed += (bytes.len() - stub.len()) as u64;
            now += 1;
            let sql = "UPDATE record SET bytes = ?3 WHERE org = ?1 AND id = ?2";
            run(tx, sql, &[org.as_bytes(), id.as_bytes(), &stub])?;
        }
    }
    let sql = "UPDATE office SET bytes = max(0, bytes - ?2) WHERE org = ?1";
    run(tx, sql, &[org.as_bytes(), &freed])?;
    Ok((now, before))
}

/// A place beyond what the database can count stands behind every gap, and nothing asks for it.
pub(crate) fn place(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

impl HubStore for SqliteStore {
    fn generation(&self) -> [u8; 16] {
        self.0.generation
    }

    fn pokes(&self) -> broadcast::Receiver<Poke> {
        self.0.pokes.subscribe()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|tx| one(tx, "SELECT starts FROM hub", &[], |_| Ok(())).map(|_| ()))
            .await
    }

    async fn invite(&self, code: Hash, until: u64) -> Result<(), StoreError> {
        self.write(move |tx| {
            run(
                tx,
                "INSERT INTO invitation (code, until) VALUES (?1, ?2)",
                &[code.as_bytes(), &until],
            )
            .map(|_| ())
        })
        .await
    }

    async fn found(
        &self,
        code: Hash,
        now: u64,
        org: Org,
        notices: Vec<Notice>,
    ) -> Result<Founding, StoreError> {
        let done = self
            .write(move |tx| {
                let used = run(
                    tx,
                    "UPDATE invitation SET org = ?3 WHERE code = ?1 AND until > ?2 AND coalesce(org, ?3) = ?3",
                    &[code.as_bytes(), &now, org.as_bytes()],
                )?;
                if used == 0 {
                    return Ok(Founding::NoInvitation);
                }
                run(
                    tx,
                    "INSERT INTO office (org, bytes) VALUES (?1, 0) ON CONFLICT DO NOTHING",
                    &[org.as_bytes()],
                )?;
                add_notices(tx, org, &notices)?;
                Ok(Founding::Carried)
            })
            .await?;
        self.poke(org, [Lane::ORG]);
        Ok(done)
    }

    async fn notices(
        &self,
        org: Org,
        after: u64,
    ) -> Result<Option<Vec<(u64, Notice)>>, StoreError> {
        self.read(move |tx| {
            let carried = one(
                tx,
                "SELECT 1 FROM office WHERE org = ?1",
                &[org.as_bytes()],
                |_| Ok(()),
            )?;
            if carried.is_none() {
                return Ok(None);
            }
            let rows = many(
                tx,
                "SELECT at, kind, bytes FROM notice WHERE org = ?1 AND at > ?2 ORDER BY at",
                &[org.as_bytes(), &after],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let notices = rows.into_iter().map(|(at, kind, bytes)| {
                let kind = NoticeKind::from_number(kind).ok_or(StoreError::Damaged)?;
                Ok((at, Notice { kind, bytes }))
            });
            notices.collect::<Result<_, _>>().map(Some)
        })
        .await
    }

    async fn office_of(&self, id: Hash) -> Result<Option<Org>, StoreError> {
        self.read(move |tx| {
            let sql = "SELECT org FROM notice WHERE id = ?1 AND kind = 3";
            Ok(one(tx, sql, &[id.as_bytes()], |row| row.get(0))?.map(Org::new))
        })
        .await
    }

    async fn add_notices(&self, org: Org, notices: Vec<Notice>) -> Result<(), StoreError> {
        self.write(move |tx| add_notices(tx, org, &notices)).await?;
        self.poke(org, [Lane::ORG]);
        Ok(())
    }

    async fn append(
        &self,
        org: Org,
        pusher: Pusher,
        records: Vec<Carried>,
    ) -> Result<Vec<Placed>, StoreError> {
        let generation = self.0.generation;
        let lanes: BTreeSet<_> = records.iter().map(|record| record.outer().lane).collect();
        let placed = self
            .write(move |tx| append(tx, org, &pusher, &records, generation))
            .await?;
        if placed
            .iter()
            .any(|it| matches!(it, Placed::At { new: true, .. }))
        {
            self.poke(org, lanes);
        }
        Ok(placed)
    }

    async fn drop_records(
        &self,
        org: Org,
        records: BTreeSet<Hash>,
    ) -> Result<(u64, u64), StoreError> {
        self.write(move |tx| drop_records(tx, org, &records)).await
    }

    async fn feed(
        &self,
        org: Org,
        lane: Lane,
        cursor: u64,
        cap: PieceCap,
    ) -> Result<Piece, StoreError> {
        let generation = self.0.generation;
        self.read(move |tx| {
            let from = end(tx, org, lane, cursor.min(u64::MAX >> 1), generation)?;
            let mut statement = tx.prepare_cached(
                "SELECT bytes FROM record WHERE org = ?1 AND lane = ?2 AND cursor > ?3
                 ORDER BY cursor LIMIT ?4",
            )?;
            let mut rows = statement.query(params![
                org.as_bytes(),
                lane.as_bytes(),
                from.cursor,
                cap.records as u64 + 1
            ])?;
            let (mut records, mut bytes) = (Vec::<Vec<u8>>::new(), 0);
            while let Some(row) = rows.next()? {
                let record: Vec<u8> = row.get(0)?;
                bytes += record.len();
                if records.len() == cap.records || (bytes > cap.bytes && !records.is_empty()) {
                    return Ok(Piece {
                        from,
                        records,
                        more: true,
                    });
                }
                records.push(record);
            }
            Ok(Piece {
                from,
                records,
                more: false,
            })
        })
        .await
    }

    async fn haves(&self, org: Org, lane: Lane) -> Result<BTreeSet<Have>, StoreError> {
        self.read(move |tx| {
            let rows = many(
                tx,
                "SELECT device, incarnation, seq, id FROM reached WHERE org = ?1 AND lane = ?2",
                &[org.as_bytes(), lane.as_bytes()],
                |row| {
                    Ok(Have {
                        lane,
                        device: Device::new(row.get(0)?),
                        incarnation: row.get(1)?,
                        seq: row.get(2)?,
                        record: Hash::new(row.get(3)?),
                    })
                },
            )?;
            Ok(rows.into_iter().collect())
        })
        .await
    }

    async fn charge(&self, org: Org, bytes: u64, office_bytes: u64) -> Result<bool, StoreError> {
        self.write(move |tx| {
            run(
                tx,
                "UPDATE office SET bytes = bytes + ?2 WHERE org = ?1 AND bytes + ?2 <= ?3",
                &[org.as_bytes(), &bytes, &office_bytes],
            )
            .map(|changed| changed == 1)
        })
        .await
    }

    async fn refund(&self, org: Org, bytes: u64) -> Result<(), StoreError> {
        self.write(move |tx| {
            run(
                tx,
                "UPDATE office SET bytes = max(bytes - ?2, 0) WHERE org = ?1",
                &[org.as_bytes(), &bytes],
            )
            .map(|_| ())
        })
        .await
    }

    async fn give_ticket(
        &self,
        org: Org,
        kind: TicketKind,
        digest: Hash,
        device: Device,
        until: u64,
        now: u64,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            run(
                tx,
                "DELETE FROM ticket WHERE org = ?1 AND until <= ?2",
                &[org.as_bytes(), &now],
            )?;
            run(
                tx,
                "INSERT INTO ticket (org, kind, digest, device, until) VALUES (?1, ?2, ?3, ?4, ?5)",
                &[
                    org.as_bytes(),
                    &kind.number(),
                    digest.as_bytes(),
                    device.as_bytes(),
                    &until,
                ],
            )
            .map(|_| ())
        })
        .await
    }

    async fn take_challenge(
        &self,
        org: Org,
        digest: Hash,
        now: u64,
    ) -> Result<Option<Device>, StoreError> {
        self.write(move |tx| {
            one(
                tx,
                "DELETE FROM ticket WHERE org = ?1 AND kind = ?2 AND digest = ?3 AND until > ?4
                 RETURNING device",
                &[
                    org.as_bytes(),
                    &TicketKind::Challenge.number(),
                    digest.as_bytes(),
                    &now,
                ],
                |row| Ok(Device::new(row.get(0)?)),
            )
        })
        .await
    }

    async fn token(
        &self,
        org: Org,
        digest: Hash,
        now: u64,
    ) -> Result<Option<(Device, u64)>, StoreError> {
        self.read(move |tx| {
            one(
                tx,
                "SELECT device, until FROM ticket WHERE org = ?1 AND kind = ?2 AND digest = ?3 AND until > ?4",
                &[
                    org.as_bytes(),
                    &TicketKind::Token.number(),
                    digest.as_bytes(),
                    &now,
                ],
                |row| Ok((Device::new(row.get(0)?), row.get(1)?)),
            )
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(dir: &Path, drawn: u8) -> [u8; 16] {
        let (store, _) = SqliteStore::open(dir, Opening::ToServe, [drawn; 16]).unwrap();
        store.generation()
    }

    #[test]
    fn a_restart_keeps_the_generation_and_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let (first, key) = SqliteStore::open(dir.path(), Opening::ToServe, [1; 16]).unwrap();
        assert!(matches!(
            SqliteStore::open(dir.path(), Opening::ToServe, [2; 16]),
            Err(StoreError::InUse)
        ));
        drop(first);
        let (second, same) = SqliteStore::open(dir.path(), Opening::ToServe, [2; 16]).unwrap();
        assert_eq!(second.generation(), [1; 16]);
        assert_eq!(same.public(), key.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(dir.path().join("hub.key"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn an_old_copy_of_the_database_begins_a_new_generation() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(generation(dir.path(), 1), [1; 16]);
        let copy = fs::read(dir.path().join("hub.db")).unwrap();
        // Red control: without a start in between, nothing says that it is a copy.
        fs::write(dir.path().join("hub.db"), &copy).unwrap();
        assert_eq!(generation(dir.path(), 2), [1; 16]);
        fs::write(dir.path().join("hub.db"), &copy).unwrap();
        assert_eq!(generation(dir.path(), 3), [3; 16]);
        assert_eq!(generation(dir.path(), 4), [3; 16]);
        fs::remove_file(dir.path().join("hub.db")).unwrap();
        assert_eq!(generation(dir.path(), 5), [5; 16]);
    }

    #[test]
    fn an_invitation_made_first_does_not_change_the_generation() {
        let dir = tempfile::tempdir().unwrap();
        drop(SqliteStore::open(dir.path(), Opening::Beside, [1; 16]).unwrap());
        assert_eq!(generation(dir.path(), 2), [1; 16]);
        SqliteStore::renew(dir.path(), [3; 16]).unwrap();
        assert_eq!(generation(dir.path(), 4), [3; 16]);
    }
}
