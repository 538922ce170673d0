//! A laptop dies; its backup becomes another one, and what was written later comes back from a colleague.

use app::backup;
use app::session::view::ExportBundle;
use app::session::{self, Unlocked};
use app::{App, Environment, ErrorCode, Fixed, Lang, ops};
use serde_json::{Value, json};
use testkit::{Laptop, NOON, PASSPHRASE};

fn environment() -> Box<dyn Environment> {
    Box::new(Fixed::new(NOON, 77))
}

fn call(app: &mut App, op: &str, arguments: Value) -> Value {
    ops::call(app, op, arguments).unwrap().value
}

fn names(app: &mut App) -> Vec<String> {
    let list = call(app, "household.list", json!({}));
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_dead_laptop_comes_back_from_its_backup_and_a_colleague() {
    let keep = tempfile::tempdir().unwrap();
    let (mut sato, _) = Laptop::founding("佐藤", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中", 2);
    call(sato.app(), "household.create", json!({ "name": "青木" }));
    let file = keep.path().join("monday.mgbackup");
    let written = sato.app().back_up(&file).unwrap();
    assert_eq!(written.households, 1);

    // The drill changes nothing and says what the file is worth.
    let drill = backup::check(&file, PASSPHRASE, Lang::Ja, environment).unwrap();
    assert!(drill.ok, "{drill:?}");
    assert_eq!(drill.households, 1);
    assert!(backup::check(&file, "ちがうことば", Lang::Ja, environment).is_err());

    // A copy that is not whole is told as one's own backup, not as a file that a colleague sent.
    let whole = std::fs::read(&file).unwrap();
    let (half, altered) = (keep.path().join("half"), keep.path().join("altered"));
    std::fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 1;
    std::fs::write(&altered, &bytes).unwrap();
    for (copy, code) in [
        (&half, ErrorCode::BackupTruncated),
        (&altered, ErrorCode::BackupDamaged),
    ] {
        let refused = backup::check(copy, PASSPHRASE, Lang::Ja, environment).unwrap_err();
        assert_eq!(refused.code, code);
        let said = refused.view(Lang::En);
        assert!(!said.next.contains("sender"), "{}", said.next);
    }

    // On Tuesday she writes on, hands it over, and the laptop falls into the river.
    call(sato.app(), "household.create", json!({ "name": "井上" }));
    let stick = keep.path().join("stick");
    sato.app()
        .bundle_export(&stick, &ExportBundle::default())
        .unwrap();
    tanaka.app().bundle_import(&stick).unwrap();
    drop(sato);

    let place = keep.path().join("new laptop");
    let restored = backup::restore(&file, &place, PASSPHRASE, Lang::Ja, environment).unwrap();
    assert!(restored.ok && restored.documents == drill.documents);
    let Unlocked::Open(mut again) = session::unlock(&place, PASSPHRASE, environment()).unwrap()
    else {
        panic!("the device belongs to the office");
    };
    // What was erased since would still be there: somebody has to be heard first, or a reason given.
    let refused = ops::call(&mut again, "household.list", json!({})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::RestoredUnchecked);
    let from_tanaka = keep.path().join("from tanaka");
    tanaka
        .app()
        .bundle_export(&from_tanaka, &ExportBundle::default())
        .unwrap();
    // Tanaka leaves out what she said on Tuesday to have: an order of erasure could be among that.
    let told = again.bundle_import(&from_tanaka).unwrap().0;
    assert!(told.missing > 0, "{told:?}");
    let refused = ops::call(&mut again, "household.list", json!({})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::RestoredUnchecked);
    again.open_unchecked("青木さんの訪問が今日ある").unwrap();
    assert_eq!(names(&mut again), ["青木"]);
    // Before the rest came from elsewhere she writes again, under another incarnation.
    call(&mut again, "household.create", json!({ "name": "上田" }));
    tanaka
        .app()
        .bundle_export(&from_tanaka, &ExportBundle::default())
        .unwrap();
    // She is told once more, and Tanaka's next file puts it right.
    let told = again.bundle_import(&from_tanaka).unwrap().0;
    assert!(told.missing > 0, "{told:?}");
    let back = keep.path().join("back");
    again
        .bundle_export(&back, &ExportBundle::default())
        .unwrap();
    let taken = tanaka.app().bundle_import(&back).unwrap().0;
    assert!(taken.refused.is_empty() && taken.held == 0, "{taken:?}");
    tanaka
        .app()
        .bundle_export(&from_tanaka, &ExportBundle::default())
        .unwrap();
    let told = again.bundle_import(&from_tanaka).unwrap().0;
    assert_eq!((told.missing, told.held), (0, 0));
    let (mut here, mut there) = (names(&mut again), names(tanaka.app()));
    here.sort();
    there.sort();
    assert_eq!(here, ["上田", "井上", "青木"]);
    assert_eq!(here, there);
}
