//! What stands between a guest and the relay: one connection, one device.
//!
//! # Invariants
//!
//! - **The answer to a challenge names this device and this connection**, and a token is good on it alone.
//! - **Only what a laptop needs**: no joining, no metrics.
//! - **A guest's question waits** until the host has laid out what it has, or has taken in what the guest gave.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use relay::refusal::Refused;
use sync::carrier::MAX_REPLY;
use tokio::sync::watch;
use wire::cbor;
use wire::hub::{Admitted, Answer, HaveAsked, HaveTold, MAX_BODY};
use wire::ids::Device;
use wire::lan;

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
}

impl Shared {
    /// Something is due; up to where the host has to come for it.
    pub(crate) fn want(&self, event: Event) -> u64 {
        let due = self.due.fetch_add(1, Ordering::SeqCst) + 1;
        // A host that is closing hears nothing any more.
        let _ = self.events.send(event);
        due
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

impl Guest {
    pub(crate) fn new(device: Device, binding: [u8; 32], shared: Arc<Shared>) -> Self {
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
        let is_needed = ["/v1/directory", "/v1/records", "/v1/feed", "/v1/have"]
            .contains(&path.as_str())
            || path.starts_with("/v1/blobs/");
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
            (Method::POST, "/v1/records" | "/v1/directory") => {
                let response = next.run(request).await;
                if response.status().is_success() {
                    let due = self.shared.want(Event::Gave(self.device));
                    self.due.store(due, Ordering::SeqCst);
                }
                Ok(response)
            }
            (Method::POST, "/v1/have") => self.compare(request, next).await,
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

    /// Where both have the same, the host is told.
    async fn compare(&self, request: Request, next: Next) -> Result<Response, Refused> {
        self.wait().await?;
        let (parts, body) = request.into_parts();
        let bytes = whole(body, MAX_BODY).await?;
        let asked = cbor::from_slice::<HaveAsked>(&bytes).ok();
        let response = next
            .run(Request::from_parts(parts, Body::from(bytes)))
            .await;
        let Some(asked) = asked.filter(|_| response.status() == StatusCode::OK) else {
            return Ok(response);
        };
        let (parts, body) = response.into_parts();
        let bytes = whole(body, MAX_REPLY).await?;
        if let Ok(told) = cbor::from_slice::<HaveTold>(&bytes) {
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
        }
        Ok(Response::from_parts(parts, Body::from(bytes)))
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

async fn whole(body: Body, most: usize) -> Result<Bytes, Refused> {
    to_bytes(body, most).await.map_err(|_| Refused::TooLarge)
}
