//! The laws of joining.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::directory::Role;
use crate::fixture::{Person, enrol, flips, office, office_group, office_key, replica};
use crate::keybox::Recipient;

/// The approval of a request, as the admin's laptop makes it.
fn approved(directory: &mut Directory, admin: &Person, request: &Request) -> Vec<u8> {
    let act = Act::Enrol {
        device: *request.keys(),
        groups: [office_group()].into(),
        roles: [Role::Worker].into(),
        admin: false,
        request: request.hash(),
    };
    directory.write(&act, admin.pen(), None).unwrap();
    let (key, old) = (office_key(), SecretKey::from_bytes([1; 32]));
    let to = Recipient::Device(request.keys().device(), request.keys().kem);
    let vault = (office_group().vault(), &key);
    let parents = BTreeSet::from([Kid::of(&old)]);
    let keybox =
        Keybox::make(directory, admin.pen(), vault, None, &[to], parents, &[&old]).unwrap();
    approve(request, directory, &[&keybox], "みほん市", admin.device()).unwrap()
}

fn request_of(person: &Person) -> Request {
    Request::make(person.keys(), "佐藤 花子").unwrap()
}

#[test]
fn a_laptop_joins() {
    let (admin, new) = (Person::new(1), Person::new(2));
    let mut directory = office(&admin);
    enrol(&mut directory, &admin, &Person::new(3));
    let request = request_of(&new);
    let file = approved(
        &mut directory,
        &admin,
        &Request::parse(request.as_bytes()).unwrap(),
    );

    let approval = accept(&file, &request, &new.kem).unwrap();
    assert_eq!(approval.directory.state(), directory.state());
    assert_eq!(
        approval.directory.first().body(),
        directory.first().body(),
        "the office words are the same"
    );
    assert_eq!(
        (approval.office_name.as_str(), approval.approver),
        ("みほん市", admin.device())
    );
    let kids: BTreeSet<_> = approval
        .keys
        .iter()
        .map(|(vault, key)| (*vault, Kid::of(key)))
        .collect();
    let team = office_group().vault();
    let expected = [
        (team, Kid::of(&office_key())),
        (team, Kid::of(&SecretKey::from_bytes([1; 32]))),
    ];
    assert_eq!(kids, expected.into());
    assert!(
        approval
            .directory
            .state()
            .is_member(new.device(), office_group())
    );
    assert_eq!(
        (approval.boxes.len(), approval.enrolment.author()),
        (1, admin.device())
    );
}

#[test]
fn a_request_and_an_approval_are_not_taken_for_each_other() {
    let (admin, new) = (Person::new(1), Person::new(2));
    let request = request_of(&new);
    let approval = approved(&mut office(&admin), &admin, &request);
    assert_eq!(Request::parse(&approval), Err(EnrolError::IsApproval));
    assert_eq!(
        accept(request.as_bytes(), &request, &new.kem).unwrap_err(),
        EnrolError::IsRequest
    );
    assert_eq!(Request::parse(b"something else"), Err(EnrolError::BadMagic));
}

#[test]
fn a_swapped_approval_is_told_as_such() {
    let (admin, new, other) = (Person::new(1), Person::new(2), Person::new(3));
    let mut directory = office(&admin);
    let (first, second, foreign) = (request_of(&new), request_of(&new), request_of(&other));
    assert_ne!(first.hash(), second.hash(), "each request is different");
    let for_first = approved(&mut directory, &admin, &first);
    let for_other = approved(&mut directory, &admin, &foreign);
    assert_eq!(
        accept(&for_other, &first, &new.kem).unwrap_err(),
        EnrolError::NotForThisDevice
    );
    assert_eq!(
        accept(&for_first, &second, &new.kem).unwrap_err(),
        EnrolError::OtherRequest
    );
    assert!(accept(&for_first, &first, &new.kem).is_ok(), "red control");
}

/// Somebody on the way puts his own public keys into the request, or his own office into the approval.
#[test]
fn what_is_exchanged_on_the_way_has_other_words() {
    let (admin, new, thief) = (Person::new(1), Person::new(2), Person::new(9));
    let request = request_of(&new);
    let exchanged = Request::make(thief.keys(), request.name()).unwrap();
    assert_ne!(exchanged.hash(), request.hash());
    // The thief cannot make the admin's approval of his own request pass on the new laptop …
    let file = approved(&mut office(&admin), &admin, &exchanged);
    assert_eq!(
        accept(&file, &request, &new.kem).unwrap_err(),
        EnrolError::NotForThisDevice
    );
    // … and an approval of his own by his own office shows in the office words alone.
    let mut fake = office(&thief);
    let file = approved(&mut fake, &thief, &request);
    let approval = accept(&file, &request, &new.kem).unwrap();
    assert_ne!(approval.directory.first().id(), office(&admin).first().id());
}

#[test]
fn without_an_admins_operation_nobody_is_in() {
    let (admin, new) = (Person::new(1), Person::new(2));
    let mut directory = office(&admin);
    let request = request_of(&new);
    assert_eq!(
        approve(&request, &directory, &[], "", admin.device()),
        Err(EnrolError::NotEnrolled)
    );
    // Enrolled, but for another request.
    enrol(&mut directory, &admin, &new);
    assert_eq!(
        approve(&request, &directory, &[], "", admin.device()),
        Err(EnrolError::NotEnrolled)
    );
    // A hand-made approval whose directory does not take the device in.
    let sealed = Sealed {
        request: request.hash(),
        directory: replica(&directory)
            .ops()
            .map(|op| Bytes(op.to_bytes()))
            .collect(),
        boxes: Vec::new(),
        office_name: String::new(),
        approver: admin.device(),
    };
    let device = new.device();
    let sealed = kem::seal_to(
        &new.kem.public(),
        INFO,
        device.as_bytes(),
        &cbor::to_vec(&sealed),
    )
    .unwrap();
    let form = ApprovalForm {
        suite: SUITE.into(),
        device,
        sealed: Bytes(sealed),
    };
    let file = frame(APPROVAL, &cbor::to_vec(&form));
    assert_eq!(
        accept(&file, &request, &new.kem).unwrap_err(),
        EnrolError::NotEnrolled
    );
}

#[test]
fn each_flipped_byte_and_each_shortening_is_refused() {
    let (admin, new) = (Person::new(1), Person::new(2));
    let request = request_of(&new);
    let approval = approved(&mut office(&admin), &admin, &request);
    for (at, flipped) in flips(request.as_bytes()) {
        assert!(Request::parse(&flipped).is_err(), "request, byte {at}");
    }
    let mut damaged = 0;
    for (at, flipped) in flips(&approval) {
        let error = accept(&flipped, &request, &new.kem).unwrap_err();
        damaged += usize::from(error == EnrolError::Frame(FrameError::Damaged));
        // With a checksum that fits, the seal still tells.
        let (payload, _) = flipped.split_at(flipped.len() - 32);
        let resummed = [payload, &crypto::sha256(&[payload])].concat();
        assert!(
            at >= payload.len() || accept(&resummed, &request, &new.kem).is_err(),
            "approval, byte {at}"
        );
    }
    assert!(
        damaged > approval.len() - 20,
        "most is simply said to be damaged"
    );
    for len in 0..approval.len() {
        let cut = accept(&approval[..len], &request, &new.kem).unwrap_err();
        assert_eq!(cut, EnrolError::Frame(FrameError::Truncated { found: len }));
    }
    let longer = [approval.as_slice(), &[0]].concat();
    assert_eq!(
        accept(&longer, &request, &new.kem).unwrap_err(),
        EnrolError::Frame(FrameError::Trailing)
    );
}

#[test]
fn what_is_declared_is_not_allocated() {
    let mut bytes = request_of(&Person::new(2)).as_bytes().to_vec();
    bytes[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    let refused = Request::parse(&bytes);
    assert_eq!(
        refused,
        Err(EnrolError::Frame(FrameError::Oversized {
            declared: u32::MAX.into(),
            cap: MAX_FILE as u64
        }))
    );
}

#[test]
fn a_request_bears_a_name_of_reasonable_length() {
    let keys = Person::new(2).keys();
    for name in ["", " 　", &"あ".repeat(200)] {
        assert_eq!(Request::make(keys, name), Err(EnrolError::BadName));
    }
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>, payload: Vec<u8>) {
        let new = Person::new(2);
        let request = request_of(&new);
        for bytes in [bytes, frame(REQUEST, &payload), frame(APPROVAL, &payload)] {
            let _ = Request::parse(&bytes);
            prop_assert!(accept(&bytes, &request, &new.kem).is_err());
        }
    }
}
