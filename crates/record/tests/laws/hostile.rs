//! Changes by a device that has the right to write and means harm, or has a fault.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{
    ActorId, Author, Automerge, ExpandedChange, ObjType, ROOT, ReadDoc, ScalarValue,
    transaction::Transactable,
};
use record::{Change, Document, Edit, Kind, Refused, prescan, trial};
use serde_json::json;

use crate::support::{Desk, announced, chunk, edit, mark, put, stripped, text};

/// An honest change by device 1 with something else in it.
fn forged(change: &Change, alter: impl FnOnce(&mut ExpandedChange)) -> Change {
    let mut expanded = automerge::Change::try_from(change.bytes.as_slice())
        .unwrap()
        .decode();
    alter(&mut expanded);
    Change::from(&automerge::Change::from(expanded))
}

fn honest(kind: Kind) -> (Desk, Change) {
    let mut ito = Desk::new(1, kind);
    let made = ito.write(None, &[put("a", 1)]);
    (ito, made[0].clone())
}

/// What device 1 did to the document without this crate, as one change.
fn by_hand(
    document: &Document,
    by: impl FnOnce(
        &mut automerge::transaction::Transaction<'_>,
    ) -> Result<(), automerge::AutomergeError>,
) -> Change {
    let mut raw = Automerge::load(&document.save())
        .unwrap()
        .with_author(Some(Author::from(vec![1; 16])));
    raw.set_actor(ActorId::from([[1; 8], [77; 8]].concat()));
    let hash = edit(&mut raw, by);
    Change::from(&raw.get_change_by_hash(&hash).unwrap())
}

#[test]
fn a_change_in_the_name_of_another_device_is_refused() {
    let (ito, made) = honest(Kind::Person);
    assert!(prescan(&made.bytes, &ito.device).is_ok());
    assert_eq!(prescan(&made.bytes, &[2; 16]), Err(Refused::ForeignActor));
    let author = |bytes: Vec<u8>| {
        forged(&made, |change| {
            change.extra_bytes = [vec![1, bytes.len() as u8], bytes].concat()
        })
    };
    assert_eq!(author(vec![1; 16]), made);
    let almost = [[1; 8], [2; 8]].concat();
    assert!(
        prescan(&made.bytes, almost.first_chunk().unwrap()).is_err(),
        "the author counts as well as the actor"
    );
    for change in [
        author(vec![2; 16]),
        author(vec![]),
        forged(&made, |change| change.extra_bytes.clear()),
    ] {
        assert_eq!(
            prescan(&change.bytes, &ito.device),
            Err(Refused::ForeignActor)
        );
    }
    let later = forged(&made, |change| change.seq = 2);
    assert_eq!(
        prescan(&later.bytes, &ito.device),
        Err(Refused::ForeignActor)
    );
    for length in [0, 8, 21, 64] {
        let odd = forged(&made, |change| {
            change.actor_id = ActorId::from(vec![1; length])
        });
        assert_eq!(
            prescan(&odd.bytes, &ito.device),
            Err(Refused::Malformed("actor"))
        );
    }

    // The red control: without that look the words are Ito's.
    let sato = forged(&made, |change| change.message = Some("by Sato".into()));
    let taken = trial(&Desk::new(3, Kind::Person).document, &announced(&[sato])).unwrap();
    assert_eq!(taken.view(None).read("fields", "a")[0].device, [1; 8]);
}

#[test]
fn operation_numbers_that_would_run_out_are_refused() {
    let (ito, made) = honest(Kind::Person);
    let start = |number: u64| forged(&made, |change| change.start_op = number.try_into().unwrap());
    let last = u64::from(u32::MAX);
    for number in [last, last - 1, 1 << 31] {
        assert_eq!(
            prescan(&start(number).bytes, &ito.device),
            Err(Refused::OutOfBounds(number))
        );
    }
    let sato = Desk::new(2, Kind::Person);
    let ahead = start(1_000_003);
    assert!(prescan(&ahead.bytes, &ito.device).is_ok());
    assert_eq!(
        trial(&sato.document, &announced(&[ahead])).unwrap_err(),
        Refused::OutOfBounds(1_000_003)
    );
    let below = start(1);
    assert_eq!(
        trial(&sato.document, &announced(&[below])).unwrap_err(),
        Refused::OutOfBounds(1)
    );
    trial(&sato.document, &announced(&[start(1_000_002)])).unwrap();
}

/// The red control: taken in, the next honest edit panics, and every one after it.
#[test]
fn without_that_the_next_honest_edit_panics() {
    let (ito, made) = honest(Kind::Person);
    let poison = forged(&made, |change| {
        change.start_op = u64::from(u32::MAX).try_into().unwrap()
    });
    let mut raw = stripped(&Document::genesis(ito.document.key()), 2);
    let poison = automerge::Change::try_from(poison.bytes.as_slice()).unwrap();
    let next = catch_unwind(AssertUnwindSafe(|| {
        raw.apply_changes([poison]).unwrap();
        let (_, fields) = raw.get(ROOT, "fields").unwrap().unwrap();
        edit(&mut raw, |tx| tx.put(&fields, "b", 1));
        edit(&mut raw, |tx| tx.put(&fields, "b", 2));
    }));
    assert!(next.is_err());
}

/// A change whose columns (key, insert, action, value, predecessors) say in few bytes that they hold
/// very many rows.
fn bomb(rows: [u64; 5], predecessors: u64) -> Change {
    let number = |mut rest: u64| {
        let mut bytes = Vec::new();
        // Signed numbers: the last group must not look negative.
        while rest >= 0x40 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    let values = [
        vec![1, b'a'],
        vec![],
        vec![1],
        vec![0],
        number(predecessors),
    ];
    let columns: Vec<_> = [0x15, 0x34, 0x42, 0x56, 0x70]
        .into_iter()
        .zip(
            rows.iter()
                .zip(&values)
                .map(|(rows, value)| [number(*rows), value.clone()].concat()),
        )
        .collect();
    let mut body = vec![1];
    body.extend([9; 32]);
    body.push(16);
    body.extend([1; 16]);
    body.extend([1, 4, 0, 0, 0, columns.len() as u8]);
    for (column, data) in &columns {
        body.extend([*column, data.len() as u8]);
    }
    body.extend(columns.iter().flat_map(|(_, data)| data));
    body.extend([1, 16]);
    body.extend([1; 16]);
    chunk(&body)
}

#[test]
fn an_operation_bomb_is_refused_at_once() {
    let (few, many) = ([5; 5], [2_000_000; 5]);
    let look = |rows, predecessors| prescan(&bomb(rows, predecessors).bytes, &[1; 16]);
    assert!(bomb(many, 0).bytes.len() < 130);
    assert_eq!(look(few, 0).unwrap().ops, 5);
    assert_eq!(look([20_000; 5], 0).unwrap().ops, 20_000);
    assert_eq!(
        look([20_001; 5], 0),
        Err(Refused::TooManyOperations(20_001))
    );
    assert_eq!(
        look([i64::MAX as u64; 5], 0),
        Err(Refused::TooManyOperations(i64::MAX as u64))
    );
    let document = Desk::new(2, Kind::Person).document;
    let refused = trial(&document, &announced(&[bomb(many, 0)]));
    assert_eq!(refused.unwrap_err(), Refused::TooManyOperations(2_000_000));

    for column in 0..5 {
        let mut rows = few;
        rows[column] = 2_000_000;
        assert_eq!(
            look(rows, 0),
            Err(Refused::TooManyOperations(2_000_000)),
            "column {column}"
        );
    }
    // Five operations that say they have a thousand million predecessors each.
    assert_eq!(
        look(few, 1_000_000_000),
        Err(Refused::TooManyOperations(5_000_000_000))
    );

    let taken = automerge::Change::try_from(bomb([200_000; 5], 0).bytes.as_slice()).unwrap();
    assert_eq!(taken.len(), 200_000, "red control: automerge believes it");
}

#[test]
fn only_one_plain_change_is_a_change() {
    let mut ito = Desk::new(1, Kind::Note);
    let made = ito
        .write(None, &[text(&"あいうえお。".repeat(100))])
        .remove(0);
    let mut raw = automerge::Change::try_from(made.bytes.as_slice()).unwrap();
    let compressed = raw.bytes().into_owned();
    assert_eq!(compressed[8], 2);
    let document = ito.document.save();
    let bundle = stripped(&ito.document, 2)
        .bundle([automerge::ChangeHash(made.hash)])
        .unwrap()
        .bytes()
        .to_vec();
    let twice = [made.bytes.clone(), made.bytes.clone()].concat();
    let behind = [made.bytes.clone(), vec![0]].concat();
    let long = chunk(&vec![0; 2_000_000]).bytes;
    for bytes in [
        compressed,
        document,
        bundle,
        twice,
        behind,
        long,
        Vec::new(),
    ] {
        let refused = prescan(&bytes, &ito.device);
        assert!(matches!(refused, Err(Refused::Malformed(_))), "{refused:?}");
    }
    for length in 0..made.bytes.len() {
        assert!(prescan(&made.bytes[..length], &ito.device).is_err());
    }
    for place in 0..made.bytes.len() {
        let mut flipped = made.bytes.clone();
        flipped[place] ^= 0x10;
        assert!(prescan(&flipped, &ito.device).is_err());
    }
}

#[test]
fn a_change_that_breaks_the_form_of_a_document_is_refused() {
    let mut ito = Desk::new(1, Kind::Note);
    ito.write(None, &[put("a", 1), text("母は元気。"), mark(0, 5, "fact")]);
    let document = ito.document.clone();
    let raw = stripped(&document, 2);
    let id = |name: &str| raw.get(ROOT, name).unwrap().unwrap().1;
    let (fields, words) = (id("fields"), id("text"));
    let hostile = [
        by_hand(&document, |tx| tx.delete(ROOT, "fields")),
        by_hand(&document, |tx| tx.put(ROOT, "text", "replaced")),
        by_hand(&document, |tx| {
            tx.put_object(ROOT, "fields", ObjType::Map).map(drop)
        }),
        by_hand(&document, |tx| {
            tx.put_object(&fields, "a", ObjType::Map).map(drop)
        }),
        by_hand(&document, |tx| tx.delete(&fields, "a")),
        by_hand(&document, |tx| tx.put(&fields, "a", "no register")),
        by_hand(&document, |tx| {
            tx.put(&fields, "a", ScalarValue::counter(1))
        }),
        by_hand(&document, |tx| tx.split_block(&words, 0).map(drop)),
        by_hand(&document, |tx| tx.insert(&words, 0, "字".repeat(1_000))),
        by_hand(&document, |tx| tx.insert(&words, 0, 5)),
        by_hand(&document, |tx| tx.put(&words, 0, "x")),
    ];
    for change in hostile {
        prescan(&change.bytes, &ito.device).unwrap();
        let refused = trial(&document, &announced(&[change])).unwrap_err();
        assert!(matches!(refused, Refused::BreaksForm(_)), "{refused:?}");
    }
    // The same way, what may be done is taken.
    let register = record_bytes(&ito);
    let fine = [
        by_hand(&document, |tx| {
            tx.put(&fields, "later field", ScalarValue::Bytes(register))
        }),
        by_hand(&document, |tx| tx.splice_text(&words, 0, 2, "父")),
    ];
    for change in fine {
        prescan(&change.bytes, &ito.device).unwrap();
        trial(&document, &announced(&[change])).unwrap();
    }
}

/// The bytes of the register `a`.
fn record_bytes(desk: &Desk) -> Vec<u8> {
    let raw = stripped(&desk.document, 2);
    let (_, fields) = raw.get(ROOT, "fields").unwrap().unwrap();
    raw.get(&fields, "a")
        .unwrap()
        .unwrap()
        .0
        .into_bytes()
        .unwrap()
}

#[test]
fn fields_and_forms_unknown_here_survive() {
    let mut ito = Desk::new(1, Kind::Person);
    ito.write(
        None,
        &[put("a", 1), put("from a later version", json!({"x": [1]}))],
    );
    let later = vec![0x84, 2, 0, 0x61, b'x', 0xf6];
    let raw = stripped(&ito.document, 2);
    let (_, fields) = raw.get(ROOT, "fields").unwrap().unwrap();
    let change = by_hand(&ito.document, |tx| {
        tx.put(&fields, "b", ScalarValue::Bytes(later))
    });
    ito.document = trial(&ito.document, &announced(&[change])).unwrap();
    let unknown = by_hand(&ito.document, |tx| {
        tx.put(&fields, "c", ScalarValue::Bytes(vec![0xff]))
    });
    ito.document = trial(&ito.document, &announced(&[unknown])).unwrap();
    ito.write(None, &[put("a", 2)]);
    ito.reopen();
    assert_eq!(ito.values("fields", "b"), [json!("x")]);
    assert_eq!(
        ito.values("fields", "from a later version"),
        [json!({"x": [1]})]
    );
    assert!(ito.values("fields", "c").is_empty());
    let raw = stripped(&ito.document, 2);
    assert!(raw.get(&fields, "c").unwrap().is_some());
}

#[test]
fn a_change_of_another_document_never_comes_in() {
    let mut other = Desk::new(1, Kind::Person);
    let mut key = other.document.key();
    (key.vault, key.root) = ([8; 16], [8; 16]);
    other.document = Document::genesis(key);
    let made = other.write(None, &[put("a", 1)]);
    let refused = trial(&Desk::new(2, Kind::Person).document, &announced(&made)).unwrap_err();
    assert!(refused.is_waiting());
    let rootless = forged(&made[0], |change| change.deps.clear());
    assert!(matches!(
        prescan(&rootless.bytes, &other.device),
        Err(Refused::Malformed(_))
    ));
}

#[test]
fn two_changes_at_one_place_of_an_actor_leave_the_first() {
    let (ito, first) = honest(Kind::Person);
    let second = forged(&first, |change| change.time += 1);
    let mut sato = Desk::new(2, Kind::Person);
    sato.receive(ito.device, &[first]).unwrap();
    let before = sato.document.version();
    assert_eq!(sato.receive(ito.device, &[second]), Err(Refused::NotMerged));
    assert_eq!(sato.document.version(), before);
    sato.write(None, &[put("b", 1)]);
}

#[test]
fn a_record_of_too_many_operations_is_refused() {
    let (mut ito, sato) = (Desk::new(1, Kind::Note), Desk::new(2, Kind::Note));
    let mut made = Vec::new();
    for half in ["あ".repeat(150_000), "い".repeat(150_000)] {
        made.extend(ito.write(None, &[Edit::Text(half)]));
    }
    let refused = trial(&sato.document, &announced(&made)).unwrap_err();
    assert!(matches!(refused, Refused::TooManyOperations(_)));
    let half = trial(&sato.document, &announced(&made[..10])).unwrap();
    assert_eq!(half.view(None).text().chars().count(), 100_000);
}
