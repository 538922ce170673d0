//! The laws of the access log.

use std::cell::Cell;

use super::*;
use crate::fixture::Person;

thread_local! {
    /// The protection taken out, for red controls.
    pub(super) static UNCHAINED: Cell<bool> = const { Cell::new(false) };
}

const BOOK: Vault = Vault::new([0xbb; 16]);
const ORG: Org = Org::new([5; 16]);

/// A book of `count` entries by device 1.
fn book(count: u64) -> Vec<Vec<u8>> {
    let mut prev = beginning(ORG, Person::new(1).device(), BOOK);
    let mut out = Vec::new();
    for seq in 1..=count {
        let entry = Entry {
            seq,
            prev,
            incarnation: 1,
            at: 1_790_000_000_000 + i64::try_from(seq).unwrap(),
            act: Act::Open.number(),
            kind: "household".to_owned(),
            subject: Some([u8::try_from(seq % 250).unwrap(); 16]),
            household: None,
            reason: String::new(),
            detail: "household.get".to_owned(),
        };
        let bytes = entry.to_bytes();
        prev = name_of(&bytes);
        out.push(bytes);
    }
    out
}

fn seal(entries: &[Vec<u8>]) -> Seal {
    let last = entries.last().unwrap();
    let entry = Entry::parse(last).unwrap();
    let author = Person::new(1);
    let place = (entry.incarnation, entry.seq, name_of(last));
    Seal::make(ORG, author.pen(), BOOK, place, 1_790_000_100_000)
}

fn faults(entries: &[Vec<u8>], seal: &Seal) -> Vec<(u64, Fault)> {
    let person = Person::new(1);
    let mut check = Check::of(ORG, person.device(), BOOK);
    entries.iter().for_each(|bytes| check.entry(bytes));
    check.seal(seal, ORG, &person.sign.public());
    check.faults()
}

#[test]
fn a_whole_book_has_no_fault_in_whatever_order_it_comes() {
    let mut entries = book(50);
    let seal = seal(&entries);
    assert_eq!(faults(&entries, &seal), []);
    entries.reverse();
    assert_eq!(faults(&entries, &seal), []);
}

#[test]
fn each_entry_that_is_taken_out_is_missed_and_the_last_ones_too() {
    let entries = book(30);
    let seal = seal(&entries);
    for at in 0..entries.len() {
        let mut cut = entries.clone();
        cut.remove(at);
        assert_ne!(faults(&cut, &seal), [], "entry {at}");
        assert_ne!(faults(&entries[..at], &seal), [], "cut at {at}");
    }
    // Red control: without the chain nobody notices.
    UNCHAINED.set(true);
    let found = faults(&entries[..10], &seal);
    UNCHAINED.set(false);
    assert_eq!(found, []);
}

#[test]
fn a_bit_that_is_flipped_anywhere_is_found() {
    let entries = book(3);
    let seal = seal(&entries);
    for at in 0..entries.len() {
        for (bit, flipped) in crate::fixture::flips(&entries[at]) {
            let mut altered = entries.clone();
            altered[at] = flipped;
            assert_ne!(faults(&altered, &seal), [], "entry {at}, bit {bit}");
        }
    }
}

#[test]
fn a_log_that_was_cut_and_written_anew_shows_where() {
    let first = book(20);
    let mut again = first[..10].to_vec();
    let mut entry = Entry::parse(&first[10]).unwrap();
    entry.subject = None;
    again.push(entry.to_bytes());
    let mut both = first.clone();
    both.extend(again.clone());
    assert_eq!(faults(&both, &seal(&first)), [(11, Fault::Rewritten)]);
    // In another life of the store it is no fault: a backup was restored, and both lives stand there.
    entry.incarnation = 2;
    *both.last_mut().unwrap() = entry.to_bytes();
    assert_eq!(faults(&both, &seal(&first)), []);
}

#[test]
fn a_seal_is_worth_nothing_for_another_device_office_or_book() {
    let entries = book(2);
    let made = seal(&entries);
    let public = Person::new(1).sign.public();
    assert!(made.holds(ORG, &public));
    assert!(!made.holds(ORG, &Person::new(2).sign.public()));
    assert!(!made.holds(Org::new([6; 16]), &public));
    for altered in [
        Seal {
            book: Vault::new([1; 16]),
            ..made.clone()
        },
        Seal {
            seq: 1,
            ..made.clone()
        },
        Seal {
            head: Hash::ZERO,
            ..made.clone()
        },
        Seal {
            at: 1,
            ..made.clone()
        },
        Seal {
            incarnation: 9,
            ..made.clone()
        },
        Seal {
            device: Person::new(2).device(),
            ..made.clone()
        },
    ] {
        assert!(!altered.holds(ORG, &public), "{altered:?}");
    }
    // The same entries under another device's name do not begin where they should.
    let mut check = Check::of(ORG, Person::new(2).device(), BOOK);
    entries.iter().for_each(|bytes| check.entry(bytes));
    assert_eq!(check.faults(), [(1, Fault::Missing)]);
}

#[test]
fn a_page_is_whole_in_itself_or_none() {
    let entries = book(5);
    let page = |entries: &[Vec<u8>], seal: Seal| Page {
        entries: entries.iter().cloned().map(Bytes).collect(),
        seal,
    };
    let whole = page(&entries, seal(&entries));
    assert_eq!(whole.read().unwrap().len(), 5);
    assert_eq!(cbor::from_slice::<Page>(&cbor::to_vec(&whole)), Ok(whole));
    assert!(page(&entries[..4], seal(&entries)).read().is_err());
    assert!(page(&[], seal(&entries)).read().is_err());
    let mut swapped = entries.clone();
    swapped.swap(1, 2);
    assert!(page(&swapped, seal(&entries)).read().is_err());
}

#[test]
fn every_act_has_a_number_and_a_word_of_its_own() {
    for (number, act, word) in ACTS {
        assert_eq!((act.number(), act.word()), (number, word));
        assert_eq!(Act::of_number(number), act);
        assert_eq!(Act::of_word(word), Some(act));
    }
    assert_eq!(Act::of_number(900), Act::Other(900));
    assert_eq!(Act::Other(900).number(), 900);
}
