//! The bundled packs keep what other programs rely on.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::format::{Field, ItemType, Side, Visibility};
use crate::value::ValueProblem;

fn pack(id: &str) -> &'static Ready {
    registry()
        .offered(id, "2026-11-23".parse().unwrap())
        .unwrap()
}

fn kihon(answers: &[(&str, Value)]) -> BTreeMap<String, Value> {
    let answers: BTreeMap<String, Value> = answers
        .iter()
        .map(|(item, value)| ((*item).to_owned(), value.clone()))
        .collect();
    for (item, value) in &answers {
        pack("kihon-checklist").check_value(item, value).unwrap();
    }
    pack("kihon-checklist").scores(AppliesTo::Person, &answers)
}

/// The answer of each item that is no point.
fn well() -> Vec<(String, Value)> {
    (1..=25)
        .map(|n| {
            let value = match n {
                12 => json!({"heightCm": 160, "weightKg": 60}),
                1..=8 | 16 | 19 => json!("yes"),
                _ => json!("no"),
            };
            (format!("q{n:02}"), value)
        })
        .collect()
}

/// All answered, with points at these numbers.
fn with_points(points: &[u32]) -> BTreeMap<String, Value> {
    let answers: Vec<(String, Value)> = well()
        .into_iter()
        .zip(1..)
        .map(|((item, value), n)| match (points.contains(&n), n) {
            (false, _) => (item, value),
            (true, 12) => (item, json!({"heightCm": 160, "weightKg": 40})),
            (true, _) => (item, json!(if value == "yes" { "no" } else { "yes" })),
        })
        .collect();
    kihon(
        &answers
            .iter()
            .map(|(item, value)| (item.as_str(), value.clone()))
            .collect::<Vec<_>>(),
    )
}

#[test]
fn bundled_packs_are_sound() {
    assert_eq!(registry().all().count(), BUNDLED.len());
    for file in BUNDLED {
        assert_eq!(crate::check(file.as_bytes()), []);
    }
}

#[test]
fn a_pack_is_named_by_its_words_not_by_its_blanks() {
    for (file, ready) in BUNDLED.iter().zip(registry().all()) {
        let value: Value = serde_json::from_str(file).unwrap();
        let tight = Ready::read(value.to_string().as_bytes()).unwrap();
        assert_eq!(tight.hash(), ready.hash());
        assert_eq!(ready.hash().as_str().len(), 64);
        let other = Ready::read(
            file.replace("あり", "有り")
                .replace("はい", "ハイ")
                .as_bytes(),
        )
        .unwrap();
        assert_ne!(other.hash(), ready.hash());
    }
}

#[test]
fn an_unknown_pack_version_or_day_says_which() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let registry = registry();
    assert_eq!(
        registry.offered("nothing", day("2026-11-23")).unwrap_err(),
        PackError::UnknownPack
    );
    assert_eq!(
        registry
            .offered("kihon-checklist", day("1999-01-01"))
            .unwrap_err(),
        PackError::NotInEffect
    );
    assert_eq!(
        registry.version("kihon-checklist", "9.9.9").unwrap_err(),
        PackError::UnknownVersion
    );
    assert_eq!(
        registry.by_hash("00").unwrap_err(),
        PackError::UnknownVersion
    );
    let held = registry.version("kihon-checklist", "1.0.0").unwrap();
    assert_eq!(
        registry.by_hash(held.hash().as_str()).unwrap().reference(),
        held.reference()
    );
}

#[test]
fn an_office_can_add_a_version_and_old_answers_stay_readable() {
    let next = BUNDLED[1].replace("\"version\": \"1.0.0\"", "\"version\": \"1.0.10\"");
    let mut registry = Registry::bundled();
    for _ in 0..2 {
        registry.add(Arc::new(Ready::read(next.as_bytes()).unwrap()));
    }
    assert_eq!(registry.all().count(), BUNDLED.len() + 1);
    let offered = registry
        .offered("kihon-checklist", "2026-11-23".parse().unwrap())
        .unwrap();
    assert_eq!(offered.version, "1.0.10");
    assert!(
        registry
            .by_hash(pack("kihon-checklist").hash().as_str())
            .is_ok()
    );
}

#[test]
fn the_checklist_has_its_twenty_five_items() {
    let pack = pack("kihon-checklist");
    let ids: Vec<&str> = pack.items.iter().map(|item| item.id.as_str()).collect();
    let expected: Vec<String> = (1..=25).map(|n| format!("q{n:02}")).collect();
    assert_eq!(ids, expected);
    assert!(
        pack.items
            .iter()
            .all(|item| item.applies_to == [AppliesTo::Person])
    );
    assert!(
        pack.items
            .iter()
            .all(|item| (item.item_type == ItemType::Measure) == (item.id == "q12"))
    );
}

#[test]
fn nobody_who_is_well_is_eligible_and_everybody_with_all_points_is() {
    let none = with_points(&[]);
    assert_eq!(
        serde_json::to_value(&none).unwrap(),
        json!({"daily": 0, "motor": 0, "nutrition": 0, "oral": 0, "homebound": 0, "cognition": 0, "mood": 0,
               "total20": 0, "eligible": false})
    );
    let all = with_points(&(1..=25).collect::<Vec<_>>());
    assert_eq!(
        serde_json::to_value(&all).unwrap(),
        json!({"daily": 5, "motor": 5, "nutrition": 2, "oral": 3, "homebound": 2, "cognition": 3, "mood": 5,
               "total20": 20, "eligible": true})
    );
}

#[test]
fn each_criterion_decides_alone_and_one_point_less_does_not() {
    for (enough, too_few) in [
        ([6, 7, 8].as_slice(), [6, 7].as_slice()),
        (&[11, 12], &[12]),
        (&[13, 15], &[13]),
        (&[16], &[17]),
        (&[18], &[]),
        (&[19], &[]),
        (&[20], &[]),
        (&[21, 25], &[21]),
        // Ten of twenty without any criterion of a single field.
        (
            &[1, 2, 3, 4, 5, 6, 7, 11, 13, 17],
            &[1, 2, 3, 4, 5, 6, 7, 11, 13],
        ),
    ] {
        assert_eq!(with_points(enough)["eligible"], json!(true), "{enough:?}");
        assert_eq!(
            with_points(too_few)["eligible"],
            json!(false),
            "{too_few:?}"
        );
    }
}

#[test]
fn the_bmi_is_compared_unrounded() {
    let nutrition = |height: f64, weight: f64| {
        kihon(&[("q12", json!({"heightCm": height, "weightKg": weight}))])["nutrition"].clone()
    };
    assert_eq!(nutrition(160.0, 47.36), json!(0)); // exactly 18.5
    assert_eq!(nutrition(160.0, 47.35), json!(1)); // 18.496, which rounds to 18.5
    assert_eq!(nutrition(150.0, 41.625), json!(0)); // exactly 18.5
    assert_eq!(nutrition(150.0, 41.62), json!(1));
}

#[test]
fn missing_answers_withhold_the_decision_until_they_cannot_matter() {
    assert_eq!(kihon(&[])["eligible"], Value::Null);
    assert_eq!(kihon(&[])["total20"], json!(0));
    // One sure criterion: nothing missing can undo it.
    assert_eq!(kihon(&[("q18", json!("yes"))])["eligible"], json!(true));
    let without = |left_out: &[&str]| {
        let answers = well();
        let answers: Vec<(&str, Value)> = answers
            .iter()
            .filter(|(item, _)| !left_out.contains(&item.as_str()))
            .map(|(item, value)| (item.as_str(), value.clone()))
            .collect();
        kihon(&answers)["eligible"].clone()
    };
    assert_eq!(without(&["q01"]), json!(false));
    assert_eq!(without(&["q06", "q07"]), json!(false));
    assert_eq!(without(&["q06", "q07", "q08"]), Value::Null);
    assert_eq!(without(&["q12"]), json!(false));
    assert_eq!(without(&["q11", "q12"]), Value::Null);
    assert_eq!(without(&["q16"]), Value::Null);
    assert_eq!(without(&["q17"]), json!(false));
}

#[test]
fn half_a_measure_is_a_missing_one() {
    let half = kihon(&[("q11", json!("yes")), ("q12", json!({"heightCm": 160}))]);
    assert_eq!(
        (&half["nutrition"], &half["eligible"]),
        (&json!(1), &Value::Null)
    );
}

#[test]
fn only_persons_are_scored_and_no_household() {
    let scores = pack("kihon-checklist").scores(AppliesTo::Household, &BTreeMap::new());
    assert!(scores.is_empty());
    assert!(pack("marugoto-household").scores.is_empty());
}

proptest! {
    /// Against the criteria written out by hand, with answers missing: the decision stands exactly when all ways to
    /// answer the rest agree. It grows with the points, so the two extremes speak for all.
    #[test]
    fn the_decision_is_the_one_of_every_completion(answers in prop::collection::vec(prop::sample::select(vec![None, Some(false), Some(true)]), 25)) {
        let given: Vec<(String, Value)> = well()
            .into_iter()
            .zip(&answers)
            .filter_map(|((item, value), point)| {
                let value = match (*point)?  {
                    false => value,
                    true if item == "q12" => json!({"heightCm": 160, "weightKg": 40}),
                    true => json!(if value == "yes" { "no" } else { "yes" }),
                };
                Some((item, value))
            })
            .collect();
        let scores = kihon(&given.iter().map(|(item, value)| (item.as_str(), value.clone())).collect::<Vec<_>>());
        let criteria = |missing: bool| {
            let count = |from: usize, to: usize| answers[from - 1..to].iter().filter(|point| point.unwrap_or(missing)).count();
            count(1, 20) >= 10 || count(6, 10) >= 3 || count(11, 12) == 2 || count(13, 15) >= 2
                || count(16, 16) == 1 || count(18, 20) >= 1 || count(21, 25) >= 2
        };
        let expected = match (criteria(false), criteria(true)) {
            (low, high) if low == high => json!(low),
            _ => Value::Null,
        };
        prop_assert_eq!(&scores["eligible"], &expected);
        let total = answers[..20].iter().filter(|point| **point == Some(true)).count();
        prop_assert_eq!(&scores["total20"], &json!(total));
    }
}

#[test]
fn every_field_can_be_assessed_for_a_person_and_for_the_household() {
    let pack = pack("marugoto-household");
    for field in Field::ALL {
        for subject in [AppliesTo::Person, AppliesTo::Household] {
            let needs = pack.items.iter().filter(|item| {
                item.side == Side::Need
                    && item.applies_to.contains(&subject)
                    && pack
                        .areas
                        .iter()
                        .any(|area| area.id == item.area && area.fields.contains(&field))
            });
            assert!(needs.count() > 0, "{field:?} {subject:?}");
        }
    }
}

#[test]
fn every_area_asks_for_strengths_and_wishes_beside_needs() {
    let pack = pack("marugoto-household");
    for area in &pack.areas {
        for side in [Side::Need, Side::Strength, Side::Wish] {
            let item = pack
                .items
                .iter()
                .find(|item| item.area == area.id && item.side == side)
                .unwrap();
            assert!(
                item.applies_to.contains(&AppliesTo::Household),
                "{}",
                item.id
            );
        }
        let need = pack.item(&format!("{}_need", area.id)).unwrap();
        let codes: Vec<&str> = pack
            .options(need)
            .iter()
            .map(|option| option.code.as_str())
            .collect();
        assert_eq!(codes, ["none", "concern", "trouble", "urgent"]);
    }
    let front: Vec<&str> = pack
        .areas
        .iter()
        .filter(|area| area.front)
        .map(|area| area.id.as_str())
        .collect();
    assert_eq!(
        front,
        [
            "health",
            "home",
            "money",
            "work",
            "learning",
            "family",
            "community",
            "safety"
        ]
    );
}

#[test]
fn urgent_and_immediate_danger_call_for_caution() {
    let pack = pack("marugoto-household");
    for (item, value, cautious) in [
        ("health_need", json!("urgent"), true),
        ("health_need", json!("trouble"), false),
        ("safety_now", json!("danger"), true),
        ("safety_signs", json!(["none"]), false),
        ("safety_signs", json!(["food", "suicide"]), true),
        ("health_wish", json!("urgent"), false),
        ("nothing", json!("urgent"), false),
    ] {
        assert_eq!(pack.is_cautious(item, &value), cautious, "{item} {value}");
    }
}

#[test]
fn what_concerns_violence_stays_off_papers_for_the_family() {
    let pack = pack("marugoto-household");
    for item in pack.items.iter().filter(|item| item.area == "abuse") {
        assert_eq!(item.visibility, Visibility::Team, "{}", item.id);
    }
}

#[test]
fn a_value_must_fit_its_item() {
    use ValueProblem::*;
    let pack = pack("marugoto-household");
    for (item, value) in [
        ("health_need", json!("none")),
        ("health_strength", json!("ラジオ体操")),
        ("safety_signs", json!([])),
        ("safety_signs", json!(["food", "shelter"])),
        ("budget_income", json!(120_000)),
        (
            "housing_leave_by",
            json!({"iso": "2026-12", "precision": "month", "raw": "12月"}),
        ),
        (
            "housing_leave_by",
            json!({"precision": "unknown", "raw": "不明"}),
        ),
        (
            "budget_debts",
            json!([{"lender": "A社", "balance": 300_000}, {}]),
        ),
    ] {
        assert_eq!(pack.check_value(item, &value), Ok(()), "{item}");
    }
    for (item, value, problem) in [
        ("nothing", json!(1), UnknownItem),
        ("health_need", json!("great"), UnknownOption),
        ("health_need", json!(["none"]), WrongShape),
        ("health_need", json!(null), WrongShape),
        ("health_strength", json!(1), WrongShape),
        ("health_strength", json!("あ".repeat(20_001)), TooLong),
        ("safety_signs", json!(["food", "none"]), Exclusive),
        ("safety_signs", json!(["food", "food"]), Twice),
        ("budget_income", json!(-1), OutOfRange),
        ("housing_leave_by", json!("12月"), NotADate),
        (
            "housing_leave_by",
            json!({"iso": "2026-13", "precision": "month", "raw": ""}),
            NotADate,
        ),
        ("budget_debts", json!([{"rate": 1}]), UnknownPart),
        ("budget_debts", json!([{"balance": "多い"}]), WrongShape),
    ] {
        assert_eq!(
            pack.check_value(item, &value),
            Err(problem),
            "{item} {value}"
        );
    }
}

#[test]
fn the_wording_says_where_it_comes_from() {
    for ready in registry().all() {
        assert!(!ready.provenance.compared_with_original, "{}", ready.id);
    }
}
