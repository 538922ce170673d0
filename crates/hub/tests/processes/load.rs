//! Pushes without end, and the look at what has become of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use relay::conformance::people::everybody;
use wire::envelope::open_outer;
use wire::hub::{FeedPoint, Receipt};
use wire::ids::Hash;

use crate::program::{Failed, Office, page, push};

/// Reads a lane's feed to its end, checking the chain on the way.
pub(crate) fn read_all(
    address: SocketAddr,
    office: &Office,
    token: [u8; 32],
) -> BTreeMap<u64, Hash> {
    let (mut all, mut point) = (BTreeMap::new(), None);
    loop {
        let cursor = point.map_or(0, |point: FeedPoint| point.cursor);
        let page = page(address, token, everybody().lane(), cursor).unwrap();
        assert_eq!(page.from, point.unwrap_or(page.from));
        let mut at = page.from;
        for bytes in page.records {
            let id = open_outer(bytes.0, office.directory.org()).unwrap().id();
            at = at.after(id);
            all.insert(at.cursor, id);
        }
        point = Some(at);
        if !page.more {
            return all;
        }
    }
}

/// Receipts for records that are not where the receipts say.
pub(crate) fn lost(receipts: &[Receipt], feed: &BTreeMap<u64, Hash>) -> usize {
    let stands = |it: &&Receipt| feed.get(&it.statement.cursor) != Some(&it.statement.record);
    receipts.iter().filter(stands).count()
}

/// Pushes one chain, a few records at a time and again until they are received, to whichever hub is there.
pub(crate) struct Load {
    pub(crate) hubs: Mutex<Vec<SocketAddr>>,
    pub(crate) over: AtomicBool,
    pub(crate) broken: AtomicUsize,
    pub(crate) receipts: Mutex<Vec<Receipt>>,
}

impl Load {
    pub(crate) fn new(hubs: Vec<SocketAddr>) -> Arc<Self> {
        Arc::new(Self {
            hubs: Mutex::new(hubs),
            over: AtomicBool::new(false),
            broken: AtomicUsize::new(0),
            receipts: Mutex::default(),
        })
    }

    pub(crate) fn received(&self) -> usize {
        self.receipts.lock().unwrap().len()
    }

    /// Until a few more were received.
    pub(crate) fn wait_for(&self, more: usize) {
        let (before, started) = (self.received(), Instant::now());
        while self.received() < before + more {
            if started.elapsed() > Duration::from_secs(60) {
                self.over.store(true, Ordering::Relaxed);
                panic!("it stands");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn run(&self, office: &Office, token: [u8; 32], incarnation: u32) {
        let author = office
            .first
            .author(office.directory.org(), everybody().lane());
        let records = author.chain(incarnation, 3000, b"a");
        let mut turn = incarnation as usize;
        for few in records.chunks(5) {
            loop {
                if self.over.load(Ordering::Relaxed) {
                    return;
                }
                turn += 1;
                let hubs = self.hubs.lock().unwrap().clone();
                let answer = match hubs.len() {
                    0 => Err(Failed::Link),
                    count => push(hubs[turn % count], token, few),
                };
                match answer {
                    Ok(receipts) => {
                        self.receipts.lock().unwrap().extend(receipts);
                        break;
                    }
                    Err(Failed::Link) => {
                        if !hubs.is_empty() {
                            self.broken.fetch_add(1, Ordering::Relaxed);
                        }
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    Err(refused) => panic!("{refused:?}"),
                }
            }
        }
        panic!("more records are needed");
    }
}
