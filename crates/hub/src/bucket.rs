//! Attachment chunks in a bucket that speaks S3, so that several hubs see the same ones.
//!
//! # Invariants
//!
//! - **What is in the bucket is whole**: a chunk is put in one call, after its hash was compared.
//! - **Keys come from the environment** (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`), never
//!   from the command line, which every process of the machine can read.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::BodyExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::path::Path as Key;
use object_store::{Error, ObjectStoreExt as _, RetryConfig};
use relay::blobs::Shelf;
use relay::store::StoreError;
use tokio::runtime::Handle;
use ureq::tls::{RootCerts, TlsConfig};
use wire::ids::{Hash, Org};

const CONNECTING: Duration = Duration::from_secs(5);
const WHOLE_CALL: Duration = Duration::from_secs(30);
/// More than a chunk, and more than an answer of S3 in words.
const MOST_BYTES: u64 = 8 << 20;

/// A bucket, and where in it.
#[derive(Debug)]
pub(crate) struct Bucket {
    store: AmazonS3,
    within: Key,
    runtime: Handle,
}

impl Bucket {
    /// The bucket at `s3://NAME/WITHIN`. Called within a runtime.
    pub(crate) fn open(url: &str) -> Result<Self> {
        Self::over(url, AmazonS3Builder::from_env())
    }

    fn over(url: &str, builder: AmazonS3Builder) -> Result<Self> {
        let said =
            "バケットの指定を読めません（s3://名前） / the bucket is not understood (s3://NAME)";
        let (name, within) = url
            .strip_prefix("s3://")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
            .filter(|(name, _)| !name.is_empty())
            .context(said)?;
        let builder = builder
            .with_bucket_name(name)
            .with_retry(RetryConfig {
                max_retries: 3,
                retry_timeout: WHOLE_CALL,
                ..RetryConfig::default()
            })
            .with_http_connector(Caller);
        Ok(Self {
            store: builder.build().context(said)?,
            within: Key::parse(within).context(said)?,
            runtime: Handle::current(),
        })
    }

    fn key(&self, org: Org, blob: Hash) -> Key {
        self.within
            .clone()
            .join(org.to_string())
            .join(blob.to_string())
    }
}

impl Shelf for Bucket {
    fn length(&self, org: Org, blob: Hash) -> Result<Option<u64>, StoreError> {
        match self.runtime.block_on(self.store.head(&self.key(org, blob))) {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn keep(&self, org: Org, blob: Hash, part: &Path) -> Result<(), StoreError> {
        let bytes = std::fs::read(part)?;
        let key = self.key(org, blob);
        self.runtime
            .block_on(self.store.put(&key, bytes.into()))
            .map_err(failed)?;
        Ok(std::fs::remove_file(part)?)
    }

    fn read(&self, org: Org, blob: Hash, from: u64, len: u64) -> Result<Vec<u8>, StoreError> {
        if len == 0 {
            return Ok(Vec::new());
        }
        let key = self.key(org, blob);
        let bytes = self
            .runtime
            .block_on(self.store.get_range(&key, from..from + len));
        Ok(bytes.map_err(failed)?.to_vec())
    }

    fn remove(&self, org: Org, blob: Hash) -> Result<(), StoreError> {
        let key = self.key(org, blob);
        match self.runtime.block_on(self.store.delete(&key)) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: Error) -> StoreError {
    StoreError::Failed(Box::new(error))
}

/// Calls by the same client that the laptops use, with the certificates that the machine trusts.
#[derive(Clone, Copy, Debug)]
struct Caller;

impl HttpConnector for Caller {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECTING))
            .timeout_global(Some(WHOLE_CALL))
            .tls_config(tls.build());
        Ok(HttpClient::new(Agent(Arc::new(config.build().new_agent()))))
    }
}

#[derive(Clone, Debug)]
struct Agent(Arc<ureq::Agent>);

#[async_trait::async_trait]
impl HttpService for Agent {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        let agent = Arc::clone(&self.0);
        let call = move || {
            let mut response = agent.run(ureq::http::Request::from_parts(parts, body))?;
            let body = response.body_mut().with_config().limit(MOST_BYTES);
            let bytes = body.read_to_vec()?;
            let (parts, _) = response.into_parts();
            Ok::<_, ureq::Error>((parts, bytes))
        };
        let (parts, bytes) = tokio::task::spawn_blocking(call)
            .await
            .map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?
            .map_err(|error| HttpError::new(kind(&error), error))?;
        let body = http_body_util::Full::new(axum::body::Bytes::from(bytes));
        let body = HttpResponseBody::new(body.map_err(|never| match never {}));
        Ok(HttpResponse::from_parts(parts, body))
    }
}

fn kind(error: &ureq::Error) -> HttpErrorKind {
    match error {
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => HttpErrorKind::Connect,
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    }
}

#[cfg(test)]
#[path = "../tests/processes/bucket.rs"]
mod server;

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    struct Scene {
        runtime: tokio::runtime::Runtime,
        dir: tempfile::TempDir,
    }

    impl Scene {
        fn new() -> Self {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            Self {
                runtime: runtime.worker_threads(1).enable_all().build().unwrap(),
                dir: tempfile::tempdir().unwrap(),
            }
        }

        fn serve(&self) -> server::Server {
            server::Server::start(&self.dir.path().join("s3"), ANYWHERE)
        }

        fn bucket(&self, address: SocketAddr, secret: &str) -> Bucket {
            let _within = self.runtime.enter();
            let builder = AmazonS3Builder::new()
                .with_endpoint(format!("http://{address}"))
                .with_allow_http(true)
                .with_region("local")
                .with_access_key_id(server::KEYS[0])
                .with_secret_access_key(secret);
            Bucket::over(&format!("s3://{}", server::NAME), builder).unwrap()
        }

        fn keep(&self, bucket: &Bucket, org: Org, words: &[u8]) -> Hash {
            let part = self.dir.path().join("part");
            std::fs::write(&part, words).unwrap();
            let blob = Hash::of(&[words]);
            bucket.keep(org, blob, &part).unwrap();
            blob
        }
    }

    /// Stands in front of the bucket and answers the first so many calls with 503. Gives its address, and how many calls came.
    fn busy(to: SocketAddr, first: usize) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind(ANYWHERE).unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if counted.fetch_add(1, Ordering::SeqCst) < first {
                    let _ = stream.read(&mut [0; 4096]).unwrap();
                    let busy =
                        "HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    stream.write_all(busy.as_bytes()).unwrap();
                    continue;
                }
                let mut there = TcpStream::connect(to).unwrap();
                let (mut back, mut forth) =
                    (there.try_clone().unwrap(), stream.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut back, &mut forth);
                    let _ = forth.shutdown(Shutdown::Both);
                });
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut stream, &mut there);
                    let _ = there.shutdown(Shutdown::Both);
                });
            }
        });
        (address, calls)
    }

    #[test]
    fn what_is_removed_is_gone_from_the_bucket_and_nothing_else_is() {
        let scene = Scene::new();
        let s3 = scene.serve();
        let bucket = scene.bucket(s3.address, server::KEYS[1]);
        let (office, other) = (Org::of(Hash::ZERO), Org::of(Hash::of(&[b"other"])));
        let blob = scene.keep(&bucket, office, b"erased");
        scene.keep(&bucket, other, b"erased");
        let stays = scene.keep(&bucket, office, b"stays");
        assert_eq!(s3.count(), 3);
        bucket.remove(office, blob).unwrap();
        assert_eq!(s3.count(), 2);
        assert_eq!(bucket.length(office, blob).unwrap(), None);
        assert!(bucket.read(office, blob, 0, 6).is_err());
        assert_eq!(
            bucket.length(other, blob).unwrap(),
            Some(6),
            "another office's"
        );
        assert_eq!(bucket.read(office, stays, 0, 5).unwrap(), b"stays");
        // Asked again, and of one that never was: it stays away.
        bucket.remove(office, blob).unwrap();
        bucket.remove(office, Hash::of(&[b"never was"])).unwrap();
        assert_eq!(s3.count(), 2);
        // It can come again.
        scene.keep(&bucket, office, b"erased");
        assert_eq!(bucket.length(office, blob).unwrap(), Some(6));
    }

    #[test]
    fn a_bucket_that_is_busy_is_asked_again_and_one_that_stays_so_is_told() {
        let scene = Scene::new();
        let s3 = scene.serve();
        let direct = scene.bucket(s3.address, server::KEYS[1]);
        let office = Org::of(Hash::ZERO);
        let blob = scene.keep(&direct, office, b"erased");
        let (address, calls) = busy(s3.address, 2);
        scene
            .bucket(address, server::KEYS[1])
            .remove(office, blob)
            .unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 3, "two were turned away");
        assert_eq!(direct.length(office, blob).unwrap(), None);

        // The red control: one that is never free says so, and what was to go is there.
        let blob = scene.keep(&direct, office, b"erased");
        let (address, calls) = busy(s3.address, usize::MAX);
        let refused = scene.bucket(address, server::KEYS[1]).remove(office, blob);
        assert!(refused.is_err());
        assert_eq!(
            calls.load(Ordering::SeqCst),
            4,
            "asked, and three times again"
        );
        assert_eq!(direct.length(office, blob).unwrap(), Some(6));
    }

    #[test]
    fn a_bucket_that_is_away_or_shut_is_no_bucket_without_the_chunk() {
        let scene = Scene::new();
        let s3 = scene.serve();
        let bucket = scene.bucket(s3.address, server::KEYS[1]);
        let office = Org::of(Hash::ZERO);
        let blob = scene.keep(&bucket, office, b"erased");
        let shut = scene.bucket(s3.address, "chigau");
        assert!(shut.remove(office, blob).is_err());
        assert_eq!(bucket.length(office, blob).unwrap(), Some(6));
        let (folder, address) = s3.stop();
        assert!(bucket.remove(office, blob).is_err());
        let s3 = server::Server::start(&folder, address);
        bucket.remove(office, blob).unwrap();
        assert_eq!(s3.count(), 0);
    }
}
