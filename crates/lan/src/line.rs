//! The laptop that comes.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use sync::carrier::{Call, Carrier, MAX_REPLY, Reply, Unreachable};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::ServerName;
use wire::ids::Device;
use wire::lan::{EXPORTER, Members, Stranger};

use crate::certificate::Certificate;
use crate::find;
use crate::host::{PORT, WELCOME, request};
use crate::see::{Eye, heard};

/// How long to listen for a number.
const LISTENING: Duration = Duration::from_secs(4);
const CONNECTING: Duration = Duration::from_secs(5);
const GREETING: Duration = Duration::from_secs(10);
const WHOLE_CALL: Duration = Duration::from_secs(120);

/// Why a colleague's laptop was not reached.
#[derive(Debug, thiserror::Error)]
pub enum NotReached {
    /// It is no address.
    #[error("no address")]
    NoAddress,
    /// Nobody answers, or it is nobody who speaks like that.
    #[error("nobody answers")]
    NoAnswer(#[source] io::Error),
    /// This side does not go on with it.
    #[error("the other side is not let in here")]
    Stranger(#[source] Stranger),
    /// It does not let this side in; as what, where it said so.
    #[error("the other side does not let this one in")]
    Refused(Option<Stranger>),
}

/// A connection to a colleague's laptop: one, for one talk.
pub struct Line {
    runtime: Runtime,
    send: SendRequest<Body>,
    device: Device,
    binding: [u8; 32],
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({})", self.device)
    }
}

impl Line {
    /// Goes to whom a person means: the number on the other screen, or an address, with a port or without.
    ///
    /// # Errors
    /// [`NotReached`]; nothing of the office was said before the other end was known.
    pub fn reach(
        to: &str,
        certificate: &Certificate,
        pass: &[u8],
        members: &Members,
    ) -> Result<Self, NotReached> {
        let to = to.trim();
        if !find::is_number(to) {
            return Self::reach_at(&places(to)?, certificate, pass, members.clone());
        }
        let mut last = NotReached::NoAnswer(io::ErrorKind::NotFound.into());
        for found in find::find(LISTENING) {
            // Two may call out the same number; who is meant shows in the handshake.
            if found.number == to {
                match Self::reach_at(&found.addresses, certificate, pass, members.clone()) {
                    Ok(line) => return Ok(line),
                    Err(error) => last = error,
                }
            }
        }
        Err(last)
    }

    fn reach_at(
        places: &[SocketAddr],
        certificate: &Certificate,
        pass: &[u8],
        members: Members,
    ) -> Result<Self, NotReached> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(NotReached::NoAnswer)?;
        let eye = Eye::new(members);
        let config = eye.client(certificate, pass);
        let config = config.map_err(|error| NotReached::NoAnswer(io::Error::other(error)))?;
        let (send, device, binding) = runtime.block_on(async {
            let stream = connect(places).await?;
            greet(stream, config, &eye).await
        })?;
        Ok(Self {
            runtime,
            send,
            device,
            binding,
        })
    }

    /// Whose laptop it is.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// What both ends know this connection by.
    #[must_use]
    pub fn binding(&self) -> &[u8; 32] {
        &self.binding
    }
}

impl Carrier for Line {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let request = request(call).map_err(|error| Unreachable(Box::new(error)))?;
        let send = &mut self.send;
        let answered = async {
            send.ready().await?;
            let response = send.send_request(request).await?;
            let status = response.status().as_u16();
            let body = to_bytes(Body::new(response.into_body()), MAX_REPLY).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Reply {
                status,
                body: body.to_vec(),
            })
        };
        let answered = async { tokio::time::timeout(WHOLE_CALL, answered).await };
        match self.runtime.block_on(answered) {
            Ok(answered) => answered.map_err(Unreachable),
            Err(late) => Err(Unreachable(Box::new(late))),
        }
    }
}

/// Where it may be; the usual port where none is said.
fn places(address: &str) -> Result<Vec<SocketAddr>, NotReached> {
    let found = address
        .to_socket_addrs()
        .or_else(|_| (address.trim_matches(['[', ']']), PORT).to_socket_addrs());
    let found: Vec<_> = found.map_err(|_| NotReached::NoAddress)?.collect();
    if found.is_empty() {
        Err(NotReached::NoAddress)
    } else {
        Ok(found)
    }
}

async fn connect(places: &[SocketAddr]) -> Result<TcpStream, NotReached> {
    let mut last = io::Error::from(io::ErrorKind::NotConnected);
    for place in places {
        match tokio::time::timeout(CONNECTING, TcpStream::connect(place)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(late) => last = late.into(),
        }
    }
    Err(NotReached::NoAnswer(last))
}

async fn greet(
    stream: TcpStream,
    config: rustls::ClientConfig,
    eye: &Eye,
) -> Result<(SendRequest<Body>, Device, [u8; 32]), NotReached> {
    let _ = stream.set_nodelay(true);
    let nobody = ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into());
    let other = |error| NotReached::NoAnswer(io::Error::other::<rustls::Error>(error));
    let shaken = TlsConnector::from(Arc::new(config)).connect(nobody, stream);
    let shaken = tokio::time::timeout(GREETING, shaken).await;
    let shaken = shaken.unwrap_or_else(|late| Err(late.into()));
    let mut stream = shaken.map_err(|error| not_greeted(error, eye))?;
    let (_, session) = stream.get_ref();
    let whose = eye.whose(session.peer_certificates().unwrap_or_default());
    let device = whose.map_err(NotReached::Stranger)?;
    let binding = session
        .export_keying_material([0; 32], EXPORTER, None)
        .map_err(other)?;
    welcomed(&mut stream, eye).await?;
    let (send, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| NotReached::NoAnswer(io::Error::other(error)))?;
    // How it ends shows at the next call.
    tokio::spawn(connection);
    Ok((send, device, binding))
}

/// In TLS 1.3 the one who comes has long ended the greeting when the other looks at him.
async fn welcomed(stream: &mut TlsStream<TcpStream>, eye: &Eye) -> Result<(), NotReached> {
    let word = tokio::time::timeout(GREETING, stream.read_u8()).await;
    match word.unwrap_or_else(|late| Err(late.into())) {
        Ok(WELCOME) => Ok(()),
        Ok(_) => Err(NotReached::NoAnswer(io::ErrorKind::InvalidData.into())),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(NotReached::Refused(None))
        }
        Err(error) => Err(not_greeted(error, eye)),
    }
}

fn not_greeted(error: io::Error, eye: &Eye) -> NotReached {
    if let Some(stranger) = eye.stranger() {
        return NotReached::Stranger(stranger);
    }
    let cause = error.get_ref().and_then(|it| it.downcast_ref());
    match cause {
        Some(rustls::Error::AlertReceived(alert)) => NotReached::Refused(heard(*alert)),
        // The other end does not hold the key of the certificate that it shows.
        Some(rustls::Error::InvalidCertificate(_)) => NotReached::Stranger(Stranger::Forged),
        _ => NotReached::NoAnswer(error),
    }
}
