//! Writing at the version one was looking at.

use automerge::{ActorId, PatchLog, ROOT, ReadDoc, transaction::Transactable};
use record::{Document, Edit, Kind, Version, WriteError};
use serde_json::json;

use crate::support::{Desk, bare, edit, mark, put, stripped, text};

/// An editor is open on version `base` while a colleague's sentence arrives.
fn while_the_editor_was_open() -> (Desk, Version) {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[text("母は元気。"), put("status", "安定")]);
    sato.receive_all(&ito);
    let base = ito.document.version();
    sato.write(
        None,
        &[text("母は元気。父は入院。"), put("status", "要注意")],
    );
    ito.receive_all(&sato);
    (ito, base)
}

#[test]
fn a_save_from_a_stale_editor_keeps_what_arrived() {
    let (mut ito, base) = while_the_editor_was_open();
    ito.write(Some(&base), &[text("母は元気。電話した。")]);
    assert!(ito.text().contains("父は入院。"));
    assert!(ito.text().contains("電話した。"));
}

/// The red control: the same save without its base.
#[test]
fn without_a_base_a_stale_save_deletes_a_colleagues_sentence() {
    let (mut ito, _) = while_the_editor_was_open();
    ito.write(None, &[text("母は元気。電話した。")]);
    assert!(!ito.text().contains("父は入院。"));
}

#[test]
fn a_stale_answer_stands_beside_what_arrived() {
    let (mut ito, base) = while_the_editor_was_open();
    ito.write(Some(&base), &[put("status", "不明")]);
    let mut held = ito.values("fields", "status");
    held.sort_by_key(ToString::to_string);
    assert_eq!(held, [json!("不明"), json!("要注意")]);
    // Who sees both decides.
    ito.write(None, &[put("status", "要注意")]);
    assert_eq!(ito.values("fields", "status"), [json!("要注意")]);
}

/// The red control: the same answer without its base resolves a conflict that nobody saw.
#[test]
fn without_a_base_a_stale_answer_wipes_out_what_arrived() {
    let (mut ito, _) = while_the_editor_was_open();
    ito.write(None, &[put("status", "不明")]);
    assert_eq!(ito.values("fields", "status"), [json!("不明")]);
}

/// Ito marks a stretch, Sato types at both its borders, and they had not met.
#[test]
fn a_stretch_is_marked_where_the_writer_saw_it() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[text("母は元気。")]);
    sato.receive_all(&ito);
    let base = ito.document.version();
    sato.write(
        None,
        &[text("電話。母は元気。"), text("電話。母は元気。以上。")],
    );
    ito.receive_all(&sato);
    let mut busy: Vec<_> = (0..10).map(|i| put("a", i)).collect();
    busy.push(mark(0, 5, "fact"));
    ito.write(Some(&base), &busy);
    let spans = ito.document.view(None).spans();
    assert_eq!((spans[0].start, spans[0].end), (3, 8));

    let raw = stripped(&ito.document, 3);
    let (_, id) = raw.get(ROOT, "text").unwrap().unwrap();
    let marks = raw.marks(&id).unwrap();
    let reach = (marks[0].start, marks[0].end);
    assert_eq!(
        reach,
        (0, 8),
        "red control: a mark takes in what was typed at its border"
    );
}

#[test]
fn a_version_that_is_not_here_is_no_base() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    sato.write(None, &[put("a", 1)]);
    let before = ito.document.version();
    for unknown in [sato.document.version(), Version::from_hashes(vec![])] {
        let refused = ito.try_write(Some(&unknown), &[put("a", 2)]);
        assert!(matches!(refused, Err(WriteError::BaseUnknown)));
    }
    assert_eq!(ito.document.version(), before);
}

/// However writes at old and new versions follow one another, actors keep their 16 bytes, so that the
/// receiver's look at them holds.
#[test]
fn an_actor_has_sixteen_bytes_at_every_base() {
    let mut ito = Desk::new(1, Kind::Note);
    let mut sato = Desk::new(2, Kind::Note);
    let base = ito.document.version();
    for round in 0..6 {
        ito.write(None, &[put("a", round)]);
        ito.write(Some(&base), &[put("b", round), text("並行して。")]);
        ito.write(Some(&base), &[put("b", round)]);
    }
    let changes = ito.document.changes();
    assert_eq!(changes.len(), 18);
    sato.receive(ito.device, &changes).unwrap();
    assert_eq!(ito.document.version(), sato.document.version());
}

/// The red control: isolated below a later change of its own, automerge makes up an actor.
#[test]
fn without_a_fresh_actor_an_older_base_makes_up_another() {
    let mut doc = bare(1);
    let base = edit(&mut doc, |tx| tx.put(ROOT, "a", 1));
    edit(&mut doc, |tx| tx.put(ROOT, "a", 2));
    let mut tx = doc.transaction_at(PatchLog::inactive(), &[base]).unwrap();
    tx.put(ROOT, "a", 3).unwrap();
    let hash = tx.commit().0.unwrap();
    assert_eq!(
        doc.get_change_by_hash(&hash)
            .unwrap()
            .actor_id()
            .to_bytes()
            .len(),
        21
    );
    assert_ne!(doc.get_actor(), &ActorId::from([2; 16]));
}

#[test]
fn a_refused_edit_leaves_nothing_behind() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(None, &[text("短い。")]);
    let before = ito.document.version();
    let long = "長".repeat(200_001);
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let refusals = [
        (vec![put("a", 1), text(&long)], "TextTooLong"),
        (
            vec![put("a", 1), put("b", "x".repeat(300_000))],
            "ValueTooLarge",
        ),
        (vec![put("a", 1), put("b", deep)], "ValueTooLarge"),
        (vec![put("a", 1), put("", 1)], "BadKey"),
        (
            vec![
                put("a", 1),
                Edit::Put {
                    map: "answers",
                    key: "k".into(),
                    value: json!(1),
                },
            ],
            "NoSuchMap",
        ),
        (vec![put("a", 1), mark(1, 1, "fact")], "BadRange"),
        (vec![put("a", 1), mark(2, 4, "fact")], "BadRange"),
    ];
    for (edits, name) in refusals {
        let refused = ito.try_write(None, &edits).unwrap_err();
        assert!(format!("{refused:?}").starts_with(name), "{refused:?}");
        assert_eq!(ito.document.version(), before);
    }
    assert_eq!(ito.document.changes().len(), 1);
    let mut person = Desk::new(1, Kind::Person);
    assert!(matches!(
        person.try_write(None, &[text("x")]),
        Err(WriteError::NoText)
    ));
}

#[test]
fn a_long_paste_is_cut_into_changes_that_everybody_takes() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[text("前。後。")]);
    let base = ito.document.version();
    ito.write(None, &[text("前。中。後。")]);
    let paste: String = (0..3_000).map(|i| format!("貼り付け{i}。")).collect();
    let made = ito.write(
        Some(&base),
        &[text(&format!("前。{paste}後。")), mark(0, 2, "fact")],
    );
    assert!(made.len() > 2);
    assert!(ito.text().contains(&paste) && ito.text().contains("中。"));
    sato.receive(ito.device, &ito.document.changes()).unwrap();
    assert_eq!(sato.text(), ito.text());
    // And everything replaced by something else.
    let other: String = (0..3_000).map(|i| format!("別の文{i}！")).collect();
    let made = ito.write(None, &[text(&other)]);
    assert!(made.len() > 4);
    assert_eq!(ito.text(), other);
    sato.receive(ito.device, &made).unwrap();
    assert_eq!(sato.text(), other);
}

#[test]
fn many_large_values_are_cut_into_changes_that_everybody_takes() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Case), Desk::new(2, Kind::Case));
    let edits: Vec<_> = (0..20)
        .map(|i| put(&format!("k{i}"), "字".repeat(60_000)))
        .collect();
    let made = ito.write(None, &edits);
    assert!(made.len() > 5);
    sato.receive(ito.device, &made).unwrap();
    assert_eq!(sato.document.version(), ito.document.version());
}

#[test]
fn the_longest_text_can_be_saved_and_a_longer_one_shortened() {
    let mut ito = Desk::new(1, Kind::Note);
    let base = ito.document.version();
    let half = "あいうえお。".repeat(33_333);
    ito.write(None, &[text(&half)]);
    ito.write(Some(&base), &[text(&half)]);
    let merged = ito.text();
    assert!(merged.chars().count() > 200_000);
    let shorter: String = merged.chars().skip(10).collect();
    ito.write(None, &[text(&shorter)]);
    assert_eq!(ito.text(), shorter);
    assert!(
        ito.try_write(None, &[text(&format!("{shorter}。"))])
            .is_err()
    );
}

#[test]
fn nothing_new_is_no_change() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(None, &[text("同じ。")]);
    let before = ito.document.version();
    assert!(ito.write(None, &[text("同じ。")]).is_empty());
    assert!(ito.write(None, &[]).is_empty());
    assert_eq!(ito.document.version(), before);
    ito.write(None, &[put("a", 1)]);
    assert_eq!(
        Document::load(ito.document.key(), &ito.document.save())
            .unwrap()
            .version(),
        ito.document.version()
    );
}
