//! The real program as a child, and calls to it over a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use relay::conformance::people::{Person, enrol, everybody, found, operations};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wire::cbor::{self, Bytes, Cbor};
use wire::directory::Directory;
use wire::envelope::Verified;
use wire::hub::{
    Admitted, Asks, Batch, Challenge, Invitation, Join, Joined, MAX_BATCH, Page, Receipt, Refusal,
    Stored,
};
use wire::ids::{Hash, Lane};

/// A hub that serves. Killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_marugoto-hub"))
        .args(arguments)
        .output()
        .unwrap()
}

impl Program {
    /// Starts it on a free port.
    pub(crate) fn serve(arguments: &[&str]) -> Self {
        Self::start(Command::new(env!("CARGO_BIN_EXE_marugoto-hub")), arguments)
    }

    /// Starts it on a free port; what it syncs, hears and says is written into a file.
    pub(crate) fn traced(file: &str, arguments: &[&str]) -> Self {
        let calls = "trace=fsync,fdatasync,read,recvfrom,write,writev,sendto";
        let mut command = Command::new("strace");
        command
            .args(["-D", "-f", "-y", "-s", "64", "-e", calls, "-o", file])
            .arg(env!("CARGO_BIN_EXE_marugoto-hub"));
        Self::start(command, arguments)
    }

    /// Starts it on a free port, with these in its environment.
    pub(crate) fn serve_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marugoto-hub"));
        command.envs(environment.iter().copied());
        Self::start(command, arguments)
    }

    fn start(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let mut err = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        let address = line.trim().split("//").nth(1);
        let address = address.unwrap_or_else(|| panic!("the hub did not start: {line}"));
        Self {
            address: address.parse().unwrap(),
            child,
            log: Some(log),
        }
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end; gives how it ended and what it logged.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        let status = self.child.wait().unwrap();
        (status, self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why a call brought nothing.
pub(crate) enum Failed {
    /// The hub refused, by its code.
    Refused(String),
    /// The link broke, or there is none.
    Link,
}

fn send(address: SocketAddr, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let len = body.len();
    let head = format!("{head}Host: hub\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "refused: {code}"),
            Self::Link => f.write_str("the link broke"),
        }
    }
}

/// What a call brings in the end: a laptop comes again where the hub has no hand free, as long as it says so.
pub(crate) fn until_it_is_free<T>(mut call: impl FnMut() -> Result<T, Failed>) -> T {
    let begun = Instant::now();
    loop {
        match call() {
            Ok(answer) => return answer,
            Err(failed) => assert!(begun.elapsed() < Duration::from_secs(60), "{failed:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One call.
pub(crate) fn call<A: Cbor>(
    address: SocketAddr,
    line: &str,
    token: Option<[u8; 32]>,
    body: &impl Cbor,
) -> Result<A, Failed> {
    let token = token.map(|it| format!("Authorization: Bearer {}\r\n", Hash::new(it)));
    let head = format!("{line} HTTP/1.1\r\n{}", token.unwrap_or_default());
    let answer = send(address, &head, &cbor::to_vec(body)).map_err(|_| Failed::Link)?;
    let seam = answer.windows(4).position(|it| it == b"\r\n\r\n");
    let (head, body) = answer.split_at(seam.ok_or(Failed::Link)? + 4);
    if head.starts_with(b"HTTP/1.1 200 ") {
        return cbor::from_slice(body).map_err(|_| Failed::Link);
    }
    let refusal: Refusal = cbor::from_slice(body).map_err(|_| Failed::Link)?;
    Err(Failed::Refused(refusal.code))
}

/// Sends a whole chunk; gives the status.
pub(crate) fn put_chunk(address: SocketAddr, token: [u8; 32], bytes: &[u8]) -> u16 {
    let (name, token, len) = (Hash::of(&[bytes]), Hash::new(token), bytes.len());
    let head = format!(
        "PUT /v1/blobs/{name} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Range: bytes 0-{}/{len}\r\n",
        len - 1
    );
    status(&send(address, &head, bytes).unwrap())
}

/// Asks for bytes of a chunk, both ends included.
pub(crate) fn get_chunk(
    address: SocketAddr,
    token: [u8; 32],
    name: Hash,
    (from, to): (u64, u64),
) -> (u16, Vec<u8>) {
    let token = Hash::new(token);
    let head = format!(
        "GET /v1/blobs/{name} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nRange: bytes={from}-{to}\r\n"
    );
    let answer = send(address, &head, &[]).unwrap();
    let seam = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    (status(&answer), answer[seam + 4..].to_vec())
}

fn status(answer: &[u8]) -> u16 {
    let line = String::from_utf8_lossy(&answer[..12]).into_owned();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

/// An office that a hub carries.
pub(crate) struct Office {
    pub(crate) first: Person,
    pub(crate) directory: Directory,
}

impl Office {
    pub(crate) fn join(program: &Program, place: &[&str]) -> Self {
        Self::join_with(program, place, &[])
    }

    /// Joins with an office that has these people besides.
    pub(crate) fn join_with(program: &Program, place: &[&str], people: &[Person]) -> Self {
        let code = run(&[&["invite"], place].concat());
        assert!(code.status.success(), "{code:?}");
        let code = Invitation::parse(&String::from_utf8(code.stdout).unwrap()).unwrap();
        let first = Person::new(1);
        let mut directory = found(&first);
        for person in people {
            enrol(&mut directory, &first, person, [everybody()].into());
        }
        let join = Join {
            code: code.code,
            directory: operations(&directory),
            device: first.device(),
        };
        let joined: Joined = call(program.address, "POST /v1/join", None, &join).unwrap();
        assert!(code.is_to(&joined.hub));
        Self { first, directory }
    }

    pub(crate) fn token(&self, address: SocketAddr) -> Result<[u8; 32], Failed> {
        self.token_of(&self.first, address)
    }

    pub(crate) fn token_of(
        &self,
        person: &Person,
        address: SocketAddr,
    ) -> Result<[u8; 32], Failed> {
        let (org, device) = (self.directory.org(), person.device());
        let challenge: Challenge = call(address, "POST /v1/auth", None, &Asks { org, device })?;
        let answer = person.answer(org, &challenge, "http://hub");
        let admitted: Admitted = call(address, "POST /v1/auth", None, &answer)?;
        assert!(admitted.exchanges);
        Ok(admitted.token)
    }
}

/// Sends records; gives the receipts.
pub(crate) fn push(
    address: SocketAddr,
    token: [u8; 32],
    records: &[Verified],
) -> Result<Vec<Receipt>, Failed> {
    let records = records.iter().map(|it| Bytes(it.as_bytes().to_vec()));
    let batch = Batch {
        records: records.collect(),
    };
    let stored: Stored = call(address, "POST /v1/records", Some(token), &batch)?;
    let receipts = stored.statuses.into_iter();
    Ok(receipts.map(|it| it.receipt.expect("kept")).collect())
}

/// One page of a feed.
pub(crate) fn page(
    address: SocketAddr,
    token: [u8; 32],
    lane: Lane,
    cursor: u64,
) -> Result<Page, Failed> {
    let line = format!("GET /v1/feed?lane={lane}&cursor={cursor}");
    let page: Page = call(address, &line, Some(token), &0_u64)?;
    assert!(page.records.len() <= MAX_BATCH);
    Ok(page)
}

/// What the hub at this address says of its health, to a client that trusts one certificate.
pub(crate) async fn health_by_tls(
    address: SocketAddr,
    trusted: &rcgen::Certificate,
) -> Option<String> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, stream).await.ok()?;
    let call = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(call).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    Some(answer)
}
