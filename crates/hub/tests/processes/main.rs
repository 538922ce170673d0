//! The real program: started, asked, killed in the middle, and started again.

#[cfg(test)]
mod bucket;
#[cfg(test)]
mod crowd;
#[cfg(target_os = "linux")]
#[cfg(test)]
#[path = "../../../../tests/proofs/disk.rs"]
mod disk;
#[cfg(test)]
mod load;
#[cfg(test)]
mod program;
#[cfg(test)]
#[path = "../../../relay/tests/postgres/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::Duration;

use relay::conformance::people::everybody;
use wire::envelope::open_outer;
use wire::hub::FeedPoint;
use wire::ids::Hash;

use self::load::{Load, lost, read_all};
use self::program::{
    Failed, Office, Program, get_chunk, health_by_tls, page, push, put_chunk, run,
};
use self::server::Server;

#[test]
fn a_hub_killed_fifty_times_during_pushes_loses_no_received_record() {
    const KILLS: usize = 50;
    let dir = tempfile::tempdir().unwrap();
    let place = ["--data", dir.path().to_str().unwrap()];
    let mut hub = Program::serve(&place);
    let office = Office::join(&hub, &place);
    let token = office.token(hub.address).unwrap();
    let load = Load::new(vec![hub.address]);
    let backup = dir.path().join("backup");
    std::thread::scope(|scope| {
        for author in 0..3 {
            let (load, office) = (&load, &office);
            scope.spawn(move || load.run(office, token, author));
        }
        for kill in 0..KILLS {
            load.wait_for(1 + 7 * (kill % 3));
            std::thread::sleep(Duration::from_millis((kill % 7) as u64));
            hub.kill();
            load.hubs.lock().unwrap().clear();
            if kill == 10 {
                // What a backup of that day has.
                for name in ["hub.db", "hub.db-wal"] {
                    std::fs::copy(dir.path().join(name), backup.with_extension(name)).unwrap();
                }
            }
            hub = Program::serve(&place);
            load.hubs.lock().unwrap().push(hub.address);
        }
        load.wait_for(5);
        load.over.store(true, Ordering::Relaxed);
    });
    assert!(
        load.broken.load(Ordering::Relaxed) > KILLS / 2,
        "the kills came between the pushes"
    );
    let receipts = load.receipts.lock().unwrap().clone();
    let feed = read_all(hub.address, &office, token);
    assert_eq!(lost(&receipts, &feed), 0, "of {}", receipts.len());
    let distinct: std::collections::BTreeSet<_> = feed.values().collect();
    assert_eq!(
        distinct.len(),
        feed.len(),
        "a push that came again is there once"
    );
    let generation = receipts[0].statement.generation;
    assert!(
        receipts
            .iter()
            .all(|it| it.statement.generation == generation)
    );
    // Red control: the same look at an old backup finds what is missing; and the devices are told.
    let (status, _) = hub.stop();
    assert!(status.success());
    for name in ["hub.db", "hub.db-wal"] {
        let _ = std::fs::remove_file(dir.path().join(name));
        std::fs::copy(backup.with_extension(name), dir.path().join(name)).unwrap();
    }
    let _ = std::fs::remove_file(dir.path().join("hub.db-shm"));
    let hub = Program::serve(&place);
    let feed = read_all(hub.address, &office, token);
    assert!(lost(&receipts, &feed) > 0);
    let from = page(hub.address, token, everybody().lane(), 0)
        .unwrap()
        .from;
    assert_ne!(from.generation, generation);
}

/// A killed program loses nothing that it wrote; a machine without power does, unless it was synced.
#[test]
fn a_receipt_is_sent_after_the_record_was_synced() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file) = (dir.path().join("data"), dir.path().join("trace"));
    let place = ["--data", data.to_str().unwrap()];
    let hub = Program::traced(file.to_str().unwrap(), &place);
    let office = Office::join(&hub, &place);
    let token = office.token(hub.address).unwrap();
    let lane = everybody().lane();
    let author = office.first.author(office.directory.org(), lane);
    push(hub.address, token, &author.chain(0, 1, b"a")).unwrap();
    page(hub.address, token, lane, 0).unwrap();
    assert!(hub.stop().0.success());
    let mut trace = String::new();
    for _ in 0..200 {
        // The tracer writes on for a moment after the program has ended.
        trace = std::fs::read_to_string(&file).unwrap();
        if trace.contains("+++ exited with 0 +++") {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let synced = |call: &str| {
        let (_, after) = trace.split_once(call).expect("the call was heard");
        let (between, _) = after.split_once("HTTP/1.1 200 OK").expect("and answered");
        let mut lines = between.lines();
        let begun = lines.any(|line| line.contains("sync(") && line.contains("hub.db-wal"));
        begun
            && between
                .lines()
                .any(|line| line.contains("sync") && line.contains("= 0"))
    };
    assert!(synced("POST /v1/records"));
    // Red control: a call that stores nothing syncs nothing.
    assert!(!synced("GET /v1/feed"));
}

#[test]
fn of_two_hubs_over_one_database_one_is_killed_and_nothing_is_lost_or_skipped() {
    let server = Server::start();
    let url = server.database("hub");
    let place = ["--database-url", &url];
    let (mut one, other) = (Program::serve(&place), Program::serve(&place));
    let office = Office::join(&one, &place);
    let token = office.token(one.address).unwrap();
    let load = Load::new(vec![one.address, other.address]);
    let read = std::thread::scope(|scope| {
        for author in 0..4 {
            let (load, office) = (&load, &office);
            scope.spawn(move || load.run(office, token, author));
        }
        let reader = scope.spawn(|| {
            let mut point: Option<FeedPoint> = None;
            let mut read = BTreeMap::new();
            while !load.over.load(Ordering::Relaxed) {
                let cursor = point.map_or(0, |it| it.cursor);
                let page = page(other.address, token, everybody().lane(), cursor).unwrap();
                let mut at = page.from;
                assert_eq!(at, point.unwrap_or(at), "no record came before the cursor");
                for bytes in page.records {
                    let id = open_outer(bytes.0, office.directory.org()).unwrap().id();
                    at = at.after(id);
                    read.insert(at.cursor, id);
                }
                point = Some(at);
            }
            read
        });
        load.wait_for(100);
        one.kill();
        load.wait_for(100);
        load.hubs.lock().unwrap().remove(0);
        load.wait_for(100);
        load.over.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(load.broken.load(Ordering::Relaxed) > 0, "the kill was felt");
    let receipts = load.receipts.lock().unwrap().clone();
    let feed = read_all(other.address, &office, token);
    assert_eq!(lost(&receipts, &feed), 0, "of {}", receipts.len());
    assert!(read.len() > 100);
    assert!(read.iter().all(|(cursor, id)| feed.get(cursor) == Some(id)));
    let cursors: Vec<_> = read.keys().copied().collect();
    assert_eq!(cursors, (1..=read.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_hub_that_is_told_to_stop_ends_its_streams_and_has_logged_no_content() {
    let dir = tempfile::tempdir().unwrap();
    let place = ["--data", dir.path().to_str().unwrap()];
    let hub = Program::serve(&place);
    let office = Office::join(&hub, &place);
    let token = office.token(hub.address).unwrap();
    let mut stream = TcpStream::connect(hub.address).unwrap();
    let bearer = Hash::new(token);
    let head =
        format!("GET /v1/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {bearer}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut begin = [0; 15];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    let lane = everybody().lane();
    let author = office.first.author(office.directory.org(), lane);
    let records = author.chain(0, 2, b"a");
    push(hub.address, token, &records).unwrap();
    read_all(hub.address, &office, token);
    let (status, log) = hub.stop();
    assert!(status.success());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.contains(&format!("data: {lane}")));
    assert!(log.contains(r#""route":"/v1/feed""#) && log.contains(r#""status":200"#));
    for secret in [
        bearer.to_string(),
        office.directory.org().to_string(),
        office.first.device().to_string(),
        lane.to_string(),
        records[0].id().to_string(),
        "127.0.0.1".to_owned(),
    ] {
        assert!(!log.contains(&secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn a_hub_serves_by_tls_with_its_own_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let make = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (own, other) = (make(), make());
    std::fs::write(path("cert.pem"), own.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), own.signing_key.serialize_pem()).unwrap();
    let (data, cert, key) = (path("data"), path("cert.pem"), path("key.pem"));
    let hub = Program::serve(&["--data", &data, "--tls-cert", &cert, "--tls-key", &key]);
    let answer = health_by_tls(hub.address, &own.cert).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"));
    // Red control: a client that trusts another certificate is not content.
    assert_eq!(health_by_tls(hub.address, &other.cert).await, None);
    drop(hub);
    let swapped = run(&[
        "serve",
        "--data",
        &data,
        "--tls-cert",
        &key,
        "--tls-key",
        &cert,
    ]);
    assert_eq!(swapped.status.code(), Some(1));
}

#[test]
fn a_refusal_to_start_has_its_exit_status() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let code = |arguments: &[&str]| run(arguments).status.code();
    assert_eq!(code(&["serve"]), Some(2));
    assert_eq!(
        code(&["serve", "--data", data, "--database-url", "x"]),
        Some(2)
    );
    assert_eq!(
        code(&["serve", "--data", data, "--blobs", "ftp://bucket"]),
        Some(2)
    );
    assert_eq!(code(&["serve", "--data", data, "--tls-cert", "x"]), Some(2));
    assert_eq!(code(&["--help"]), Some(0));
    let hub = Program::serve(&["--data", data]);
    assert_eq!(code(&["serve", "--data", data]), Some(1), "in use");
    assert_eq!(code(&["renew", "--data", data]), Some(1), "in use");
    assert_eq!(code(&["invite", "--data", data]), Some(0), "beside it");
    drop(hub);
    assert_eq!(code(&["renew", "--data", data]), Some(0));
    let nowhere = "postgres://nobody@127.0.0.1:1/x";
    assert_eq!(code(&["invite", "--database-url", nowhere]), Some(4));
    std::fs::write(dir.path().join("hub.db"), [7; 5000]).unwrap();
    let _ = std::fs::remove_file(dir.path().join("hub.db-wal"));
    let _ = std::fs::remove_file(dir.path().join("hub.db-shm"));
    assert_eq!(code(&["serve", "--data", data]), Some(3), "damaged");
}

#[test]
fn chunks_lie_in_a_bucket_and_one_that_did_not_get_there_comes_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("hub");
    let place = ["--data", data.to_str().unwrap()];
    let s3 = bucket::Server::start(&dir.path().join("s3"), ([127, 0, 0, 1], 0).into());
    let endpoint = format!("http://{}", s3.address);
    let shelf = format!("s3://{}", bucket::NAME);
    let arguments = [&place[..], &["--blobs", &shelf]].concat();
    let keys = |secret: &'static str| {
        [
            ("AWS_ENDPOINT", endpoint.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "local".to_owned()),
            ("AWS_ACCESS_KEY_ID", bucket::KEYS[0].to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
        ]
    };
    let serve = |secret: &'static str| {
        let keys = keys(secret);
        let keys: Vec<_> = keys.iter().map(|(name, it)| (*name, it.as_str())).collect();
        Program::serve_with(&arguments, &keys)
    };
    let hub = serve(bucket::KEYS[1]);
    let office = Office::join(&hub, &place);
    let token = office.token(hub.address).unwrap();
    let chunk: Vec<u8> = (0..1_500_000_u32).map(|at| (at % 251) as u8).collect();
    let name = Hash::of(&[&chunk]);
    assert_eq!(get_chunk(hub.address, token, name, (0, 9)).0, 404);
    assert_eq!(put_chunk(hub.address, token, &chunk), 201);
    assert_eq!(s3.count(), 1);
    // Another process reads the same bucket; nothing of the chunk is on this machine's disk.
    drop(hub);
    let hub = serve(bucket::KEYS[1]);
    let token = office.token(hub.address).unwrap();
    let part = get_chunk(hub.address, token, name, (1_000_000, 1_000_999));
    assert_eq!(part, (206, chunk[1_000_000..1_001_000].to_vec()));
    assert_eq!(put_chunk(hub.address, token, &chunk), 201, "known");
    // The bucket is away: said, and what came is taken when it is back.
    let (folder, address) = s3.stop();
    let other: Vec<u8> = chunk.iter().rev().copied().collect();
    assert_eq!(put_chunk(hub.address, token, &other), 503);
    let s3 = bucket::Server::start(&folder, address);
    assert_eq!(put_chunk(hub.address, token, &other), 201);
    assert_eq!(s3.count(), 2);
    // Keys that the bucket does not know open nothing.
    drop(hub);
    let hub = serve("chigau");
    let token = office.token(hub.address).unwrap();
    assert_eq!(get_chunk(hub.address, token, name, (0, 9)).0, 503);
}

#[cfg(target_os = "linux")]
#[test]
fn a_hub_whose_disk_is_full_says_so_loses_nothing_and_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let disk = disk::Disk::mount(dir.path(), 8 << 10);
    let data = dir.path().join("hub");
    let place = ["--data", data.to_str().unwrap()];
    let hub = Program::serve(&place);
    let office = Office::join(&hub, &place);
    let token = office.token(hub.address).unwrap();
    let author = office
        .first
        .author(office.directory.org(), everybody().lane());
    let records = author.chain(0, 2000, b"a");
    disk.fill(200 << 10);
    let (mut receipts, mut pushed) = (Vec::new(), 0);
    let refused = loop {
        match push(hub.address, token, &records[pushed..pushed + 20]) {
            Ok(more) => receipts.extend(more),
            Err(refused) => break refused,
        }
        pushed += 20;
    };
    assert!(pushed > 0);
    assert!(
        matches!(&refused, Failed::Refused(code) if code == "hub_is_full"),
        "{refused:?}"
    );
    // It still answers, and what it received is there.
    let feed = read_all(hub.address, &office, token);
    assert_eq!((feed.len(), lost(&receipts, &feed)), (pushed, 0));
    disk.free();
    receipts.extend(push(hub.address, token, &records[pushed..pushed + 20]).unwrap());
    drop(hub);
    let hub = Program::serve(&place);
    let token = office.token(hub.address).unwrap();
    let feed = read_all(hub.address, &office, token);
    assert_eq!((feed.len(), lost(&receipts, &feed)), (pushed + 20, 0));
}
