//! The main job: two workers assess one household, offline; they merge, and neither loses a word.

use serde_json::{Value, json};
use testkit::Laptop;

const DAY: i64 = 86_400_000;

fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

/// A household view without what concerns only one laptop.
fn shared(mut view: Value) -> Value {
    view.as_object_mut().unwrap().remove("local");
    view
}

fn answer(
    laptop: &mut Laptop,
    round: &str,
    subject: &str,
    item: &str,
    value: &str,
    base: Option<&str>,
) -> Value {
    laptop.call(
        "assessment.answer",
        json!({ "roundId": round, "subject": subject, "item": item, "value": value, "basis": "observed", "base": base }),
    )
}

/// Both laptops' views of the household are equal, all notes and rounds included.
fn assert_same(one: &mut Laptop, two: &mut Laptop, household: &str) {
    let of = |laptop: &mut Laptop| {
        let view = shared(laptop.call("household.get", json!({ "id": household })));
        let notes: Vec<Value> = view["notes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|note| laptop.call("note.get", json!({ "id": note["id"] })))
            .collect();
        let rounds: Vec<Value> = view["rounds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|round| laptop.call("assessment.get", json!({ "roundId": round["id"] })))
            .collect();
        (view, notes, rounds)
    };
    assert_eq!(of(one), of(two), "both laptops show the same");
}

#[test]
fn two_workers_assess_one_household_and_neither_loses_a_word() {
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    assert_eq!(sheet.office_words.len(), 6);

    // A phone rings: an intake with nothing but one line.
    let intake = sato.call(
        "intake.create",
        json!({ "text": "母と息子の二人暮らし。家賃が払えないとの電話。" }),
    );
    let household = id(&sato.call(
        "household.create",
        json!({ "intakeId": intake["id"], "name": "みほん家" }),
    ));
    let taken = sato.call("intake.get", json!({ "id": intake["id"] }));
    assert_eq!(taken["householdId"], json!(household));
    assert_eq!(taken["open"], json!(false));

    // Members: one known, one only by age, one without a name.
    let mother = id(&sato.call(
        "member.add",
        json!({ "householdId": household, "familyName": "見本", "givenName": "梅", "familyKana": "ミホン",
                "givenKana": "ウメ", "birth": "S19.5.3", "role": "head" }),
    ));
    let son = sato.call(
        "member.add",
        json!({ "householdId": household, "givenName": "太郎", "birth": "50代" }),
    );
    assert_eq!(son["birth"]["precision"], json!("ageBand"));
    let son = id(&son);
    let unnamed = sato.call(
        "member.add",
        json!({ "householdId": household, "birth": "昭和30年頃" }),
    );
    assert_eq!(unnamed["unnamed"], json!(true));

    // The whole household is assessed.
    let round = id(&sato.call(
        "assessment.start",
        json!({ "householdId": household, "pack": "marugoto-household" }),
    ));
    answer(&mut sato, &round, &mother, "health_need", "trouble", None);
    answer(&mut sato, &round, "household", "money_need", "urgent", None);
    let declined = sato.call(
        "assessment.answer",
        json!({ "roundId": round, "subject": son, "item": "work_need", "state": "declined" }),
    );
    let states: Vec<&str> = declined["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|subject| subject["answers"].as_array().unwrap())
        .map(|answer| answer["state"].as_str().unwrap())
        .collect();
    assert!(states.contains(&"declined") && states.contains(&"answered"));

    // A note in which facts, words and views are apart.
    let note = sato.call(
        "note.create",
        json!({ "householdId": household, "method": "02", "memberIds": [mother], "blocks": [
            { "type": "fact", "text": "玄関に督促状が三通。" },
            { "type": "person", "text": "「息子には言わないでほしい」", "memberIds": [mother], "secrecy": null },
            { "type": "view", "text": "親子で話す場が要るのではないか。" } ] }),
    );
    let note_id = id(&note);
    assert_eq!(
        note["text"],
        json!(
            "玄関に督促状が三通。\n「息子には言わないでほしい」\n親子で話す場が要るのではないか。"
        )
    );
    let kinds: Vec<&Value> = note["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|block| block.get("type"))
        .collect();
    assert_eq!(kinds, [&json!("fact"), &json!("person"), &json!("view")]);

    // The colleague joins by files, words compared both ways, and takes the household with a bundle.
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    let brought = sato.give(&mut tanaka);
    assert!(
        brought.new > 0 && brought.refused.is_empty() && brought.held == 0,
        "{brought:?}"
    );
    assert_same(&mut sato, &mut tanaka, &household);

    // The same day, offline, both change the same assessment, the same note and the same member.
    let version = |view: &Value| view["version"].as_str().unwrap().to_owned();
    let seen = version(&sato.call("assessment.get", json!({ "roundId": round })));
    answer(
        &mut sato,
        &round,
        &son,
        "health_need",
        "concern",
        Some(&seen),
    );
    answer(
        &mut tanaka,
        &round,
        &son,
        "health_need",
        "urgent",
        Some(&seen),
    );
    let text = |laptop: &mut Laptop| laptop.call("note.get", json!({ "id": note_id }));
    let (one, two) = (text(&mut sato), text(&mut tanaka));
    sato.call(
        "note.edit",
        json!({ "id": note_id, "base": one["version"],
        "text": format!("先に大家へ電話した。{}", one["text"].as_str().unwrap()) }),
    );
    tanaka.call(
        "note.edit",
        json!({ "id": note_id, "base": two["version"],
        "text": format!("{}\n帰りに民生委員に会った。", two["text"].as_str().unwrap()) }),
    );
    sato.call(
        "member.update",
        json!({ "id": mother, "field": "phone", "value": "000-0000-0001" }),
    );
    tanaka.call(
        "member.update",
        json!({ "id": mother, "field": "note", "value": "耳が遠い" }),
    );

    // Bundles in any order, twice.
    sato.give(&mut tanaka);
    tanaka.give(&mut sato);
    let keep = tempfile::tempdir().unwrap();
    let twice = keep.path().join("twice.mgb");
    tanaka.export(&twice);
    sato.import(&twice);
    assert_eq!(sato.import(&twice).new, 0, "the same twice is known");
    sato.give(&mut tanaka);
    assert_same(&mut sato, &mut tanaka, &household);
    let merged = text(&mut sato);
    let merged = merged["text"].as_str().unwrap();
    assert!(
        merged.starts_with("先に大家へ電話した。") && merged.ends_with("帰りに民生委員に会った。"),
        "{merged}"
    );
    let view = sato.call("household.get", json!({ "id": household }));
    let member = view["members"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["id"] == json!(mother))
        .unwrap();
    assert_eq!(
        (&member["phone"], &member["note"]),
        (&json!("000-0000-0001"), &json!("耳が遠い"))
    );

    // Two views stand, named; one decides, and the decision merges too.
    let conflicts = tanaka.call("conflict.list", json!({ "householdId": household }));
    let conflict = &conflicts["items"][0];
    assert_eq!(conflict["item"], json!("health_need"));
    let mut names: Vec<&str> = conflict["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["author"]["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["佐藤 一子", "田中 次郎"]);
    tanaka.call(
        "conflict.resolve",
        json!({ "id": conflict["id"], "value": "urgent" }),
    );
    tanaka.give(&mut sato);
    assert_eq!(sato.call("conflict.list", json!({}))["items"], json!([]));
    assert_same(&mut sato, &mut tanaka, &household);

    // Found by kanji, kana, romaji, one character or two, and a word in a note.
    for query in ["見本", "みほん", "ミホン", "mihon", "梅", "督促", "家賃"] {
        let found = sato.call("search", json!({ "text": query }));
        assert!(
            !found["items"].as_array().unwrap().is_empty(),
            "{query} finds something"
        );
    }

    // Undo, restart, undo again.
    sato.call(
        "household.update",
        json!({ "id": household, "field": "promise", "value": "金曜に電話する" }),
    );
    sato.call(
        "household.update",
        json!({ "id": household, "field": "summary", "value": "母と息子" }),
    );
    assert_eq!(
        sato.call("undo", json!({}))["op"],
        json!("household.update")
    );
    sato.restart(DAY);
    let undone = sato.call("undo", json!({}));
    assert_eq!(undone["op"], json!("household.update"));
    let view = sato.call("household.get", json!({ "id": household }));
    assert!(view.get("summary").is_none() && view.get("promise").is_none());
    sato.call("redo", json!({}));
    assert_eq!(
        sato.call("household.get", json!({ "id": household }))["promise"],
        json!("金曜に電話する")
    );

    // As it was last month: what was written down later does not show.
    sato.restart(40 * DAY);
    answer(&mut sato, &round, &mother, "health_need", "none", None);
    let past = sato.call(
        "assessment.get",
        json!({ "roundId": round, "asOf": "2026-11-24" }),
    );
    let then = past["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["subject"] == json!(mother))
        .unwrap();
    let shown = then["answers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["item"] == json!("health_need"))
        .unwrap();
    assert_eq!(shown["value"], json!("trouble"));
    let before = sato.attempt(
        "household.get",
        json!({ "id": household, "asOf": "2026-11-01" }),
    );
    assert!(before.is_err(), "nothing was known of the household then");
}

/// An editor that was open while the bundle arrived loses nothing on either side.
#[test]
fn an_open_editor_and_an_arriving_bundle_lose_nothing() {
    let (mut sato, _) = Laptop::founding("佐藤", 11);
    let household = id(&sato.call("household.create", json!({ "name": "みほん家" })));
    let note = id(&sato.call(
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    ));
    let mut tanaka = Laptop::joining(&mut sato, "田中", 12);
    sato.give(&mut tanaka);

    for (with_base, survives) in [(true, true), (false, false)] {
        // Satō's editor is open and shows this version …
        let shown = sato.call("note.get", json!({ "id": note }));
        let sentence = format!("同僚の一文{with_base}。");
        let there = tanaka.call("note.get", json!({ "id": note }));
        let longer = format!("{}{sentence}", there["text"].as_str().unwrap());
        tanaka.call(
            "note.edit",
            json!({ "id": note, "text": longer, "base": there["version"] }),
        );
        // … while the colleague's bundle arrives …
        tanaka.give(&mut sato);
        // … and then saves the whole text.
        let typed = format!("私の一文{with_base}。{}", shown["text"].as_str().unwrap());
        let base = with_base.then(|| shown["version"].clone());
        let saved = sato.call(
            "note.edit",
            json!({ "id": note, "text": typed, "base": base }),
        );
        let text = saved["text"].as_str().unwrap();
        assert!(text.contains(&format!("私の一文{with_base}。")));
        // The red control: without the base the colleague's sentence is gone.
        assert_eq!(text.contains(&sentence), survives, "{text}");
        sato.give(&mut tanaka);
    }
}
