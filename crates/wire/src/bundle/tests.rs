//! The laws of bundles.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::fixture::{Person, flips, office_key};
use crate::ids::Group;

fn org() -> Org {
    Org::new([3; 16])
}

fn manifest(sender: &Person) -> Manifest {
    Manifest {
        sender: sender.device(),
        made_at: 1_700_000_000_000,
        complete: true,
        contains: Vec::new(),
        acknowledges: Vec::new(),
        directory: vec![Bytes(b"an operation".to_vec())],
        boxes: Vec::new(),
        heads: Vec::new(),
    }
}

fn written(to: &To<'_>, records: &[Vec<u8>]) -> Vec<u8> {
    let person = Person::new(1);
    let sender = Sender {
        org: org(),
        sign: &person.sign,
    };
    let load = Load {
        count: records.len() as u32,
        bytes: records.iter().map(|record| record.len() as u64).sum(),
    };
    let mut writer = BundleWriter::start(Vec::new(), to, sender, &manifest(&person), load).unwrap();
    records
        .iter()
        .for_each(|record| writer.push(record).unwrap());
    writer.finish().unwrap()
}

/// All the records, or why not. The sender's signature can be left unchecked, for the red control.
fn read(bytes: &[u8], with_signature: bool) -> Result<Vec<Vec<u8>>, BundleError> {
    let key = office_key();
    let checked = open(
        Cursor::new(bytes),
        org(),
        &BundleKeys {
            office: &[&key],
            ..BundleKeys::default()
        },
    )?;
    let mut bundle = if with_signature {
        checked.verify(&Person::new(1).sign.public())?
    } else {
        VerifiedBundle(checked)
    };
    let mut records = Vec::new();
    bundle.records(|record| {
        records.push(record);
        Ok::<_, BundleError>(())
    })?;
    Ok(records)
}

/// Puts the right checksum under altered bytes, as somebody who alters on purpose would.
fn resum(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = bytes.len() - TRAILER as usize;
    let span = Span {
        start: FIXED as u64,
        len: (at - FIXED) as u64,
    };
    let header = bytes[..FIXED].to_vec();
    let sum = checksum(&mut Cursor::new(&bytes), &header, span).unwrap();
    bytes[at..].copy_from_slice(&sum);
    bytes
}

#[test]
fn what_is_written_is_read() {
    for records in [
        vec![],
        vec![vec![1; 10]],
        vec![vec![1; 3000], vec![2; 200_000], vec![], vec![3; 65_536]],
    ] {
        assert_eq!(
            read(&written(&To::All(&office_key()), &records), true).unwrap(),
            records
        );
    }
}

#[test]
fn a_bundle_says_nothing_in_clear_but_office_and_length() {
    let bytes = written(&To::All(&office_key()), &[b"a record".to_vec()]);
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(
        has(MAGIC) && has(&org().short()),
        "red control: the search finds"
    );
    assert!(!has(b"a record") && !has(b"an operation"));
    assert!(!has(Person::new(1).device().as_bytes()) && !has(&Person::new(1).device().short()));
}

#[test]
fn each_flipped_byte_is_refused() {
    let records = [vec![1; 700], vec![2; 300]];
    let bytes = written(&To::All(&office_key()), &records);
    let mut without_checksum = 0;
    for (at, flipped) in flips(&bytes) {
        assert!(read(&flipped, true).is_err(), "byte {at}");
        // Altered on purpose: the checksum fits again.
        let trailer = at >= bytes.len() - TRAILER as usize;
        let refused = read(&resum(flipped), true).is_err();
        assert!(refused || trailer, "byte {at} with a fitting checksum");
        without_checksum += usize::from(!refused);
    }
    assert_eq!(
        without_checksum, 32,
        "red control: only the checksum itself could be put right"
    );
}

#[test]
fn each_shortening_is_told_as_such() {
    let bytes = written(&To::All(&office_key()), &[vec![1; 700]]);
    for len in 0..bytes.len() {
        match read(&bytes[..len], true) {
            Err(BundleError::Truncated { declared, found }) => {
                assert_eq!(found, len as u64);
                assert!(declared == bytes.len() as u64 || len < FIXED);
            }
            other => panic!("{len}: {other:?}"),
        }
    }
    assert!(matches!(
        read(&[bytes.as_slice(), &[0]].concat(), true),
        Err(BundleError::Trailing)
    ));
    assert!(read(&bytes, true).is_ok());
}

/// Somebody cuts at a chunk, and makes length and checksum fit.
#[test]
fn a_cut_at_a_chunk_is_noticed_even_if_length_and_checksum_are_made_to_fit() {
    const SEALED: usize = chunks::PLAIN + 48;
    let bytes = written(&To::All(&office_key()), &[vec![7; 300_000]]);
    let chunks = (bytes.len() - FIXED - TRAILER as usize).div_ceil(SEALED);
    assert!(chunks > 4);
    let relabelled = |body: &[u8]| {
        let mut cut = [&bytes[..FIXED], body, &[0; 32]].concat();
        let len = (cut.len() as u64).to_be_bytes();
        cut[30..38].copy_from_slice(&len);
        resum(cut)
    };
    let body = &bytes[FIXED..bytes.len() - TRAILER as usize];
    for count in 1..chunks {
        let refused = read(&relabelled(&body[..count * SEALED]), true);
        assert!(
            matches!(
                refused,
                Err(BundleError::WrongKey | BundleError::Forged { .. })
            ),
            "{refused:?}"
        );
    }
    // Even with the length in clear left as it was written, a missing or exchanged chunk shows.
    let mut exchanged = bytes.clone();
    exchanged[FIXED..FIXED + SEALED].copy_from_slice(&body[SEALED..2 * SEALED]);
    exchanged[FIXED + SEALED..FIXED + 2 * SEALED].copy_from_slice(&body[..SEALED]);
    assert!(read(&resum(exchanged), true).is_err());
    assert!(
        read(&relabelled(body), true).is_ok(),
        "red control: with nothing cut it reads"
    );
}

#[test]
fn the_last_chunk_is_marked() {
    let stream = Stream {
        key: office_key(),
        salt: [1; 32],
        header: Vec::new(),
    };
    let mut writer = ChunkWriter::start(
        Vec::new(),
        Stream {
            key: office_key(),
            salt: [1; 32],
            header: Vec::new(),
        },
    )
    .unwrap();
    writer.write(b"all").unwrap();
    let file = writer.finish().unwrap();
    let sealed = &file[..file.len() - 32];
    assert!(stream.open(0, false, sealed).is_none());
    assert!(stream.open(1, true, sealed).is_none());
    assert!(stream.open(0, true, sealed).is_some(), "red control");
}

#[test]
fn what_is_declared_is_not_allocated() {
    let mut bytes = written(&To::All(&office_key()), &[vec![1; 10]]);
    bytes[30..38].copy_from_slice(&u64::MAX.to_be_bytes());
    assert!(matches!(
        read(&bytes, true),
        Err(BundleError::Oversized {
            declared: u64::MAX,
            cap: MAX_BUNDLE
        })
    ));
    bytes[30..38].copy_from_slice(&MAX_BUNDLE.to_be_bytes());
    assert!(matches!(
        read(&bytes, true),
        Err(BundleError::Truncated { .. })
    ));
}

/// A sender who holds all keys declares what is not there.
#[test]
fn sizes_declared_inside_are_capped_too() {
    let inside = |plain: &[&[u8]]| {
        let key = office_key();
        let plain = plain.concat();
        let length = FIXED as u64 + sealed_len(plain.len() as u64) + TRAILER;
        let header = [
            MAGIC.as_slice(),
            &[SUITE],
            &org().short(),
            &[0],
            &[0; 16],
            &length.to_be_bytes(),
            &[9; 32],
        ]
        .concat();
        let stream = Stream {
            key: for_all(&key),
            salt: [9; 32],
            header,
        };
        let mut writer = ChunkWriter::start(Vec::new(), stream).unwrap();
        writer.write(&plain).unwrap();
        writer.finish().unwrap()
    };
    let manifest = cbor::to_vec(&manifest(&Person::new(1)));
    let len = (manifest.len() as u32).to_be_bytes();
    let huge = u32::MAX.to_be_bytes();
    let one = 1_u32.to_be_bytes();
    assert!(matches!(
        read(&inside(&[&huge, &[0; 100]]), true),
        Err(BundleError::Oversized { .. })
    ));
    assert!(matches!(
        read(&inside(&[&len, &manifest, &one, &huge, &[0; 100]]), true),
        Err(BundleError::Oversized { .. })
    ));
    assert!(matches!(
        read(&inside(&[&len, &manifest, &huge, &[0; 100]]), true),
        Err(BundleError::Malformed)
    ));
    let million = 1_000_000_u32.to_be_bytes();
    assert!(matches!(
        read(&inside(&[&len, &manifest, &one, &million, &[0; 100]]), true),
        Err(BundleError::Malformed)
    ));
    let no_signature = inside(&[&len, &manifest, &[0; 4], &[0; 64]]);
    assert!(matches!(
        read(&no_signature, true),
        Err(BundleError::BadSignature)
    ));
    assert!(read(&no_signature, false).is_ok(), "red control");
}

#[test]
fn a_forged_sender_is_refused() {
    let (thief, key) = (Person::new(2), office_key());
    let sender = Sender {
        org: org(),
        sign: &thief.sign,
    };
    let load = Load { count: 0, bytes: 0 };
    let writer = BundleWriter::start(
        Vec::new(),
        &To::All(&key),
        sender,
        &manifest(&Person::new(1)),
        load,
    )
    .unwrap();
    let bytes = writer.finish().unwrap();
    assert!(matches!(read(&bytes, true), Err(BundleError::BadSignature)));
    assert!(
        read(&bytes, false).is_ok(),
        "red control: only the signature tells"
    );
}

#[test]
fn another_offices_bundle_is_told_as_such() {
    let bytes = written(&To::All(&office_key()), &[]);
    let key = office_key();
    let keys = BundleKeys {
        office: &[&key],
        ..BundleKeys::default()
    };
    let refused = open(Cursor::new(&bytes), Org::new([4; 16]), &keys);
    assert!(matches!(refused, Err(BundleError::ForeignOrg)));
    assert!(matches!(
        read(
            b"PK\x03\x04 some other file, longer than a header of ours could be",
            true
        ),
        Err(BundleError::BadMagic)
    ));
    assert!(matches!(
        read(b"", true),
        Err(BundleError::Truncated { .. })
    ));
}

#[test]
fn a_bundle_opens_for_those_it_is_for() {
    let (reader, other) = (Person::new(5), Person::new(6));
    let lane = Group::new([2; 16]).lane();
    let (old, new) = (SecretKey::from_bytes([1; 32]), office_key());
    let lane_key = LaneKey::of(&new);
    let try_open = |bytes: &[u8], keys: &BundleKeys<'_>| {
        open(Cursor::new(bytes.to_vec()), org(), keys).map(|_| ())
    };

    let all = written(&To::All(&old), &[]);
    assert!(
        try_open(
            &all,
            &BundleKeys {
                office: &[&new, &old],
                ..BundleKeys::default()
            }
        )
        .is_ok(),
        "every generation"
    );
    let refused = try_open(
        &all,
        &BundleKeys {
            office: &[&new],
            ..BundleKeys::default()
        },
    );
    assert!(matches!(refused, Err(BundleError::WrongKey)));

    let in_lane = written(&To::Lane(lane, &lane_key), &[]);
    assert!(
        try_open(
            &in_lane,
            &BundleKeys {
                lanes: &[(lane, &lane_key)],
                ..BundleKeys::default()
            }
        )
        .is_ok()
    );
    let elsewhere = [(Group::new([1; 16]).lane(), &lane_key)];
    let refused = try_open(
        &in_lane,
        &BundleKeys {
            office: &[&new],
            lanes: &elsewhere,
            device: &[],
        },
    );
    assert!(matches!(refused, Err(BundleError::WrongKey)));

    let to_one = written(&To::Device(reader.kem.public()), &[vec![1; 100]]);
    assert!(
        try_open(
            &to_one,
            &BundleKeys {
                device: &[&reader.kem],
                ..BundleKeys::default()
            }
        )
        .is_ok()
    );
    let refused = try_open(
        &to_one,
        &BundleKeys {
            office: &[&new],
            lanes: &[],
            device: &[&other.kem],
        },
    );
    assert!(matches!(refused, Err(BundleError::NotForThisDevice)));
    for (at, flipped) in flips(&to_one) {
        assert!(
            try_open(
                &flipped,
                &BundleKeys {
                    device: &[&reader.kem],
                    ..BundleKeys::default()
                }
            )
            .is_err(),
            "{at}"
        );
    }
}

#[test]
fn a_bundle_holds_what_was_announced() {
    let (person, key) = (Person::new(1), office_key());
    let sender = Sender {
        org: org(),
        sign: &person.sign,
    };
    let start = |load| {
        BundleWriter::start(Vec::new(), &To::All(&key), sender, &manifest(&person), load).unwrap()
    };
    let mut writer = start(Load {
        count: 1,
        bytes: 10,
    });
    assert!(matches!(
        writer.push(&[0; 11]),
        Err(BundleError::NotAsPlanned)
    ));
    assert!(matches!(
        start(Load {
            count: 1,
            bytes: 10
        })
        .finish(),
        Err(BundleError::NotAsPlanned)
    ));
    let huge = Load {
        count: 1,
        bytes: u64::MAX,
    };
    let refused = BundleWriter::start(Vec::new(), &To::All(&key), sender, &manifest(&person), huge);
    assert!(
        matches!(refused, Err(BundleError::Oversized { .. })),
        "split it"
    );
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>, edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut: prop::sample::Index) {
        prop_assert!(read(&bytes, true).is_err());
        let mut mutated = written(&To::All(&office_key()), &[vec![1; 300]]);
        for (at, with) in edits {
            let at = at.index(mutated.len());
            mutated[at] = with;
        }
        let _ = read(&mutated, false);
        let _ = read(&resum(mutated.clone()), false);
        mutated.truncate(cut.index(mutated.len()));
        let _ = read(&mutated, false);
    }
}

#[test]
fn what_is_for_the_administrators_opens_for_nobody_else_and_half_a_copy_for_none() {
    let (admin, other) = (
        kem::KemKey::from_bytes([5; 32]),
        kem::KemKey::from_bytes([6; 32]),
    );
    let second = kem::KemKey::from_bytes([7; 32]);
    let admins = [second.public(), admin.public()];
    let bytes = written(&To::Admins(&admins), &[vec![1; 70_000]]);
    let office = office_key();
    let opens = |bytes: &[u8], device: &kem::KemKey| {
        let keys = BundleKeys {
            office: &[&office],
            device: &[device],
            ..BundleKeys::default()
        };
        open(Cursor::new(bytes.to_vec()), org(), &keys).map(|checked| checked.is_rescue())
    };
    assert!(opens(&bytes, &admin).unwrap() && opens(&bytes, &second).unwrap());
    let refused = opens(&bytes, &other);
    assert!(
        matches!(refused, Err(BundleError::OnlyForAdmins)),
        "{refused:?}"
    );
    for length in [
        FIXED + 1,
        FIXED + 2 + SLOT,
        bytes.len() / 2,
        bytes.len() - 1,
    ] {
        let refused = opens(&bytes[..length], &admin);
        assert!(
            matches!(refused, Err(BundleError::Truncated { .. })),
            "{length}: {refused:?}"
        );
    }
    // The red control: under the office's key, anybody of the office opens it.
    let for_all = written(&To::All(&office), &[vec![1; 70_000]]);
    assert!(!opens(&for_all, &other).unwrap());
}

#[test]
fn a_bundle_to_members_opens_by_the_newest_key_or_a_members_own_and_by_nothing_else() {
    let (newest, old) = (SecretKey::from_bytes([8; 32]), office_key());
    let (member, other) = (
        kem::KemKey::from_bytes([5; 32]),
        kem::KemKey::from_bytes([6; 32]),
    );
    let third = kem::KemKey::from_bytes([7; 32]);
    let members = [third.public(), member.public()];
    let bytes = written(&To::Members(&newest, &members), &[vec![1; 70_000]]);
    let opens = |bytes: &[u8], office: &SecretKey, device: &kem::KemKey| {
        let keys = BundleKeys {
            office: &[office],
            device: &[device],
            ..BundleKeys::default()
        };
        open(Cursor::new(bytes.to_vec()), org(), &keys).map(|_| ())
    };
    assert!(
        opens(&bytes, &newest, &other).is_ok(),
        "a newcomer has the newest key"
    );
    assert!(
        opens(&bytes, &old, &member).is_ok(),
        "a member may have an older one only"
    );
    let refused = opens(&bytes, &old, &other);
    assert!(
        matches!(refused, Err(BundleError::NotForThisDevice)),
        "{refused:?}"
    );
    // Cut, and more boxes than there are.
    for length in [
        FIXED,
        FIXED + 1,
        FIXED + 2,
        FIXED + 2 + SLOT,
        bytes.len() - 1,
    ] {
        let refused = opens(&bytes[..length], &old, &member);
        assert!(
            matches!(refused, Err(BundleError::Truncated { .. })),
            "{length}: {refused:?}"
        );
    }
    let mut greedy = bytes.clone();
    greedy[FIXED..FIXED + 2].copy_from_slice(&u16::MAX.to_be_bytes());
    let refused = opens(&greedy, &old, &member);
    assert!(
        matches!(refused, Err(BundleError::Oversized { .. })),
        "{refused:?}"
    );
    // Any flip of what stands in front is noticed, whoever opens it.
    for (place, flipped) in flips(&bytes[..FIXED + 2 + 2 * SLOT]) {
        let altered = [flipped.as_slice(), &bytes[FIXED + 2 + 2 * SLOT..]].concat();
        assert!(opens(&altered, &newest, &member).is_err(), "bit {place}");
    }
}
