//! The laptop that opens for its colleagues.
//!
//! # Invariants
//!
//! - **It holds nothing of its own.** The store lies in a temporary folder, ciphertext alone, and goes with this value.
//! - **Chunks of attachments are not copied there**: they are read out of the laptop's own folder, as far as it says for each
//!   guest, and go there once they are whole and are what their names say.
//! - **A connection that says nothing ends**, and there is a most of open ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use relay::blobs::{self, Blobs};
use relay::settings::{Settings, World};
use relay::sqlite::{Opening, SqliteStore};
use relay::store::{Founding, HubStore, Notice, NoticeKind, StoreError};
use sync::carrier::{Call, Carrier, MAX_REPLY, Reply, Unreachable};
use sync::shelf::Shelf;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;
use wire::body::Have;
use wire::hub::Invitation;
use wire::ids::{Device, Hash, Lane, Org};
use wire::lan::{EXPORTER, Haves, Members};

use crate::certificate::Certificate;
use crate::find::Sign;
use crate::gate::{Guest, Shared};
use crate::see::Eye;

/// The port at which a host listens where nobody says another and it is free.
pub const PORT: u16 = 47_874;
/// What a host says to a guest that it has let in, before anything else.
pub(crate) const WELCOME: u8 = b'M';

const CONNECTIONS: usize = 64;
const GREETING: Duration = Duration::from_secs(10);

/// What happened at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A colleague has come, or has said what it has; what it lacks should be laid out.
    Came(Device),
    /// He has given something; it should be taken in.
    Gave(Device),
    /// Bytes of attachments went.
    Carried {
        /// To whom or from whom.
        device: Device,
        /// Bytes that he gave.
        taken: u64,
        /// Bytes that he got.
        given: u64,
    },
    /// He has ended, and both have the same where these digests stand.
    Has {
        /// Who.
        device: Device,
        /// What he has of each lane, where it is the same as what lies open here.
        lanes: Vec<(Lane, Hash)>,
        /// Whether that is all that he asked about.
        all: bool,
    },
}

/// Why a laptop does not open.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// It cannot listen there.
    #[error("the address cannot be listened at")]
    Listening(#[source] std::io::Error),
    /// No temporary store can be made.
    #[error("no temporary store can be made")]
    Store(#[from] StoreError),
    /// The folder for temporary files cannot be written.
    #[error("the folder for temporary files cannot be written")]
    Folder(#[from] std::io::Error),
    /// The certificate is no use.
    #[error("the certificate is of no use")]
    Certificate(#[from] tokio_rustls::rustls::Error),
}

/// An open laptop, until it is dropped.
pub struct Host {
    runtime: Option<Runtime>,
    router: Router,
    eye: Eye,
    address: SocketAddr,
    sign: Option<Sign>,
    number: String,
    shared: Arc<Shared>,
    events: Receiver<Event>,
    _folder: TempDir,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({})", self.address)
    }
}

#[derive(Debug)]
struct Here;

impl World for Here {
    #[expect(
        clippy::disallowed_methods,
        reason = "the relay's own clock, for its tickets alone: nothing of it reaches a record"
    )]
    fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }
    fn random(&self) -> [u8; 32] {
        crypto::random()
    }
}

impl Host {
    /// Opens at an address. `pass` is the device's word for the certificate, `founding` the office and its directory, `shelf`
    /// where the laptop's own chunks of attachments lie.
    ///
    /// # Errors
    /// [`NotOpened`]; nothing is left open.
    pub fn open(
        listen: SocketAddr,
        certificate: &Certificate,
        pass: &[u8],
        members: Members,
        (org, directory): (Org, Vec<Vec<u8>>),
        shelf: Arc<dyn Shelf>,
    ) -> Result<Self, NotOpened> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let folder = tempfile::Builder::new().prefix("marugoto-lan-").tempdir()?;
        let eye = Eye::new(members);
        let tls = TlsAcceptor::from(Arc::new(eye.server(certificate, pass)?));
        let router = runtime.block_on(relay(folder.path(), org, directory, shelf))?;
        let listener = runtime.block_on(listener(listen));
        let listener = listener.map_err(NotOpened::Listening)?;
        let address = listener.local_addr().map_err(NotOpened::Listening)?;
        let (events, heard) = mpsc::channel();
        let shared = Arc::new(Shared {
            events,
            due: AtomicU64::new(0),
            done: watch::Sender::new(0),
            guests: Mutex::default(),
            #[cfg(test)]
            is_open_handed: crate::gate::tests::OPEN_HANDED.get(),
        });
        let number = number();
        let sign = Sign::put_up(&number, address);
        runtime.spawn(serve(
            listener,
            tls,
            eye.clone(),
            router.clone(),
            Arc::clone(&shared),
        ));
        Ok(Self {
            runtime: Some(runtime),
            router,
            eye,
            address,
            sign,
            number,
            shared,
            events: heard,
            _folder: folder,
        })
    }

    /// The number under which colleagues in the same network find it: three digits, a hyphen, three digits.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Whether it can be found by its number.
    #[must_use]
    pub fn is_findable(&self) -> bool {
        self.sign.is_some()
    }

    /// The addresses that a colleague may type.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        if !self.address.ip().is_unspecified() {
            return vec![self.address];
        }
        own_addresses()
            .into_iter()
            .map(|ip| SocketAddr::new(ip, self.address.port()))
            .collect()
    }

    /// Waits for the next event, for so long.
    #[must_use]
    pub fn wait(&self, most: Duration) -> Option<Event> {
        self.events.recv_timeout(most).ok()
    }

    /// How much is due now. Whoever lays out and takes in after this has done all of it.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.shared.due.load(Ordering::SeqCst)
    }

    /// What was due has been done.
    pub fn did(&self, due: u64) {
        self.shared.done.send_replace(due);
    }

    /// Who is here, and what each said to have. Whoever was due is among them; who has said nothing yet lacks nothing.
    #[must_use]
    pub fn guests(&self) -> BTreeMap<Device, Option<Vec<Have>>> {
        let guests = self.shared.guests();
        let all = guests.iter();
        all.map(|(device, there)| (*device, there.has.clone()))
            .collect()
    }

    /// What is here of the lanes that a guest reads too, and which chunks it may ask for and may give, from now on.
    pub fn hand_out(&self, to: Device, here: Haves, chunks: BTreeSet<Hash>) {
        if let Some(there) = self.shared.guests().get_mut(&to) {
            (there.here, there.chunks) = (here, chunks);
        }
    }

    /// The directory has grown: who comes from now on is looked at by it.
    pub fn know(&self, members: Members) {
        self.eye.know(members);
    }

    /// The way to what lies open here, for this laptop itself.
    #[must_use]
    pub fn carrier(&self) -> Within<'_> {
        Within { host: self }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.sign = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// A carrier without a network.
#[derive(Debug)]
pub struct Within<'a> {
    host: &'a Host,
}

impl Carrier for Within<'_> {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let ended = || Unreachable("it is closed".into());
        let request = request(call).map_err(|error| Unreachable(Box::new(error)))?;
        let runtime = self.host.runtime.as_ref().ok_or_else(ended)?;
        runtime.block_on(async {
            let response = match self.host.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), MAX_REPLY).await;
            let body = body.map_err(|error| Unreachable(Box::new(error)))?;
            Ok(Reply {
                status,
                body: body.to_vec(),
            })
        })
    }
}

/// A call as HTTP says it.
pub(crate) fn request(call: &Call) -> Result<Request<Body>, axum::http::Error> {
    let mut request = Request::builder()
        .method(call.method.verb())
        .uri(&call.path)
        .header("host", "lan");
    if let Some((name, part)) = call.method.part(call.body.len()) {
        request = request.header(name, part);
    }
    if let Some(token) = &call.token {
        let digits: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        request = request.header("authorization", format!("Bearer {digits}"));
    }
    request.body(Body::from(call.body.clone()))
}

/// The laptop's own chunks, where a relay has its own.
#[derive(Debug)]
struct Lent(Arc<dyn Shelf>);

impl blobs::Shelf for Lent {
    fn length(&self, _: Org, blob: Hash) -> Result<Option<u64>, StoreError> {
        Ok(self.0.length(blob)?)
    }

    fn keep(&self, _: Org, blob: Hash, part: &Path) -> Result<(), StoreError> {
        self.0.keep(blob, &fs::read(part)?)?;
        Ok(fs::remove_file(part)?)
    }

    fn read(&self, _: Org, blob: Hash, from: u64, len: u64) -> Result<Vec<u8>, StoreError> {
        let bytes = self.0.read(blob)?.unwrap_or_default();
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        let part = bytes.get(at(from)..at(from.saturating_add(len)));
        Ok(part.ok_or(StoreError::Damaged)?.to_vec())
    }

    /// Nobody comes here to have the laptop's own chunks taken away.
    fn remove(&self, _: Org, _: Hash) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A relay over a new store, that carries this office.
async fn relay(
    folder: &Path,
    org: Org,
    directory: Vec<Vec<u8>>,
    shelf: Arc<dyn Shelf>,
) -> Result<Router, NotOpened> {
    let (store, key) = SqliteStore::open(folder, Opening::ToServe, crypto::random())?;
    let code = Invitation::digest(&crypto::random());
    let now = Here.now();
    store.invite(code, now + 60).await?;
    let notices = directory.into_iter().map(|bytes| Notice {
        kind: NoticeKind::Operation,
        bytes,
    });
    match store.found(code, now, org, notices.collect()).await? {
        Founding::Carried => {}
        Founding::NoInvitation => return Err(StoreError::Damaged.into()),
    }
    let settings = Settings {
        // The host asks again for each thing that a guest gives.
        asks_a_minute: 10_000,
        ..Settings::default()
    };
    let blobs = Blobs::over(Box::new(Lent(shelf)), &folder.join("blobs"))?;
    let hub = relay::service::Hub::new(store, Here, settings, key, Some(blobs));
    Ok(relay::http::router(Arc::new(hub)))
}

/// At the address; where its usual port is taken, at another.
async fn listener(listen: SocketAddr) -> std::io::Result<TcpListener> {
    match TcpListener::bind(listen).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && listen.port() == PORT => {
            TcpListener::bind(SocketAddr::new(listen.ip(), 0)).await
        }
        bound => bound,
    }
}

async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    eye: Eye,
    router: Router,
    shared: Arc<Shared>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let (tls, eye, router) = (tls.clone(), eye.clone(), router.clone());
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // How a connection ends is the other side's matter.
            let _ = receive(stream, tls, &eye, router, shared).await;
            drop(place);
        });
    }
}

async fn receive(
    stream: TcpStream,
    tls: TlsAcceptor,
    eye: &Eye,
    router: Router,
    shared: Arc<Shared>,
) -> std::io::Result<()> {
    let _ = stream.set_nodelay(true);
    let mut stream = tokio::time::timeout(GREETING, tls.accept(stream)).await??;
    let (_, session) = stream.get_ref();
    let chain = session.peer_certificates().unwrap_or_default();
    let device = eye.whose(chain).map_err(std::io::Error::other)?;
    let binding = session
        .export_keying_material([0; 32], EXPORTER, None)
        .map_err(std::io::Error::other)?;
    stream.write_all(&[WELCOME]).await?;
    stream.flush().await?;
    let guest = Arc::new(Guest::new(device, binding, shared));
    let service = TowerToHyperService::new(guest.routes(router));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(std::io::Error::other)
}

/// Six digits.
fn number() -> String {
    let drawn: [u8; 32] = crypto::random();
    let sum = drawn.iter().fold(0_u64, |sum, byte| {
        (sum.wrapping_mul(257).wrapping_add(u64::from(*byte))) % 1_000_000
    });
    format!("{:03}-{:03}", sum / 1000, sum % 1000)
}

/// The addresses of this computer in its networks; those that lead somewhere first.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    let mut own: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| !interface.is_loopback())
        .map(|interface| interface.ip())
        .filter(IpAddr::is_ipv4)
        .collect();
    own.sort_by_key(|ip| (is_link_local(ip), *ip));
    own.dedup();
    own
}

fn is_link_local(ip: &IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.is_link_local())
}
