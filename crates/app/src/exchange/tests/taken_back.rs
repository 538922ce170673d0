//! An erasure that is taken back: what it hid is there again as it was, whatever it was about and in whatever order it is heard.

use domain::DocId;
use serde_json::json;

use super::*;
use crate::error::ErrorCode;
use crate::exchange::erase::tests::CANCELS_NOTHING;
use crate::exchange::export::LeaveOut;
use crate::session::view::ProposeErasure;

struct Scene {
    admin: App,
    paper: String,
    sato: App,
    household: String,
    note: String,
    round: String,
    intake: String,
}

fn scene() -> Scene {
    let (mut admin, paper) = founding("管理", 1);
    let paper = crypto::paper::print(&paper).to_string();
    let mut sato = joining(&mut admin, "佐藤", 2);
    let household = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    let wish = json!({ "householdId": household, "text": "秘密の相談" });
    let note = id(&call(&mut admin, "note.create", wish));
    let wish = json!({ "householdId": household, "pack": "kihon-checklist" });
    let round = id(&call(&mut admin, "assessment.start", wish));
    let wish = json!({ "householdId": household, "familyName": "見本", "givenName": "花子" });
    let member = id(&call(&mut admin, "member.add", wish));
    let wish = json!({ "roundId": round, "subject": member, "item": "q01", "value": "yes" });
    call(&mut admin, "assessment.answer", wish);
    let intake = id(&call(
        &mut admin,
        "intake.create",
        json!({ "text": "電話の相談", "callerName": "見本" }),
    ));
    give(&mut admin, &mut sato);
    give(&mut sato, &mut admin);
    Scene {
        admin,
        paper,
        sato,
        household,
        note,
        round,
        intake,
    }
}

/// What is erased: how it is named in an order, and how it is looked at.
#[derive(Clone, Copy, Debug)]
enum What {
    Case,
    Note,
    Round,
    Intake,
}

const ALL: [What; 4] = [What::Case, What::Note, What::Round, What::Intake];

impl Scene {
    fn asking(&self, what: What) -> ProposeErasure {
        let documents = match what {
            What::Case => Vec::new(),
            What::Note => vec![self.note.parse().unwrap()],
            What::Round => vec![self.round.parse().unwrap()],
            What::Intake => vec![self.intake.parse().unwrap()],
        };
        ProposeErasure {
            household_id: documents
                .is_empty()
                .then(|| self.household.parse::<DocId>().unwrap()),
            documents,
            field: None,
            reason: "誤記".to_owned(),
            basis: "本人の申出".to_owned(),
            asked_by: String::new(),
        }
    }

    fn sign(&mut self, what: What) -> String {
        let request = self.asking(what);
        let (list, _) = self.admin.erase_propose(&request).unwrap();
        let order = list.items.iter().find(|it| it.state == "proposed").unwrap();
        let order = order.id.clone();
        let (list, _) = self.admin.erase_sign(&order, Some(&self.paper)).unwrap();
        let hidden = list.items.iter().find(|it| it.state == "hidden").unwrap();
        hidden.id.clone()
    }

    fn look(&mut self, at: At, what: What) -> std::result::Result<Value, ErrorCode> {
        let (op, wish) = match what {
            What::Case => ("household.get", json!({ "id": self.household })),
            What::Note => ("note.get", json!({ "id": self.note })),
            What::Round => ("assessment.get", json!({ "roundId": self.round })),
            What::Intake => ("intake.get", json!({ "id": self.intake })),
        };
        let app = match at {
            At::Admin => &mut self.admin,
            At::Sato => &mut self.sato,
        };
        let mut view = attempt(app, op, wish).map_err(|error| error.code)?;
        view.as_object_mut().unwrap().remove("local");
        Ok(view)
    }

    /// Everything that lists, search and views are drawn from, at both.
    fn rows(&self) -> [Vec<ProjectionRow>; 2] {
        [rows(&self.admin), rows(&self.sato)]
    }
}

#[derive(Clone, Copy, Debug)]
enum At {
    Admin,
    Sato,
}

#[test]
fn a_case_a_note_a_round_and_an_intake_are_there_again_as_they_were() {
    for (what, cancels_nothing) in ALL.map(|what| [(what, false), (what, true)]).as_flattened() {
        let (what, mut s) = (*what, scene());
        let before = s.look(At::Admin, what).unwrap();
        assert_eq!(s.look(At::Sato, what).unwrap(), before);
        let drawn = s.rows();
        let order = s.sign(what);
        give(&mut s.admin, &mut s.sato);
        for at in [At::Admin, At::Sato] {
            assert_eq!(s.look(at, what), Err(ErrorCode::NotFound), "{what:?}");
        }
        CANCELS_NOTHING.set(*cancels_nothing);
        s.admin.erase_cancel(&order).unwrap();
        give(&mut s.admin, &mut s.sato);
        CANCELS_NOTHING.set(false);
        for at in [At::Admin, At::Sato] {
            let expected = match cancels_nothing {
                false => Ok(before.clone()),
                // The red control: who does not heed it goes on hiding.
                true => Err(ErrorCode::NotFound),
            };
            assert_eq!(s.look(at, what), expected, "{what:?} {at:?}");
        }
        if !cancels_nothing {
            assert_eq!(s.rows(), drawn, "{what:?}");
        }
    }
}

/// Whoever takes back a step of what is hidden writes nothing that shows once the erasure is taken back.
#[test]
fn a_step_back_meanwhile_touches_nothing_that_is_hidden() {
    for what in [What::Case, What::Note] {
        let mut s = scene();
        let before = s.look(At::Admin, what).unwrap();
        let order = s.sign(what);
        // The steps of the intake first, then those of what is hidden.
        for _ in 0..8 {
            let _ = attempt(&mut s.admin, "undo", json!({}));
            assert_eq!(s.look(At::Admin, What::Note), Err(ErrorCode::NotFound));
        }
        s.admin.erase_cancel(&order).unwrap();
        let after = s.look(At::Admin, what).unwrap();
        assert_eq!(after["version"], before["version"], "{what:?}");
    }
}

/// The directory travels in front, and may come without the order.
#[test]
fn an_order_that_arrives_after_its_cancellation_hides_nothing() {
    for what in ALL {
        for (is_cancelled, cancels_nothing) in [(true, false), (true, true), (false, false)] {
            let mut s = scene();
            let before = s.look(At::Sato, what).unwrap();
            let order = s.sign(what);
            if is_cancelled {
                s.admin.erase_cancel(&order).unwrap();
            }
            let signatures = s.admin.bundle_in_memory(&LeaveOut::Nothing, || false);
            let all = s.admin.bundle_bytes().unwrap();
            CANCELS_NOTHING.set(cancels_nothing);
            s.sato.import_bytes(&signatures.unwrap()).unwrap();
            // Signed or not, without the order nobody can tell what it is about.
            assert_eq!(s.look(At::Sato, what).as_ref(), Ok(&before));
            s.sato.import_bytes(&all).unwrap();
            CANCELS_NOTHING.set(false);
            let expected = match (is_cancelled, cancels_nothing) {
                (true, false) => Ok(before),
                // The red controls: one that nobody took back hides, and so does one whose cancellation is not heeded.
                _ => Err(ErrorCode::NotFound),
            };
            assert_eq!(s.look(At::Sato, what), expected, "{what:?}");
        }
    }
}

#[test]
fn signed_again_after_it_was_taken_back_it_hides_again() {
    for what in ALL {
        let mut s = scene();
        let order = s.sign(what);
        s.admin.erase_cancel(&order).unwrap();
        let environment = Box::new(Fixed::new(NOON + 60_000, 70));
        s.admin = s.admin.with_environment(environment);
        let again = s.sign(what);
        assert_ne!(order, again);
        give(&mut s.admin, &mut s.sato);
        for at in [At::Admin, At::Sato] {
            assert_eq!(s.look(at, what), Err(ErrorCode::NotFound), "{what:?}");
        }
        // The first one, taken back once more, brings back nothing that the second hides.
        let _ = s.admin.erase_cancel(&order);
        assert_eq!(
            s.look(At::Admin, what),
            Err(ErrorCode::NotFound),
            "{what:?}"
        );
    }
}
