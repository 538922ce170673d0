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
        let said =
            "バケットの指定を読めません（s3://名前） / the bucket is not understood (s3://NAME)";
        let (name, within) = url
            .strip_prefix("s3://")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
            .filter(|(name, _)| !name.is_empty())
            .context(said)?;
        let builder = AmazonS3Builder::from_env()
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
