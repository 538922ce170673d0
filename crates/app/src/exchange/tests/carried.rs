//! What was carried to another team's lane counts as it did in its own: forged it has no effect, beyond a cut it is taken out
//! again, erased it is gone in both lanes; and what a move does not touch stays as it was.

use domain::DocId;
use serde_json::json;
use sync::vector::Line;
use wire::body::{Body, Carry};
use wire::envelope::{
    Author, Draft, LaneKey, STUB_LEN, SealKeys, Verified, open_outer, seal_record,
};
use wire::ids::{Device, Doc, Group, Hash, Org, Vault};

use super::super::ledger::Ledger;
use super::carry::{at, fine, moved, note, notes, settled, settled_with};
use super::teams::{Two, act};
use super::*;
use crate::ErrorCode;
use crate::exchange::carry::tests::ANY_CARRY;
use crate::exchange::erase::effect::DAY;
use crate::facts::said::unhex;
use crate::session::view::ProposeErasure;

/// A record that is kept on a device, as it came.
fn kept(app: &App, id: [u8; 32]) -> Verified {
    let bytes = app.store.read(|r| r.record(&id)).unwrap().unwrap().bytes;
    let sealed = open_outer(bytes, app.trust.directory.org()).unwrap();
    let public = author_key(&app.trust.directory, sealed.outer().device).unwrap();
    sealed.verify(&public).unwrap()
}

/// The record of the newest change of a household that this device has in its own words.
fn own_record(app: &App, vault: &[u8; 16]) -> ([u8; 32], [u8; 16]) {
    app.store
        .read(|reader| {
            for row in reader.record_places()?.into_iter().rev() {
                let docs = reader.documents_of_record(&row.id)?;
                if let Some((_, doc)) = docs.into_iter().find(|(of, _)| of == vault)
                    && row.device == app.identity.device
                {
                    return Ok::<_, store::Error>((row.id, doc));
                }
            }
            panic!("no record");
        })
        .unwrap()
}

fn vault_of(app: &App, home: &Value) -> [u8; 16] {
    let doc = id(home).parse::<DocId>().unwrap().to_bytes();
    app.store.read(|r| r.document(&doc)).unwrap().unwrap().vault
}

/// Seals a carry into a team's lane, as a program without scruples would.
fn plant(app: &mut App, team: &str, vault: [u8; 16], doc: [u8; 16], carry: Carry) {
    let group = Group::new(unhex(team).unwrap());
    let App {
        store,
        identity,
        trust,
        ..
    } = app;
    let incarnation = store.incarnation();
    store
        .transact(|tx| {
            let mut ledger = Ledger::open(tx, NOON)?;
            let device = Device::new(identity.device);
            let lane_key = tx.vault_keys(group.vault().as_bytes())?.remove(0);
            let lane_key = LaneKey::of(&lane_key);
            let key = tx.vault_keys(&vault)?.remove(0);
            let roster = crate::trust::roster_head(tx, &trust.directory, &vault).unwrap();
            let draft = Draft {
                vault: Vault::new(vault),
                dir_head: Hash::new(trust.dir_head()),
                roster_head: Hash::new(roster),
                doc: Doc::new(doc),
                body: &Body::Carry(carry),
            };
            let author = Author {
                org: Org::new(identity.org),
                device,
                sign: &identity.sign,
            };
            let place = ledger.next(Line {
                lane: group.lane(),
                device,
                incarnation,
            });
            let keys = SealKeys {
                lane: &lane_key,
                vault: &key,
            };
            ledger.put_own(&seal_record(author, place, keys, &draft).unwrap())
        })
        .unwrap();
}

/// A carry of a kept record of a team's lane; with a byte changed in its words.
fn carry_of(app: &App, team: &str, id: [u8; 32], altered: bool) -> Carry {
    let record = kept(app, id);
    let vault = unhex(team).unwrap();
    let keys = app.store.read(|r| r.vault_keys(&vault)).unwrap();
    let key = keys
        .iter()
        .map(LaneKey::of)
        .find(|key| key.id() == record.outer().lkid)
        .unwrap();
    let carry = Carry::of(&record, key.record_key(record.outer()));
    if !altered {
        return carry;
    }
    let mut bytes = Body::Carry(carry).encode();
    let from = bytes.len() - 200;
    bytes[from] ^= 1;
    match Body::decode(wire::body::Kind::CARRY, &bytes).unwrap() {
        Body::Carry(carry) => carry,
        _ => unreachable!(),
    }
}

/// A second home of the west beside the one that came, and a note in it that the other western laptop has not.
fn beside(seed: u64) -> (Two, Value, Value) {
    let (mut s, home) = settled(seed);
    let west = s.teams[1].clone();
    moved(&mut s.admin, &home, &west);
    let [w1, w2] = &mut s.west;
    fine(&give(&mut s.admin, w1));
    fine(&give(&mut s.admin, w2));
    let other = call(w1, "household.create", json!({ "name": "西の家" }));
    note(w1, &other, "西の家の記録");
    w1.bundle_bytes().unwrap();
    (s, home, other)
}

fn codes(brought: &crate::session::view::ImportView) -> Vec<&str> {
    brought.refused.iter().map(|it| it.code.as_str()).collect()
}

#[test]
fn a_carry_whose_words_were_altered_has_no_effect_and_the_true_one_has() {
    for altered in [true, false] {
        let (mut s, _, other) = beside(540);
        let west = s.teams[1].clone();
        let [w1, w2] = &mut s.west;
        let vault = vault_of(w1, &other);
        let (record, doc) = own_record(w1, &vault);
        let carry = carry_of(w1, &west, record, altered);
        plant(w1, &west, vault, doc, carry);
        let brought = give(w1, w2);
        let want: &[&str] = if altered { &["forged"] } else { &[] };
        assert_eq!(codes(&brought), want);
        assert_eq!(notes(w2, &other), ["西の家の記録"]);
        assert_eq!(brought.held, 0);
    }
}

/// A record of one case, carried in the name of another.
fn replayed(seed: u64) -> Vec<String> {
    let (mut s, home, other) = beside(seed);
    let west = s.teams[1].clone();
    let [w1, w2] = &mut s.west;
    let (vault, foreign) = (vault_of(w1, &home), vault_of(w1, &other));
    let (record, doc) = own_record(w1, &foreign);
    let carry = carry_of(w1, &west, record, false);
    plant(w1, &west, vault, doc, carry);
    let brought = give(w1, w2);
    let codes = codes(&brought).into_iter().map(str::to_owned).collect();
    assert_eq!(
        notes(w2, &home).len(),
        2,
        "nothing came into the other case"
    );
    codes
}

#[test]
fn a_record_of_another_case_is_not_carried_in() {
    assert_eq!(replayed(541), ["foreign_vault"]);
}

/// Red control: without the look at the case that it came for, it would take effect.
#[test]
fn without_a_look_at_the_case_it_would_be() {
    ANY_CARRY.set(true);
    let codes = replayed(541);
    ANY_CARRY.set(false);
    assert_eq!(codes, [""; 0]);
}

/// Who was shut out: late words beyond the cut count in no lane, and come back with an adoption.
#[test]
fn beyond_the_cut_late_words_are_taken_out_where_they_were_carried_to() {
    let (mut s, home, paper) = settled_with(542, ["worker"; 4]);
    let west = s.teams[1].clone();
    moved(&mut s.admin, &home, &west);
    fine(&give(&mut s.admin, &mut s.west[0]));
    s.admin.team_act(&act("add", &west, &s.east[1])).unwrap();
    let mut second = Vec::new();
    {
        let [thief, both] = &mut s.east;
        fine(&give(&mut s.admin, both));
        note(thief, &home, "盗まれた後");
        // One who is in both carries it before the administrator hears of it.
        fine(&give(thief, both));
        fine(&give(both, &mut s.west[0]));
        second.push(notes(&mut s.west[0], &home).len());
    }
    let thief = s.east[0].identity.device;
    s.admin.revoke_device(thief, Some(&paper)).unwrap();
    fine(&give(&mut s.admin, &mut s.west[0]));
    second.push(notes(&mut s.west[0], &home).len());
    // The other order: the act first.
    fine(&give(&mut s.admin, &mut s.west[1]));
    give(&mut s.east[1], &mut s.west[1]);
    second.push(notes(&mut s.west[1], &home).len());
    give(&mut s.east[1], &mut s.admin);
    assert_eq!(s.admin.adopt_from(thief).unwrap().0, 1);
    for app in &mut s.west {
        give(&mut s.admin, app);
        second.push(notes(app, &home).len());
    }
    assert_eq!(second, [3, 2, 2, 3, 3]);
}

/// Erased after it went: nothing of it stays in either lane, at those who read it last and at those who read it before.
#[test]
fn erased_after_the_move_it_is_gone_in_both_lanes() {
    let (mut s, home, paper) = settled_with(543, ["worker"; 4]);
    let west = s.teams[1].clone();
    moved(&mut s.admin, &home, &west);
    note(&mut s.admin, &home, "移したあとの記録");
    let vault = vault_of(&s.admin, &home);
    {
        let Two {
            admin, east, west, ..
        } = &mut s;
        for app in east.iter_mut().chain(west) {
            fine(&give(admin, app));
        }
    }
    let lies_in = |app: &App| -> Vec<[u8; 32]> {
        let part = store::table::erase::Part { vault, doc: None };
        app.store.read(|r| r.records_of_part(&part)).unwrap()
    };
    let records: Vec<_> = [&s.admin, &s.east[0], &s.west[0]].map(lies_in).concat();
    let request = ProposeErasure {
        household_id: Some(id(&home).parse::<DocId>().unwrap()),
        documents: Vec::new(),
        field: None,
        reason: "保存期間の満了".to_owned(),
        basis: "文書管理規程 第12条".to_owned(),
        asked_by: "佐藤".to_owned(),
    };
    let (list, _) = s.admin.erase_propose(&request).unwrap();
    let order = list.items[0].id.clone();
    s.admin.erase_sign(&order, Some(&paper)).unwrap();
    let Two {
        mut admin,
        mut east,
        mut west,
        ..
    } = s;
    for app in east.iter_mut().chain(&mut west) {
        give(&mut admin, app);
        assert!(attempt(app, "household.get", json!({ "id": id(&home) })).is_err());
    }
    let [e1, _] = east;
    let [w1, _] = west;
    for mut app in [admin, e1, w1] {
        for day in 1..=31 {
            app = app.with_environment(Box::new(Fixed::new(NOON + day * DAY, 77)));
            app.after_erasures().unwrap();
        }
        for id in &records {
            if let Some(row) = app.store.read(|r| r.record(id)).unwrap() {
                assert_eq!(row.bytes.len(), STUB_LEN, "{}", row.state);
            }
        }
        let keys = app.store.read(|r| r.vault_keys(&vault)).unwrap();
        assert!(keys.is_empty());
    }
}

/// A supervisor of the old team who is not in the new one moves it: it arrives through her, and once more through somebody
/// who is in both, to one effect.
#[test]
fn a_supervisor_who_is_not_in_the_new_team_moves_it_beside_one_who_is_in_both() {
    let (mut s, home, _) = settled_with(544, ["worker", "supervisor", "worker", "worker"]);
    let west = s.teams[1].clone();
    let Two {
        admin,
        east: [_, lead],
        west: [w1, _],
        ..
    } = &mut s;
    fine(&give(admin, lead));
    note(lead, &home, "移す前の最後の記録");
    moved(lead, &home, &west);
    let asked = json!({ "id": id(&home), "field": "summary", "value": "もう書けない" });
    let refused = attempt(lead, "household.update", asked).unwrap_err();
    assert_eq!(refused.code, ErrorCode::MovedAway);
    fine(&give(lead, w1));
    assert_eq!(notes(w1, &home).len(), 3);
    fine(&give(lead, admin));
    fine(&give(admin, w1));
    assert_eq!(notes(w1, &home).len(), 3);
    note(w1, &home, "西の記録");
    fine(&give(w1, admin));
    fine(&give(admin, lead));
    assert_eq!(
        notes(lead, &home).len(),
        3,
        "what it wrote itself, and nothing later"
    );
}

/// Who comes into the new team after the move reads all of it.
#[test]
fn whoever_comes_in_later_reads_all_of_it() {
    let (mut s, home) = settled(545);
    let west = s.teams[1].clone();
    moved(&mut s.admin, &home, &west);
    fine(&give(&mut s.admin, &mut s.west[0]));
    note(&mut s.west[0], &home, "西の記録");
    fine(&give(&mut s.west[0], &mut s.admin));
    let mut late = joining(&mut s.admin, "鈴木", 5451);
    s.admin.team_act(&act("add", &west, &late)).unwrap();
    fine(&give(&mut s.admin, &mut late));
    assert_eq!(notes(&mut late, &home).len(), 3);
    note(&mut late, &home, "新しい人の記録");
    fine(&give(&mut late, &mut s.west[1]));
    fine(&give(&mut s.admin, &mut s.west[1]));
    assert_eq!(notes(&mut s.west[1], &home).len(), 4);
    // One of the old team who is put into the new one writes again.
    s.admin.team_act(&act("add", &west, &s.east[0])).unwrap();
    fine(&give(&mut s.admin, &mut s.east[0]));
    note(&mut s.east[0], &home, "もとの人の記録");
    fine(&give(&mut s.east[0], &mut s.west[0]));
    assert!(notes(&mut s.west[0], &home).contains(&"もとの人の記録".to_owned()));
}

/// A restricted record is not the team's: its named readers read it, whichever team they are in, before and after a move.
#[test]
fn a_reader_of_another_team_reads_a_restricted_record() {
    let (mut s, home) = settled(546);
    let west = s.teams[1].clone();
    let reader = s.west[0].identity.worker.clone();
    let asked = json!({ "householdId": id(&home), "text": "ひみつの記録", "restrictTo": [reader] });
    call(&mut s.east[0], "note.create", asked);
    let Two {
        admin,
        east: [e1, e2],
        west: [w1, w2],
        ..
    } = &mut s;
    let bundle = e1.bundle_bytes().unwrap();
    for app in [&mut *w1, &mut *w2, &mut *e2, &mut *admin] {
        fine(&app.import_bytes(&bundle).unwrap());
    }
    let restricted = |app: &mut App| {
        let list = call(app, "restricted.list", json!({}));
        list["items"].as_array().unwrap().clone()
    };
    for app in [&mut *w2, &mut *e2, &mut *admin] {
        assert_eq!(restricted(app).len(), 0);
    }
    moved(admin, &home, &west);
    fine(&give(admin, w1));
    let found = restricted(w1);
    assert_eq!(found.len(), 1);
    let asked = json!({ "id": found[0]["id"], "reason": "訪問の前に確かめる" });
    let opened = call(w1, "restricted.open", asked);
    assert!(opened.to_string().contains("ひみつの記録"), "{opened}");
}

#[test]
fn nobody_covers_households_of_a_team_that_they_are_not_in() {
    let (mut s, home) = settled(547);
    let asked = |app: &App| {
        let coverer = app.identity.worker.clone();
        json!({ "covererId": coverer, "until": "2026-12-24", "householdIds": [id(&home)] })
    };
    let (outside, inside) = (asked(&s.west[0]), asked(&s.east[1]));
    let refused = attempt(&mut s.east[0], "cover.start", outside).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CovererNotInTeam);
    call(&mut s.east[0], "cover.start", inside);
}

#[test]
fn a_cover_leaves_out_what_the_colleague_cannot_read_where_that_is_asked() {
    let (mut s, home) = settled(549);
    let own = call(
        &mut s.admin,
        "household.create",
        json!({ "team": s.teams[1] }),
    );
    let (coverer, away) = (
        s.west[0].identity.worker.clone(),
        s.admin.identity.worker.clone(),
    );
    let lead = json!({ "id": id(&home), "field": "leadWorkerId", "value": away });
    call(&mut s.admin, "household.update", lead);
    let mut asked = json!({ "covererId": coverer, "until": "2026-12-24" });
    let refused = attempt(&mut s.admin, "cover.start", asked.clone()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CovererNotInTeam);
    asked["readableOnly"] = json!(true);
    let started = call(&mut s.admin, "cover.start", asked);
    assert_eq!(started["householdIds"], json!([own["id"]]));
    // Where nothing is left, nothing begins.
    let none = json!({ "covererId": coverer, "until": "2026-12-24", "readableOnly": true, "householdIds": [id(&home)] });
    let refused = attempt(&mut s.admin, "cover.start", none).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CovererNotInTeam);
    // Whoever leads nothing is told so.
    let idle = json!({ "workerId": coverer, "covererId": away, "until": "2026-12-24" });
    let refused = attempt(&mut s.admin, "cover.start", idle).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NothingToCover);
}

/// An attachment of a case goes along.
#[test]
fn its_attachments_go_along() {
    let (mut s, home) = settled(548);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("記録.txt");
    std::fs::write(&path, "添付の記録\n".repeat(9_000)).unwrap();
    let request = json!({ "householdId": id(&home), "name": "", "content": "" });
    let request = serde_json::from_value(request).unwrap();
    let attached = s.east[0].attach_file(&path, request).unwrap().0.id;
    fine(&give_with_files(&mut s.east[0], &mut s.admin));
    let west = s.teams[1].clone();
    at(&mut s.admin, 60_000, 5481);
    moved(&mut s.admin, &home, &west);
    fine(&give_with_files(&mut s.admin, &mut s.west[0]));
    let opened = call(&mut s.west[0], "attachment.open", json!({ "id": attached }));
    assert!(opened.to_string().len() > 9_000);
}

/// By a file on a stick, with what belongs to its records.
fn give_with_files(from: &mut App, to: &mut App) -> crate::session::view::ImportView {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("to.mgb");
    from.bundle_export(&path, &crate::session::view::ExportBundle::default())
        .unwrap();
    to.bundle_import(&path).unwrap().0
}
