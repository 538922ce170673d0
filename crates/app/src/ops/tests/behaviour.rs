//! What single operations do where no story leads.

use serde_json::{Value, json};

use crate::exchange::tests::{NOON, attempt, call, founding, id};
use crate::{App, Fixed};

const DAY: i64 = 86_400_000;

fn office() -> App {
    founding("佐藤", 3).0
}

/// Goes on some days later.
fn later(app: App, days: i64) -> App {
    app.with_environment(Box::new(Fixed::new(NOON + days * DAY, 99)))
}

fn refused(app: &mut App, name: &str, arguments: Value) -> &'static str {
    attempt(app, name, arguments).unwrap_err().code.as_str()
}

fn texts<'a>(items: &'a Value, field: &str) -> Vec<&'a str> {
    let items = items.as_array().unwrap();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap())
        .collect()
}

#[test]
fn a_membership_ends_on_a_day_and_stands_before_it() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let member = json!({ "householdId": household, "givenName": "太郎" });
    let member = id(&call(&mut app, "member.add", member));
    let mut app = later(app, 10);
    let leaving =
        |on: &str| json!({ "id": member, "householdId": household, "on": on, "reason": "moved" });
    assert_eq!(
        refused(&mut app, "member.leave", leaving("2026-11")),
        "invalid_value"
    );
    assert_eq!(
        refused(&mut app, "member.leave", leaving("S64.1.8")),
        "impossible_date"
    );
    let left = call(&mut app, "member.leave", leaving("R8.11.28"));
    assert_eq!(left["leftOn"], json!("2026-11-28"));
    assert_eq!(left["leaveReason"], json!("moved"));
    let mut seen = |day: &str| {
        let view = call(
            &mut app,
            "household.get",
            json!({ "id": household, "asOf": day }),
        );
        assert_eq!(view["asOf"], json!(day));
        view["members"][0].clone()
    };
    // Written down on 12-03, true from 11-28 on.
    assert_eq!(seen("2026-11-27")["leftOn"], Value::Null);
    assert_eq!(seen("2026-11-28")["leftOn"], json!("2026-11-28"));
    assert_eq!(
        seen("2026-12-03")["givenName"],
        json!("太郎"),
        "the person stays"
    );
    let stranger = json!({ "id": household, "householdId": household, "on": "2026-11-28" });
    assert_eq!(
        refused(&mut app, "member.leave", stranger),
        "unknown_subject"
    );
}

#[test]
fn a_confirmed_note_shows_what_was_added_after_it() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let note = call(
        &mut app,
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    );
    let confirmed = call(&mut app, "note.confirm", json!({ "id": note["id"] }));
    assert_eq!(confirmed["confirmed"]["amended"], json!(false));
    assert_eq!(confirmed["confirmed"]["version"], note["version"]);
    let edit =
        json!({ "id": note["id"], "text": "訪問した。留守。", "base": confirmed["version"] });
    let amended = call(&mut app, "note.edit", edit);
    assert_eq!(amended["text"], json!("訪問した。留守。"));
    assert_eq!(amended["confirmed"]["amended"], json!(true));
    assert_eq!(amended["confirmed"]["text"], json!("訪問した。"));
    // Undo takes back the amendment, and not the confirmation.
    call(&mut app, "undo", json!({}));
    let back = call(&mut app, "note.get", json!({ "id": note["id"] }));
    assert_eq!(back["text"], json!("訪問した。"));
    assert_eq!(back["confirmed"]["amended"], json!(false));
}

#[test]
fn an_intake_is_changed_field_by_field() {
    let mut app = office();
    let intake = id(&call(&mut app, "intake.create", json!({})));
    let mut put = |field: &str, value: Value| {
        attempt(
            &mut app,
            "intake.update",
            json!({ "id": intake, "field": field, "value": value }),
        )
    };
    for (field, value) in [
        ("text", json!("家賃の相談")),
        ("channel", json!("phone")),
        ("urgency", json!("today")),
        ("consent", json!("oral")),
        ("callerName", json!("見本 梅")),
        ("phone", json!("090-1234-5678")),
        ("areaId", json!("north")),
        ("closed", json!("referred")),
    ] {
        assert_eq!(put(field, value.clone()).unwrap()[field], value);
    }
    let closed = put("receivedAt", json!("2026-11-20T09:00:00+09:00")).unwrap();
    assert!(
        closed["receivedAt"]
            .as_str()
            .unwrap()
            .starts_with("2026-11-20T09:00")
    );
    assert_eq!(closed["open"], json!(false));
    let open = put("closed", Value::Null).unwrap();
    assert_eq!(
        (&open["open"], &open["closed"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(
        put("householdId", json!("x")).unwrap_err().code.as_str(),
        "unknown_field"
    );
    assert_eq!(
        put("phone", json!(90)).unwrap_err().code.as_str(),
        "invalid_value"
    );
}

#[test]
fn an_intake_is_likened_by_number_and_name_and_never_to_itself() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let known = json!({ "householdId": household, "familyName": "髙橋", "familyKana": "タカハシ", "phone": "09012345678" });
    let known = id(&call(&mut app, "member.add", known));
    let mut similar = |arguments: Value| {
        let intake = call(&mut app, "intake.create", arguments);
        call(&mut app, "intake.similar", json!({ "id": intake["id"] }))
    };
    let by_number = similar(json!({ "phone": "090-1234-5678" }));
    assert_eq!(texts(&by_number["items"], "id"), [known.as_str()]);
    let by_name = similar(json!({ "callerName": "高橋" }));
    assert_eq!(texts(&by_name["items"], "id"), [known.as_str()]);
    let nobody = similar(json!({ "callerName": "鈴木", "phone": "1234" }));
    assert_eq!(nobody["items"], json!([]));
}

#[test]
fn a_memo_is_edited_discarded_brought_back_and_made_a_note() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let memo = call(&mut app, "memo.create", json!({ "text": "電話" }));
    let edit = json!({ "id": memo["id"], "text": "電話。折り返す", "base": memo["version"] });
    assert_eq!(
        call(&mut app, "memo.edit", edit)["text"],
        json!("電話。折り返す")
    );
    let left = call(&mut app, "memo.discard", json!({ "id": memo["id"] }));
    assert_eq!(left["items"], json!([]));
    assert_eq!(
        refused(
            &mut app,
            "memo.edit",
            json!({ "id": household, "text": "" })
        ),
        "not_found"
    );
    call(&mut app, "undo", json!({}));
    let back = call(&mut app, "memo.list", json!({}));
    assert_eq!(texts(&back["items"], "text"), ["電話。折り返す"]);
    let note = json!({ "householdId": household, "text": "電話。折り返す", "memoId": memo["id"] });
    call(&mut app, "note.create", note);
    assert_eq!(call(&mut app, "memo.list", json!({}))["items"], json!([]));
    let found = call(&mut app, "search", json!({ "text": "折り返す" }));
    assert_eq!(
        texts(&found["items"], "kind"),
        ["note"],
        "the words are there once"
    );
}

#[test]
fn the_same_person_of_two_cases_is_known_from_both_ends() {
    let mut app = office();
    let mut member = |more: Value| {
        let household = id(&call(&mut app, "household.create", json!({})));
        let mut arguments = json!({ "householdId": household });
        arguments
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        (call(&mut app, "member.add", arguments), household)
    };
    let (one, first) = member(json!({}));
    let (two, second) = member(json!({ "samePersonAs": one["id"] }));
    assert_ne!(one["id"], two["id"], "a document in each case");
    assert_eq!(two["samePersonAs"], json!([one["id"]]));
    let mut of = |household: &str| {
        call(&mut app, "household.get", json!({ "id": household }))["members"][0].clone()
    };
    assert_eq!(of(&first)["samePersonAs"], json!([two["id"]]));
    assert_eq!(of(&second)["samePersonAs"], json!([one["id"]]));
    let nobody = json!({ "householdId": first, "samePersonAs": first });
    assert_eq!(refused(&mut app, "member.add", nobody), "not_found");
}

#[test]
fn an_answer_counts_from_the_day_on_which_it_was_observed() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let start = json!({ "householdId": household, "pack": "marugoto-household" });
    let round = id(&call(&mut app, "assessment.start", start));
    let mut app = later(app, 7);
    let mut arguments = json!({ "roundId": round, "subject": "household", "item": "home_need",
        "value": "trouble", "basis": "observed", "observedOn": "2026-11-25" });
    call(&mut app, "assessment.answer", arguments.clone());
    arguments["item"] = json!("money_need");
    arguments["observedOn"] = Value::Null;
    let now = call(&mut app, "assessment.answer", arguments.clone());
    assert_eq!(
        now["subjects"][0]["answers"][0]["observedOn"],
        json!("2026-11-25")
    );
    let mut items = |day: &str| {
        let view = call(
            &mut app,
            "assessment.get",
            json!({ "roundId": round, "asOf": day }),
        );
        let subjects = view["subjects"].as_array().unwrap();
        let answers = subjects
            .iter()
            .flat_map(|one| one["answers"].as_array().unwrap());
        let mut items: Vec<String> = answers
            .map(|one| one["item"].as_str().unwrap().to_owned())
            .collect();
        items.sort();
        items
    };
    // Both were written down on 11-30; one of them was seen on 11-25.
    assert!(items("2026-11-24").is_empty());
    assert_eq!(items("2026-11-25"), ["home_need"]);
    assert_eq!(items("2026-11-30"), ["home_need", "money_need"]);
    arguments["observedOn"] = json!("yesterday");
    assert_eq!(
        refused(&mut app, "assessment.answer", arguments),
        "invalid_value"
    );
}

#[test]
fn lists_are_read_page_by_page_without_a_gap_or_a_double() {
    let mut app = office();
    for number in 0..7 {
        call(
            &mut app,
            "intake.create",
            json!({ "text": format!("{number}件目") }),
        );
        call(
            &mut app,
            "household.create",
            json!({ "name": format!("みほん{number}") }),
        );
    }
    for (list, more) in [
        ("intake.list", json!({})),
        ("intake.list", json!({ "open": true })),
        ("household.list", json!({})),
    ] {
        let whole = call(&mut app, list, more.clone());
        let whole = texts(&whole["items"], "id").into_iter().map(str::to_owned);
        let whole: Vec<String> = whole.collect();
        assert_eq!(whole.len(), 7, "{list}");
        for limit in [1, 3, 7] {
            let mut seen = Vec::new();
            let mut arguments = more.clone();
            arguments["limit"] = json!(limit);
            loop {
                let page = call(&mut app, list, arguments.clone());
                let ids = texts(&page["items"], "id");
                assert!(ids.len() <= limit);
                seen.extend(ids.into_iter().map(str::to_owned));
                if page["cursor"].is_null() {
                    break;
                }
                arguments["cursor"] = page["cursor"].clone();
            }
            assert_eq!(seen, whole, "{list} by {limit}");
        }
        let arguments = json!({ "cursor": "nowhere" });
        assert_eq!(refused(&mut app, list, arguments), "invalid_value");
    }
}

#[test]
fn a_date_is_read_as_it_is_typed() {
    let mut app = office();
    for (text, direction, iso, precision) in [
        ("S35.1.8", "past", Some("1960-01-08"), "day"),
        ("s350108", "past", Some("1960-01-08"), "day"),
        ("昭和35年1月8日", "past", Some("1960-01-08"), "day"),
        ("昭和元年", "past", Some("1926"), "year"),
        ("R8/11/23", "past", Some("2026-11-23"), "day"),
        ("19600108", "past", Some("1960-01-08"), "day"),
        ("1960/1/8", "past", Some("1960-01-08"), "day"),
        ("1/8", "past", Some("2026-01-08"), "day"),
        ("1/8", "future", Some("2027-01-08"), "day"),
        ("今日", "past", Some("2026-11-23"), "day"),
        ("-3", "past", Some("2026-11-20"), "day"),
        ("昭和40年頃", "past", Some("1965"), "year"),
        ("60代", "past", Some("1957"), "ageBand"),
        ("不明", "past", None, "unknown"),
    ] {
        let read = call(
            &mut app,
            "date.read",
            json!({ "text": text, "direction": direction }),
        );
        let told = (read["iso"].as_str(), read["precision"].as_str());
        assert_eq!(told, (iso, Some(precision)), "{text} {direction}");
        assert_eq!(read["approx"], json!(text.contains('頃')), "{text}");
        assert!(read["problem"].is_null() && !read["ja"].as_str().unwrap().is_empty());
    }
    // An era that had ended by then is refused with a hint, not in silence.
    let read = call(&mut app, "date.read", json!({ "text": "S64.1.8" }));
    assert!(read["problem"].is_string() && read["iso"].is_null());
    for hint in ["hintJa", "hintEn"] {
        assert!(!read[hint].as_str().unwrap().is_empty());
    }
}

#[test]
fn a_statement_is_marked_by_code_points() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let text = "𠮷野家で、「つらい」と言う。";
    let note = call(
        &mut app,
        "note.create",
        json!({ "householdId": household, "text": text }),
    );
    let start = text.chars().position(|one| one == '「').unwrap();
    let end = text.chars().position(|one| one == '」').unwrap() + 1;
    let mark = json!({ "id": note["id"], "base": note["version"], "start": start, "end": end,
        "type": "person", "observedOn": "2026-11-20" });
    let marked = call(&mut app, "note.mark", mark);
    let blocks = &marked["blocks"];
    assert_eq!(
        texts(blocks, "text"),
        ["𠮷野家で、", "「つらい」", "と言う。"]
    );
    assert_eq!(blocks[1]["type"], json!("person"));
    assert_eq!(blocks[1]["observedOn"], json!("2026-11-20"));
    assert_eq!(
        (&blocks[1]["start"], &blocks[1]["end"]),
        (&json!(start), &json!(end))
    );
    let plain = json!({ "id": note["id"], "base": marked["version"], "start": start, "end": end, "type": "none" });
    let plain = call(&mut app, "note.mark", plain);
    assert_eq!(texts(&plain["blocks"], "text"), [text]);
    let strange = json!({ "id": note["id"], "base": plain["version"], "start": 0, "end": 2, "type": "guess" });
    assert_eq!(refused(&mut app, "note.mark", strange), "invalid_value");
}

#[test]
fn a_history_tells_who_changed_which_field_when() {
    let mut app = office();
    let household = call(&mut app, "household.create", json!({ "name": "みほん" }));
    for stage in ["support", "closed"] {
        let update = json!({ "id": household["id"], "field": "stage", "value": stage });
        call(&mut app, "household.update", update);
    }
    let history = call(&mut app, "history", json!({ "id": household["id"] }));
    assert_eq!(history["id"], household["id"]);
    let stages = history["items"].as_array().unwrap().iter();
    let stages: Vec<&Value> = stages
        .filter(|item| item["field"] == "fields/stage")
        .collect();
    // Newest first.
    let told: Vec<_> = stages
        .iter()
        .map(|item| (&item["before"], &item["after"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("support"), &json!("closed")),
            (&Value::Null, &json!("support"))
        ]
    );
    for item in stages {
        assert_eq!(item["author"]["name"], json!("佐藤"));
        assert!(item["at"].as_str().unwrap().starts_with("2026-11-23T10:15"));
    }
    assert_eq!(
        refused(
            &mut app,
            "history",
            json!({ "id": "00000000-0000-0000-0000-000000000000" })
        ),
        "not_found"
    );
}

/// What a line of the list says, as the household's own page says it.
fn line_by_page(page: &Value) -> Value {
    let present = page["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member["leftOn"].is_null());
    let mut names: Vec<String> = present
        .map(|member| {
            let [family, given] =
                ["familyName", "givenName"].map(|part| member[part].as_str().unwrap());
            format!("{family} {given}").trim().to_owned()
        })
        .collect();
    names.sort();
    json!({
        "members": names,
        "lastContactAt": page["notes"][0]["occurredAt"],
        "conflictCount": page["conflicts"].as_array().unwrap().len(),
        "nextOn": page["nextOn"],
        "stage": page["stage"],
    })
}

fn line_by_list(row: &Value) -> Value {
    let mut names: Vec<&str> = row["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    names.sort_unstable();
    json!({
        "members": names,
        "lastContactAt": row["lastContactAt"],
        "conflictCount": row["conflictCount"],
        "nextOn": row["nextOn"],
        "stage": row["stage"],
    })
}

#[test]
fn every_line_of_the_list_says_what_the_page_of_its_household_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = crate::demo::make(
        &folder.path().join("store"),
        &crate::demo::Wish {
            households: 20,
            seed: 1,
        },
        NOON,
    )
    .unwrap();
    // A household without members or notes, and one of nobody but those who left.
    call(&mut app, "household.create", json!({}));
    let moved = id(&call(&mut app, "household.create", json!({})));
    let member = json!({ "householdId": moved, "givenName": "太郎" });
    let member = id(&call(&mut app, "member.add", member));
    let leaving = json!({ "id": member, "householdId": moved, "on": "今日" });
    call(&mut app, "member.leave", leaving);

    let list = call(&mut app, "household.list", json!({ "limit": 500 }));
    let rows = list["items"].as_array().unwrap();
    assert!(rows.len() > 20, "{}", rows.len());
    let (mut contacts, mut conflicts, mut members) = (0, 0, 0);
    for row in rows {
        let page = call(&mut app, "household.get", json!({ "id": row["id"] }));
        assert_eq!(line_by_list(row), line_by_page(&page));
        contacts += usize::from(!row["lastContactAt"].is_null());
        conflicts += row["conflictCount"].as_u64().unwrap();
        members += row["members"].as_array().unwrap().len();
        // Found by name, a household is the same line.
        let name = row["name"].as_str().unwrap();
        if !name.is_empty() {
            let found = call(&mut app, "household.list", json!({ "query": name }));
            assert!(found["items"].as_array().unwrap().contains(row), "{name}");
        }
    }
    assert!(
        contacts > 8 && conflicts > 0 && members > 20,
        "nothing was compared"
    );
}

#[test]
fn a_household_that_grows_from_an_intake_lies_in_its_area() {
    let mut app = office();
    let intake = call(&mut app, "intake.create", json!({ "areaId": "北小学校区" }));
    let grown = json!({ "intakeId": intake["id"] });
    assert_eq!(
        call(&mut app, "household.create", grown)["areaId"],
        json!("北小学校区")
    );
    let told = json!({ "intakeId": intake["id"], "areaId": "南" });
    assert_eq!(
        call(&mut app, "household.create", told)["areaId"],
        json!("南")
    );
}

#[test]
fn a_saved_view_stays_on_this_device_and_undo_does_not_touch_it() {
    let mut app = office();
    let household = call(&mut app, "household.create", json!({ "name": "見本" }));
    let mine = json!({ "name": " 終結した人 ", "query": "さとう", "stage": "closed" });
    let list = call(&mut app, "saved.put", mine);
    assert_eq!(
        list["items"],
        json!([{ "name": "終結した人", "query": "さとう", "stage": "closed" }])
    );
    // The same name again is the same view.
    call(&mut app, "saved.put", json!({ "name": "すべて" }));
    call(
        &mut app,
        "saved.put",
        json!({ "name": "終結した人", "stage": "closed" }),
    );
    let kept = json!([{ "name": "終結した人", "stage": "closed" }, { "name": "すべて" }]);
    assert_eq!(call(&mut app, "saved.list", json!({}))["items"], kept);
    assert_eq!(
        refused(&mut app, "saved.put", json!({ "name": " " })),
        "invalid_value"
    );
    // Nothing of it is a change that a colleague could get.
    let changes = |app: &App| app.store.read(|reader| reader.unsent()).unwrap().changes;
    let before = changes(&app);
    call(&mut app, "saved.put", json!({ "name": "もう一つ" }));
    call(&mut app, "saved.drop", json!({ "name": "もう一つ" }));
    assert_eq!(changes(&app), before);
    assert_eq!(
        call(&mut app, "undo", json!({}))["op"],
        json!("household.create")
    );
    assert_eq!(
        refused(&mut app, "household.get", json!({ "id": household["id"] })),
        "not_found"
    );
    assert_eq!(call(&mut app, "saved.list", json!({}))["items"], kept);
    let left = call(&mut app, "saved.drop", json!({ "name": "終結した人" }));
    assert_eq!(texts(&left["items"], "name"), ["すべて"]);
}

#[test]
fn a_household_that_nobody_placed_yet_is_found_under_the_first_stage() {
    let mut app = office();
    let new = id(&call(
        &mut app,
        "household.create",
        json!({ "name": "新しい家" }),
    ));
    let placed = id(&call(
        &mut app,
        "household.create",
        json!({ "name": "前からの家" }),
    ));
    let stage = json!({ "id": placed, "field": "stage", "value": "support" });
    call(&mut app, "household.update", stage);
    for filter in [
        json!({ "stage": "intake" }),
        json!({ "stage": "intake", "query": "家" }),
    ] {
        let rows = call(&mut app, "household.list", filter);
        let ids: Vec<_> = rows["items"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(ids, [new.as_str()]);
    }
}

#[test]
fn a_round_of_a_pack_that_is_not_known_here_shows_its_answers_and_is_not_changed() {
    let mut app = office();
    let household = id(&call(&mut app, "household.create", json!({})));
    let start = json!({ "householdId": household, "pack": "marugoto-household" });
    let known = call(&mut app, "assessment.start", start);
    let answer = json!({ "state": "answered", "value": "trouble", "basis": "voiced" });
    let mut pack = known["pack"].clone();
    pack["version"] = json!("9.9.9");
    pack["hash"] = json!(
        pack["hash"]
            .as_str()
            .unwrap()
            .chars()
            .rev()
            .collect::<String>()
    );
    let round = app
        .apply("assessment.start", |w| {
            let case = household.parse::<domain::DocId>().unwrap().to_bytes();
            let vault = w.vault_of(&case, record::Kind::Case)?;
            let fields = vec![("household", json!(household)), ("pack", pack.clone())];
            let round = w.begin(record::Kind::Round, vault, fields, None)?;
            let edit = crate::write::put("answers", "household/from_tomorrow", answer.clone());
            w.edit(&round, record::Kind::Round, None, &[edit])?;
            Ok(domain::DocId::from_bytes(round))
        })
        .unwrap()
        .0;
    let view = call(&mut app, "assessment.get", json!({ "roundId": round }));
    assert_eq!(view["unknownPack"], json!(true));
    let shown = &view["subjects"][0]["answers"][0];
    assert_eq!(
        (&shown["item"], &shown["value"]),
        (&json!("from_tomorrow"), &json!("trouble"))
    );
    let change = json!({ "roundId": round, "subject": "household", "item": "from_tomorrow", "value": "none" });
    assert_eq!(
        refused(&mut app, "assessment.answer", change),
        "unknown_pack"
    );
    let view = call(&mut app, "assessment.get", json!({ "roundId": id(&known) }));
    assert_eq!(view["unknownPack"], json!(false));
}

#[test]
fn an_area_that_was_written_once_is_offered() {
    let mut app = office();
    let mut household = |area: Value| {
        call(&mut app, "household.create", json!({ "areaId": area }));
    };
    household(json!("北小学校区"));
    household(json!("港南地区"));
    household(json!("港南地区"));
    household(Value::Null);
    let intake = json!({ "text": "匿名の電話。", "areaId": "駅前自治会" });
    call(&mut app, "intake.create", intake);
    let areas = call(&mut app, "area.list", json!({}));
    assert_eq!(
        texts_of(&areas["items"]),
        ["港南地区", "北小学校区", "駅前自治会"]
    );
}

fn texts_of(items: &Value) -> Vec<&str> {
    let items = items.as_array().unwrap();
    items.iter().map(|item| item.as_str().unwrap()).collect()
}
