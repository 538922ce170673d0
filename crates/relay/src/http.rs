//! The hub's calls over HTTP.
//!
//! # Invariants
//!
//! - **Every body is capped and every call ends in time**; event streams end with their token.
//! - **The log holds no content**: no body, no token, no address, no id; route, status and duration alone.
//! - **`openapi.json` names every route**; a test compares.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes as Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{
    DefaultBodyLimit, FromRequest, FromRequestParts, MatchedPath, Path, Query, Request, State,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use wire::cbor::{self, Cbor};
use wire::hub::{
    Answer, Asks, Batch, BlobsAsked, Drop, DropBlobs, HaveAsked, Join, Notices, Seeks, Stubs,
};
use wire::ids::{Hash, Lane};

use crate::blobs::Found;
use crate::refusal::Refused;
use crate::service::{Caller, Events, Hub};
use crate::settings::World;
use crate::store::HubStore;

/// The description of the calls.
pub const OPENAPI: &str = include_str!("../openapi.json");

const MEDIA: &str = "application/cbor";
/// The body of a call to be let in, which anybody may make.
const AUTH_BODY: usize = 4096;
/// A directory to begin with, from anybody.
const JOIN_BODY: usize = 4 << 20;
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// The routes of a hub.
pub fn router<S: HubStore, W: World>(hub: Arc<Hub<S, W>>) -> Router {
    let large = DefaultBodyLimit::max(hub.settings().body_bytes);
    let blob = usize::try_from(hub.settings().blob_bytes).unwrap_or(usize::MAX);
    let calls = Arc::new(Calls::default());
    let seconds = Duration::from_secs(hub.settings().call_seconds);
    let timed = Router::new()
        .route(
            "/v1/join",
            post(join).layer(DefaultBodyLimit::max(JOIN_BODY)),
        )
        .route(
            "/v1/office",
            post(office).layer(DefaultBodyLimit::max(AUTH_BODY)),
        )
        .route(
            "/v1/auth",
            post(auth).layer(DefaultBodyLimit::max(AUTH_BODY)),
        )
        .route(
            "/v1/directory",
            get(directory).post(add_directory).layer(large),
        )
        .route("/v1/records", post(records).layer(large))
        .route("/v1/feed", get(feed))
        .route("/v1/have", post(have).layer(DefaultBodyLimit::max(1 << 20)))
        .route(
            "/v1/drop",
            post(drop_records).layer(DefaultBodyLimit::max(1 << 20)),
        )
        .route(
            "/v1/stubs",
            post(take_stubs).layer(DefaultBodyLimit::max(2 << 20)),
        )
        .route(
            "/v1/blobs/drop",
            post(drop_blobs).layer(DefaultBodyLimit::max(1 << 20)),
        )
        .route(
            "/v1/blobs/have",
            post(find_blobs).layer(DefaultBodyLimit::max(1 << 20)),
        )
        .route(
            "/v1/blobs/{sha256}",
            put(put_blob)
                .get(get_blob)
                .head(head_blob)
                .layer(DefaultBodyLimit::max(blob)),
        )
        .route("/readyz", get(ready))
        .layer(middleware::from_fn(move |request, next: Next| async move {
            let answered = tokio::time::timeout(seconds, next.run(request)).await;
            answered.unwrap_or_else(|_| Refused::TooSlow.into_response())
        }));
    let metered = Arc::clone(&calls);
    timed
        .route("/v1/events", get(events))
        .route("/healthz", get(|| async { "ok\n" }))
        .route(
            "/openapi.json",
            get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI) }),
        )
        .route(
            "/metrics",
            get(move |State(hub): State<Arc<Hub<S, W>>>| async move { metrics(&hub, &metered) }),
        )
        .fallback(|| async { Refused::NotFound })
        .layer(middleware::from_fn(move |request, next| {
            watch(Arc::clone(&calls), request, next)
        }))
        .with_state(hub)
}

/// Answers by class of status, for the metrics.
#[derive(Debug, Default)]
struct Calls {
    by_class: [AtomicU64; 6],
    micros: AtomicU64,
}

async fn watch(calls: Arc<Calls>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    if let Some(count) = calls.by_class.get(usize::from(status / 100)) {
        count.fetch_add(1, Ordering::Relaxed);
    }
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    calls.micros.fetch_add(micros, Ordering::Relaxed);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    if status >= 500 {
        tracing::warn!(%method, route, status, micros, "call");
    } else {
        tracing::info!(%method, route, status, micros, "call");
    }
    response
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        if let Self::Store(fault) = &self {
            // What the database says may name a value: only its kind goes into the log.
            tracing::error!(%fault, "the store failed");
        }
        let refusal = self.to_refusal();
        let status =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Strict(refusal.clone())).into_response();
        if refusal.retry_after > 0 {
            let seconds = HeaderValue::from(refusal.retry_after);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// A body in the strict form.
struct Strict<T>(T);

impl<T: Cbor> IntoResponse for Strict<T> {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, MEDIA)], cbor::to_vec(&self.0)).into_response()
    }
}

impl<T: Cbor, S: Send + Sync> FromRequest<S> for Strict<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = whole(request, state).await?;
        let value = cbor::from_slice(&bytes).map_err(|_| Refused::Malformed)?;
        Ok(Self(value))
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Body, Refused> {
    Body::from_request(request, state)
        .await
        .map_err(|rejected: BytesRejection| {
            if rejected.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Refused::TooLarge
            } else {
                Refused::Malformed
            }
        })
}

impl<S: HubStore, W: World> FromRequestParts<Arc<Hub<S, W>>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub<S, W>>) -> Result<Self, Refused> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .and_then(unhex)
            .ok_or(Refused::NotAdmitted)?;
        hub.caller(&token).await
    }
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    (text.len() == 2 * N).then_some(())?;
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (to, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

type At<S, W> = State<Arc<Hub<S, W>>>;

async fn join<S: HubStore, W: World>(
    State(hub): At<S, W>,
    Strict(join): Strict<Join>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.join(join).await?).into_response())
}

async fn office<S: HubStore, W: World>(
    State(hub): At<S, W>,
    Strict(seeks): Strict<Seeks>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.seek(seeks).await?).into_response())
}

/// Asking and answering are told apart by their form.
async fn auth<S: HubStore, W: World>(
    State(hub): At<S, W>,
    request: Request,
) -> Result<Response, Refused> {
    let bytes = whole(request, &()).await?;
    if let Ok(asks) = cbor::from_slice::<Asks>(&bytes) {
        return Ok(Strict(hub.ask(asks).await?).into_response());
    }
    let answer = cbor::from_slice::<Answer>(&bytes).map_err(|_| Refused::Malformed)?;
    Ok(Strict(hub.answer(answer).await?).into_response())
}

#[derive(Deserialize)]
struct Known {
    digest: Option<String>,
}

async fn directory<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    known: Result<Query<Known>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let Query(Known { digest }) = known.map_err(|_| Refused::Malformed)?;
    let digest = digest.map(|text| unhex(&text).map(Hash::new).ok_or(Refused::Malformed));
    let notices = hub.notices(&caller, digest.transpose()?).await?;
    Ok(Strict(notices).into_response())
}

async fn add_directory<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(notices): Strict<Notices>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.add_notices(&caller, notices).await?).into_response())
}

async fn records<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(batch): Strict<Batch>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.add_records(&caller, batch).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    lane: String,
    cursor: u64,
}

async fn feed<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let Query(asked) = asked.map_err(|_| Refused::Malformed)?;
    let lane = unhex(&asked.lane).ok_or(Refused::Malformed)?;
    let page = hub.feed(&caller, Lane::new(lane), asked.cursor).await?;
    Ok(Strict(page).into_response())
}

async fn have<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(asked): Strict<HaveAsked>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.have(&caller, asked).await?).into_response())
}

async fn drop_records<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(drop): Strict<Drop>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.drop_records(&caller, drop).await?).into_response())
}

async fn take_stubs<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(given): Strict<Stubs>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.take_stubs(&caller, given).await?).into_response())
}

async fn drop_blobs<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(drop): Strict<DropBlobs>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.drop_blobs(&caller, drop).await?).into_response())
}

async fn find_blobs<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Strict(asked): Strict<BlobsAsked>,
) -> Result<Response, Refused> {
    Ok(Strict(hub.find_blobs(&caller, asked).await?).into_response())
}

fn blob(name: &str) -> Result<Hash, Refused> {
    unhex(name).map(Hash::new).ok_or(Refused::NotFound)
}

/// `bytes START-END/TOTAL`, the end included.
fn content_range(headers: &HeaderMap, len: u64) -> Result<(u64, u64), Refused> {
    let Some(value) = headers.get(header::CONTENT_RANGE) else {
        return Ok((0, len));
    };
    let read = |text: &str| {
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (start, end) = range.split_once('-')?;
        let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
        (end.checked_sub(start)?.checked_add(1)? == len).then_some(())?;
        Some((start, total.parse().ok()?))
    };
    value.to_str().ok().and_then(read).ok_or(Refused::Malformed)
}

/// `bytes=START-` or `bytes=START-END`, the end included.
fn range(headers: &HeaderMap) -> Result<Option<(u64, Option<u64>)>, Refused> {
    let Some(value) = headers.get(header::RANGE) else {
        return Ok(None);
    };
    let read = |text: &str| {
        let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
        let end = if end.is_empty() {
            None
        } else {
            Some(end.parse().ok()?)
        };
        Some((start.parse().ok()?, end))
    };
    let range = value.to_str().ok().and_then(read);
    range.map(Some).ok_or(Refused::NoSuchRange)
}

async fn put_blob<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Refused> {
    let name = blob(&name)?;
    let bytes = whole(request, &()).await?;
    let (start, total) = content_range(&headers, bytes.len() as u64)?;
    let here = hub
        .put_blob(&caller, name, (start, total), bytes.to_vec())
        .await?;
    let status = if here == total {
        StatusCode::CREATED
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, [(OFFSET, here.to_string())]).into_response())
}

async fn get_blob<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let asked = range(&headers)?;
    let part = hub
        .get_blob(&caller, blob(&name)?, asked.unwrap_or((0, None)))
        .await?;
    let media = [(header::CONTENT_TYPE, "application/octet-stream")];
    if asked.is_none() {
        return Ok((media, part.bytes).into_response());
    }
    let last = part.from + (part.bytes.len() as u64).saturating_sub(1);
    let said = format!("bytes {}-{last}/{}", part.from, part.total);
    let partial = [(header::CONTENT_RANGE, said)];
    Ok((StatusCode::PARTIAL_CONTENT, media, partial, part.bytes).into_response())
}

/// How far an upload has come.
async fn head_blob<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, Refused> {
    let (status, here) = match hub.find_blob(&caller, blob(&name)?).await? {
        Found::Whole(len) => (StatusCode::OK, len),
        Found::Part(len) => (StatusCode::NOT_FOUND, len),
    };
    Ok((status, [(OFFSET, here.to_string())]).into_response())
}

async fn events<S: HubStore, W: World>(
    State(hub): At<S, W>,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let ends = tokio::time::Instant::now() + hub.time_left(&caller);
    let events = hub.events(&caller)?;
    let stream = stream::unfold(events, move |mut events: Events<S, W>| async move {
        let next = tokio::time::timeout_at(ends, events.next());
        let lane = next.await.ok()??;
        Some((Ok(Event::default().data(lane.to_string())), events))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}

async fn ready<S: HubStore, W: World>(State(hub): At<S, W>) -> Result<&'static str, Refused> {
    hub.ping().await?;
    Ok("ready\n")
}

fn metrics<S: HubStore, W: World>(hub: &Hub<S, W>, calls: &Calls) -> Response {
    let counts = hub.counts();
    let mut text = String::new();
    let mut line = |name: &str, labels: &str, kind: &str, value: u64| {
        if !text.contains(&format!("# TYPE {name} ")) {
            text.push_str(&format!("# TYPE {name} {kind}\n"));
        }
        text.push_str(&format!("{name}{labels} {value}\n"));
    };
    for (labels, count) in [
        ("{outcome=\"stored\"}", &counts.stored),
        ("{outcome=\"known\"}", &counts.known),
        ("{outcome=\"refused\"}", &counts.refused),
    ] {
        let value = count.load(Ordering::Relaxed);
        line("marugoto_hub_records_total", labels, "counter", value);
    }
    let read = counts.read.load(Ordering::Relaxed);
    line("marugoto_hub_records_read_total", "", "counter", read);
    for (labels, count) in [
        ("{outcome=\"admitted\"}", &counts.admitted),
        ("{outcome=\"turned_away\"}", &counts.turned_away),
    ] {
        let value = count.load(Ordering::Relaxed);
        line("marugoto_hub_auth_total", labels, "counter", value);
    }
    for (class, count) in calls.by_class.iter().enumerate().skip(2) {
        let labels = format!("{{status=\"{class}xx\"}}");
        let value = count.load(Ordering::Relaxed);
        line("marugoto_hub_calls_total", &labels, "counter", value);
    }
    let micros = calls.micros.load(Ordering::Relaxed);
    line(
        "marugoto_hub_call_microseconds_total",
        "",
        "counter",
        micros,
    );
    let open = hub.open_streams() as u64;
    line("marugoto_hub_event_streams", "", "gauge", open);
    let media = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (media, text).into_response()
}
