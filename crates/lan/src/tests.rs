//! Who is let in and who is not, with real sockets; and each protection taken out, to see that the test sees it.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use crypto::sign::SigningKey;
use sync::carrier::{Call, Carrier as _, Method, Reply};
use sync::shelf::Shelf;
use wire::cbor::{self, Cbor};
use wire::directory::{Act, DeviceKeys, Directory};
use wire::hub::{Admitted, Answer, Asks, AuthStatement, BlobsAsked, BlobsTold, Challenge};
use wire::ids::{Device, Group, Hash, Org};
use wire::lan::{Haves, Members, Pass, Stranger};

use crate::certificate::Certificate;
use crate::gate::tests::OPEN_HANDED;
use crate::host::{Event, Host};
use crate::line::{Line, NotReached};
use crate::see::tests::BLIND;

struct Person {
    sign: SigningKey,
    keys: DeviceKeys,
}

impl Person {
    fn new(byte: u8) -> Self {
        let sign = SigningKey::from_bytes([byte; 32]);
        let keys = DeviceKeys {
            sign: sign.public(),
            kem: crypto::kem::KemKey::from_bytes([byte; 32]).public(),
        };
        Self { sign, keys }
    }

    fn device(&self) -> Device {
        self.keys.device()
    }

    fn shows(&self, org: Org) -> (Certificate, Vec<u8>) {
        let certificate = Certificate::make().unwrap();
        let pass = Pass::make(org, self.device(), certificate.bytes(), &self.sign);
        (certificate, pass.to_bytes())
    }
}

/// An office of an admin, and of a worker.
fn office(admin: &Person, worker: &Person) -> Directory {
    let group = Group::new([0x41; 16]);
    let paper = SigningKey::from_bytes([0x42; 32]);
    let mut directory =
        Directory::found(admin.keys, BTreeSet::new(), group, &admin.sign, &paper).unwrap();
    let enrol = Act::Enrol {
        device: worker.keys,
        groups: [group].into(),
        roles: BTreeSet::new(),
        admin: false,
        request: Hash::new([1; 32]),
    };
    act(&mut directory, admin, &enrol);
    directory
}

fn act(directory: &mut Directory, admin: &Person, act: &Act) {
    directory
        .write(act, (admin.device(), &admin.sign), None)
        .unwrap();
}

fn open(directory: &Directory, (certificate, pass): (Certificate, Vec<u8>)) -> Host {
    let founding = directory.ops().map(|op| op.to_bytes()).collect();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let members = Members::of(directory);
    Host::open(
        here,
        &certificate,
        &pass,
        members,
        (directory.org(), founding),
        Arc::new(Lent::default()),
    )
    .unwrap()
}

/// The chunks of a laptop: one, and what guests gave.
#[derive(Debug, Default)]
struct Lent(Mutex<Vec<Vec<u8>>>);

const CHUNK: &[u8] = b"a chunk";
const GIVEN: &[u8] = b"another";

impl Shelf for Lent {
    fn length(&self, chunk: Hash) -> io::Result<Option<u64>> {
        Ok(self.read(chunk)?.map(|bytes| bytes.len() as u64))
    }
    fn read(&self, chunk: Hash) -> io::Result<Option<Vec<u8>>> {
        let given = self.0.lock().unwrap().clone();
        let mut all = given.into_iter().chain([CHUNK.to_vec()]);
        Ok(all.find(|bytes| Hash::of(&[bytes]) == chunk))
    }
    fn keep(&self, _: Hash, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(())
    }
}

fn reach(
    host: &Host,
    directory: &Directory,
    (certificate, pass): &(Certificate, Vec<u8>),
) -> Result<Line, NotReached> {
    let address = host.addresses()[0].to_string();
    Line::reach(&address, certificate, pass, &Members::of(directory))
}

fn blind<T>(work: impl FnOnce() -> T) -> T {
    BLIND.set(true);
    let done = work();
    BLIND.set(false);
    done
}

#[test]
fn both_know_each_other_and_the_connection() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let directory = office(&admin, &worker);
    let host = open(&directory, admin.shows(directory.org()));
    let (one, two) = (
        reach(&host, &directory, &worker.shows(directory.org())).unwrap(),
        reach(&host, &directory, &worker.shows(directory.org())).unwrap(),
    );
    assert_eq!(
        (one.device(), two.device()),
        (admin.device(), admin.device())
    );
    assert_ne!(one.binding(), two.binding());
    let came = host.wait(std::time::Duration::from_secs(5));
    assert_eq!(came, Some(Event::Came(worker.device())));
}

#[test]
fn a_stranger_and_a_laptop_of_another_office_are_not_let_in() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let (other, theirs) = (Person::new(3), Person::new(4));
    let directory = office(&admin, &worker);
    let elsewhere = office(&other, &theirs);
    let host = open(&directory, admin.shows(directory.org()));
    // Who knows this office's directory, but is not in it; and who holds a pass of another office.
    for shown in [theirs.shows(directory.org()), theirs.shows(elsewhere.org())] {
        let reached = reach(&host, &directory, &shown);
        let refused = matches!(reached, Err(NotReached::Refused(Some(Stranger::Unknown))));
        assert!(refused, "{reached:?}");
    }
    // The other office's laptop does not go on either: it does not know the host.
    let reached = reach(&host, &elsewhere, &theirs.shows(elsewhere.org()));
    assert!(
        matches!(reached, Err(NotReached::Stranger(Stranger::Unknown))),
        "{reached:?}"
    );
    // Who names a colleague without his key.
    let certificate = Certificate::make().unwrap();
    let lie = Pass::make(
        directory.org(),
        worker.device(),
        certificate.bytes(),
        &theirs.sign,
    );
    let shown = (certificate, lie.to_bytes());
    let reached = reach(&host, &directory, &shown);
    let refused = matches!(reached, Err(NotReached::Refused(Some(Stranger::Forged))));
    assert!(refused, "{reached:?}");
    // Red control: a host that does not look lets both in.
    let blind = blind(|| open(&directory, admin.shows(directory.org())));
    for shown in [theirs.shows(directory.org()), shown] {
        assert!(reach(&blind, &directory, &shown).is_ok());
    }
}

#[test]
fn who_is_frozen_or_shut_out_is_told_so_and_not_let_in_also_while_it_is_open() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let old = office(&admin, &worker);
    let mut directory = office(&admin, &worker);
    let host = open(&directory, admin.shows(directory.org()));
    let shown = worker.shows(directory.org());
    assert!(reach(&host, &old, &shown).is_ok());
    let frozen = Act::Freeze {
        device: worker.device(),
    };
    act(&mut directory, &admin, &frozen);
    host.know(Members::of(&directory));
    let reached = reach(&host, &old, &shown);
    let refused = matches!(reached, Err(NotReached::Refused(Some(Stranger::Frozen))));
    assert!(refused, "{reached:?}");
    let left = Act::Leave {
        device: worker.device(),
    };
    act(&mut directory, &admin, &left);
    host.know(Members::of(&directory));
    let reached = reach(&host, &old, &shown);
    let refused = matches!(reached, Err(NotReached::Refused(Some(Stranger::Removed))));
    assert!(refused, "{reached:?}");
    // The other way round: a frozen laptop that opens is not visited.
    let theirs = open(&old, worker.shows(old.org()));
    let reached = reach(&theirs, &directory, &admin.shows(directory.org()));
    assert!(
        matches!(reached, Err(NotReached::Stranger(Stranger::Removed))),
        "{reached:?}"
    );
    // Red control.
    let blind = blind(|| open(&directory, admin.shows(directory.org())));
    assert!(reach(&blind, &old, &shown).is_ok());
}

#[test]
fn a_man_in_the_middle_is_seen_by_whom_he_stands_before() {
    let (admin, worker, man) = (Person::new(1), Person::new(2), Person::new(9));
    let directory = office(&admin, &worker);
    // He shows a certificate of his own: with the pass that he saw of the host, with one that he signed himself in the
    // host's name, with none.
    let (_, seen) = admin.shows(directory.org());
    let own = Certificate::make().unwrap();
    let lie = Pass::make(directory.org(), admin.device(), own.bytes(), &man.sign);
    for pass in [seen, lie.to_bytes(), Vec::new()] {
        let host = open(&directory, (Certificate::make().unwrap(), pass.clone()));
        let shown = worker.shows(directory.org());
        let reached = reach(&host, &directory, &shown);
        assert!(
            matches!(reached, Err(NotReached::Stranger(Stranger::Forged))),
            "{reached:?}"
        );
        if !pass.is_empty() {
            // Red control: who does not look talks to him.
            assert!(blind(|| reach(&host, &directory, &shown)).is_ok());
        }
    }
}

#[test]
fn somebody_with_the_hosts_certificate_and_without_its_key_ends_in_the_handshake() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let directory = office(&admin, &worker);
    let (certificate, pass) = admin.shows(directory.org());
    // His key, and the certificate and pass that the host shows everybody.
    let stolen = Certificate::make().unwrap().showing(certificate.bytes());
    let founding = directory.ops().map(|op| op.to_bytes()).collect();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let members = Members::of(&directory);
    let founding = (directory.org(), founding);
    let shelf = Arc::new(Lent::default());
    let opened = Host::open(here, &stolen, &pass, members, founding, shelf);
    match opened {
        // The library itself refuses to show what it holds no key for.
        Err(_) => {}
        Ok(host) => {
            let reached = reach(&host, &directory, &worker.shows(directory.org()));
            assert!(reached.is_err());
        }
    }
}

fn post<A: Cbor, B: Cbor>(line: &mut Line, body: &A) -> Option<B> {
    let call = Call {
        method: Method::Post,
        path: "/v1/auth".to_owned(),
        body: cbor::to_vec(body),
        token: None,
    };
    let reply = line.carry(&call).unwrap();
    (reply.status == 200).then(|| cbor::from_slice(&reply.body).unwrap())
}

fn admitted(line: &mut Line, org: Org, person: &Person, binding: &[u8; 32]) -> Option<Admitted> {
    let device = person.device();
    let challenge: Challenge = post(line, &Asks { org, device })?;
    let statement = AuthStatement {
        hub: challenge.hub,
        origin: wire::lan::origin(binding),
        nonce: challenge.nonce,
        device,
        time: 0,
    };
    post(line, &Answer::make(org, statement, &person.sign))
}

#[test]
fn an_answer_and_a_token_are_good_on_their_own_connection_alone() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let directory = office(&admin, &worker);
    let host = open(&directory, admin.shows(directory.org()));
    let org = directory.org();
    let line = || reach(&host, &directory, &worker.shows(org)).unwrap();
    let (mut one, mut two) = (line(), line());
    let (of_one, of_two) = (*one.binding(), *two.binding());
    // An answer for another connection; of another device over this one.
    assert_eq!(admitted(&mut one, org, &worker, &of_two), None);
    assert_eq!(admitted(&mut one, org, &admin, &of_one), None);
    let token = admitted(&mut one, org, &worker, &of_one).unwrap().token;
    admitted(&mut two, org, &worker, &of_two).unwrap();
    let read = |line: &mut Line, token| {
        let call = Call {
            method: Method::Get,
            path: "/v1/feed?lane=00000000000000000000000000000000&cursor=0".to_owned(),
            body: Vec::new(),
            token: Some(token),
        };
        line.carry(&call).unwrap().status
    };
    assert_eq!(read(&mut one, token), 200);
    assert_eq!(read(&mut two, token), 401);
}

fn comes(host: &Host, directory: &Directory, person: &Person) -> Line {
    let line = reach(host, directory, &person.shows(directory.org())).unwrap();
    let came = Some(Event::Came(person.device()));
    let soon = std::time::Duration::from_secs(5);
    while host.wait(soon) != came {}
    line
}

/// What a guest gets of a chunk: what is told of it, of one that nobody has, how it is handed out and how one is taken.
fn tries(host: &Host, directory: &Directory, worker: &Person) -> (BlobsTold, u16, u16) {
    let org = directory.org();
    let mut line = comes(host, directory, worker);
    host.did(host.due());
    let binding = *line.binding();
    let token = admitted(&mut line, org, worker, &binding).unwrap().token;
    let mut call = |method, path: String, body: &[u8]| -> Reply {
        let body = body.to_vec();
        let token = Some(token);
        line.carry(&Call {
            method,
            path,
            body,
            token,
        })
        .unwrap()
    };
    let blobs = vec![Hash::of(&[CHUNK]), Hash::of(&[b"nobody has it"])];
    let asked = cbor::to_vec(&BlobsAsked { blobs });
    let told = call(Method::Post, "/v1/blobs/have".to_owned(), &asked);
    let part = Method::GetPart { from: 0, length: 7 };
    let got = call(part, format!("/v1/blobs/{}", Hash::of(&[CHUNK])), &[]);
    let whole = Method::PutPart { from: 0, total: 7 };
    let put = call(whole, format!("/v1/blobs/{}", Hash::of(&[GIVEN])), GIVEN);
    let told = cbor::from_slice(&told.body).unwrap();
    (told, got.status, put.status)
}

#[test]
fn a_chunk_that_was_not_laid_out_for_a_guest_is_answered_like_one_that_nobody_has() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let directory = office(&admin, &worker);
    let host = open(&directory, admin.shows(directory.org()));
    let nothing = BlobsTold {
        blobs: vec![(false, 0), (false, 0)],
    };
    let there = BlobsTold {
        blobs: vec![(true, 7), (false, 0)],
    };
    let closed = tries(&host, &directory, &worker);
    assert_eq!(closed, (nothing.clone(), 404, 404));
    // What is laid out for a guest who has gone is laid out for nobody.
    let both = [Hash::of(&[CHUNK]), Hash::of(&[GIVEN])];
    host.hand_out(worker.device(), Haves::new(), both.into());
    assert_eq!(tries(&host, &directory, &worker).0, nothing);
    // For another one who is here neither.
    let _admin = comes(&host, &directory, &admin);
    host.hand_out(admin.device(), Haves::new(), both.into());
    assert_eq!(tries(&host, &directory, &worker), (nothing, 404, 404));
    // While he is here: to him it is handed out, and from him taken.
    let _worker = comes(&host, &directory, &worker);
    assert!(host.guests().contains_key(&worker.device()));
    host.hand_out(worker.device(), Haves::new(), both.into());
    assert_eq!(tries(&host, &directory, &worker), (there.clone(), 206, 201));
    // Red control: a host that does not look hands out everything.
    OPEN_HANDED.set(true);
    let host = open(&directory, admin.shows(directory.org()));
    OPEN_HANDED.set(false);
    assert_eq!(tries(&host, &directory, &worker), (there, 206, 201));
}

#[test]
fn where_nobody_is_nobody_answers() {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let directory = office(&admin, &worker);
    let shown = worker.shows(directory.org());
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap().to_string();
    drop(free);
    let members = || Members::of(&directory);
    let reached = Line::reach(&nobody, &shown.0, &shown.1, &members());
    assert!(
        matches!(reached, Err(NotReached::NoAnswer(_))),
        "{reached:?}"
    );
    let reached = Line::reach("", &shown.0, &shown.1, &members());
    assert!(matches!(reached, Err(NotReached::NoAddress)), "{reached:?}");
    // Something else listens there, and says something else.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let says = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    });
    let reached = Line::reach(&address, &shown.0, &shown.1, &members());
    assert!(
        matches!(reached, Err(NotReached::NoAnswer(_))),
        "{reached:?}"
    );
    says.join().unwrap();
}
