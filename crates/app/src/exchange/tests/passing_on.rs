//! Cases go from contractor to contractor, and may come back.

use std::path::PathBuf;

use domain::DocId;
use serde_json::json;
use wire::body::{Body, Kind};
use wire::ids::{Doc, Hash};

use super::passing::{SECRET, Two, later, note, notes, shown, sound, two, worker};
use super::*;
use crate::ErrorCode;
use crate::exchange::carry;
use crate::exchange::export::LeaveOut;
use crate::exchange::ingest::Ingest;
use crate::exchange::ingest::passed::tests::{ANY_CASE, ANY_RETURN, JUDGED_BY, NOT_AGAIN};
use crate::exchange::passing::tests::{FRONT, Front, STILL_HERE};
use crate::exchange::seal::Sealer;
use crate::session::view::{PassOut, PassTaken};

/// Two offices, of which the second has taken the household in and written on, and a third.
struct Three {
    s: Two,
    third: App,
    hara: App,
    paper: String,
}

fn three(seed: u64) -> Three {
    let mut s = two(seed);
    s.pass("1.mgpass");
    s.take("1.mgpass").unwrap();
    give(&mut s.new, &mut s.mori);
    let home = s.home.clone();
    note(&mut s.mori, &home, "三人目の記録");
    let edit = json!({ "id": home, "field": "summary", "value": "二つめの概況" });
    call(&mut s.mori, "household.update", edit);
    give(&mut s.mori, &mut s.new);
    let (mut third, paper) = founding("三つめ", seed + 4);
    let hara = joining(&mut third, "原", seed + 5);
    Three {
        s,
        third,
        hara,
        paper: crypto::paper::print(&paper).to_string(),
    }
}

impl Three {
    fn path(&self, name: &str) -> PathBuf {
        self.s.path(name)
    }

    /// The second office passes the household on. Gives the passing's id.
    fn pass(&mut self, name: &str, restricted: &[DocId]) -> String {
        let (_, wish) = self.third.pass_wish().unwrap();
        let (path, asking) = (self.path(name), self.asking(restricted));
        self.s.new.pass_out(&path, &wish, &asking).unwrap().0.id
    }

    fn asking(&self, restricted: &[DocId]) -> PassOut {
        PassOut {
            restricted: restricted.to_vec(),
            paper_admin_key: Some(self.s.new_paper.clone()),
            ..self.s.asking()
        }
    }

    fn take(&mut self, name: &str) -> Result<(PassTaken, Vec<u8>), AppError> {
        let path = self.path(name);
        let (taken, receipt, _) = self.third.pass_in(&path, None, &[])?;
        Ok((taken, receipt))
    }
}

/// Notes with who wrote them.
fn authors(app: &mut App, household: &str) -> Vec<(String, String)> {
    let view = call(app, "household.get", json!({ "id": household }));
    let all = view["notes"].as_array().unwrap().iter();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<_> = all
        .map(|it| (word(&it["text"]), word(&it["author"]["name"])))
        .collect();
    all.sort();
    all
}

fn past(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all = vec![
        ("一人目の記録", "古い（古いの職場）"),
        ("二人目の記録", "佐藤（古いの職場）"),
        ("三人目の記録", "森（新しいの職場）"),
    ];
    all.extend(more);
    let mut all: Vec<_> = all
        .into_iter()
        .map(|(text, name)| (text.to_owned(), name.to_owned()))
        .collect();
    all.sort();
    all
}

fn vault(app: &App, doc: &str) -> [u8; 16] {
    let doc: DocId = doc.parse().unwrap();
    let row = app.store.read(|r| r.document(&doc.to_bytes())).unwrap();
    row.unwrap().vault
}

/// Something was taken in, or nothing was.
fn standing(app: &App) -> (usize, usize) {
    let places = app.store.read(|r| r.record_places()).unwrap().len();
    (rows(app).len(), places)
}

#[test]
fn the_third_office_reads_what_was_written_in_both_before_and_writes_on() {
    let mut t = three(1101);
    let home = t.s.home.clone();
    let before = call(&mut t.s.mori, "history", json!({ "id": home }));
    t.pass("2.mgpass", &[]);
    let seen = t.third.pass_look(&t.path("2.mgpass")).unwrap();
    assert_eq!(seen.office, "新しいの職場");
    let words = crate::session::view_words(&t.s.old.office_words());
    assert_eq!(seen.before, [words], "whose words are in it too");
    let (taken, _) = t.take("2.mgpass").unwrap();
    assert_eq!((taken.households, taken.known), (1, 0));
    let brought = give(&mut t.third, &mut t.hara);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    for app in [&mut t.third, &mut t.hara] {
        assert_eq!(authors(app, &home), past(&[]));
        let view = call(app, "household.get", json!({ "id": home }));
        assert_eq!(view["members"][0]["givenName"], json!("花子"));
        assert_eq!(
            view["summary"],
            call(&mut t.s.new, "household.get", json!({ "id": home }))["summary"]
        );
        sound(app);
    }
    // What was changed when stays what it was; on top of it nobody leads it here.
    let after = call(&mut t.hara, "history", json!({ "id": home }));
    let times = |view: &Value| -> Vec<Value> {
        let all = view["items"].as_array().unwrap().iter();
        all.map(|it| it["at"].clone()).collect()
    };
    let (before, after) = (times(&before), times(&after));
    assert!(before.iter().all(|at| after.contains(at)) && after.len() > before.len());

    // Another's words go on from there, and what the second office writes late comes after.
    note(&mut t.hara, &home, "四人目の記録");
    let edit = json!({ "id": home, "field": "summary", "value": "三つめの概況" });
    call(&mut t.hara, "household.update", edit);
    let brought = give(&mut t.hara, &mut t.third);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    let again = t.take("2.mgpass").unwrap().0;
    assert_eq!((again.records, again.known), (0, taken.records));
    note(&mut t.s.new, &home, "遅れた記録");
    let pass = t.pass("3.mgpass", &[]);
    let (late, receipt) = t.take("3.mgpass").unwrap();
    assert!(late.records > 0 && late.known == taken.records);
    give(&mut t.third, &mut t.hara);
    let all = past(&[
        ("四人目の記録", "原"),
        ("遅れた記録", "新しい（新しいの職場）"),
    ]);
    for app in [&mut t.third, &mut t.hara] {
        assert_eq!(authors(app, &home), all);
        sound(app);
    }
    assert_eq!(shared(&mut t.third, &home), shared(&mut t.hara, &home));

    // The second office erases what it passed on, and proves it; the third keeps all.
    t.s.new.pass_receipt(&receipt).unwrap();
    let paper = t.s.new_paper.clone();
    t.s.new.pass_erase(&pass, Some(&paper)).unwrap();
    assert!(attempt(&mut t.s.new, "household.get", json!({ "id": home })).is_err());
    later(&mut t.s.new, 31);
    let proof = t.s.new.pass_proof(&pass).unwrap();
    let held = crate::passing::check(&proof).unwrap();
    assert_eq!(
        (held.from.as_str(), held.to.as_str()),
        ("新しいの職場", "三つめの職場")
    );
    sound(&mut t.s.new);
    let row = t.s.new.store.read(|r| r.all_projections()).unwrap();
    assert!(
        !row.iter().any(|row| row.view.contains("一人目")),
        "of the first office nothing is left either"
    );
    assert_eq!(authors(&mut t.third, &home), all);

    // And on to a fourth.
    let (mut fourth, _) = founding("四つめ", 1109);
    let (_, wish) = fourth.pass_wish().unwrap();
    let asking = PassOut {
        paper_admin_key: Some(t.paper.clone()),
        ..t.s.asking()
    };
    let path = t.path("4.mgpass");
    t.third.pass_out(&path, &wish, &asking).unwrap();
    assert_eq!(fourth.pass_look(&path).unwrap().before.len(), 2);
    fourth.pass_in(&path, None, &[]).unwrap();
    let names: BTreeSet<_> = authors(&mut fourth, &home)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    let offices = [
        "古い（古いの職場）",
        "佐藤（古いの職場）",
        "森（新しいの職場）",
        "新しい（新しいの職場）",
        "原（三つめの職場）",
    ];
    assert_eq!(names, offices.map(str::to_owned).into());
    sound(&mut fourth);
}

#[test]
fn attachments_of_both_offices_go_on_and_open_there() {
    let mut s = two(1121);
    let to = json!({ "householdId": s.home });
    let one = super::attachments::text(70_000, 1);
    let first = super::attachments::attach(&mut s.old, to.clone(), &one);
    s.pass("1.mgpass");
    s.take("1.mgpass").unwrap();
    let two = super::attachments::text(80_000, 2);
    let second = super::attachments::attach(&mut s.new, to, &two);
    let (mut third, _) = founding("三つめ", 1125);
    let mut hara = joining(&mut third, "原", 1126);
    let (_, wish) = third.pass_wish().unwrap();
    let asking = PassOut {
        paper_admin_key: Some(s.new_paper.clone()),
        ..s.asking()
    };
    let path = s.path("2.mgpass");
    s.new.pass_out(&path, &wish, &asking).unwrap();
    let (taken, ..) = third.pass_in(&path, None, &[]).unwrap();
    assert_eq!((taken.chunks, taken.missing), (2, 0));
    give(&mut third, &mut hara);
    for app in [&mut third, &mut hara] {
        for file in [&first, &second] {
            assert!(super::attachments::opens(app, file).is_ok());
        }
    }
}

#[test]
fn restricted_records_and_intakes_go_on_too_and_nobody_else_can_tell() {
    let mut s = two(1141);
    let readers = [worker(&s.sato)];
    let text = format!("{SECRET}の避難先");
    let secret = json!({ "householdId": s.home, "text": text, "restrictTo": readers });
    call(&mut s.old, "note.create", secret);
    let intake = id(&call(
        &mut s.old,
        "intake.create",
        json!({ "text": "まだ続く相談" }),
    ));
    let listed = |app: &mut App| -> DocId {
        let list = call(app, "restricted.list", json!({}));
        list["items"][0]["id"].as_str().unwrap().parse().unwrap()
    };
    let own = listed(&mut s.old);
    let (_, wish) = s.new.pass_wish().unwrap();
    let asking = PassOut {
        restricted: vec![own],
        intakes: vec![intake.parse().unwrap()],
        ..s.asking()
    };
    let path = s.path("1.mgpass");
    s.old.pass_out(&path, &wish, &asking).unwrap();
    s.new.pass_in(&path, None, &[worker(&s.mori)]).unwrap();
    let edit = json!({ "id": intake, "field": "text", "value": "続いた相談" });
    call(&mut s.new, "intake.update", edit);

    let (mut third, _) = founding("三つめ", 1145);
    let mut hara = joining(&mut third, "原", 1146);
    let mut tani = joining(&mut third, "谷", 1147);
    let (_, wish) = third.pass_wish().unwrap();
    let asking = PassOut {
        restricted: vec![listed(&mut s.new)],
        intakes: vec![intake.parse().unwrap()],
        paper_admin_key: Some(s.new_paper.clone()),
        ..s.asking()
    };
    let path = s.path("2.mgpass");
    s.new.pass_out(&path, &wish, &asking).unwrap();
    let (taken, ..) = third.pass_in(&path, None, &[worker(&hara)]).unwrap();
    assert_eq!(
        (taken.households, taken.intakes, taken.restricted),
        (1, 1, 1)
    );
    give(&mut third, &mut hara);
    give(&mut third, &mut tani);
    let open = json!({ "id": listed(&mut hara), "reason": "引き継ぎを読む" });
    call(&mut hara, "restricted.open", open);
    for app in [&mut third, &mut hara] {
        let list = call(app, "restricted.list", json!({}));
        let note = list["items"][0]["entries"][0]["id"].clone();
        let read = call(app, "note.get", json!({ "id": note }));
        assert_eq!(read["text"], format!("{SECRET}の避難先"));
        assert_eq!(read["author"]["name"], "古い（古いの職場）");
        let read = call(app, "intake.get", json!({ "id": intake }));
        assert_eq!(read["text"], "続いた相談");
    }
    assert_eq!(shown(&tani), [""; 0]);
    let list = call(&mut tani, "restricted.list", json!({}));
    assert_eq!(list["items"], json!([]));
    sound(&mut third);
    sound(&mut tani);
}

/// A file that does not hold what its records rest on is refused whole.
#[test]
fn without_the_directories_and_the_lineage_of_before_nothing_is_taken_in() {
    let mut t = three(1161);
    let before = standing(&t.third);
    for front in [Front::NoOffices, Front::Altered, Front::NoLineage] {
        FRONT.set(front);
        t.pass("2.mgpass", &[]);
        FRONT.set(Front::Whole);
        assert_eq!(t.take("2.mgpass").unwrap_err().code, ErrorCode::Forged);
        assert_eq!(standing(&t.third), before);
    }
    t.pass("2.mgpass", &[]);
    t.take("2.mgpass").unwrap();
    assert_ne!(standing(&t.third), before, "red control");
}

/// A record counts by the directory of the office that it says to be of. The red control asks the one that passes on instead.
#[test]
fn a_record_that_claims_another_office_is_refused_with_the_whole_file() {
    let mut t = three(1181);
    let own = call(
        &mut t.s.new,
        "household.create",
        json!({ "name": "二つめの家" }),
    );
    let own = id(&own);
    note(&mut t.s.new, &own, "前の事業所で書いたという記録");
    let (_, wish) = t.third.pass_wish().unwrap();
    let asking = PassOut {
        households: vec![own.parse().unwrap()],
        ..t.asking(&[])
    };
    let path = t.path("2.mgpass");
    carry::tests::CLAIMS.set(Some(t.s.old.trust.directory.org()));
    let passed = t.s.new.pass_out(&path, &wish, &asking);
    carry::tests::CLAIMS.set(None);
    passed.unwrap();
    let before = standing(&t.third);
    assert_eq!(t.take("2.mgpass").unwrap_err().code, ErrorCode::Forged);
    assert_eq!(standing(&t.third), before);
    JUDGED_BY.set(Some(t.s.new.trust.directory.org()));
    let taken = t.take("2.mgpass");
    JUDGED_BY.set(None);
    taken.unwrap();
    assert_eq!(notes(&mut t.third, &own).len(), 1, "red control");
}

/// In the third office it is a case as any other: its way goes along to a team where nobody is in both.
#[test]
fn what_came_through_two_offices_goes_from_team_to_team() {
    let mut t = three(1191);
    t.pass("2.mgpass", &[]);
    t.take("2.mgpass").unwrap();
    let mut tani = joining(&mut t.third, "谷", 1197);
    let west = super::teams::open(&mut t.third, "西");
    for app in [&t.hara, &tani] {
        let act = super::teams::act("add", &west, app);
        t.third.team_act(&act).unwrap();
    }
    let own = super::teams::act("remove", &west, &t.third);
    t.third.team_act(&own).unwrap();
    let home = t.s.home.clone();
    let asked = json!({ "id": home, "team": west, "reason": "地区の担当" });
    call(&mut t.third, "household.moveTeam", asked);
    for app in [&mut t.hara, &mut tani] {
        let brought = give(&mut t.third, app);
        assert_eq!((brought.held, brought.refused.len()), (0, 0));
        assert_eq!(authors(app, &home), past(&[]));
    }
    note(&mut t.hara, &home, "西の記録");
    let brought = give(&mut t.hara, &mut tani);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    assert_eq!(notes(&mut tani, &home).len(), 4);
    let mut ueda = joining(&mut t.third, "上田", 1198);
    let act = super::teams::act("add", &west, &ueda);
    t.third.team_act(&act).unwrap();
    give(&mut t.third, &mut t.hara);
    give(&mut t.hara, &mut ueda);
    assert_eq!(notes(&mut ueda, &home).len(), 4);
}

/// Seals a record of another office, or of this one, by hand into a vault.
fn seal_in(app: &mut App, vault: [u8; 16], body: &Body) {
    let App {
        store,
        identity,
        trust,
        ..
    } = app;
    let incarnation = store.incarnation();
    store
        .transact(|tx| {
            let head = Hash::new(trust.dir_head());
            let roster = crate::trust::roster_head(tx, &trust.directory, &vault)?;
            let mut sealer = Sealer::open(tx, identity, trust, NOON, incarnation)?;
            let about = (Doc::new([3; 16]), None);
            sealer.put(&vault, head, Hash::new(roster), about, body)?;
            Ok::<_, AppError>(())
        })
        .unwrap();
}

/// One of the records of a vault, as it is passed on.
fn passed(app: &App, vault: [u8; 16], which: usize) -> Body {
    let passed = app.store.read(|reader| {
        let keys = carry::lane_keys(reader)?;
        let id = reader.records_with_changes(&vault)?[which];
        carry::as_passed(reader, &app.trust.directory, &keys, &vault, &id)
    });
    Body::PassedOn(passed.unwrap().unwrap().2)
}

/// What no lineage gives a place has no effect; the red control takes the look at that out.
#[test]
fn a_vault_holds_the_vaults_that_its_case_went_through_and_no_others() {
    for any in [false, true] {
        let mut t = three(1201);
        t.pass("2.mgpass", &[]);
        t.take("2.mgpass").unwrap();
        let other = passed(&t.s.old, vault(&t.s.old, &t.s.other), 0);
        let home = vault(&t.third, &t.s.home);
        seal_in(&mut t.third, home, &other);
        ANY_CASE.set(any);
        let brought = give(&mut t.third, &mut t.hara);
        ANY_CASE.set(false);
        assert_eq!((brought.held, brought.refused.len()), (u32::from(!any), 0));
        assert_eq!(notes(&mut t.hara, &t.s.home).len(), 3);
    }
}

/// The first office gets its case back: not while it still has it, and then with all that was written since.
#[test]
fn a_case_comes_back_to_the_office_that_began_it_once_it_is_under_an_order_there() {
    let mut s = two(1221);
    let pass = s.pass("1.mgpass");
    let (_, receipt) = s.take("1.mgpass").unwrap();
    let (home, other) = (s.home.clone(), s.other.clone());
    note(&mut s.new, &home, "三人目の記録");
    let back = |s: &mut Two, name: &str| {
        let (_, wish) = s.old.pass_wish().unwrap();
        let asking = PassOut {
            paper_admin_key: Some(s.new_paper.clone()),
            ..s.asking()
        };
        let path = s.path(name);
        s.new.pass_out(&path, &wish, &asking).unwrap();
        path
    };
    let path = back(&mut s, "2.mgpass");
    let before = standing(&s.old);
    let refused = |s: &mut Two| s.old.pass_in(&path, None, &[]).unwrap_err().code;
    assert_eq!(refused(&mut s), ErrorCode::PassHere);
    assert_eq!(standing(&s.old), before);

    s.old.pass_receipt(&receipt).unwrap();
    let paper = s.paper.clone();
    s.old.pass_erase(&pass, Some(&paper)).unwrap();
    let order = s.old.erasures().unwrap().items[0].id.clone();
    let (taken, receipt, _) = s.old.pass_in(&path, None, &[]).unwrap();
    assert_eq!((taken.households, taken.known), (1, 0));
    assert_eq!(s.old.pass_in(&path, None, &[]).unwrap().0.records, 0);
    // A colleague who has not heard of the order yet hears of both at once.
    let brought = give(&mut s.old, &mut s.sato);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    let all = [
        ("一人目の記録", "古い"),
        ("三人目の記録", "新しい（新しいの職場）"),
        ("二人目の記録", "佐藤"),
    ]
    .map(|(text, name)| (text.to_owned(), name.to_owned()));
    for app in [&mut s.old, &mut s.sato] {
        assert_eq!(authors(app, &home), all);
        sound(app);
    }
    // Taken back, it would be there twice.
    let refused = s.old.erase_cancel(&order).unwrap_err();
    assert_eq!(refused.code, ErrorCode::PassHere);
    note(&mut s.sato, &home, "戻ってからの記録");
    give(&mut s.sato, &mut s.old);
    // What was there before is destroyed, and what came back stays.
    for app in [&mut s.old, &mut s.sato] {
        later(app, 31);
        assert_eq!(notes(app, &home).len(), 4);
        call(app, "household.get", json!({ "id": other }));
        sound(app);
    }
    assert!(s.old.pass_proof(&pass).is_ok());
    // And it goes out again, to whom it came from.
    s.new.pass_receipt(&receipt).unwrap();
    let paper = s.new_paper.clone();
    let items = s.new.passes().unwrap().items;
    s.new.pass_erase(&items[0].id, Some(&paper)).unwrap();
    s.pass("3.mgpass");
    let (taken, _) = s.take("3.mgpass").unwrap();
    assert_eq!((taken.households, taken.known), (1, 0));
    give(&mut s.new, &mut s.mori);
    for app in [&mut s.new, &mut s.mori] {
        assert_eq!(notes(app, &home).len(), 4);
        sound(app);
    }
}

/// The red control: taken in beside what is here, nothing of what was written since is seen.
#[test]
fn without_the_look_at_what_is_here_a_case_that_comes_back_is_there_twice_and_shows_once() {
    let mut s = two(1231);
    s.pass("1.mgpass");
    s.take("1.mgpass").unwrap();
    note(&mut s.new, &s.home, "三人目の記録");
    let (_, wish) = s.old.pass_wish().unwrap();
    let asking = PassOut {
        paper_admin_key: Some(s.new_paper.clone()),
        ..s.asking()
    };
    let path = s.path("2.mgpass");
    s.new.pass_out(&path, &wish, &asking).unwrap();
    STILL_HERE.set(true);
    let taken = s.old.pass_in(&path, None, &[]);
    STILL_HERE.set(false);
    assert!(taken.unwrap().0.records > 0);
    let household: DocId = s.home.parse().unwrap();
    let rows = s.old.store.read(|r| r.namesakes(&household.to_bytes()));
    assert_eq!(rows.unwrap().len(), 2);
}

/// Lets records of the office come in by themselves. Gives why some were refused.
fn deliver(to: &mut App, records: Vec<Vec<u8>>) -> Vec<String> {
    let App {
        store,
        identity,
        trust,
        ..
    } = to;
    let refused = store.transact(|tx| {
        let mut ingest = Ingest::new(tx, &trust.directory, identity, &[], NOON)?;
        for record in records {
            ingest.admit(record, None)?;
        }
        ingest.take_up_held()?;
        ingest.settle()?;
        Ok::<_, AppError>(ingest.into_changed().0.refused)
    });
    refused.unwrap().into_iter().map(|it| it.code).collect()
}

/// The way a case went comes after what was written since it came back: then that counts all the same. In the red control it
/// is not looked at again.
#[test]
fn what_comes_before_the_lineage_counts_once_that_has_come() {
    for not_again in [false, true] {
        let mut s = two(1251);
        let mut ito = joining(&mut s.old, "伊藤", 1256);
        give(&mut s.old, &mut ito);
        let pass = s.pass("1.mgpass");
        let (_, receipt) = s.take("1.mgpass").unwrap();
        s.old.pass_receipt(&receipt).unwrap();
        let paper = s.paper.clone();
        s.old.pass_erase(&pass, Some(&paper)).unwrap();
        let (_, wish) = s.old.pass_wish().unwrap();
        let asking = PassOut {
            paper_admin_key: Some(s.new_paper.clone()),
            ..s.asking()
        };
        let path = s.path("2.mgpass");
        s.new.pass_out(&path, &wish, &asking).unwrap();
        s.old.pass_in(&path, None, &[]).unwrap();
        // Of a note that nobody touched in between, so that it rests on what is here.
        let view = call(&mut s.old, "household.get", json!({ "id": s.home }));
        let all = view["notes"].as_array().unwrap();
        let first = all.iter().find(|it| it["text"] == "一人目の記録").unwrap();
        let base = call(&mut s.old, "note.get", json!({ "id": first["id"] }))["version"].clone();
        let edit = json!({ "id": first["id"], "text": "戻った記録", "base": base });
        call(&mut s.old, "note.edit", edit);
        s.old.bundle_bytes().unwrap();
        // The directory is there before any record.
        let directory = s.old.bundle_in_memory(&LeaveOut::Nothing, || false);
        ito.import_bytes(&directory.unwrap()).unwrap();
        let org = s.old.trust.directory.org();
        let office = LaneKey::of(&s.old.trust.office_key);
        let is_lineage = |bytes: &Vec<u8>| {
            let sealed = open_outer(bytes.clone(), org).unwrap();
            let public = author_key(&s.old.trust.directory, sealed.outer().device).unwrap();
            let lane = sealed.verify(&public).unwrap().open_lane_layer(&office);
            lane.is_ok_and(|lane| lane.inner().kind == Kind::LINEAGE)
        };
        let all = s.old.store.read(|reader| {
            let mut all = Vec::new();
            for place in reader.record_places()? {
                all.push(reader.record(&place.id)?.unwrap().bytes);
            }
            Ok::<_, store::Error>(all)
        });
        let (lineages, others): (Vec<_>, Vec<_>) = all.unwrap().into_iter().partition(is_lineage);
        assert_eq!(lineages.len(), 1);
        let refused: BTreeSet<_> = deliver(&mut ito, others).into_iter().collect();
        assert_eq!(refused, ["foreign_document".to_owned()].into());
        NOT_AGAIN.set(not_again);
        let refused = deliver(&mut ito, lineages);
        NOT_AGAIN.set(false);
        assert_eq!(refused, [""; 0]);
        let there = notes(&mut ito, &s.home);
        assert_eq!(there.len(), 2);
        assert_eq!(there.contains(&"戻った記録".to_owned()), !not_again);
    }
}

/// What somebody who was shut out writes does not come in as something that came back; the red control lets it.
#[test]
fn what_lies_beyond_the_cut_does_not_come_back_in_another_offices_name() {
    for any in [false, true] {
        let mut s = two(1241);
        let mut ito = joining(&mut s.old, "伊藤", 1246);
        give(&mut s.old, &mut ito);
        let pass = s.pass("1.mgpass");
        let (_, receipt) = s.take("1.mgpass").unwrap();
        let (home, was) = (s.home.clone(), vault(&s.old, &s.home));
        note(&mut s.sato, &home, "締め出された後");
        s.sato.bundle_bytes().unwrap();
        let paper = s.paper.clone();
        let device = s.sato.identity.device;
        s.old.revoke_device(device, Some(&paper)).unwrap();
        s.old.pass_receipt(&receipt).unwrap();
        s.old.pass_erase(&pass, Some(&paper)).unwrap();
        let (_, wish) = s.old.pass_wish().unwrap();
        let asking = PassOut {
            paper_admin_key: Some(s.new_paper.clone()),
            ..s.asking()
        };
        let path = s.path("2.mgpass");
        s.new.pass_out(&path, &wish, &asking).unwrap();
        s.old.pass_in(&path, None, &[]).unwrap();
        // The last of what she wrote is among her records alone.
        let known: BTreeSet<_> = s
            .old
            .store
            .read(|r| r.record_places())
            .unwrap()
            .into_iter()
            .map(|row| row.id)
            .collect();
        let all = s.sato.store.read(|r| r.records_with_changes(&was)).unwrap();
        let which = all.iter().position(|id| !known.contains(id)).unwrap();
        let body = passed(&s.sato, was, which);
        let there = vault(&s.old, &home);
        seal_in(&mut s.old, there, &body);
        ANY_RETURN.set(any);
        let brought = give(&mut s.old, &mut ito);
        ANY_RETURN.set(false);
        let codes: Vec<_> = brought.refused.iter().map(|it| it.code.as_str()).collect();
        if any {
            assert_eq!(codes, [""; 0], "red control");
        } else {
            assert_eq!(codes, ["beyond_cut"]);
        }
        assert_eq!(notes(&mut ito, &home).len(), 2 + usize::from(any));
    }
}
