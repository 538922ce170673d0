//! The laws of key boxes.

use super::*;
use crate::directory::Role;
use crate::fixture::{Person, enrol, flips, office, office_group, office_key};
use crate::roster::{Class, Grant, Readers};

struct Scene {
    directory: Directory,
    admin: Person,
    worker: Person,
    outsider: Person,
    roster: Roster,
    key: SecretKey,
}

fn scene() -> Scene {
    let (admin, worker, outsider) = (Person::new(1), Person::new(2), Person::new(3));
    let mut directory = office(&admin);
    enrol(&mut directory, &admin, &worker);
    directory
        .write(
            &outsider.enrolment(BTreeSet::new(), Role::Worker, false),
            admin.pen(),
            None,
        )
        .unwrap();
    let readers = Readers {
        groups: [office_group()].into(),
        ..Readers::default()
    };
    let roster = Roster::found(&directory, worker.pen(), Class::Case, readers).unwrap();
    Scene {
        directory,
        admin,
        worker,
        outsider,
        roster,
        key: SecretKey::from_bytes([0x33; 32]),
    }
}

fn boxed(
    scene: &Scene,
    author: &Person,
    recipients: &[Recipient<'_>],
    earlier: &[&SecretKey],
) -> Keybox {
    let vault = (scene.roster.vault(), &scene.key);
    let parents = earlier.iter().map(|key| Kid::of(key)).collect();
    let made = Keybox::make(
        &scene.directory,
        author.pen(),
        vault,
        Some(&scene.roster),
        recipients,
        parents,
        earlier,
    );
    // The way over the wire.
    SealedKeybox::parse(&made.unwrap().to_bytes())
        .unwrap()
        .verify(&scene.directory)
        .unwrap()
}

fn to(person: &Person) -> Recipient<'_> {
    Recipient::Device(person.device(), person.kem.public())
}

#[test]
fn a_group_and_a_named_device_open_the_box_and_nobody_else() {
    let mut scene = scene();
    let named = Readers {
        devices: [scene.outsider.device()].into(),
        ..Readers::default()
    };
    scene
        .roster
        .write(&scene.directory, scene.admin.pen(), &Grant::Grant(named))
        .unwrap();
    let (office_key, old) = (office_key(), SecretKey::from_bytes([0x22; 32]));
    let recipients = [
        Recipient::Group(office_group(), &office_key),
        to(&scene.outsider),
    ];
    let keybox = boxed(&scene, &scene.worker, &recipients, &[&old]);
    let org = scene.directory.org();

    assert_eq!(
        keybox.check(&scene.directory, Some(&scene.roster)),
        Ok(BTreeSet::new())
    );
    let opened = keybox.open_with(org, &office_key).unwrap().unwrap();
    assert_eq!(opened.expose(), scene.key.expose());
    let opened = keybox
        .open_for(org, scene.outsider.device(), &scene.outsider.kem)
        .unwrap()
        .unwrap();
    assert_eq!(
        keybox.earlier(org, &opened).unwrap()[0].expose(),
        old.expose(),
        "the newest key opens all history"
    );

    assert!(keybox.open_with(org, &old).unwrap().is_none());
    assert!(
        keybox
            .open_for(org, scene.worker.device(), &scene.worker.kem)
            .unwrap()
            .is_none()
    );
    let stolen = keybox.open_for(org, scene.outsider.device(), &scene.worker.kem);
    assert_eq!(stolen.unwrap_err(), KeyboxError::WrongKey);
    let elsewhere = keybox.open_with(Org::new([1; 16]), &office_key);
    assert_eq!(elsewhere.unwrap_err(), KeyboxError::WrongKey);
}

#[test]
fn a_box_for_a_stranger_is_refused() {
    let scene = scene();
    let office_key = office_key();
    let all = [
        Recipient::Group(office_group(), &office_key),
        to(&scene.outsider),
    ];
    let keybox = boxed(&scene, &scene.worker, &all, &[]);
    let checked = keybox.check(&scene.directory, Some(&scene.roster));
    assert_eq!(checked, Err(KeyboxError::ForeignRecipient));
    // Red control: without the stranger it passes.
    let keybox = boxed(
        &scene,
        &scene.worker,
        &[Recipient::Group(office_group(), &office_key)],
        &[],
    );
    assert_eq!(
        keybox.check(&scene.directory, Some(&scene.roster)),
        Ok(BTreeSet::new())
    );
}

#[test]
fn a_box_from_somebody_who_does_not_read_the_vault_is_refused() {
    let scene = scene();
    let office_key = office_key();
    let keybox = boxed(
        &scene,
        &scene.outsider,
        &[Recipient::Group(office_group(), &office_key)],
        &[],
    );
    assert_eq!(
        keybox.check(&scene.directory, Some(&scene.roster)),
        Err(KeyboxError::NoRight)
    );
    assert_eq!(
        keybox.check(&scene.directory, None),
        Err(KeyboxError::Newer),
        "no roster yet"
    );
}

#[test]
fn a_team_key_goes_to_the_members_of_the_group() {
    let scene = scene();
    let key = office_key();
    let make = |recipients: &[Recipient<'_>]| {
        let vault = (office_group().vault(), &key);
        Keybox::make(
            &scene.directory,
            scene.admin.pen(),
            vault,
            None,
            recipients,
            BTreeSet::new(),
            &[],
        )
        .unwrap()
    };
    let some = make(&[to(&scene.worker)]);
    assert_eq!(
        some.check(&scene.directory, None),
        Ok([scene.admin.device()].into()),
        "who is left out is told"
    );
    assert_eq!(
        make(&[to(&scene.outsider)]).check(&scene.directory, None),
        Err(KeyboxError::ForeignRecipient)
    );
}

#[test]
fn each_flipped_byte_of_a_box_is_refused() {
    let scene = scene();
    let key = office_key();
    let keybox = boxed(
        &scene,
        &scene.worker,
        &[Recipient::Group(office_group(), &key)],
        &[],
    );
    for (at, flipped) in flips(&keybox.to_bytes()) {
        let refused =
            SealedKeybox::parse(&flipped).and_then(|sealed| sealed.verify(&scene.directory));
        assert!(refused.is_err(), "byte {at}");
    }
}

#[test]
fn a_box_that_holds_another_key_than_it_names_is_refused() {
    let other = SecretKey::from_bytes([1; 32]);
    assert_eq!(
        named(other.expose(), Kid::new([9; 16])).unwrap_err(),
        KeyboxError::OtherKey
    );
    assert!(
        named(other.expose(), Kid::of(&other)).is_ok(),
        "red control"
    );
}

#[test]
fn the_newest_key_is_of_the_highest_generation() {
    let kid = |number| Kid::new([number; 16]);
    let mut parents: BTreeMap<Kid, BTreeSet<Kid>> = BTreeMap::new();
    assert_eq!(newest(&parents), None);
    parents.insert(kid(5), BTreeSet::new());
    parents.insert(kid(3), [kid(5)].into());
    parents.insert(kid(4), [kid(5)].into());
    assert_eq!(
        newest(&parents),
        Some(kid(3)),
        "of two at once the smaller name, on every device"
    );
    parents.insert(kid(9), [kid(3), kid(4)].into());
    assert_eq!(newest(&parents), Some(kid(9)));
    parents.insert(kid(5), [kid(9)].into());
    assert!(newest(&parents).is_some(), "a forged cycle ends too");
}

#[test]
fn a_box_for_the_escrow_holds_a_teams_key_and_none_of_a_case() {
    let mut scene = scene();
    let escrow = Person::new(9);
    let team = office_group().vault();
    let key = office_key();
    let made = |scene: &Scene, roster: Option<&Roster>, vault| {
        let (directory, author) = (&scene.directory, scene.worker.pen());
        let (recipients, none) = ([to(&escrow)], BTreeSet::new());
        Keybox::make(
            directory,
            author,
            (vault, &key),
            roster,
            &recipients,
            none,
            &[],
        )
        .unwrap()
    };
    // Before it has its seat, it is a stranger.
    let early = made(&scene, None, team);
    let refused = early.check(&scene.directory, None);
    assert_eq!(refused, Err(KeyboxError::ForeignRecipient));
    let vow = crate::directory::escrow::vow(&escrow.keys(), scene.directory.org(), &escrow.sign);
    let act = crate::directory::Act::EscrowSeat {
        keys: escrow.keys(),
        vow,
    };
    let paper = crate::fixture::paper();
    let second = crate::fixture::paper_pen(&paper);
    scene
        .directory
        .write(&act, scene.admin.pen(), Some(second))
        .unwrap();
    let keybox = made(&scene, None, team);
    keybox.check(&scene.directory, None).unwrap();
    let opened = keybox
        .open_for(scene.directory.org(), escrow.device(), &escrow.kem)
        .unwrap();
    assert!(opened.is_some());
    let of_case = made(&scene, Some(&scene.roster), scene.roster.vault());
    let refused = of_case.check(&scene.directory, Some(&scene.roster));
    assert_eq!(refused, Err(KeyboxError::ForeignRecipient));
}

#[test]
fn a_teams_wrapping_key_is_boxed_by_members_for_members_as_its_own_is() {
    let scene = scene();
    let vault = (office_group().wraps(), &scene.key);
    assert_eq!(
        scene.directory.state().team_of(vault.0),
        Some(office_group())
    );
    assert_ne!(vault.0, office_group().vault());
    for (author, reader, checked) in [
        (&scene.worker, &scene.admin, Ok(())),
        (
            &scene.worker,
            &scene.outsider,
            Err(KeyboxError::ForeignRecipient),
        ),
        (&scene.outsider, &scene.worker, Err(KeyboxError::NoRight)),
    ] {
        let keybox = Keybox::make(
            &scene.directory,
            author.pen(),
            vault,
            None,
            &[to(reader)],
            BTreeSet::new(),
            &[],
        )
        .unwrap();
        let found = keybox.check(&scene.directory, None).map(|_| ());
        assert_eq!(found, checked);
    }
}

#[test]
fn a_box_tells_to_which_of_a_devices_keys_it_is_sealed() {
    let mut scene = scene();
    let device = scene.worker.device();
    let made = |scene: &Scene| boxed(scene, &scene.admin, &[to(&scene.worker)], &[]);
    let before = made(&scene);
    let kem = Person::new(40).kem.public();
    let act = crate::directory::Act::KemRenew { device, kem };
    let op = scene
        .directory
        .write(&act, scene.worker.pen(), None)
        .unwrap();
    let after = made(&scene);
    let sealed_to = |keybox: &Keybox| keybox.sealed_to(&scene.directory, device);
    assert_eq!(sealed_to(&before), Some(scene.worker.kem.public()));
    assert_eq!(sealed_to(&after), Some(kem));
    let admin = scene.admin.device();
    assert_eq!(before.sealed_to(&scene.directory, admin), None);
    let knew = |keybox: &Keybox| keybox.knew(&scene.directory, op.id());
    assert_eq!([knew(&before), knew(&after)], [false, true]);
}

#[test]
fn a_box_of_a_restricted_vault_for_the_escrow_stands_on_the_rosters_word() {
    let mut scene = scene();
    let escrow = Person::new(9);
    let vow = crate::directory::escrow::vow(&escrow.keys(), scene.directory.org(), &escrow.sign);
    let seat = crate::directory::Act::EscrowSeat {
        keys: escrow.keys(),
        vow,
    };
    let paper = crate::fixture::paper();
    let second = Some(crate::fixture::paper_pen(&paper));
    scene
        .directory
        .write(&seat, scene.admin.pen(), second)
        .unwrap();
    let readers = Readers {
        stewards: [scene.admin.device(), scene.worker.device()].into(),
        ..Readers::default()
    };
    let pen = scene.worker.pen();
    scene.roster = Roster::found(&scene.directory, pen, Class::Restricted, readers).unwrap();
    let before = boxed(&scene, &scene.worker, &[to(&escrow)], &[]);
    let checked = before.check(&scene.directory, Some(&scene.roster));
    assert_eq!(checked, Err(KeyboxError::ForeignRecipient));

    scene
        .roster
        .write(&scene.directory, pen, &Grant::Escrow(true))
        .unwrap();
    let keybox = boxed(&scene, &scene.worker, &[to(&escrow)], &[]);
    let checked = keybox.check(&scene.directory, Some(&scene.roster));
    assert!(checked.is_ok());
    let knew = |keybox: &Keybox| scene.roster.at(keybox.roster()).unwrap().escrow;
    assert_eq!([knew(&before), knew(&keybox)], [false, true]);
    let opened = keybox.open_for(scene.directory.org(), escrow.device(), &escrow.kem);
    assert_eq!(opened.unwrap().unwrap().expose(), scene.key.expose());
    // The one of before is none, now as then; nor is one for an escrow that has no seat.
    let checked = before.check(&scene.directory, Some(&scene.roster));
    assert_eq!(checked, Err(KeyboxError::ForeignRecipient));
    let foreign = boxed(&scene, &scene.worker, &[to(&Person::new(10))], &[]);
    let checked = foreign.check(&scene.directory, Some(&scene.roster));
    assert_eq!(checked, Err(KeyboxError::ForeignRecipient));
    // Taken back, it is boxed for the escrow no more.
    scene
        .roster
        .write(&scene.directory, pen, &Grant::Escrow(false))
        .unwrap();
    let late = boxed(&scene, &scene.worker, &[to(&escrow)], &[]);
    let checked = late.check(&scene.directory, Some(&scene.roster));
    assert_eq!(checked, Err(KeyboxError::ForeignRecipient));
}
