//! What stands between a guest and the relay: one connection, one device.
//!
//! # Invariants
//!
//! - **The answer to a challenge names this device and this connection**, and a token is good on it alone.
//! - **Only what a laptop needs**: no joining, no metrics, and nothing that takes away.
//! - **A chunk that was not laid out for this guest** is answered like one that nobody has, whether it is here or not.
//! - **What both have is compared with the laptop itself**, not with what lies open: that is only what guests lack.
//! - **A guest's question waits** until the host has laid out what it has, or has taken in what the guest gave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use relay::http::unhex;
use relay::refusal::Refused;
use sync::carrier::MAX_REPLY;
use tokio::sync::watch;
use wire::body::Have;
use wire::cbor::{self, Cbor};
use wire::hub::{Admitted, Answer, BlobsAsked, BlobsTold, HaveAsked, HaveTold, MAX_BODY, Taken};
use wire::ids::{Device, Hash};
use wire::lan::{self, HERE, Haves};

use crate::host::Event;

/// How long a guest waits for the host. Less than a carrier waits for an answer.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a host's connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) events: Sender<Event>,
    /// How often something became due for the host.
    pub(crate) due: AtomicU64,
    /// Up to where the host has done it.
    pub(crate) done: watch::Sender<u64>,
    /// Who is here.
    pub(crate) guests: Mutex<BTreeMap<Device, There>>,
    #[cfg(test)]
    pub(crate) is_open_handed: bool,
}

/// A laptop that is here.
#[derive(Debug, Default)]
pub(crate) struct There {
    lines: usize,
    /// What it said to have; nothing before it has said so.
    pub(crate) has: Option<Vec<Have>>,
    /// What the host has of the lanes that both read.
    pub(crate) here: Haves,
    /// Of which chunks it may hear, and which it may bring.
    pub(crate) chunks: BTreeSet<Hash>,
}

impl Shared {
    /// Something is due; up to where the host has to come for it.
    pub(crate) fn want(&self, event: Event) -> u64 {
        let due = self.due.fetch_add(1, Ordering::SeqCst) + 1;
        // A host that is closing hears nothing any more.
        let _ = self.events.send(event);
        due
    }

    pub(crate) fn guests(&self) -> MutexGuard<'_, BTreeMap<Device, There>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guest, on one connection.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) device: Device,
    pub(crate) binding: [u8; 32],
    pub(crate) shared: Arc<Shared>,
    /// What the next question waits for.
    pub(crate) due: AtomicU64,
    /// How often it has asked what is here.
    asked: AtomicU64,
    token: Mutex<Option<[u8; 32]>>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut guests = self.shared.guests();
        if let Some(there) = guests.get_mut(&self.device) {
            there.lines = there.lines.saturating_sub(1);
            if there.lines == 0 {
                guests.remove(&self.device);
            }
        }
    }
}

impl Guest {
    pub(crate) fn new(device: Device, binding: [u8; 32], shared: Arc<Shared>) -> Self {
        shared.guests().entry(device).or_default().lines += 1;
        let due = AtomicU64::new(shared.want(Event::Came(device)));
        Self {
            device,
            binding,
            shared,
            due,
            asked: AtomicU64::new(0),
            token: Mutex::default(),
        }
    }

    /// Whether it may hear of a chunk.
    fn may_know(&self, chunk: Hash) -> bool {
        #[cfg(test)]
        if self.shared.is_open_handed {
            return true;
        }
        let guests = self.shared.guests();
        let there = guests.get(&self.device);
        there.is_some_and(|there| there.chunks.contains(&chunk))
    }

    /// The relay's routes, as this guest may use them.
    pub(crate) fn routes(self: Arc<Self>, relay: Router) -> Router {
        relay.layer(middleware::from_fn(move |request, next| {
            Arc::clone(&self).pass(request, next)
        }))
    }

    async fn pass(self: Arc<Self>, request: Request, next: Next) -> Response {
        let answered = self.let_through(request, next).await;
        answered.unwrap_or_else(IntoResponse::into_response)
    }

    async fn let_through(&self, request: Request, next: Next) -> Result<Response, Refused> {
        let path = request.uri().path().to_owned();
        if path == "/v1/auth" {
            return self.greet(request, next).await;
        }
        let chunk = path.strip_prefix("/v1/blobs/").and_then(unhex);
        let is_needed = [
            "/v1/directory",
            "/v1/records",
            "/v1/feed",
            "/v1/have",
            "/v1/stubs",
            "/v1/blobs/have",
            HERE,
        ]
        .contains(&path.as_str())
            || chunk.is_some();
        if !is_needed {
            return Err(Refused::NotFound);
        }
        if !self.is_admitted(&request) {
            return Err(Refused::NotAdmitted);
        }
        match (request.method().clone(), path.as_str()) {
            (Method::GET, "/v1/directory") => {
                self.wait().await?;
                Ok(next.run(request).await)
            }
            (Method::POST, HERE) => self.listen(request).await,
            (Method::POST, "/v1/records" | "/v1/stubs" | "/v1/directory") => {
                let response = next.run(request).await;
                if response.status().is_success() {
                    let due = self.shared.want(Event::Gave(self.device));
                    self.due.store(due, Ordering::SeqCst);
                }
                Ok(response)
            }
            (Method::POST, "/v1/have") => self.compare(request).await,
            (Method::POST, "/v1/blobs/have") => self.tell_of_chunks(request, next).await,
            (method, _) if chunk.is_some_and(|chunk| !self.may_know(Hash::new(chunk))) => {
                // What is given is read all the same: the line is good for more.
                if method == Method::PUT {
                    whole(request.into_body(), MAX_BODY).await?;
                }
                Err(Refused::NotFound)
            }
            (method, _) if chunk.is_some() => Ok(self.carry(method, request, next).await),
            _ => Ok(next.run(request).await),
        }
    }

    async fn greet(&self, request: Request, next: Next) -> Result<Response, Refused> {
        let (parts, body) = request.into_parts();
        let bytes = whole(body, 4096).await?;
        let answer = cbor::from_slice::<Answer>(&bytes).ok();
        if let Some(answer) = &answer {
            let said = &answer.statement;
            if said.device != self.device || said.origin != lan::origin(&self.binding) {
                return Err(Refused::NotAdmitted);
            }
        }
        let response = next
            .run(Request::from_parts(parts, Body::from(bytes)))
            .await;
        if answer.is_none() || !response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let bytes = whole(body, MAX_REPLY).await?;
        if let Ok(admitted) = cbor::from_slice::<Admitted>(&bytes) {
            *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(admitted.token);
        }
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }

    fn is_admitted(&self, request: &Request) -> bool {
        let token = *self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.is_some_and(|token| {
            let digits: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
            let shown = request.headers().get(header::AUTHORIZATION);
            shown.is_some_and(|shown| shown.as_bytes() == format!("Bearer {digits}").as_bytes())
        })
    }

    /// Hears what the guest has, and waits until the host has laid out what it lacks.
    async fn listen(&self, request: Request) -> Result<Response, Refused> {
        let said: HaveTold = body_of(request).await?;
        if let Some(there) = self.shared.guests().get_mut(&self.device) {
            let lanes = said.lanes.into_iter();
            there.has = Some(lanes.flat_map(|(_, haves)| haves).collect());
        }
        let due = self.shared.want(Event::Came(self.device));
        self.due.store(due, Ordering::SeqCst);
        self.wait().await?;
        Ok(answer(&Taken {
            new: 0,
            held: 0,
            refused: 0,
        }))
    }

    /// Where both have the same, the host is told.
    async fn compare(&self, request: Request) -> Result<Response, Refused> {
        self.wait().await?;
        let asked: HaveAsked = body_of(request).await?;
        let told = {
            let guests = self.shared.guests();
            let there = guests.get(&self.device);
            there.and_then(|there| lan::differing(&there.here, &asked))
        };
        let told = told.ok_or(Refused::LaneClosed)?;
        // The first question is what to give, the second whether it has arrived.
        if self.asked.fetch_add(1, Ordering::SeqCst) > 0 {
            let differs = |lane| told.lanes.iter().any(|(told, _)| *told == lane);
            let lanes = asked.lanes.into_iter();
            let _ = self.shared.events.send(Event::Has {
                device: self.device,
                lanes: lanes.filter(|(lane, _)| !differs(*lane)).collect(),
                all: told.lanes.is_empty(),
            });
        }
        Ok(answer(&told))
    }

    /// Of chunks that are not for this guest nothing is told.
    async fn tell_of_chunks(&self, request: Request, next: Next) -> Result<Response, Refused> {
        self.wait().await?;
        let (parts, body) = request.into_parts();
        let bytes = whole(body, MAX_BODY).await?;
        let asked = cbor::from_slice::<BlobsAsked>(&bytes).map_err(|_| Refused::Malformed)?;
        let response = next
            .run(Request::from_parts(parts, Body::from(bytes)))
            .await;
        if response.status() != StatusCode::OK {
            return Ok(response);
        }
        let (mut parts, body) = response.into_parts();
        let bytes = whole(body, MAX_REPLY).await?;
        let mut told = cbor::from_slice::<BlobsTold>(&bytes).map_err(|_| Refused::Malformed)?;
        for (chunk, said) in asked.blobs.iter().zip(&mut told.blobs) {
            if !self.may_know(*chunk) {
                *said = (false, 0);
            }
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Body::from(cbor::to_vec(&told))))
    }

    /// Carries a part of a chunk there or back, and tells the host how much it was.
    async fn carry(&self, method: Method, request: Request, next: Next) -> Response {
        let came = request.body().size_hint().exact().unwrap_or_default();
        let response = next.run(request).await;
        if response.status().is_success() {
            let (taken, given) = match method {
                Method::PUT => (came, 0),
                Method::GET => (0, response.size_hint().exact().unwrap_or_default()),
                _ => (0, 0),
            };
            if taken + given > 0 {
                let _ = self.shared.events.send(Event::Carried {
                    device: self.device,
                    taken,
                    given,
                });
            }
        }
        response
    }

    async fn wait(&self) -> Result<(), Refused> {
        let due = self.due.load(Ordering::SeqCst);
        let mut done = self.shared.done.subscribe();
        let waited = tokio::time::timeout(PATIENCE, done.wait_for(|done| *done >= due)).await;
        match waited {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Refused::TooSlow),
        }
    }
}

async fn body_of<T: Cbor>(request: Request) -> Result<T, Refused> {
    let bytes = whole(request.into_body(), MAX_BODY).await?;
    cbor::from_slice(&bytes).map_err(|_| Refused::Malformed)
}

fn answer<T: Cbor>(said: &T) -> Response {
    Body::from(cbor::to_vec(said)).into_response()
}

async fn whole(body: Body, most: usize) -> Result<Bytes, Refused> {
    to_bytes(body, most).await.map_err(|_| Refused::TooLarge)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The red control: who opens in this thread from now on hands out every chunk to everybody.
        pub(crate) static OPEN_HANDED: Cell<bool> = const { Cell::new(false) };
    }
}
