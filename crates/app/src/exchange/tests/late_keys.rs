//! A case went to a team with which the old one shares nobody, and somebody who had not heard of it wrote on under a key that
//! whoever moved it did not know. No word is lost, and nobody else gets the key.

use std::collections::BTreeSet;

use crypto::SecretKey;
use serde_json::json;
use store::table::trust::Signed;
use wire::ids::{Device, Kid, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::roster::Roster;

use super::carry::{assert_same_case, at, fine, moved, note, notes, opened_by, parted_with};
use super::teams::{Two, act, names, sync};
use super::*;
use crate::exchange::seal::tests::NO_NEW_KEYS;
use crate::trust;
use crate::trust::late::tests::{ALL_ONE_RANK, HANDS_NOTHING_ON, KEEPS_KEY};

const ROLES: [&str; 4] = ["supervisor", "worker", "supervisor", "worker"];
const TURNS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

/// Two teams that share nobody, with a third member each, who has the case where the team has it; and the office's paper key.
struct Parted {
    s: Two,
    home: Value,
    /// One of the east, one of the west, and one of neither.
    thirds: [App; 3],
    paper: String,
}

fn parted(seed: u64) -> Parted {
    let (mut s, home, paper) = parted_with(seed, ROLES);
    let mut number = 0;
    let mut thirds = ["東の三人目", "西の三人目", "どちらでもない人"].map(|name| {
        number += 1;
        joining(&mut s.admin, name, seed.wrapping_mul(37) + number)
    });
    for (team, third) in s.teams.iter().zip(&thirds) {
        s.admin.team_act(&act("add", team, third)).unwrap();
    }
    let everybody = s.east.iter_mut().chain(&mut s.west).chain(&mut thirds);
    for app in everybody {
        fine(&give(&mut s.admin, app));
    }
    // Who was there boxes the team's keys for the newcomer.
    fine(&give(&mut s.east[0], &mut thirds[0]));
    fine(&give(&mut s.west[0], &mut thirds[1]));
    Parted {
        s,
        home,
        thirds,
        paper,
    }
}

/// Takes somebody out of a team; one of the team hears of it.
fn take_out(admin: &mut App, team: &str, who: &App, hears: &mut App) {
    admin.team_act(&act("remove", team, who)).unwrap();
    hears.import_bytes(&admin.bundle_bytes().unwrap()).unwrap();
}

fn vault_of(app: &App) -> [u8; 16] {
    app.store.read(|r| r.all_moved()).unwrap()[0].vault
}

fn kids(app: &App, vault: [u8; 16]) -> BTreeSet<Kid> {
    let keys = app.store.read(|r| r.vault_keys(&vault)).unwrap();
    keys.iter().map(Kid::of).collect()
}

fn newest(app: &App, vault: [u8; 16]) -> Kid {
    let keys = app.store.read(|r| r.vault_keys(&vault)).unwrap();
    Kid::of(&keys[0])
}

/// The move, the late words, and what whoever heard of both sends.
struct Late {
    p: Parted,
    files: [Vec<u8>; 3],
}

/// One moves it; another, who has heard that somebody left and not of the move, writes on. With the first one's file.
fn unheard(seed: u64) -> (Parted, Vec<u8>) {
    let mut p = parted(seed);
    let [east, west] = p.s.teams.clone();
    let [e1, e2] = &mut p.s.east;
    moved(e1, &p.home, &west);
    let first = e1.bundle_bytes().unwrap();
    take_out(&mut p.s.admin, &east, &p.thirds[0], e2);
    at(e2, 120_000, 9_000 + seed);
    note(e2, &p.home, "遅れた記録");
    (p, first)
}

/// What the other wrote lies under a new key.
fn late(seed: u64) -> Late {
    let (mut p, first) = unheard(seed);
    let [e1, e2] = &mut p.s.east;
    let words = e2.bundle_bytes().unwrap();
    e1.import_bytes(&words).unwrap();
    let second = e1.bundle_bytes().unwrap();
    Late {
        p,
        files: [first, words, second],
    }
}

const ALL: [&str; 3] = ["一人目の記録", "二人目の記録", "遅れた記録"];

/// In any order of the files, each twice.
#[test]
fn late_words_under_a_key_of_the_old_team_reach_a_team_that_shares_nobody_with_it() {
    let Late { mut p, files } = late(1600);
    let [w1, w2] = &mut p.s.west;
    for turns in TURNS {
        let store = w1.store.ephemeral_copy().unwrap();
        let mut app = App::open(store, Box::new(Fixed::new(NOON, 1_600))).unwrap();
        for turn in [turns; 2].concat() {
            app.import_bytes(&files[turn]).unwrap();
        }
        assert_eq!(notes(&mut app, &p.home), ALL, "{turns:?}");
        let view = call(&mut app, "household.get", json!({ "id": id(&p.home) }));
        assert_eq!(view["late"].as_array().map(Vec::len), Some(1));
        assert_eq!(app.waiting().unwrap().missing, 0);
    }
    for file in &files {
        w1.import_bytes(file).unwrap();
    }
    // From one of the team to the next, and to whoever comes into it.
    fine(&give(w1, w2));
    assert_eq!(notes(w2, &p.home), ALL);
    assert_same_case(w1, w2, &p.home);
    let (admin, west) = (&mut p.s.admin, &p.s.teams[1]);
    let mut new = joining(admin, "あとから来た人", 16_000);
    admin.team_act(&act("add", west, &new)).unwrap();
    for app in [&mut *w1, &mut new] {
        app.import_bytes(&admin.bundle_bytes().unwrap()).unwrap();
    }
    w1.import_bytes(&new.bundle_bytes().unwrap()).unwrap();
    fine(&give(w1, &mut new));
    assert_eq!(notes(&mut new, &p.home), ALL);
    // And nothing is boxed or carried again.
    let [e1, _] = &mut p.s.east;
    for app in [w1, e1] {
        fine(&app.import_bytes(&files[1]).unwrap());
        app.bundle_bytes().unwrap();
        let count = |app: &App| app.store.read(|r| r.record_places()).unwrap().len();
        let before = count(app);
        app.bundle_bytes().unwrap();
        assert_eq!(count(app), before);
    }
}

/// Red control: without a box for the new team the late words never open there.
#[test]
fn without_a_box_for_the_new_team_a_word_under_that_key_is_lost() {
    let read = |hands_on: bool| {
        HANDS_NOTHING_ON.set(!hands_on);
        let Late { mut p, files } = late(1601);
        for file in files.iter().chain(&files) {
            p.s.west[0].import_bytes(file).unwrap();
        }
        HANDS_NOTHING_ON.set(false);
        notes(&mut p.s.west[0], &p.home).len()
    };
    assert_eq!((read(true), read(false)), (3, 2));
}

/// The late one hears of it, and nobody else of the old team is there to carry its words.
#[test]
fn whoever_was_late_brings_the_words_and_their_key_when_it_hears_of_the_move() {
    let Late { mut p, files } = late(1602);
    let [_, e2] = &mut p.s.east;
    fine(&e2.import_bytes(&files[0]).unwrap());
    let bundle = e2.bundle_bytes().unwrap();
    for app in &mut p.s.west {
        app.import_bytes(&bundle).unwrap();
        fine(&app.import_bytes(&files[0]).unwrap());
        assert_eq!(notes(app, &p.home), ALL);
    }
}

/// Two keys one after the other, and words under each; then they come to one who knew of the move and had carried before.
#[test]
fn words_under_two_late_keys_both_arrive() {
    let Late { mut p, .. } = late(1603);
    let east = p.s.teams[0].clone();
    let [e1, e2] = &mut p.s.east;
    at(e2, 180_000, 9_603);
    p.s.admin
        .team_act(&act("remove", &east, &p.s.admin))
        .unwrap();
    fine(&give(&mut p.s.admin, e2));
    note(e2, &p.home, "もっと遅れた記録");
    fine(&give(e2, e1));
    let vault = vault_of(e1);
    assert_eq!(kids(e1, vault).len(), 3);
    for app in &mut p.s.west {
        fine(&give(e1, app));
        let mut want = ALL.to_vec();
        want.push("もっと遅れた記録");
        want.sort_unstable();
        assert_eq!(notes(app, &p.home), want);
        assert!(kids(app, vault).is_superset(&kids(e1, vault)));
    }
}

/// The new team writes on under keys of its own, of which the old one has none, whatever comes late and in whichever order.
#[test]
fn no_key_of_the_new_team_goes_to_the_old_one_and_nothing_written_since_opens_there() {
    for early in [false, true] {
        let Late { mut p, files } = late(1604);
        let [w1, w2] = &mut p.s.west;
        fine(&w1.import_bytes(&files[0]).unwrap());
        if early {
            note(w1, &p.home, "西の記録");
            w1.bundle_bytes().unwrap();
        }
        fine(&w1.import_bytes(&files[2]).unwrap());
        let vault = vault_of(w1);
        let theirs = kids(&p.s.east[0], vault);
        note(w1, &p.home, "西のあとの記録");
        let bundle = w1.bundle_bytes().unwrap();
        assert!(!theirs.contains(&newest(w1, vault)));
        fine(&w2.import_bytes(&bundle).unwrap());
        assert_eq!(notes(w2, &p.home).len(), 4 + usize::from(early));
        for app in &mut p.s.east {
            let opened = opened_by(app, &bundle, &p.s.teams[0]);
            assert!(opened.iter().all(|text| !text.contains("西の")));
            app.import_bytes(&bundle).unwrap();
            assert_eq!(notes(app, &p.home).len(), 3);
            assert!(kids(app, vault).is_subset(&theirs));
        }
    }
}

/// Neither who was taken out of the old team, nor who was never in either, gets the key; nobody else's box counts.
#[test]
fn nobody_else_gets_a_late_key() {
    let Late { mut p, files } = late(1605);
    let vault = vault_of(&p.s.east[0]);
    let theirs = kids(&p.s.east[0], vault);
    let west = p.s.teams[1].clone();
    let [out, _, stranger] = &mut p.thirds;
    for file in &files {
        let opened = opened_by(out, file, &p.s.teams[0]);
        assert!(opened.iter().all(|text| !text.contains("遅れた記録")));
        assert!(opened_by(stranger, file, &west).is_empty());
        out.import_bytes(file).unwrap();
        stranger.import_bytes(file).unwrap();
    }
    assert!(kids(stranger, vault).is_empty());
    assert_eq!(kids(out, vault).len(), 1);
    assert_eq!((theirs.len(), names(stranger, json!({})).len()), (2, 0));
    // A former reader boxes it for a stranger.
    let boxed = plant(&mut p.s.east[0], &[SecretKey::make()], &[stranger], 2);
    stranger.import_bytes(&boxed).unwrap();
    assert!(kids(stranger, vault).is_empty());
    // And as one who knows that the case went.
    let w1 = &mut p.s.west[0];
    fine(&w1.import_bytes(&files[0]).unwrap());
    let key = SecretKey::make();
    let boxed = plant(&mut p.s.east[0], std::slice::from_ref(&key), &[w1], 3);
    let brought = w1.import_bytes(&boxed).unwrap();
    assert_eq!(brought.refused.len(), 1, "{brought:?}");
    assert!(kids(w1, vault).is_superset(&theirs));
    assert!(!kids(w1, vault).contains(&Kid::of(&key)));
}

/// The one who is late knows that somebody left, had not sealed under a new key by then, and hears of the move.
fn heard_at_once(seed: u64) -> (bool, usize) {
    let (mut p, first) = unheard(seed);
    let east = p.s.teams[0].clone();
    let [e1, e2] = &mut p.s.east;
    fine(&e2.import_bytes(&first).unwrap());
    let bundle = e2.bundle_bytes().unwrap();
    let opened = opened_by(&p.thirds[0], &bundle, &east);
    let w1 = &mut p.s.west[0];
    w1.import_bytes(&bundle).unwrap();
    fine(&w1.import_bytes(&first).unwrap());
    // Others of the old team see that it is carried.
    fine(&e1.import_bytes(&bundle).unwrap());
    let count = |app: &App| app.store.read(|r| r.record_places()).unwrap().len();
    let before = count(e1);
    e1.bundle_bytes().unwrap();
    assert!(
        count(e1) <= before + 3,
        "boxes for the new team, and no more"
    );
    (
        opened.iter().any(|text| text.contains("遅れた記録")),
        notes(w1, &p.home).len(),
    )
}

/// Green, and red with the key kept: in the organisation's lane whoever left would read what was written after.
#[test]
fn late_words_are_carried_under_a_key_that_nobody_has_who_left() {
    assert_eq!(heard_at_once(1606), (false, 3));
    KEEPS_KEY.set(true);
    let kept = heard_at_once(1606);
    KEEPS_KEY.set(false);
    assert_eq!(kept, (true, 3));
}

/// Late words of a laptop that was shut out meanwhile count up to the cut, there as everywhere.
#[test]
fn of_a_late_laptop_that_was_shut_out_the_words_up_to_the_cut_arrive() {
    let Late { mut p, files } = late(1607);
    let [e1, e2] = &mut p.s.east;
    p.s.admin.import_bytes(&files[1]).unwrap();
    p.s.admin
        .revoke_device(e2.identity.device, Some(&p.paper))
        .unwrap();
    at(e2, 180_000, 9_607);
    note(e2, &p.home, "締め出されたあとの記録");
    let beyond = e2.bundle_bytes().unwrap();
    let out = p.s.admin.bundle_bytes().unwrap();
    for order in [[&out, &beyond], [&beyond, &out]] {
        for file in order {
            e1.import_bytes(file).unwrap();
        }
    }
    let carried = e1.bundle_bytes().unwrap();
    for (app, order) in p.s.west.iter_mut().zip([[0, 1, 2], [2, 1, 0]]) {
        for at in order {
            app.import_bytes([&out, &files[0], &carried][at]).unwrap();
        }
        assert_eq!(notes(app, &p.home), ALL);
    }
}

/// It went back before whoever was late heard of anything: both teams' late words are read where it is.
#[test]
fn moved_back_what_either_team_wrote_late_is_read_by_the_first() {
    let Late { mut p, files } = late(1608);
    let [east, _] = p.s.teams.clone();
    let [w1, w2] = &mut p.s.west;
    fine(&w1.import_bytes(&files[0]).unwrap());
    note(w1, &p.home, "西の記録");
    fine(&give(w1, w2));
    moved(w1, &p.home, &east);
    let back = w1.bundle_bytes().unwrap();
    // One of the west has not heard of it.
    note(w2, &p.home, "西の遅れた記録");
    w2.import_bytes(&back).unwrap();
    let theirs = w2.bundle_bytes().unwrap();
    let [e1, e2] = &mut p.s.east;
    for file in [&theirs, &back, &files[0]] {
        e2.import_bytes(file).unwrap();
    }
    let want = [
        "一人目の記録",
        "二人目の記録",
        "西の記録",
        "西の遅れた記録",
        "遅れた記録",
    ];
    assert_eq!(notes(e2, &p.home), want);
    note(e2, &p.home, "東に戻った記録");
    let bundle = e2.bundle_bytes().unwrap();
    for file in [&theirs, &bundle, &back] {
        e1.import_bytes(file).unwrap();
    }
    assert_eq!(notes(e1, &p.home).len(), 6);
    assert_same_case(e1, e2, &p.home);
    let opened = opened_by(w1, &bundle, &p.s.teams[1]);
    assert!(opened.iter().all(|text| !text.contains("東に戻った記録")));
}

/// It goes on to the first team by the hand of the new one, of which one is late, under a key that nobody else knows.
#[test]
fn moved_back_by_the_new_team_its_own_late_key_comes_after_it() {
    let mut p = parted(1609);
    let [east, west] = p.s.teams.clone();
    let e1 = &mut p.s.east[0];
    let [w1, w2] = &mut p.s.west;
    moved(e1, &p.home, &west);
    let first = e1.bundle_bytes().unwrap();
    for app in [&mut *w1, &mut *w2, &mut p.thirds[1]] {
        fine(&app.import_bytes(&first).unwrap());
    }
    note(w1, &p.home, "西の記録");
    let theirs = w1.bundle_bytes().unwrap();
    for app in [&mut *w2, &mut p.thirds[1]] {
        fine(&app.import_bytes(&theirs).unwrap());
    }
    moved(w1, &p.home, &east);
    let back = w1.bundle_bytes().unwrap();
    take_out(&mut p.s.admin, &west, &p.thirds[1], w2);
    note(w2, &p.home, "西の遅れた記録");
    fine(&give(w2, w1));
    let last = w1.bundle_bytes().unwrap();
    for file in [&last, &back, &first] {
        e1.import_bytes(file).unwrap();
    }
    assert_eq!(notes(e1, &p.home).len(), 4);
    let opened = opened_by(&p.thirds[1], &last, &west);
    assert!(opened.iter().all(|text| !text.contains("西の遅れた記録")));
}

/// Boxes keys for these devices as somebody without scruples would: each said to follow the one before, by the roster's
/// first so many operations. Gives a bundle.
fn plant(app: &mut App, keys: &[SecretKey], to: &[&App], ops: usize) -> Vec<u8> {
    let vault = vault_of(app);
    let App {
        store,
        identity,
        trust: office,
        ..
    } = app;
    let directory = &office.directory;
    store
        .transact(|tx| {
            let all = trust::read_roster(tx, directory, &vault)?.unwrap();
            let mut all = all.ops().take(ops);
            let founding = all.next().unwrap().to_bytes();
            let mut roster = Roster::open(&founding, directory).unwrap();
            for op in all {
                roster.receive(&op.to_bytes(), directory).unwrap();
            }
            let mut parents = BTreeSet::new();
            for key in keys {
                for reader in to {
                    let kem = identity_kem(directory, reader);
                    let keybox = Keybox::make(
                        directory,
                        (Device::new(identity.device), &identity.sign),
                        (Vault::new(vault), key),
                        Some(&roster),
                        &[Recipient::Device(Device::new(reader.identity.device), kem)],
                        parents.clone(),
                        &[],
                    );
                    trust::put_keybox(tx, &keybox.unwrap())?;
                }
                parents = BTreeSet::from([Kid::of(key)]);
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    app.bundle_bytes().unwrap()
}

fn identity_kem(directory: &wire::directory::Directory, app: &App) -> [u8; 32] {
    directory.state().devices[&Device::new(app.identity.device)].kem()
}

/// The key under which the newest record that brought changes of this vault lies, and who boxed it.
fn written_under(app: &App, vault: [u8; 16]) -> Kid {
    let all = app.store.read(|r| {
        let lanes = crate::exchange::carry::lane_keys(r)?;
        let mut found = Vec::new();
        for row in r.record_places()? {
            let bytes = r.record(&row.id)?.unwrap().bytes;
            let sealed = open_outer(bytes, app.trust.directory.org()).unwrap();
            let outer = *sealed.outer();
            let public = author_key(&app.trust.directory, outer.device).unwrap();
            let record = sealed.verify(&public).unwrap();
            let own = row.device == app.identity.device;
            let mut opened = lanes.iter().filter_map(|(lane, key)| {
                let is_it = *lane == outer.lane && key.id() == outer.lkid;
                is_it.then(|| record.open_lane_layer(key).ok()).flatten()
            });
            if let Some(lane) = opened.next().filter(|_| own)
                && lane.inner().vault == Vault::new(vault)
                && lane.inner().kind == wire::body::Kind::CHANGES
            {
                found.push((outer.seq, lane.inner().vkid));
            }
        }
        Ok::<_, AppError>(found)
    });
    all.unwrap().into_iter().max().unwrap().1
}

/// A former reader who knows of the move plants keys that claim to be the newest. They open what it says that it wrote late;
/// nobody writes under them.
#[test]
fn nobody_writes_under_a_key_that_a_former_reader_planted() {
    for has_own in [false, true] {
        let Late { mut p, files } = late(1610);
        let [w1, w2] = &mut p.s.west;
        for app in [&mut *w1, &mut *w2] {
            fine(&app.import_bytes(&files[0]).unwrap());
        }
        if has_own {
            note(w1, &p.home, "西の記録");
            fine(&give(w1, w2));
        }
        let keys: Vec<_> = (0..9).map(|_| SecretKey::make()).collect();
        let planted = plant(&mut p.s.east[0], &keys, &[w1, w2], 2);
        fine(&w2.import_bytes(&planted).unwrap());
        let (vault, evil): (_, BTreeSet<Kid>) = (vault_of(w2), keys.iter().map(Kid::of).collect());
        assert!(kids(w2, vault).is_superset(&evil));
        assert_eq!(evil.contains(&newest(w2, vault)), !has_own);
        note(w2, &p.home, "西のあとの記録");
        let bundle = w2.bundle_bytes().unwrap();
        assert!(!evil.contains(&written_under(w2, vault)));
        fine(&w1.import_bytes(&bundle).unwrap());
        assert_same_case(w1, w2, &p.home);
    }
}

/// Red control: by the chain that a key claims alone, it would be the newest, and they would write under it.
#[test]
fn without_the_rank_of_whoever_knew_they_would() {
    let Late { mut p, files } = late(1611);
    let w1 = &mut p.s.west[0];
    fine(&w1.import_bytes(&files[0]).unwrap());
    note(w1, &p.home, "西の記録");
    w1.bundle_bytes().unwrap();
    let under = |w1: &mut App, text: &str| {
        NO_NEW_KEYS.set(true);
        note(w1, &p.home, text);
        w1.bundle_bytes().unwrap();
        NO_NEW_KEYS.set(false);
        written_under(w1, vault_of(w1))
    };
    let keys: Vec<_> = (0..9).map(|_| SecretKey::make()).collect();
    let evil: BTreeSet<_> = keys.iter().map(Kid::of).collect();
    let planted = plant(&mut p.s.east[0], &keys, &[w1], 2);
    ALL_ONE_RANK.set(true);
    w1.import_bytes(&planted).unwrap();
    ALL_ONE_RANK.set(false);
    assert!(evil.contains(&under(w1, "植えられた鍵の下の記録")));
    // Any other key that comes lets them choose anew.
    let more = plant(&mut p.s.east[0], &[SecretKey::make()], &[w1], 2);
    fine(&w1.import_bytes(&more).unwrap());
    assert!(!evil.contains(&under(w1, "自分の鍵の下の記録")));
}

/// By the rule for all boxes, with the roster as everybody has it in the end.
#[test]
fn a_late_box_is_one_that_every_laptop_judges_alike() {
    let Late { p, .. } = late(1612);
    let e1 = &p.s.east[0];
    let (vault, west) = (
        vault_of(e1),
        p.s.west.each_ref().map(|app| app.identity.device),
    );
    let judged = e1.store.read(|r| {
        let roster = trust::read_roster(r, &e1.trust.directory, &vault)?.unwrap();
        let mut judged = 0;
        for row in r.signed_of(Signed::Keybox, &vault)? {
            let keybox = SealedKeybox::parse(&row.bytes).unwrap();
            let keybox = keybox.verify(&e1.trust.directory).unwrap();
            if keybox.devices().any(|to| west.contains(to.as_bytes())) {
                keybox.check(&e1.trust.directory, Some(&roster)).unwrap();
                judged += 1;
            }
        }
        Ok::<_, AppError>(judged)
    });
    // Two by the move, and two for the late key.
    assert_eq!(judged.unwrap(), 4);
}

/// The same through the hub, lane by lane, in whichever order the laptops come to it.
#[test]
fn a_late_key_comes_through_the_hub() {
    let hub = testkit::hub::Hub::default();
    let code = hub.invite();
    let mut p = parted(1613);
    let admin = &mut p.s.admin;
    let joining = crate::hub::Conversation::join(admin, testkit::hub::URL, &code).unwrap();
    crate::hub::talk(admin, joining, &mut hub.line()).unwrap();
    let [e1, e2] = &mut p.s.east;
    let [w1, w2] = &mut p.s.west;
    for app in [&mut *e1, &mut *e2, &mut *w1, &mut *w2] {
        give(&mut p.s.admin, app);
        sync(app, &hub);
    }
    moved(e1, &p.home, &p.s.teams[1]);
    take_out(&mut p.s.admin, &p.s.teams[0], &p.thirds[0], e2);
    note(e2, &p.home, "遅れた記録");
    e2.bundle_bytes().unwrap();
    for round in 0..3 {
        for app in [&mut *w1, &mut *e2, &mut *e1, &mut *w2] {
            assert_eq!(sync(app, &hub).refused.len(), 0, "{round}");
        }
    }
    for app in [&mut *w1, &mut *w2] {
        assert_eq!(notes(app, &p.home), ALL);
        assert_eq!(app.waiting().unwrap().missing, 0);
    }
    assert_same_case(w1, w2, &p.home);
}
