//! The laws of the roster.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::directory::Act;
use crate::directory::escrow::vow;
use crate::fixture::{Person, enrol, flips, office, office_group, paper, paper_pen, replica};

thread_local! {
    /// The protection taken out, for red controls.
    pub(super) static ANY_ESCROW: Cell<bool> = const { Cell::new(false) };
}

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

fn put_escrow(scene: &mut Scene, escrow: &Person) {
    let act = Act::EscrowSeat {
        keys: escrow.keys(),
        vow: vow(&escrow.keys(), scene.directory.org(), &escrow.sign),
    };
    let paper = paper();
    scene
        .directory
        .write(&act, scene.admin.pen(), Some(paper_pen(&paper)))
        .unwrap();
}

/// The escrow takes somebody into the office.
fn take_in(directory: &mut Directory, escrow: &Person, new: &Person) {
    let act = new.enrolment([office_group()].into(), Role::Supervisor, true);
    directory.write(&act, escrow.pen(), None).unwrap();
}

/// A restricted vault of the lead and a colleague, in an office with the escrow 9.
fn restricted() -> (Scene, Roster, Person) {
    let (mut scene, escrow) = (scene(), Person::new(9));
    put_escrow(&mut scene, &escrow);
    let readers = Readers {
        stewards: devices(&[&scene.lead]),
        devices: devices(&[&scene.colleague]),
        ..Readers::default()
    };
    let lead = scene.lead.pen();
    let roster = Roster::found(&scene.directory, lead, Class::Restricted, readers).unwrap();
    (scene, roster, escrow)
}

#[test]
fn the_escrow_opens_a_restricted_vault_by_a_stewards_word_and_by_nothing_else() {
    let (mut scene, mut roster, escrow) = restricted();
    let fresh = Person::new(5);
    take_in(&mut scene.directory, &escrow, &fresh);
    let enter = Grant::Enter(fresh.device());
    assert!(!roster.state().escrow);
    let unasked = roster.write(&scene.directory, escrow.pen(), &enter);
    assert_eq!(unasked, Err(RosterError::NoRight));

    // Named like a reader it is none, and lets nobody in.
    let mut named_it = copy(&roster, &scene.directory);
    let seat = named(&[&escrow]);
    named_it
        .write(&scene.directory, scene.lead.pen(), &Grant::Grant(seat))
        .unwrap();
    assert!(!named_it.state().escrow);
    let refused = named_it.write(&scene.directory, escrow.pen(), &enter);
    assert_eq!(refused, Err(RosterError::NoRight));

    for who in [&scene.colleague, &scene.admin, &escrow, &fresh] {
        let refused = roster.write(&scene.directory, who.pen(), &Grant::Escrow(true));
        assert_eq!(refused, Err(RosterError::NoRight));
    }
    roster
        .write(&scene.directory, scene.lead.pen(), &Grant::Escrow(true))
        .unwrap();
    assert!(roster.state().escrow);
    roster
        .write(&scene.directory, escrow.pen(), &enter)
        .unwrap();
    let office = scene.directory.state();
    assert!(roster.state().may_change(fresh.device(), office));

    // A case has no need of it: the escrow reads what a team reads.
    let mut case = case(&scene);
    let refused = case.write(&scene.directory, scene.lead.pen(), &Grant::Escrow(true));
    assert_eq!(refused, Err(RosterError::NoRight));
}

#[test]
fn the_escrow_lets_in_whom_it_took_into_the_office_and_does_nothing_else() {
    let (mut scene, mut roster, escrow) = restricted();
    let fresh = Person::new(5);
    take_in(&mut scene.directory, &escrow, &fresh);
    roster
        .write(&scene.directory, scene.lead.pen(), &Grant::Escrow(true))
        .unwrap();
    let taken_in = fresh.device();
    let stranger = Person::new(6).device();
    for grant in [
        Grant::Enter(scene.outsider.device()),
        Grant::Enter(stranger),
        Grant::Enter(escrow.device()),
        Grant::Grant(named(&[&fresh])),
        Grant::Remove(named(&[&scene.outsider])),
        Grant::Escrow(true),
        Grant::Escrow(false),
    ] {
        let refused = roster.write(&scene.directory, escrow.pen(), &grant);
        assert_eq!(refused, Err(RosterError::NoRight), "{grant:?}");
    }
    // Nor does anybody in its name, nor the newcomer itself.
    let enter = Grant::Enter(taken_in);
    let forged = (escrow.device(), &fresh.sign);
    let refused = roster.write(&scene.directory, forged, &enter);
    assert_eq!(refused, Err(RosterError::BadSignature));
    for who in [&fresh, &scene.lead] {
        let refused = roster.write(&scene.directory, who.pen(), &enter);
        assert_eq!(refused, Err(RosterError::NoRight));
    }
    // Red control: without the rule, whoever is in the office.
    ANY_ESCROW.set(true);
    let mut open = copy(&roster, &scene.directory);
    let outsider = Grant::Enter(scene.outsider.device());
    let let_in = open.write(&scene.directory, escrow.pen(), &outsider);
    ANY_ESCROW.set(false);
    assert!(let_in.is_ok());
}

#[test]
fn the_escrow_counts_as_no_reader() {
    let (scene, mut roster, escrow) = restricted();
    let lead = scene.lead.pen();
    roster
        .write(&scene.directory, lead, &Grant::Escrow(true))
        .unwrap();
    let office = scene.directory.state();
    assert!(!roster.state().reads(escrow.device(), office));
    assert!(!roster.state().devices(office).contains(&escrow.device()));
    let remove = Grant::Remove(named(&[&scene.colleague]));
    let refused = roster.write(&scene.directory, lead, &remove);
    assert_eq!(refused, Err(RosterError::TooFewReaders));
    let alone = Readers {
        stewards: devices(&[&scene.lead]),
        devices: devices(&[&escrow]),
        ..Readers::default()
    };
    let founded = Roster::found(&scene.directory, lead, Class::Restricted, alone);
    assert_eq!(founded.unwrap_err(), RosterError::TooFewReaders);
}

#[test]
fn a_newer_escrow_follows_by_itself_and_the_earlier_one_lets_nobody_in() {
    let (mut scene, mut roster, escrow) = restricted();
    let before = replica(&scene.directory);
    roster
        .write(&scene.directory, scene.lead.pen(), &Grant::Escrow(true))
        .unwrap();
    let mut backdated = copy(&roster, &scene.directory);
    let newer = Person::new(10);
    put_escrow(&mut scene, &newer);
    let (late, fresh) = (Person::new(5), Person::new(6));
    let mut thief = before;
    take_in(&mut thief, &escrow, &late);
    scene.directory.receive(
        thief
            .ops()
            .map(crate::directory::Op::to_bytes)
            .collect::<Vec<_>>()
            .iter()
            .map(Vec::as_slice),
    );
    // In view of today it has no seat; in view of its own past, the device that it took in is in no office.
    let enter = Grant::Enter(late.device());
    let refused = roster.write(&scene.directory, escrow.pen(), &enter);
    assert_eq!(refused, Err(RosterError::NoRight));
    let op = backdated.write(&thief, escrow.pen(), &enter).unwrap();
    assert_eq!(roster.receive(&op.to_bytes(), &scene.directory), Ok(true));
    let office = scene.directory.state();
    assert!(!roster.state().reads(late.device(), office));

    take_in(&mut scene.directory, &newer, &fresh);
    let enter = Grant::Enter(fresh.device());
    roster.write(&scene.directory, newer.pen(), &enter).unwrap();
    let office = scene.directory.state();
    assert!(roster.state().reads(fresh.device(), office));
}

/// Whoever once came in with shares that are of before makes no use of them in what was given to a newer escrow.
#[test]
fn what_was_given_to_a_newer_escrow_the_earlier_one_does_not_open() {
    let (mut scene, mut roster, escrow) = restricted();
    let earlier = Person::new(5);
    take_in(&mut scene.directory, &escrow, &earlier);
    let before = replica(&scene.directory);
    put_escrow(&mut scene, &Person::new(10));
    roster
        .write(&scene.directory, scene.lead.pen(), &Grant::Escrow(true))
        .unwrap();
    let enter = Grant::Enter(earlier.device());
    let backdated = make(
        &before,
        escrow.pen(),
        Some(roster.vault()),
        (1, Hash::ZERO),
        roster.heads().clone(),
        &enter,
    );
    let bytes = backdated.unwrap().to_bytes();
    let mut open = copy(&roster, &scene.directory);
    let refused = roster.receive(&bytes, &scene.directory);
    assert_eq!(refused, Err(RosterError::NoRight));
    // Red control: without the rule it would.
    ANY_ESCROW.set(true);
    let taken = open.receive(&bytes, &scene.directory);
    ANY_ESCROW.set(false);
    assert_eq!(taken, Ok(true));
    let office = scene.directory.state();
    assert!(open.state().reads(earlier.device(), office));
}

#[test]
fn taking_it_back_from_the_escrow_wins_and_voids_who_came_in_unseen() {
    let (mut scene, mut left, escrow) = restricted();
    let fresh = Person::new(5);
    take_in(&mut scene.directory, &escrow, &fresh);
    let lead = scene.lead.pen();
    left.write(&scene.directory, lead, &Grant::Escrow(true))
        .unwrap();
    let mut right = copy(&left, &scene.directory);
    left.write(&scene.directory, lead, &Grant::Escrow(false))
        .unwrap();
    let entered = right
        .write(
            &scene.directory,
            escrow.pen(),
            &Grant::Enter(fresh.device()),
        )
        .unwrap();
    let office = scene.directory.state();
    assert!(
        right.state().reads(fresh.device(), office),
        "the positive control"
    );
    exchange(&left, &mut right, &scene.directory);
    exchange(&right, &mut left, &scene.directory);
    assert_eq!(left.state(), right.state());
    assert!(!left.state().escrow);
    assert!(!left.state().reads(fresh.device(), office));
    assert!(left.state().void.contains(&entered.id()));
    // Whoever came in before it was taken back stays.
    let mut after = copy(&right, &scene.directory);
    after
        .write(&scene.directory, lead, &Grant::Escrow(true))
        .unwrap();
    let again = Grant::Enter(fresh.device());
    after.write(&scene.directory, escrow.pen(), &again).unwrap();
    after
        .write(&scene.directory, lead, &Grant::Escrow(false))
        .unwrap();
    assert!(after.state().reads(fresh.device(), office));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Four laptops write what they may in any order, and hear of each other in any order: all come to the same.
    #[test]
    fn words_on_the_escrow_come_to_the_same_in_any_order(
        steps in prop::collection::vec((0_usize..3, 0_usize..3, 0_u8..6), 1..14)
    ) {
        let (mut scene, first, escrow) = restricted();
        let fresh = Person::new(5);
        take_in(&mut scene.directory, &escrow, &fresh);
        let directory = &scene.directory;
        let mut rosters = [0; 3].map(|_| copy(&first, directory));
        let grants = [
            (&scene.lead, Grant::Escrow(true)),
            (&scene.lead, Grant::Escrow(false)),
            (&escrow, Grant::Enter(fresh.device())),
            (&scene.lead, Grant::Grant(Readers { stewards: devices(&[&scene.outsider]), ..Readers::default() })),
            (&scene.outsider, Grant::Escrow(true)),
            (&fresh, Grant::Remove(Readers { stewards: devices(&[&scene.outsider]), ..Readers::default() })),
        ];
        for (at, to, what) in steps {
            let (who, grant) = &grants[usize::from(what)];
            _ = rosters[at].write(directory, who.pen(), grant);
            if at != to {
                let ops: Vec<_> = rosters[at].ops().map(RosterOp::to_bytes).collect();
                for op in ops {
                    _ = rosters[to].receive(&op, directory);
                }
            }
        }
        let all: BTreeSet<_> = rosters
            .iter()
            .flat_map(|roster| roster.ops().map(RosterOp::to_bytes).collect::<Vec<_>>())
            .collect();
        for (number, roster) in rosters.iter_mut().enumerate() {
            // Until nothing more is taken; each in an order of its own.
            let mut waiting: Vec<_> = all.iter().cloned().collect();
            waiting.rotate_left(number % all.len());
            for _ in 0..=all.len() {
                for op in &waiting {
                    _ = roster.receive(op, directory);
                }
            }
        }
        let [one, two, three] = &rosters;
        prop_assert_eq!(one.ops().count(), all.len());
        prop_assert_eq!(one.head(), two.head());
        prop_assert_eq!(one.head(), three.head());
        prop_assert_eq!(one.state(), two.state());
        prop_assert_eq!(one.state(), three.state());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        let scene = scene();
        let _ = Roster::open(&bytes, &scene.directory);
        let _ = case(&scene).receive(&bytes, &scene.directory);
    }
}
