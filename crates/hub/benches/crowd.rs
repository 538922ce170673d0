//! How much one hub process carries when many laptops come at once: the real program over a real socket, over a folder and
//! over PostgreSQL, each of which waits for the disk. The laptops share the machine with it, and do nothing but send and read.
//!
//! `MARUGOTO_BENCH_CROWD` sets laptops and records for each, as `100,200`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "what goes wrong here ends the benchmark, and what it says is all that it is for"
)]

#[expect(dead_code, reason = "the tests call the hub in more ways")]
#[path = "../tests/processes/program.rs"]
mod program;
#[expect(dead_code, reason = "the tests reach it in more ways")]
#[path = "../../relay/tests/postgres/server.rs"]
mod server;

use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::Instant;

use relay::conformance::people::{Person, everybody};
use wire::envelope::Verified;

use self::program::{Office, Program, page, push, until_it_is_free};
use self::server::Server;

/// Records of one call, where a laptop has much to send.
const MANY: usize = 50;

/// One laptop: its token, and what it has to send.
struct Laptop {
    token: [u8; 32],
    records: Vec<Verified>,
}

fn person(number: u16) -> Person {
    let mut seed = [9; 32];
    seed[..2].copy_from_slice(&number.to_be_bytes());
    Person::of(seed)
}

/// All laptops at once; gives the seconds until the last has done its work.
fn at_once(laptops: &[Laptop], work: impl Fn(&Laptop) + Sync) -> f64 {
    let gate = Barrier::new(laptops.len() + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = laptops
            .iter()
            .map(|laptop| {
                let (gate, work) = (&gate, &work);
                scope.spawn(move || {
                    gate.wait();
                    work(laptop);
                })
            })
            .collect();
        gate.wait();
        let begun = Instant::now();
        for thread in threads {
            thread.join().unwrap();
        }
        begun.elapsed().as_secs_f64()
    })
}

/// Reads the lane from its beginning; gives how many records and bytes came.
fn read(address: SocketAddr, laptop: &Laptop) -> (usize, usize) {
    let (mut records, mut bytes, mut cursor) = (0, 0, 0);
    loop {
        let page = until_it_is_free(|| page(address, laptop.token, everybody().lane(), cursor));
        cursor = page.from.cursor + page.records.len() as u64;
        records += page.records.len();
        bytes += page.records.iter().map(|it| it.0.len()).sum::<usize>();
        if !page.more {
            return (records, bytes);
        }
    }
}

fn measure(name: &str, place: &[&str], laptops: u16, records: u64) {
    let hub = Program::serve(place);
    let people: Vec<Person> = (0..laptops).map(person).collect();
    let office = Office::join_with(&hub, place, &people);
    let (org, lane, address) = (office.directory.org(), everybody().lane(), hub.address);
    let crowd: Vec<Laptop> = people
        .iter()
        .map(|person| Laptop {
            token: until_it_is_free(|| office.token_of(person, address)),
            records: person.author(org, lane).chain(0, records, b"a"),
        })
        .collect();
    let half = crowd.first().map_or(0, |it| it.records.len() / 2);
    let many = at_once(&crowd, |laptop| {
        for few in laptop.records[..half].chunks(MANY) {
            until_it_is_free(|| push(address, laptop.token, few));
        }
    });
    let single = at_once(&crowd, |laptop| {
        for one in laptop.records[half..].chunks(1) {
            until_it_is_free(|| push(address, laptop.token, one));
        }
    });
    let end = crowd.len() * half * 2;
    let looked = 20;
    let look = at_once(&crowd, |laptop| {
        for _ in 0..looked {
            until_it_is_free(|| page(address, laptop.token, lane, end as u64));
        }
    });
    let readers = &crowd[..crowd.len().min(4)];
    let (all, bytes) = read(address, &readers[0]);
    assert_eq!(all, end, "each record once");
    let fetched = at_once(readers, |laptop| {
        read(address, laptop);
    });
    let of = |count: usize, seconds: f64| (count as f64 / seconds).round();
    println!(
        "{name}: {laptops} laptops, records of {} bytes. Sent {MANY} at a time: {} records a second; one at a time: {}. \
         Looks that find nothing: {} a second. {} readers of {all} records: {} records a second.",
        bytes / all,
        of(crowd.len() * half, many),
        of(crowd.len() * half, single),
        of(crowd.len() * looked, look),
        readers.len(),
        of(readers.len() * all, fetched),
    );
    assert!(hub.stop().0.success());
}

fn main() {
    let sizes = std::env::var("MARUGOTO_BENCH_CROWD").unwrap_or_default();
    let mut sizes = sizes.split(',').filter_map(|it| it.trim().parse().ok());
    let laptops = sizes.next().unwrap_or(100);
    let records = sizes.next().unwrap_or(200);
    let dir = tempfile::tempdir().unwrap();
    let folder = ["--data", dir.path().to_str().unwrap()];
    measure("SQLite", &folder, laptops, records.into());
    let server = Server::durable();
    let database = server.database("crowd");
    let place = ["--database-url", database.as_str()];
    measure("PostgreSQL", &place, laptops, records.into());
}
