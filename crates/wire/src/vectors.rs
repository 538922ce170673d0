//! Golden vectors: one file of each format, made with fixed keys, under `tests/vectors`.
//!
//! What is kept there must open for ever, and where nothing random is left to a library, be made again byte for byte.
//! `MARUGOTO_WRITE_VECTORS=1 cargo nextest run -p wire vectors` writes those that are not there yet; a file that is
//! there is never overwritten.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use crypto::SecretKey;

use crate::body::{Body, Have, RawChange};
use crate::bundle::{self, BundleKeys, BundleWriter, Load, Manifest, Sender, To};
use crate::cbor::Bytes;
use crate::directory::{Act, Directory, Op, Role};
use crate::enrol::{self, Request};
use crate::envelope::{Author, Draft, LaneKey, Place, SealKeys, Verified, open_outer, seal_with};
use crate::fixture::{Person, office, office_group, office_key};
use crate::ids::{Doc, Hash, Kid, Vault};
use crate::keybox::{Keybox, Recipient, SealedKeybox};
use crate::roster::{self, Class, Grant, Readers, Roster, RosterOp};

/// The file's bytes. Where it is missing and may be written, what `make` gives.
fn vector(name: &str, make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name);
    if !path.exists() && std::env::var_os("MARUGOTO_WRITE_VECTORS").is_some() {
        std::fs::write(&path, make()).unwrap();
    }
    std::fs::read(&path).unwrap_or_else(|_| panic!("{name} is missing; see the head of this file"))
}

fn pinned(name: &str, made: &[u8]) {
    let kept = vector(name, || made.to_vec());
    assert!(
        kept == made,
        "{name} is no longer made byte for byte: {} and {} bytes",
        kept.len(),
        made.len()
    );
}

/// Device 1 founds, device 2 is taken in for its request.
fn world() -> (Directory, Op, Request) {
    let (admin, new) = (Person::new(1), Person::new(2));
    let request = Request::make_with(new.keys(), "佐藤 花子", [0x51; 32]).unwrap();
    let mut directory = office(&admin);
    let act = Act::Enrol {
        device: new.keys(),
        groups: [office_group()].into(),
        roles: [Role::Worker].into(),
        admin: false,
        request: request.hash(),
    };
    let op = directory.write(&act, admin.pen(), None).unwrap();
    (directory, op, request)
}

fn case_key() -> SecretKey {
    SecretKey::from_bytes([0x33; 32])
}

fn founding(directory: &Directory) -> RosterOp {
    let readers = Readers {
        groups: [office_group()].into(),
        stewards: [Person::new(1).device()].into(),
        ..Readers::default()
    };
    let grant = Grant::Found {
        class: Class::Case,
        readers,
        nonce: [0x61; 32],
    };
    roster::make(
        directory,
        Person::new(1).pen(),
        None,
        (1, Hash::ZERO),
        BTreeSet::new(),
        &grant,
    )
    .unwrap()
}

fn record(directory: &Directory) -> Verified {
    let admin = Person::new(1);
    let roster = Roster::open(&founding(directory).to_bytes(), directory).unwrap();
    let bytes = "一人暮らし。週に一度、姉が来る。".as_bytes().to_vec();
    let body = Body::Changes(vec![RawChange {
        hash: Hash::new([0x71; 32]),
        bytes,
    }]);
    let (lane, vault) = (LaneKey::of(&office_key()), case_key());
    let draft = Draft {
        vault: roster.vault(),
        dir_head: directory.head(),
        roster_head: roster.head(),
        doc: Doc::new([0x72; 16]),
        body: &body,
    };
    let author = Author {
        org: directory.org(),
        device: admin.device(),
        sign: &admin.sign,
    };
    let place = Place {
        lane: office_group().lane(),
        incarnation: 0,
        seq: 1,
        prev: Hash::ZERO,
    };
    let keys = SealKeys {
        lane: &lane,
        vault: &vault,
    };
    seal_with(author, place, keys, &draft, [[0x73; 32], [0x74; 32]]).unwrap()
}

fn manifest(directory: &Directory, record: &Verified) -> Manifest {
    let outer = record.outer();
    let have = Have {
        lane: outer.lane,
        device: outer.device,
        incarnation: outer.incarnation,
        seq: outer.seq,
        record: record.id(),
    };
    Manifest {
        sender: Person::new(1).device(),
        made_at: 1_790_000_000_000,
        complete: true,
        contains: vec![have],
        acknowledges: vec![have],
        directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
        boxes: Vec::new(),
        heads: vec![directory.heads().clone()],
    }
}

#[test]
fn directory_operations_are_made_byte_for_byte() {
    let (directory, op, _) = world();
    pinned("directory-first.op", &directory.first().to_bytes());
    pinned("directory-enrol.op", &op.to_bytes());
    let mut again = Directory::open(&vector("directory-first.op", Vec::new)).unwrap();
    assert_eq!(
        again
            .receive([vector("directory-enrol.op", Vec::new).as_slice()])
            .new,
        [op]
    );
    assert_eq!(again.org().to_string(), "68f42c5e048cdada47a493c6f7860183");
}

#[test]
fn a_roster_operation_is_made_byte_for_byte() {
    let (directory, ..) = world();
    pinned("roster-found.op", &founding(&directory).to_bytes());
}

#[test]
fn a_record_is_made_byte_for_byte_and_opens() {
    let (directory, ..) = world();
    pinned("record.mgr", record(&directory).as_bytes());
    let sealed = open_outer(vector("record.mgr", Vec::new), directory.org()).unwrap();
    let verified = sealed.verify(&Person::new(1).sign.public()).unwrap();
    let opened = verified
        .open_lane_layer(&LaneKey::of(&office_key()))
        .unwrap();
    assert_eq!(opened.inner().vkid, Kid::of(&case_key()));
    let Body::Changes(changes) = opened.open_body(&case_key()).unwrap().body else {
        panic!("other kind")
    };
    assert_eq!(
        changes[0].bytes,
        "一人暮らし。週に一度、姉が来る。".as_bytes()
    );
}

#[test]
fn a_bundle_is_made_byte_for_byte_and_opens() {
    let (directory, ..) = world();
    let (admin, record) = (Person::new(1), record(&directory));
    let sender = Sender {
        org: directory.org(),
        sign: &admin.sign,
    };
    let load = Load {
        count: 1,
        bytes: record.as_bytes().len() as u64,
    };
    let fixed = ([0x75; 32], SecretKey::from_bytes([0x76; 32]));
    let (key, manifest) = (office_key(), manifest(&directory, &record));
    let mut writer =
        BundleWriter::start_with(Vec::new(), &To::All(&key), sender, &manifest, load, fixed)
            .unwrap();
    writer.push(record.as_bytes()).unwrap();
    pinned("bundle.mgb", &writer.finish().unwrap());

    let keys = BundleKeys {
        office: &[&key],
        ..BundleKeys::default()
    };
    let kept = Cursor::new(vector("bundle.mgb", Vec::new));
    let checked = bundle::open(kept, directory.org(), &keys).unwrap();
    let mut opened = checked.verify(&admin.sign.public()).unwrap();
    assert_eq!(opened.manifest(), &manifest);
    let mut records = Vec::new();
    opened
        .records(|bytes| {
            records.push(bytes);
            Ok::<_, bundle::BundleError>(())
        })
        .unwrap();
    assert_eq!(records, [record.as_bytes()]);
}

#[test]
fn a_request_is_made_byte_for_byte() {
    let (_, _, request) = world();
    pinned("request.mgq", request.as_bytes());
    let kept = Request::parse(&vector("request.mgq", Vec::new)).unwrap();
    assert_eq!(
        (kept.name(), kept.keys().device()),
        ("佐藤 花子", Person::new(2).device())
    );
}

/// HPKE draws its own key, so these two are opened only.
#[test]
fn kept_boxes_and_approvals_open() {
    let (directory, op, request) = world();
    let (admin, new, key) = (Person::new(1), Person::new(2), office_key());
    let vault: Vault = office_group().vault();
    let make = || {
        let to =
            [&admin, &new].map(|person| Recipient::Device(person.device(), person.kem.public()));
        Keybox::make(
            &directory,
            admin.pen(),
            (vault, &key),
            None,
            &to,
            BTreeSet::new(),
            &[],
        )
        .unwrap()
    };
    let kept = vector("team.box", || make().to_bytes());
    let keybox = SealedKeybox::parse(&kept)
        .unwrap()
        .verify(&directory)
        .unwrap();
    assert_eq!(keybox.check(&directory, None), Ok(BTreeSet::new()));
    let opened = keybox
        .open_for(directory.org(), admin.device(), &admin.kem)
        .unwrap()
        .unwrap();
    assert_eq!(Kid::of(&opened), Kid::of(&key));

    let kept = vector("approval.mga", || {
        enrol::approve(&request, &directory, &[&keybox], "みほん市", admin.device()).unwrap()
    });
    let approval = enrol::accept(&kept, &request, &new.kem).unwrap();
    assert_eq!(approval.enrolment, op);
    assert_eq!(approval.directory.state(), directory.state());
    assert_eq!(approval.office_name, "みほん市");
    assert_eq!(
        approval
            .keys
            .iter()
            .map(|(vault, key)| (*vault, Kid::of(key)))
            .collect::<Vec<_>>(),
        [(vault, Kid::of(&key))]
    );
}
