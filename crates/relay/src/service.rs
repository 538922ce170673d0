//! What a hub does with each call, without HTTP.
//!
//! # Invariants
//!
//! - **Blind**: nothing here opens a record, a box or a blob.
//! - **Nothing is kept that was not verified**: operations by the directory's rules, boxes and records by signature.
//! - **A receipt is signed after the commit.**
//! - **The office is looked at anew in each call**, so that a freeze holds at once.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crypto::sign::SigningKey;
use tokio::sync::{Mutex as AsyncMutex, broadcast, watch};
use wire::cbor::{self, Bytes};
use wire::directory::{Act, Directory, Op};
use wire::erase;
use wire::hub::{
    Admitted, Answer, Asks, Batch, BlobsAsked, BlobsTold, Challenge, Drop, DropBlobs, Dropped,
    HaveAsked, HaveTold, Invitation, Join, Joined, MAX_BATCH, Notices, Page, Receipt,
    ReceiptStatement, Seeks, Sought, Status, Stored, Stubs, Taken, have_digest, notices_digest,
};
use wire::ids::{Device, Hash, Lane, Org};
use wire::keybox::{KeyboxError, SealedKeybox};

use crate::blobs::{Blobs, Found, Upload};
use crate::office::{Office, View};
use crate::refusal::Refused;
use crate::settings::{Settings, World};
use crate::store::{
    Carried, Founding, HubStore, Notice, NoticeKind, PieceCap, Placed, Poke, Pusher, StoreError,
    TicketKind,
};

/// The most hashes in a set of heads.
const MAX_HEADS: usize = 64;
/// The longest operation or box.
const MAX_NOTICE: usize = 1 << 20;
/// Offices whose directory is kept at hand.
const MAX_OFFICES: usize = 1024;
/// Callers that are counted in a minute.
const MAX_CALLERS: usize = 100_000;
/// Attempts of all to join, a minute.
const JOINS_A_MINUTE: u32 = 60;

/// A hub.
pub struct Hub<S, W> {
    store: S,
    world: W,
    settings: Settings,
    key: SigningKey,
    blobs: Option<Blobs>,
    offices: Mutex<HashMap<Org, Slot>>,
    rates: Mutex<Rates>,
    streams: Arc<Mutex<HashMap<(Org, Device), usize>>>,
    closing: watch::Sender<bool>,
    counts: Counts,
}

type Slot = Arc<AsyncMutex<Option<Office>>>;

/// What a hub counts.
#[derive(Debug, Default)]
pub struct Counts {
    /// Records that came new.
    pub stored: AtomicU64,
    /// Records that came again.
    pub known: AtomicU64,
    /// Records that were refused.
    pub refused: AtomicU64,
    /// Records that were read.
    pub read: AtomicU64,
    /// Devices that were let in.
    pub admitted: AtomicU64,
    /// Devices that were not.
    pub turned_away: AtomicU64,
}

#[derive(Default)]
struct Rates {
    minute: u64,
    calls: HashMap<Option<(Org, Device)>, u32>,
}

/// A device that was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    org: Org,
    device: Device,
    until: u64,
    view: Arc<View>,
}

/// What the range of a blob is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobPart {
    /// The first byte.
    pub from: u64,
    /// The whole length.
    pub total: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl<S, W> fmt::Debug for Hub<S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hub(..)")
    }
}

impl<S: HubStore, W: World> Hub<S, W> {
    /// A hub over a store.
    pub fn new(
        store: S,
        world: W,
        settings: Settings,
        key: SigningKey,
        blobs: Option<Blobs>,
    ) -> Self {
        Self {
            store,
            world,
            settings,
            key,
            blobs,
            offices: Mutex::default(),
            rates: Mutex::default(),
            streams: Arc::default(),
            closing: watch::Sender::new(false),
            counts: Counts::default(),
        }
    }

    /// The limits.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The counters.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many event streams are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.values().sum()
    }

    /// Ends all event streams.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Answers when the store does.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Makes an invitation, good for so many seconds.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub async fn invite(&self, seconds: u64) -> Result<Invitation, StoreError> {
        let mut code = [0; 16];
        let random = self.world.random();
        code.iter_mut()
            .zip(random)
            .for_each(|(to, from)| *to = from);
        let until = self.world.now() + seconds;
        self.store.invite(Invitation::digest(&code), until).await?;
        Ok(Invitation::new(code, &self.key.public()))
    }

    /// Takes an office on.
    ///
    /// # Errors
    ///
    /// [`Refused::Malformed`] when the directory is not one; [`Refused::NotAnAdmin`]; [`Refused::NoInvitation`].
    pub async fn join(&self, join: Join) -> Result<Joined, Refused> {
        self.count_call(None, JOINS_A_MINUTE)?;
        let (first, rest) = join.directory.split_first().ok_or(Refused::Malformed)?;
        if rest.len() >= self.settings.notices {
            return Err(Refused::TooLarge);
        }
        let mut directory = Directory::open(&first.0).map_err(|_| Refused::Malformed)?;
        let received = directory.receive(rest.iter().map(|op| op.0.as_slice()));
        if received.held > 0 || !received.refused.is_empty() {
            return Err(Refused::Malformed);
        }
        let is_device = directory.state().devices.contains_key(&join.device);
        if !is_device || !directory.state().is_admin(join.device) {
            return Err(Refused::NotAnAdmin);
        }
        let notices = directory.ops().flat_map(kept);
        let code = Invitation::digest(&join.code);
        let founded = self
            .store
            .found(code, self.world.now(), directory.org(), notices.collect());
        match founded.await? {
            Founding::Carried => Ok(Joined {
                hub: self.key.public(),
            }),
            Founding::NoInvitation => Err(Refused::NoInvitation),
        }
    }

    /// Finds the office of an escrow.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`]; [`Refused::TooMany`].
    pub async fn seek(&self, seeks: Seeks) -> Result<Sought, Refused> {
        self.count_call(None, JOINS_A_MINUTE)?;
        let org = self.store.office_of(seat(seeks.escrow).id()).await?;
        Ok(Sought {
            org: org.ok_or(Refused::NotFound)?,
        })
    }

    /// Draws a challenge. A device that is not known gets one too, of no use.
    ///
    /// # Errors
    ///
    /// [`Refused::TooMany`].
    pub async fn ask(&self, asks: Asks) -> Result<Challenge, Refused> {
        self.count_call(Some((asks.org, asks.device)), self.settings.asks_a_minute)?;
        let (nonce, now) = (self.world.random(), self.world.now());
        let office = self.office(asks.org).await?;
        if office.is_some_and(|view| view.key_of(asks.device).is_some()) {
            let until = now + self.settings.challenge_seconds;
            let kind = TicketKind::Challenge;
            self.store
                .give_ticket(asks.org, kind, digest(&nonce), asks.device, until, now)
                .await?;
        }
        Ok(Challenge {
            hub: self.key.public(),
            nonce,
        })
    }

    /// Lets a device in that signed its challenge.
    ///
    /// # Errors
    ///
    /// [`Refused::NotAdmitted`], whatever does not hold.
    pub async fn answer(&self, answer: Answer) -> Result<Admitted, Refused> {
        let admitted = self.weigh(&answer).await;
        match &admitted {
            Ok(_) => &self.counts.admitted,
            Err(_) => &self.counts.turned_away,
        }
        .fetch_add(1, Ordering::Relaxed);
        admitted
    }

    async fn weigh(&self, answer: &Answer) -> Result<Admitted, Refused> {
        let (org, said, now) = (answer.org, &answer.statement, self.world.now());
        let here = self.settings.origin.as_ref();
        if said.hub != self.key.public() || here.is_some_and(|origin| *origin != said.origin) {
            return Err(Refused::NotAdmitted);
        }
        let asked = self.store.take_challenge(org, digest(&said.nonce), now);
        if asked.await? != Some(said.device) {
            return Err(Refused::NotAdmitted);
        }
        let view = self.office(org).await?.ok_or(Refused::NotAdmitted)?;
        let key = view.key_of(said.device).ok_or(Refused::NotAdmitted)?;
        answer.verify(&key).map_err(|_| Refused::NotAdmitted)?;
        let token = self.draw_token(org);
        let seconds = self.settings.token_seconds;
        let kind = TicketKind::Token;
        self.store
            .give_ticket(org, kind, digest(&token), said.device, now + seconds, now)
            .await?;
        Ok(Admitted {
            token,
            seconds,
            exchanges: view.exchanges(said.device),
        })
    }

    /// The office in front, so that the store finds it; 128 random bits behind.
    fn draw_token(&self, org: Org) -> [u8; 32] {
        let mut token = self.world.random();
        token
            .iter_mut()
            .zip(org.as_bytes())
            .for_each(|(to, from)| *to = *from);
        token
    }

    /// Who holds a token.
    ///
    /// # Errors
    ///
    /// [`Refused::NotAdmitted`] when nobody does, or not any more.
    pub async fn caller(&self, token: &[u8; 32]) -> Result<Caller, Refused> {
        let mut org = [0; 16];
        org.iter_mut().zip(token).for_each(|(to, from)| *to = *from);
        let org = Org::new(org);
        let held = self.store.token(org, digest(token), self.world.now());
        let (device, until) = held.await?.ok_or(Refused::NotAdmitted)?;
        let view = self.office(org).await?.ok_or(Refused::NotAdmitted)?;
        Ok(Caller {
            org,
            device,
            until,
            view,
        })
    }

    /// All notices of the caller's office; none where the caller knows them by this digest.
    ///
    /// # Errors
    ///
    /// As the store says.
    pub async fn notices(&self, caller: &Caller, known: Option<Hash>) -> Result<Notices, Refused> {
        if known.is_some() && known == self.digest(caller.org).await {
            return Ok(Notices::default());
        }
        let rows = self.store.notices(caller.org, 0).await?;
        let mut notices = Notices::default();
        for (_, notice) in rows.ok_or(Refused::NotAdmitted)? {
            match notice.kind {
                NoticeKind::Operation => notices.directory.push(Bytes(notice.bytes)),
                NoticeKind::Keybox => notices.boxes.push(Bytes(notice.bytes)),
                NoticeKind::Heads => notices
                    .heads
                    .push(cbor::from_slice(&notice.bytes).map_err(|_| StoreError::Damaged)?),
                NoticeKind::Escrow => {}
            }
        }
        Ok(notices)
    }

    /// The digest of an office's notices, which were looked at when the caller was let in.
    async fn digest(&self, org: Org) -> Option<Hash> {
        let slot = self.slot(org);
        let slot = slot.lock().await;
        let office = slot.as_ref()?;
        Some(notices_digest(&office.known.iter().copied().collect()))
    }

    /// Takes in notices, those that hold.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`]; as the store says.
    pub async fn add_notices(&self, caller: &Caller, notices: Notices) -> Result<Taken, Refused> {
        if !caller.view.tells(caller.device) {
            return Err(Refused::NoExchange);
        }
        let slot = self.slot(caller.org);
        let mut slot = slot.lock().await;
        // Taken out, so that a store that fails leaves nothing in memory that is not on the disk.
        let mut office = self
            .refreshed(caller.org, slot.take())
            .await?
            .ok_or(Refused::NotAdmitted)?;
        let (fresh, taken) = weigh_notices(&mut office, &notices, self.settings.notices);
        if !fresh.is_empty() {
            self.store.add_notices(caller.org, fresh).await?;
        }
        *slot = self.refreshed(caller.org, Some(office)).await?;
        Ok(taken)
    }

    /// Takes in records, those that hold, and signs for them once they are on the disk.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::TooLarge`]; where nothing fits, [`Refused::DayIsFull`] and
    /// [`Refused::OfficeIsFull`]; as the store says.
    pub async fn add_records(&self, caller: &Caller, batch: Batch) -> Result<Stored, Refused> {
        caller.must_exchange()?;
        if batch.records.len() > MAX_BATCH {
            return Err(Refused::TooLarge);
        }
        let view = Arc::clone(&caller.view);
        let judged = blocking(move || {
            let records = batch.records.into_iter();
            Ok(records
                .map(|record| Ok::<_, &str>(Carried::from(&view.judge(record.0)?)))
                .collect::<Vec<_>>())
        })
        .await?;
        let good: Vec<Carried> = judged
            .iter()
            .filter_map(|it| it.as_ref().ok().cloned())
            .collect();
        let placed = if good.is_empty() {
            Vec::new()
        } else {
            let pusher = self.pusher(caller);
            self.store.append(caller.org, pusher, good).await?
        };
        if let Some(first) = placed.first()
            && placed.iter().all(|it| it == first)
        {
            match first {
                Placed::DayIsFull => return Err(Refused::DayIsFull),
                Placed::OfficeIsFull => return Err(Refused::OfficeIsFull),
                Placed::At { .. } => {}
            }
        }
        let mut placed = placed.into_iter();
        let statuses = judged.into_iter().map(|judged| match judged {
            Err(code) => self.refuse(code),
            Ok(record) => match placed.next() {
                Some(Placed::At { cursor, new }) => self.sign(&record, cursor, new),
                Some(Placed::DayIsFull) => self.refuse(Refused::DayIsFull.code()),
                Some(Placed::OfficeIsFull) => self.refuse(Refused::OfficeIsFull.code()),
                None => self.refuse("unavailable"),
            },
        });
        Ok(Stored {
            statuses: statuses.collect(),
        })
    }

    fn pusher(&self, caller: &Caller) -> Pusher {
        Pusher {
            device: caller.device,
            day: self.world.now() / 86_400,
            records_a_day: self.settings.records_a_day,
            office_bytes: self.settings.office_bytes,
        }
    }

    fn refuse(&self, code: &str) -> Status {
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
        Status {
            refused: code.to_owned(),
            receipt: None,
        }
    }

    fn sign(&self, record: &Carried, cursor: u64, new: bool) -> Status {
        let count = if new {
            &self.counts.stored
        } else {
            &self.counts.known
        };
        count.fetch_add(1, Ordering::Relaxed);
        let statement = ReceiptStatement {
            hub: self.key.public(),
            org: record.outer().org,
            lane: record.outer().lane,
            record: record.id(),
            generation: self.store.generation(),
            cursor,
        };
        Status {
            refused: String::new(),
            receipt: Some(Receipt::make(statement, &self.key)),
        }
    }

    /// A page of a lane's feed.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::LaneClosed`]; as the store says.
    pub async fn feed(&self, caller: &Caller, lane: Lane, cursor: u64) -> Result<Page, Refused> {
        caller.must_read(lane)?;
        let cap = PieceCap {
            records: MAX_BATCH,
            bytes: self.settings.page_bytes,
        };
        let piece = self.store.feed(caller.org, lane, cursor, cap).await?;
        let count = piece.records.len() as u64;
        self.counts.read.fetch_add(count, Ordering::Relaxed);
        Ok(Page {
            from: piece.from,
            records: piece.records.into_iter().map(Bytes).collect(),
            more: piece.more,
        })
    }

    /// What the hub has in the lanes where it differs.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::LaneClosed`]; as the store says.
    pub async fn have(&self, caller: &Caller, asked: HaveAsked) -> Result<HaveTold, Refused> {
        caller.must_exchange()?;
        let mut told = HaveTold { lanes: Vec::new() };
        let mut seen = BTreeSet::new();
        for (lane, digest) in asked.lanes {
            caller.must_read(lane)?;
            if !seen.insert(lane) {
                return Err(Refused::Malformed);
            }
            let haves = self.store.haves(caller.org, lane).await?;
            if have_digest(&haves) != digest {
                told.lanes.push((lane, haves.into_iter().collect()));
            }
        }
        Ok(told)
    }

    /// Drops the ciphertext of erased records and keeps their stubs. Asked again, it does nothing more.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`]; [`Refused::NotOrdered`] unless the directory holds an erasure, signed by two and not taken
    /// back, of just these records; as the store says.
    pub async fn drop_records(&self, caller: &Caller, drop: Drop) -> Result<Dropped, Refused> {
        caller.must_exchange()?;
        must_be_ordered(caller, drop.op, &drop.records)?;
        let dropped = self.store.drop_records(caller.org, drop.records);
        let (now, before) = dropped.await?;
        Ok(Dropped { now, before })
    }

    /// Takes in stubs of erased records that it never had. What it has, whole or not, stays as it is.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`]; [`Refused::NotOrdered`] as [`Hub::drop_records`], and for a stub of another record;
    /// [`Refused::TooLarge`], [`Refused::Malformed`]; [`Refused::DayIsFull`], [`Refused::OfficeIsFull`]; as the store says.
    pub async fn take_stubs(&self, caller: &Caller, given: Stubs) -> Result<Dropped, Refused> {
        caller.must_exchange()?;
        must_be_ordered(caller, given.op, &given.records)?;
        if given.stubs.len() > MAX_BATCH {
            return Err(Refused::TooLarge);
        }
        let mut stubs = Vec::new();
        for stub in given.stubs {
            let stub = caller.view.judge_stub(stub.0);
            let stub = stub.map_err(|_| Refused::Malformed)?;
            if !given.records.contains(&stub.id()) {
                return Err(Refused::NotOrdered);
            }
            stubs.push(stub);
        }
        let placed = self.store.append(caller.org, self.pusher(caller), stubs);
        let mut taken = Dropped { now: 0, before: 0 };
        for placed in placed.await? {
            match placed {
                Placed::At { new: true, .. } => taken.now += 1,
                Placed::At { new: false, .. } => taken.before += 1,
                Placed::DayIsFull => return Err(Refused::DayIsFull),
                Placed::OfficeIsFull => return Err(Refused::OfficeIsFull),
            }
        }
        Ok(taken)
    }

    /// Drops the chunks of erased attachments. Asked again, it does nothing more.
    ///
    /// # Errors
    ///
    /// As [`Hub::drop_records`]; [`Refused::NoBlobs`], [`Refused::TooLarge`]; as the disk says.
    pub async fn drop_blobs(
        self: &Arc<Self>,
        caller: &Caller,
        drop: DropBlobs,
    ) -> Result<Dropped, Refused> {
        caller.must_exchange()?;
        must_be_ordered(caller, drop.op, &drop.records)?;
        if drop.blobs.len() > MAX_BATCH {
            return Err(Refused::TooLarge);
        }
        let org = caller.org;
        self.with_blobs(move |blobs| {
            let (mut now, mut before) = (0, 0);
            for blob in drop.blobs {
                let was = blobs.remove(org, blob)?;
                now += u64::from(was);
                before += u64::from(!was);
            }
            Ok(Dropped { now, before })
        })
        .await
    }

    /// How much of a blob is here.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::NoBlobs`]; as the disk says.
    pub async fn find_blob(
        self: &Arc<Self>,
        caller: &Caller,
        blob: Hash,
    ) -> Result<Found, Refused> {
        caller.must_exchange()?;
        let org = caller.org;
        self.with_blobs(move |blobs| Ok(blobs.find(org, blob)?))
            .await
    }

    /// How much of each of these blobs is here.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::NoBlobs`], [`Refused::TooLarge`]; as the disk says.
    pub async fn find_blobs(
        self: &Arc<Self>,
        caller: &Caller,
        asked: BlobsAsked,
    ) -> Result<BlobsTold, Refused> {
        caller.must_exchange()?;
        if asked.blobs.len() > MAX_BATCH {
            return Err(Refused::TooLarge);
        }
        let org = caller.org;
        self.with_blobs(move |blobs| {
            let mut told = Vec::with_capacity(asked.blobs.len());
            for blob in asked.blobs {
                told.push(match blobs.find(org, blob)? {
                    Found::Whole(length) => (true, length),
                    Found::Part(length) => (false, length),
                });
            }
            Ok(BlobsTold { blobs: told })
        })
        .await
    }

    /// Takes in a part of a blob, from byte `start` of `total`; gives how many bytes are here now.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::NoBlobs`], [`Refused::TooLarge`], [`Refused::UploadElsewhere`],
    /// [`Refused::BlobDiffers`], [`Refused::OfficeIsFull`]; as the disk says.
    pub async fn put_blob(
        self: &Arc<Self>,
        caller: &Caller,
        blob: Hash,
        (start, total): (u64, u64),
        bytes: Vec<u8>,
    ) -> Result<u64, Refused> {
        caller.must_exchange()?;
        if total > self.settings.blob_bytes {
            return Err(Refused::TooLarge);
        }
        let end = start.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > total) || (bytes.is_empty() && total > 0) {
            return Err(Refused::Malformed);
        }
        let org = caller.org;
        let _alone = match &self.blobs {
            Some(blobs) => blobs.uploading().await,
            None => return Err(Refused::NoBlobs),
        };
        let upload = self
            .with_blobs(move |blobs| blobs.add(org, blob, (start, total), &bytes))
            .await?;
        match upload {
            Upload::Known => Ok(total),
            Upload::Part(here) => Ok(here),
            Upload::Whole => {
                let cap = self.settings.office_bytes;
                if !self.store.charge(org, total, cap).await? {
                    self.with_blobs(move |blobs| Ok(blobs.forget(org, blob)?))
                        .await?;
                    return Err(Refused::OfficeIsFull);
                }
                let kept = self
                    .with_blobs(move |blobs| Ok(blobs.keep(org, blob)?))
                    .await;
                if kept.is_err() {
                    // It comes again, and counts then.
                    self.store.refund(org, total).await?;
                }
                kept.map(|()| total)
            }
        }
    }

    /// Bytes of a blob, from one byte to another, both included; to its end where none is said.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`], [`Refused::NoBlobs`], [`Refused::NotFound`], [`Refused::NoSuchRange`]; as the disk says.
    pub async fn get_blob(
        self: &Arc<Self>,
        caller: &Caller,
        blob: Hash,
        (from, to): (u64, Option<u64>),
    ) -> Result<BlobPart, Refused> {
        let Found::Whole(total) = self.find_blob(caller, blob).await? else {
            return Err(Refused::NotFound);
        };
        let end = to.map_or(total, |to| to.saturating_add(1).min(total));
        if from > end || (from == end && total > 0) {
            return Err(Refused::NoSuchRange);
        }
        let org = caller.org;
        self.with_blobs(move |blobs| {
            Ok(BlobPart {
                from,
                total,
                bytes: blobs.read(org, blob, from, end - from)?,
            })
        })
        .await
    }

    /// Takes out uploads that nobody came back for; gives how many.
    ///
    /// # Errors
    ///
    /// As the disk says.
    pub async fn sweep_uploads(self: &Arc<Self>) -> Result<u32, Refused> {
        if self.blobs.is_none() {
            return Ok(0);
        }
        let now = self.world.now();
        self.with_blobs(move |blobs| Ok(blobs.sweep(now)?)).await
    }

    async fn with_blobs<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Blobs) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let hub = Arc::clone(self);
        blocking(move || work(hub.blobs.as_ref().ok_or(Refused::NoBlobs)?)).await
    }

    /// How long the caller's token is still good.
    #[must_use]
    pub fn time_left(&self, caller: &Caller) -> Duration {
        Duration::from_secs(caller.until.saturating_sub(self.world.now()))
    }

    /// Pokes of the lanes that the caller reads, until he may not any more.
    ///
    /// # Errors
    ///
    /// [`Refused::NoExchange`]; [`Refused::TooMany`] when as many are open as may be.
    pub fn events(self: &Arc<Self>, caller: &Caller) -> Result<Events<S, W>, Refused> {
        caller.must_exchange()?;
        let key = (caller.org, caller.device);
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let of_office = streams.iter().filter(|((org, _), _)| *org == caller.org);
        if of_office.map(|(_, count)| count).sum::<usize>() >= self.settings.streams_an_office
            || streams.get(&key).copied().unwrap_or(0) >= self.settings.streams_a_device
        {
            return Err(Refused::TooMany);
        }
        *streams.entry(key).or_default() += 1;
        Ok(Events {
            hub: Arc::clone(self),
            caller: caller.clone(),
            pokes: self.store.pokes(),
            closing: self.closing.subscribe(),
            waiting: VecDeque::new(),
        })
    }

    fn count_call(&self, who: Option<(Org, Device)>, cap: u32) -> Result<(), Refused> {
        let minute = self.world.now() / 60;
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.minute != minute {
            *rates = Rates {
                minute,
                ..Rates::default()
            };
        }
        if rates.calls.len() >= MAX_CALLERS && !rates.calls.contains_key(&who) {
            return Err(Refused::TooMany);
        }
        let calls = rates.calls.entry(who).or_default();
        *calls += 1;
        if *calls > cap {
            Err(Refused::TooMany)
        } else {
            Ok(())
        }
    }

    fn slot(&self, org: Org) -> Slot {
        let mut offices = self.offices.lock().unwrap_or_else(PoisonError::into_inner);
        if offices.len() >= MAX_OFFICES && !offices.contains_key(&org) {
            offices.clear();
        }
        Arc::clone(offices.entry(org).or_default())
    }

    /// The office as it is now; nothing when it is not carried.
    async fn office(&self, org: Org) -> Result<Option<Arc<View>>, Refused> {
        let slot = self.slot(org);
        let mut slot = slot.lock().await;
        let office = slot.take();
        *slot = self.refreshed(org, office).await?;
        Ok(slot.as_ref().map(|office| Arc::clone(&office.view)))
    }

    async fn refreshed(&self, org: Org, office: Option<Office>) -> Result<Option<Office>, Refused> {
        let after = office.as_ref().map_or(0, |office| office.at);
        let Some(notices) = self.store.notices(org, after).await? else {
            return Ok(None);
        };
        Ok(match office {
            None => Some(Office::open(org, notices).ok_or(StoreError::Damaged)?),
            Some(mut office) => {
                if !notices.is_empty() {
                    office.learn(notices);
                }
                Some(office)
            }
        })
    }
}

impl Caller {
    fn must_exchange(&self) -> Result<(), Refused> {
        if self.view.exchanges(self.device) {
            Ok(())
        } else {
            Err(Refused::NoExchange)
        }
    }

    fn must_read(&self, lane: Lane) -> Result<(), Refused> {
        self.must_exchange()?;
        if self.view.reads(self.device, lane) {
            Ok(())
        } else {
            Err(Refused::LaneClosed)
        }
    }
}

/// What is kept of an operation: itself, and by what an escrow's office is found.
fn kept(op: &Op) -> Vec<Notice> {
    let mut kept = vec![Notice {
        kind: NoticeKind::Operation,
        bytes: op.to_bytes(),
    }];
    if let Act::EscrowSeat { keys, .. } = op.act() {
        kept.push(seat(keys.device()));
    }
    kept
}

fn seat(escrow: Device) -> Notice {
    Notice {
        kind: NoticeKind::Escrow,
        bytes: escrow.as_bytes().to_vec(),
    }
}

/// Which notices are new and hold, and what came of all.
fn weigh_notices(office: &mut Office, notices: &Notices, cap: usize) -> (Vec<Notice>, Taken) {
    let mut taken = Taken {
        new: 0,
        held: 0,
        refused: 0,
    };
    let mut fresh = Vec::new();
    let room = |office: &Office, kind, fresh: &[Notice]| {
        office.count(kind) + fresh.iter().filter(|it: &&Notice| it.kind == kind).count() < cap
    };
    if office.count(NoticeKind::Operation) + notices.directory.len() > 2 * cap {
        taken.refused += notices.directory.len() as u64;
    } else {
        let (short, long): (Vec<_>, Vec<_>) = notices
            .directory
            .iter()
            .partition(|op| op.0.len() <= MAX_NOTICE);
        let received = office
            .directory
            .receive(short.iter().map(|op| op.0.as_slice()));
        taken.held += received.held as u64;
        taken.refused += (received.refused.len() + long.len()) as u64;
        fresh.extend(received.new.iter().flat_map(kept));
    }
    for bytes in &notices.boxes {
        let notice = Notice {
            kind: NoticeKind::Keybox,
            bytes: bytes.0.clone(),
        };
        if office.known.contains(&notice.id()) {
            continue;
        }
        if bytes.0.len() > MAX_NOTICE {
            taken.refused += 1;
            continue;
        }
        let checked = SealedKeybox::parse(&bytes.0)
            .and_then(|keybox| keybox.verify(&office.directory))
            .and_then(|keybox| keybox.check(&office.directory, None));
        match checked {
            Ok(_) if room(office, notice.kind, &fresh) => fresh.push(notice),
            Err(KeyboxError::Newer | KeyboxError::UnknownAuthor) => taken.held += 1,
            _ => taken.refused += 1,
        }
    }
    for heads in &notices.heads {
        let notice = Notice {
            kind: NoticeKind::Heads,
            bytes: cbor::to_vec(heads),
        };
        if office.known.contains(&notice.id()) {
            continue;
        }
        if !heads.is_empty() && heads.len() <= MAX_HEADS && room(office, notice.kind, &fresh) {
            fresh.push(notice);
        } else {
            taken.refused += 1;
        }
    }
    let counts = |it: &&Notice| it.kind != NoticeKind::Escrow;
    taken.new = fresh.iter().filter(counts).count() as u64;
    (fresh, taken)
}

/// What of a ticket is stored.
fn digest(ticket: &[u8; 32]) -> Hash {
    Hash::of(&[b"mg/ticket/1", ticket])
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|gone| StoreError::Failed(Box::new(gone)))?
}

/// A stream of pokes.
pub struct Events<S, W> {
    hub: Arc<Hub<S, W>>,
    caller: Caller,
    pokes: broadcast::Receiver<Poke>,
    closing: watch::Receiver<bool>,
    waiting: VecDeque<Lane>,
}

impl<S, W> fmt::Debug for Events<S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events(..)")
    }
}

impl<S: HubStore, W: World> Events<S, W> {
    /// The next lane in which there is something new; nothing at the end.
    pub async fn next(&mut self) -> Option<Lane> {
        loop {
            if let Some(lane) = self.waiting.pop_front() {
                return Some(lane);
            }
            let poke = tokio::select! {
                poke = self.pokes.recv() => poke,
                _ = self.closing.wait_for(|closing| *closing) => return None,
            };
            let poke = match poke {
                Ok(Poke::New { org, lane }) if org == self.caller.org => Some(lane),
                Ok(Poke::New { .. }) => continue,
                // Some may have been missed: look at every lane.
                Ok(Poke::Missed) | Err(broadcast::error::RecvError::Lagged(_)) => None,
                Err(broadcast::error::RecvError::Closed) => return None,
            };
            let view = self.hub.office(self.caller.org).await.ok()??;
            if !view.exchanges(self.caller.device) || self.hub.world.now() >= self.caller.until {
                return None;
            }
            match poke {
                Some(lane) if view.reads(self.caller.device, lane) => return Some(lane),
                Some(_) => {}
                None => self.waiting.extend(view.lanes_of(self.caller.device)),
            }
        }
    }
}

/// Refuses unless the directory holds an erasure, signed by two and not taken back, of just these records.
fn must_be_ordered(caller: &Caller, op: Hash, records: &BTreeSet<Hash>) -> Result<(), Refused> {
    let erasure = caller.view.state.erasures.get(&op);
    let ordered = erasure
        .is_some_and(|erasure| !erasure.cancelled && erasure.records == erase::digest(records));
    ordered.then_some(()).ok_or(Refused::NotOrdered)
}

impl<S, W> std::ops::Drop for Events<S, W> {
    fn drop(&mut self) {
        let mut streams = self
            .hub
            .streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = (self.caller.org, self.caller.device);
        if let Some(count) = streams.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                streams.remove(&key);
            }
        }
    }
}
