//! The yearly sweep: what was erased is beyond reach of all that was ever sent and of today's laptops; nobody is locked out.

use std::collections::BTreeMap;

use crypto::SecretKey;
use crypto::kem::KemKey;
use serde_json::json;
use store::table::trust::Signed;
use wire::ids::{Device, Kid, Vault};
use wire::keybox::SealedKeybox;
use wire::pair::Pair;

use super::erasing::{asking, is_sound, note, run, sign};
use super::*;
use crate::exchange::sweep::tests::{KEEPS_RECEIVING, KEPT};
use crate::trust::sweep::tests::SHOWN_UNNOTED;
use crate::trust::wraps::tests::{CARRIES_ON, KEEPS_ALL, UNLOOKED};

const DAY: i64 = 86_400_000;

/// What somebody kept of all that ever went from hand to hand.
#[derive(Default)]
struct Hoard {
    records: BTreeMap<[u8; 32], Vec<u8>>,
    boxes: BTreeMap<[u8; 32], Vec<u8>>,
}

impl Hoard {
    fn keep(&mut self, app: &App) {
        app.store
            .read(|reader| {
                for place in reader.record_places()? {
                    let row = reader.record(&place.id)?.unwrap();
                    self.records.entry(place.id).or_insert(row.bytes);
                }
                for row in reader.all_signed(Signed::Keybox)? {
                    self.boxes.insert(row.id, row.bytes);
                }
                Ok::<_, AppError>(())
            })
            .unwrap();
    }

    /// The vaults of which changes open, by every key in a laptop's store and all that opens from there.
    fn opens_for(&self, app: &App) -> BTreeMap<Vault, usize> {
        let (directory, org) = (&app.trust.directory, app.trust.directory.org());
        let own = Device::new(app.identity.device);
        let (mut keys, mut receiving) = (BTreeMap::<Kid, SecretKey>::new(), Vec::new());
        app.store
            .read(|reader| {
                for row in reader.vaults()? {
                    let held = reader.vault_keys(&row.vault)?;
                    keys.extend(held.into_iter().map(|key| (Kid::of(&key), key)));
                }
                let mut names = vec![crate::trust::state::KEM, crate::trust::state::KEM_BEFORE];
                names.push(KEPT);
                for name in names {
                    let bytes = reader.device_state(name)?.unwrap_or_default();
                    let parts = bytes.chunks_exact(32);
                    receiving.extend(parts.map(|it| KemKey::from_bytes(it.try_into().unwrap())));
                }
                Ok::<_, AppError>(())
            })
            .unwrap();
        for kem in &receiving {
            for (peer, member) in &directory.state().devices {
                for theirs in &member.received {
                    let pair = Pair::of(org, (own, kem), (*peer, &theirs.public)).unwrap();
                    keys.insert(Kid::of(&pair.key), pair.key);
                }
            }
        }
        loop {
            let (mut found, mut opened) = (Vec::new(), BTreeMap::new());
            let mut boxes: Vec<Vec<u8>> = self.boxes.values().cloned().collect();
            for bytes in self.records.values() {
                let Ok(sealed) = open_outer(bytes.clone(), org) else {
                    continue;
                };
                let public = author_key(directory, sealed.outer().device).unwrap();
                let record = sealed.verify(&public).unwrap();
                let lane = keys
                    .values()
                    .find_map(|key| record.open_lane_layer(&LaneKey::of(key)).ok());
                let Some(lane) = lane else { continue };
                let body = keys.values().find_map(|key| lane.open_body(key).ok());
                match body.map(|opened| opened.body) {
                    Some(Body::Keybox(bytes)) => boxes.push(bytes),
                    Some(Body::Changes(_)) => *opened.entry(lane.inner().vault).or_default() += 1,
                    _ => {}
                }
            }
            for bytes in boxes {
                let sealed = SealedKeybox::parse(&bytes).unwrap();
                let Ok(keybox) = sealed.verify(directory) else {
                    continue;
                };
                let for_own = receiving
                    .iter()
                    .find_map(|kem| keybox.open_for(org, own, kem).ok().flatten());
                let by_key = || {
                    keys.values()
                        .find_map(|key| keybox.open_with(org, key).ok().flatten())
                };
                if let Some(key) = for_own.or_else(by_key) {
                    found.extend(keybox.earlier(org, &key).unwrap());
                    found.push(key);
                }
            }
            found.retain(|key| !keys.contains_key(&Kid::of(key)));
            if found.is_empty() {
                return opened;
            }
            keys.extend(found.into_iter().map(|key| (Kid::of(&key), key)));
        }
    }
}

fn vault_of(app: &App, household: &str) -> Vault {
    let doc = household.parse::<domain::DocId>().unwrap().to_bytes();
    let row = app.store.read(|reader| reader.document(&doc)).unwrap();
    Vault::new(row.unwrap().vault)
}

/// Everybody's news to everybody, and what was sent is kept.
fn go_round(apps: &mut [App], hoard: &mut Hoard) {
    for _ in 0..2 {
        for from in 0..apps.len() {
            let bundle = apps[from].bundle_bytes().unwrap();
            hoard.keep(&apps[from]);
            for (to, app) in apps.iter_mut().enumerate() {
                if to != from {
                    let brought = app.import_bytes(&bundle).unwrap();
                    assert_eq!(brought.refused.len(), 0);
                }
            }
        }
    }
}

fn at(app: App, now: i64) -> App {
    let mut app = app;
    let seed = u64::try_from(now).unwrap();
    app = app.with_environment(Box::new(Fixed::new(now, seed)));
    app
}

/// A case that was erased, one that was not, and all that ever was sent; each laptop's time has run out.
fn erased() -> (Vec<App>, Hoard, Vault, Vault) {
    let (mut admin, paper) = founding("管理", 61);
    let paper = crypto::paper::print(&paper).to_string();
    let sato = joining(&mut admin, "佐藤", 62);
    let mut hoard = Hoard::default();
    let made = |app: &mut App, name: &str| {
        let household = id(&call(app, "household.create", json!({ "name": name })));
        note(app, &household, "相談の言葉");
        household
    };
    let (gone, stays) = (made(&mut admin, "消える家"), made(&mut admin, "残る家"));
    let mut apps = vec![admin, sato];
    go_round(&mut apps, &mut hoard);
    let vaults = (vault_of(&apps[0], &gone), vault_of(&apps[0], &stays));
    sign(&mut apps[0], &paper, &asking(&gone));
    go_round(&mut apps, &mut hoard);
    let mut apps: Vec<_> = apps.into_iter().map(|app| run(app, 31)).collect();
    go_round(&mut apps, &mut hoard);
    for app in &apps {
        let keys = app.store.read(|r| r.vault_keys(vaults.0.as_bytes()));
        assert!(keys.unwrap().is_empty(), "no laptop has its key itself");
    }
    (apps, hoard, vaults.0, vaults.1)
}

fn sweep(apps: &mut [App], hoard: &mut Hoard) {
    for app in apps.iter_mut() {
        app.keys_sweep().unwrap();
    }
    go_round(apps, hoard);
}

/// Which of the laptops still open the erased case; all of them open the other one.
fn still_open(apps: &[App], hoard: &Hoard, gone: Vault, stays: Vault) -> Vec<bool> {
    let each = apps.iter().map(|app| {
        let opened = hoard.opens_for(app);
        assert!(opened.contains_key(&stays), "what is here opens");
        opened.contains_key(&gone)
    });
    each.collect()
}

#[test]
fn after_two_sweeps_nothing_that_was_ever_sent_opens_an_erased_case_by_the_keys_of_any_laptop() {
    let (mut apps, mut hoard, gone, stays) = erased();
    // Red control: before them, any laptop's keys do.
    assert_eq!(still_open(&apps, &hoard, gone, stays), [true, true]);
    sweep(&mut apps, &mut hoard);
    assert_eq!(
        still_open(&apps, &hoard, gone, stays),
        [true, true],
        "one keeps the generation before"
    );
    sweep(&mut apps, &mut hoard);
    assert_eq!(still_open(&apps, &hoard, gone, stays), [false, false]);
    for app in &mut apps {
        is_sound(app);
        assert!(app.store.check().unwrap().is_empty(), "no key is missed");
    }
}

#[test]
fn without_giving_up_they_do() {
    for out in [&KEEPS_ALL, &CARRIES_ON, &KEEPS_RECEIVING] {
        let (mut apps, mut hoard, gone, stays) = erased();
        out.set(true);
        sweep(&mut apps, &mut hoard);
        sweep(&mut apps, &mut hoard);
        let open = still_open(&apps, &hoard, gone, stays);
        out.set(false);
        assert!(open.contains(&true));
    }
}

/// The keys are overwritten, not only unnamed.
#[test]
fn of_a_key_that_was_given_up_no_byte_is_left() {
    let (mut apps, mut hoard, ..) = erased();
    let office = apps[0].trust.office;
    let keys = |app: &App| {
        let wraps = app.store.read(|r| r.vault_keys(office.wraps().as_bytes()));
        let mut bytes: Vec<[u8; 32]> = wraps.unwrap().iter().map(|key| *key.expose()).collect();
        bytes.push(*app.identity.kem.expose());
        bytes
    };
    let before: Vec<_> = apps.iter().map(keys).collect();
    sweep(&mut apps, &mut hoard);
    let file = tempfile::tempdir().unwrap();
    let lies = |app: &App, key: &[u8; 32]| {
        let path = file.path().join("image");
        assert!(app.store.image(&path).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        bytes.windows(32).any(|part| part == key)
    };
    // Red control: they are found while they are kept.
    assert!(before[0].iter().all(|key| lies(&apps[0], key)));
    sweep(&mut apps, &mut hoard);
    for (app, keys) in apps.iter().zip(&before) {
        assert!(keys.iter().all(|key| !lies(app, key)));
    }
}

#[test]
fn who_was_away_for_two_sweeps_is_not_locked_out_nor_what_it_wrote() {
    let [mut admin, mut sato, mut away] = office::<3>(71);
    let mut hoard = Hoard::default();
    let new =
        |app: &mut App, name: &str| id(&call(app, "household.create", json!({ "name": name })));
    new(&mut admin, "はじめの家");
    let mut all = vec![admin, sato, away];
    go_round(&mut all, &mut hoard);
    away = all.pop().unwrap();
    let by_away = new(&mut away, "離れて書いた家");
    // By itself, twice: what the others seal to the key that they know it opens no more.
    new(&mut all[0], "その間の家");
    let late = all[0].bundle_bytes().unwrap();
    away.keys_sweep().unwrap();
    away.keys_sweep().unwrap();
    sweep(&mut all, &mut hoard);
    new(&mut all[1], "あとの家");
    sweep(&mut all, &mut hoard);
    away.import_bytes(&late).unwrap();
    all.push(away);
    go_round(&mut all, &mut hoard);
    go_round(&mut all, &mut hoard);
    away = all.pop().unwrap();
    sato = all.pop().unwrap();
    admin = all.pop().unwrap();
    for app in [&mut admin, &mut sato, &mut away] {
        assert_eq!(super::teams::names(app, json!({})).len(), 4);
        call(app, "household.get", json!({ "id": by_away }));
        note(app, &by_away, "追記");
    }
    give(&mut away, &mut admin);
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    assert_same(&admin, &sato);
}

#[test]
fn whoever_comes_in_after_a_sweep_reads_all_and_is_given_no_earlier_wrapping_key() {
    let [admin, sato] = office::<2>(72);
    let mut apps = vec![admin, sato];
    let mut hoard = Hoard::default();
    call(
        &mut apps[1],
        "household.create",
        json!({ "name": "古い家" }),
    );
    go_round(&mut apps, &mut hoard);
    sweep(&mut apps, &mut hoard);
    let mut suzuki = joining(&mut apps[0], "鈴木", 73);
    give(&mut apps[0], &mut suzuki);
    assert_eq!(super::teams::names(&mut suzuki, json!({})), ["古い家"]);
    let held = |app: &App| {
        let vault = app.trust.office.wraps();
        let keys = app.store.read(|r| r.vault_keys(vault.as_bytes())).unwrap();
        keys.len()
    };
    assert_eq!((held(&apps[0]), held(&suzuki)), (2, 1));
}

/// A laptop makes keys by its own clock, and nothing is destroyed by it.
#[test]
fn each_half_year_keys_are_renewed_by_themselves_and_one_generation_is_kept() {
    let [admin, sato] = office::<2>(74);
    let mut apps = vec![admin, sato];
    let mut hoard = Hoard::default();
    call(&mut apps[0], "household.create", json!({ "name": "家" }));
    go_round(&mut apps, &mut hoard);
    let first = apps[0].keys_state().unwrap();
    assert_eq!(
        (first.teams[0].generation, first.devices[0].renewed),
        (1, 0)
    );
    for half in 1..=3 {
        apps = apps
            .into_iter()
            .map(|app| at(app, NOON + half * 183 * DAY))
            .collect();
        go_round(&mut apps, &mut hoard);
        go_round(&mut apps, &mut hoard);
        for app in &mut apps {
            let view = app.keys_state().unwrap();
            let half = u32::try_from(half).unwrap();
            assert_eq!(view.teams[0].generation, half + 1);
            assert_eq!(view.teams[0].kept, 2);
            assert!(view.devices.iter().all(|it| it.renewed == half));
            assert!(view.devices.iter().all(|it| !it.overdue));
        }
    }
    // A clock that runs on alone destroys nothing.
    let mut lone = at(apps.pop().unwrap(), NOON + 3650 * DAY);
    lone.heard = false;
    lone.bundle_bytes().unwrap();
    let view = lone.keys_state().unwrap();
    assert_eq!((view.teams[0].generation, view.teams[0].kept), (4, 2));
    assert!(view.devices.iter().all(|it| it.overdue), "it is said");
}

#[test]
fn a_restricted_record_reaches_a_device_whose_renewal_its_writer_has_not_heard_of() {
    let [mut admin, mut sato] = office::<2>(75);
    let household = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "家" }),
    ));
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    admin.keys_sweep().unwrap();
    let wish = json!({
        "householdId": household,
        "text": "限られた人の言葉",
        "restrictTo": [admin.identity.worker],
    });
    call(&mut sato, "note.create", wish);
    let brought = give(&mut sato, &mut admin);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    let list = call(&mut admin, "restricted.list", json!({}));
    let wish = json!({ "id": list["items"][0]["id"], "reason": "訪問の前に確かめる" });
    let opened = call(&mut admin, "restricted.open", wish);
    assert!(opened.to_string().contains("限られた人の言葉"));
}

#[test]
fn the_register_names_who_still_has_keys_of_before_an_erasure_and_says_when_nobody_has() {
    let (mut apps, mut hoard, ..) = erased();
    let told = |app: &mut App| {
        let list = app.erasures().unwrap();
        let keys = list.items[0].keys.clone().unwrap();
        (keys.waiting.len(), keys.teams.len(), keys.nowhere.is_some())
    };
    assert_eq!(told(&mut apps[0]), (2, 1, false));
    sweep(&mut apps, &mut hoard);
    assert_eq!(told(&mut apps[0]), (2, 1, false), "one sweep is not enough");
    apps[0].keys_sweep().unwrap();
    go_round(&mut apps, &mut hoard);
    assert_eq!(told(&mut apps[0]), (1, 0, false), "the other one is named");
    // Who came in before all was given up has no key of before.
    let suzuki = joining(&mut apps[0], "鈴木", 63);
    apps.push(suzuki);
    go_round(&mut apps, &mut hoard);
    assert_eq!(told(&mut apps[0]), (1, 0, false));
    apps[1].keys_sweep().unwrap();
    go_round(&mut apps, &mut hoard);
    assert_eq!(told(&mut apps[0]), (0, 0, false), "a backup may be left");
    let late = apps[0].environment.now() + 400 * DAY;
    let mut admin = at(apps.remove(0), late);
    assert_eq!(told(&mut admin), (0, 0, true));
}

#[test]
fn a_sweep_renews_a_workers_own_key_and_an_administrators_teams_besides() {
    let [mut admin, mut sato] = office::<2>(76);
    let (view, _) = sato.keys_sweep().unwrap();
    let own = |view: &crate::keys::KeysView| view.devices[0].renewed;
    assert_eq!((own(&view), view.teams[0].generation), (1, 1));
    let (view, _) = admin.keys_sweep().unwrap();
    assert_eq!((own(&view), view.teams[0].generation), (1, 2));
    let (view, _) = admin.keys_sweep().unwrap();
    assert_eq!((view.teams[0].generation, view.teams[0].kept), (3, 2));
    assert_eq!(view.given_up, 1);
    // Alone, there is no box of the first key.
    let (mut alone, _) = founding("佐藤", 80);
    for generation in 2..5 {
        let (view, _) = alone.keys_sweep().unwrap();
        let team = &view.teams[0];
        assert_eq!((team.generation, team.kept), (generation, 2));
    }
}

/// Whether a case's newest key is boxed under the newest wrapping key that a laptop has.
fn is_under_newest(app: &App, case: Vault) -> bool {
    let (directory, office) = (&app.trust.directory, app.trust.office);
    let newest = |vault: Vault| {
        let keys = app.store.read(|r| r.vault_keys(vault.as_bytes())).unwrap();
        Kid::of(&keys[0])
    };
    let (key, under) = (newest(case), (office, newest(office.wraps())));
    let rows = app
        .store
        .read(|reader| reader.signed_of(Signed::Keybox, case.as_bytes()));
    rows.unwrap().into_iter().any(|row| {
        let keybox = SealedKeybox::parse(&row.bytes).unwrap();
        let keybox = keybox.verify(directory).unwrap();
        keybox.kid() == key && keybox.team_kids().any(|it| it == under)
    })
}

/// While a case is to be erased, a sweep leaves it out; taken back, it is boxed before anything else is sent.
#[test]
fn a_case_that_is_taken_back_after_a_sweep_is_boxed_under_the_newest_wrapping_key() {
    for unnoted in [false, true] {
        let (mut admin, paper) = founding("管理", 82);
        let paper = crypto::paper::print(&paper).to_string();
        let sato = joining(&mut admin, "佐藤", 83);
        let household = id(&call(
            &mut admin,
            "household.create",
            json!({ "name": "戻る家" }),
        ));
        let (mut apps, mut hoard) = (vec![admin, sato], Hoard::default());
        go_round(&mut apps, &mut hoard);
        let case = vault_of(&apps[0], &household);
        let order = sign(&mut apps[0], &paper, &asking(&household));
        go_round(&mut apps, &mut hoard);
        sweep(&mut apps, &mut hoard);
        assert!(!is_under_newest(&apps[0], case), "hidden, it is left out");
        SHOWN_UNNOTED.set(unnoted);
        apps[0].erase_cancel(&order.id).unwrap();
        let [admin, sato] = apps.as_mut_slice() else {
            panic!("two laptops");
        };
        give(admin, sato);
        SHOWN_UNNOTED.set(false);
        let mut suzuki = joining(admin, "鈴木", 84);
        give(sato, &mut suzuki);
        for app in [admin, sato] {
            assert_eq!(is_under_newest(app, case), !unnoted);
            call(app, "household.get", json!({ "id": household }));
        }
        // The red control: the one who came in since has no key that it was boxed under.
        let names = super::teams::names(&mut suzuki, json!({}));
        assert_eq!(names.is_empty(), unnoted);
    }
}

/// A laptop that had not heard of a sweep wrote, gave it to one colleague, and is lost.
#[test]
fn the_last_wrapping_key_that_opens_a_case_is_given_up_only_once_it_is_boxed_anew() {
    for unlooked in [false, true] {
        let [mut admin, mut sato, mut lost] = office::<3>(77);
        for app in [&mut sato, &mut lost] {
            give(&mut admin, app);
        }
        call(&mut lost, "household.create", json!({ "name": "最後の家" }));
        give(&mut lost, &mut sato);
        UNLOOKED.set(unlooked);
        // The administrator has not got it, and sweeps twice.
        for _ in 0..2 {
            admin.keys_sweep().unwrap();
            give(&mut admin, &mut sato);
        }
        let mut suzuki = joining(&mut admin, "鈴木", 78);
        give(&mut sato, &mut suzuki);
        UNLOOKED.set(false);
        let names = super::teams::names(&mut suzuki, json!({}));
        assert_eq!(names.is_empty(), unlooked, "red control: unlooked");
    }
}

#[test]
fn a_restricted_record_is_boxed_anew_for_a_reader_that_gave_up_the_key_it_was_sealed_to() {
    let [mut admin, mut sato] = office::<2>(79);
    let household = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "家" }),
    ));
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    let wish = json!({
        "householdId": household,
        "text": "限られた人の言葉",
        "restrictTo": [admin.identity.worker],
    });
    call(&mut sato, "note.create", wish);
    let late = sato.bundle_bytes().unwrap();
    admin.keys_sweep().unwrap();
    admin.keys_sweep().unwrap();
    admin.import_bytes(&late).unwrap();
    let readable = |app: &mut App| {
        let list = call(app, "restricted.list", json!({}));
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(readable(&mut admin), 0, "red control: the key is gone");
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    assert_eq!(readable(&mut admin), 1);
}
