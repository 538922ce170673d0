//! Files that are foreign, forged, cut, too large or not ours; and folders of files.

use std::fs;

use serde_json::json;
use wire::bundle::{BundleWriter, Load, Manifest, Sender, To};
use wire::ids::{Device, Org};

use super::*;
use crate::ErrorCode;
use crate::facts::said::hex;
use crate::session::view::ExportBundle;

fn for_device(device: [u8; 16]) -> ExportBundle {
    ExportBundle {
        for_device: Some(hex(&device)),
        ..ExportBundle::default()
    }
}

/// What a device that was never enrolled, or an enrolled one, would say of itself.
fn manifest(app: &App, sender: Device) -> Manifest {
    Manifest {
        sender,
        made_at: NOON,
        complete: true,
        contains: Vec::new(),
        acknowledges: Vec::new(),
        directory: app
            .trust
            .directory
            .ops()
            .map(|op| wire::cbor::Bytes(op.to_bytes()))
            .collect(),
        boxes: Vec::new(),
        heads: Vec::new(),
    }
}

fn empty_bundle(app: &App, sender: Device, sign: &crypto::sign::SigningKey) -> Vec<u8> {
    let mut out = Vec::new();
    let load = Load { count: 0, bytes: 0 };
    let by = Sender {
        org: Org::new(app.identity.org),
        sign,
    };
    BundleWriter::start(
        &mut out,
        &To::All(&app.trust.office_key),
        by,
        &manifest(app, sender),
        load,
    )
    .unwrap()
    .finish()
    .unwrap();
    out
}

/// Refuses the file with this code and leaves the store as it was.
fn assert_refused(app: &mut App, bundle: &[u8], code: ErrorCode) {
    let counter = app.store.counter();
    assert_eq!(app.import_bytes(bundle).unwrap_err().code, code);
    assert_eq!(app.store.counter(), counter, "nothing has changed");
}

#[test]
fn a_file_that_is_not_whole_ours_and_signed_changes_nothing() {
    let [mut sato, mut tanaka] = office(11);
    call(&mut sato, "household.create", json!({ "name": "見本家" }));
    let good = sato.bundle_bytes().unwrap();

    assert_refused(&mut tanaka, b"PK\x03\x04 a zip", ErrorCode::NotOurFile);
    assert_refused(&mut tanaka, b"", ErrorCode::FileTruncated);
    for len in [10, 100, good.len() / 2, good.len() - 1] {
        assert_refused(&mut tanaka, &good[..len], ErrorCode::FileTruncated);
    }
    let longer = [good.as_slice(), b"more"].concat();
    assert_refused(&mut tanaka, &longer, ErrorCode::FileDamaged);
    for at in (70..good.len()).step_by(211) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_refused(&mut tanaka, &bad, ErrorCode::FileDamaged);
    }
    // The length stands at 30, behind magic, suite, office, address and lane.
    let mut oversized = good.clone();
    oversized[30..38].copy_from_slice(&u64::MAX.to_be_bytes());
    assert_refused(&mut tanaka, &oversized, ErrorCode::FileOversized);

    let [mut stranger] = office(12);
    let foreign = stranger.bundle_bytes().unwrap();
    assert_refused(&mut tanaka, &foreign, ErrorCode::ForeignOffice);

    let unknown = crypto::sign::SigningKey::make();
    let device = Device::of(&unknown.public(), &[3; 32]);
    let forged = empty_bundle(&sato, device, &unknown);
    assert_refused(&mut tanaka, &forged, ErrorCode::UnknownDevice);
    let forged = empty_bundle(&sato, Device::new(sato.identity.device), &unknown);
    assert_refused(&mut tanaka, &forged, ErrorCode::Forged);

    // The control: signed by whom it names, it is read.
    let honest = empty_bundle(
        &sato,
        Device::new(sato.identity.device),
        &sato.identity.sign,
    );
    tanaka.import_bytes(&honest).unwrap();
    assert!(tanaka.import_bytes(&good).unwrap().new > 0);
}

#[test]
fn a_bundle_for_one_device_is_for_no_other() {
    let [mut sato, mut tanaka, mut ito] = office(13);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("for-tanaka.mgb");
    call(&mut sato, "household.create", json!({ "name": "見本家" }));
    let written = sato
        .bundle_export(&path, &for_device(tanaka.identity.device))
        .unwrap();
    assert_eq!(written.file, "for-tanaka.mgb");
    assert_eq!(written.bytes, fs::metadata(&path).unwrap().len());
    assert!(written.newly_sent > 0);
    let counter = ito.store.counter();
    assert_eq!(
        ito.bundle_import(&path).unwrap_err().code,
        ErrorCode::NotForThisDevice
    );
    assert_eq!(ito.store.counter(), counter);
    let (brought, touched) = tanaka.bundle_import(&path).unwrap();
    assert_eq!(brought.new, written.records);
    assert!(touched.contains(&"households".to_owned()) && touched.contains(&"status".to_owned()));
    assert_eq!(
        sato.bundle_export(&path, &for_device([9; 16]))
            .unwrap_err()
            .code,
        ErrorCode::UnknownDevice
    );
    // Writing over the earlier file is no obstacle.
    assert_eq!(
        sato.bundle_export(&path, &ExportBundle::default())
            .unwrap()
            .newly_sent,
        0
    );
    ito.bundle_import(&path).unwrap();
    assert_same(&sato, &ito);
}

#[test]
fn a_shared_folder_holds_the_files_of_all_and_each_reads_them_all() {
    let [mut sato, mut tanaka, mut ito] = office(14);
    let shared = tempfile::tempdir().unwrap();
    let folder = shared.path().join("みほん市");
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    let first = sato
        .bundle_export(&folder, &ExportBundle::default())
        .unwrap();
    call(&mut tanaka, "household.create", json!({ "name": "二家" }));
    tanaka
        .bundle_export(&folder, &ExportBundle::default())
        .unwrap();
    call(&mut sato, "household.create", json!({ "name": "三家" }));
    let second = sato
        .bundle_export(&folder, &ExportBundle::default())
        .unwrap();
    assert!(
        first.file.ends_with("-1/1.mgb") && second.file.ends_with("-1/2.mgb"),
        "{first:?} {second:?}"
    );
    // Things that do not belong there hold up nothing; half a copy is told.
    fs::write(
        folder.join("half.mgb"),
        &fs::read(folder.join(&first.file)).unwrap()[..500],
    )
    .unwrap();
    fs::write(folder.join("readme.txt"), "hello").unwrap();
    let [mut stranger] = office(15);
    stranger
        .bundle_export(&folder, &ExportBundle::default())
        .unwrap();
    for app in [&mut ito, &mut sato, &mut tanaka] {
        let (brought, _) = app.bundle_import(&folder).unwrap();
        assert_eq!(
            brought
                .refused
                .iter()
                .map(|r| r.code.as_str())
                .collect::<Vec<_>>(),
            ["file_truncated"]
        );
        assert_eq!(brought.held, 0);
    }
    assert_same(&sato, &tanaka);
    assert_same(&sato, &ito);
    let names = fs::read_dir(&folder)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().path().is_dir())
        .count();
    assert_eq!(names, 3, "one folder for each device");
}

#[test]
fn a_folder_without_a_bundle_and_a_place_that_is_not_there_are_told() {
    let [mut sato] = office(16);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        sato.bundle_import(folder.path()).unwrap_err().code,
        ErrorCode::NotOurFile
    );
    assert_eq!(
        sato.bundle_import(&folder.path().join("gone.mgb"))
            .unwrap_err()
            .code,
        ErrorCode::FileFailed
    );
    fs::write(folder.path().join("file"), "x").unwrap();
    assert_eq!(
        sato.bundle_export(&folder.path().join("file"), &ExportBundle::default())
            .unwrap_err()
            .code,
        ErrorCode::FileFailed
    );
    assert_eq!(
        sato.bundle_export(
            &folder.path().join("no/such/place.mgb"),
            &ExportBundle::default()
        )
        .unwrap_err()
        .code,
        ErrorCode::FileFailed
    );
}

/// A stick may hold a link that leads out of it.
#[cfg(unix)]
#[test]
fn a_link_on_the_stick_is_not_followed() {
    let [mut sato] = office(17);
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    fs::write(&precious, "words").unwrap();
    std::os::unix::fs::symlink(&precious, folder.path().join("out.mgb.part")).unwrap();
    sato.bundle_export(&folder.path().join("out.mgb"), &ExportBundle::default())
        .unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"words");
}
