//! A hub in memory's reach: a clock that is turned by hand, a folder that goes away, calls without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, request::Builder};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use relay::blobs::Blobs;
use relay::conformance::people::{Person, found, operations, paper};
use relay::http::router;
use relay::service;
use relay::settings::{Settings, World};
use relay::sqlite::{Opening, SqliteStore};
use tempfile::TempDir;
use tower::ServiceExt;
use wire::cbor::{self, Cbor};
use wire::directory::{self, Act, Directory};
use wire::hub::{Admitted, Asks, Challenge, Join, Joined, Notices, Refusal, Taken};
use wire::ids::Hash;

pub(crate) const ORIGIN: &str = "https://hub.example";

#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<(AtomicU64, AtomicU64)>);

impl Clock {
    pub(crate) fn forward(&self, seconds: u64) {
        self.0.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl World for Clock {
    fn now(&self) -> u64 {
        1_800_000_000 + self.0.0.load(Ordering::Relaxed)
    }
    fn random(&self) -> [u8; 32] {
        let drawn = self.0.1.fetch_add(1, Ordering::Relaxed);
        *Hash::of(&[&drawn.to_be_bytes()]).as_bytes()
    }
}

pub(crate) struct Hub {
    pub(crate) hub: Arc<service::Hub<SqliteStore, Clock>>,
    pub(crate) router: Router,
    pub(crate) clock: Clock,
    pub(crate) key: [u8; 32],
    _dir: TempDir,
}

impl Hub {
    pub(crate) fn new(settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, key) = SqliteStore::open(dir.path(), Opening::ToServe, [7; 16]).unwrap();
        let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
        let (clock, public) = (Clock::default(), key.public());
        let hub = service::Hub::new(store, clock.clone(), settings, key, Some(blobs));
        let hub = Arc::new(hub);
        Self {
            router: router(Arc::clone(&hub)),
            hub,
            clock,
            key: public,
            _dir: dir,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str, token: Option<[u8; 32]>) -> Builder {
        let request = Request::builder().method(method).uri(path);
        match token {
            Some(token) => {
                let token = Hash::new(token);
                request.header("authorization", format!("Bearer {token}"))
            }
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (u16, HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 26).await.unwrap();
        (parts.status.as_u16(), parts.headers, body.to_vec())
    }

    async fn call<B: Cbor>(
        &self,
        method: Method,
        path: &str,
        token: Option<[u8; 32]>,
        body: &B,
    ) -> (u16, Vec<u8>) {
        let body = Body::from(cbor::to_vec(body));
        let request = self.request(method, path, token).body(body).unwrap();
        let (status, headers, body) = self.send(request).await;
        if status == 429 {
            assert!(headers.contains_key("retry-after"));
        }
        (status, body)
    }

    pub(crate) async fn post<B: Cbor, A: Cbor>(
        &self,
        path: &str,
        token: Option<[u8; 32]>,
        body: &B,
    ) -> A {
        let (status, answer) = self.call(Method::POST, path, token, body).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        cbor::from_slice(&answer).unwrap()
    }

    pub(crate) async fn get<A: Cbor>(&self, path: &str, token: Option<[u8; 32]>) -> A {
        let (status, answer) = self.call(Method::GET, path, token, &0_u64).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        cbor::from_slice(&answer).unwrap()
    }

    pub(crate) async fn refused<B: Cbor>(
        &self,
        method: Method,
        path: &str,
        token: Option<[u8; 32]>,
        body: &B,
    ) -> (u16, String) {
        let (status, code) = self.refused_or_not(method, path, token, body).await;
        assert!(status >= 400, "let through");
        (status, code)
    }

    pub(crate) async fn refused_or_not<B: Cbor>(
        &self,
        method: Method,
        path: &str,
        token: Option<[u8; 32]>,
        body: &B,
    ) -> (u16, String) {
        let (status, answer) = self.call(method, path, token, body).await;
        let code = cbor::from_slice::<Refusal>(&answer).map(|refusal| refusal.code);
        (status, code.unwrap_or_default())
    }

    pub(crate) async fn events(
        &self,
        token: [u8; 32],
    ) -> BoxStream<'static, Result<Bytes, axum::Error>> {
        let request = self.request(Method::GET, "/v1/events", Some(token));
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().into_data_stream().boxed()
    }
}

/// An office that the hub carries.
pub(crate) struct Office {
    pub(crate) first: Person,
    pub(crate) directory: Directory,
}

impl Office {
    pub(crate) async fn joined(hub: &Hub) -> Self {
        let first = Person::new(1);
        let directory = found(&first);
        let join = Join {
            code: hub.hub.invite(100).await.unwrap().code,
            directory: operations(&directory),
            device: first.device(),
        };
        let joined: Joined = hub.post("/v1/join", None, &join).await;
        assert_eq!(joined.hub, hub.key);
        Self { first, directory }
    }

    /// Gives the escrow its seat, as two administrators do.
    pub(crate) fn seat(&mut self, escrow: &Person) {
        let keys = escrow.keys();
        let vow = directory::escrow::vow(&keys, self.directory.org(), &escrow.sign);
        let paper = paper();
        let second = (directory::paper_device(&paper.public()), &paper);
        let act = Act::EscrowSeat { keys, vow };
        self.directory
            .write(&act, self.first.pen(), Some(second))
            .unwrap();
    }

    pub(crate) async fn admitted(&self, hub: &Hub, person: &Person) -> Admitted {
        let (org, device) = (self.directory.org(), person.device());
        let challenge: Challenge = hub.post("/v1/auth", None, &Asks { org, device }).await;
        let answer = person.answer(org, &challenge, ORIGIN);
        hub.post("/v1/auth", None, &answer).await
    }

    pub(crate) async fn token(&self, hub: &Hub, person: &Person) -> [u8; 32] {
        self.admitted(hub, person).await.token
    }

    /// Sends the whole directory.
    pub(crate) async fn tell(&self, hub: &Hub, token: [u8; 32]) {
        let notices = Notices {
            directory: operations(&self.directory),
            ..Notices::default()
        };
        let taken: Taken = hub.post("/v1/directory", Some(token), &notices).await;
        assert_eq!((taken.held, taken.refused), (0, 0));
    }
}
