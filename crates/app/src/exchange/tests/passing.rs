//! Cases go to another office: all of the past with its authors, or nothing; and they are erased only where they arrived.

use std::path::PathBuf;

use domain::DocId;
use serde_json::{Value, json};

use super::*;
use crate::ErrorCode;
use crate::exchange::erase::effect::DAY;
use crate::exchange::ingest::passed::tests::ANY_CASE;
use crate::exchange::passing::tests::FOR_ALL;
use crate::session::view::{PassOut, PassTaken};
use crate::verify::{Rebuild, VerifyView, contents};

pub(super) struct Two {
    pub(super) folder: tempfile::TempDir,
    /// The office that passes on.
    pub(super) old: App,
    pub(super) sato: App,
    pub(super) paper: String,
    pub(super) home: String,
    pub(super) other: String,
    /// The office that takes over.
    pub(super) new: App,
    pub(super) mori: App,
    pub(super) new_paper: String,
}

pub(super) fn note(app: &mut App, household: &str, text: &str) -> String {
    let asked = json!({ "householdId": household, "text": text });
    id(&call(app, "note.create", asked))
}

pub(super) fn notes(app: &mut App, household: &str) -> Vec<String> {
    let view = call(app, "household.get", json!({ "id": household }));
    let all = view["notes"].as_array().unwrap().iter();
    let mut all: Vec<_> = all
        .map(|it| it["text"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

pub(super) fn two(seed: u64) -> Two {
    let (mut old, paper) = founding("古い", seed);
    let mut sato = joining(&mut old, "佐藤", seed + 1);
    let home = call(&mut old, "household.create", json!({ "name": "みほん家" }));
    let other = call(&mut old, "household.create", json!({ "name": "ほかの家" }));
    let (home, other) = (id(&home), id(&other));
    note(&mut old, &home, "一人目の記録");
    give(&mut old, &mut sato);
    note(&mut sato, &home, "二人目の記録");
    call(
        &mut sato,
        "household.update",
        json!({ "id": home, "field": "summary", "value": "概況" }),
    );
    let member = json!({ "householdId": home, "familyName": "見本", "givenName": "花子" });
    call(&mut sato, "member.add", member);
    give(&mut sato, &mut old);
    let (mut new, new_paper) = founding("新しい", seed + 2);
    let mori = joining(&mut new, "森", seed + 3);
    Two {
        folder: tempfile::tempdir().unwrap(),
        old,
        sato,
        paper: crypto::paper::print(&paper).to_string(),
        home,
        other,
        new,
        mori,
        new_paper: crypto::paper::print(&new_paper).to_string(),
    }
}

impl Two {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn asking(&self) -> PassOut {
        PassOut {
            households: vec![self.home.parse().unwrap()],
            intakes: Vec::new(),
            restricted: Vec::new(),
            all: false,
            reason: "委託先の変更".to_owned(),
            basis: "委託契約 第9条".to_owned(),
            paper_admin_key: Some(self.paper.clone()),
        }
    }

    /// Passes the one household on, into a file of this name. Gives the passing's id.
    pub(super) fn pass(&mut self, name: &str) -> String {
        let (_, wish) = self.new.pass_wish().unwrap();
        let (path, asking) = (self.path(name), self.asking());
        self.old.pass_out(&path, &wish, &asking).unwrap().0.id
    }

    pub(super) fn take(&mut self, name: &str) -> Result<(PassTaken, Vec<u8>), AppError> {
        let path = self.path(name);
        let (taken, receipt, _) = self.new.pass_in(&path, None, &[])?;
        Ok((taken, receipt))
    }
}

pub(super) fn later(app: &mut App, days: i64) {
    for day in 1..=days {
        app.environment = Box::new(Fixed::new(NOON + day * DAY, 77));
        app.erasures().unwrap();
    }
}

/// Nothing is wrong with what lies here.
pub(super) fn sound(app: &mut App) {
    let mut view = VerifyView {
        ok: true,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    let found = contents(app, Rebuild::Compare, domain::Lang::Ja, &mut view).unwrap();
    assert_eq!(found, []);
}

#[test]
fn the_new_office_reads_all_of_the_past_with_its_authors_and_writes_on() {
    let mut s = two(901);
    s.pass("1.mgpass");
    let seen = s.new.pass_look(&s.path("1.mgpass")).unwrap();
    assert_eq!((seen.office.as_str(), seen.households), ("古いの職場", 1));
    assert_eq!(
        seen.words,
        crate::session::view_words(&s.old.office_words())
    );
    assert_eq!(seen.by, "古い");
    let (taken, _) = s.take("1.mgpass").unwrap();
    assert_eq!((taken.households, taken.known), (1, 0));
    assert!(taken.records > 3);
    give(&mut s.new, &mut s.mori);
    let Two {
        new,
        mori,
        home,
        old,
        ..
    } = &mut s;
    for app in [&mut *new, &mut *mori] {
        assert_eq!(notes(app, home), ["一人目の記録", "二人目の記録"]);
        let view = call(app, "household.get", json!({ "id": home }));
        assert_eq!(view["members"][0]["givenName"], json!("花子"));
        let mut authors: Vec<_> = view["notes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["author"]["name"].as_str().unwrap().to_owned())
            .collect();
        authors.sort();
        assert_eq!(authors, ["佐藤（古いの職場）", "古い（古いの職場）"]);
        assert_eq!(view["leadWorker"], Value::Null, "nobody leads it here yet");
        sound(app);
    }
    // Another's words go on from there, and come back.
    note(mori, home, "新しい職場の記録");
    call(
        mori,
        "household.update",
        json!({ "id": home, "field": "summary", "value": "続き" }),
    );
    let brought = give(mori, new);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    assert_eq!(notes(new, home).len(), 3);
    assert_eq!(shared(new, home), shared(mori, home));
    assert_eq!(
        notes(old, home).len(),
        2,
        "nothing has changed where it was"
    );
    // What is written now opens with none of the old office's keys.
    assert!(old.import_bytes(&mori.bundle_bytes().unwrap()).is_err());
}

#[test]
fn the_same_file_twice_changes_nothing_and_what_was_written_since_comes_after() {
    let mut s = two(911);
    s.pass("1.mgpass");
    let (first, _) = s.take("1.mgpass").unwrap();
    let before = rows(&s.new);
    let (again, _) = s.take("1.mgpass").unwrap();
    assert_eq!((again.records, again.known), (0, first.records));
    assert_eq!(rows(&s.new), before);
    // Both write on.
    let (home, mut new_note) = (s.home.clone(), Vec::new());
    new_note.push(note(&mut s.new, &home, "新しい職場の記録"));
    note(&mut s.old, &home, "遅れた記録");
    s.pass("2.mgpass");
    let (late, _) = s.take("2.mgpass").unwrap();
    assert!(late.records > 0 && late.known == first.records);
    give(&mut s.new, &mut s.mori);
    for app in [&mut s.new, &mut s.mori] {
        assert_eq!(notes(app, &home).len(), 4);
        sound(app);
    }
}

#[test]
fn a_file_that_is_cut_altered_or_not_for_us_takes_nothing_in() {
    let mut s = two(921);
    s.pass("1.mgpass");
    let whole = std::fs::read(s.path("1.mgpass")).unwrap();
    let before = (
        rows(&s.new),
        s.new.store.read(|r| r.record_places()).unwrap().len(),
    );
    let code = |s: &mut Two, bytes: &[u8]| {
        std::fs::write(s.path("2.mgpass"), bytes).unwrap();
        s.take("2.mgpass").unwrap_err().code
    };
    assert_eq!(
        code(&mut s, &whole[..whole.len() / 2]),
        ErrorCode::FileTruncated
    );
    let mut torn = whole.clone();
    let middle = torn.len() / 2;
    torn[middle] ^= 1;
    assert_eq!(code(&mut s, &torn), ErrorCode::FileDamaged);
    assert_eq!(code(&mut s, b"MGW1"), ErrorCode::NotOurFile);
    // A colleague who did not wish, and a third office.
    std::fs::write(s.path("3.mgpass"), &whole).unwrap();
    let path = s.path("3.mgpass");
    assert_eq!(
        s.mori.pass_in(&path, None, &[]).unwrap_err().code,
        ErrorCode::NotAdmin
    );
    let (mut third, _) = founding("三つめ", 929);
    let code = third.pass_in(&path, None, &[]).unwrap_err().code;
    assert_eq!(code, ErrorCode::NotForThisDevice);
    assert_eq!(
        s.old.pass_in(&path, None, &[]).unwrap_err().code,
        ErrorCode::PassOther
    );
    let after = (
        rows(&s.new),
        s.new.store.read(|r| r.record_places()).unwrap().len(),
    );
    assert_eq!(before, after);
    // Red control: whole and ours, it comes in.
    s.take("1.mgpass").unwrap();
    assert_ne!(rows(&s.new), before.0);
}

#[test]
fn who_may_pass_on_and_with_what() {
    let mut s = two(931);
    let (_, wish) = s.new.pass_wish().unwrap();
    let (path, asking) = (s.path("1.mgpass"), s.asking());
    let code = |app: &mut App, wish: &[u8], asked: &PassOut| {
        app.pass_out(&path, wish, asked).unwrap_err().code
    };
    assert_eq!(code(&mut s.sato, &wish, &asking), ErrorCode::NotAdmin);
    let alone = PassOut {
        paper_admin_key: None,
        ..asking.clone()
    };
    assert_eq!(code(&mut s.old, &wish, &alone), ErrorCode::NeedsSecond);
    let unsaid = PassOut {
        basis: " ".to_owned(),
        ..asking.clone()
    };
    assert_eq!(code(&mut s.old, &wish, &unsaid), ErrorCode::InvalidValue);
    let (_, own) = s.old.pass_wish().unwrap();
    assert_eq!(code(&mut s.old, &own, &asking), ErrorCode::InvalidValue);
    assert!(!path.exists());
    assert_eq!(s.old.passes().unwrap().items, []);
}

#[test]
fn restricted_records_that_nobody_names_do_not_go_and_show_nowhere() {
    let mut s = two(941);
    give(&mut s.old, &mut s.sato);
    let me = json!([
        crate::exchange::enrol::worker_id(wire::ids::Device::new(s.old.identity.device)),
        crate::exchange::enrol::worker_id(wire::ids::Device::new(s.sato.identity.device))
    ]);
    let secret = json!({ "householdId": s.home, "text": "内密の避難先", "restrictTo": me });
    call(&mut s.old, "note.create", secret);
    s.pass("1.mgpass");
    s.take("1.mgpass").unwrap();
    assert_eq!(
        notes(&mut s.new, &s.home.clone()),
        ["一人目の記録", "二人目の記録"]
    );
    let list = call(&mut s.new, "restricted.list", json!({}));
    assert_eq!(list["items"], json!([]));
}

fn intakes(app: &mut App) -> Vec<String> {
    let view = call(app, "intake.list", json!({}));
    let all = view["items"].as_array().unwrap().iter();
    let mut all: Vec<_> = all
        .map(|it| it["text"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

/// Stands in restricted records only.
pub(super) const SECRET: &str = "ひみつのしるし";

pub(super) fn worker(app: &App) -> String {
    crate::exchange::enrol::worker_id(wire::ids::Device::new(app.identity.device))
}

/// A restricted note of the household, and one of the other household: what they are called by.
fn secrets(s: &mut Two) -> [DocId; 2] {
    let readers = [worker(&s.sato)];
    for (home, text) in [(&s.home, "の避難先"), (&s.other, "は残る")] {
        let text = format!("{SECRET}{text}");
        let asked = json!({ "householdId": home, "text": text, "restrictTo": readers });
        call(&mut s.old, "note.create", asked);
    }
    give(&mut s.old, &mut s.sato);
    let [home, other] = [&s.home, &s.other].map(|home| {
        let list = call(
            &mut s.old,
            "restricted.list",
            json!({ "householdId": home }),
        );
        list["items"][0]["id"].as_str().unwrap().parse().unwrap()
    });
    [home, other]
}

/// What of the restricted lies in lists here.
pub(super) fn shown(app: &App) -> Vec<String> {
    let views = rows(app).into_iter().map(|row| row.view);
    views.filter(|view| view.contains(SECRET)).collect()
}

#[test]
fn a_restricted_record_goes_by_the_hand_of_a_reader_and_is_restricted_there() {
    let mut s = two(961);
    let mut tani = joining(&mut s.new, "谷", 965);
    let [own, other] = secrets(&mut s);
    let (_, wish) = s.new.pass_wish().unwrap();
    let path = s.path("1.mgpass");
    let asking = |restricted: &[DocId]| PassOut {
        restricted: restricted.to_vec(),
        ..s.asking()
    };
    let (alone, one) = (asking(&[own, other]), asking(&[own]));
    let refused = s.old.pass_out(&path, &wish, &alone).unwrap_err();
    assert_eq!(refused.code, ErrorCode::PassHousehold);
    assert!(!path.exists());
    let view = s.old.pass_out(&path, &wish, &one).unwrap().0;
    assert_eq!((view.households, view.restricted), (1, 1));
    let log = call(&mut s.old, "audit.list", json!({}));
    assert!(
        log.to_string().contains("委託先の変更"),
        "why it was opened"
    );

    // Nobody is its only reader there.
    assert_eq!(s.new.pass_look(&path).unwrap().restricted, 1);
    let refused = s.new.pass_in(&path, None, &[]).unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooFewReaders);
    let home = json!({ "id": s.home });
    assert!(
        attempt(&mut s.new, "household.get", home).is_err(),
        "all or nothing"
    );
    let readers = [worker(&s.mori)];
    let (taken, receipt, _) = s.new.pass_in(&path, None, &readers).unwrap();
    assert_eq!((taken.households, taken.restricted), (1, 1));
    let again = s.new.pass_in(&path, None, &[]).unwrap().0;
    assert_eq!((again.restricted, again.records), (0, 0), "twice is once");
    give(&mut s.new, &mut s.mori);
    give(&mut s.new, &mut tani);
    let home = json!({ "householdId": s.home });
    let there = |app: &mut App| call(app, "restricted.list", home.clone())["items"][0].clone();
    assert_eq!(there(&mut s.mori)["opened"], false);
    let open = json!({ "id": there(&mut s.mori)["id"], "reason": "引き継ぎを読む" });
    call(&mut s.mori, "restricted.open", open);
    for app in [&mut s.new, &mut s.mori] {
        let entry = there(app)["entries"][0].clone();
        assert_eq!(entry["title"], format!("{SECRET}の避難先"));
        let read = call(app, "note.get", json!({ "id": entry["id"] }));
        assert_eq!(read["author"]["name"], "古い（古いの職場）");
    }
    let note = there(&mut s.mori)["entries"][0]["id"].clone();
    let base = call(&mut s.mori, "note.get", json!({ "id": note }))["version"].clone();
    let edit = json!({ "id": note, "text": format!("{SECRET}。続き"), "base": base });
    call(&mut s.mori, "note.edit", edit);
    give(&mut s.mori, &mut s.new);
    give(&mut s.mori, &mut tani);
    let read = call(&mut s.new, "note.get", json!({ "id": note }));
    assert_eq!(read["text"], format!("{SECRET}。続き"));

    // Who is no reader cannot tell that there is one.
    assert_eq!(shown(&tani), [""; 0]);
    assert_eq!(notes(&mut tani, &s.home), ["一人目の記録", "二人目の記録"]);
    let list = call(&mut tani, "restricted.list", json!({}));
    assert_eq!(list["items"], json!([]));

    // At the old office it is erased with the rest, and what was not named stays.
    s.old.pass_receipt(&receipt).unwrap();
    let paper = s.paper.clone();
    s.old.pass_erase(&view.id, Some(&paper)).unwrap();
    give(&mut s.old, &mut s.sato);
    for app in [&mut s.old, &mut s.sato] {
        let left = call(app, "restricted.list", json!({}));
        let left: Vec<_> = left["items"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(left, [other.to_string()]);
    }
    later(&mut s.old, 31);
    let proof = s.old.pass_proof(&view.id).unwrap();
    let proved = crate::passing::check(&proof).unwrap();
    assert_eq!((proved.households, proved.orders), (1, 2));
    sound(&mut s.old);
    sound(&mut s.new);
    sound(&mut tani);
}

/// The red control: taken in like any case, it is read by all.
#[test]
fn without_its_readers_there_a_restricted_record_is_read_by_all() {
    let mut s = two(971);
    let [own, _] = secrets(&mut s);
    let (_, wish) = s.new.pass_wish().unwrap();
    let asking = PassOut {
        restricted: vec![own],
        ..s.asking()
    };
    let path = s.path("1.mgpass");
    s.old.pass_out(&path, &wish, &asking).unwrap();
    FOR_ALL.set(true);
    s.new.pass_in(&path, None, &[worker(&s.mori)]).unwrap();
    FOR_ALL.set(false);
    let mut tani = joining(&mut s.new, "谷", 975);
    give(&mut s.new, &mut tani);
    assert_eq!(notes(&mut tani, &s.home).len(), 3);
    assert_eq!(shown(&tani).len(), 1);
}

#[test]
fn intakes_that_no_household_took_up_go_with_the_whole_office_or_by_name() {
    let mut s = two(945);
    let intake = |app: &mut App, asked: Value| id(&call(app, "intake.create", asked));
    let open = intake(&mut s.old, json!({ "text": "まだ続く相談" }));
    let closed = intake(&mut s.sato, json!({ "text": "済んだ相談" }));
    let close = json!({ "id": closed, "field": "closed", "value": "advice" });
    call(&mut s.sato, "intake.update", close);
    let taken_up = intake(&mut s.old, json!({ "text": "世帯になった相談" }));
    let household = json!({ "intakeId": taken_up, "name": "三つめの家" });
    let third = id(&call(&mut s.old, "household.create", household));
    let workers = [&s.old, &s.sato]
        .map(|app| crate::exchange::enrol::worker_id(wire::ids::Device::new(app.identity.device)));
    let secret = json!({ "text": "内密の相談", "restrictTo": workers });
    intake(&mut s.old, secret);
    give(&mut s.sato, &mut s.old);
    let (_, wish) = s.new.pass_wish().unwrap();

    // An intake of a household goes with that, and not by itself.
    let named = |intakes: &[&String]| PassOut {
        households: Vec::new(),
        intakes: intakes.iter().map(|id| id.parse().unwrap()).collect(),
        ..s.asking()
    };
    let (of_household, one, all) = (named(&[&taken_up]), named(&[&closed]), named(&[]));
    let path = s.path("0.mgpass");
    let refused = s.old.pass_out(&path, &wish, &of_household).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);

    // One by name, then all there is.
    let view = s.old.pass_out(&s.path("1.mgpass"), &wish, &one).unwrap().0;
    assert_eq!((view.households, view.intakes), (0, 1));
    let (taken, _) = s.take("1.mgpass").unwrap();
    assert_eq!((taken.households, taken.intakes), (0, 1));
    assert_eq!(intakes(&mut s.new), ["済んだ相談"]);
    let view = s.old.pass_out(&s.path("2.mgpass"), &wish, &all).unwrap().0;
    assert_eq!((view.households, view.intakes), (3, 2));
    let (taken, receipt) = s.take("2.mgpass").unwrap();
    assert_eq!((taken.households, taken.intakes), (3, 1), "one was here");
    give(&mut s.new, &mut s.mori);
    for app in [&mut s.new, &mut s.mori] {
        assert_eq!(
            intakes(app),
            ["まだ続く相談", "世帯になった相談", "済んだ相談"]
        );
        let view = call(app, "intake.get", json!({ "id": closed }));
        assert_eq!(view["closed"], "advice");
        assert_eq!(view["author"]["name"], "佐藤（古いの職場）");
    }

    // The new office goes on with it, and the old one's is destroyed.
    let household = json!({ "intakeId": open, "name": "続きの家" });
    call(&mut s.new, "household.create", household);
    s.old.pass_receipt(&receipt).unwrap();
    let paper = s.paper.clone();
    s.old.pass_erase(&view.id, Some(&paper)).unwrap();
    assert_eq!(intakes(&mut s.old), [""; 0]);
    let restricted = call(&mut s.old, "restricted.list", json!({}));
    assert_eq!(restricted["items"].as_array().unwrap().len(), 1, "stays");
    assert!(attempt(&mut s.old, "household.get", json!({ "id": third })).is_err());
    later(&mut s.old, 31);
    let proof = s.old.pass_proof(&view.id).unwrap();
    assert_eq!(crate::passing::check(&proof).unwrap().households, 3);
    sound(&mut s.old);
    sound(&mut s.new);
}

#[test]
fn nothing_is_erased_that_did_not_arrive_and_then_it_is_proved() {
    let mut s = two(951);
    let pass = s.pass("1.mgpass");
    let paper = s.paper.clone();
    let code = |s: &mut Two, pass: &str| s.old.pass_erase(pass, Some(&paper)).unwrap_err().code;
    assert_eq!(code(&mut s, &pass), ErrorCode::PassOpen);
    let (_, receipt) = s.take("1.mgpass").unwrap();
    // A receipt of something else is none.
    let mut other = two(959);
    let other_pass = other.pass("1.mgpass");
    let (_, foreign) = other.take("1.mgpass").unwrap();
    assert_eq!(
        s.old.pass_receipt(&foreign).unwrap_err().code,
        ErrorCode::NotFound
    );
    let _ = other_pass;
    let (list, _) = s.old.pass_receipt(&receipt).unwrap();
    assert_eq!(list.items[0].state, "arrived");
    // Something is written since: first that goes over.
    let home = s.home.clone();
    note(&mut s.old, &home, "遅れた記録");
    assert_eq!(code(&mut s, &pass), ErrorCode::PassLate);
    let pass = s.pass("2.mgpass");
    let (_, receipt) = s.take("2.mgpass").unwrap();
    s.old.pass_receipt(&receipt).unwrap();
    assert_eq!(
        s.old.pass_proof(&pass).unwrap_err().code,
        ErrorCode::PassNotErased
    );
    let (list, _) = s.old.pass_erase(&pass, Some(&paper)).unwrap();
    let state = |list: &crate::session::view::PassList| {
        list.items
            .iter()
            .find(|it| it.id == pass)
            .unwrap()
            .state
            .clone()
    };
    assert_eq!(state(&list), "erasing");
    assert!(attempt(&mut s.old, "household.get", json!({ "id": home })).is_err());
    assert_eq!(
        s.old.pass_proof(&pass).unwrap_err().code,
        ErrorCode::PassNotErased
    );
    give(&mut s.old, &mut s.sato);
    later(&mut s.old, 31);
    let list = s.old.passes().unwrap();
    assert_eq!(state(&list), "erased");
    let proof = s.old.pass_proof(&pass).unwrap();
    let held = crate::passing::check(&proof).unwrap();
    assert_eq!(
        (held.from.as_str(), held.to.as_str()),
        ("古いの職場", "新しいの職場")
    );
    assert_eq!(
        held.words,
        crate::session::view_words(&s.old.office_words())
    );
    let text = String::from_utf8_lossy(&proof);
    assert!(
        !text.contains("みほん家") && !text.contains("記録"),
        "nothing of what was written"
    );
    // What was not passed on is there, and the new office has all.
    let other = s.other.clone();
    call(&mut s.old, "household.get", json!({ "id": other }));
    assert_eq!(notes(&mut s.new, &home).len(), 3);
    sound(&mut s.old);
}

/// What belongs to another case has no effect; the red control takes the look at that out.
#[test]
fn one_vault_holds_one_case_of_another_office() {
    for any in [false, true] {
        let mut s = two(961);
        s.pass("1.mgpass");
        s.take("1.mgpass").unwrap();
        let vault = |app: &App, doc: &str| {
            let doc: domain::DocId = doc.parse().unwrap();
            let row = app.store.read(|r| r.document(&doc.to_bytes())).unwrap();
            row.unwrap().vault
        };
        // A record of the other household, passed on by hand into the vault of the first.
        let other = vault(&s.old, &s.other);
        let body = s.old.store.read(|reader| {
            let directory = &s.old.trust.directory;
            let keys = super::super::carry::lane_keys(reader)?;
            let id = reader.records_with_changes(&other)?[0];
            Ok::<_, AppError>(
                super::super::carry::as_passed(reader, directory, &keys, &other, &id)?
                    .unwrap()
                    .2,
            )
        });
        let body = wire::body::Body::Passed(body.unwrap());
        let home = vault(&s.new, &s.home);
        let App {
            store,
            identity,
            trust,
            ..
        } = &mut s.new;
        let incarnation = store.incarnation();
        store
            .transact(|tx| {
                let head = wire::ids::Hash::new(trust.dir_head());
                let roster = crate::trust::roster_head(tx, &trust.directory, &home)?;
                let mut sealer =
                    super::super::seal::Sealer::open(tx, identity, trust, NOON, incarnation)?;
                let about = (wire::ids::Doc::new([3; 16]), None);
                sealer.put(&home, head, wire::ids::Hash::new(roster), about, &body)?;
                Ok::<_, AppError>(())
            })
            .unwrap();
        ANY_CASE.set(any);
        let bundle = s.new.bundle_bytes().unwrap();
        let brought = s.mori.import_bytes(&bundle).unwrap();
        ANY_CASE.set(false);
        let codes: Vec<_> = brought.refused.iter().map(|it| it.code.as_str()).collect();
        if any {
            assert_eq!(codes, [""; 0], "red control");
        } else {
            assert_eq!(codes, ["foreign_vault"]);
        }
    }
}

#[test]
fn attachments_go_along_and_open_there() {
    let mut s = two(971);
    let bytes = super::attachments::text(wire::chunk::CHUNK + 70_000, 1);
    let to = json!({ "householdId": s.home });
    let file = super::attachments::attach(&mut s.old, to, &bytes);
    s.pass("1.mgpass");
    let (taken, _) = s.take("1.mgpass").unwrap();
    assert_eq!((taken.chunks, taken.missing), (2, 0));
    give(&mut s.new, &mut s.mori);
    for app in [&mut s.new, &mut s.mori] {
        assert!(super::attachments::opens(app, &file).is_ok());
    }
}

/// In the new office it is a case as any other: it goes from team to team, also where nobody is in both.
#[test]
fn what_was_passed_goes_from_team_to_team() {
    let mut s = two(981);
    s.pass("1.mgpass");
    s.take("1.mgpass").unwrap();
    let mut taniguchi = joining(&mut s.new, "谷口", 985);
    let west = super::teams::open(&mut s.new, "西");
    for app in [&s.mori, &taniguchi] {
        let act = super::teams::act("add", &west, app);
        s.new.team_act(&act).unwrap();
    }
    let own = super::teams::act("remove", &west, &s.new);
    s.new.team_act(&own).unwrap();
    let asked = json!({ "id": s.home, "team": west, "reason": "地区の担当" });
    call(&mut s.new, "household.moveTeam", asked);
    let home = s.home.clone();
    for app in [&mut s.mori, &mut taniguchi] {
        let brought = give(&mut s.new, app);
        assert_eq!((brought.held, brought.refused.len()), (0, 0));
        assert_eq!(notes(app, &home).len(), 2);
    }
    note(&mut s.mori, &home, "西の記録");
    let brought = give(&mut s.mori, &mut taniguchi);
    assert_eq!((brought.held, brought.refused.len()), (0, 0));
    assert_eq!(notes(&mut taniguchi, &home).len(), 3);
}
