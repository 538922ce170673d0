//! The laws of the directory.

use proptest::prelude::*;

use super::evaluate::evaluate;
use super::*;
use crate::cbor::Bytes;
use crate::fixture::{
    Person, enrol, exchange, flips, office, office_group, paper, paper_pen, replica,
};

/// An office with the admins 1 and 2 and the worker 3.
fn staffed() -> (Directory, Person, Person, Person) {
    let (first, second, worker) = (Person::new(1), Person::new(2), Person::new(3));
    let mut directory = office(&first);
    let act = second.enrolment([office_group()].into(), Role::Supervisor, true);
    directory
        .write(&act, first.pen(), Some(paper_pen(&paper())))
        .unwrap();
    enrol(&mut directory, &first, &worker);
    (directory, first, second, worker)
}

#[test]
fn an_office_is_named_by_its_first_operation() {
    let directory = office(&Person::new(1));
    assert_eq!(
        directory.org(),
        Org::of(Hash::of(&[directory.first().body()]))
    );
    assert!(directory.state().is_admin(Person::new(1).device()));
    let other = office(&Person::new(2)).first().to_bytes();
    assert_ne!(Directory::open(&other).unwrap().org(), directory.org());
}

#[test]
fn each_flipped_byte_of_an_operation_is_refused() {
    let (mut directory, first, _, worker) = staffed();
    let op = directory
        .write(
            &Act::Freeze {
                device: worker.device(),
            },
            first.pen(),
            None,
        )
        .unwrap();
    let mut before = Directory::open(&directory.first().to_bytes()).unwrap();
    let rest: Vec<_> = directory
        .ops()
        .skip(1)
        .filter(|other| other.id() != op.id())
        .map(Op::to_bytes)
        .collect();
    before.receive(rest.iter().map(Vec::as_slice));
    let mut taken = 0;
    let mut parsed = 0;
    for (_, flipped) in flips(&op.to_bytes()) {
        parsed += usize::from(Op::parse(&flipped).is_ok());
        taken += before.receive([flipped.as_slice()]).new.len();
    }
    assert_eq!(taken, 0);
    // Red control: form alone does not protect.
    assert!(parsed > 64, "{parsed}");
    assert_eq!(before.receive([op.to_bytes().as_slice()]).new.len(), 1);
}

#[test]
fn an_operation_of_another_office_is_refused() {
    let (directory, ..) = staffed();
    let mut foreign = office(&Person::new(9));
    let foreign_op = enrol(&mut foreign, &Person::new(9), &Person::new(3));
    let mut here = replica(&directory);
    assert_eq!(
        here.receive([foreign_op.to_bytes().as_slice()]).held,
        1,
        "it names what is not here"
    );
    assert_eq!(
        here.receive([foreign.first().to_bytes().as_slice()])
            .refused[0]
            .1,
        DirectoryError::Founding
    );
}

#[test]
fn erasing_takes_two_and_one_takes_it_back() {
    let (mut directory, first, second, worker) = staffed();
    let erase = Act::Erase {
        order: Hash::new([5; 32]),
        records: Hash::new([6; 32]),
    };
    assert_eq!(
        directory.write(&erase, first.pen(), None).unwrap_err(),
        DirectoryError::NoRight
    );
    assert_eq!(
        directory
            .write(&erase, first.pen(), Some(worker.pen()))
            .unwrap_err(),
        DirectoryError::NoRight,
        "a worker is no second"
    );
    // What was never signed cannot be taken back.
    let nothing = Act::CancelErase {
        op: Hash::new([7; 32]),
    };
    assert_eq!(
        directory.write(&nothing, first.pen(), None).unwrap_err(),
        DirectoryError::NoRight
    );
    let op = directory
        .write(&erase, first.pen(), Some(paper_pen(&paper())))
        .unwrap();
    assert!(!directory.state().erasures[&op.id()].cancelled);
    let back = Act::CancelErase { op: op.id() };
    assert_eq!(
        directory.write(&back, worker.pen(), None).unwrap_err(),
        DirectoryError::NoRight
    );
    directory.write(&back, second.pen(), None).unwrap();
    assert!(directory.state().erasures[&op.id()].cancelled);
}

fn in_force(directory: &Directory) -> Option<[u8; 32]> {
    directory.state().escrow.map(|escrow| escrow.kem)
}

#[test]
fn the_newest_escrow_that_two_signed_is_in_force() {
    let (mut directory, first, second, worker) = staffed();
    let act = |public| Act::Escrow {
        public: [public; 32],
    };
    assert_eq!(directory.state().escrow, None);
    for (by, with) in [
        (&first, None),
        (&first, Some(&worker)),
        (&worker, Some(&first)),
    ] {
        let refused = directory.write(&act(1), by.pen(), with.map(Person::pen));
        assert_eq!(refused.unwrap_err(), DirectoryError::NoRight);
    }
    assert_eq!(directory.state().escrow, None);
    directory
        .write(&act(1), first.pen(), Some(paper_pen(&paper())))
        .unwrap();
    assert_eq!(in_force(&directory), Some([1; 32]));
    directory
        .write(&act(2), second.pen(), Some(first.pen()))
        .unwrap();
    assert_eq!(in_force(&directory), Some([2; 32]));
    assert_eq!(replica(&directory).state(), directory.state());
}

#[test]
fn wiping_takes_two_freezes_and_is_not_taken_back() {
    let (mut directory, first, second, worker) = staffed();
    let wipe = |who: &Person| Act::Wipe {
        device: who.device(),
    };
    for cosigner in [None, Some(first.pen()), Some(worker.pen())] {
        assert_eq!(
            directory.write(&wipe(&worker), first.pen(), cosigner),
            Err(DirectoryError::NoRight)
        );
    }
    directory
        .write(&wipe(&worker), first.pen(), Some(paper_pen(&paper())))
        .unwrap();
    let state = directory.state();
    assert!(state.wiped.contains(&worker.device()));
    assert!(state.devices[&worker.device()].frozen);
    let thaw = Act::Unfreeze {
        device: worker.device(),
    };
    directory.write(&thaw, second.pen(), None).unwrap();
    assert!(directory.state().wiped.contains(&worker.device()));
    // Whoever is wiped signs nothing more, so one of two administrators may be, and not the other besides.
    directory
        .write(&wipe(&second), first.pen(), Some(paper_pen(&paper())))
        .unwrap();
    assert_eq!(
        directory.write(&wipe(&first), first.pen(), Some(paper_pen(&paper()))),
        Err(DirectoryError::NoRight)
    );
}

#[test]
fn what_destroys_needs_two() {
    let (mut directory, first, second, worker) = staffed();
    let revoke = Act::Revoke {
        device: worker.device(),
        cut: BTreeSet::new(),
    };
    assert_eq!(
        directory.write(&revoke, first.pen(), None),
        Err(DirectoryError::NoRight)
    );
    assert_eq!(
        directory.write(&revoke, first.pen(), Some(first.pen())),
        Err(DirectoryError::NoRight)
    );
    assert_eq!(
        directory.write(&revoke, first.pen(), Some(worker.pen())),
        Err(DirectoryError::NoRight)
    );
    assert_eq!(
        directory.write(&revoke, worker.pen(), Some(second.pen())),
        Err(DirectoryError::NoRight)
    );
    assert!(directory.state().is_active(worker.device()));
    // Red control: with the second admin, or the paper key, it does.
    directory
        .write(&revoke, first.pen(), Some(paper_pen(&paper())))
        .unwrap();
    assert!(!directory.state().is_active(worker.device()));
}

#[test]
fn a_second_signature_by_the_wrong_key_is_refused() {
    let (mut directory, first, second, worker) = staffed();
    let revoke = Act::Revoke {
        device: worker.device(),
        cut: BTreeSet::new(),
    };
    let forged = (second.device(), &first.sign);
    assert_eq!(
        directory.write(&revoke, first.pen(), Some(forged)),
        Err(DirectoryError::BadSignature)
    );
}

#[test]
fn a_supervisor_freezes_the_devices_of_the_group_and_does_nothing_else() {
    let (mut directory, first, _, worker) = staffed();
    let supervisor = Person::new(4);
    let act = supervisor.enrolment([office_group()].into(), Role::Supervisor, false);
    directory.write(&act, first.pen(), None).unwrap();
    let apart = Person::new(5);
    directory
        .write(
            &apart.enrolment(BTreeSet::new(), Role::Worker, false),
            first.pen(),
            None,
        )
        .unwrap();

    directory
        .write(
            &Act::Freeze {
                device: worker.device(),
            },
            supervisor.pen(),
            None,
        )
        .unwrap();
    assert!(directory.state().devices[&worker.device()].frozen);
    for act in [
        Act::Freeze {
            device: apart.device(),
        },
        Act::Unfreeze {
            device: worker.device(),
        },
        Act::Leave {
            device: worker.device(),
        },
    ] {
        assert_eq!(
            directory.write(&act, supervisor.pen(), None),
            Err(DirectoryError::NoRight)
        );
    }
    let by_worker = Act::Freeze {
        device: supervisor.device(),
    };
    assert_eq!(
        directory.write(&by_worker, worker.pen(), None),
        Err(DirectoryError::NoRight)
    );
}

#[test]
fn the_paper_key_goes_only_with_its_own_signature() {
    let (mut directory, first, second, _) = staffed();
    let paper = paper();
    let remove = Act::RemoveAdmin {
        device: paper_device(&paper.public()),
    };
    assert_eq!(
        directory.write(&remove, first.pen(), Some(second.pen())),
        Err(DirectoryError::NoRight)
    );
    directory
        .write(&remove, first.pen(), Some(paper_pen(&paper)))
        .unwrap();
    assert!(!directory.state().is_admin(paper_device(&paper.public())));
}

#[test]
fn the_last_admin_device_stays() {
    let first = Person::new(1);
    let mut directory = office(&first);
    let remove = Act::RemoveAdmin {
        device: first.device(),
    };
    let refused = directory.write(&remove, first.pen(), Some(paper_pen(&paper())));
    assert_eq!(refused, Err(DirectoryError::NoRight));
}

#[test]
fn a_device_with_the_front_of_another_is_not_taken_in() {
    let (directory, first, ..) = staffed();
    let new = Person::new(7);
    let act = new.enrolment([office_group()].into(), Role::Worker, false);
    let place = (9, Hash::new([1; 32]));
    let body = Op::body_of(first.device(), None, place, BTreeSet::new(), &act, false);
    let op = Op::from_signed(Signed::make(body, directory.org(), &[first.pen()])).unwrap();
    let mut state = directory.state().clone();
    assert!(may(&state, &op), "red control: alone it is taken in");
    // A real twin costs 2^32 keys; one is put into the state by hand.
    let mut twin = *new.device().as_bytes();
    twin[15] ^= 1;
    let member = state.devices[&first.device()].clone();
    state.devices.insert(Device::new(twin), member);
    assert!(!may(&state, &op));
}

#[test]
fn taking_out_wins_over_putting_in_at_the_same_time() {
    let (mut left, first, second, worker) = staffed();
    let group = Group::new([9; 16]);
    left.write(&Act::GroupCreate { group }, first.pen(), None)
        .unwrap();
    let mut right = replica(&left);
    let device = worker.device();
    left.write(&Act::GroupAdd { group, device }, first.pen(), None)
        .unwrap();
    assert!(left.state().is_member(device, group));
    right
        .write(&Act::GroupRemove { group, device }, second.pen(), None)
        .unwrap();
    exchange(&left, &mut right);
    exchange(&right, &mut left);
    assert_eq!(left.state(), right.state());
    assert!(!left.state().is_member(device, group));
    // Red control: putting in after the removal counts.
    left.write(&Act::GroupAdd { group, device }, first.pen(), None)
        .unwrap();
    assert!(left.state().is_member(device, group));
}

#[test]
fn two_admins_who_remove_each_other_are_both_gone() {
    let (mut left, first, second, _) = staffed();
    let third = Person::new(6);
    let act = third.enrolment([office_group()].into(), Role::Worker, true);
    left.write(&act, first.pen(), Some(second.pen())).unwrap();
    let mut right = replica(&left);
    let paper = paper();
    left.write(
        &Act::RemoveAdmin {
            device: second.device(),
        },
        first.pen(),
        Some(paper_pen(&paper)),
    )
    .unwrap();
    right
        .write(
            &Act::RemoveAdmin {
                device: first.device(),
            },
            second.pen(),
            Some(paper_pen(&paper)),
        )
        .unwrap();
    exchange(&left, &mut right);
    exchange(&right, &mut left);
    for directory in [&left, &right] {
        assert!(
            !directory.state().is_admin(first.device())
                && !directory.state().is_admin(second.device())
        );
        assert!(directory.state().is_admin(third.device()));
    }
}

#[test]
fn what_a_removed_admin_did_unseen_is_void_until_another_confirms_it() {
    let (mut left, first, second, _) = staffed();
    let mut right = replica(&left);
    // The stolen laptop takes a reader in, while the others remove it.
    let reader = Person::new(7);
    let secret = enrol(&mut right, &second, &reader);
    left.write(
        &Act::RemoveAdmin {
            device: second.device(),
        },
        first.pen(),
        Some(paper_pen(&paper())),
    )
    .unwrap();
    assert!(
        right.state().is_active(reader.device()),
        "red control: before the removal is known it counts"
    );

    // It arrives later, and counts nowhere.
    exchange(&right, &mut left);
    assert!(!left.state().is_active(reader.device()));
    assert!(left.state().void.contains(&secret.id()));
    exchange(&left, &mut right);
    assert_eq!(left.state(), right.state());

    left.write(
        &Act::Confirm {
            ops: [secret.id()].into(),
        },
        first.pen(),
        None,
    )
    .unwrap();
    assert!(left.state().is_active(reader.device()));
}

#[test]
fn who_was_made_admin_by_a_void_operation_decides_nothing() {
    let (mut left, first, second, worker) = staffed();
    let mut right = replica(&left);
    let paper = paper();
    right
        .write(
            &Act::AddAdmin {
                device: worker.device(),
            },
            second.pen(),
            Some(paper_pen(&paper)),
        )
        .unwrap();
    let reader = Person::new(7);
    enrol(&mut right, &worker, &reader);
    left.write(
        &Act::RemoveAdmin {
            device: second.device(),
        },
        first.pen(),
        Some(paper_pen(&paper)),
    )
    .unwrap();
    exchange(&right, &mut left);
    assert!(!left.state().is_admin(worker.device()) && !left.state().is_active(reader.device()));
}

#[test]
fn two_operations_at_one_place_suspend_their_author() {
    let (mut left, first, second, worker) = staffed();
    let mut old_copy = replica(&left);
    left.write(
        &Act::Freeze {
            device: worker.device(),
        },
        first.pen(),
        None,
    )
    .unwrap();
    let reader = Person::new(7);
    enrol(&mut old_copy, &first, &reader);
    assert!(
        left.state().is_admin(first.device()),
        "red control: one history is fine"
    );
    exchange(&old_copy, &mut left);
    assert_eq!(left.forks().len(), 1);
    assert!(!left.state().is_admin(first.device()));
    assert!(
        !left.state().is_active(reader.device()) && !left.state().devices[&worker.device()].frozen
    );
    let refused = left.write(
        &Act::Freeze {
            device: worker.device(),
        },
        first.pen(),
        None,
    );
    assert_eq!(refused, Err(DirectoryError::NoRight));

    // Somebody else looks at it, and makes it an admin anew: what was in view then counts.
    let renew = Act::AddAdmin {
        device: first.device(),
    };
    left.write(&renew, second.pen(), Some(paper_pen(&paper())))
        .unwrap();
    assert!(left.state().is_admin(first.device()) && left.state().is_active(reader.device()));
    left.write(
        &Act::Unfreeze {
            device: worker.device(),
        },
        first.pen(),
        None,
    )
    .unwrap();
}

#[test]
fn a_freeze_is_taken_back_only_in_view_of_it() {
    let (mut left, first, second, worker) = staffed();
    left.write(
        &Act::Freeze {
            device: worker.device(),
        },
        first.pen(),
        None,
    )
    .unwrap();
    let mut right = replica(&left);
    left.write(
        &Act::Freeze {
            device: worker.device(),
        },
        first.pen(),
        None,
    )
    .unwrap();
    right
        .write(
            &Act::Unfreeze {
                device: worker.device(),
            },
            second.pen(),
            None,
        )
        .unwrap();
    exchange(&left, &mut right);
    assert!(right.state().devices[&worker.device()].frozen);
    right
        .write(
            &Act::Unfreeze {
                device: worker.device(),
            },
            second.pen(),
            None,
        )
        .unwrap();
    assert!(!right.state().devices[&worker.device()].frozen);
}

#[test]
fn a_revoked_device_never_comes_back() {
    let (mut directory, first, second, worker) = staffed();
    let revoke = Act::Revoke {
        device: worker.device(),
        cut: BTreeSet::new(),
    };
    directory
        .write(&revoke, first.pen(), Some(second.pen()))
        .unwrap();
    let again = worker.enrolment([office_group()].into(), Role::Worker, false);
    assert_eq!(
        directory.write(&again, first.pen(), None),
        Err(DirectoryError::NoRight)
    );
}

#[test]
fn an_operation_of_a_newer_version_is_kept_and_marked() {
    let (mut directory, _, _, worker) = staffed();
    let act = Act::Unknown {
        kind: 4711,
        payload: Bytes(vec![1, 2, 3]),
    };
    let newest = (1, Hash::ZERO);
    let seen = directory.heads().clone();
    let body = Op::body_of(worker.device(), None, newest, seen, &act, true);
    let bytes = Signed::make(body, directory.org(), &[worker.pen()]).to_vec();
    let received = directory.receive([bytes.as_slice()]);
    assert_eq!(received.new.len(), 1);
    assert_eq!(
        received.new[0].to_bytes(),
        bytes,
        "it travels on as it came"
    );
    assert!(directory.state().unknown.contains(&received.new[0].id()));
    assert!(directory.state().needs_newer);
    assert_eq!(replica(&directory).state(), directory.state());
}

#[test]
fn the_past_can_be_asked() {
    let (mut left, first, second, worker) = staffed();
    let (heads, digest) = (left.heads().clone(), left.head());
    let mut right = replica(&left);
    left.write(
        &Act::Leave {
            device: worker.device(),
        },
        first.pen(),
        None,
    )
    .unwrap();
    assert!(!left.state().is_active(worker.device()));
    assert!(left.at(&heads).unwrap().is_active(worker.device()));
    assert_eq!(left.at_head(digest).unwrap(), left.at(&heads).unwrap());
    assert!(left.at_head(Hash::new([1; 32])).is_none());
    // Two heads that nobody named.
    right
        .write(
            &Act::Freeze {
                device: worker.device(),
            },
            second.pen(),
            None,
        )
        .unwrap();
    exchange(&left, &mut right);
    let both = right.head();
    assert_eq!(right.heads().len(), 2);
    exchange(&right, &mut left);
    left.write(
        &Act::GroupCreate {
            group: Group::new([5; 16]),
        },
        first.pen(),
        None,
    )
    .unwrap();
    let fresh = replica(&left);
    assert!(fresh.at_head(both).unwrap().devices[&worker.device()].frozen);
}

#[test]
fn an_operation_that_does_not_continue_its_authors_chain_is_refused() {
    let (mut directory, first, _, worker) = staffed();
    let act = Act::Freeze {
        device: worker.device(),
    };
    let newest = directory
        .dag
        .newest_of(first.device())
        .map(|op| (op.seq(), op.id()))
        .unwrap();
    let mut written = |place, seen: BTreeSet<Hash>| {
        let body = Op::body_of(first.device(), None, place, seen, &act, false);
        let bytes = Signed::make(body, directory.org(), &[first.pen()]).to_vec();
        directory
            .receive([bytes.as_slice()])
            .refused
            .into_iter()
            .next()
            .map(|(_, error)| error)
    };
    let heads: BTreeSet<_> = [newest.1].into();
    let broken = Some(DirectoryError::BrokenChain);
    assert_eq!(
        written((newest.0 + 2, newest.1), heads.clone()),
        broken,
        "a place is left out"
    );
    assert_eq!(
        written((newest.0 + 1, Hash::ZERO), heads.clone()),
        broken,
        "no predecessor"
    );
    assert_eq!(written((0, Hash::ZERO), heads.clone()), broken);
    assert_eq!(
        written((newest.0 + 1, newest.1), BTreeSet::new()),
        broken,
        "nothing seen"
    );
    assert_eq!(
        written((newest.0 + 1, newest.1), heads),
        None,
        "red control"
    );
}

#[test]
fn what_names_the_unknown_waits() {
    let (directory, ..) = staffed();
    let ops: Vec<_> = directory.ops().skip(1).map(Op::to_bytes).collect();
    let mut late = Directory::open(&directory.first().to_bytes()).unwrap();
    assert_eq!(late.receive([ops[1].as_slice()]).held, 1);
    let received = late.receive(ops.iter().rev().map(Vec::as_slice));
    assert_eq!((received.new.len(), received.held), (2, 0));
    assert_eq!(late.state(), directory.state());
}

/// What somebody does in a random history.
#[derive(Clone, Debug)]
struct Step {
    laptop: usize,
    act: u8,
    whom: u8,
    hear_from: usize,
}

fn step() -> impl Strategy<Value = Step> {
    (0..4_usize, 0..12_u8, 0..6_u8, 0..4_usize).prop_map(|(laptop, act, whom, hear_from)| Step {
        laptop,
        act,
        whom,
        hear_from,
    })
}

/// Four laptops, one of them an old copy of the first, act and sometimes hear of each other. Gives all operations.
fn history(steps: &[Step]) -> Vec<Vec<u8>> {
    let paper = paper();
    let people: Vec<_> = (1..=6).map(Person::new).collect();
    let mut start = office(&people[0]);
    for number in 1..=2 {
        let act = people[number].enrolment([office_group()].into(), Role::Supervisor, true);
        start
            .write(&act, people[0].pen(), Some(paper_pen(&paper)))
            .unwrap();
    }
    let mut laptops: Vec<_> = (0..4).map(|_| replica(&start)).collect();
    for step in steps {
        let from = replica(&laptops[step.hear_from]);
        if step.hear_from != step.laptop && step.act % 3 == 0 {
            exchange(&from, &mut laptops[step.laptop]);
        }
        // The fourth laptop is a copy of the first one's.
        let author = &people[step.laptop % 3];
        let whom = &people[usize::from(step.whom)];
        let (device, group) = (whom.device(), Group::new([step.whom % 2; 16]));
        let laptop = &mut laptops[step.laptop];
        let second = Some(paper_pen(&paper));
        let newest = laptop.ops().last().map(Op::id).into_iter().collect();
        let _ = match step.act {
            0 | 1 => laptop.write(
                &whom.enrolment([office_group()].into(), Role::Worker, false),
                author.pen(),
                None,
            ),
            2 => laptop.write(&Act::GroupCreate { group }, author.pen(), None),
            3 => laptop.write(&Act::GroupAdd { group, device }, author.pen(), None),
            4 => laptop.write(&Act::GroupRemove { group, device }, author.pen(), None),
            5 => laptop.write(&Act::Freeze { device }, author.pen(), None),
            6 => laptop.write(&Act::Unfreeze { device }, author.pen(), None),
            7 => laptop.write(&Act::RemoveAdmin { device }, author.pen(), second),
            8 => laptop.write(&Act::AddAdmin { device }, author.pen(), second),
            9 => laptop.write(&Act::Confirm { ops: newest }, author.pen(), None),
            10 => laptop.write(&Act::Leave { device }, author.pen(), None),
            _ => laptop.write(
                &Act::Revoke {
                    device,
                    cut: BTreeSet::new(),
                },
                author.pen(),
                second,
            ),
        };
    }
    let mut all = replica(&start);
    for laptop in &laptops {
        exchange(laptop, &mut all);
    }
    all.ops().map(Op::to_bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever happened, in whatever order it is heard, twice or in parts: the same office.
    #[test]
    fn the_order_of_arrival_does_not_show(
        steps in prop::collection::vec(step(), 1..25),
        seed in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let ops = history(&steps);
        let mut straight = Directory::open(&ops[0]).unwrap();
        straight.receive(ops[1..].iter().map(Vec::as_slice));
        let mut shuffled = ops[1..].to_vec();
        for (at, index) in seed.iter().enumerate().take(shuffled.len()) {
            let other = index.index(shuffled.len());
            shuffled.swap(at, other);
        }
        let mut other = Directory::open(&ops[0]).unwrap();
        let half = shuffled.len() / 2;
        other.receive(shuffled[..half].iter().map(Vec::as_slice));
        let last = other.receive(shuffled.iter().map(Vec::as_slice));
        prop_assert!(last.refused.is_empty() && last.held == 0);
        prop_assert_eq!(straight.state(), other.state());
        prop_assert_eq!(straight.head(), other.head());
        // The short way of adding one by one and the long way of weighing all agree.
        prop_assert_eq!(straight.state(), &evaluate(&straight.dag, &straight.dag.all(), &BTreeSet::new()).unwrap());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>, at: prop::sample::Index, with: u8) {
        let (directory, ..) = staffed();
        let mut here = replica(&directory);
        let mut mutated = directory.ops().last().unwrap().to_bytes();
        let at = at.index(mutated.len());
        mutated[at] = with;
        let before = here.ops().count();
        here.receive([bytes.as_slice(), mutated.as_slice()]);
        let _ = Directory::open(&bytes);
        prop_assert_eq!(here.ops().count(), before);
    }
}

#[test]
fn only_the_device_itself_renews_the_key_that_it_receives_with_and_its_name_stays() {
    let (mut directory, first, _, worker) = staffed();
    let device = worker.device();
    let renewal = |number: u8| Act::KemRenew {
        device,
        kem: Person::new(number).kem.public(),
    };
    for (author, second) in [(first.pen(), None), (worker.pen(), Some(first.pen()))] {
        let refused = directory.write(&renewal(40), author, second);
        assert_eq!(refused.unwrap_err(), DirectoryError::NoRight);
    }
    let before = directory.heads().clone();
    for number in [40, 41] {
        directory
            .write(&renewal(number), worker.pen(), None)
            .unwrap();
    }
    // A key that was given up does not come back, the first one no more than any.
    for number in [3, 40, 41] {
        let refused = directory.write(&renewal(number), worker.pen(), None);
        assert_eq!(refused.unwrap_err(), DirectoryError::NoRight);
    }
    let member = &directory.state().devices[&device];
    let public = |number: u8| Person::new(number).kem.public();
    assert_eq!(member.kem(), public(41));
    assert_eq!(
        [41, 40, 3].map(|number| member.receives(&public(number))),
        [true, true, false]
    );
    assert_eq!(member.keys, worker.keys());
    assert_eq!(directory.kem_at(&before, device), Some(public(3)));
    assert_eq!(
        directory.kem_at(directory.heads(), device),
        Some(public(41))
    );
    directory
        .write(&Act::Leave { device }, first.pen(), None)
        .unwrap();
    let refused = directory.write(&renewal(42), worker.pen(), None);
    assert_eq!(refused.unwrap_err(), DirectoryError::NoRight);
}

#[test]
fn renewals_of_two_devices_at_the_same_time_both_count_in_any_order() {
    let (directory, first, second, worker) = staffed();
    let mut ops = Vec::new();
    for (person, number) in [(&first, 40), (&second, 41), (&worker, 42)] {
        let act = Act::KemRenew {
            device: person.device(),
            kem: Person::new(number).kem.public(),
        };
        let mut there = replica(&directory);
        ops.push(there.write(&act, person.pen(), None).unwrap().to_bytes());
    }
    let mut states = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut here = replica(&directory);
        here.receive(order.map(|at| ops[at].as_slice()));
        states.push(here.state().clone());
    }
    assert!(states.iter().all(|state| *state == states[0]));
    for (person, number) in [(&first, 40), (&second, 41), (&worker, 42)] {
        let member = &states[0].devices[&person.device()];
        assert_eq!(member.kem(), Person::new(number).kem.public());
    }
}
