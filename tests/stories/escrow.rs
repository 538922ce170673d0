//! A passphrase is forgotten, and two of the three people who hold a share (預かり札) open the laptop.

use app::session::view::{EscrowCards, MakeEscrow};
use app::session::{Cost, Opener, Unlocked, open_with_shares, unlock};
use app::verify::{Rebuild, recover};
use app::{App, AppError, Environment, ErrorCode, Fixed, Lang, backup};
use serde_json::json;
use testkit::hub::Hub;
use testkit::{Laptop, NOON, PASSPHRASE};

const NEW: &str = "つき うみ もり かわ やま そら みず";

struct Scene {
    hub: Hub,
    sato: Laptop,
    paper: String,
    tanaka: Laptop,
}

fn scene() -> Scene {
    let hub = Hub::default();
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    sato.join_hub(&hub);
    tanaka.call("household.create", json!({ "name": "みほん家" }));
    tanaka.sync(&hub);
    sato.sync(&hub);
    Scene {
        hub,
        sato,
        paper: sheet.paper_admin_key,
        tanaka,
    }
}

fn made(app: &mut App) -> EscrowCards {
    let holders = ["所長", "総務課長", "中央センター長"].map(str::to_owned);
    let request = MakeEscrow {
        holders: holders.into(),
    };
    app.escrow_make(&request).unwrap()
}

/// Makes three shares, puts them in force, and lets the colleague's laptop have it.
fn in_force(s: &mut Scene) -> [String; 3] {
    let cards = made(s.sato.app());
    let (view, _) = s
        .sato
        .app()
        .escrow_sign(&cards.set, Some(&s.paper))
        .unwrap();
    assert!(view.here && view.used.is_empty() && view.made.is_none());
    assert_eq!(view.holders, ["所長", "総務課長", "中央センター長"]);
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.tanaka.restart(1000);
    assert!(s.tanaka.app().escrow().unwrap().here);
    let texts: Vec<String> = cards.cards.into_iter().map(|card| card.text).collect();
    texts.try_into().unwrap()
}

/// What comes of opening the colleague's laptop with these; it is locked for it, and opened again as it was.
fn opened(laptop: &mut Laptop, shares: &[&str], new: &str) -> Result<App, AppError> {
    laptop.lock();
    let shares: Vec<String> = shares.iter().map(|&text| text.to_owned()).collect();
    let environment = Box::new(Fixed::new(NOON + 5000, 77));
    open_with_shares(&laptop.store(), &shares, new, Cost::Floor, environment)
}

fn refused(laptop: &mut Laptop, shares: &[&str], new: &str) -> AppError {
    let error = opened(laptop, shares, new).map(drop).unwrap_err();
    // Nothing was changed: the old passphrase opens.
    laptop.reopen(PASSPHRASE);
    error
}

#[test]
fn two_holders_open_a_laptop_and_the_office_is_told() {
    let mut s = scene();
    let shares = in_force(&mut s);
    let app = opened(&mut s.tanaka, &[&shares[2], &shares[0]], NEW).unwrap();
    app.lock().unwrap();
    let old = unlock(&s.tanaka.store(), PASSPHRASE, Box::new(Fixed::new(NOON, 5)));
    assert_eq!(old.unwrap_err().code, ErrorCode::WrongPassphrase);
    s.tanaka.reopen(NEW);
    let list = s.tanaka.call("household.list", json!({}));
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(s.tanaka.app().escrow().unwrap().used.len(), 1);
    let log = s.tanaka.call("audit.list", json!({}));
    assert!(log.to_string().contains("escrowUse"), "{log}");

    // The administrator is told until a newer key is in force.
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    let view = s.sato.app().escrow().unwrap();
    assert_eq!(view.used[0].name, "田中 次郎");
    assert_eq!(codes(&mut s.sato), ["escrow_used"]);
    let newer = in_force_again(&mut s);
    assert!(s.sato.app().escrow().unwrap().used.is_empty());
    assert!(codes(&mut s.sato).is_empty());

    // Old shares open no laptop that was opened since; new ones do.
    s.tanaka.lock();
    let shares_again: Vec<String> = shares[..2].to_vec();
    let stale = open_with_shares(
        &s.tanaka.store(),
        &shares_again,
        PASSPHRASE,
        Cost::Floor,
        Box::new(Fixed::new(NOON, 6)),
    );
    assert_eq!(stale.map(drop).unwrap_err().code, ErrorCode::EscrowOther);
    let app = opened_with(&s.tanaka, &newer[1..]).unwrap();
    app.lock().unwrap();
    s.tanaka.reopen(PASSPHRASE);
    let verified = s.tanaka.verify(Rebuild::Compare);
    assert!(verified.ok && verified.findings.is_empty(), "{verified:?}");
}

/// What `verify` has to say of a store in which nothing is wrong.
fn codes(laptop: &mut Laptop) -> Vec<String> {
    let view = laptop.verify(Rebuild::Compare);
    assert!(view.ok);
    view.findings.into_iter().map(|it| it.code).collect()
}

fn opened_with(laptop: &Laptop, shares: &[String]) -> Result<App, AppError> {
    let environment = Box::new(Fixed::new(NOON + 9000, 78));
    open_with_shares(
        &laptop.store(),
        shares,
        PASSPHRASE,
        Cost::Floor,
        environment,
    )
}

fn in_force_again(s: &mut Scene) -> [String; 3] {
    let cards = made(s.sato.app());
    s.sato
        .app()
        .escrow_sign(&cards.set, Some(&s.paper))
        .unwrap();
    s.sato.sync(&s.hub);
    s.tanaka.sync(&s.hub);
    s.tanaka.lock();
    s.tanaka.reopen(NEW);
    let texts: Vec<String> = cards.cards.into_iter().map(|card| card.text).collect();
    texts.try_into().unwrap()
}

#[test]
fn each_slip_is_told_apart_and_changes_nothing() {
    let mut s = scene();
    let shares = in_force(&mut s);
    let [first, second, _] = shares.each_ref().map(String::as_str);
    let mistyped = first.replacen('\n', "\nちがう ", 1);
    let short = first.lines().next().unwrap().to_owned();
    let (mut other, sheet) = Laptop::founding("よその人", 9);
    let foreign = made(other.app());
    other
        .app()
        .escrow_sign(&foreign.set, Some(&sheet.paper_admin_key))
        .unwrap();
    let [abroad, abroad_too] = [0, 1].map(|at| foreign.cards[at].text.as_str());
    let weak = "みず";
    for (with, new, code) in [
        (vec![first], NEW, ErrorCode::EscrowOne),
        (vec![first, " "], NEW, ErrorCode::EscrowOne),
        (vec![first, first], NEW, ErrorCode::EscrowSame),
        (vec![&mistyped, second], NEW, ErrorCode::EscrowRow),
        (vec![&short, second], NEW, ErrorCode::EscrowLength),
        (vec![first, abroad], NEW, ErrorCode::EscrowMixed),
        (vec![abroad, abroad_too], NEW, ErrorCode::EscrowOther),
        (vec![first, second], weak, ErrorCode::WeakPassphrase),
    ] {
        assert_eq!(refused(&mut s.tanaka, &with, new).code, code);
    }
    assert!(s.tanaka.app().escrow().unwrap().used.is_empty());
    let row = refused(&mut s.tanaka, &[second, &mistyped], NEW);
    let said = row.view(app::Lang::Ja).message;
    assert!(said.contains("預かり札2の2行目"), "{said}");
    // Which share somebody holds is told without opening anything.
    let check = s.tanaka.app().escrow_check(second).unwrap();
    assert_eq!((check.index, check.standing.as_str()), (2, "inForce"));
    let check = s.tanaka.app().escrow_check(abroad).unwrap();
    assert_eq!(check.standing, "unknown");
    in_force(&mut s);
    let check = s.tanaka.app().escrow_check(second).unwrap();
    assert_eq!(check.standing, "earlier");
}

#[test]
fn shares_that_were_not_signed_open_nothing() {
    let mut s = scene();
    let cards = made(s.sato.app());
    let texts: Vec<String> = cards.cards.iter().map(|it| it.text.clone()).collect();
    s.sato.restart(1000);
    let none = refused(&mut s.sato, &[&texts[0], &texts[1]], NEW);
    assert_eq!(none.code, ErrorCode::EscrowNone);
    // Two must sign, an administrator one of them; and only what was made here last.
    let alone = s.sato.app().escrow_sign(&cards.set, None).unwrap_err();
    assert_eq!(alone.code, ErrorCode::NeedsSecond);
    let (_, strange) = Laptop::founding("よその人", 9);
    let wrong = s
        .sato
        .app()
        .escrow_sign(&cards.set, Some(&strange.paper_admin_key));
    assert_eq!(wrong.unwrap_err().code, ErrorCode::WrongPaperKey);
    let worker = s.tanaka.app().escrow_sign(&cards.set, Some(&s.paper));
    assert_eq!(worker.unwrap_err().code, ErrorCode::NotAdmin);
    let newer = made(s.sato.app());
    let earlier = s.sato.app().escrow_sign(&cards.set, Some(&s.paper));
    assert_eq!(earlier.unwrap_err().code, ErrorCode::EscrowNotMade);
    assert_eq!(s.sato.app().escrow().unwrap().set, None);
    s.sato
        .app()
        .escrow_sign(&newer.set, Some(&s.paper))
        .unwrap();
    let once = s.sato.app().escrow_sign(&newer.set, Some(&s.paper));
    assert_eq!(once.unwrap_err().code, ErrorCode::EscrowNotMade);
    // Three different people, or none.
    for holders in [
        vec!["所長"; 3],
        vec!["所長", "課長"],
        vec!["所長", "課長", " "],
    ] {
        let request = MakeEscrow {
            holders: holders.into_iter().map(str::to_owned).collect(),
        };
        let refused = s.sato.app().escrow_make(&request).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidValue);
    }
}

fn environment() -> Box<dyn Environment> {
    Box::new(Fixed::new(NOON + 5000, 79))
}

/// How often a fresh store says that shares were used, and how many households are in it. Only the new passphrase opens it.
fn made_with_shares(place: &std::path::Path) -> (usize, usize) {
    let old = unlock(place, PASSPHRASE, environment()).map(drop);
    assert_eq!(old.unwrap_err().code, ErrorCode::WrongPassphrase);
    let Unlocked::Open(mut app) = unlock(place, NEW, environment()).unwrap() else {
        panic!("it waits");
    };
    if app.restored_at().is_some() {
        app.open_unchecked("だれともつながらない").unwrap();
    }
    let list = app::ops::call(&mut app, "household.list", json!({}));
    let households = list.unwrap().value["items"].as_array().unwrap().len();
    (app.escrow().unwrap().used.len(), households)
}

#[test]
fn two_holders_open_a_backup_and_a_damaged_store_and_the_use_is_on_record() {
    let mut s = scene();
    let shares = in_force(&mut s);
    let file = s.tanaka.beside("tanaka.mgbackup");
    s.tanaka.app().back_up(&file).unwrap();
    s.tanaka.lock();
    let database = s.tanaka.store().join("store.db");
    let mut broken = std::fs::read(&database).unwrap();
    broken[16..4096].iter_mut().for_each(|byte| *byte ^= 0x55);
    std::fs::write(&database, &broken).unwrap();

    let (mut other, sheet) = Laptop::founding("よその人", 9);
    let foreign = made(other.app());
    other
        .app()
        .escrow_sign(&foreign.set, Some(&sheet.paper_admin_key))
        .unwrap();
    let foreign = foreign.cards.into_iter().take(2).map(|it| it.text);
    let cases = [
        (shares[1..].to_vec(), NEW, None),
        (foreign.collect(), NEW, Some(ErrorCode::EscrowOther)),
        (shares[..1].to_vec(), NEW, Some(ErrorCode::EscrowOne)),
        (
            shares[1..].to_vec(),
            "みず",
            Some(ErrorCode::WeakPassphrase),
        ),
    ];
    for (number, (shares, new, code)) in cases.into_iter().enumerate() {
        let (shares, cost) = (&shares, Cost::Floor);
        let opener = Opener::Shares { shares, new, cost };
        let restored = s.tanaka.beside(&format!("restored{number}"));
        let saved = s.tanaka.beside(&format!("saved{number}"));
        let from_backup = backup::restore(&file, &restored, opener, Lang::Ja, environment);
        let from_damage = recover(&s.tanaka.store(), &saved, opener, environment());
        let Some(code) = code else {
            assert!(from_backup.unwrap().ok);
            from_damage.unwrap();
            assert_eq!(made_with_shares(&restored), (1, 1));
            assert_eq!(made_with_shares(&saved), (1, 1));
            continue;
        };
        assert_eq!(from_backup.unwrap_err().code, code);
        assert_eq!(from_damage.unwrap_err().code, code);
        assert!(!restored.join("store.db").exists() && !saved.join("store.db").exists());
    }
}
