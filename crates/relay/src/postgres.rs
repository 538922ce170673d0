//! A hub's store in PostgreSQL, for any number of processes.
//!
//! # Invariants
//!
//! - **Who writes for an office locks its row first**, so that cursors are given in the order of commits, and a record
//!   that two processes receive at once is stored once.
//! - **`synchronous_commit` is on**, whatever the server's default is.
//! - **Pokes travel by `NOTIFY`**, in the transaction that they tell of.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crypto::sign::SigningKey;
use deadpool_postgres::{
    GenericClient, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Transaction,
};
use futures_util::{StreamExt, pin_mut};
use tokio::sync::{broadcast, oneshot};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Config, NoTls, Row, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::ClientConfig;
use wire::body::Have;
use wire::envelope::{is_stub, stub_of};
use wire::hub::FeedPoint;
use wire::ids::{Device, Hash, Lane, Org};

use crate::plan::{Before, plan};
use crate::sqlite::{POKES, place};
use crate::store::{
    Carried, Founding, HubStore, Notice, NoticeKind, Piece, PieceCap, Placed, Poke, Pusher,
    StoreError, TicketKind,
};

const SCHEMA: &str = include_str!("../schema/postgres.sql");
/// Held while the tables are made, so that two first processes do not make them at once.
const SCHEMA_LOCK: i64 = 0x006d_6768_7562;
const CONNECTIONS: usize = 16;
/// Places of a line that are looked at together.
const AT_ONCE: u64 = 1000;

/// The store.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    generation: [u8; 16],
    pokes: broadcast::Sender<Poke>,
    _listener: Arc<Listener>,
}

/// The task that hears the pokes of all processes; ends with the last store.
struct Listener(tokio::task::JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresStore(..)")
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::DISK_FULL) {
            Self::Full
        } else {
            Self::Failed(Box::new(error))
        }
    }
}

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The rows of a statement. Each is prepared once for each connection.
async fn all(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, values).await?)
}

/// Its one row, if there is one.
async fn one(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Option<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, values).await?)
}

/// How many rows it changed.
async fn change(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<u64, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, values).await?)
}

/// Whether an address asks for TLS (`sslmode=require`).
#[must_use]
pub fn asks_for_tls(url: &str) -> bool {
    url.parse::<Config>()
        .is_ok_and(|config| config.get_ssl_mode() == SslMode::Require)
}

impl PostgresStore {
    /// Opens the database, or makes its tables, and gives the hub's key. `drawn` is taken as generation if one is
    /// needed. With `tls` nothing is said that is not encrypted to a server that it trusts.
    ///
    /// # Errors
    ///
    /// As the database says.
    pub async fn open(
        url: &str,
        tls: Option<ClientConfig>,
        drawn: [u8; 16],
    ) -> Result<(Self, SigningKey), StoreError> {
        let mut config: Config = url.parse()?;
        config.connect_timeout(Duration::from_secs(10));
        match tls {
            None => Self::open_by(config, NoTls, drawn).await,
            Some(tls) => {
                config.ssl_mode(SslMode::Require);
                Self::open_by(config, MakeRustlsConnect::new(tls), drawn).await
            }
        }
    }

    async fn open_by<T>(
        config: Config,
        tls: T,
        drawn: [u8; 16],
    ) -> Result<(Self, SigningKey), StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
        T::Stream: Sync + Send,
        T::TlsConnect: Sync + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Verified,
        };
        let manager = Manager::from_config(config.clone(), tls.clone(), manager);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(Duration::from_secs(20)))
            .create_timeout(Some(Duration::from_secs(10)))
            .build()
            .map_err(|error| StoreError::Failed(Box::new(error)))?;
        let (generation, key) = prepare(&mut connection(&pool).await?, drawn).await?;
        let pokes = broadcast::Sender::new(POKES);
        let (ready, listens) = oneshot::channel();
        let listener = Listener(tokio::spawn(listen(config, tls, pokes.clone(), ready)));
        let listening = tokio::time::timeout(Duration::from_secs(20), listens).await;
        listening
            .map_err(|late| StoreError::Failed(Box::new(late)))?
            .map_err(|gone| StoreError::Failed(Box::new(gone)))?;
        let store = Self {
            pool,
            generation,
            pokes,
            _listener: Arc::new(listener),
        };
        Ok((store, key))
    }

    /// Begins a new generation, after a restore. Processes that are running must be started anew.
    ///
    /// # Errors
    ///
    /// As the database says.
    pub async fn renew(
        url: &str,
        tls: Option<ClientConfig>,
        drawn: [u8; 16],
    ) -> Result<(), StoreError> {
        let (store, _) = Self::open(url, tls, drawn).await?;
        let sql = "UPDATE hub SET generation = $1";
        let values: Values<'_> = &[&drawn.as_slice()];
        change(&connection(&store.pool).await?, sql, values).await?;
        Ok(())
    }
}

async fn connection(pool: &Pool) -> Result<Object, StoreError> {
    let object = pool.get().await;
    object.map_err(|error| StoreError::Failed(Box::new(error)))
}

async fn prepare(
    connection: &mut Object,
    drawn: [u8; 16],
) -> Result<([u8; 16], SigningKey), StoreError> {
    let tx = connection.transaction().await?;
    let lock = "SELECT pg_advisory_xact_lock($1)";
    change(&tx, lock, &[&SCHEMA_LOCK]).await?;
    tx.batch_execute(SCHEMA).await?;
    let here = one(&tx, "SELECT generation, key FROM hub", &[]).await?;
    let (generation, key) = match here {
        Some(row) => {
            let key = bytes(row.try_get(1)?)?;
            (bytes(row.try_get(0)?)?, SigningKey::from_bytes(key))
        }
        None => {
            let key = SigningKey::make();
            // EXPOSE: all processes over this database are one hub.
            let values: Values<'_> = &[&drawn.as_slice(), &key.expose().as_slice()];
            let sql = "INSERT INTO hub (generation, key) VALUES ($1, $2)";
            change(&tx, sql, values).await?;
            (drawn, key)
        }
    };
    tx.commit().await?;
    Ok((generation, key))
}

fn bytes<const N: usize>(bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged)
}

fn number(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Damaged)
}

/// Of what a caller may name beyond what the database can count, the most that it can.
fn signed(value: u64) -> i64 {
    place(value)
}

/// One column of many rows.
fn of<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// Hears the pokes of all processes, for ever.
async fn listen<T>(
    config: Config,
    tls: T,
    pokes: broadcast::Sender<Poke>,
    ready: oneshot::Sender<()>,
) where
    T: MakeTlsConnect<Socket> + Clone,
    T::Stream: Send,
{
    let mut ready = Some(ready);
    loop {
        // A fault ends one connection; the next begins with looking everywhere.
        let _ = hear(&config, tls.clone(), &pokes, &mut ready).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Hears pokes over one connection until it ends.
async fn hear<T: MakeTlsConnect<Socket>>(
    config: &Config,
    tls: T,
    pokes: &broadcast::Sender<Poke>,
    ready: &mut Option<oneshot::Sender<()>>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(tls).await?;
    let mut messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
    // The answer comes by the messages, which are looked at meanwhile.
    let listening = client.batch_execute("LISTEN marugoto_hub");
    pin_mut!(listening);
    let mut listens = false;
    loop {
        let message = tokio::select! {
            done = &mut listening, if !listens => {
                done?;
                listens = true;
                // Nobody waiting or listening is no fault.
                let _ = match ready.take() {
                    Some(ready) => ready.send(()),
                    None => pokes.send(Poke::Missed).map(|_| ()).map_err(|_| ()),
                };
                continue;
            }
            message = messages.next() => message,
        };
        match message {
            Some(Ok(AsyncMessage::Notification(said))) => {
                if let Some(poke) = heard(said.payload()) {
                    let _ = pokes.send(poke);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(fault)) => return Err(fault),
            None => return Ok(()),
        }
    }
}

/// Organisation and lane in hexadecimal.
fn heard(payload: &str) -> Option<Poke> {
    let both = u128::from_str_radix;
    let (org, lane) = payload.split_once(' ')?;
    Some(Poke::New {
        org: Org::new(both(org, 16).ok()?.to_be_bytes()),
        lane: Lane::new(both(lane, 16).ok()?.to_be_bytes()),
    })
}

async fn poke(tx: &Transaction<'_>, org: Org, lane: Lane) -> Result<(), StoreError> {
    let payload = format!("{org} {lane}");
    let sql = "SELECT pg_notify('marugoto_hub', $1)";
    change(tx, sql, &[&payload]).await?;
    Ok(())
}

/// Locks the office against other writers, and gives its bytes.
async fn lock(tx: &Transaction<'_>, org: Org) -> Result<u64, StoreError> {
    tx.batch_execute(
        "SET LOCAL synchronous_commit = on; SET LOCAL idle_in_transaction_session_timeout = '30s'",
    )
    .await?;
    let sql = "SELECT bytes FROM office WHERE org = $1 FOR UPDATE";
    let row = one(tx, sql, &[&org.as_bytes().as_slice()]).await?;
    number(row.ok_or(StoreError::Damaged)?.try_get(0)?)
}

async fn add_notices(tx: &Transaction<'_>, org: Org, notices: &[Notice]) -> Result<(), StoreError> {
    let sql = "INSERT INTO notice (org, at, kind, id, bytes)
         SELECT $1, 1 + coalesce((SELECT max(at) FROM notice WHERE org = $1), 0), $2, $3, $4
         WHERE NOT EXISTS (SELECT 1 FROM notice WHERE org = $1 AND id = $3)";
    let insert = tx.prepare(sql).await?;
    for notice in notices {
        let id = notice.id();
        let values: Values<'_> = &[
            &org.as_bytes().as_slice(),
            &notice.kind.number(),
            &id.as_bytes().as_slice(),
            &notice.bytes,
        ];
        tx.execute(&insert, values).await?;
    }
    poke(tx, org, Lane::ORG).await
}

/// The last point of a feed that does not lie behind the cursor.
async fn end(
    tx: &Transaction<'_>,
    org: Org,
    lane: Lane,
    cursor: u64,
    generation: [u8; 16],
) -> Result<FeedPoint, StoreError> {
    let sql = "SELECT cursor, chain FROM record WHERE org = $1 AND lane = $2 AND cursor <= $3
         ORDER BY cursor DESC LIMIT 1";
    let values: Values<'_> = &[
        &org.as_bytes().as_slice(),
        &lane.as_bytes().as_slice(),
        &signed(cursor),
    ];
    let Some(row) = one(tx, sql, values).await? else {
        return Ok(FeedPoint::start(generation));
    };
    Ok(FeedPoint {
        generation,
        cursor: number(row.try_get(0)?)?,
        chain: Hash::new(bytes(row.try_get(1)?)?),
    })
}

async fn before(
    tx: &Transaction<'_>,
    org: Org,
    pusher: &Pusher,
    records: &[Carried],
    generation: [u8; 16],
) -> Result<Before, StoreError> {
    let mut before = Before {
        bytes: lock(tx, org).await?,
        ..Before::default()
    };
    let name = org.as_bytes().as_slice();
    let sql = "SELECT records FROM sent WHERE org = $1 AND device = $2 AND day = $3";
    let device = pusher.device.as_bytes().as_slice();
    let values: Values<'_> = &[&name, &device, &signed(pusher.day)];
    if let Some(row) = one(tx, sql, values).await? {
        before.sent = number(row.try_get(0)?)?;
    }
    let ids: Vec<Hash> = records.iter().map(Carried::id).collect();
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    let sql = "SELECT id, cursor FROM record WHERE org = $1 AND id = ANY($2)";
    for row in all(tx, sql, &[&name, &ids]).await? {
        let id = Hash::new(bytes(row.try_get(0)?)?);
        before.known.insert(id, number(row.try_get(1)?)?);
    }
    let lanes: BTreeSet<_> = records.iter().map(|record| record.outer().lane).collect();
    for lane in lanes {
        let end = end(tx, org, lane, u64::MAX, generation).await?;
        before.ends.insert(lane, end);
    }
    Ok(before)
}

/// Moves what is here of a line without gaps forward over what has come.
async fn reach(
    tx: &Transaction<'_>,
    org: Org,
    (lane, device, incarnation): (Lane, Device, u32),
) -> Result<(), StoreError> {
    let (org, lane) = (org.as_bytes().as_slice(), lane.as_bytes().as_slice());
    let (device, incarnation) = (device.as_bytes().as_slice(), i64::from(incarnation));
    let sql =
        "SELECT seq FROM reached WHERE org = $1 AND lane = $2 AND device = $3 AND incarnation = $4";
    let row = one(tx, sql, &[&org, &lane, &device, &incarnation]).await?;
    let reached: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
    let sql = "SELECT seq, id FROM record
         WHERE org = $1 AND lane = $2 AND device = $3 AND incarnation = $4 AND seq > $5
         ORDER BY seq, cursor LIMIT $6";
    let mut last: (i64, Option<Vec<u8>>) = (reached, None);
    loop {
        let from = last.0;
        let values: Values<'_> = &[&org, &lane, &device, &incarnation, &from, &signed(AT_ONCE)];
        let rows = all(tx, sql, values).await?;
        for row in &rows {
            if last.0.checked_add(1) == Some(row.try_get(0)?) {
                last = (row.try_get(0)?, Some(row.try_get(1)?));
            }
        }
        if last.0 == from || (rows.len() as u64) < AT_ONCE {
            break;
        }
    }
    if let (seq, Some(id)) = last {
        let sql = "INSERT INTO reached (org, lane, device, incarnation, seq, id) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (org, lane, device, incarnation) DO UPDATE SET seq = excluded.seq, id = excluded.id";
        let values: Values<'_> = &[&org, &lane, &device, &incarnation, &seq, &id];
        change(tx, sql, values).await?;
    }
    Ok(())
}

async fn append(
    tx: &Transaction<'_>,
    org: Org,
    pusher: &Pusher,
    records: &[Carried],
    generation: [u8; 16],
) -> Result<Vec<Placed>, StoreError> {
    let before = before(tx, org, pusher, records, generation).await?;
    let plan = plan(before, pusher, records, generation);
    if plan.rows.is_empty() {
        return Ok(plan.placed);
    }
    let name = org.as_bytes().as_slice();
    let sql = "INSERT INTO record (org, lane, cursor, id, chain, device, incarnation, seq, bytes)
         SELECT $1, * FROM unnest($2::bytea[], $3::int8[], $4::bytea[], $5::bytea[], $6::bytea[], $7::int8[],
             $8::int8[], $9::bytea[])";
    // All in one statement: each by itself would be a way to the database and back, while the office waits.
    let ids = of(&plan.rows, |row| row.record.id());
    let values: Values<'_> = &[
        &name,
        &of(&plan.rows, |row| {
            row.record.outer().lane.as_bytes().as_slice()
        }),
        &of(&plan.rows, |row| signed(row.at.cursor)),
        &of(&ids, |id| id.as_bytes().as_slice()),
        &of(&plan.rows, |row| row.at.chain.as_bytes().as_slice()),
        &of(&plan.rows, |row| {
            row.record.outer().device.as_bytes().as_slice()
        }),
        &of(&plan.rows, |row| i64::from(row.record.outer().incarnation)),
        &of(&plan.rows, |row| place(row.record.outer().seq)),
        &of(&plan.rows, |row| row.record.as_bytes()),
    ];
    change(tx, sql, values).await?;
    let lines: BTreeSet<_> = plan
        .rows
        .iter()
        .map(|row| row.record.outer())
        .map(|outer| (outer.lane, outer.device, outer.incarnation))
        .collect();
    for line in &lines {
        reach(tx, org, *line).await?;
    }
    let (device, day) = (pusher.device.as_bytes().as_slice(), signed(pusher.day));
    let count = signed(plan.rows.len() as u64);
    let sql = "INSERT INTO sent (org, device, day, records) VALUES ($1, $2, $3, $4)
         ON CONFLICT (org, device, day) DO UPDATE SET records = sent.records + excluded.records";
    change(tx, sql, &[&name, &device, &day, &count]).await?;
    let sql = "DELETE FROM sent WHERE org = $1 AND day < $2";
    change(tx, sql, &[&name, &(day - 7)]).await?;
    let sql = "UPDATE office SET bytes = bytes + $2 WHERE org = $1";
    change(tx, sql, &[&name, &signed(plan.bytes)]).await?;
    let lanes: BTreeSet<_> = lines.iter().map(|line| line.0).collect();
    for lane in lanes {
        poke(tx, org, lane).await?;
    }
    Ok(plan.placed)
}

async fn drop_records(
    tx: &Transaction<'_>,
    org: Org,
    records: &BTreeSet<Hash>,
) -> Result<(u64, u64), StoreError> {
    let name = org.as_bytes().as_slice();
    let (mut now, mut before, mut freed) = (0, 0, 0);
    let find = tx
        .prepare("SELECT bytes FROM record WHERE org = $1 AND id = $2 FOR UPDATE")
        .await?;
    let put = tx
        .prepare("UPDATE record SET bytes = $3 WHERE org = $1 AND id = $2")
        .await?;
    for id in records {
        let id = id.as_bytes().as_slice();
        let found: Values<'_> = &[&name, &id];
        for row in tx.query(&find, found).await? {
            let bytes: Vec<u8> = row.try_get(0)?;
            if is_stub(&bytes) {
                before += 1;
                continue;
            }
            let stub = stub_of(&bytes).ok_or(StoreError::Damaged)?;
            freed += (bytes.len() - stub.len()) as u64;
            now += 1;
            let values: Values<'_> = &[&name, &id, &stub];
            tx.execute(&put, values).await?;
        }
    }
    let sql = "UPDATE office SET bytes = greatest(0, bytes - $2) WHERE org = $1";
    let values: Values<'_> = &[&name, &signed(freed)];
    change(tx, sql, values).await?;
    Ok((now, before))
}

fn ticket(row: &Row) -> Result<Device, StoreError> {
    Ok(Device::new(bytes(row.try_get(0)?)?))
}

impl HubStore for PostgresStore {
    fn generation(&self) -> [u8; 16] {
        self.generation
    }

    fn pokes(&self) -> broadcast::Receiver<Poke> {
        self.pokes.subscribe()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        connection(&self.pool)
            .await?
            .query_one("SELECT generation FROM hub", &[])
            .await?;
        Ok(())
    }

    async fn invite(&self, code: Hash, until: u64) -> Result<(), StoreError> {
        let sql = "INSERT INTO invitation (code, until) VALUES ($1, $2)";
        let values: Values<'_> = &[&code.as_bytes().as_slice(), &signed(until)];
        change(&connection(&self.pool).await?, sql, values).await?;
        Ok(())
    }

    async fn found(
        &self,
        code: Hash,
        now: u64,
        org: Org,
        notices: Vec<Notice>,
    ) -> Result<Founding, StoreError> {
        let mut connection = connection(&self.pool).await?;
        let tx = connection.transaction().await?;
        let name = org.as_bytes().as_slice();
        let sql = "UPDATE invitation SET org = $3
             WHERE code = $1 AND until > $2 AND coalesce(org, $3) = $3";
        let values: Values<'_> = &[&code.as_bytes().as_slice(), &signed(now), &name];
        if change(&tx, sql, values).await? == 0 {
            return Ok(Founding::NoInvitation);
        }
        let sql = "INSERT INTO office (org, bytes) VALUES ($1, 0) ON CONFLICT DO NOTHING";
        change(&tx, sql, &[&name]).await?;
        lock(&tx, org).await?;
        add_notices(&tx, org, &notices).await?;
        tx.commit().await?;
        Ok(Founding::Carried)
    }

    async fn notices(
        &self,
        org: Org,
        after: u64,
    ) -> Result<Option<Vec<(u64, Notice)>>, StoreError> {
        let connection = connection(&self.pool).await?;
        let name = org.as_bytes().as_slice();
        let sql = "SELECT at, kind, bytes FROM notice WHERE org = $1 AND at > $2 ORDER BY at";
        let rows = all(&connection, sql, &[&name, &signed(after)]).await?;
        if rows.is_empty() {
            let sql = "SELECT 1 FROM office WHERE org = $1";
            if one(&connection, sql, &[&name]).await?.is_none() {
                return Ok(None);
            }
        }
        let notices = rows.iter().map(|row| {
            let kind = NoticeKind::from_number(row.try_get(1)?).ok_or(StoreError::Damaged)?;
            let bytes = row.try_get(2)?;
            Ok((number(row.try_get(0)?)?, Notice { kind, bytes }))
        });
        notices.collect::<Result<_, _>>().map(Some)
    }

    async fn office_of(&self, id: Hash) -> Result<Option<Org>, StoreError> {
        let connection = connection(&self.pool).await?;
        let sql = "SELECT org FROM notice WHERE id = $1 AND kind = 3";
        let row = one(&connection, sql, &[&id.as_bytes().as_slice()]).await?;
        row.map(|row| Ok(Org::new(bytes(row.try_get(0)?)?)))
            .transpose()
    }

    async fn add_notices(&self, org: Org, notices: Vec<Notice>) -> Result<(), StoreError> {
        let mut connection = connection(&self.pool).await?;
        let tx = connection.transaction().await?;
        lock(&tx, org).await?;
        add_notices(&tx, org, &notices).await?;
        Ok(tx.commit().await?)
    }

    async fn append(
        &self,
        org: Org,
        pusher: Pusher,
        records: Vec<Carried>,
    ) -> Result<Vec<Placed>, StoreError> {
        let mut connection = connection(&self.pool).await?;
        let tx = connection.transaction().await?;
        let placed = append(&tx, org, &pusher, &records, self.generation).await?;
        tx.commit().await?;
        Ok(placed)
    }

    async fn drop_records(
        &self,
        org: Org,
        records: BTreeSet<Hash>,
    ) -> Result<(u64, u64), StoreError> {
        let mut connection = connection(&self.pool).await?;
        let tx = connection.transaction().await?;
        let dropped = drop_records(&tx, org, &records).await?;
        tx.commit().await?;
        Ok(dropped)
    }

    async fn feed(
        &self,
        org: Org,
        lane: Lane,
        cursor: u64,
        cap: PieceCap,
    ) -> Result<Piece, StoreError> {
        let mut connection = connection(&self.pool).await?;
        let tx = connection.transaction().await?;
        let from = end(&tx, org, lane, cursor, self.generation).await?;
        // The running sum comes first, so that no more is sent than is asked for.
        let sql = "SELECT bytes FROM (
                 SELECT cursor, bytes, sum(length(bytes)) OVER (ORDER BY cursor) AS sum FROM (
                     SELECT cursor, bytes FROM record WHERE org = $1 AND lane = $2 AND cursor > $3
                     ORDER BY cursor LIMIT $4) AS next) AS summed
             WHERE sum <= $5 OR cursor = $3 + 1 ORDER BY cursor";
        let values: Values<'_> = &[
            &org.as_bytes().as_slice(),
            &lane.as_bytes().as_slice(),
            &signed(from.cursor),
            &signed(cap.records as u64),
            &signed(cap.bytes as u64),
        ];
        let rows = all(&tx, sql, values).await?;
        let records = rows.iter().map(|row| row.try_get(0));
        let records: Vec<Vec<u8>> = records.collect::<Result<_, _>>()?;
        let sql = "SELECT 1 FROM record WHERE org = $1 AND lane = $2 AND cursor > $3 LIMIT 1";
        let values: Values<'_> = &[
            &org.as_bytes().as_slice(),
            &lane.as_bytes().as_slice(),
            &signed(from.cursor + records.len() as u64),
        ];
        let more = one(&tx, sql, values).await?.is_some();
        Ok(Piece {
            from,
            records,
            more,
        })
    }

    async fn haves(&self, org: Org, lane: Lane) -> Result<BTreeSet<Have>, StoreError> {
        let sql = "SELECT device, incarnation, seq, id FROM reached WHERE org = $1 AND lane = $2";
        let values: Values<'_> = &[&org.as_bytes().as_slice(), &lane.as_bytes().as_slice()];
        let rows = all(&connection(&self.pool).await?, sql, values).await?;
        let haves = rows.iter().map(|row| {
            let incarnation: i64 = row.try_get(1)?;
            Ok(Have {
                lane,
                device: Device::new(bytes(row.try_get(0)?)?),
                incarnation: u32::try_from(incarnation).map_err(|_| StoreError::Damaged)?,
                seq: number(row.try_get(2)?)?,
                record: Hash::new(bytes(row.try_get(3)?)?),
            })
        });
        haves.collect()
    }

    async fn charge(&self, org: Org, bytes: u64, office_bytes: u64) -> Result<bool, StoreError> {
        let sql = "UPDATE office SET bytes = bytes + $2 WHERE org = $1 AND bytes + $2 <= $3";
        let values: Values<'_> = &[
            &org.as_bytes().as_slice(),
            &signed(bytes),
            &signed(office_bytes),
        ];
        let changed = change(&connection(&self.pool).await?, sql, values).await?;
        Ok(changed == 1)
    }

    async fn refund(&self, org: Org, bytes: u64) -> Result<(), StoreError> {
        let sql = "UPDATE office SET bytes = greatest(bytes - $2, 0) WHERE org = $1";
        let values: Values<'_> = &[&org.as_bytes().as_slice(), &signed(bytes)];
        change(&connection(&self.pool).await?, sql, values).await?;
        Ok(())
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
        let connection = connection(&self.pool).await?;
        let name = org.as_bytes().as_slice();
        let sql = "DELETE FROM ticket WHERE org = $1 AND until <= $2";
        change(&connection, sql, &[&name, &signed(now)]).await?;
        let sql =
            "INSERT INTO ticket (org, kind, digest, device, until) VALUES ($1, $2, $3, $4, $5)";
        let values: Values<'_> = &[
            &name,
            &kind.number(),
            &digest.as_bytes().as_slice(),
            &device.as_bytes().as_slice(),
            &signed(until),
        ];
        change(&connection, sql, values).await?;
        Ok(())
    }

    async fn take_challenge(
        &self,
        org: Org,
        digest: Hash,
        now: u64,
    ) -> Result<Option<Device>, StoreError> {
        let sql = "DELETE FROM ticket WHERE org = $1 AND kind = $2 AND digest = $3 AND until > $4
             RETURNING device";
        let values: Values<'_> = &[
            &org.as_bytes().as_slice(),
            &TicketKind::Challenge.number(),
            &digest.as_bytes().as_slice(),
            &signed(now),
        ];
        let row = one(&connection(&self.pool).await?, sql, values).await?;
        row.as_ref().map(ticket).transpose()
    }

    async fn token(
        &self,
        org: Org,
        digest: Hash,
        now: u64,
    ) -> Result<Option<(Device, u64)>, StoreError> {
        let sql = "SELECT device, until FROM ticket
             WHERE org = $1 AND kind = $2 AND digest = $3 AND until > $4";
        let values: Values<'_> = &[
            &org.as_bytes().as_slice(),
            &TicketKind::Token.number(),
            &digest.as_bytes().as_slice(),
            &signed(now),
        ];
        let row = one(&connection(&self.pool).await?, sql, values).await?;
        row.map(|row| Ok((ticket(&row)?, number(row.try_get(1)?)?)))
            .transpose()
    }
}
