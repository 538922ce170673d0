//! The second signature of a colleague: what takes two is done once both have signed, and by nobody alone.

use serde_json::json;
use wire::directory::Standing;
use wire::ids::Device;

use super::erasing::asking;
use super::passing::{later, two};
use super::{assert_same, call, founding, give, id, joining};
use crate::session::view::{AskCosign, CosignList, MakeEscrow, PassOut};
use crate::{App, ErrorCode};

/// An office: two administrators, two workers; a household that all have.
struct Scene {
    admin: App,
    second: App,
    sato: App,
    thief: App,
    household: String,
    paper: String,
}

fn scene() -> Scene {
    let (mut admin, paper) = founding("管理", 1);
    let paper = crypto::paper::print(&paper).to_string();
    let mut second = joining(&mut admin, "次長", 2);
    let mut sato = joining(&mut admin, "佐藤", 3);
    let mut thief = joining(&mut admin, "田中", 4);
    admin
        .set_admin(second.identity.device, true, Some(&paper))
        .unwrap();
    let household = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    for other in [&mut second, &mut sato, &mut thief] {
        give(&mut admin, other);
    }
    for other in [&mut second, &mut sato, &mut thief] {
        give(other, &mut admin);
    }
    give(&mut admin, &mut second);
    Scene {
        admin,
        second,
        sato,
        thief,
        household,
        paper,
    }
}

fn named(app: &App) -> String {
    Device::new(app.identity.device).to_string()
}

fn ask(from: &mut App, of: &App, act: &str, about: &App) -> CosignList {
    let request = AskCosign {
        colleague: named(of),
        act: act.to_owned(),
        device: Some(named(about)),
        ..AskCosign::default()
    };
    from.cosign_ask(&request).unwrap().0
}

fn ask_to_erase(s: &mut Scene) -> CosignList {
    let (list, _) = s.admin.erase_propose(&asking(&s.household)).unwrap();
    let request = AskCosign {
        colleague: named(&s.second),
        act: "erase".to_owned(),
        order: Some(list.items[0].id.clone()),
        ..AskCosign::default()
    };
    s.admin.cosign_ask(&request).unwrap().0
}

fn sign(app: &mut App) -> CosignList {
    let waiting = app.cosigns().unwrap().waiting;
    assert_eq!(waiting.len(), 1);
    app.cosign_answer(&waiting[0].id, true).unwrap().0
}

fn is_out(app: &App, of: &App) -> bool {
    let office = app.trust.directory.state();
    let member = &office.devices[&Device::new(of.identity.device)];
    matches!(member.standing, Standing::Revoked { .. })
}

fn notes(app: &mut App) -> Vec<String> {
    let told = app.notices().unwrap().into_iter();
    told.filter(|it| it.code == "cosign")
        .flat_map(|it| it.who)
        .collect()
}

#[test]
fn a_laptop_is_shut_out_once_a_colleague_has_signed_and_the_answer_came() {
    let mut s = scene();
    let own = ask(&mut s.admin, &s.second, "revoke", &s.thief)
        .own
        .unwrap();
    assert_eq!((own.state.as_str(), own.name.as_str()), ("waiting", "次長"));
    assert_eq!(own.acts[0].name.as_deref(), Some("田中"));
    assert!(!is_out(&s.admin, &s.thief), "one signature has no effect");

    give(&mut s.admin, &mut s.second);
    assert_eq!(notes(&mut s.second), ["管理"]);
    // Nobody else is asked, or sees what it is.
    give(&mut s.admin, &mut s.sato);
    assert!(s.sato.cosigns().unwrap().waiting.is_empty());
    assert!(notes(&mut s.sato).is_empty());

    assert!(sign(&mut s.second).waiting.is_empty());
    assert!(notes(&mut s.second).is_empty());
    assert!(!is_out(&s.second, &s.thief), "whoever asked finishes");
    give(&mut s.second, &mut s.admin);
    assert!(is_out(&s.admin, &s.thief));
    assert!(s.admin.cosigns().unwrap().own.is_none());
    give(&mut s.admin, &mut s.second);
    give(&mut s.admin, &mut s.sato);
    assert!(is_out(&s.second, &s.thief) && is_out(&s.sato, &s.thief));
    assert!(s.second.cosigns().unwrap().waiting.is_empty());
    give(&mut s.sato, &mut s.admin);
    give(&mut s.second, &mut s.admin);
    give(&mut s.admin, &mut s.second);
    assert_same(&s.admin, &s.second);
    assert!(s.admin.trust.directory.forks().is_empty());
}

#[test]
fn a_signature_of_anybody_else_does_nothing() {
    let mut s = scene();
    ask(&mut s.admin, &s.second, "revoke", &s.thief);
    give(&mut s.admin, &mut s.sato);
    // The worker puts down what looks like an answer.
    let id = s.admin.cosigns().unwrap().own.unwrap().id;
    let forged = s.sato.identity.sign.sign(
        crypto::sign::SignatureKind::DirOp,
        &s.sato.identity.org,
        b"anything",
    );
    let settings = s.sato.identity.settings;
    let edit = crate::write::put(
        crate::facts::settings::WORKERS,
        format!("cosign/{id}/signed"),
        json!(crate::facts::said::hex(&forged)),
    );
    s.sato
        .apply("test", |w| {
            w.edit(&settings, record::Kind::Settings, None, &[edit])
        })
        .unwrap();
    give(&mut s.sato, &mut s.admin);
    assert!(!is_out(&s.admin, &s.thief));
    // The control: the colleague's own signature does it, though the forged one stands there first.
    give(&mut s.admin, &mut s.second);
    sign(&mut s.second);
    give(&mut s.second, &mut s.admin);
    assert!(is_out(&s.admin, &s.thief));
}

#[test]
fn several_acts_are_signed_at_once_and_asked_anew_where_the_chain_went_on() {
    let mut s = scene();
    ask(&mut s.admin, &s.second, "revoke", &s.thief);
    ask(&mut s.admin, &s.second, "addAdmin", &s.sato);
    give(&mut s.admin, &mut s.second);
    let waiting = s.second.cosigns().unwrap().waiting;
    assert_eq!(waiting[0].acts.len(), 2);
    // Both go on at the same time: the colleague signs, whoever asked does something else.
    sign(&mut s.second);
    s.admin.freeze_device(s.thief.identity.device).unwrap();
    give(&mut s.second, &mut s.admin);
    assert!(!is_out(&s.admin, &s.thief), "signed for another place");
    let own = s.admin.cosigns().unwrap().own.unwrap();
    assert_eq!((own.state.as_str(), own.acts.len()), ("waiting", 2));

    give(&mut s.admin, &mut s.second);
    sign(&mut s.second);
    give(&mut s.second, &mut s.admin);
    assert!(is_out(&s.admin, &s.thief));
    let office = s.admin.trust.directory.state();
    assert!(office.is_admin(Device::new(s.sato.identity.device)));
    assert!(s.admin.trust.directory.forks().is_empty());
}

#[test]
fn what_is_declined_or_withdrawn_is_not_done() {
    let mut s = scene();
    ask(&mut s.admin, &s.second, "revoke", &s.thief);
    give(&mut s.admin, &mut s.second);
    let waiting = s.second.cosigns().unwrap().waiting;
    s.second.cosign_answer(&waiting[0].id, false).unwrap();
    give(&mut s.second, &mut s.admin);
    let own = s.admin.cosigns().unwrap().own.unwrap();
    assert_eq!(own.state, "declined");
    // What was declined is not asked again beside another act.
    let own = ask(&mut s.admin, &s.second, "addAdmin", &s.sato)
        .own
        .unwrap();
    assert_eq!((own.state.as_str(), own.acts.len()), ("waiting", 1));
    s.admin.cosign_withdraw(None).unwrap();

    ask(&mut s.admin, &s.second, "revoke", &s.thief);
    give(&mut s.admin, &mut s.second);
    let id = s.second.cosigns().unwrap().waiting[0].id.clone();
    s.admin.cosign_withdraw(None).unwrap();
    give(&mut s.admin, &mut s.second);
    let gone = s.second.cosign_answer(&id, true).unwrap_err();
    assert_eq!(gone.code, ErrorCode::CosignGone);

    // Withdrawn while the colleague signs.
    ask(&mut s.admin, &s.second, "revoke", &s.thief);
    ask(&mut s.admin, &s.second, "addAdmin", &s.sato);
    give(&mut s.admin, &mut s.second);
    sign(&mut s.second);
    let own = s.admin.cosigns().unwrap().own.unwrap();
    s.admin.cosign_withdraw(Some(&own.acts[0].id)).unwrap();
    give(&mut s.second, &mut s.admin);
    assert!(!is_out(&s.admin, &s.thief));
    // What is left is signed on its own.
    give(&mut s.admin, &mut s.second);
    sign(&mut s.second);
    give(&mut s.second, &mut s.admin);
    let office = s.admin.trust.directory.state();
    assert!(office.is_admin(Device::new(s.sato.identity.device)));
    assert!(!is_out(&s.admin, &s.thief));
}

#[test]
fn what_cannot_be_asked_is_refused_and_changes_nothing() {
    let mut s = scene();
    let code = |app: &mut App, request: &AskCosign| app.cosign_ask(request).unwrap_err().code;
    let revoke = AskCosign {
        colleague: named(&s.second),
        act: "revoke".to_owned(),
        device: Some(named(&s.thief)),
        ..AskCosign::default()
    };
    assert_eq!(code(&mut s.sato, &revoke), ErrorCode::NotAdmin);
    let of_worker = AskCosign {
        colleague: named(&s.sato),
        ..revoke.clone()
    };
    assert_eq!(code(&mut s.admin, &of_worker), ErrorCode::InvalidValue);
    let of_oneself = AskCosign {
        colleague: named(&s.admin),
        ..revoke.clone()
    };
    assert_eq!(code(&mut s.admin, &of_oneself), ErrorCode::InvalidValue);
    for act in ["freeze", "enrol", ""] {
        let other = AskCosign {
            act: act.to_owned(),
            ..revoke.clone()
        };
        assert_eq!(code(&mut s.admin, &other), ErrorCode::InvalidValue);
    }
    let nobody = AskCosign {
        device: Some("00".repeat(16)),
        ..revoke.clone()
    };
    assert_eq!(code(&mut s.admin, &nobody), ErrorCode::UnknownDevice);
    assert!(s.admin.cosigns().unwrap().own.is_none());

    // A third administrator is not asked while the second has not answered.
    s.admin
        .set_admin(s.sato.identity.device, true, Some(&s.paper))
        .unwrap();
    s.admin.cosign_ask(&revoke).unwrap();
    assert_eq!(code(&mut s.admin, &of_worker), ErrorCode::CosignOther);
    // Asked once more, it is the same act, as of now.
    s.admin.cosign_ask(&revoke).unwrap();
    assert_eq!(s.admin.cosigns().unwrap().own.unwrap().acts.len(), 1);
}

#[test]
fn an_act_that_came_to_nothing_meanwhile_is_shown_as_void() {
    let mut s = scene();
    ask(&mut s.admin, &s.second, "addAdmin", &s.thief);
    // With the sheet it went faster.
    s.admin
        .revoke_device(s.thief.identity.device, Some(&s.paper))
        .unwrap();
    let own = s.admin.cosigns().unwrap().own.unwrap();
    assert_eq!(own.state, "void");
    give(&mut s.admin, &mut s.second);
    assert!(s.second.cosigns().unwrap().waiting.is_empty());
    s.admin.cosign_withdraw(None).unwrap();
    assert!(s.admin.cosigns().unwrap().own.is_none());
}

#[test]
fn an_erasure_is_signed_by_who_reads_what_it_is_about() {
    let mut s = scene();
    let own = ask_to_erase(&mut s).own.unwrap();
    let order = own.acts[0].order.clone().unwrap();
    let proposed = s.admin.erasures().unwrap().items;
    let proposed: Vec<_> = proposed.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(proposed, [order.as_str()], "in the place of the proposal");
    give(&mut s.admin, &mut s.second);
    let waiting = s.second.cosigns().unwrap().waiting;
    assert!(waiting[0].acts[0].seen);
    let listed = s.second.erasures().unwrap().items;
    assert!(listed.iter().any(|it| it.id == order && it.name.is_some()));
    // The control: without the order, the same request is not signed.
    s.second
        .store
        .transact(|tx| {
            let order = crate::facts::said::unhex(&order).unwrap();
            Ok::<_, crate::AppError>(tx.drop_order(&order)?)
        })
        .unwrap();
    let unseen = s.second.cosign_answer(&waiting[0].id, true).unwrap_err();
    assert_eq!(unseen.code, ErrorCode::CosignUnseen);
    assert!(!s.second.cosigns().unwrap().waiting[0].acts[0].seen);
    give(&mut s.second, &mut s.admin);
    let get = crate::ops::call(&mut s.admin, "household.get", json!({ "id": s.household }));
    assert!(get.is_ok(), "nothing is hidden");
}

#[test]
fn an_erasure_that_a_colleague_signed_hides_the_household_and_names_both() {
    let mut s = scene();
    ask_to_erase(&mut s);
    give(&mut s.admin, &mut s.second);
    sign(&mut s.second);
    give(&mut s.second, &mut s.admin);
    let signed = s.admin.erasures().unwrap().items;
    let hidden = signed.iter().find(|it| it.state == "hidden").unwrap();
    assert_eq!(hidden.signed_by.as_deref(), Some("管理"));
    assert_eq!(hidden.signed_with.as_deref(), Some("次長"));
    assert!(!hidden.with_paper);
    give(&mut s.admin, &mut s.sato);
    for app in [&mut s.admin, &mut s.sato] {
        let get = crate::ops::call(app, "household.get", json!({ "id": s.household }));
        assert!(get.is_err());
    }
}

#[test]
fn how_long_backups_are_kept_is_signed_by_a_colleague() {
    let mut s = scene();
    let request = AskCosign {
        colleague: named(&s.second),
        act: "backupDays".to_owned(),
        days: Some(730),
        ..AskCosign::default()
    };
    let own = s.admin.cosign_ask(&request).unwrap().0.own.unwrap();
    assert_eq!(own.acts[0].days, Some(730));
    give(&mut s.admin, &mut s.second);
    sign(&mut s.second);
    give(&mut s.second, &mut s.admin);
    assert_eq!(s.admin.erasures().unwrap().backup_days, 730);
}

#[test]
fn an_escrow_key_comes_into_force_with_a_colleague_who_sees_who_holds_it() {
    let mut s = scene();
    let names = ["所長", "総務課長", "中央センター長"];
    let made = s
        .admin
        .escrow_make(&MakeEscrow {
            holders: names.map(str::to_owned).into(),
        })
        .unwrap();
    let request = AskCosign {
        colleague: named(&s.second),
        act: "escrow".to_owned(),
        set: Some(made.set.clone()),
        ..AskCosign::default()
    };
    s.admin.cosign_ask(&request).unwrap();
    assert_eq!(s.admin.escrow().unwrap().set, None);
    give(&mut s.admin, &mut s.second);
    let waiting = s.second.cosigns().unwrap().waiting;
    assert_eq!(waiting[0].acts[0].holders, names);
    sign(&mut s.second);
    give(&mut s.second, &mut s.admin);
    give(&mut s.admin, &mut s.second);
    for app in [&mut s.admin, &mut s.second] {
        let view = app.escrow().unwrap();
        assert_eq!(
            (view.set.as_ref(), view.holders),
            (Some(&made.set), names.map(str::to_owned).to_vec())
        );
    }
    // What was made is in force, and cannot be put in force once more.
    let again = s.admin.escrow_sign(&made.set, Some(&s.paper)).unwrap_err();
    assert_eq!(again.code, ErrorCode::EscrowNotMade);
}

#[test]
fn what_was_passed_on_is_erased_with_a_colleague_case_by_case() {
    let mut s = two(977);
    let paper = s.paper.clone();
    s.old
        .set_admin(s.sato.identity.device, true, Some(&paper))
        .unwrap();
    give(&mut s.old, &mut s.sato);
    let pass = s.pass("1.mgpass");
    let (_, receipt) = s.take("1.mgpass").unwrap();
    s.old.pass_receipt(&receipt).unwrap();
    let request = AskCosign {
        colleague: named(&s.sato),
        act: "passErase".to_owned(),
        pass: Some(pass.clone()),
        ..AskCosign::default()
    };
    let own = s.old.cosign_ask(&request).unwrap().0.own.unwrap();
    assert!(own.acts.iter().all(|it| it.act == "erase" && it.seen));
    // Asked once more, no order is drawn up beside.
    let again = s.old.cosign_ask(&request).unwrap().0.own.unwrap();
    assert_eq!(again, own);
    let drawn = s.old.erasures().unwrap().items.len();
    assert_eq!(drawn, own.acts.len());
    let state = |app: &mut App| app.passes().unwrap().items[0].state.clone();
    assert_eq!(state(&mut s.old), "arrived", "nothing is erased yet");
    give(&mut s.old, &mut s.sato);
    sign(&mut s.sato);
    give(&mut s.sato, &mut s.old);
    assert_eq!(state(&mut s.old), "erasing");
    let gone = crate::ops::call(&mut s.old, "household.get", json!({ "id": s.home }));
    assert!(gone.is_err());
    later(&mut s.old, 31);
    let proof = s.old.pass_proof(&pass).unwrap();
    assert!(crate::passing::check(&proof).unwrap().orders > 0);
}

#[test]
fn more_cases_than_are_signed_at_once_draw_up_no_order() {
    let mut s = two(983);
    let paper = s.paper.clone();
    s.old
        .set_admin(s.sato.identity.device, true, Some(&paper))
        .unwrap();
    for number in 0..wire::directory::MAX_DRAFTS {
        let name = json!({ "name": format!("みほん{number}家") });
        call(&mut s.old, "household.create", name);
    }
    let (_, wish) = s.new.pass_wish().unwrap();
    let all = PassOut {
        households: Vec::new(),
        ..s.asking()
    };
    let path = s.path("all.mgpass");
    let pass = s.old.pass_out(&path, &wish, &all).unwrap().0.id;
    let (_, receipt) = s.take("all.mgpass").unwrap();
    s.old.pass_receipt(&receipt).unwrap();
    let request = AskCosign {
        colleague: named(&s.sato),
        act: "passErase".to_owned(),
        pass: Some(pass),
        ..AskCosign::default()
    };
    let refused = s.old.cosign_ask(&request).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CosignTooMany);
    assert!(s.old.erasures().unwrap().items.is_empty());
    assert!(s.old.cosigns().unwrap().own.is_none());
}
