//! The main job on the command line alone: two laptops, one household, no network, and neither loses a word.

use serde_json::{Value, json};

use crate::program::Laptop;

fn texts<'a>(items: &'a Value, field: &str) -> Vec<&'a str> {
    let items = items.as_array().unwrap();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap())
        .collect()
}

fn path(laptop: &Laptop, name: &str) -> String {
    laptop.stick(name).to_str().unwrap().to_owned()
}

/// What one laptop shows of the household, without what concerns only that laptop.
fn shown(laptop: &Laptop, household: &Value, round: &Value, note: &Value) -> [Value; 3] {
    let mut view = laptop.call("household.get", &json!({ "id": household }));
    view.as_object_mut().unwrap().remove("local");
    [
        view,
        laptop.call("assessment.get", &json!({ "roundId": round })),
        laptop.call("note.get", &json!({ "id": note })),
    ]
}

#[test]
fn the_main_job_is_done_with_the_program_alone() {
    // The first worker's laptop, and an intake of one line that becomes a household.
    let sato = Laptop::with_office();
    let intake = sato.call(
        "intake.create",
        &json!({ "text": "家賃が払えないとの電話。" }),
    );
    let household = json!({ "intakeId": intake["id"], "name": "みほん家" });
    let household = sato.call("household.create", &household)["id"].clone();
    let inside = |more: Value| {
        let mut arguments = json!({ "householdId": household });
        let more = more.as_object().unwrap().clone();
        arguments.as_object_mut().unwrap().extend(more);
        arguments
    };
    let mother = inside(
        json!({ "familyName": "髙橋", "givenName": "梅", "familyKana": "タカハシ",
        "givenKana": "ウメ", "birth": "S19.5.3", "role": "head" }),
    );
    let mother = sato.call("member.add", &mother)["id"].clone();
    let son = sato.call("member.add", &inside(json!({ "birth": "50代" })));
    assert_eq!(son["birth"]["precision"], "ageBand");
    assert_eq!(son["unnamed"], true);
    let third = sato.call("member.add", &inside(json!({ "birth": "昭和30年頃" })));
    assert_eq!(third["birth"]["approx"], true);

    // The assessment and a note.
    let round = sato.call(
        "assessment.start",
        &inside(json!({ "pack": "marugoto-household" })),
    );
    let round = round["id"].clone();
    let answer = |subject: &Value, item: &str, more: Value| {
        let mut arguments = json!({ "roundId": round, "subject": subject, "item": item });
        let more = more.as_object().unwrap().clone();
        arguments.as_object_mut().unwrap().extend(more);
        arguments
    };
    let whole = json!("household");
    for (subject, item, more) in [
        (
            &mother,
            "health_need",
            json!({ "value": "trouble", "basis": "told" }),
        ),
        (&son["id"], "work_need", json!({ "state": "declined" })),
        (&whole, "home_need", json!({ "state": "unasked" })),
    ] {
        sato.call("assessment.answer", &answer(subject, item, more));
    }
    let note = inside(json!({ "blocks": [
        { "type": "fact", "text": "督促状が三通。" },
        { "type": "person", "text": "「息子には言わないで」", "memberIds": [mother] },
        { "type": "view", "text": "話す場が要るのではないか。" } ] }));
    let note = sato.call("note.create", &note);
    let blocks = note["blocks"].as_array().unwrap().iter();
    let typed = blocks.filter(|block| block["type"].is_string());
    assert_eq!(
        typed.count(),
        3,
        "the line breaks between them have no type"
    );

    // The second laptop joins, with words that both sides read out.
    let mut tanaka = Laptop::new();
    let (request, approval) = (path(&sato, "request"), path(&sato, "approval"));
    let asked = tanaka.run(&[
        "device",
        "request",
        "--worker",
        "田中 次郎",
        "--out",
        &request,
    ]);
    let asked = asked.json();
    tanaka.learn(&asked);
    let approve = ["device", "approve", &request, "--out", &approval, "--yes"];
    let approved = sato.run(&approve).json();
    assert_eq!(approved["deviceWords"], asked["deviceWords"]);
    let accepted = tanaka.run(&["device", "accept", &approval, "--yes"]);
    assert_eq!(accepted.status, 0, "{accepted:?}");

    // Half a copy first: it is refused whole. Then all of it, twice.
    let first = path(&sato, "first.mgb");
    sato.run(&["bundle", "export", "--to", &first]).json();
    let bytes = std::fs::read(&first).unwrap();
    let half = path(&sato, "half.mgb");
    std::fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    let refused = tanaka.run(&["bundle", "import", &half]);
    assert_eq!(
        (refused.status, refused.out.as_str()),
        (1, ""),
        "{refused:?}"
    );
    assert_eq!(
        tanaka.call("household.list", &json!({}))["items"],
        json!([])
    );
    let taken = tanaka.run(&["bundle", "import", &first]).json();
    assert!(taken["new"].as_u64().unwrap() > 0);
    assert_eq!((&taken["held"], &taken["refused"]), (&json!(0), &json!([])));
    let again = tanaka.run(&["bundle", "import", &first]).json();
    assert_eq!(again["new"], 0);

    // On the same day, without a network, both change the same things.
    let base = note["version"].clone();
    let written = note["text"].as_str().unwrap();
    for (laptop, text, need, phone) in [
        (
            &sato,
            format!("朝に電話。\n{written}"),
            "trouble",
            "090-1111-2222",
        ),
        (
            &tanaka,
            format!("{written}\n夕方に訪問。"),
            "urgent",
            "090-3333-4444",
        ),
    ] {
        let edit = json!({ "id": note["id"], "text": text, "base": base });
        laptop.call("note.edit", &edit);
        laptop.call(
            "assessment.answer",
            &answer(&whole, "money_need", json!({ "value": need })),
        );
        let update = json!({ "id": mother, "field": "phone", "value": phone });
        laptop.call("member.update", &update);
    }
    let (one, two) = (path(&sato, "one.mgb"), path(&sato, "two.mgb"));
    sato.run(&["bundle", "export", "--to", &one]).json();
    tanaka.run(&["bundle", "export", "--to", &two]).json();
    for _ in 0..2 {
        sato.run(&["bundle", "import", &two]).json();
        tanaka.run(&["bundle", "import", &one]).json();
    }
    let both = |laptop: &Laptop| shown(laptop, &household, &round, &note["id"]);
    assert_eq!(both(&sato), both(&tanaka), "both laptops show the same");
    let text = sato.call("note.get", &json!({ "id": note["id"] }))["text"].clone();
    let text = text.as_str().unwrap();
    assert!(
        text.contains("朝に電話。") && text.contains("夕方に訪問。"),
        "{text}"
    );

    // Two views on an answer and on a number; decided on one laptop, and the decision merges.
    let views = tanaka.call("conflict.list", &json!({ "householdId": household }));
    let views = views["items"].as_array().unwrap();
    assert_eq!(views.len(), 2);
    for view in views {
        assert_eq!(view["values"].as_array().unwrap().len(), 2);
        let value = &view["values"][0]["value"];
        tanaka.call(
            "conflict.resolve",
            &json!({ "id": view["id"], "value": value }),
        );
    }
    let decided = path(&sato, "decided.mgb");
    tanaka.run(&["bundle", "export", "--to", &decided]).json();
    sato.run(&["bundle", "import", &decided]).json();
    assert_eq!(sato.call("conflict.list", &json!({}))["items"], json!([]));
    assert_eq!(both(&sato), both(&tanaka), "and so does the decision");

    // Found by kanji, kana and romaji, by one character and by a word of the note.
    for word in ["高橋", "たかはし", "takahashi", "髙", "督促状"] {
        let found = sato.run(&["search", word]).json();
        let found = texts(&found["items"], "householdId");
        assert!(found.contains(&household.as_str().unwrap()), "{word}");
    }

    // As it was on an earlier day, and today.
    let now = sato.call("household.get", &json!({ "id": household }));
    let today = now["at"].as_str().unwrap().get(..10).unwrap();
    let then = sato.call("household.get", &json!({ "id": household, "asOf": today }));
    assert_eq!(then["name"], now["name"]);
    let before = json!({ "id": household, "asOf": "2000-01-01" }).to_string();
    let before = sato.run(&["call", "household.get", &before]);
    assert_eq!((before.status, before.code().as_str()), (1, "not_found"));

    // Undone, and undone again after a restart: each command is a launch of its own, and locks at its end.
    for stage in ["support", "closed"] {
        let update = json!({ "id": household, "field": "stage", "value": stage });
        sato.call("household.update", &update);
    }
    for stage in ["support", "intake"] {
        sato.call("undo", &json!({}));
        let view = sato.call("household.get", &json!({ "id": household }));
        assert_eq!(view["stage"], stage);
    }

    // What both hold is sound, and what is derived from it is what the log says.
    for laptop in [&sato, &tanaka] {
        for arguments in [&["verify"][..], &["verify", "--rebuild"][..]] {
            let verified = laptop.run(arguments).json();
            assert_eq!(
                (&verified["ok"], &verified["findings"]),
                (&json!(true), &json!([]))
            );
        }
    }
}
