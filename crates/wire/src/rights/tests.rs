//! The laws of the right to write.

use std::collections::BTreeSet;

use crypto::SecretKey;

use super::*;
use crate::body::Body;
use crate::directory::{Act, CutAt, Role};
use crate::envelope::{Author, Draft, LaneKey, Place, SealKeys, seal_record};
use crate::fixture::{
    Person, enrol, exchange, office, office_group, office_key, paper, paper_pen, replica,
};
use crate::ids::Doc;
use crate::roster::{Grant, Readers};

struct Scene {
    directory: Directory,
    admin: Person,
    worker: Person,
    roster: Roster,
}

fn scene() -> Scene {
    let (admin, worker) = (Person::new(1), Person::new(2));
    let mut directory = office(&admin);
    enrol(&mut directory, &admin, &worker);
    let readers = Readers {
        groups: [office_group()].into(),
        ..Readers::default()
    };
    let roster = Roster::found(&directory, admin.pen(), Class::Case, readers).unwrap();
    Scene {
        directory,
        admin,
        worker,
        roster,
    }
}

/// A record of the second place, and its inner header, as the author's laptop makes it.
fn written(
    directory: &Directory,
    author: &Person,
    vault: Vault,
    roster_head: Hash,
) -> (Verified, Inner) {
    let (lane, key) = (LaneKey::of(&office_key()), SecretKey::from_bytes([3; 32]));
    let body = Body::Changes(Vec::new());
    let draft = Draft {
        vault,
        dir_head: directory.head(),
        roster_head,
        doc: Doc::ZERO,
        body: &body,
    };
    let author = Author {
        org: directory.org(),
        device: author.device(),
        sign: &author.sign,
    };
    let place = Place {
        lane: office_group().lane(),
        incarnation: 0,
        seq: 2,
        prev: Hash::new([1; 32]),
    };
    let record = seal_record(
        author,
        place,
        SealKeys {
            lane: &lane,
            vault: &key,
        },
        &draft,
    )
    .unwrap();
    let inner = *record.open_lane_layer(&lane).unwrap().inner();
    (record, inner)
}

fn in_case(scene: &Scene, author: &Person) -> (Verified, Inner) {
    written(
        &scene.directory,
        author,
        scene.roster.vault(),
        scene.roster.head(),
    )
}

fn judge(scene: &Scene, (record, inner): &(Verified, Inner)) -> Right {
    right_to_write(&scene.directory, Some(&scene.roster), record, inner)
}

#[test]
fn readers_write_and_others_do_not() {
    let mut scene = scene();
    assert_eq!(
        judge(&scene, &in_case(&scene, &scene.worker)),
        Right::Granted
    );
    let team = written(
        &scene.directory,
        &scene.worker,
        office_group().vault(),
        Hash::ZERO,
    );
    assert_eq!(judge(&scene, &team), Right::Granted);

    let outsider = Person::new(3);
    let act = outsider.enrolment(BTreeSet::new(), Role::Worker, false);
    scene
        .directory
        .write(&act, scene.admin.pen(), None)
        .unwrap();
    assert_eq!(
        judge(&scene, &in_case(&scene, &outsider)),
        Right::Refused(NoRight::NotAReader)
    );
    let team = written(
        &scene.directory,
        &outsider,
        office_group().vault(),
        Hash::ZERO,
    );
    assert_eq!(judge(&scene, &team), Right::Refused(NoRight::NotAReader));
    assert_eq!(
        judge(&scene, &in_case(&scene, &Person::new(9))),
        Right::Refused(NoRight::NotInOffice)
    );
}

#[test]
fn an_auditor_and_a_relay_write_nothing() {
    let mut scene = scene();
    for (number, role) in [(3, Role::Auditor), (4, Role::Relay), (5, Role::Unknown(77))] {
        let person = Person::new(number);
        let act = person.enrolment([office_group()].into(), role, false);
        scene
            .directory
            .write(&act, scene.admin.pen(), None)
            .unwrap();
        assert_eq!(
            judge(&scene, &in_case(&scene, &person)),
            Right::Refused(NoRight::NoWritingRole)
        );
    }
}

#[test]
fn what_is_not_known_waits() {
    let mut scene = scene();
    let behind = replica(&scene.directory);
    enrol(&mut scene.directory, &scene.admin, &Person::new(7));
    let (record, inner) = in_case(&scene, &scene.worker);
    let waits = right_to_write(&behind, Some(&scene.roster), &record, &inner);
    assert_eq!(waits, Right::Waits(Unknown::Directory));
    let waits = right_to_write(&scene.directory, None, &record, &inner);
    assert_eq!(waits, Right::Waits(Unknown::Roster));
    assert_eq!(
        right_to_write(&scene.directory, Some(&scene.roster), &record, &inner),
        Right::Granted
    );
}

#[test]
fn who_was_taken_out_of_the_roster_writes_no_more_but_wrote_before() {
    let mut scene = scene();
    let before = in_case(&scene, &scene.worker);
    let gone = Readers {
        groups: [office_group()].into(),
        ..Readers::default()
    };
    let kept = Readers {
        devices: [scene.admin.device()].into(),
        ..Readers::default()
    };
    scene
        .roster
        .write(&scene.directory, scene.admin.pen(), &Grant::Grant(kept))
        .unwrap();
    scene
        .roster
        .write(&scene.directory, scene.admin.pen(), &Grant::Remove(gone))
        .unwrap();
    assert_eq!(judge(&scene, &before), Right::Granted);
    assert_eq!(
        judge(&scene, &in_case(&scene, &scene.worker)),
        Right::Refused(NoRight::NotAReader)
    );
}

#[test]
fn who_leaves_keeps_what_was_written_before_it_was_known() {
    let mut scene = scene();
    let offline = replica(&scene.directory);
    scene
        .directory
        .write(
            &Act::Leave {
                device: scene.worker.device(),
            },
            scene.admin.pen(),
            None,
        )
        .unwrap();
    let note = written(
        &offline,
        &scene.worker,
        scene.roster.vault(),
        scene.roster.head(),
    );
    assert_eq!(judge(&scene, &note), Right::Granted);
    assert_eq!(
        judge(&scene, &in_case(&scene, &scene.worker)),
        Right::Refused(NoRight::NotInOffice)
    );
}

#[test]
fn a_revocation_reaches_back_to_its_cut_and_adoption_lifts_it() {
    let mut scene = scene();
    let (record, inner) = in_case(&scene, &scene.worker);
    let judged =
        |directory: &Directory| right_to_write(directory, Some(&scene.roster), &record, &inner);
    let revoked = |seq, named| {
        let mut directory = replica(&scene.directory);
        let at = CutAt {
            lane: office_group().lane(),
            incarnation: 0,
            seq,
            record: named,
        };
        let cut = if seq == 0 {
            BTreeSet::new()
        } else {
            [at].into()
        };
        let act = Act::Revoke {
            device: scene.worker.device(),
            cut,
        };
        directory
            .write(&act, scene.admin.pen(), Some(paper_pen(&paper())))
            .unwrap();
        directory
    };
    assert_eq!(judged(&scene.directory), Right::Granted, "red control");
    assert_eq!(judged(&revoked(3, Hash::new([5; 32]))), Right::Granted);
    assert_eq!(judged(&revoked(2, record.id())), Right::Granted);
    let beyond = Right::Refused(NoRight::BeyondCut);
    assert_eq!(
        judged(&revoked(2, Hash::new([5; 32]))),
        beyond,
        "another record at the cut is a fork"
    );
    assert_eq!(judged(&revoked(1, Hash::new([5; 32]))), beyond);
    assert_eq!(
        judged(&revoked(0, Hash::ZERO)),
        beyond,
        "a lane that is not named counts as zero"
    );

    let mut directory = revoked(1, Hash::new([5; 32]));
    let adopt = Act::Adopt {
        records: [record.id()].into(),
    };
    directory.write(&adopt, scene.admin.pen(), None).unwrap();
    exchange(&directory, &mut scene.directory);
    assert_eq!(judge(&scene, &(record, inner)), Right::Granted);
}

#[test]
fn a_right_given_by_an_operation_that_turns_out_void_is_none() {
    let mut scene = scene();
    let (thief, outsider) = (Person::new(3), Person::new(4));
    let admin = thief.enrolment([office_group()].into(), Role::Worker, true);
    scene
        .directory
        .write(&admin, scene.admin.pen(), Some(paper_pen(&paper())))
        .unwrap();
    let act = outsider.enrolment(BTreeSet::new(), Role::Worker, false);
    scene
        .directory
        .write(&act, scene.admin.pen(), None)
        .unwrap();
    let mut stolen = replica(&scene.directory);
    let add = Act::GroupAdd {
        group: office_group(),
        device: outsider.device(),
    };
    stolen.write(&add, thief.pen(), None).unwrap();
    let (record, inner) = written(&stolen, &outsider, office_group().vault(), Hash::ZERO);
    assert_eq!(
        right_to_write(&stolen, None, &record, &inner),
        Right::Granted,
        "red control"
    );

    let remove = Act::RemoveAdmin {
        device: thief.device(),
    };
    scene
        .directory
        .write(&remove, scene.admin.pen(), Some(paper_pen(&paper())))
        .unwrap();
    exchange(&stolen, &mut scene.directory);
    let judged = right_to_write(&scene.directory, None, &record, &inner);
    assert_eq!(judged, Right::Refused(NoRight::NotAReader));
}
