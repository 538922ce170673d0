//! The laws of the roster.

use proptest::prelude::*;

use super::*;
use crate::directory::Act;
use crate::fixture::{Person, enrol, flips, office, office_group};

struct Scene {
    directory: Directory,
    admin: Person,
    lead: Person,
    colleague: Person,
    outsider: Person,
}

/// An office where the lead and a colleague are in the group, and an outsider in none.
fn scene() -> Scene {
    let (admin, lead, colleague, outsider) = (
        Person::new(1),
        Person::new(2),
        Person::new(3),
        Person::new(4),
    );
    let mut directory = office(&admin);
    enrol(&mut directory, &admin, &lead);
    enrol(&mut directory, &admin, &colleague);
    directory
        .write(
            &outsider.enrolment(BTreeSet::new(), Role::Worker, false),
            admin.pen(),
            None,
        )
        .unwrap();
    Scene {
        directory,
        admin,
        lead,
        colleague,
        outsider,
    }
}

fn devices(people: &[&Person]) -> BTreeSet<Device> {
    people.iter().map(|person| person.device()).collect()
}

fn named(people: &[&Person]) -> Readers {
    Readers {
        devices: devices(people),
        ..Readers::default()
    }
}

fn case(scene: &Scene) -> Roster {
    let readers = Readers {
        groups: [office_group()].into(),
        stewards: devices(&[&scene.lead]),
        ..Readers::default()
    };
    Roster::found(&scene.directory, scene.lead.pen(), Class::Case, readers).unwrap()
}

fn copy(roster: &Roster, directory: &Directory) -> Roster {
    let mut ops = roster.ops();
    let mut copy = Roster::open(&ops.next().unwrap().to_bytes(), directory).unwrap();
    for op in ops {
        copy.receive(&op.to_bytes(), directory).unwrap();
    }
    copy
}

fn exchange(from: &Roster, to: &mut Roster, directory: &Directory) {
    for op in from.ops().skip(1) {
        to.receive(&op.to_bytes(), directory).unwrap();
    }
}

#[test]
fn a_vault_is_named_by_its_founding() {
    let scene = scene();
    let (roster, other) = (case(&scene), case(&scene));
    assert_ne!(roster.vault(), other.vault());
    let founding = roster.ops().next().unwrap().to_bytes();
    assert_eq!(
        Roster::open(&founding, &scene.directory).unwrap().vault(),
        roster.vault()
    );
    let mut mine = copy(&roster, &scene.directory);
    let foreign = other.ops().next().unwrap().to_bytes();
    assert_eq!(
        mine.receive(&foreign, &scene.directory),
        Err(RosterError::ForeignVault)
    );
}

#[test]
fn the_group_reads_and_others_do_not() {
    let scene = scene();
    let roster = case(&scene);
    let office = scene.directory.state();
    assert!(roster.state().reads(scene.colleague.device(), office));
    assert!(!roster.state().reads(scene.outsider.device(), office));
    assert_eq!(
        roster.state().devices(office),
        devices(&[&scene.admin, &scene.lead, &scene.colleague])
    );
}

#[test]
fn only_who_may_changes_a_case_roster() {
    let scene = scene();
    let mut roster = case(&scene);
    let add = Grant::Grant(named(&[&scene.outsider]));
    assert_eq!(
        roster.write(&scene.directory, scene.colleague.pen(), &add),
        Err(RosterError::NoRight)
    );
    assert_eq!(
        roster.write(&scene.directory, scene.outsider.pen(), &add),
        Err(RosterError::NoRight)
    );
    assert!(
        roster
            .write(&scene.directory, scene.admin.pen(), &add)
            .is_ok()
    );
    assert!(
        roster
            .state()
            .reads(scene.outsider.device(), scene.directory.state())
    );
    let remove = Grant::Remove(named(&[&scene.outsider]));
    assert!(
        roster
            .write(&scene.directory, scene.lead.pen(), &remove)
            .is_ok()
    );
    assert!(
        !roster
            .state()
            .reads(scene.outsider.device(), scene.directory.state())
    );
}

#[test]
fn a_restricted_roster_is_its_stewards_alone_and_keeps_two() {
    let scene = scene();
    let alone = Readers {
        stewards: devices(&[&scene.lead]),
        ..Readers::default()
    };
    let refused = Roster::found(&scene.directory, scene.lead.pen(), Class::Restricted, alone);
    assert_eq!(refused.unwrap_err(), RosterError::TooFewReaders);

    let readers = Readers {
        stewards: devices(&[&scene.lead]),
        devices: devices(&[&scene.colleague]),
        ..Readers::default()
    };
    let mut roster = Roster::found(
        &scene.directory,
        scene.lead.pen(),
        Class::Restricted,
        readers,
    )
    .unwrap();
    let add = Grant::Grant(named(&[&scene.admin]));
    assert_eq!(
        roster.write(&scene.directory, scene.admin.pen(), &add),
        Err(RosterError::NoRight)
    );
    assert!(
        !roster
            .state()
            .reads(scene.admin.device(), scene.directory.state())
    );
    let remove = Grant::Remove(named(&[&scene.colleague]));
    let refused = roster.write(&scene.directory, scene.lead.pen(), &remove);
    assert_eq!(refused, Err(RosterError::TooFewReaders));
    roster
        .write(
            &scene.directory,
            scene.lead.pen(),
            &Grant::Grant(named(&[&scene.outsider])),
        )
        .unwrap();
    assert!(
        roster
            .write(&scene.directory, scene.lead.pen(), &remove)
            .is_ok(),
        "red control: with a third it goes"
    );
}

#[test]
fn a_stranger_founds_nothing() {
    let scene = scene();
    let readers = Readers {
        groups: [office_group()].into(),
        ..Readers::default()
    };
    let found =
        |who: &Person| Roster::found(&scene.directory, who.pen(), Class::Case, readers.clone());
    assert_eq!(found(&Person::new(9)).unwrap_err(), RosterError::NoRight);
    assert_eq!(found(&scene.outsider).unwrap_err(), RosterError::NoRight);
    assert!(found(&scene.colleague).is_ok());
}

#[test]
fn taking_out_wins_over_putting_in_at_the_same_time() {
    let scene = scene();
    let mut left = case(&scene);
    left.write(
        &scene.directory,
        scene.lead.pen(),
        &Grant::Grant(named(&[&scene.outsider])),
    )
    .unwrap();
    let mut right = copy(&left, &scene.directory);
    left.write(
        &scene.directory,
        scene.lead.pen(),
        &Grant::Grant(named(&[&scene.outsider])),
    )
    .unwrap();
    right
        .write(
            &scene.directory,
            scene.admin.pen(),
            &Grant::Remove(named(&[&scene.outsider])),
        )
        .unwrap();
    exchange(&left, &mut right, &scene.directory);
    exchange(&right, &mut left, &scene.directory);
    assert_eq!(left.state(), right.state());
    assert_eq!(left.head(), right.head());
    assert!(
        !left
            .state()
            .reads(scene.outsider.device(), scene.directory.state())
    );
}

#[test]
fn what_a_removed_steward_granted_unseen_is_void() {
    let scene = scene();
    let mut left = case(&scene);
    let mut right = copy(&left, &scene.directory);
    let grant = Grant::Grant(named(&[&scene.outsider]));
    let secret = right
        .write(&scene.directory, scene.lead.pen(), &grant)
        .unwrap();
    let remove = Readers {
        stewards: devices(&[&scene.lead]),
        ..Readers::default()
    };
    left.write(&scene.directory, scene.admin.pen(), &Grant::Remove(remove))
        .unwrap();
    assert!(
        right
            .state()
            .reads(scene.outsider.device(), scene.directory.state()),
        "red control"
    );
    exchange(&right, &mut left, &scene.directory);
    assert!(
        !left
            .state()
            .reads(scene.outsider.device(), scene.directory.state())
    );
    assert!(left.state().void.contains(&secret.id()));
}

#[test]
fn an_operation_in_view_of_a_newer_directory_waits() {
    let mut scene = scene();
    let mut roster = case(&scene);
    let behind = crate::fixture::replica(&scene.directory);
    let mut late = copy(&roster, &behind);
    enrol(&mut scene.directory, &scene.admin, &Person::new(7));
    let op = roster
        .write(
            &scene.directory,
            scene.lead.pen(),
            &Grant::Grant(named(&[&Person::new(7)])),
        )
        .unwrap();
    let waits = late.receive(&op.to_bytes(), &behind).unwrap_err();
    assert!(waits.may_pass(), "{waits}");
    assert_eq!(late.receive(&op.to_bytes(), &scene.directory), Ok(true));
    assert_eq!(late.receive(&op.to_bytes(), &scene.directory), Ok(false));
}

#[test]
fn who_left_the_office_reads_nothing() {
    let mut scene = scene();
    let roster = case(&scene);
    let leave = Act::Leave {
        device: scene.lead.device(),
    };
    scene
        .directory
        .write(&leave, scene.admin.pen(), None)
        .unwrap();
    assert!(
        !roster
            .state()
            .reads(scene.lead.device(), scene.directory.state())
    );
    assert!(
        !roster
            .state()
            .may_change(scene.lead.device(), scene.directory.state())
    );
}

#[test]
fn a_directory_operation_is_no_roster_operation_nor_the_other_way() {
    let mut scene = scene();
    let roster = case(&scene);
    let founding = roster.ops().next().unwrap().to_bytes();
    let frozen = Act::Freeze {
        device: scene.colleague.device(),
    };
    let op = scene
        .directory
        .write(&frozen, scene.admin.pen(), None)
        .unwrap();
    assert!(matches!(
        RosterOp::parse(&op.to_bytes()),
        Err(RosterError::Malformed(_))
    ));
    assert_eq!(
        scene.directory.receive([founding.as_slice()]).refused.len(),
        1
    );
}

#[test]
fn each_flipped_byte_of_an_operation_is_refused() {
    let scene = scene();
    let mut roster = case(&scene);
    let mut before = copy(&roster, &scene.directory);
    let grant = Grant::Grant(named(&[&scene.outsider]));
    let op = roster
        .write(&scene.directory, scene.lead.pen(), &grant)
        .unwrap();
    for (at, flipped) in flips(&op.to_bytes()) {
        assert!(
            before.receive(&flipped, &scene.directory).is_err(),
            "byte {at}"
        );
    }
    assert_eq!(
        before.receive(&op.to_bytes(), &scene.directory),
        Ok(true),
        "red control"
    );
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        let scene = scene();
        let _ = Roster::open(&bytes, &scene.directory);
        let _ = case(&scene).receive(&bytes, &scene.directory);
    }
}
