//! A device that is enrolled and means harm, or has a fault. What it signs is put aside with a reason, and everything
//! else goes on.

use crate::ErrorCode;
use record::{DocKey, Document, Edit, Kind as DocKind, Pen};
use serde_json::json;
use sync::vector::Line;
use wire::body::{Body, Kind, RawChange};
use wire::envelope::{Author, Draft, LaneKey, SealKeys, seal_record};
use wire::ids::{Device, Doc, Hash, Lane, Org, Vault};

use super::super::ledger::Ledger;
use super::*;
use crate::exchange::export::LeaveOut;
use crate::exchange::ingest::tests::ANY_VERSION;
use crate::facts::said::FIELDS;
use crate::{documents, trust};

/// Seals a body into the device's own chain, as a program without scruples would.
fn plant(app: &mut App, vault: [u8; 16], doc: [u8; 16], body: &Body) {
    let head = Hash::new(app.trust.dir_head());
    plant_as_of(app, head, vault, doc, body);
}

/// The same, saying that it was written when the directory stood so.
fn plant_as_of(app: &mut App, dir_head: Hash, vault: [u8; 16], doc: [u8; 16], body: &Body) {
    let App {
        store,
        identity,
        trust,
        ..
    } = app;
    let incarnation = store.incarnation();
    store
        .transact(|tx| {
            let mut ledger = Ledger::open(tx, NOON)?;
            let device = Device::new(identity.device);
            let lane_key = LaneKey::of(&trust.office_key);
            let key = tx.vault_keys(&vault)?.into_iter().next().unwrap();
            let roster = trust::roster_head(tx, &trust.directory, &vault).unwrap();
            let draft = Draft {
                vault: Vault::new(vault),
                dir_head,
                roster_head: Hash::new(roster),
                doc: Doc::new(doc),
                body,
            };
            let author = Author {
                org: Org::new(identity.org),
                device,
                sign: &identity.sign,
            };
            let place = ledger.next(Line {
                lane: Lane::new(identity.lane),
                device,
                incarnation,
            });
            let keys = SealKeys {
                lane: &lane_key,
                vault: &key,
            };
            ledger.put_own(&seal_record(author, place, keys, &draft).unwrap())
        })
        .unwrap();
}

fn body(changes: impl IntoIterator<Item = record::Change>) -> Body {
    Body::Changes(
        changes
            .into_iter()
            .map(|change| RawChange {
                hash: Hash::new(change.hash),
                bytes: change.bytes,
            })
            .collect(),
    )
}

/// A change by a device at a copy of a document.
fn change_by(device: [u8; 16], document: &Document, value: &str) -> record::Change {
    change_of(device, document, "summary", value)
}

fn change_of(device: [u8; 16], document: &Document, key: &str, value: &str) -> record::Change {
    let mut copy = document.clone();
    let mut nonce = || crypto::random();
    let mut pen = Pen {
        device,
        at: NOON,
        nonce: &mut nonce,
    };
    let edit = Edit::Put {
        map: FIELDS,
        key: key.to_owned(),
        value: json!(value),
    };
    copy.write(&mut pen, None, &[edit]).unwrap().remove(0)
}

/// The parts of a change in front of its columns.
struct Front {
    before_start: Vec<u8>,
    start: u64,
    after_start: Vec<u8>,
}

fn leb(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

fn to_leb(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

fn front(change: &record::Change) -> Front {
    let bytes = &change.bytes;
    let mut at = 9;
    leb(bytes, &mut at);
    let begin = at;
    let deps = usize::try_from(leb(bytes, &mut at)).unwrap();
    at += 32 * deps;
    let actor = usize::try_from(leb(bytes, &mut at)).unwrap();
    at += actor;
    leb(bytes, &mut at);
    let before_start = bytes[begin..at].to_vec();
    let start = leb(bytes, &mut at);
    Front {
        before_start,
        start,
        after_start: bytes[at..].to_vec(),
    }
}

/// A change with a right checksum around these parts.
fn rebuilt(front: &Front) -> record::Change {
    let content = [
        front.before_start.as_slice(),
        &to_leb(front.start),
        &front.after_start,
    ]
    .concat();
    let hashed = [&[1], to_leb(content.len() as u64).as_slice(), &content].concat();
    let hash = crypto::sha256(&[&hashed]);
    let bytes = [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], hashed.as_slice()].concat();
    record::Change { hash, bytes }
}

/// Says that the one operation of a change is two million.
fn bomb(change: &record::Change) -> record::Change {
    const ACTION: u64 = 0x42;
    let mut front = front(change);
    let rest = front.after_start.clone();
    let mut at = 0;
    leb(&rest, &mut at);
    let message = usize::try_from(leb(&rest, &mut at)).unwrap();
    at += message;
    for _ in 0..leb(&rest, &mut at) {
        let other = usize::try_from(leb(&rest, &mut at)).unwrap();
        at += other;
    }
    let head = rest[..at].to_vec();
    let count = leb(&rest, &mut at);
    let columns: Vec<(u64, usize)> = (0..count)
        .map(|_| {
            (
                leb(&rest, &mut at),
                usize::try_from(leb(&rest, &mut at)).unwrap(),
            )
        })
        .collect();
    let (mut names, mut data) = (to_leb(count), Vec::new());
    for (name, len) in columns {
        let mut column = rest[at..at + len].to_vec();
        at += len;
        if name == ACTION {
            assert_eq!(column, [0x7f, 1], "one put");
            // 2,000,000 in signed LEB128, and the value that is run.
            column = vec![0x80, 0x89, 0xfa, 0x00, 1];
        }
        names.extend([to_leb(name), to_leb(column.len() as u64)].concat());
        data.extend(column);
    }
    front.after_start = [head, names, data, rest[at..].to_vec()].concat();
    rebuilt(&front)
}

struct Scene {
    sato: App,
    mallory: App,
    household: String,
    key: DocKey,
    document: Document,
}

fn scene(seed: u64) -> Scene {
    let [mut sato, mut mallory] = office(seed);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    give(&mut sato, &mut mallory);
    let doc = household.parse::<domain::DocId>().unwrap().to_bytes();
    let row = mallory
        .store
        .read(|reader| reader.document(&doc))
        .unwrap()
        .unwrap();
    let key = documents::key(&row).unwrap();
    let document = mallory
        .store
        .read(|reader| documents::load(reader, key))
        .unwrap();
    Scene {
        sato,
        mallory,
        household,
        key,
        document,
    }
}

impl Scene {
    /// The hostile record, between two honest ones, is refused for this reason; the honest ones count, here and at
    /// whom it is passed on to.
    fn assert_put_aside(mut self, vault: [u8; 16], doc: [u8; 16], body: &Body, reason: &str) {
        call(
            &mut self.mallory,
            "note.create",
            json!({ "householdId": self.household, "text": "前。" }),
        );
        self.mallory.bundle_bytes().unwrap();
        plant(&mut self.mallory, vault, doc, body);
        call(
            &mut self.mallory,
            "note.create",
            json!({ "householdId": self.household, "text": "後。" }),
        );
        let brought = give(&mut self.mallory, &mut self.sato);
        let mallory = Device::new(self.mallory.identity.device).to_string();
        let refused: Vec<_> = brought
            .refused
            .iter()
            .map(|r| (r.code.as_str(), r.device.as_str()))
            .collect();
        assert_eq!(refused, [(reason, mallory.as_str())]);
        assert_eq!(brought.held, 0);
        assert_eq!(self.sato.waiting().unwrap().quarantined, 1);
        assert_eq!(
            shared(&mut self.sato, &self.household)["notes"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_same(&self.sato, &self.mallory);

        let again = give(&mut self.mallory, &mut self.sato);
        assert_eq!(
            (again.new, again.held, again.refused.len()),
            (0, 0, 0),
            "said once"
        );
        // The next edits and a third device are not troubled.
        call(
            &mut self.sato,
            "household.update",
            json!({ "id": self.household, "field": "summary", "value": "続き" }),
        );
        let mut ito = joining(&mut self.sato, "伊藤", 99);
        let brought = give(&mut self.sato, &mut ito);
        assert!(
            brought.refused.is_empty() && brought.held == 0,
            "{brought:?}"
        );
        assert_same(&self.sato, &ito);
    }
}

/// The control: what is planted in this manner and is honest takes effect.
#[test]
fn an_honest_record_that_is_planted_counts() {
    let mut s = scene(40);
    let made = change_by(s.mallory.identity.device, &s.document, "正直");
    let same = rebuilt(&front(&made));
    assert_eq!(
        (made.hash, &made.bytes),
        (same.hash, &same.bytes),
        "the tools of this test leave a change as it is"
    );
    plant(&mut s.mallory, s.key.vault, s.key.doc, &body([made]));
    let brought = give(&mut s.mallory, &mut s.sato);
    assert_eq!((brought.new, brought.refused.len()), (1, 0));
    assert_eq!(shared(&mut s.sato, &s.household)["summary"], "正直");
}

#[test]
fn a_change_in_anothers_name_is_put_aside() {
    let s = scene(41);
    let stolen = change_by(s.sato.identity.device, &s.document, "佐藤の言葉ではない");
    let key = s.key;
    s.assert_put_aside(key.vault, key.doc, &body([stolen]), "foreign_actor");
}

#[test]
fn operation_numbers_that_would_run_out_are_put_aside() {
    let s = scene(42);
    let mut parts = front(&change_by(s.mallory.identity.device, &s.document, "毒"));
    parts.start = u32::MAX.into();
    let key = s.key;
    s.assert_put_aside(
        key.vault,
        key.doc,
        &body([rebuilt(&parts)]),
        "out_of_bounds",
    );
}

#[test]
fn numbers_that_run_far_ahead_are_put_aside() {
    let s = scene(43);
    let mut parts = front(&change_by(s.mallory.identity.device, &s.document, "毒"));
    parts.start += 2_000_000;
    let key = s.key;
    s.assert_put_aside(
        key.vault,
        key.doc,
        &body([rebuilt(&parts)]),
        "out_of_bounds",
    );
}

#[test]
fn an_operation_bomb_is_put_aside_before_it_goes_off() {
    let s = scene(44);
    let bomb = bomb(&change_by(s.mallory.identity.device, &s.document, "一つ"));
    assert!(bomb.bytes.len() < 400);
    let (key, body) = (s.key, body([bomb]));
    s.assert_put_aside(key.vault, key.doc, &body, "too_many_operations");
}

#[test]
fn a_change_under_a_false_hash_is_put_aside() {
    let s = scene(45);
    let mut made = change_by(s.mallory.identity.device, &s.document, "別の名");
    made.hash = [7; 32];
    let key = s.key;
    s.assert_put_aside(key.vault, key.doc, &body([made]), "hash_differs");
}

#[test]
fn a_change_carried_into_another_vault_is_put_aside() {
    let mut s = scene(46);
    let other = id(&call(
        &mut s.sato,
        "household.create",
        json!({ "name": "別の家" }),
    ));
    give(&mut s.sato, &mut s.mallory);
    let doc = other.parse::<domain::DocId>().unwrap().to_bytes();
    let vault = s
        .mallory
        .store
        .read(|reader| reader.document(&doc))
        .unwrap()
        .unwrap()
        .vault;
    assert_ne!(vault, s.key.vault);
    // On what stands in the first vault, under the name of the same document in the second.
    let injected = change_by(s.mallory.identity.device, &s.document, "注入");
    let doc = s.key.doc;
    s.assert_put_aside(vault, doc, &body([injected]), "foreign_document");
}

#[test]
fn a_change_that_rests_on_another_documents_beginning_is_put_aside() {
    let s = scene(47);
    let begun = Document::genesis(s.key);
    let foreign = change_by(s.mallory.identity.device, &begun, "始まり");
    let vault = s.key.vault;
    s.assert_put_aside(vault, [5; 16], &body([foreign]), "foreign_document");
}

#[test]
fn a_document_cannot_be_turned_into_another_kind() {
    let s = scene(48);
    let begun = Document::genesis(DocKey {
        kind: DocKind::Note,
        ..s.key
    });
    let turned = change_by(s.mallory.identity.device, &begun, "別の種類");
    let key = s.key;
    s.assert_put_aside(key.vault, key.doc, &body([turned]), "foreign_document");
}

/// Otherwise anybody could give all workers other names.
#[test]
fn settings_stand_in_one_place_alone() {
    let s = scene(49);
    let begun = Document::genesis(DocKey::new(DocKind::Settings, s.key.vault, [6; 16]));
    let made = change_by(s.mallory.identity.device, &begun, "設定");
    let vault = s.key.vault;
    s.assert_put_aside(vault, [6; 16], &body([made]), "foreign_document");
}

#[test]
fn another_vaults_roster_is_put_aside() {
    let mut s = scene(50);
    let other = id(&call(
        &mut s.mallory,
        "household.create",
        json!({ "name": "別の家" }),
    ));
    let doc = other.parse::<domain::DocId>().unwrap().to_bytes();
    let op = s
        .mallory
        .store
        .read(|reader| {
            let vault = reader.document(&doc)?.unwrap().vault;
            reader.signed_of(store::table::trust::Signed::Roster, &vault)
        })
        .unwrap()
        .remove(0);
    give(&mut s.mallory, &mut s.sato);
    let vault = s.key.vault;
    s.assert_put_aside(
        vault,
        [0; 16],
        &Body::Roster(vec![op.bytes]),
        "foreign_vault",
    );
}

#[test]
fn a_key_box_that_is_none_is_put_aside() {
    let s = scene(51);
    let team = s.mallory.identity.office_vault;
    s.assert_put_aside(
        team,
        [0; 16],
        &Body::Keybox(b"no box".to_vec()),
        "malformed",
    );
}

#[test]
fn a_flood_of_changes_without_their_past_holds_up_nothing() {
    let mut s = scene(52);
    let mut far = s.document.clone();
    let device = s.mallory.identity.device;
    let mut nonce = || crypto::random();
    let mut pen = Pen {
        device,
        at: NOON,
        nonce: &mut nonce,
    };
    let edit = |n: u32| Edit::Put {
        map: FIELDS,
        key: "summary".to_owned(),
        value: json!(n.to_string()),
    };
    far.write(&mut pen, None, &[edit(0)]).unwrap();
    for n in 1..40 {
        let made = far.write(&mut pen, None, &[edit(n)]).unwrap();
        plant(&mut s.mallory, s.key.vault, s.key.doc, &body(made));
    }
    call(
        &mut s.mallory,
        "note.create",
        json!({ "householdId": s.household, "text": "正直な記録。" }),
    );
    let brought = give(&mut s.mallory, &mut s.sato);
    assert_eq!((brought.held, brought.refused.len()), (39, 0));
    assert_eq!(
        shared(&mut s.sato, &s.household)["notes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(s.sato.waiting().unwrap().held, 39);
    // They are passed on, and wait there too.
    let mut ito = joining(&mut s.sato, "伊藤", 98);
    assert_eq!(give(&mut s.sato, &mut ito).held, 39);
}

/// What waits of one author is bounded; a record of which only a stub was kept counts when it comes again.
#[test]
fn a_flood_blocks_its_author_alone_and_not_for_ever() {
    let mut s = scene(55);
    let mut far = s.document.clone();
    let device = s.mallory.identity.device;
    let mut nonce = || crypto::random();
    let mut pen = Pen {
        device,
        at: NOON,
        nonce: &mut nonce,
    };
    let put = |value: String| Edit::Put {
        map: FIELDS,
        key: "summary".to_owned(),
        value: json!(value),
    };
    let first = far
        .write(&mut pen, None, &[put("最初".to_owned())])
        .unwrap();
    for _ in 0..12 {
        // Random, so that it does not shrink.
        let noise: String = (0..1000)
            .map(|_| crate::facts::said::hex(&crypto::random::<16>()))
            .collect();
        let made = far.write(&mut pen, None, &[put(noise)]).unwrap();
        plant(&mut s.mallory, s.key.vault, s.key.doc, &body(made));
    }
    call(
        &mut s.sato,
        "note.create",
        json!({ "householdId": s.household, "text": "こちらは通る。" }),
    );
    let brought = give(&mut s.mallory, &mut s.sato);
    assert!(
        brought.held > 0 && brought.refused.iter().all(|r| r.code == "flood"),
        "{brought:?}"
    );
    assert_eq!(brought.held as usize + brought.refused.len(), 12);
    assert!(!brought.refused.is_empty());
    plant(&mut s.mallory, s.key.vault, s.key.doc, &body(first));
    let brought = give(&mut s.mallory, &mut s.sato);
    assert_eq!(
        (brought.new, brought.held, brought.refused.len()),
        (13, 0, 0)
    );
    assert_eq!(s.sato.waiting().unwrap().quarantined, 0);
}

/// How often words are found that were written without a right, and how often those beside them that count. Both are tried
/// ahead of their turn, the ones on top of the others; what is refused is only told in its turn.
fn found_beside_what_is_refused(seed: u64) -> [usize; 2] {
    let mut s = scene(seed);
    let device = s.mallory.identity.device;
    let before = Hash::new(s.mallory.trust.dir_head());
    s.sato.set_device_role(device, "auditor").unwrap();
    give(&mut s.sato, &mut s.mallory);
    let (vault, doc) = (s.key.vault, s.key.doc);
    let refused = change_of(device, &s.document, "summary", "権限のない概況");
    let counts = change_of(device, &s.document, "promise", "前に書いた約束");
    plant(&mut s.mallory, vault, doc, &body([refused]));
    plant_as_of(&mut s.mallory, before, vault, doc, &body([counts]));
    let brought = give(&mut s.mallory, &mut s.sato);
    let codes: Vec<_> = brought.refused.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(codes, ["no_writing_role"], "{brought:?}");
    let view = shared(&mut s.sato, &s.household);
    ["権限のない概況", "前に書いた約束"].map(|words| view.to_string().matches(words).count())
}

#[test]
fn what_was_done_ahead_counts_only_on_the_document_that_it_was_done_on() {
    assert_eq!(found_beside_what_is_refused(60), [0, 1]);
}

#[test]
fn red_control_done_on_another_document_it_would_show_what_was_refused() {
    ANY_VERSION.set(true);
    let [refused, _] = found_beside_what_is_refused(61);
    ANY_VERSION.set(false);
    assert!(refused > 0);
}

/// Small changes are bounded by their number: each is tried again with whatever comes.
#[test]
fn a_flood_of_small_changes_blocks_its_author_alone_and_not_for_ever() {
    let mut s = scene(58);
    let mut far = s.document.clone();
    let device = s.mallory.identity.device;
    let mut nonce = || crypto::random();
    let mut pen = Pen {
        device,
        at: NOON,
        nonce: &mut nonce,
    };
    let mut write = |text: String| {
        let edit = Edit::Put {
            map: FIELDS,
            key: "summary".to_owned(),
            value: json!(text),
        };
        far.write(&mut pen, None, &[edit]).unwrap()
    };
    let first = write("最初".to_owned());
    // 40 changes in each of four records, one of which came the day before; 100 may wait.
    for round in 0..4 {
        let many: Vec<_> = (0..40)
            .flat_map(|n| write(format!("{round}-{n}")))
            .collect();
        plant(&mut s.mallory, s.key.vault, s.key.doc, &body(many));
        if round == 0 {
            assert_eq!(give(&mut s.mallory, &mut s.sato).held, 1);
        }
    }
    call(
        &mut s.sato,
        "note.create",
        json!({ "householdId": s.household, "text": "こちらは通る。" }),
    );
    let brought = give(&mut s.mallory, &mut s.sato);
    let codes: Vec<_> = brought.refused.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(codes, ["flood", "flood"], "{brought:?}");
    plant(&mut s.mallory, s.key.vault, s.key.doc, &body(first));
    let brought = give(&mut s.mallory, &mut s.sato);
    assert_eq!((brought.held, brought.refused.len()), (0, 0), "{brought:?}");
    let waiting = s.sato.waiting().unwrap();
    assert_eq!((waiting.held, waiting.quarantined), (0, 0));
}

#[test]
fn a_gap_silences_nobody() {
    let mut s = scene(56);
    for n in 0..6 {
        call(
            &mut s.mallory,
            "note.create",
            json!({ "householdId": s.household, "text": format!("{n}通目。") }),
        );
        s.mallory.bundle_bytes().unwrap();
    }
    // Somebody leaves out every other record of hers.
    let mut odd = false;
    let thinned = s
        .mallory
        .bundle_in_memory(&LeaveOut::Nothing, || {
            odd = !odd;
            odd
        })
        .unwrap();
    let brought = s.sato.import_bytes(&thinned).unwrap();
    assert!(brought.new > 0 && brought.refused.is_empty(), "{brought:?}");
    let notes =
        |app: &mut App, household: &str| shared(app, household)["notes"].as_array().unwrap().len();
    assert!(
        (1..6).contains(&notes(&mut s.sato, &s.household)),
        "what came counts at once"
    );
    give(&mut s.mallory, &mut s.sato);
    assert_eq!(notes(&mut s.sato, &s.household), 6);
    assert_same(&s.sato, &s.mallory);
}

/// A kind of a newer version is kept, passed on and waits for a program that knows it.
#[test]
fn a_record_of_a_newer_kind_is_kept_and_passed_on() {
    let mut s = scene(53);
    let newer = Body::Unknown(Kind::from_bits(77), b"tomorrow".to_vec());
    plant(&mut s.mallory, s.key.vault, s.key.doc, &newer);
    let brought = give(&mut s.mallory, &mut s.sato);
    assert_eq!((brought.held, brought.refused.len()), (1, 0));
    let mut ito = joining(&mut s.sato, "伊藤", 97);
    assert_eq!(give(&mut s.sato, &mut ito).held, 1);
    let again = give(&mut s.mallory, &mut s.sato);
    assert_eq!((again.new, again.held), (0, 1));
}

#[test]
fn a_record_that_says_so_stops_writes_to_its_vault_and_no_reading() {
    for (bits, stops) in [(77, false), (77 | 1 << 15, true)] {
        let mut s = scene(57);
        let newer = Body::Unknown(Kind::from_bits(bits), b"tomorrow".to_vec());
        plant(&mut s.mallory, s.key.vault, s.key.doc, &newer);
        give(&mut s.mallory, &mut s.sato);
        let note = json!({ "householdId": s.household, "text": "つづき" });
        let written = super::attempt(&mut s.sato, "note.create", note);
        assert_eq!(
            written.err().map(|error| error.code),
            stops.then_some(ErrorCode::NeedsNewer),
        );
        call(&mut s.sato, "household.get", json!({ "id": s.household }));
        // Everything else works on: another household, a memo, handing over.
        call(
            &mut s.sato,
            "household.create",
            json!({ "name": "べつの家" }),
        );
        call(&mut s.sato, "memo.create", json!({ "text": "メモ" }));
        s.sato.bundle_bytes().unwrap();
        assert!(s.sato.notices().unwrap().is_empty(), "the first look");
        let notices = s.sato.notices().unwrap();
        assert!(notices.iter().any(|notice| notice.code == "newer"));
    }
}

/// Somebody passes a record on with a signature of his own making, before the record itself comes.
#[test]
fn a_record_with_a_false_signature_does_not_stand_in_the_way_of_the_true_one() {
    let mut s = scene(54);
    let mut ito = joining(&mut s.sato, "伊藤", 96);
    give(&mut s.sato, &mut ito);
    call(
        &mut s.sato,
        "note.create",
        json!({ "householdId": s.household, "text": "本物。" }),
    );
    give(&mut s.sato, &mut s.mallory);
    let records = s
        .mallory
        .store
        .read(|reader| reader.records_in("applied"))
        .unwrap();
    s.mallory
        .store
        .transact(|tx| {
            for row in &records {
                let mut bytes = row.bytes.clone();
                // The signature stands behind 149 bytes of header and 32 of commitment.
                bytes[149 + 32] ^= 1;
                tx.replace_record_bytes(&row.id, &bytes)?;
            }
            Ok::<_, store::Error>(())
        })
        .unwrap();
    let before = changes(&ito);
    let brought = give(&mut s.mallory, &mut ito);
    assert!(!brought.refused.is_empty() && brought.refused.iter().all(|r| r.code == "forged"));
    assert_eq!(changes(&ito), before);
    assert_eq!(give(&mut s.sato, &mut ito).refused, []);
    assert_same(&s.sato, &ito);
}
