//! Golden vectors: one file of each format, made with fixed keys, under `tests/vectors`.
//!
//! What is kept there must open for ever, and where nothing random is left to a library, be made again byte for byte.
//! `MARUGOTO_WRITE_VECTORS=1 cargo nextest run -p wire vectors` writes those that are not there yet; a file that is
//! there is never overwritten.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use crypto::SecretKey;

use crate::audit::{self, Page};
use crate::body::{Adoption, Attachment, Body, Carry, Have, Passed, RawChange, Witness};
use crate::bundle::{self, BundleKeys, BundleWriter, Load, Manifest, Sender, To};
use crate::cbor::{self, Bytes};
use crate::directory::{Act, Asked, CutAt, Directory, Op, Role};
use crate::enrol::{self, Request};
use crate::envelope::{
    Author, Draft, LaneKey, Place, SealKeys, Verified, open_outer, seal_with, verify_stub,
};
use crate::erase::{self, Order};
use crate::fixture::{Person, office, office_group, office_key, paper, paper_pen, replica};
use crate::hub::{Drop, DropBlobs, Dropped, Stubs};
use crate::ids::{Doc, Group, Hash, Kid, Lane, Org, Vault};
use crate::keybox::{Keybox, Recipient, SealedKeybox};
use crate::lan::{Members, Pass};
use crate::passing::{Case, Lineage, Passing, Proof, Receipt, Statement, Wish};
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
    founding_of(directory, Class::Case, readers)
}

/// Devices 1 and 2 alone read it, and 1 may name others.
fn restricted_founding(directory: &Directory) -> RosterOp {
    let readers = Readers {
        devices: [Person::new(2).device()].into(),
        stewards: [Person::new(1).device()].into(),
        ..Readers::default()
    };
    founding_of(directory, Class::Restricted, readers)
}

fn founding_of(directory: &Directory, class: Class, readers: Readers) -> RosterOp {
    let grant = Grant::Found {
        class,
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

/// Every act but the two above, each by the first admin on the same past, with the paper key's signature beside it.
#[test]
fn every_act_of_the_directory_is_made_byte_for_byte() {
    let (directory, ..) = world();
    let (admin, new) = (Person::new(1), Person::new(2));
    let (device, group) = (new.device(), Group::new([0x81; 16]));
    let cut = CutAt {
        lane: office_group().lane(),
        incarnation: 1,
        seq: 7,
        record: Hash::new([0x82; 32]),
    };
    let acts = [
        ("group-create", Act::GroupCreate { group }),
        (
            "group-add",
            Act::GroupAdd {
                group: office_group(),
                device,
            },
        ),
        (
            "group-remove",
            Act::GroupRemove {
                group: office_group(),
                device,
            },
        ),
        ("freeze", Act::Freeze { device }),
        ("unfreeze", Act::Unfreeze { device }),
        (
            "revoke",
            Act::Revoke {
                device,
                cut: [cut].into(),
            },
        ),
        ("leave", Act::Leave { device }),
        (
            "adopt",
            Act::Adopt {
                records: [Hash::new([0x83; 32])].into(),
            },
        ),
        ("add-admin", Act::AddAdmin { device }),
        (
            "remove-admin",
            Act::RemoveAdmin {
                device: paper_pen(&paper()).0,
            },
        ),
        (
            "policy",
            Act::Policy {
                name: "lock-minutes".to_owned(),
                value: crate::cbor::Bytes(vec![0x0a]),
            },
        ),
        (
            "confirm",
            Act::Confirm {
                ops: [Hash::new([0x84; 32])].into(),
            },
        ),
        (
            "roles",
            Act::Roles {
                device,
                roles: [Role::Worker, Role::Supervisor].into(),
            },
        ),
        (
            "add-paper",
            Act::AddPaper {
                sign: Person::new(3).sign.public(),
            },
        ),
        ("escrow", Act::Escrow { public: [0x85; 32] }),
        ("escrow-seat", seat(&directory)),
    ];
    let renewal = Act::KemRenew {
        device: admin.device(),
        kem: Person::new(4).kem.public(),
    };
    let paper = paper();
    let both = acts.map(|(name, act)| (name, act, true));
    // Nobody signs this beside the device itself.
    let alone = [("kem-renew", renewal, false)];
    for (name, act, two) in both.into_iter().chain(alone) {
        let name = format!("directory-{name}.op");
        let mut past = replica(&directory);
        let op = past
            .write(&act, admin.pen(), two.then(|| paper_pen(&paper)))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        pinned(&name, &op.to_bytes());
        let mut again = replica(&directory);
        let kept = vector(&name, Vec::new);
        assert_eq!(again.receive([kept.as_slice()]).new, [op], "{name}");
        assert_eq!(again.state(), past.state(), "{name}");
    }
}

fn seat(directory: &Directory) -> Act {
    let escrow = Person::new(9);
    let vow = crate::directory::escrow::vow(&escrow.keys(), directory.org(), &escrow.sign);
    Act::EscrowSeat {
        keys: escrow.keys(),
        vow,
    }
}

#[test]
fn every_grant_of_a_roster_is_made_byte_for_byte() {
    let (directory, ..) = world();
    let readers = |person: u8| Readers {
        devices: [Person::new(person).device()].into(),
        ..Readers::default()
    };
    let founding = founding(&directory).to_bytes();
    for (name, grant) in [
        ("roster-grant.op", Grant::Grant(readers(2))),
        ("roster-remove.op", Grant::Remove(readers(2))),
    ] {
        let mut roster = Roster::open(&founding, &directory).unwrap();
        let op = roster
            .write(&directory, Person::new(1).pen(), &grant)
            .unwrap();
        pinned(name, &op.to_bytes());
        let mut again = Roster::open(&founding, &directory).unwrap();
        let kept = vector(name, Vec::new);
        assert_eq!(again.receive(&kept, &directory), Ok(true), "{name}");
        assert_eq!(again.head(), roster.head(), "{name}");
    }
}

#[test]
fn every_word_on_the_escrow_in_a_roster_is_made_byte_for_byte() {
    let (mut directory, ..) = world();
    let founding = restricted_founding(&directory).to_bytes();
    pinned("roster-found-restricted.op", &founding);
    let mut roster = Roster::open(&founding, &directory).unwrap();
    let (first, escrow, paper) = (Person::new(1), Person::new(9), paper());
    let mut kept = Vec::new();
    let mut says = |roster: &mut Roster, directory: &Directory, pen, name: &str, grant| {
        let op = roster.write(directory, pen, &grant).unwrap();
        pinned(name, &op.to_bytes());
        assert_eq!(*op.grant(), grant);
        kept.push(vector(name, Vec::new));
    };
    // Of the two, this needs no directory but that of two devices: a decoder takes it alone.
    says(
        &mut roster,
        &directory,
        first.pen(),
        "roster-escrow.op",
        Grant::Escrow(true),
    );
    let act = seat(&directory);
    directory
        .write(&act, first.pen(), Some(paper_pen(&paper)))
        .unwrap();
    let act = Person::new(5).enrolment([office_group()].into(), Role::Supervisor, true);
    directory.write(&act, escrow.pen(), None).unwrap();
    let enters = Grant::Enter(Person::new(5).device());
    for (name, pen, grant) in [
        ("roster-enter.op", escrow.pen(), enters),
        ("roster-escrow-back.op", first.pen(), Grant::Escrow(false)),
    ] {
        says(&mut roster, &directory, pen, name, grant);
    }
    let mut again = Roster::open(&founding, &directory).unwrap();
    for op in kept {
        assert_eq!(again.receive(&op, &directory), Ok(true));
    }
    assert_eq!(again.head(), roster.head());
    assert!(
        again
            .state()
            .reads(Person::new(5).device(), directory.state())
    );
}

fn order() -> Order {
    Order {
        vaults: [Vault::new([0xa1; 16])].into(),
        docs: BTreeSet::new(),
        fields: BTreeSet::new(),
        records: [Hash::new([0xa2; 32]), Hash::new([0xa3; 32])].into(),
        reason: "保存期間の満了".to_owned(),
        basis: "文書管理規程".to_owned(),
        asked_by: "佐藤".to_owned(),
        at: 1_790_000_000_000,
    }
}

/// The same about one field of one document.
fn order_of_a_field() -> Order {
    Order {
        docs: [Doc::new([0xa4; 16])].into(),
        fields: ["fields/address".to_owned()].into(),
        ..order()
    }
}

/// The two acts of an erasure, what the hub is told of it, and what stays of a record.
#[test]
fn an_erasure_is_made_byte_for_byte() {
    let (mut directory, ..) = world();
    let (admin, paper) = (Person::new(1), paper());
    let order = order();
    let erase = Act::Erase {
        order: order.id(),
        records: erase::digest(&order.records),
    };
    let op = directory
        .write(&erase, admin.pen(), Some(paper_pen(&paper)))
        .unwrap();
    pinned("directory-erase.op", &op.to_bytes());
    let cancel = Act::CancelErase { op: op.id() };
    let back = directory.write(&cancel, admin.pen(), None).unwrap();
    pinned("directory-erase-cancel.op", &back.to_bytes());
    let drop = Drop {
        op: op.id(),
        records: order.records.clone(),
    };
    pinned("hub-drop.cbor", &cbor::to_vec(&drop));
    let chunks = DropBlobs {
        op: op.id(),
        records: order.records.clone(),
        blobs: [Hash::new([0xa5; 32])].into(),
    };
    pinned("hub-drop-blobs.cbor", &cbor::to_vec(&chunks));
    pinned(
        "hub-dropped.cbor",
        &cbor::to_vec(&Dropped { now: 1, before: 1 }),
    );
    let record = record(&directory);
    pinned("record.stub", &record.to_stub());
    let stubs = Stubs {
        op: op.id(),
        records: order.records.clone(),
        stubs: vec![Bytes(record.to_stub())],
    };
    pinned("hub-stubs.cbor", &cbor::to_vec(&stubs));
    let name = verify_stub(&record.to_stub(), directory.org(), &admin.sign.public()).unwrap();
    assert_eq!(name, (*record.outer(), record.id()));

    let (mut again, ..) = world();
    let kept = [
        vector("directory-erase.op", Vec::new),
        vector("directory-erase-cancel.op", Vec::new),
    ];
    again.receive([kept[0].as_slice()]);
    assert!(!again.state().erasures[&op.id()].cancelled);
    again.receive([kept[1].as_slice()]);
    assert!(again.state().erasures[&op.id()].cancelled);
}

#[test]
fn an_order_to_wipe_is_made_byte_for_byte() {
    let (mut directory, ..) = world();
    let (admin, paper) = (Person::new(1), paper());
    let device = Person::new(2).device();
    let op = directory
        .write(&Act::Wipe { device }, admin.pen(), Some(paper_pen(&paper)))
        .unwrap();
    pinned("directory-wipe.op", &op.to_bytes());
    let (mut again, ..) = world();
    again.receive([vector("directory-wipe.op", Vec::new).as_slice()]);
    assert_eq!(again.state().wiped, [device].into());
}

#[test]
fn what_a_colleague_is_asked_to_sign_is_made_byte_for_byte() {
    let (directory, ..) = world();
    let (admin, paper) = (Person::new(1), paper());
    let device = Person::new(2).device();
    let rule = Act::Policy {
        name: "backup-days".to_owned(),
        value: Bytes(b"730".to_vec()),
    };
    let acts = [
        (Act::Wipe { device }, "紛失".to_owned()),
        (rule, String::new()),
    ];
    let (second, key) = paper_pen(&paper);
    let asked = directory.draft(&acts, admin.pen(), second).unwrap();
    pinned("cosign.asked", &asked.to_bytes());
    let read = Asked::parse(&vector("cosign.asked", Vec::new)).unwrap();
    let signatures = read.sign(world().0, key).unwrap();
    assert!(directory.is_signed_by_both(&read, &signatures));
}

/// The first day of device 1's log.
fn page(directory: &Directory) -> Page {
    let (author, book) = (Person::new(1), Vault::ZERO);
    let mut prev = audit::beginning(directory.org(), author.device(), book);
    let mut entries = Vec::new();
    for (seq, act) in [(1, audit::Act::Open), (2, audit::Act::Other(900))] {
        let entry = audit::Entry {
            seq,
            prev,
            incarnation: 1,
            at: 1_790_000_000_000,
            act: act.number(),
            kind: "household".to_owned(),
            subject: Some([0x98; 16]),
            household: Some([0x98; 16]),
            reason: "訪問の前に".to_owned(),
            detail: "household.get".to_owned(),
        };
        let bytes = entry.to_bytes();
        prev = audit::name_of(&bytes);
        entries.push(Bytes(bytes));
    }
    let place = (1, 2, prev);
    let seal = audit::Seal::make(
        directory.org(),
        author.pen(),
        book,
        place,
        1_790_000_100_000,
    );
    Page { entries, seal }
}

/// What stands inside a record, before it is compressed and sealed.
#[test]
fn every_kind_of_body_is_made_byte_for_byte() {
    let (directory, ..) = world();
    let record = record(&directory);
    let outer = record.outer();
    let have = Have {
        lane: Lane::ORG,
        device: outer.device,
        incarnation: 2,
        seq: 9,
        record: Hash::new([0x91; 32]),
    };
    let key = LaneKey::of(&office_key()).record_key(outer);
    let bodies = [
        (
            "changes",
            Body::Changes(vec![RawChange {
                hash: Hash::new([0x71; 32]),
                bytes: vec![1, 2, 3],
            }]),
        ),
        ("keybox", Body::Keybox(vector("team.box", Vec::new))),
        (
            "roster",
            Body::Roster(vec![founding(&directory).to_bytes()]),
        ),
        ("carry", Body::Carry(Carry::of(&record, key))),
        (
            "attachment",
            Body::Attachment(Attachment {
                size: 70_000,
                digest: Hash::new([0x92; 32]),
                chunks: vec![Hash::new([0x93; 32]), Hash::new([0x94; 32])],
                key: SecretKey::from_bytes([0x95; 32]),
            }),
        ),
        (
            "witness",
            Body::Witness(Witness {
                day: 20_780,
                have: vec![have],
                directory: directory.heads().clone(),
                heads: vec![[Hash::new([0x96; 32])].into()],
            }),
        ),
        (
            "adoption",
            Body::Adoption(Adoption {
                records: [Hash::new([0x97; 32])].into(),
            }),
        ),
        ("order", Body::Order(order().to_bytes())),
        ("order-fields", Body::Order(order_of_a_field().to_bytes())),
        ("audit", Body::Audit(page(&directory))),
        (
            "office",
            Body::Office(
                directory.org(),
                directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
            ),
        ),
        (
            "passed",
            Body::Passed(Passed::of(
                directory.org(),
                Carry::of(&record, LaneKey::of(&office_key()).record_key(outer)),
                case_key(),
            )),
        ),
        (
            "lineage",
            Body::Lineage(directory.org(), lineage(&directory).to_bytes()),
        ),
        (
            "passed-on",
            Body::PassedOn(Passed::of(
                directory.org(),
                Carry::of(&record, LaneKey::of(&office_key()).record_key(outer)),
                case_key(),
            )),
        ),
    ];
    for (name, body) in bodies {
        let name = format!("body-{name}.cbor");
        pinned(&name, &body.encode());
        let kept = vector(&name, Vec::new);
        let again = Body::decode(body.kind(), &kept).unwrap();
        assert_eq!(
            (again.kind(), again.encode()),
            (body.kind(), kept),
            "{name}"
        );
    }
}

/// HPKE draws its own key, so this one is opened only.
#[test]
fn a_kept_bundle_for_one_device_opens_for_it_alone() {
    let (directory, ..) = world();
    let (admin, new, record) = (Person::new(1), Person::new(2), record(&directory));
    let sender = Sender {
        org: directory.org(),
        sign: &admin.sign,
    };
    let load = Load {
        count: 1,
        bytes: record.as_bytes().len() as u64,
    };
    let manifest = manifest(&directory, &record);
    let kept = vector("bundle-device.mgb", || {
        let to = To::Device(new.kem.public());
        let fixed = ([0x77; 32], SecretKey::from_bytes([0x78; 32]));
        let mut writer =
            BundleWriter::start_with(Vec::new(), &to, sender, &manifest, load, fixed).unwrap();
        writer.push(record.as_bytes()).unwrap();
        writer.finish().unwrap()
    });
    let open = |device: &Person| {
        let keys = BundleKeys {
            device: &[&device.kem],
            ..BundleKeys::default()
        };
        bundle::open(Cursor::new(kept.clone()), directory.org(), &keys)
    };
    let mut opened = open(&new).unwrap().verify(&admin.sign.public()).unwrap();
    assert_eq!(opened.manifest(), &manifest);
    let mut records = Vec::new();
    opened
        .records(|bytes| {
            records.push(bytes);
            Ok::<_, bundle::BundleError>(())
        })
        .unwrap();
    assert_eq!(records, [record.as_bytes()]);
    assert!(open(&admin).is_err());
}

/// What a laptop hands over that may exchange no longer: for the administrators, here devices 1 and 3.
#[test]
fn a_kept_rescue_opens_for_the_administrators_alone() {
    let (directory, ..) = world();
    let (sender, record) = (Person::new(2), record(&directory));
    let manifest = Manifest {
        sender: sender.device(),
        ..manifest(&directory, &record)
    };
    let kept = vector("bundle-admins.mgb", || {
        let admins = [Person::new(1).kem.public(), Person::new(3).kem.public()];
        let fixed = ([0x79; 32], SecretKey::from_bytes([0x7a; 32]));
        let by = Sender {
            org: directory.org(),
            sign: &sender.sign,
        };
        let load = Load {
            count: 1,
            bytes: record.as_bytes().len() as u64,
        };
        let to = To::Admins(&admins);
        let mut writer =
            BundleWriter::start_with(Vec::new(), &to, by, &manifest, load, fixed).unwrap();
        writer.push(record.as_bytes()).unwrap();
        writer.finish().unwrap()
    });
    let office = office_key();
    let open = |device: &Person| {
        let keys = BundleKeys {
            office: &[&office],
            device: &[&device.kem],
            ..BundleKeys::default()
        };
        bundle::open(Cursor::new(kept.clone()), directory.org(), &keys)
    };
    for admin in [1, 3] {
        let checked = open(&Person::new(admin)).unwrap();
        assert!(checked.is_rescue());
        assert_eq!(checked.manifest(), &manifest);
        checked.verify(&sender.sign.public()).unwrap();
    }
    // Having the office's key, or having made it, is not enough.
    let refused = open(&sender);
    assert!(matches!(refused, Err(bundle::BundleError::OnlyForAdmins)));
}

/// A small file's one chunk, and the manifest that opens it.
#[test]
fn a_kept_chunk_opens_with_its_manifest() {
    let file = "訪問の写真".repeat(300).into_bytes();
    let (made, chunks) = crate::chunk::seal_with(SecretKey::from_bytes([0x95; 32]), &file).unwrap();
    pinned("chunk.mgc", &chunks[0]);
    pinned("chunk-manifest.cbor", &Body::Attachment(made).encode());
    let kept = vector("chunk-manifest.cbor", Vec::new);
    let Ok(Body::Attachment(manifest)) = Body::decode(crate::body::Kind::ATTACHMENT, &kept) else {
        panic!("the manifest does not read");
    };
    let opened: Result<_, crate::chunk::ChunkError> =
        crate::chunk::open(&manifest, |_, _| Ok(vector("chunk.mgc", Vec::new)));
    assert_eq!(opened.unwrap(), file);
}

#[test]
fn a_kept_pass_of_a_laptop_in_the_same_network_still_holds() {
    let (directory, ..) = world();
    let admin = Person::new(1);
    let pass = Pass::make(
        directory.org(),
        admin.device(),
        b"a certificate",
        &admin.sign,
    );
    pinned("lan.pass", &pass.to_bytes());
    let kept = vector("lan.pass", Vec::new);
    assert_eq!(
        Members::of(&directory).admit(b"a certificate", &kept),
        Ok(admin.device())
    );
}

/// The case of the order above was in two offices before.
fn lineage(directory: &Directory) -> Lineage {
    let (admin, paper) = (Person::new(1), paper());
    let earlier = [Vault::new([0xa2; 16]), Vault::new([0xa3; 16])].into();
    let (vault, second) = (Vault::new([0xa1; 16]), paper_pen(&paper));
    Lineage::make(directory, admin.pen(), second, vault, earlier).unwrap()
}

/// The papers of a passing: device 9 of another office wished for the case of the order above.
#[test]
fn the_papers_of_a_passing_are_made_byte_for_byte() {
    let (mut directory, ..) = world();
    let (admin, new, paper) = (Person::new(1), Person::new(9), paper());
    let names = ("みほん法人", "森 三郎");
    let wish = Wish::make_with(Org::new([9; 16]), new.keys(), names, [0xb1; 32]).unwrap();
    pinned("pass.mgwish", wish.as_bytes());
    assert_eq!(
        Wish::parse(&vector("pass.mgwish", Vec::new)).as_ref(),
        Ok(&wish)
    );
    let order = order();
    let passing = Passing {
        wish: wish.hash(),
        office: "みほん市".to_owned(),
        authors: vec![(admin.device(), ("w1".to_owned(), "佐藤 花子".to_owned()))],
        cases: [Case::of(Vault::new([0xa1; 16]), &order.records)].into(),
        households: 1,
        chunks: 2,
        reason: "委託先の変更".to_owned(),
        basis: "委託契約 第9条".to_owned(),
        at: 1_790_000_000_000,
    };
    let statement = Statement::make(&directory, admin.pen(), paper_pen(&paper), passing).unwrap();
    pinned("pass-statement.op", &statement.to_bytes());
    let kept = vector("pass-statement.op", Vec::new);
    assert_eq!(Statement::read(&kept, &directory).as_ref(), Ok(&statement));
    let lineage = lineage(&directory);
    pinned("pass-lineage.op", &lineage.to_bytes());
    let kept = vector("pass-lineage.op", Vec::new);
    assert_eq!(Lineage::read(&kept, &directory).as_ref(), Ok(&lineage));
    let receipt = Receipt::make(&wish, &new.sign, &statement, 2, 1_790_000_200_000).unwrap();
    pinned("pass.mgreceipt", receipt.as_bytes());
    let kept = vector("pass.mgreceipt", Vec::new);
    assert_eq!(
        Receipt::read(&kept, &wish, &statement).as_ref(),
        Ok(&receipt)
    );
    let erase = Act::Erase {
        order: order.id(),
        records: erase::digest(&order.records),
    };
    directory
        .write(&erase, admin.pen(), Some(paper_pen(&paper)))
        .unwrap();
    let papers = (&wish, &statement, &receipt);
    let times = (1_792_600_000_000, 1_792_700_000_000);
    let proof = Proof::make(&directory, admin.pen(), papers, &[order], times).unwrap();
    pinned("pass.mgproof", &proof);
    let kept = Proof::check(&vector("pass.mgproof", Vec::new)).unwrap();
    assert_eq!((kept.statement, kept.done), (statement, times.0));
}
