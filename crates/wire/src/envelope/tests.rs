//! The laws of the envelope.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::audit::{Page, Seal};
use crate::body::{Adoption, Attachment, Carry, Have, RawChange, Witness};
use crate::cbor::Bytes;
use crate::fixture::{Person, enrol, flips, office, office_group, office_key};
use crate::ids::Group;

fn changes() -> Body {
    Body::Changes(vec![RawChange {
        hash: Hash::new([5; 32]),
        bytes: "見守り".as_bytes().to_vec(),
    }])
}

fn org() -> Org {
    Org::new([3; 16])
}

fn place(seq: u64) -> Place {
    let prev = if seq == 1 {
        Hash::ZERO
    } else {
        Hash::new([8; 32])
    };
    Place {
        lane: Group::new([2; 16]).lane(),
        incarnation: 0,
        seq,
        prev,
    }
}

fn draft(body: &Body) -> Draft<'_> {
    let (dir_head, roster_head) = (Hash::new([6; 32]), Hash::new([7; 32]));
    Draft {
        vault: Vault::new([4; 16]),
        dir_head,
        roster_head,
        doc: Doc::new([9; 16]),
        body,
    }
}

fn sealed_at(author: &Person, place: Place, body: &Body) -> Verified {
    let (lane, vault) = (LaneKey::of(&office_key()), vault_key());
    let author = Author {
        org: org(),
        device: author.device(),
        sign: &author.sign,
    };
    seal_record(
        author,
        place,
        SealKeys {
            lane: &lane,
            vault: &vault,
        },
        &draft(body),
    )
    .unwrap()
}

fn vault_key() -> SecretKey {
    SecretKey::from_bytes([0x11; 32])
}

/// The whole way in; the signature's check can be left out, for the red control.
fn open(bytes: Vec<u8>, author: &Person, with_signature: bool) -> Result<Opened, EnvelopeError> {
    let sealed = open_outer(bytes, org())?;
    let verified = if with_signature {
        sealed.verify(&author.sign.public())?
    } else {
        Verified(sealed)
    };
    verified
        .open_lane_layer(&LaneKey::of(&office_key()))?
        .open_body(&vault_key())
}

#[test]
fn a_record_says_to_its_readers_what_its_author_said() {
    let author = Person::new(1);
    let record = sealed_at(&author, place(1), &changes());
    assert_eq!(record.as_bytes().len(), HEAD_LEN + 1024 + TAG_LEN);
    let opened = open(record.as_bytes().to_vec(), &author, true).unwrap();
    assert_eq!(
        (opened.inner.vault, opened.inner.doc),
        (Vault::new([4; 16]), Doc::new([9; 16]))
    );
    assert_eq!(
        (opened.inner.dir_head, opened.inner.roster_head),
        (Hash::new([6; 32]), Hash::new([7; 32]))
    );
    let Body::Changes(told) = opened.body else {
        unreachable!()
    };
    assert_eq!(told[0].bytes, "見守り".as_bytes());
    assert_eq!(told[0].hash, Hash::new([5; 32]));
}

#[test]
fn each_flipped_byte_of_a_record_is_refused() {
    let author = Person::new(1);
    let record = sealed_at(&author, place(1), &changes());
    let mut unsigned = 0;
    for (at, flipped) in flips(record.as_bytes()) {
        assert!(open(flipped.clone(), &author, true).is_err(), "byte {at}");
        unsigned += usize::from(open(flipped, &author, false).is_ok());
    }
    // Red control: without the signature's check, its own 64 bytes could be anything.
    assert_eq!(unsigned, 64);
    assert!(open(record.as_bytes().to_vec(), &author, true).is_ok());
}

#[test]
fn each_shortening_of_a_record_is_told_as_such() {
    let author = Person::new(1);
    let record = sealed_at(&author, place(1), &changes());
    for len in 0..record.as_bytes().len() {
        let cut = record.as_bytes()[..len].to_vec();
        assert_eq!(
            open_outer(cut, org()),
            Err(EnvelopeError::Truncated { found: len })
        );
    }
    let longer = [record.as_bytes(), &[0]].concat();
    assert_eq!(open_outer(longer, org()), Err(EnvelopeError::Trailing));
}

#[test]
fn what_is_declared_is_not_allocated() {
    let author = Person::new(1);
    let mut bytes = sealed_at(&author, place(1), &changes()).as_bytes().to_vec();
    for declared in [u32::MAX, 1 << 31, (1 << 20) + 1, 1 << 21, 1025, 512, 0] {
        bytes[OUTER_LEN - 4..OUTER_LEN].copy_from_slice(&declared.to_be_bytes());
        let error = EnvelopeError::Oversized {
            declared: declared.into(),
            cap: 1 << 20,
        };
        assert_eq!(open_outer(bytes.clone(), org()), Err(error));
    }
}

#[test]
fn another_offices_record_is_told_as_such() {
    let record = sealed_at(&Person::new(1), place(1), &changes());
    let foreign = open_outer(record.as_bytes().to_vec(), Org::new([4; 16]));
    assert_eq!(foreign, Err(EnvelopeError::ForeignOrg));
}

#[test]
fn a_place_that_cannot_be_is_refused() {
    let author = Person::new(1);
    for wrong in [
        Place { seq: 0, ..place(1) },
        Place {
            prev: Hash::new([1; 32]),
            ..place(1)
        },
        Place {
            prev: Hash::ZERO,
            ..place(2)
        },
    ] {
        let record = sealed_at(&author, wrong, &changes());
        assert_eq!(
            open_outer(record.as_bytes().to_vec(), org()),
            Err(EnvelopeError::BadPlace)
        );
    }
}

#[test]
fn a_signature_of_another_kind_is_none() {
    let author = Person::new(1);
    let record = sealed_at(&author, place(1), &changes());
    let with = |kind| {
        let mut bytes = record.as_bytes().to_vec();
        let signature = author
            .sign
            .sign(kind, org().as_bytes(), record.id().as_bytes());
        bytes[OUTER_LEN + 32..HEAD_LEN].copy_from_slice(&signature);
        open_outer(bytes, org())
            .unwrap()
            .verify(&author.sign.public())
    };
    // What a hub may have signed as a challenge, a receipt, … is worth nothing as a record.
    for kind in [
        SignatureKind::Auth,
        SignatureKind::DirOp,
        SignatureKind::Bundle,
        SignatureKind::Receipt,
    ] {
        assert_eq!(with(kind), Err(EnvelopeError::BadSignature));
    }
    assert!(with(SignatureKind::Record).is_ok(), "red control");
    let elsewhere = author
        .sign
        .sign(SignatureKind::Record, &[4; 16], record.id().as_bytes());
    let mut bytes = record.as_bytes().to_vec();
    bytes[OUTER_LEN + 32..HEAD_LEN].copy_from_slice(&elsewhere);
    assert!(
        open_outer(bytes, org())
            .unwrap()
            .verify(&author.sign.public())
            .is_err(),
        "another office's is none"
    );
}

/// A reader who holds all keys puts the author's sealed body under a header of his own.
fn rewrapped(opened: &LaneOpened, thief: &Person, place: Place, inner: Inner) -> Verified {
    let lane = LaneKey::of(&office_key());
    let outer = Outer {
        device: thief.device(),
        incarnation: place.incarnation,
        seq: place.seq,
        prev: place.prev,
        ..*opened.record.outer()
    };
    let padded =
        pad::pad(&[inner.to_bytes().as_slice(), &opened.commit, &opened.ct].concat()).unwrap();
    let once::Once { commit, ct } = once::seal(
        &lane.record_key(&outer).0,
        &outer.salt,
        LANE_INFO,
        &outer.to_bytes(),
        &padded,
    );
    let id = record_id(&outer.to_bytes(), &commit, &sha256(&[&ct]));
    let signature = thief
        .sign
        .sign(SignatureKind::Record, org().as_bytes(), id.as_bytes());
    let bytes = [outer.to_bytes().as_slice(), &commit, &signature, &ct].concat();
    open_outer(bytes, org())
        .unwrap()
        .verify(&thief.sign.public())
        .unwrap()
}

#[test]
fn a_body_cannot_be_moved_by_somebody_who_holds_the_keys() {
    let (author, thief) = (Person::new(1), Person::new(2));
    let lane = LaneKey::of(&office_key());
    let opened = sealed_at(&author, place(2), &changes())
        .open_lane_layer(&lane)
        .unwrap();
    let inner = opened.inner;
    let fails = |record: Verified| {
        let opened = record.open_lane_layer(&lane).unwrap();
        assert_eq!(
            opened.open_body(&vault_key()).unwrap_err(),
            EnvelopeError::WrongKey
        );
    };
    fails(rewrapped(&opened, &thief, place(2), inner));
    fails(rewrapped(&opened, &author, place(3), inner));
    fails(rewrapped(
        &opened,
        &author,
        place(2),
        Inner {
            vault: Vault::new([1; 16]),
            ..inner
        },
    ));
    fails(rewrapped(
        &opened,
        &author,
        place(2),
        Inner {
            doc: Doc::new([1; 16]),
            ..inner
        },
    ));
    fails(rewrapped(
        &opened,
        &author,
        place(2),
        Inner {
            kind: Kind::ROSTER,
            ..inner
        },
    ));
    fails(rewrapped(
        &opened,
        &author,
        place(2),
        Inner {
            dir_head: Hash::ZERO,
            ..inner
        },
    ));
    // Red control: the same hands with nothing moved.
    let same = rewrapped(&opened, &author, place(2), inner)
        .open_lane_layer(&lane)
        .unwrap();
    assert!(same.open_body(&vault_key()).is_ok());
}

#[test]
fn the_wrong_key_is_told_as_such() {
    let record = sealed_at(&Person::new(1), place(1), &changes());
    let other = SecretKey::from_bytes([0x12; 32]);
    assert_eq!(
        record.open_lane_layer(&LaneKey::of(&other)).unwrap_err(),
        EnvelopeError::WrongKey
    );
    let opened = record.open_lane_layer(&LaneKey::of(&office_key())).unwrap();
    assert_eq!(
        opened.open_body(&other).unwrap_err(),
        EnvelopeError::WrongKey
    );
}

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut seed = 1_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn a_size_tells_one_of_eleven_things() {
    let author = Person::new(1);
    let mut sizes = BTreeSet::new();
    let mut len = 1;
    while len < MAX_PADDED - 1000 {
        let body = Body::Unknown(Kind::from_bits(50), noise(len));
        sizes.insert(sealed_at(&author, place(1), &body).as_bytes().len() - HEAD_LEN - TAG_LEN);
        len = len * 4 / 3 + 1;
    }
    // The eleventh is that of a carried record of the largest of these.
    assert_eq!(sizes, (10..=19).map(|power| 1 << power).collect());
    let (lane, vault) = (LaneKey::of(&office_key()), vault_key());
    let keys = SealKeys {
        lane: &lane,
        vault: &vault,
    };
    let whole = Author {
        org: org(),
        device: author.device(),
        sign: &author.sign,
    };
    let body = Body::Unknown(Kind::from_bits(50), noise(MAX_PADDED - 300));
    let largest = sealed_at(&author, place(1), &body);
    let carry = Body::Carry(Carry::of(&largest, lane.record_key(largest.outer())));
    assert_eq!(
        sealed_at(&author, place(1), &carry).as_bytes().len(),
        MAX_RECORD
    );
    let body = Body::Unknown(Kind::from_bits(50), noise(MAX_PADDED));
    let refused = seal_record(whole, place(1), keys, &draft(&body));
    assert!(refused.is_err_and(|error| error.len > error.cap));
}

#[test]
fn a_bomb_is_refused() {
    let author = Person::new(1);
    let (lane, vault) = (LaneKey::of(&office_key()), vault_key());
    let keys = SealKeys {
        lane: &lane,
        vault: &vault,
    };
    let whole = Author {
        org: org(),
        device: author.device(),
        sign: &author.sign,
    };
    let sealed = |len: usize| {
        let body = Body::Unknown(Kind::from_bits(50), Vec::new());
        let packed = deflate(&vec![0; len]);
        seal_packed(whole, place(1), keys, &draft(&body), &packed, [[0; 32]; 2]).unwrap()
    };
    let record = sealed(MAX_BODY + 1);
    assert!(record.as_bytes().len() < 1 << 16, "a small record");
    let refused = open(record.as_bytes().to_vec(), &author, true).unwrap_err();
    assert_eq!(
        refused,
        EnvelopeError::Bomb {
            cap: MAX_BODY as u64
        }
    );
    // Red control: a byte less is a body.
    assert!(open(sealed(MAX_BODY).as_bytes().to_vec(), &author, true).is_ok());
    // Nobody makes one by accident.
    let body = Body::Unknown(Kind::from_bits(50), vec![0; MAX_BODY + 1]);
    assert!(seal_record(whole, place(1), keys, &draft(&body)).is_err());
}

#[test]
fn two_frames_in_one_body_are_refused() {
    let two = [deflate(b"one"), deflate(b"two")].concat();
    assert_eq!(inflate(&two), Err(EnvelopeError::Malformed));
    assert_eq!(inflate(&deflate(b"one")), Ok(b"one".to_vec()));
}

#[test]
fn a_key_seals_once() {
    let author = Person::new(1);
    let records: Vec<_> = (0..3)
        .map(|_| sealed_at(&author, place(1), &changes()))
        .collect();
    let salts: BTreeSet<_> = records.iter().map(|record| record.outer().salt).collect();
    assert_eq!(salts.len(), 3);
    // A cloned generator gives the same random bytes; another body still has another key.
    let (lane, vault) = (LaneKey::of(&office_key()), vault_key());
    let keys = SealKeys {
        lane: &lane,
        vault: &vault,
    };
    let whole = Author {
        org: org(),
        device: author.device(),
        sign: &author.sign,
    };
    let again = |body: &Body| {
        seal_with(whole, place(1), keys, &draft(body), [[0; 32]; 2])
            .unwrap()
            .outer()
            .salt
    };
    assert_ne!(again(&changes()), again(&Body::Changes(Vec::new())));
    assert_eq!(
        again(&changes()),
        again(&changes()),
        "red control: the same body has the same"
    );
}

#[test]
fn each_kind_of_body_comes_back() {
    let author = Person::new(1);
    let witness = Witness {
        day: 20_000,
        have: vec![Have {
            lane: Lane::ORG,
            device: author.device(),
            incarnation: 1,
            seq: 2,
            record: Hash::new([1; 32]),
        }],
        directory: [Hash::new([2; 32])].into(),
        heads: vec![[Hash::new([2; 32])].into()],
    };
    let attachment = Attachment {
        size: 5,
        digest: Hash::new([3; 32]),
        chunks: vec![Hash::new([4; 32])],
        key: SecretKey::from_bytes([5; 32]),
    };
    let place_in_book = (1, 1, Hash::new([6; 32]));
    let page = Page {
        entries: vec![Bytes(b"an entry".to_vec())],
        seal: Seal::make(
            Org::new([5; 16]),
            author.pen(),
            Vault::ZERO,
            place_in_book,
            1,
        ),
    };
    for body in [
        changes(),
        Body::Keybox(b"a signed box".to_vec()),
        Body::Roster(vec![b"a signed operation".to_vec()]),
        Body::Attachment(attachment),
        Body::Witness(witness),
        Body::Adoption(Adoption {
            records: [Hash::new([1; 32])].into(),
        }),
        Body::Audit(page),
        Body::Unknown(Kind::from_bits(0x8123), b"from tomorrow".to_vec()),
    ] {
        let opened = open(
            sealed_at(&author, place(1), &body).as_bytes().to_vec(),
            &author,
            true,
        )
        .unwrap();
        assert_eq!(opened.body.kind(), body.kind());
        assert_eq!(opened.body.encode(), body.encode());
    }
    assert!(Kind::from_bits(0x8123).stops_writes() && !Kind::from_bits(0x0123).stops_writes());
    assert!(!Kind::CHANGES.stops_writes());
}

#[test]
fn debug_shows_no_content() {
    let record = sealed_at(&Person::new(1), place(1), &changes());
    let opened = open(record.as_bytes().to_vec(), &Person::new(1), true).unwrap();
    let shown = format!("{record:?} {opened:?} {:?}", changes());
    assert!(
        !shown.contains("見守り") && !shown.contains(&format!("{:?}", "見守り".as_bytes())),
        "{shown}"
    );
}

#[test]
fn a_carried_record_opens_for_readers_of_another_lane() {
    let (author, lead) = (Person::new(1), Person::new(2));
    let mut directory = office(&author);
    enrol(&mut directory, &author, &lead);
    let (lane, vault) = (LaneKey::of(&office_key()), vault_key());
    let keys = SealKeys {
        lane: &lane,
        vault: &vault,
    };
    let whole = Author {
        org: directory.org(),
        device: author.device(),
        sign: &author.sign,
    };
    let place = Place {
        lane: office_group().lane(),
        ..place(1)
    };
    let record = seal_record(whole, place, keys, &draft(&changes())).unwrap();
    let carry = Carry::of(&record, lane.record_key(record.outer()));

    let carried = Body::decode(Kind::CARRY, &Body::Carry(carry).encode()).unwrap();
    let Body::Carry(carry) = carried else {
        unreachable!()
    };
    let opened = carry.open(&directory).unwrap();
    assert_eq!(
        opened.record(),
        &record,
        "the author's own signature still stands"
    );
    assert_eq!(
        opened.open_body(&vault).unwrap().body.encode(),
        changes().encode()
    );
    // The key of one record opens no other.
    let next = Place {
        seq: 2,
        prev: record.id(),
        ..place
    };
    let other = seal_record(whole, next, keys, &draft(&changes())).unwrap();
    let refused = other.open_with_record_key(&lane.record_key(record.outer()));
    assert_eq!(refused.unwrap_err(), EnvelopeError::WrongKey);
}

#[test]
fn an_erased_record_still_proves_its_place() {
    let author = Person::new(1);
    let record = sealed_at(&author, place(2), &changes());
    let stub = record.to_stub();
    let (outer, id) = verify_stub(&stub, org(), &author.sign.public()).unwrap();
    assert_eq!((outer, id), (*record.outer(), record.id()));
    let accepted =
        flips(&stub).filter(|(_, stub)| verify_stub(stub, org(), &author.sign.public()).is_ok());
    assert_eq!(accepted.count(), 0);
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>, edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        let author = Person::new(1);
        let _ = open(bytes.clone(), &author, false);
        let _ = verify_stub(&bytes, org(), &author.sign.public());
        let _ = inflate(&bytes);
        for bits in 0..9 {
            let _ = Body::decode(Kind::from_bits(bits), &bytes);
        }
        let mut mutated = sealed_at(&author, place(1), &changes()).as_bytes().to_vec();
        for (at, with) in edits {
            let at = at.index(mutated.len());
            mutated[at] = with;
        }
        let _ = open(mutated, &author, false);
    }

    #[test]
    fn what_is_padded_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        let padded = pad::pad(&bytes).unwrap();
        prop_assert!(pad::is_size(padded.len()));
        prop_assert_eq!(pad::unpad(&padded), Some(bytes.as_slice()));
    }
}
