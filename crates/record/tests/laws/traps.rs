//! What automerge 0.12 was measured to do, and that it does not happen here.

use automerge::{
    ActorId, AutoCommit, Automerge, ObjType, ROOT, ReadDoc, legacy, transaction::Transactable,
};
use record::{Document, Edit, Kind, LoadError, Refused, trial};
use serde_json::json;

use crate::support::{Desk, announced, bare, edit, key, put, stripped, text};

// 1: the first incremental save after loading.

#[test]
fn after_loading_a_write_gives_only_what_is_new() {
    let mut ito = Desk::new(1, Kind::Person);
    for i in 0..50 {
        ito.write(None, &[put("phone", i)]);
    }
    ito.reopen();
    let made = ito.write(None, &[put("phone", "090")]);
    assert_eq!(made.len(), 1);
    assert!(made[0].bytes.len() < 200);

    let mut raw = AutoCommit::load(&ito.document.save()).unwrap();
    raw.put(ROOT, "x", 1).unwrap();
    assert!(
        raw.save_incremental().len() > 1_000,
        "red control: the whole history again"
    );
}

// 2: a truncated change.

#[test]
fn a_change_that_arrived_in_part_is_refused() {
    let mut ito = Desk::new(1, Kind::Person);
    let sato = Desk::new(2, Kind::Person);
    let mut made = ito.write(None, &[put("a", 1)]);
    made.extend(ito.write(None, &[put("b", 2)]));
    let mut cut = announced(&made);
    cut[1].1.truncate(60);
    assert!(matches!(
        trial(&sato.document, &cut),
        Err(Refused::Malformed(_))
    ));

    let mut raw = stripped(&sato.document, 2);
    let both: Vec<u8> = cut.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let before = raw.get_heads();
    assert!(
        raw.load_incremental(&both).is_ok(),
        "red control: a part is applied, and that is Ok"
    );
    assert_ne!(raw.get_heads(), before);
}

#[test]
fn a_change_under_another_name_is_refused() {
    let mut ito = Desk::new(1, Kind::Person);
    let made = ito.write(None, &[put("a", 1)]);
    let swapped = [([0; 32], made[0].bytes.clone())];
    let refused = trial(&Desk::new(2, Kind::Person).document, &swapped);
    assert_eq!(refused.unwrap_err(), Refused::HashDiffers);
}

// 3: the same actor again after an old copy was restored.

#[test]
fn after_a_restored_backup_everything_still_merges() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
    ito.write(None, &[put("a", 1)]);
    let backup = ito.document.save();
    ito.write(None, &[put("a", 2)]);
    sato.receive_all(&ito);
    ito.document = Document::load(ito.document.key(), &backup).unwrap();
    ito.write(None, &[put("a", 3)]);
    sato.receive_all(&ito);
    ito.receive_all(&sato);
    assert_eq!(ito.document.version(), sato.document.version());
    assert_eq!(ito.values("fields", "a").len(), 2);
}

#[test]
fn two_copies_of_an_open_document_still_merge() {
    let mut ito = Desk::new(1, Kind::Person);
    ito.write(None, &[put("a", 1)]);
    let copy = ito.document.clone();
    ito.write(None, &[put("a", 2)]);
    let theirs = std::mem::replace(&mut ito.document, copy);
    ito.write(None, &[put("a", 3)]);
    let both = trial(&ito.document, &announced(&theirs.changes())).unwrap();
    assert_eq!(both.view(None).read("fields", "a").len(), 2);
}

#[test]
fn without_a_new_actor_a_restored_backup_never_merges_again() {
    let mut ito = bare(1);
    edit(&mut ito, |tx| tx.put(ROOT, "a", 1));
    let backup = ito.save();
    edit(&mut ito, |tx| tx.put(ROOT, "a", 2));
    let mut restored = Automerge::load(&backup)
        .unwrap()
        .with_actor(ActorId::from([1; 16]));
    edit(&mut restored, |tx| tx.put(ROOT, "a", 3));
    let wedged = ito.merge(&mut restored).unwrap_err();
    assert!(wedged.to_string().contains("duplicate seq"));
}

// 4: many actors.

#[test]
fn a_new_actor_for_every_write_stays_affordable() {
    let (mut one, mut many) = (Desk::new(1, Kind::Round), Desk::new(1, Kind::Round));
    for i in 0..600 {
        let answer = Edit::Put {
            map: "answers",
            key: format!("s/{}", i % 100),
            value: json!({"state": "answered"}),
        };
        one.write(None, std::slice::from_ref(&answer));
        many.write(None, &[answer]);
        many.document = many.document.clone();
    }
    let (one, many) = (one.document.save().len(), many.document.save().len());
    assert!(
        many < one + 600 * 30,
        "{one} bytes with one actor, {many} with 600"
    );
}

// 5: changes in the wrong order.

#[test]
fn a_change_waits_for_what_it_rests_on() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
    let first = ito.write(None, &[put("a", 1)]);
    let second = ito.write(None, &[put("a", 2)]);
    let before = sato.document.version();
    let waiting = sato.receive(ito.device, &second).unwrap_err();
    assert_eq!(waiting, Refused::Waiting(vec![first[0].hash]));
    assert!(waiting.is_waiting());
    assert_eq!(sato.document.version(), before);
    sato.receive(
        ito.device,
        &[second[0].clone(), first[0].clone(), second[0].clone()],
    )
    .unwrap();
    assert_eq!(sato.document.version(), ito.document.version());
    sato.receive(ito.device, &second).unwrap();
    assert_eq!(sato.document.version(), ito.document.version());
}

#[test]
fn the_log_gives_the_document_back_in_any_order() {
    let mut ito = Desk::new(1, Kind::Note);
    for i in 0..20 {
        ito.write(None, &[put("a", i), text(&format!("{i}回目。"))]);
    }
    let mut log: Vec<_> = ito
        .document
        .changes()
        .into_iter()
        .map(|change| change.bytes)
        .collect();
    for _ in 0..2 {
        let rebuilt = Document::rebuild(ito.document.key(), &log).unwrap();
        assert_eq!(rebuilt.version(), ito.document.version());
        assert_eq!(rebuilt.view(None).text(), "19回目。");
        log.reverse();
    }
    log.remove(0);
    assert_eq!(
        Document::rebuild(ito.document.key(), &log).unwrap_err(),
        LoadError::Incomplete
    );
    assert_eq!(
        Document::rebuild(ito.document.key(), &[vec![1, 2, 3]]).unwrap_err(),
        LoadError::Damaged
    );
}

#[test]
fn a_snapshot_of_another_document_or_a_damaged_one_is_told() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(None, &[text("元のまま。")]);
    let bytes = ito.document.save();
    assert_eq!(
        Document::load(key(Kind::Memo), &bytes).unwrap_err(),
        LoadError::Foreign
    );
    assert_eq!(
        Document::load(key(Kind::Note), &[]).unwrap_err(),
        LoadError::Foreign
    );
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert!(
            Document::load(key(Kind::Note), &damaged).is_err(),
            "byte {place}"
        );
    }
}

// 6: deleted containers.

#[test]
fn a_change_that_removes_a_container_is_refused() {
    let ito = Desk::new(1, Kind::Round);
    let mut raw = stripped(&ito.document, 2);
    let before = raw.get_heads();
    edit(&mut raw, |tx| tx.delete(ROOT, "answers"));
    let hostile = raw.get_changes(&before);
    let hostile = [(hostile[0].hash().0, hostile[0].raw_bytes().to_vec())];
    assert!(matches!(
        trial(&ito.document, &hostile),
        Err(Refused::BreaksForm(_))
    ));
}

#[test]
fn without_that_a_deleted_container_hides_what_others_write_into_it() {
    let mut ito = bare(1);
    let mut answers = ROOT;
    edit(&mut ito, |tx| {
        answers = tx.put_object(ROOT, "answers", ObjType::Map)?;
        Ok(())
    });
    let mut sato = ito.fork();
    edit(&mut sato, |tx| tx.put(&answers, "money", "急ぐ"));
    edit(&mut ito, |tx| tx.delete(ROOT, "answers"));
    ito.merge(&mut sato).unwrap();
    assert!(ito.get(ROOT, "answers").unwrap().is_none());
}

/// Whatever comes to stand under a container's name cannot stand in for it.
#[test]
fn a_container_is_found_by_its_id_and_not_by_its_name() {
    let mut ito = Desk::new(1, Kind::Round);
    ito.write(None, &[put("a", 1)]);
    let mut raw = stripped(&ito.document, 2);
    edit(&mut raw, |tx| {
        tx.put_object(ROOT, "fields", ObjType::Map).map(|_| ())
    });
    let mut usurped = Document::load(ito.document.key(), &raw.save()).unwrap();
    assert_eq!(usurped.view(None).read("fields", "a").len(), 1);
    std::mem::swap(&mut ito.document, &mut usurped);
    ito.write(None, &[put("a", 2)]);
    assert_eq!(ito.values("fields", "a"), [json!(2)]);
}

// 7 and 8 stand in `genesis.rs`.

// 9: the busier laptop wins.

#[test]
fn the_quiet_laptop_is_heard_as_well() {
    let (mut busy, mut quiet) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
    for i in 0..30 {
        busy.write(None, &[put("other", i)]);
    }
    busy.write(None, &[put("risk", "困っていない")]);
    quiet.now += 1_000_000;
    quiet.write(None, &[put("risk", "急ぐ")]);
    busy.receive_all(&quiet);
    let held = busy.document.view(None).read("fields", "risk");
    assert_eq!(held.len(), 2);
    assert_eq!(
        held[0].value,
        json!("困っていない"),
        "automerge shows the busier one, though it is older"
    );
    assert!(held[0].at < held[1].at);
    assert_eq!([held[0].device, held[1].device], [[1; 8], [2; 8]]);
}

// 10: the same said twice.

#[test]
fn the_same_said_twice_is_one_value() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
    sato.now += 77;
    ito.write(None, &[put("a", json!({"state": "answered", "value": 1}))]);
    sato.write(None, &[put("a", json!({"value": 1, "state": "answered"}))]);
    ito.receive_all(&sato);
    assert_eq!(ito.values("fields", "a").len(), 1);
    assert_eq!(ito.document.view(None).entries("fields")[0].1.len(), 1);

    let raw = stripped(&ito.document, 3);
    let (_, fields) = raw.get(ROOT, "fields").unwrap().unwrap();
    assert_eq!(raw.get_all(fields, "a").unwrap().len(), 2, "red control");
}

// 11, 12 and 14 stand in `mutation.rs`.

// 13: a form that writes back everything it read.

#[test]
fn a_field_written_alone_leaves_the_others_as_they_are() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
    ito.write(None, &[put("name", "山田"), put("phone", "03")]);
    sato.receive_all(&ito);
    let form: Vec<_> = ito.document.view(None).entries("fields");
    sato.write(None, &[put("phone", "090")]);
    ito.receive_all(&sato);
    let mut whole_form = ito.document.clone();
    ito.write(None, &[put("name", "山本")]);
    assert_eq!(ito.values("fields", "phone"), [json!("090")]);

    let edits: Vec<_> = form
        .into_iter()
        .map(|(key, held)| put(&key, held[0].value.clone()))
        .collect();
    std::mem::swap(&mut ito.document, &mut whole_form);
    ito.write(None, &edits);
    assert_eq!(
        ito.values("fields", "phone"),
        [json!("03")],
        "red control: the form takes the number back"
    );
}

// 15: of two values, one is put again bit by bit.

#[test]
fn a_decision_in_the_very_words_and_millisecond_that_stand_is_taken_in() {
    for decided in ["困っていない", "急ぐ"] {
        let (mut ito, mut sato) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
        let now = ito.now;
        sato.now = now;
        ito.write(None, &[put("risk", "困っていない")]);
        sato.write(None, &[put("risk", "急ぐ")]);
        ito.receive_all(&sato);
        sato.receive_all(&ito);
        let both = sato.document.clone();
        ito.now = now;
        let decision = ito.write(None, &[put("risk", decided)]);
        sato.receive(ito.device, &decision).unwrap();
        assert_eq!(sato.values("fields", "risk"), [json!(decided)]);

        // The red control: automerge makes a deletion of it where the value is the one that it shows.
        let mut raw = stripped(&both, 3);
        let (_, fields) = raw.get(ROOT, "fields").unwrap().unwrap();
        let (shown, _) = raw.get(&fields, "risk").unwrap().unwrap();
        let shown = shown.into_scalar().unwrap();
        let mut tx = raw.transaction();
        tx.put(&fields, "risk", shown).unwrap();
        tx.commit();
        let head = raw.get_heads()[0];
        let last = raw.get_change_by_hash(&head).unwrap().decode();
        assert!(
            last.operations
                .iter()
                .all(|op| matches!(op.action, legacy::OpType::Delete)),
            "red control"
        );
    }
}
