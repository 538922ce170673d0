//! A whole office at once: five hundred laptops that come back in the same moment.

use std::sync::Barrier;
use std::time::Instant;

use relay::conformance::people::{Person, everybody};

use crate::load::{lost, read_all};
use crate::program::{Office, Program, page, push, until_it_is_free};

const LAPTOPS: u16 = 500;
/// What each of them sends.
const RECORDS: u64 = 8;

fn person(number: u16) -> Person {
    let [high, low] = number.to_be_bytes();
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&[high, low]);
    Person::of(seed)
}

#[test]
fn five_hundred_laptops_at_once_are_all_let_in_heard_and_answered() {
    let dir = tempfile::tempdir().unwrap();
    let place = ["--data", dir.path().to_str().unwrap()];
    let hub = Program::serve(&place);
    let people: Vec<Person> = (0..LAPTOPS).map(person).collect();
    let office = Office::join_with(&hub, &place, &people);
    let (org, lane) = (office.directory.org(), everybody().lane());
    let chains: Vec<_> = people
        .iter()
        .map(|it| it.author(org, lane).chain(0, RECORDS, b"a"))
        .collect();
    let gate = Barrier::new(people.len() + 1);
    let (receipts, took) = std::thread::scope(|scope| {
        let laptops: Vec<_> = people
            .iter()
            .zip(&chains)
            .map(|(person, records)| {
                let (gate, office, address) = (&gate, &office, hub.address);
                scope.spawn(move || {
                    gate.wait();
                    let token = until_it_is_free(|| office.token_of(person, address));
                    until_it_is_free(|| page(address, token, lane, 0));
                    until_it_is_free(|| push(address, token, records))
                })
            })
            .collect();
        gate.wait();
        let begun = Instant::now();
        let receipts: Vec<_> = laptops
            .into_iter()
            .flat_map(|laptop| laptop.join().unwrap())
            .collect();
        (receipts, begun.elapsed())
    });
    println!("{} records of {LAPTOPS} laptops: {took:?}", receipts.len());
    assert_eq!(receipts.len() as u64, u64::from(LAPTOPS) * RECORDS);
    let token = office.token(hub.address).unwrap();
    let feed = read_all(hub.address, &office, token);
    assert_eq!(lost(&receipts, &feed), 0);
    assert_eq!(feed.len(), receipts.len(), "each once, and none beside");
    assert!(hub.stop().0.success());
}
