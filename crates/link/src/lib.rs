//! Carries calls to a hub over HTTP, with or without TLS. What is said is none of its business.
//!
//! # Assumptions
//!
//! | assumption | when it does not hold |
//! |---|---|
//! | The certificate says who the hub is. | Another hub shows another key, and is refused before anything is sent. |
//! | Nobody listens on the line. | They see ciphertext, and when somebody works: use TLS. |

mod pokes;

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sync::carrier::{Call, Carrier, MAX_REPLY, Method, Reply, Uncertified, Unreachable};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error, http};

pub use self::pokes::Sound;

const CONNECTING: Duration = Duration::from_secs(10);
const WHOLE_CALL: Duration = Duration::from_secs(120);
/// The most bytes of a file of certificates.
pub const MAX_AUTHORITY: u64 = 256 << 10;
const MEDIA: &str = "application/cbor";

/// Speaks HTTP with one hub, over connections that it keeps.
#[derive(Debug)]
pub struct HttpCarrier {
    agent: Agent,
    url: String,
}

impl HttpCarrier {
    /// A carrier to the hub at `url` (scheme, host, port). Certificates are checked against those that the computer
    /// trusts, or against the ones in the PEM file `authority`.
    ///
    /// # Errors
    /// [`Unreachable`] when the file cannot be read or holds no certificate.
    pub fn new(url: &str, authority: Option<&Path>) -> Result<Self, Unreachable> {
        let authority = authority.map(authority_in).transpose()?;
        Self::trusting(url, authority.as_deref())
    }

    /// The same, with the PEM text itself.
    ///
    /// # Errors
    /// [`Unreachable`] when there is no certificate in it.
    pub fn trusting(url: &str, authority: Option<&[u8]>) -> Result<Self, Unreachable> {
        let roots = match authority {
            None => RootCerts::PlatformVerifier,
            Some(pem) => RootCerts::Specific(Arc::new(certificates(pem)?)),
        };
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECTING))
            .timeout_global(Some(WHOLE_CALL))
            .tls_config(TlsConfig::builder().root_certs(roots).build());
        if is_here(url) {
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            url: url.to_owned(),
        })
    }

    fn call(&self, call: &Call) -> Result<http::Response<Body>, Error> {
        let url = format!("{}{}", self.url, call.path);
        let bearer = call.token.map(|token| {
            let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("Bearer {hex}")
        });
        let part = call.method.part(call.body.len());
        let headers = bearer.map(|bearer| ("authorization", bearer));
        let headers = headers.into_iter().chain(part);
        match call.method {
            Method::Get | Method::GetPart { .. } => {
                let mut request = self.agent.get(url);
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                request.call()
            }
            Method::Post | Method::PutPart { .. } => {
                let mut request = match call.method {
                    Method::Post => self.agent.post(url),
                    _ => self.agent.put(url),
                };
                request = request.header("content-type", MEDIA);
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                request.send(call.body.as_slice())
            }
        }
    }
}

impl Carrier for HttpCarrier {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let mut response = self.call(call).map_err(unreachable)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_REPLY as u64)
            .read_to_vec()
            .map_err(unreachable)?;
        Ok(Reply {
            status: response.status().as_u16(),
            body,
        })
    }
}

/// Whether the hub is on this computer: no proxy leads there.
fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    ["localhost", "127.", "[::1]"]
        .iter()
        .any(|here| host.starts_with(here))
}

/// The certificates in a file, PEM, to be kept and trusted.
///
/// # Errors
/// [`Unreachable`] when the file cannot be read, is larger than [`MAX_AUTHORITY`] or holds no certificate.
pub fn authority_in(file: &Path) -> Result<Vec<u8>, Unreachable> {
    let failed = |error: io::Error| Unreachable(Box::new(error));
    let mut pem = Vec::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened
        .take(MAX_AUTHORITY + 1)
        .read_to_end(&mut pem)
        .map_err(failed)?;
    if pem.len() as u64 > MAX_AUTHORITY {
        return Err(failed(io::ErrorKind::FileTooLarge.into()));
    }
    certificates(&pem)?;
    Ok(pem)
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, Unreachable> {
    let certificates: Vec<_> = parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let none = io::Error::new(io::ErrorKind::InvalidData, "no certificate in the file");
        return Err(Unreachable(Box::new(none)));
    }
    Ok(certificates)
}

fn unreachable(error: Error) -> Unreachable {
    let is_uncertified = match &error {
        Error::Rustls(_) | Error::Tls(_) => true,
        // A handshake that fails comes as a failure of the line.
        Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    };
    if is_uncertified {
        return Unreachable(Box::new(Uncertified));
    }
    Unreachable(Box::new(error))
}
