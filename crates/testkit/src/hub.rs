//! A hub over a real store in a temporary folder, without a network: calls go to its router, over a line that a test may
//! cut.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use relay::blobs::Blobs;
use relay::service;
use relay::settings::{Settings, World};
use relay::sqlite::{Opening, SqliteStore};
use sync::carrier::{Call, Carrier, MAX_REPLY, Reply, Unreachable};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// The address under which laptops know it.
pub const URL: &str = "http://hub.test";

/// A clock that goes on by a second with each look, and randomness of the operating system.
#[derive(Debug)]
struct Ticking(AtomicU64);

impl World for Ticking {
    fn now(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
    fn random(&self) -> [u8; 32] {
        crypto::random()
    }
}

type Service = Arc<service::Hub<SqliteStore, Ticking>>;

/// A hub.
pub struct Hub {
    dir: TempDir,
    runtime: Runtime,
    running: Option<(Service, Router)>,
    /// The last answer on each path, for a hub that says again what it said before.
    said: RefCell<HashMap<String, Reply>>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hub")
    }
}

impl Default for Hub {
    fn default() -> Self {
        // In memory where there is such a place: what is tested here is not the disk.
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        };
        let mut hub = Self {
            dir: dir.expect("a temporary folder"),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
            running: None,
            said: RefCell::default(),
        };
        hub.start();
        hub
    }
}

impl Hub {
    fn folder(&self) -> PathBuf {
        self.dir.path().join("hub")
    }

    fn start(&mut self) {
        let opened = SqliteStore::open(&self.folder(), Opening::ToServe, crypto::random());
        let (store, key) = opened.expect("the hub's folder opens");
        let clock = Ticking(AtomicU64::new(1_795_396_500));
        let hub = Arc::new(service::Hub::new(
            store,
            clock,
            Settings::default(),
            key,
            Some(Blobs::open(&self.folder().join("blobs")).expect("a folder for blobs")),
        ));
        let router = relay::http::router(Arc::clone(&hub));
        self.running = Some((hub, router));
    }

    /// A one-time code.
    #[must_use]
    pub fn invite(&self) -> String {
        let (hub, _) = self.running.as_ref().expect("the hub runs");
        let invitation = self.runtime.block_on(hub.invite(3600));
        invitation.expect("an invitation").text()
    }

    /// Writes a backup of the hub's folder, as its city does at night.
    pub fn back_up(&mut self, name: &str) {
        self.running = None;
        copy(&self.folder(), &self.dir.path().join(name));
        self.start();
    }

    /// Puts a backup in the place of the hub's folder, and says so to the hub or not.
    pub fn restore(&mut self, name: &str, said: bool) {
        self.running = None;
        fs::remove_dir_all(self.folder()).expect("the folder goes");
        copy(&self.dir.path().join(name), &self.folder());
        if said {
            SqliteStore::renew(&self.folder(), crypto::random()).expect("another life");
        }
        self.start();
    }

    /// How many whole chunks of attachments lie there.
    #[must_use]
    pub fn chunks(&self) -> usize {
        let named = |entry: &fs::DirEntry| entry.path().extension().is_none();
        walk(&self.folder().join("blobs"))
            .into_iter()
            .filter(named)
            .count()
    }

    /// A line that holds.
    #[must_use]
    pub fn line(&self) -> Line<'_> {
        self.line_that(|_| Fate::Through)
    }

    /// A line on which each call, counted from zero, has its fate.
    pub fn line_that<'a>(&'a self, fate: impl FnMut(usize) -> Fate + 'a) -> Line<'a> {
        Line {
            hub: self,
            fate: Box::new(fate),
            calls: 0,
            bytes: 0,
        }
    }

    fn answer(&self, call: &Call) -> Reply {
        let (_, router) = self.running.as_ref().expect("the hub runs");
        let mut request = Request::builder()
            .method(call.method.verb())
            .uri(&call.path);
        if let Some((name, value)) = call.method.part(call.body.len()) {
            request = request.header(name, value);
        }
        if let Some(token) = &call.token {
            let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
            request = request.header("authorization", format!("Bearer {hex}"));
        }
        let request = request
            .body(Body::from(call.body.clone()))
            .expect("a request");
        self.runtime.block_on(async {
            let response = router.clone().oneshot(request).await.expect("an answer");
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), MAX_REPLY).await;
            Reply {
                status,
                body: body.expect("a body").to_vec(),
            }
        })
    }
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and its answer comes back.
    Through,
    /// It does not arrive.
    LostThere,
    /// It arrives, and the answer is lost.
    LostBack,
    /// It arrives twice.
    Doubled,
    /// It does not arrive, and the answer of the last time comes back: a hub that shows an old state.
    Stale,
    /// Somebody answers in the hub's place.
    Answered(Reply),
    /// It arrives, and one byte of the answer is another: the so-many-th, counted on from the beginning where it ends.
    Altered(usize),
}

/// The way to a hub.
pub struct Line<'a> {
    hub: &'a Hub,
    fate: Box<dyn FnMut(usize) -> Fate + 'a>,
    /// How many calls were made.
    pub calls: usize,
    /// How many bytes went there and back.
    pub bytes: usize,
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({} calls, {} bytes)", self.calls, self.bytes)
    }
}

impl Carrier for Line<'_> {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let hub = self.hub;
        self.carry_by(call, |call| hub.answer(call))
    }
}

impl Line<'_> {
    /// The same, where somebody else answers than the hub: each call has its fate all the same.
    ///
    /// # Errors
    /// [`Unreachable`] where it is the call's fate.
    pub fn carry_by(
        &mut self,
        call: &Call,
        mut answer: impl FnMut(&Call) -> Reply,
    ) -> Result<Reply, Unreachable> {
        let fate = (self.fate)(self.calls);
        self.calls += 1;
        self.bytes += call.body.len();
        let lost = || Unreachable("the line is cut".into());
        let reply = match fate {
            Fate::LostThere => return Err(lost()),
            Fate::LostBack => {
                answer(call);
                return Err(lost());
            }
            Fate::Doubled => {
                answer(call);
                answer(call)
            }
            Fate::Through => answer(call),
            Fate::Stale => {
                let said = self.hub.said.borrow().get(&call.path).cloned();
                said.unwrap_or_else(|| answer(call))
            }
            Fate::Answered(reply) => reply,
            Fate::Altered(at) => {
                let mut reply = answer(call);
                let len = reply.body.len().max(1);
                if let Some(byte) = reply.body.get_mut(at % len) {
                    *byte ^= 1 << (at % 8);
                }
                reply
            }
        };
        self.bytes += reply.body.len();
        let mut said = self.hub.said.borrow_mut();
        said.insert(call.path.clone(), reply.clone());
        Ok(reply)
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("a copy");
        }
    }
}

/// All files under a folder.
fn walk(dir: &Path) -> Vec<fs::DirEntry> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            files.extend(walk(&entry.path()));
        } else {
            files.push(entry);
        }
    }
    files
}
