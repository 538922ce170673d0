//! What an answer rests on: notes of the same household that the round's readers may read.

use serde_json::{Value, json};

use super::{everybody, household, team, worker};
use crate::App;
use crate::exchange::tests::{attempt, call, id};

fn note(app: &mut App, household: &str, text: &str) -> String {
    let note = json!({ "householdId": household, "text": text });
    id(&call(app, "note.create", note))
}

fn cited(app: &mut App, round: &str) -> Vec<String> {
    let view = call(app, "assessment.get", json!({ "roundId": round }));
    let evidence = view["evidence"].as_array().unwrap().iter();
    evidence
        .map(|one| one["text"].as_str().unwrap().to_owned())
        .collect()
}

fn cite(round: &str, note: &str) -> Value {
    json!({ "roundId": round, "subject": "household", "item": "money_need", "noteId": note })
}

#[test]
fn two_workers_each_name_a_note_and_both_stand_and_one_is_taken_back() {
    let mut team = team(911, "worker");
    let home = household(&mut team[0], "見本家");
    let start = json!({ "householdId": home, "pack": "marugoto-household" });
    let round = id(&call(&mut team[0], "assessment.start", start));
    let one = note(&mut team[0], &home, "督促状を見た。");
    everybody(&mut team);
    let two = note(&mut team[1], &home, "電気が止まると聞いた。");
    call(&mut team[0], "assessment.cite", cite(&round, &one));
    call(&mut team[1], "assessment.cite", cite(&round, &two));
    everybody(&mut team);
    for app in &mut team {
        assert_eq!(cited(app, &round).len(), 2);
        let view = call(app, "assessment.get", json!({ "roundId": round }));
        assert_eq!(view["conflicts"], json!([]));
    }
    // One takes it back while another names it anew: it stands.
    let mut back = cite(&round, &one);
    back["cited"] = json!(false);
    call(&mut team[1], "assessment.cite", back.clone());
    call(&mut team[0], "assessment.cite", cite(&round, &one));
    everybody(&mut team);
    assert_eq!(cited(&mut team[2], &round).len(), 2);
    call(&mut team[1], "assessment.cite", back);
    assert_eq!(cited(&mut team[1], &round), ["電気が止まると聞いた。"]);
    call(&mut team[1], "undo", json!({}));
    assert_eq!(cited(&mut team[1], &round).len(), 2);
    call(&mut team[1], "redo", json!({}));
    everybody(&mut team);
    assert_eq!(cited(&mut team[0], &round), ["電気が止まると聞いた。"]);
    // The note goes to another household: nothing of it stays here.
    let other = household(&mut team[0], "別の世帯");
    call(
        &mut team[0],
        "note.move",
        json!({ "id": two, "householdId": other }),
    );
    everybody(&mut team);
    assert_eq!(cited(&mut team[2], &round), [""; 0]);
}

#[test]
fn a_note_that_not_everybody_may_read_or_of_another_household_is_no_evidence() {
    let mut team = team(912, "worker");
    let home = household(&mut team[0], "見本家");
    let other = household(&mut team[0], "別の世帯");
    let start = json!({ "householdId": home, "pack": "marugoto-household" });
    let round = id(&call(&mut team[0], "assessment.start", start));
    let open = note(&mut team[0], &home, "開いた記録");
    let foreign = note(&mut team[0], &other, "別の世帯の記録");
    let reader = worker(&team[1]);
    let hidden =
        json!({ "householdId": home, "text": "避難先", "restrictTo": [reader], "reason": "避難" });
    let hidden = id(&call(&mut team[0], "note.create", hidden));
    for wrong in [&foreign, &hidden] {
        let refused = attempt(&mut team[0], "assessment.cite", cite(&round, wrong));
        assert_eq!(refused.unwrap_err().code.as_str(), "invalid_value");
    }
    let mut nowhere = cite(&round, &open);
    nowhere["item"] = json!("no_such_item");
    let refused = attempt(&mut team[0], "assessment.cite", nowhere);
    assert_eq!(refused.unwrap_err().code.as_str(), "unknown_item");
    assert_eq!(cited(&mut team[0], &round), [""; 0]);
    // Red control: the open one is taken.
    call(&mut team[0], "assessment.cite", cite(&round, &open));
    assert_eq!(cited(&mut team[0], &round), ["開いた記録"]);
}
