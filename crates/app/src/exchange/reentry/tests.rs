//! What a hub may show to whoever comes with two shares, and what is believed of it.

use wire::ids::Org;

use super::*;
use crate::App;
use crate::exchange::tests::founding;
use crate::session::view::MakeEscrow;

/// An office with its escrow, its paper key as printed, and two shares.
fn office(name: &str, seed: u64) -> (App, String, Vec<String>) {
    let (mut app, paper) = founding(name, seed);
    let paper = crypto::paper::print(&paper).to_string();
    let shares = escrow(&mut app, &paper);
    (app, paper, shares)
}

fn escrow(app: &mut App, paper: &str) -> Vec<String> {
    let holders = ["所長", "課長", "係長"].map(str::to_owned).to_vec();
    let made = app.escrow_make(&MakeEscrow { holders }).unwrap();
    app.escrow_sign(&made.set, Some(paper)).unwrap();
    made.cards.into_iter().take(2).map(|it| it.text).collect()
}

/// All that a hub has of the office before any record.
fn told(app: &App) -> Notices {
    let boxes = app.store.read(|reader| {
        let vault = app.trust.office.vault();
        reader.signed_of(store::table::trust::Signed::Keybox, vault.as_bytes())
    });
    Notices {
        directory: app
            .trust
            .directory
            .ops()
            .map(|op| Bytes(op.to_bytes()))
            .collect(),
        boxes: boxes
            .unwrap()
            .into_iter()
            .map(|row| Bytes(row.bytes))
            .collect(),
        heads: Vec::new(),
    }
}

/// Whoever comes with the shares to a hub that names this organisation.
fn comer(shares: &[String], org: Org) -> Reentry {
    let key = key_of(shares).unwrap();
    Reentry {
        seat: keys_of(&key).device(),
        own: Device::new([5; 16]),
        url: String::new(),
        key,
        hub: [0; 32],
        org,
        token: None,
        phase: Phase::Over,
    }
}

#[test]
fn another_offices_directory_is_not_believed_whatever_the_hub_says_of_it() {
    let (ours, _, shares) = office("佐藤", 1);
    let (theirs, ..) = office("よその人", 2);
    let org = ours.trust.directory.org();
    let foreign = theirs.trust.directory.org();
    // Red control: the right one is.
    assert!(comer(&shares, org).believed(&told(&ours)).is_ok());

    let mut grafted = told(&theirs);
    grafted
        .directory
        .extend(told(&ours).directory.into_iter().skip(1));
    for (named, notices) in [
        (org, told(&theirs)),
        (foreign, told(&theirs)),
        (foreign, told(&ours)),
        (foreign, grafted),
        (org, Notices::default()),
    ] {
        let refused = comer(&shares, named).believed(&notices).unwrap_err();
        assert_eq!(refused.code, ErrorCode::EscrowForeign);
    }
}

#[test]
fn an_earlier_escrow_is_told_so_and_one_without_a_box_too() {
    let (mut app, paper, earlier) = office("佐藤", 1);
    let org = app.trust.directory.org();
    let newer = escrow(&mut app, &paper);
    let all = told(&app);
    let refused = comer(&earlier, org).believed(&all).unwrap_err();
    assert_eq!(refused.code, ErrorCode::EscrowEarlier);
    let comer = comer(&newer, org);
    let directory = comer.believed(&all).unwrap();
    assert_eq!(comer.teams(&directory, &all.boxes).len(), 1);
    assert!(comer.teams(&directory, &[]).is_empty());
    // What is boxed for the earlier one is of no use to the newer, and the newest key is not boxed for the earlier.
    let newest = app.trust.office_key.expose().to_owned();
    let key_of_team = |comer: &Reentry| {
        let teams = comer.teams(&directory, &all.boxes);
        teams
            .values()
            .flat_map(|team| team.keys.values())
            .any(|key| *key.expose() == newest)
    };
    assert!(key_of_team(&comer));
    assert!(!key_of_team(&super::tests::comer(&earlier, org)));
}
