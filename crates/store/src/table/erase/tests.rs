//! What hiding and destroying leave behind, and what they would without each of their protections.

use super::*;
use crate::table::change::ChangeRow;
use crate::table::document::DocumentRow;
use crate::table::projection::ProjectionRow;
use crate::table::search::SearchEntry;
use crate::table::vault::VaultRow;

const VAULT: [u8; 16] = [1; 16];
const DOC: [u8; 16] = [2; 16];
const ORDER: [u8; 32] = [3; 32];
/// Nothing else in a store is spelled so.
const MARK: &str = "鱟蠑";

const WHOLE: Part = Part {
    vault: VAULT,
    doc: None,
};

fn filled() -> Store {
    let mut store = Store::ephemeral().unwrap();
    store
        .transact(|tx| {
            tx.put_vault(&VaultRow {
                vault: VAULT,
                class: "case".to_owned(),
                lane: [9; 16],
            })?;
            tx.put_vault_key(&VAULT, &crypto::SecretKey::from_bytes([7; 32]))?;
            tx.put_document(&DocumentRow {
                vault: VAULT,
                doc: DOC,
                kind: "note".to_owned(),
                root: None,
            })?;
            tx.put_change(
                &ChangeRow {
                    vault: VAULT,
                    doc: DOC,
                    hash: [4; 32],
                    bytes: MARK.repeat(3_000).into_bytes(),
                    device: [5; 16],
                    at: 0,
                    dir_head: [0; 32],
                    roster_head: [0; 32],
                },
                None,
            )?;
            tx.put_snapshot(&VAULT, &DOC, "1", MARK.as_bytes())?;
            tx.replace_projections(
                &DOC,
                &[ProjectionRow {
                    kind: "note".to_owned(),
                    id: "n".to_owned(),
                    doc: DOC,
                    household: None,
                    state: String::new(),
                    sort: String::new(),
                    version: "1".to_owned(),
                    view: MARK.to_owned(),
                }],
            )?;
            tx.replace_search(
                Shelf::Open,
                &DOC,
                &[SearchEntry {
                    kind: "note".to_owned(),
                    doc: DOC,
                    household: None,
                    rank: 1,
                    at: 0,
                    text: MARK.to_owned(),
                    tokens: MARK.to_owned(),
                    sounds: MARK.to_owned(),
                }],
            )?;
            tx.push_undo("note.create", 0, Some(DOC), None, MARK)?;
            tx.put_erasure_order(&ORDER, &VAULT, b"order", None)?;
            tx.hide(&WHOLE, &ORDER)
        })
        .unwrap();
    store
}

fn holds(store: &Store, bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    assert!(store.image(&path).unwrap());
    let image = std::fs::read(path).unwrap();
    image.windows(bytes.len()).any(|window| window == bytes)
}

fn destroy(store: &mut Store, words: bool) {
    store
        .transact(|tx| {
            tx.destroy(&WHOLE)?;
            if words {
                tx.destroy_words()?;
            }
            tx.set_order_done(&ORDER, 1)
        })
        .unwrap();
}

#[test]
fn no_byte_of_what_was_destroyed_is_left_on_any_page() {
    let mut store = filled();
    assert!(holds(&store, MARK.as_bytes()) && holds(&store, &[7; 32]));
    destroy(&mut store, true);
    assert!(!holds(&store, MARK.as_bytes()));
    assert!(!holds(&store, &[7; 32]), "the vault's key");
}

/// Red controls: each protection taken out, the words are found.
#[test]
fn without_overwriting_or_without_merging_the_index_the_words_stay() {
    let mut store = filled();
    store
        .conn
        .execute_batch("PRAGMA secure_delete = OFF")
        .unwrap();
    destroy(&mut store, true);
    assert!(holds(&store, MARK.as_bytes()), "pages are not overwritten");
    let mut store = filled();
    destroy(&mut store, false);
    assert!(holds(&store, MARK.as_bytes()), "the index keeps its words");
}

#[test]
fn the_journal_names_in_vain_only_what_an_order_took() {
    let mut store = filled();
    let present = |store: &Store| crate::pin::Present::read(&store.conn).unwrap();
    let change = Pin::addressed("change", [4; 32]).unwrap();
    destroy(&mut store, true);
    assert!(present(&store).holds(&change));
    // The control: what no order took is missed.
    let other = filled();
    other.conn.execute("DELETE FROM change", []).unwrap();
    assert!(!present(&other).holds(&change));
}

#[test]
fn what_is_hidden_answers_to_no_name_until_it_is_taken_back() {
    let mut store = filled();
    let found = |store: &Store| {
        store
            .read(|reader| {
                Ok::<_, Error>((
                    reader.document(&DOC)?.is_some(),
                    reader.documents()?.len(),
                    reader.documents_in(&VAULT)?.len(),
                    reader.last_done()?.is_some(),
                    reader.unsent()?.changes,
                ))
            })
            .unwrap()
    };
    assert_eq!(found(&store), (false, 0, 0, false, 0));
    store.transact(|tx| tx.unhide(&ORDER)).unwrap();
    assert_eq!(found(&store), (true, 1, 1, true, 1));
    // Destroyed, there is nothing to take back.
    let mut store = filled();
    destroy(&mut store, true);
    store.transact(|tx| tx.unhide(&ORDER)).unwrap();
    let erased = store.read(|reader| reader.is_erased(&VAULT, &DOC)).unwrap();
    assert!(erased);
}
