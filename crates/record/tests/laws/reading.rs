//! Views, past views, statements and history.

use record::{Changed, Document, Edit, Kind, Statement};
use serde_json::json;

use crate::support::{Desk, mark, put, statement, text};

fn kinds(document: &Document) -> Vec<(usize, usize, String)> {
    let spans = document.view(None).spans();
    spans
        .into_iter()
        .map(|span| (span.start, span.end, span.statement.kind))
        .collect()
}

#[test]
fn a_past_view_shows_what_was_there_then() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.now = 999;
    ito.write(None, &[put("a", 1), text("一回目。")]);
    ito.write(None, &[mark(0, 4, "fact")]);
    let then = ito.document.version();
    ito.now = 1_999;
    ito.write(None, &[put("a", 2), put("b", 1), text("二回目。")]);
    for at in [ito.document.version_at(1_999), then] {
        let past = ito.document.view(Some(&at));
        assert_eq!(past.read("fields", "a")[0].value, json!(1));
        assert_eq!(past.entries("fields").len(), 1);
        assert_eq!(past.text(), "一回目。");
        assert_eq!(past.spans().len(), 1);
    }
    let genesis = Document::genesis(ito.document.key());
    assert_eq!(ito.document.version_at(0), genesis.version());
    assert_eq!(ito.document.version_at(i64::MAX), ito.document.version());
    assert_eq!(ito.document.view(Some(&genesis.version())).text(), "");
}

#[test]
fn a_change_counts_as_made_then_only_with_all_it_rests_on() {
    let (mut ahead, mut right) = (Desk::new(1, Kind::Person), Desk::new(2, Kind::Person));
    ahead.now = 10_000;
    ahead.write(None, &[put("a", "a clock that runs ahead")]);
    right.write(None, &[put("b", "before")]);
    let before = right.document.version();
    right.receive_all(&ahead);
    right.write(None, &[put("b", "after")]);
    assert_eq!(right.document.version_at(5_000), before);
    assert_eq!(right.document.version_at(10_001), right.document.version());
}

#[test]
fn places_in_a_text_are_code_points() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(None, &[text("𠮷野家👨‍👩‍👧です。"), mark(0, 3, "fact")]);
    assert_eq!(kinds(&ito.document), [(0, 3, "fact".into())]);
    ito.write(None, &[text("今日、𠮷野家👨‍👩‍👧です。")]);
    assert_eq!(kinds(&ito.document), [(3, 6, "fact".into())]);
}

#[test]
fn a_statement_keeps_all_that_was_said_about_it() {
    let mut ito = Desk::new(1, Kind::Note);
    let statement = Statement {
        kind: "other".into(),
        member_ids: vec!["m1".into(), "m2".into()],
        source: Some("民生委員".into()),
        observed_on: Some("2026-11-01".into()),
        secrecy: Some("通報者".into()),
    };
    ito.write(
        None,
        &[
            text("怒鳴り声。"),
            Edit::Mark {
                start: 0,
                end: 5,
                statement: statement.clone(),
            },
        ],
    );
    ito.reopen();
    assert_eq!(ito.document.view(None).spans()[0].statement, statement);
}

#[test]
fn words_typed_behind_a_statement_are_not_part_of_it_and_words_inside_are() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(None, &[text("母は元気。"), mark(0, 5, "fact")]);
    ito.write(None, &[text("母は元気。疲れているように見える。")]);
    assert_eq!(kinds(&ito.document), [(0, 5, "fact".into())]);
    ito.write(
        None,
        &[text("前置き。母はとても元気。疲れているように見える。")],
    );
    assert_eq!(kinds(&ito.document), [(4, 12, "fact".into())]);
}

#[test]
fn statements_side_by_side_stay_two() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(
        None,
        &[
            text("一つ目。二つ目。"),
            mark(0, 4, "fact"),
            mark(4, 8, "fact"),
        ],
    );
    assert_eq!(
        kinds(&ito.document),
        [(0, 4, "fact".into()), (4, 8, "fact".into())]
    );
}

#[test]
fn marking_again_replaces_what_was_seen_there() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(
        None,
        &[text("一二三四五六"), mark(0, 6, "fact"), mark(2, 4, "view")],
    );
    let parts = [
        (0, 2, "fact".into()),
        (2, 4, "view".into()),
        (4, 6, "fact".into()),
    ];
    assert_eq!(kinds(&ito.document), parts);
    ito.write(None, &[Edit::Unmark { start: 0, end: 6 }]);
    assert_eq!(kinds(&ito.document), []);
    ito.write(None, &[mark(0, 6, "person")]);
    assert_eq!(kinds(&ito.document), [(0, 6, "person".into())]);
}

/// With one mark name for all, one of the two would be gone, secrecy and all.
#[test]
fn two_statements_about_the_same_words_both_stand() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[text("夜に怒鳴り声。"), mark(0, 7, "fact")]);
    sato.receive_all(&ito);
    ito.write(None, &[mark(0, 7, "view")]);
    let secret = Statement {
        secrecy: Some("通報者".into()),
        ..statement("other")
    };
    sato.write(
        None,
        &[Edit::Mark {
            start: 2,
            end: 7,
            statement: secret.clone(),
        }],
    );
    ito.receive_all(&sato);
    sato.receive_all(&ito);
    assert_eq!(
        ito.document.view(None).spans(),
        sato.document.view(None).spans()
    );
    let found = kinds(&ito.document);
    assert_eq!(found, [(0, 7, "view".into()), (2, 7, "other".into())]);
    assert_eq!(ito.document.view(None).spans()[1].statement, secret);
}

#[test]
fn the_same_statement_by_two_is_one() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[text("一二三四五六")]);
    sato.receive_all(&ito);
    ito.write(None, &[mark(0, 4, "fact")]);
    sato.write(None, &[mark(2, 6, "fact")]);
    ito.receive_all(&sato);
    assert_eq!(kinds(&ito.document), [(0, 6, "fact".into())]);
}

#[test]
fn history_tells_who_changed_what_when() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[put("a", 1), text("母は元気。"), mark(0, 5, "fact")]);
    sato.receive_all(&ito);
    sato.now = 5_000;
    let base = sato.document.version();
    let made = sato.write(None, &[put("a", 2), text("母は病気。")]);
    assert_eq!(sato.document.made_at(&made[0].hash), Some(base));
    let history = sato.document.history();
    assert_eq!(history.len(), 5);
    let mine: Vec<_> = history
        .iter()
        .filter(|entry| entry.device == [2; 8])
        .collect();
    assert!(
        mine.iter()
            .all(|entry| entry.at == 5_001 && entry.hash == made[0].hash)
    );
    let Changed::Field {
        map,
        key,
        before,
        after,
    } = &mine[0].what
    else {
        panic!("{mine:?}")
    };
    assert_eq!((*map, key.as_str()), ("fields", "a"));
    assert_eq!((&before[0].value, &after[0].value), (&json!(1), &json!(2)));
    let Changed::Text(splices) = &mine[1].what else {
        panic!("{mine:?}")
    };
    assert_eq!(
        (
            splices[0].start,
            splices[0].removed.as_str(),
            splices[0].inserted.as_str()
        ),
        (2, "元", "病")
    );
}

/// Undo of a text is a save of the text before, at the version after.
#[test]
fn a_text_goes_back_without_taking_others_along() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    ito.write(None, &[text("母は元気。")]);
    sato.receive_all(&ito);
    let made = ito.write(None, &[text("母は元気。余計な文。")]);
    let after = ito.document.version();
    sato.write(None, &[text("電話した。母は元気。")]);
    ito.receive_all(&sato);
    let before = ito.document.made_at(&made[0].hash).unwrap();
    let old = ito.document.view(Some(&before)).text();
    ito.write(Some(&after), &[text(&old)]);
    assert_eq!(ito.text(), "電話した。母は元気。");
}

#[test]
fn debug_output_holds_no_words_of_a_case() {
    let mut ito = Desk::new(1, Kind::Note);
    let secret = Statement {
        source: Some("秘密".into()),
        ..statement("fact")
    };
    let edits = [
        put("a", "秘密"),
        text("秘密。"),
        Edit::Mark {
            start: 0,
            end: 2,
            statement: secret,
        },
    ];
    let made = ito.write(None, &edits);
    let view = ito.document.view(None);
    let all = format!(
        "{edits:?}{made:?}{view:?}{:?}{:?}{:?}{:?}",
        ito.document,
        view.read("fields", "a"),
        view.spans(),
        ito.document.history()
    );
    assert!(!all.contains("秘密"), "{all}");
}
