//! The laws of the escrow's seat.

use std::collections::BTreeSet;

use super::vow;
use crate::directory::{Act, Directory, DirectoryError, Op, Role, Standing, paper_device};
use crate::fixture::{Person, enrol, exchange, office, office_group, paper, paper_pen, replica};
use crate::ids::{Device, Hash};

fn seat(directory: &Directory, escrow: &Person) -> Act {
    Act::EscrowSeat {
        keys: escrow.keys(),
        vow: vow(&escrow.keys(), directory.org(), &escrow.sign),
    }
}

/// An office with the administrator 1, the worker 2 and the escrow 9.
fn seated() -> (Directory, Person, Person, Person) {
    let (admin, worker, escrow) = (Person::new(1), Person::new(2), Person::new(9));
    let mut directory = office(&admin);
    enrol(&mut directory, &admin, &worker);
    put(&mut directory, &admin, &escrow);
    (directory, admin, worker, escrow)
}

fn put(directory: &mut Directory, admin: &Person, escrow: &Person) -> Op {
    let act = seat(directory, escrow);
    directory
        .write(&act, admin.pen(), Some(paper_pen(&paper())))
        .unwrap()
}

fn admin_of(person: &Person) -> Act {
    person.enrolment([office_group()].into(), Role::Supervisor, true)
}

fn is_admin(directory: &Directory, device: Device) -> bool {
    directory.state().is_admin(device)
}

#[test]
fn two_holders_alone_make_one_administrator_with_a_new_sheet() {
    let (mut directory, .., escrow) = seated();
    let (fresh, sheet) = (Person::new(5), Person::new(6).sign);
    directory
        .write(&admin_of(&fresh), escrow.pen(), None)
        .unwrap();
    assert!(is_admin(&directory, fresh.device()));
    let new_sheet = Act::AddPaper {
        sign: sheet.public(),
    };
    let alone = directory.write(&new_sheet, fresh.pen(), None);
    assert_eq!(alone.unwrap_err(), DirectoryError::NoRight);
    directory
        .write(&new_sheet, fresh.pen(), Some(escrow.pen()))
        .unwrap();
    // With both, the office is as any other: the lost laptop is shut out, and a newer escrow comes.
    let revoke = Act::Revoke {
        device: Person::new(1).device(),
        cut: BTreeSet::new(),
    };
    let second = (paper_device(&sheet.public()), &sheet);
    directory.write(&revoke, fresh.pen(), Some(second)).unwrap();
    let newer = seat(&directory, &Person::new(10));
    directory.write(&newer, fresh.pen(), Some(second)).unwrap();
    assert_eq!(
        directory.state().escrow.and_then(|it| it.seat()),
        Some(Person::new(10).keys())
    );
    assert_eq!(replica(&directory).state(), directory.state());
}

#[test]
fn where_five_administrators_are_lost_a_sixth_comes_in() {
    let (mut directory, admin, _, escrow) = seated();
    for number in 20..24 {
        let act = admin_of(&Person::new(number));
        directory
            .write(&act, admin.pen(), Some(paper_pen(&paper())))
            .unwrap();
    }
    let sixth = admin_of(&Person::new(5));
    let refused = directory.write(&sixth, admin.pen(), Some(paper_pen(&paper())));
    assert_eq!(refused.unwrap_err(), DirectoryError::NoRight, "red control");
    directory.write(&sixth, escrow.pen(), None).unwrap();
}

/// All that needs a right, by the escrow alone and beside the administrator.
#[test]
fn the_escrow_may_nothing_else() {
    let (directory, admin, worker, escrow) = seated();
    let device = worker.device();
    let acts = [
        Person::new(5).enrolment([office_group()].into(), Role::Worker, false),
        Act::Revoke {
            device,
            cut: BTreeSet::new(),
        },
        Act::Wipe { device },
        Act::AddAdmin { device },
        Act::RemoveAdmin {
            device: paper_pen(&paper()).0,
        },
        Act::Freeze { device },
        Act::Leave { device },
        Act::Erase {
            order: Hash::new([5; 32]),
            records: Hash::new([6; 32]),
        },
        seat(&directory, &Person::new(10)),
        Act::Unknown {
            kind: 99,
            payload: crate::cbor::Bytes(vec![0]),
        },
    ];
    for act in acts {
        for (author, cosigner) in [
            (escrow.pen(), None),
            (admin.pen(), Some(escrow.pen())),
            (escrow.pen(), Some(admin.pen())),
        ] {
            let written = replica(&directory).write(&act, author, cosigner);
            assert_eq!(written.unwrap_err(), DirectoryError::NoRight, "{act:?}");
        }
    }
    // Nor does it sign beside a worker, or in another's place.
    let sheet = Act::AddPaper {
        sign: Person::new(6).sign.public(),
    };
    for (author, cosigner) in [
        (worker.pen(), Some(escrow.pen())),
        (escrow.pen(), Some(worker.pen())),
        (escrow.pen(), None),
    ] {
        let written = replica(&directory).write(&sheet, author, cosigner);
        assert_eq!(written.unwrap_err(), DirectoryError::NoRight);
    }
}

/// A hub that shows another office to whoever comes with two shares has no vow to show.
#[test]
fn an_escrow_has_a_seat_only_in_the_office_that_it_vowed_for() {
    let (directory, .., escrow) = seated();
    let forger = Person::new(40);
    let mut forged = office(&forger);
    let stolen = directory
        .ops()
        .find_map(|op| matches!(op.act(), Act::EscrowSeat { .. }).then(|| op.act().clone()))
        .unwrap();
    let written = forged.write(&stolen, forger.pen(), Some(paper_pen(&paper())));
    assert_eq!(written.unwrap_err(), DirectoryError::BadSignature);
    assert_eq!(forged.state().escrow, None);
    // Red control: with the escrow's own key there is one.
    put(&mut forged, &forger, &escrow);
    assert!(forged.state().escrow_seat(escrow.device()).is_some());
}

#[test]
fn what_an_earlier_escrow_signs_beside_a_newer_one_is_void() {
    let (mut directory, admin, _, escrow) = seated();
    let mut away = replica(&directory);
    let fresh = Person::new(5);
    // Two shares of the earlier one were stolen, and are used against what was known before.
    away.write(&admin_of(&fresh), escrow.pen(), None).unwrap();
    assert!(is_admin(&away, fresh.device()), "red control");
    put(&mut directory, &admin, &Person::new(10));
    let late = directory.write(&admin_of(&fresh), escrow.pen(), None);
    assert_eq!(late.unwrap_err(), DirectoryError::NoRight);
    for (from, to) in [(0, 1), (1, 0)] {
        let mut copies = [replica(&directory), replica(&away)];
        let source = replica(&copies[from]);
        exchange(&source, &mut copies[to]);
        assert!(!is_admin(&copies[to], fresh.device()));
        assert_eq!(copies[to].state().void.len(), 1);
    }
    // Another administrator lets it count after all.
    exchange(&away, &mut directory);
    let ops = directory.state().void.clone();
    directory
        .write(&Act::Confirm { ops }, admin.pen(), None)
        .unwrap();
    assert!(is_admin(&directory, fresh.device()));
}

#[test]
fn what_the_newer_escrow_knew_of_stays() {
    let (mut directory, admin, _, escrow) = seated();
    let fresh = Person::new(5);
    directory
        .write(&admin_of(&fresh), escrow.pen(), None)
        .unwrap();
    put(&mut directory, &admin, &Person::new(10));
    assert!(is_admin(&directory, fresh.device()));
    assert_eq!(replica(&directory).state(), directory.state());
}

/// A thief with a laptop and the sheet puts an escrow of his own in force while he is shut out.
#[test]
fn an_escrow_that_somebody_shut_out_put_in_force_unseats_nobody() {
    let (mut directory, admin, _, escrow) = seated();
    let other = Person::new(4);
    directory
        .write(&admin_of(&other), admin.pen(), Some(paper_pen(&paper())))
        .unwrap();
    let mut away = replica(&directory);
    put(&mut away, &admin, &Person::new(66));
    let revoke = Act::Revoke {
        device: admin.device(),
        cut: BTreeSet::new(),
    };
    directory
        .write(&revoke, other.pen(), Some(paper_pen(&paper())))
        .unwrap();
    directory
        .write(&admin_of(&Person::new(5)), escrow.pen(), None)
        .unwrap();
    exchange(&away, &mut directory);
    let state = directory.state();
    assert!(state.escrow_seat(escrow.device()).is_some());
    assert!(is_admin(&directory, Person::new(5).device()));
    assert!(matches!(
        state.devices[&admin.device()].standing,
        Standing::Revoked { .. }
    ));
    let mut turned = replica(&away);
    exchange(&directory, &mut turned);
    assert_eq!(turned.state(), directory.state());
}
