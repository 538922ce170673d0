//! Joining an office, both sides, and files that are not what they should be.

use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::facts::said::hex;
use crate::trust;

fn waiting(name: &str, seed: u64) -> (Store, Vec<u8>) {
    let mut store = Store::ephemeral().unwrap();
    let request = enrol::make_request(&mut store, name, &mut Fixed::new(NOON, seed)).unwrap();
    (store, request)
}

fn code<T: std::fmt::Debug>(result: crate::Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

#[test]
fn a_laptop_joins_and_both_sides_know_each_other_by_name() {
    let (mut sato, _) = founding("佐藤", 1);
    let (mut store, request) = waiting("田中", 2);
    let seen = sato.read_request(&request).unwrap();
    assert_eq!(seen.worker, "田中");
    let shown = store.read(enrol::request_words).unwrap();
    assert_eq!(seen.device_words, crate::session::view_words(&shown));

    let approval = sato.approve(&request, "supervisor", None).unwrap();
    assert!(sato.trust.directory.state().devices.len() == 2);
    enrol::accept(&mut store, &approval).unwrap();
    let mut tanaka = App::open(store, Box::new(Fixed::new(NOON, 2))).unwrap();
    assert_eq!(tanaka.office_words(), sato.office_words());
    assert_eq!(
        tanaka.store.read(trust::read_worker).unwrap().role,
        "supervisor"
    );
    let confirmed = |app: &App| {
        app.store
            .read(|r| r.device_state(trust::state::CONFIRMED))
            .unwrap()
            .is_some()
    };
    assert!(!confirmed(&tanaka));
    tanaka.confirm_office().unwrap();
    assert!(confirmed(&tanaka));

    let brought = give(&mut sato, &mut tanaka);
    assert_eq!(brought.from.unwrap().name, "佐藤");
    let names = |app: &mut App| {
        let mut names: Vec<_> = app
            .devices()
            .unwrap()
            .items
            .into_iter()
            .map(|d| d.worker.name)
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&mut sato), ["佐藤", "田中"]);
    assert_eq!(names(&mut tanaka), ["佐藤", "田中"]);
    assert!(tanaka.devices().unwrap().items[0].current);

    // The newcomer writes, and the office reads it.
    call(&mut tanaka, "household.create", json!({ "name": "見本家" }));
    assert_eq!(give(&mut tanaka, &mut sato).refused, []);
    assert_same(&sato, &tanaka);
}

#[test]
fn an_approval_serves_one_request_alone() {
    let (mut sato, _) = founding("佐藤", 1);
    let ((mut tanaka, of_tanaka), (mut ito, of_ito)) = (waiting("田中", 2), waiting("伊藤", 3));
    let approval = sato.approve(&of_tanaka, "worker", None).unwrap();

    let counter = ito.counter();
    assert_eq!(
        code(enrol::accept(&mut ito, &approval)),
        ErrorCode::NotForThisDevice
    );
    assert_eq!(
        code(enrol::accept(&mut ito, &of_ito)),
        ErrorCode::NotOurFile
    );
    assert_eq!(
        code(enrol::accept(&mut ito, b"no such file")),
        ErrorCode::NotOurFile
    );
    assert_eq!(ito.counter(), counter, "a refused approval changes nothing");

    // The same keys, another request: somebody put an old approval in the new one's place.
    let keys = trust::read_keys;
    let (sign, kem) = tanaka.read(keys).unwrap();
    let again = wire::enrol::Request::make(
        wire::directory::DeviceKeys {
            sign: sign.public(),
            kem: kem.public(),
        },
        "田中",
    )
    .unwrap();
    tanaka
        .transact(|tx| tx.put_device_state(trust::state::REQUEST, again.as_bytes()))
        .unwrap();
    assert_eq!(
        code(enrol::accept(&mut tanaka, &approval)),
        ErrorCode::ApprovalSwapped
    );
    tanaka
        .transact(|tx| tx.put_device_state(trust::state::REQUEST, &of_tanaka))
        .unwrap();
    enrol::accept(&mut tanaka, &approval).unwrap();
}

#[test]
fn no_damaged_approval_is_taken() {
    let (mut sato, _) = founding("佐藤", 1);
    let (mut tanaka, request) = waiting("田中", 2);
    let approval = sato.approve(&request, "worker", None).unwrap();
    let counter = tanaka.counter();
    for at in (0..approval.len()).step_by(13) {
        let mut bad = approval.clone();
        bad[at] ^= 1;
        assert!(enrol::accept(&mut tanaka, &bad).is_err(), "byte {at}");
        assert!(
            enrol::accept(&mut tanaka, &approval[..at]).is_err(),
            "cut to {at}"
        );
    }
    assert_eq!(tanaka.counter(), counter);
    enrol::accept(&mut tanaka, &approval).unwrap();
}

#[test]
fn only_an_administrator_approves_and_each_device_once() {
    let (mut sato, _) = founding("佐藤", 1);
    let mut tanaka = joining(&mut sato, "田中", 2);
    let (_, request) = waiting("伊藤", 3);
    assert_eq!(code(tanaka.read_request(&request)), ErrorCode::NotAdmin);
    assert_eq!(
        code(tanaka.approve(&request, "worker", None)),
        ErrorCode::NotAdmin
    );
    let approval = sato.approve(&request, "worker", None).unwrap();
    assert_eq!(code(sato.read_request(&approval)), ErrorCode::NotOurFile);
    assert_eq!(
        code(sato.approve(&request, "worker", None)),
        ErrorCode::AlreadyEnrolled
    );
    let counter = sato.store.counter();
    assert_eq!(
        code(sato.approve(&waiting("上田", 4).1, "king", None)),
        ErrorCode::InvalidValue
    );
    assert_eq!(sato.store.counter(), counter);
    assert_eq!(sato.trust.directory.state().devices.len(), 3);
}

#[test]
fn a_second_administrator_takes_the_paper_key() {
    let (mut sato, paper) = founding("佐藤", 1);
    let (mut store, request) = waiting("田中", 2);
    let key = crypto::paper::print(&paper);
    let foreign = crypto::paper::print(&crypto::sign::SigningKey::make());
    assert_eq!(
        code(sato.approve(&request, "worker", Some(&foreign))),
        ErrorCode::WrongPaperKey
    );
    assert_eq!(
        code(sato.approve(&request, "worker", Some("nothing"))),
        ErrorCode::WrongPaperKey
    );
    let approval = sato.approve(&request, "worker", Some(&key)).unwrap();
    enrol::accept(&mut store, &approval).unwrap();
    let mut tanaka = App::open(store, Box::new(Fixed::new(NOON, 2))).unwrap();
    let approval = tanaka.approve(&waiting("伊藤", 3).1, "worker", None);
    assert!(approval.is_ok());
    // What the second administrator did reaches the first.
    assert_eq!(give(&mut tanaka, &mut sato).refused, []);
    assert_eq!(sato.devices().unwrap().items.len(), 3);
}

#[test]
fn the_worker_has_one_id_on_every_laptop() {
    let (mut sato, _) = founding("佐藤", 1);
    let mut tanaka = joining(&mut sato, "田中", 2);
    give(&mut sato, &mut tanaka);
    let author = tanaka.names.author(&hex(&tanaka.identity.device));
    assert_eq!(
        (author.name.as_str(), author.id),
        ("田中", tanaka.identity.worker.clone())
    );
    assert_eq!(
        sato.names.author(&hex(&sato.identity.device)).id,
        sato.identity.worker
    );
}
