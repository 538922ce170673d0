//! The chunks of attachments, to the hub or a colleague in the same place, and back: behind all records, so that words and
//! thumbnails come first.
//!
//! # Invariants
//!
//! - **Goes on where it ended.** The hub says how much it has of a chunk; of what comes, each part is kept as it arrives. A
//!   cut costs one part at most.
//! - **A chunk is what its name says** before it counts as arrived; a hub that gives other bytes is told of, and what it
//!   gave is thrown away.
//! - **A talk ends.** It carries so much each way; what is left goes with the next one, which is begun at once.
//! - **The hub's word is believed for a week**: that it has a chunk it does not sign for.
//! - **What a colleague has is not at the hub**: nothing is kept of what he says to have.

use std::collections::VecDeque;

use sync::carrier::{Method, Reply};
use wire::chunk::MOST_BYTES;
use wire::hub::{BlobsAsked, BlobsTold, MAX_BATCH};
use wire::ids::Hash;

use super::{Conversation, Phase, Step, push, refusal, state};
use crate::App;
use crate::error::{AppError, ErrorCode, Result};

/// Bytes of one call.
const PART: u64 = 256 << 10;
/// For so long the hub's word that it has a chunk is believed, ms.
const BELIEVED: i64 = 7 * 24 * 3_600_000;
/// Bytes that one talk carries each way.
const ONE_TALK: u64 = 16 << 20;

/// What is still to be carried.
#[derive(Debug, Default)]
pub(super) struct Carrying {
    ask: VecDeque<Hash>,
    send: VecDeque<(Hash, u64)>,
    fetch: VecDeque<(Hash, u64)>,
    /// The hub takes no more for now.
    is_full: bool,
    /// Bytes that went.
    pub(super) sent: u64,
    /// Bytes that came.
    pub(super) received: u64,
}

impl Carrying {
    /// Whether another talk would carry more.
    pub(super) fn goes_on(&self) -> bool {
        !self.fetch.is_empty() || (!self.is_full && !self.send.is_empty())
    }
}

/// A chunk on its way to the hub.
#[derive(Debug)]
pub(super) struct Sending {
    chunk: Hash,
    bytes: Vec<u8>,
    from: u64,
    /// The hub was found elsewhere once.
    again: bool,
}

/// A chunk on its way here.
#[derive(Debug)]
pub(super) struct Fetching {
    chunk: Hash,
    from: u64,
    total: u64,
}

impl Conversation {
    /// Asks the hub about the chunks that it may lack, and those that are missing here; a colleague about all of which both
    /// may know.
    pub(super) fn begin_chunks(&mut self, app: &mut App) -> Result<Step> {
        if let Some(device) = self.whose_laptop() {
            let between = app.chunks_between(device)?;
            let (here, missing): (Vec<_>, Vec<_>) = between
                .into_iter()
                .partition(|chunk| app.chunks.has(chunk.as_bytes()));
            // What is given goes oldest first, as to the hub.
            self.carrying.ask = here.into_iter().rev().chain(missing).collect();
            return self.ask_for_chunks(app);
        }
        app.doubt_the_hub()?;
        let chunks = &app.chunks;
        self.carrying.ask = app.store.read(|reader| {
            let unknown = reader.chunks_not_at_hub()?;
            let here = unknown.into_iter().filter(|hash| chunks.has(hash));
            let mut ask: VecDeque<_> = here.map(Hash::new).collect();
            let named = reader.chunks()?.into_iter().map(|row| row.hash);
            ask.extend(named.filter(|hash| !chunks.has(hash)).map(Hash::new));
            Ok::<_, AppError>(ask)
        })?;
        self.ask_for_chunks(app)
    }

    fn ask_for_chunks(&mut self, app: &mut App) -> Result<Step> {
        let some = self.carrying.ask.len().min(MAX_BATCH);
        if some == 0 {
            return self.send_next_chunk(app);
        }
        let blobs: Vec<_> = self.carrying.ask.drain(..some).collect();
        let asked = BlobsAsked {
            blobs: blobs.clone(),
        };
        Ok(self.post(Phase::AskingForChunks(blobs), "/v1/blobs/have", &asked))
    }

    pub(super) fn told_of_chunks(
        &mut self,
        app: &mut App,
        asked: &[Hash],
        told: &BlobsTold,
    ) -> Result<Step> {
        if told.blobs.len() != asked.len() {
            return Err(ErrorCode::HubFaulty.into());
        }
        let mut there = Vec::new();
        for (chunk, (is_whole, length)) in asked.iter().zip(&told.blobs) {
            match (app.chunks.has(chunk.as_bytes()), *is_whole) {
                (true, true) => there.push(*chunk),
                #[cfg(test)]
                (true, false) if super::tests::CARRIES_NO_FILES.get() => {}
                (true, false) => self.carrying.send.push_back((*chunk, *length)),
                (false, true) if *length <= MOST_BYTES as u64 => {
                    self.carrying.fetch.push_back((*chunk, *length));
                }
                (false, true) => self.differs(),
                // Whoever has it has not brought it yet.
                (false, false) => {}
            }
        }
        self.are_there(app, &there)?;
        self.ask_for_chunks(app)
    }

    /// Keeps that the hub has these chunks; of a colleague nothing is kept.
    fn are_there(&self, app: &mut App, chunks: &[Hash]) -> Result<()> {
        if self.colleague.is_some() || chunks.is_empty() {
            return Ok(());
        }
        Ok(app.store.transact(|tx| {
            chunks
                .iter()
                .try_for_each(|chunk| tx.put_chunk_at_hub(chunk.as_bytes()))
        })?)
    }

    fn differs(&mut self) {
        self.said.left_out.insert("chunk_differs".to_owned());
    }

    fn send_next_chunk(&mut self, app: &mut App) -> Result<Step> {
        while !self.carrying.is_full && self.carrying.sent < ONE_TALK {
            let Some((chunk, from)) = self.carrying.send.pop_front() else {
                break;
            };
            let Some(bytes) = app.chunks.get(chunk.as_bytes())? else {
                continue;
            };
            // One that is damaged here is nothing to bring to anybody; `verify` tells of it.
            if Hash::of(&[&bytes]) != chunk {
                continue;
            }
            let from = if from < bytes.len() as u64 { from } else { 0 };
            return Ok(self.send_part(Sending {
                chunk,
                bytes,
                from,
                again: false,
            }));
        }
        self.fetch_next_chunk(app)
    }

    fn send_part(&mut self, sending: Sending) -> Step {
        let total = sending.bytes.len() as u64;
        let method = Method::PutPart {
            from: sending.from,
            total,
        };
        let path = format!("/v1/blobs/{}", sending.chunk);
        let body = part_of(&sending.bytes, sending.from).to_vec();
        self.call(Phase::SendingChunk(sending), method, path, body)
    }

    pub(super) fn chunk_sent(&mut self, app: &mut App, mut sending: Sending) -> Result<Step> {
        let length = part_of(&sending.bytes, sending.from).len() as u64;
        sending.from += length;
        self.carrying.sent += length;
        if sending.from < sending.bytes.len() as u64 {
            return Ok(self.send_part(sending));
        }
        self.are_there(app, &[sending.chunk])?;
        self.send_next_chunk(app)
    }

    pub(super) fn chunk_not_taken(
        &mut self,
        app: &mut App,
        mut sending: Sending,
        code: String,
    ) -> Result<Step> {
        if ["upload_elsewhere", "blob_differs"].contains(&code.as_str()) && !sending.again {
            // A part of it was lost there, or somebody else brings the same: from the beginning, once.
            (sending.from, sending.again) = (0, true);
            return Ok(self.send_part(sending));
        }
        if code == "not_found" && self.colleague.is_some() {
            // His laptop does not know of the attachment, or not that this one may: perhaps next time.
            return self.send_next_chunk(app);
        }
        self.carrying.is_full = push::is_full(&code) || code == "no_blobs";
        self.said.left_out.insert(code);
        self.send_next_chunk(app)
    }

    fn fetch_next_chunk(&mut self, app: &mut App) -> Result<Step> {
        while self.carrying.received < ONE_TALK
            && let Some((chunk, total)) = self.carrying.fetch.pop_front()
        {
            // Another way may have brought it meanwhile.
            if app.chunks.has(chunk.as_bytes()) {
                continue;
            }
            let here = app.chunks.part(chunk.as_bytes())?.len() as u64;
            let from = if here < total { here } else { 0 };
            return Ok(self.fetch_part(Fetching { chunk, from, total }));
        }
        self.finish(app)
    }

    fn fetch_part(&mut self, fetching: Fetching) -> Step {
        let method = Method::GetPart {
            from: fetching.from,
            length: PART.min(fetching.total - fetching.from),
        };
        let path = format!("/v1/blobs/{}", fetching.chunk);
        self.call(Phase::FetchingChunk(fetching), method, path, Vec::new())
    }

    pub(super) fn chunk_came(
        &mut self,
        app: &mut App,
        mut fetching: Fetching,
        reply: Reply,
    ) -> Result<Step> {
        let wanted = PART.min(fetching.total - fetching.from);
        if reply.status != 206 || reply.body.len() as u64 != wanted {
            let code = refusal(&reply).unwrap_or_else(|| "chunk_differs".to_owned());
            self.said.left_out.insert(code);
            return self.fetch_next_chunk(app);
        }
        let at = usize::try_from(fetching.from).map_err(|_| ErrorCode::HubFaulty)?;
        let name = fetching.chunk.as_bytes();
        if app.chunks.has(name) {
            return self.fetch_next_chunk(app);
        }
        app.chunks.add_part(name, at, &reply.body)?;
        fetching.from += wanted;
        self.carrying.received += wanted;
        if fetching.from < fetching.total {
            return Ok(self.fetch_part(fetching));
        }
        let whole = app.chunks.part(name)?;
        if Hash::of(&[&whole]) == fetching.chunk {
            app.chunks.put(name, &whole)?;
            self.are_there(app, &[fetching.chunk])?;
        } else {
            app.chunks.remove(name)?;
            self.differs();
        }
        self.fetch_next_chunk(app)
    }
}

impl App {
    /// What the hub said to have of attachments is no receipt: after a while it is asked about all of them again.
    fn doubt_the_hub(&mut self) -> Result<()> {
        let now = self.environment.now();
        self.store.transact(|tx| {
            let last = state::moment(tx.device_state(state::CHUNKS_ASKED)?);
            if last.is_some_and(|last| (last..last.saturating_add(BELIEVED)).contains(&now)) {
                return Ok(());
            }
            tx.forget_chunks_at_hub()?;
            Ok(tx.put_device_state(state::CHUNKS_ASKED, now.to_string().as_bytes())?)
        })
    }
}

/// What one call carries of a chunk.
fn part_of(bytes: &[u8], from: u64) -> &[u8] {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let rest = bytes.get(from..).unwrap_or_default();
    let most = usize::try_from(PART).unwrap_or(usize::MAX);
    rest.get(..most.min(rest.len())).unwrap_or_default()
}
