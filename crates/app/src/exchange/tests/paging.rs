//! A first exchange of many pages: what waits for a key on a later page is not what waits in the end.

use serde_json::json;

use super::teams::sync;
use super::*;

#[test]
fn what_waited_for_a_later_page_is_not_said_to_wait() {
    let hub = testkit::hub::Hub::default();
    let code = hub.invite();
    let (mut admin, _) = founding("佐藤", 431);
    let mut late = joining(&mut admin, "鈴木", 432);
    let conversation =
        crate::hub::Conversation::join(&mut admin, testkit::hub::URL, &code).unwrap();
    crate::hub::talk(&mut admin, conversation, &mut hub.line()).unwrap();
    give(&mut admin, &mut late);
    sync(&mut late, &hub);
    for number in 0..90 {
        let home = call(
            &mut admin,
            "household.create",
            json!({ "name": format!("家{number}") }),
        );
        // Of different sizes, so that a page ends within one of them.
        for _ in 0..number % 3 {
            let note = json!({ "householdId": id(&home), "text": "訪問" });
            call(&mut admin, "note.create", note);
        }
    }
    let sent = sync(&mut admin, &hub);
    assert!(sent.confirmed > 200, "more than one page: {sent:?}");
    let came = sync(&mut late, &hub);
    let waiting = late.waiting().unwrap();
    assert_eq!(
        (came.held, waiting.held, waiting.quarantined),
        (0, 0, 0),
        "{came:?}"
    );
    let list = call(&mut late, "household.list", json!({ "limit": 500 }));
    assert_eq!(list["items"].as_array().unwrap().len(), 90);
}
