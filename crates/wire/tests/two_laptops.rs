//! The whole way by the public interface alone: an office is founded, a second laptop joins, a case is opened, sealed
//! into a bundle, carried over and read with every check.

use std::collections::BTreeSet;
use std::io::Cursor;

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use wire::body::{Body, Kind, RawChange};
use wire::bundle::{self, BundleError, BundleKeys, BundleWriter, Load, Manifest, Sender, To};
use wire::cbor::Bytes;
use wire::directory::{Act, DeviceKeys, Directory, Op, Role};
use wire::enrol::{self, Request};
use wire::envelope::{
    Author, Draft, LaneKey, LaneOpened, Place, SealKeys, TooLarge, Verified, open_outer,
    seal_record,
};
use wire::ids::{Device, Doc, Group, Hash, Kid, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::rights::{Right, author_key, right_to_write};
use wire::roster::{Class, Readers, Roster};

struct Laptop {
    sign: SigningKey,
    kem: KemKey,
}

impl Laptop {
    fn new() -> Self {
        Self {
            sign: SigningKey::make(),
            kem: KemKey::make(),
        }
    }

    fn keys(&self) -> DeviceKeys {
        DeviceKeys {
            sign: self.sign.public(),
            kem: self.kem.public(),
        }
    }

    fn device(&self) -> Device {
        self.keys().device()
    }

    fn pen(&self) -> (Device, &SigningKey) {
        (self.device(), &self.sign)
    }
}

/// The author's chain in one lane, as the outbox keeps it.
struct Outbox<'a> {
    author: Author<'a>,
    next: Place,
    lane: LaneKey,
    records: Vec<Verified>,
}

impl Outbox<'_> {
    fn seal(
        &mut self,
        directory: &Directory,
        (vault, key): (Vault, &SecretKey),
        roster_head: Hash,
        doc: Doc,
        body: &Body,
    ) -> Result<(), TooLarge> {
        let keys = SealKeys {
            lane: &self.lane,
            vault: key,
        };
        let draft = Draft {
            vault,
            dir_head: directory.head(),
            roster_head,
            doc,
            body,
        };
        let record = seal_record(self.author, self.next, keys, &draft)?;
        self.next = Place {
            seq: self.next.seq + 1,
            prev: record.id(),
            ..self.next
        };
        self.records.push(record);
        Ok(())
    }
}

#[test]
fn a_case_goes_from_one_laptop_to_another() {
    // 1. An office is founded.
    let (first, paper) = (Laptop::new(), SigningKey::make());
    let office = Group::new(crypto::random());
    let mut directory = Directory::found(
        first.keys(),
        [Role::Supervisor].into(),
        office,
        &first.sign,
        &paper,
    )
    .unwrap();
    let org = directory.org();
    let team_key = SecretKey::make();

    // 2. A second laptop asks, is taken in, and accepts. Words would be compared both ways.
    let second = Laptop::new();
    let request = Request::make(second.keys(), "佐藤 花子").unwrap();
    let approval = {
        let asked = Request::parse(request.as_bytes()).unwrap();
        let act = Act::Enrol {
            device: *asked.keys(),
            groups: [office].into(),
            roles: [Role::Worker].into(),
            admin: false,
            request: asked.hash(),
        };
        directory.write(&act, first.pen(), None).unwrap();
        let everybody: Vec<_> = directory
            .state()
            .members(office)
            .map(|device| Recipient::Device(device, directory.state().devices[&device].keys.kem))
            .collect();
        let team = (office.vault(), &team_key);
        let keybox = Keybox::make(
            &directory,
            first.pen(),
            team,
            None,
            &everybody,
            BTreeSet::new(),
            &[],
        )
        .unwrap();
        enrol::approve(&asked, &directory, &[&keybox], "みほん市", first.device()).unwrap()
    };
    let joined = enrol::accept(&approval, &request, &second.kem).unwrap();
    assert_eq!(joined.directory.first().body(), directory.first().body());
    let (team_vault, team_key_there) = joined.keys.into_iter().next().unwrap();
    assert_eq!(
        (team_vault, Kid::of(&team_key_there)),
        (office.vault(), Kid::of(&team_key))
    );

    // 3. The first laptop opens a case: a roster, a key, and the key wrapped for the group.
    let readers = Readers {
        groups: [office].into(),
        stewards: [first.device()].into(),
        ..Readers::default()
    };
    let roster = Roster::found(&directory, first.pen(), Class::Case, readers).unwrap();
    let (case, case_key) = (roster.vault(), SecretKey::make());
    let for_group = [Recipient::Group(office, &team_key)];
    let keybox = Keybox::make(
        &directory,
        first.pen(),
        (case, &case_key),
        Some(&roster),
        &for_group,
        BTreeSet::new(),
        &[],
    )
    .unwrap();

    // 4. All is sealed: the box under the team's key, so that it can be found; the rest under the case's.
    let mut outbox = Outbox {
        author: Author {
            org,
            device: first.device(),
            sign: &first.sign,
        },
        next: Place {
            lane: office.lane(),
            incarnation: 0,
            seq: 1,
            prev: Hash::ZERO,
        },
        lane: LaneKey::of(&team_key),
        records: Vec::new(),
    };
    let team = (office.vault(), &team_key);
    outbox
        .seal(
            &directory,
            team,
            Hash::ZERO,
            Doc::ZERO,
            &Body::Keybox(keybox.to_bytes()),
        )
        .unwrap();
    let ops = roster.ops().map(|op| op.to_bytes()).collect();
    outbox
        .seal(
            &directory,
            (case, &case_key),
            roster.head(),
            Doc::ZERO,
            &Body::Roster(ops),
        )
        .unwrap();
    let change = RawChange {
        hash: Hash::new([1; 32]),
        bytes: "姉が来る".as_bytes().to_vec(),
    };
    let doc = Doc::new(crypto::random());
    outbox
        .seal(
            &directory,
            (case, &case_key),
            roster.head(),
            doc,
            &Body::Changes(vec![change]),
        )
        .unwrap();

    // 5. A bundle for everybody.
    let bytes: u64 = outbox
        .records
        .iter()
        .map(|record| record.as_bytes().len() as u64)
        .sum();
    let manifest = Manifest {
        sender: first.device(),
        made_at: 0,
        complete: true,
        contains: Vec::new(),
        acknowledges: Vec::new(),
        directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
        boxes: Vec::new(),
        heads: vec![directory.heads().clone()],
    };
    let sender = Sender {
        org,
        sign: &first.sign,
    };
    let load = Load { count: 3, bytes };
    let mut writer =
        BundleWriter::start(Vec::new(), &To::All(&team_key), sender, &manifest, load).unwrap();
    for record in outbox.records.iter().rev() {
        writer.push(record.as_bytes()).unwrap();
    }
    let file = writer.finish().unwrap();

    // 6. The second laptop reads it: whole, then the directory, then the sender, then each record.
    let mut there = joined.directory;
    let keys = BundleKeys {
        office: &[&team_key_there],
        ..BundleKeys::default()
    };
    let checked = bundle::open(Cursor::new(file), org, &keys).unwrap();
    let received = there.receive(
        checked
            .manifest()
            .directory
            .iter()
            .skip(1)
            .map(|op| op.0.as_slice()),
    );
    assert!(received.refused.is_empty());
    let public = there.state().sign_key(checked.manifest().sender).unwrap();
    let mut bundle = checked.verify(&public).unwrap();
    let lane_key = LaneKey::of(&team_key_there);
    let mut opened: Vec<LaneOpened> = Vec::new();
    bundle
        .records(|bytes| {
            let sealed = open_outer(bytes, org).unwrap();
            let public = author_key(&there, sealed.outer().device).unwrap();
            assert_eq!(sealed.outer().lkid, lane_key.id());
            opened.push(
                sealed
                    .verify(&public)
                    .unwrap()
                    .open_lane_layer(&lane_key)
                    .unwrap(),
            );
            Ok::<_, BundleError>(())
        })
        .unwrap();

    // Boxes first, then rosters, then the rest; each with the right to write.
    let of_kind = |kind| {
        opened
            .iter()
            .find(|record| record.inner().kind == kind)
            .unwrap()
    };
    let judge = |record: &LaneOpened, roster: Option<&Roster>| {
        right_to_write(&there, roster, record.record(), record.inner())
    };
    let boxed = of_kind(Kind::KEYBOX);
    assert_eq!(judge(boxed, None), Right::Granted);
    let Body::Keybox(bytes) = boxed.open_body(&team_key_there).unwrap().body else {
        panic!("a box")
    };
    let keybox = SealedKeybox::parse(&bytes).unwrap().verify(&there).unwrap();
    let case_key_there = keybox.open_with(org, &team_key_there).unwrap().unwrap();

    let founding = of_kind(Kind::ROSTER);
    assert_eq!(judge(founding, None), Right::Granted);
    let Body::Roster(ops) = founding.open_body(&case_key_there).unwrap().body else {
        panic!("a roster")
    };
    let roster_there = Roster::open(&ops[0], &there).unwrap();
    assert_eq!(
        roster_there.vault(),
        founding.inner().vault,
        "the vault's name proves its founding"
    );
    assert_eq!(
        keybox.check(&there, Some(&roster_there)),
        Ok(BTreeSet::new())
    );

    let written = of_kind(Kind::CHANGES);
    assert!(matches!(judge(written, None), Right::Waits(_)));
    assert_eq!(judge(written, Some(&roster_there)), Right::Granted);
    let Body::Changes(changes) = written.open_body(&case_key_there).unwrap().body else {
        panic!("changes")
    };
    assert_eq!(
        (written.inner().doc, changes[0].bytes.as_slice()),
        (doc, "姉が来る".as_bytes())
    );
    assert_eq!(
        there.ops().map(Op::id).collect::<Vec<_>>(),
        directory.ops().map(Op::id).collect::<Vec<_>>()
    );
}
