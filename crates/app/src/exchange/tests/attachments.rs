//! Attachments on their way: by bundle, by hub over lines that are cut, through backups, and past those who lie.

use std::path::Path;

use serde_json::{Value, json};
use sync::carrier::{Call, Carrier, Method, Reply, Unreachable};
use testkit::hub::{Fate, Hub, Line, URL};
use wire::chunk::CHUNK;

use super::restored::{PASSPHRASE, unlock};
use super::*;
use crate::ErrorCode;
use crate::exchange::export::LeaveOut;
use crate::facts::said::{FIELDS, HOUSEHOLD, hex};
use crate::hub::{Conversation, talk};
use crate::ops::attachment::AddAttachment;
use crate::session::view::{ExportBundle, SyncView};
use crate::session::{self, Cost};

/// A text of this many bytes that no other text is.
pub(super) fn text(length: usize, mark: usize) -> Vec<u8> {
    let line = format!("{mark:07}: 訪問の記録\n").into_bytes();
    let mut bytes: Vec<u8> = line.iter().copied().cycle().take(length).collect();
    // No letter is cut in two.
    while std::str::from_utf8(&bytes).is_err() {
        bytes.pop();
    }
    bytes
}

pub(super) fn attach(app: &mut App, to: Value, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("記録.txt");
    std::fs::write(&path, bytes).unwrap();
    let mut request = to;
    request["name"] = json!("");
    request["content"] = json!("");
    let request: AddAttachment = serde_json::from_value(request).unwrap();
    app.attach_file(&path, request).unwrap().0.id.to_string()
}

fn new_household(app: &mut App) -> String {
    id(&call(app, "household.create", json!({ "name": "見本家" })))
}

pub(super) fn opens(app: &mut App, attachment: &str) -> Result<Value, ErrorCode> {
    attempt(app, "attachment.open", json!({ "id": attachment })).map_err(|error| error.code)
}

fn arrived(app: &mut App, attachment: &str) -> (u64, u64) {
    let view = call(app, "attachment.get", json!({ "id": attachment }));
    let number = |key: &str| view["local"][key].as_u64().unwrap();
    (number("arrived"), number("chunks"))
}

#[test]
fn a_file_brings_the_attachment_once_and_not_again() {
    let [mut sato, mut tanaka] = office(201);
    let household = new_household(&mut sato);
    let bytes = text(CHUNK + 70_000, 1);
    let first = attach(&mut sato, json!({ "householdId": household }), &bytes);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("to.mgb");
    let all = ExportBundle::default();
    sato.bundle_export(&path, &all).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > bytes.len() as u64);
    tanaka.bundle_import(&path).unwrap();
    assert_eq!(arrived(&mut tanaka, &first), (2, 2));
    assert_eq!(opens(&mut tanaka, &first), opens(&mut sato, &first));
    assert_same(&sato, &tanaka);
    // Tanaka says to have it.
    tanaka.bundle_export(&path, &all).unwrap();
    sato.bundle_import(&path).unwrap();
    let second = attach(&mut sato, json!({ "householdId": household }), b"short");
    sato.bundle_export(&path, &all).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < CHUNK as u64 / 4);
    tanaka.bundle_import(&path).unwrap();
    assert!(opens(&mut tanaka, &second).is_ok());
}

#[test]
fn a_shared_folder_brings_it_too() {
    let [mut sato, mut tanaka] = office(202);
    let household = new_household(&mut sato);
    let attachment = attach(&mut sato, json!({ "householdId": household }), b"words");
    let folder = tempfile::tempdir().unwrap();
    sato.folder_sync(folder.path()).unwrap();
    tanaka.folder_sync(folder.path()).unwrap();
    assert!(opens(&mut tanaka, &attachment).is_ok());
}

/// In a file for all, a chunk that no record of theirs names would tell others that something is there.
#[test]
fn the_chunks_of_a_restricted_note_go_only_to_its_readers() {
    let [mut sato, mut tanaka, mut mori] = office(203);
    let household = new_household(&mut sato);
    let note =
        json!({ "householdId": household, "text": "秘密", "restrictTo": [tanaka.identity.worker] });
    let note = id(&call(&mut sato, "note.create", note));
    let attachment = attach(&mut sato, json!({ "noteId": note }), &text(300_000, 1));
    let all = sato.bundle_bytes().unwrap();
    assert!(all.len() < 300_000, "no chunk is in it");
    for reader in [&mut tanaka, &mut mori] {
        reader.import_bytes(&all).unwrap();
        assert!(reader.chunks.all().unwrap().is_empty());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("to.mgb");
    let for_one = |sato: &mut App, to: &App| {
        let request = ExportBundle {
            for_device: Some(hex(&to.identity.device)),
            complete: Some(true),
            ..ExportBundle::default()
        };
        sato.bundle_export(&path, &request).unwrap();
        std::fs::metadata(&path).unwrap().len()
    };
    assert!(for_one(&mut sato, &mori) < 300_000);
    assert!(for_one(&mut sato, &tanaka) > 300_000);
    tanaka.bundle_import(&path).unwrap();
    let list = call(&mut tanaka, "restricted.list", json!({}));
    let vault = list["items"][0]["id"].clone();
    let none = call(
        &mut tanaka,
        "attachment.list",
        json!({ "householdId": household }),
    );
    assert_eq!(none["items"], json!([]), "closed, it shows nowhere");
    call(
        &mut tanaka,
        "restricted.open",
        json!({ "id": vault, "reason": "確認" }),
    );
    let seen = call(
        &mut tanaka,
        "attachment.list",
        json!({ "householdId": household }),
    );
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(opens(&mut tanaka, &attachment).err(), None);
    let nothing = call(
        &mut mori,
        "attachment.list",
        json!({ "householdId": household }),
    );
    assert_eq!(nothing["items"], json!([]));
}

/// Chunks that no attachment names are not kept, whoever brings them.
#[test]
fn what_nothing_names_is_swept() {
    let [mut sato, mut tanaka] = office(204);
    let household = new_household(&mut sato);
    let attachment = attach(&mut sato, json!({ "householdId": household }), b"words");
    sato.seal(crate::exchange::seal::Occasion::Bundle).unwrap();
    // The chunks alone, without the records that name them.
    let only_chunks = sato.bundle_in_memory(&LeaveOut::Nothing, || false).unwrap();
    tanaka.import_bytes(&only_chunks).unwrap();
    assert!(tanaka.chunks.all().unwrap().is_empty());
    assert!(!tanaka.chunks.is_unsettled());
    give(&mut sato, &mut tanaka);
    assert!(opens(&mut tanaka, &attachment).is_ok());
}

/// Counts what goes each way, and may change what comes.
struct Watched<'a> {
    line: Line<'a>,
    put: usize,
    got: usize,
    cuts: usize,
    lie: fn(&Call, &mut Reply),
}

impl Carrier for Watched<'_> {
    fn carry(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        if matches!(call.method, Method::PutPart { .. }) {
            self.put += call.body.len();
        }
        let carried = self.line.carry(call);
        self.cuts += usize::from(carried.is_err());
        let mut reply = carried?;
        if matches!(call.method, Method::GetPart { .. }) {
            self.got += reply.body.len();
            (self.lie)(call, &mut reply);
        }
        Ok(reply)
    }
}

fn honest(_: &Call, _: &mut Reply) {}

fn watched(line: Line<'_>) -> Watched<'_> {
    Watched {
        line,
        put: 0,
        got: 0,
        cuts: 0,
        lie: honest,
    }
}

/// Talks until nothing is left to carry, over a line that may be cut; each cut ends a talk.
fn talk_out(app: &mut App, line: &mut Watched<'_>) -> SyncView {
    for _ in 0..400 {
        let conversation = Conversation::sync(app, None).unwrap();
        match talk(app, conversation, line) {
            Ok((view, _)) if !view.more => return view,
            Ok(_) => {}
            Err(error) => assert_eq!(error.code, ErrorCode::HubUnreachable),
        }
    }
    panic!("it never comes to an end");
}

pub(super) fn with_hub(seed: u64) -> (Hub, App, App) {
    let [mut sato, mut tanaka] = office(seed);
    let hub = Hub::default();
    let conversation = Conversation::join(&mut sato, URL, &hub.invite()).unwrap();
    talk(&mut sato, conversation, &mut hub.line()).unwrap();
    let conversation = Conversation::sync(&mut tanaka, Some(URL)).unwrap();
    talk(&mut tanaka, conversation, &mut hub.line()).unwrap();
    (hub, sato, tanaka)
}

/// One call in `often` is cut, on its way there or on its way back.
fn cut_now_and_then(often: u64, mut state: u64) -> impl FnMut(usize) -> Fate {
    move |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        match (state >> 33) % (often * 2) {
            0 => Fate::LostThere,
            1 => Fate::LostBack,
            _ => Fate::Through,
        }
    }
}

/// A set of 100 MB over a line that is cut at random places arrives whole, and no cut costs more than one chunk.
#[test]
fn a_hundred_megabytes_over_a_cut_line_are_carried_once() {
    let (hub, mut sato, mut tanaka) = with_hub(205);
    let household = new_household(&mut sato);
    let set: Vec<_> = (0..20)
        .map(|number| {
            let bytes = text(5 * CHUNK, number);
            attach(&mut sato, json!({ "householdId": household }), &bytes)
        })
        .collect();
    let whole = sato.chunks.all().unwrap().len() * CHUNK;
    assert!(whole >= 100 << 20);

    let mut up = watched(hub.line_that(cut_now_and_then(20, 1)));
    talk_out(&mut sato, &mut up);
    assert!(up.cuts > 10, "{} cuts", up.cuts);
    let (least, most) = (whole, whole + (up.cuts + 2) * CHUNK);
    assert!(
        (least..most).contains(&up.put),
        "{} bytes for {whole}",
        up.put
    );

    // Words and thumbnails are there before a byte of any file is asked for.
    let mut first = watched(hub.line_that(|_| Fate::Through));
    let conversation = Conversation::sync(&mut tanaka, None).unwrap();
    let (view, touched) = talk(&mut tanaka, conversation, &mut first).unwrap();
    assert!(view.more && touched.iter().any(|tag| tag == "attachments"));
    let list = call(
        &mut tanaka,
        "attachment.list",
        json!({ "householdId": household }),
    );
    assert_eq!(list["items"].as_array().unwrap().len(), 20);
    assert_eq!(
        opens(&mut tanaka, &set[0]),
        Err(ErrorCode::AttachmentMissing)
    );

    let mut down = watched(hub.line_that(cut_now_and_then(20, 2)));
    talk_out(&mut tanaka, &mut down);
    assert!(down.cuts > 10, "{} cuts", down.cuts);
    let got = first.got + down.got;
    let (least, most) = (whole, whole + (down.cuts + 2) * CHUNK);
    assert!((least..most).contains(&got), "{got} bytes for {whole}");
    for attachment in &set {
        assert_eq!(arrived(&mut tanaka, attachment), (5, 5));
    }
    assert_eq!(opens(&mut tanaka, &set[7]), opens(&mut sato, &set[7]));

    // What is there is neither sent nor fetched again, by anybody.
    for app in [&mut sato, &mut tanaka] {
        let mut still = watched(hub.line());
        let view = talk_out(app, &mut still);
        assert_eq!((still.put, still.got, view.files_sent), (0, 0, 0));
    }
}

#[test]
fn a_hub_that_gives_other_bytes_is_told_of_and_nothing_of_it_is_kept() {
    let (hub, mut sato, mut tanaka) = with_hub(206);
    let household = new_household(&mut sato);
    let attachment = attach(
        &mut sato,
        json!({ "householdId": household }),
        &text(CHUNK, 1),
    );
    talk_out(&mut sato, &mut watched(hub.line()));
    let lies: [fn(&Call, &mut Reply); 4] = [
        |_, reply| reply.body[7] ^= 1,
        |_, reply| reply.body.truncate(9),
        |_, reply| reply.body.resize(4 << 20, 7),
        |_, reply| reply.status = 200,
    ];
    for lie in lies {
        let mut line = watched(hub.line());
        line.lie = lie;
        let view = talk_out(&mut tanaka, &mut line);
        assert_eq!(view.left_out, ["chunk_differs"]);
        assert_eq!(
            opens(&mut tanaka, &attachment),
            Err(ErrorCode::AttachmentMissing)
        );
        assert!(tanaka.chunks.all().unwrap().is_empty());
    }
    let view = talk_out(&mut tanaka, &mut watched(hub.line()));
    assert!(view.left_out.is_empty());
    assert!(opens(&mut tanaka, &attachment).is_ok());
}

/// A hub that lost its attachments is given them again.
#[test]
fn a_hub_put_back_is_given_the_files_again() {
    let (mut hub, mut sato, mut tanaka) = with_hub(207);
    hub.back_up("night");
    let household = new_household(&mut sato);
    let attachment = attach(&mut sato, json!({ "householdId": household }), b"words");
    talk_out(&mut sato, &mut watched(hub.line()));
    hub.restore("night", true);
    talk_out(&mut sato, &mut watched(hub.line()));
    talk_out(&mut tanaka, &mut watched(hub.line()));
    assert!(opens(&mut tanaka, &attachment).is_ok());
}

/// What a colleague's program could write and ours would not: each is shown for what it is, and nothing is fetched.
#[test]
fn a_hostile_document_is_no_file() {
    let [mut sato, mut tanaka] = office(208);
    let household = new_household(&mut sato);
    let many = wire::body::Attachment {
        size: 4_000 * CHUNK as u64,
        digest: wire::ids::Hash::ZERO,
        chunks: vec![wire::ids::Hash::ZERO; 4_000],
        key: crypto::SecretKey::make(),
    };
    let script = "data:text/html,<script>alert(1)</script>";
    let hostile = [
        (
            crate::facts::attachment::manifest_text(many),
            "image/jpeg",
            script,
        ),
        ("no manifest".to_owned(), "image/svg+xml", "PHN2Zz4="),
    ];
    for (manifest, media, thumbnail) in hostile {
        let home = household.parse::<domain::DocId>().unwrap().to_bytes();
        let (made, _) = sato
            .apply("test", |w| {
                let vault = w.vault_of(&home, record::Kind::Case)?;
                let fields = vec![
                    (HOUSEHOLD, json!(household)),
                    ("name", json!("写真.jpg")),
                    ("media", json!(media)),
                    ("thumbnail", json!(thumbnail)),
                    (crate::facts::attachment::MANIFEST, json!(manifest)),
                ];
                w.begin(record::Kind::Attachment, vault, fields, None)
            })
            .unwrap();
        give(&mut sato, &mut tanaka);
        let id = domain::DocId::from_bytes(made).to_string();
        let view = call(&mut tanaka, "attachment.get", json!({ "id": id }));
        assert!(view.get("thumbnail").is_none(), "{view}");
        assert_eq!(
            (&view["size"], &view["local"]["chunks"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(opens(&mut tanaka, &id), Err(ErrorCode::AttachmentDamaged));
    }
    // A file whose bytes are other than its word is not opened as what it is called.
    let honest = attach(&mut sato, json!({ "householdId": household }), b"words");
    let doc = honest.parse::<domain::DocId>().unwrap().to_bytes();
    sato.apply("test", |w| {
        let lie = crate::write::put(FIELDS, "media", json!("image/png"));
        w.edit(&doc, record::Kind::Attachment, None, &[lie])
    })
    .unwrap();
    assert_eq!(opens(&mut sato, &honest), Err(ErrorCode::AttachmentDamaged));
}

fn founding_on_disk(dir: &Path, seed: u64) -> App {
    use crate::session::view::FoundOffice;
    let office = FoundOffice {
        office: "見本市".to_owned(),
        worker: "佐藤".to_owned(),
        role: "worker".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let environment = Box::new(Fixed::new(NOON, seed));
    let (app, _) = session::found(
        dir,
        &office,
        Cost::Floor,
        session::Rules::Waived,
        environment,
    )
    .unwrap();
    app
}

#[test]
fn a_crash_between_the_chunks_and_the_commit_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("store");
    let mut app = founding_on_disk(&home, 209);
    let household = new_household(&mut app);
    let attachment = attach(&mut app, json!({ "householdId": household }), b"words");
    let orphan = crypto::sha256(&[b"orphan"]);
    app.chunks.stage(&orphan, b"orphan").unwrap();
    assert!(app.chunks.has(&orphan));
    // It ends here, without a word.
    drop(app);
    let mut app = unlock(&home, 210);
    assert!(!app.chunks.has(&orphan));
    assert!(opens(&mut app, &attachment).is_ok());
}

#[test]
fn a_backup_holds_the_files_and_verify_tells_what_became_of_them() {
    use crate::verify::{Rebuild, verify};
    let folder = tempfile::tempdir().unwrap();
    let (home, again) = (folder.path().join("store"), folder.path().join("again"));
    let mut app = founding_on_disk(&home, 211);
    let household = new_household(&mut app);
    let bytes = text(CHUNK + 5, 3);
    let attachment = attach(&mut app, json!({ "householdId": household }), &bytes);
    let content = opens(&mut app, &attachment).unwrap();
    let backup = folder.path().join("a.mgbackup");
    app.back_up(&backup).unwrap();
    let names = app.chunks.all().unwrap();
    app.lock().unwrap();

    let environment: fn() -> Box<dyn crate::Environment> = || Box::new(Fixed::new(NOON, 9));
    let view = crate::backup::restore(&backup, &again, PASSPHRASE, crate::Lang::Ja, environment);
    assert!(view.unwrap().ok);
    let mut restored = unlock(&again, 212);
    restored.open_unchecked("だれともつながらない").unwrap();
    assert_eq!(opens(&mut restored, &attachment).unwrap(), content);
    restored.lock().unwrap();

    let codes = |rebuild| {
        let view = verify(&home, PASSPHRASE, rebuild, crate::Lang::Ja, environment()).unwrap();
        let codes: Vec<_> = view.findings.into_iter().map(|it| it.code).collect();
        (view.ok, codes)
    };
    assert_eq!(codes(Rebuild::Compare), (true, vec![]));
    let path = home.join("attachments").join(hex(&names[0]));
    let mut flipped = std::fs::read(&path).unwrap();
    flipped[77] ^= 1;
    std::fs::write(&path, &flipped).unwrap();
    let (ok, found) = codes(Rebuild::Compare);
    assert!(!ok && found.iter().any(|code| code == "attachment_differs"));
    let mut app = unlock(&home, 213);
    assert_eq!(
        opens(&mut app, &attachment),
        Err(ErrorCode::AttachmentDamaged)
    );
    app.lock().unwrap();
    let (_, found) = codes(Rebuild::Refill);
    assert!(
        found.iter().any(|code| code == "attachment_taken_away"),
        "{found:?}"
    );
    let (ok, found) = codes(Rebuild::Compare);
    assert!(!ok && found.iter().any(|code| code == "attachment_lost"));
}
