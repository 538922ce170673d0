//! The first change is the same everywhere, for ever.

use std::fmt::Write;

use automerge::{Automerge, ObjType, ROOT, ReadDoc, transaction::Transactable};
use record::{DocKey, Document, Edit, Kind};
use serde_json::json;

use crate::support::{Desk, bare, edit, key};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut all, byte| {
        write!(all, "{byte:02x}").unwrap();
        all
    })
}

/// A changed genesis forks every document of its kind on every laptop. Do not mend the vectors: make a
/// new schema number.
#[test]
fn the_genesis_of_every_kind_stays_as_it_is() {
    let found = Kind::ALL.iter().fold(String::new(), |mut all, kind| {
        let document = Document::genesis(key(*kind));
        let change = &Automerge::load(&document.save()).unwrap().get_changes(&[])[0];
        writeln!(
            all,
            "{kind} {} {}",
            hex(&change.hash().0),
            hex(change.raw_bytes())
        )
        .unwrap();
        all
    });
    assert_eq!(found, include_str!("../vectors/genesis.txt"));
}

#[test]
fn every_name_has_a_genesis_of_its_own() {
    let name = key(Kind::Note);
    let others = [
        DocKey {
            kind: Kind::Memo,
            ..name
        },
        DocKey {
            root: [8; 16],
            ..name
        },
        DocKey {
            doc: [8; 16],
            ..name
        },
    ];
    for other in others {
        assert_ne!(
            Document::genesis(name).version(),
            Document::genesis(other).version()
        );
    }
}

#[test]
fn two_laptops_that_never_met_open_one_document() {
    let (mut ito, mut sato) = (Desk::new(1, Kind::Round), Desk::new(2, Kind::Round));
    assert_eq!(ito.document.version(), sato.document.version());
    let answer = |key: &str, value: &str| Edit::Put {
        map: "answers",
        key: key.into(),
        value: json!(value),
    };
    ito.write(None, &[answer("household/money", "困っている")]);
    sato.write(None, &[answer("household/home", "気になる")]);
    ito.receive_all(&sato);
    sato.receive_all(&ito);
    assert_eq!(ito.document.version(), sato.document.version());
    assert_eq!(
        ito.values("answers", "household/money"),
        [json!("困っている")]
    );
    assert_eq!(ito.values("answers", "household/home"), [json!("気になる")]);
}

/// The red control: made when first needed, one laptop's container hides the other's answers.
#[test]
fn without_a_genesis_the_answers_of_one_laptop_are_hidden() {
    let (mut ito, mut sato) = (bare(1), bare(2));
    for (doc, item) in [(&mut ito, "money"), (&mut sato, "home")] {
        edit(doc, |tx| {
            let answers = tx.put_object(ROOT, "answers", ObjType::Map)?;
            tx.put(answers, item, "困っている")
        });
    }
    ito.merge(&mut sato).unwrap();
    let (_, shown) = ito.get(ROOT, "answers").unwrap().unwrap();
    assert_eq!(ito.get_all(ROOT, "answers").unwrap().len(), 2);
    assert_eq!(ito.length(&shown), 1, "one of two answers is out of sight");
}
