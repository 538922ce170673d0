//! What needs no store, done on other threads before a record's turn comes: signatures, both layers, the look at the
//! changes, the trial, the rows for lists and search.
//!
//! # Invariants
//!
//! - **What was done ahead is what would be done in its turn**: a function of the record, the keys and the document. What
//!   did not go well is done again in its turn, and says there why.
//! - **It counts only on the document that it was done on**, told by its version.
//! - **The order in which records take effect is nobody's but the caller's**, and so are the store and the right to write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use crypto::SecretKey;
use record::{ChangeFacts, DocKey, Document, TRIAL, Version};
use wire::body::{Body, RawChange};
use wire::envelope::{LaneOpened, Opened};
use wire::ids::{Hash, Kid};

use super::super::{
    kind,
    side_by_side::{FEW, threads},
};
use crate::documents::Source;
use crate::project::Made;

/// Documents that a thread is given together.
const TOGETHER: usize = 32;

/// Records of one document, and all that is needed to look at them.
pub(super) struct Job<'a> {
    pub(super) records: Vec<&'a LaneOpened>,
    /// Of the vault.
    pub(super) keys: Vec<SecretKey>,
    /// What is here of the document; nothing where it is new.
    pub(super) here: Option<(DocKey, Source)>,
    /// Whether it has rows in lists.
    pub(super) shows: bool,
}

/// What came of a job.
#[derive(Default)]
pub(super) struct Done {
    /// The document as it was here.
    pub(super) before: Option<Document>,
    /// Record by record; nothing where one is to be looked at in its turn.
    pub(super) looks: Vec<Option<(Opened, Look)>>,
    /// Of the document with all of them.
    pub(super) made: Option<Made>,
}

/// What is seen of changes ahead of their turn.
pub(super) struct Look {
    pub(super) facts: Vec<ChangeFacts>,
    pub(super) tried: Option<Tried>,
}

/// The document with the changes, and the version that they were tried on.
pub(super) struct Tried {
    pub(super) on: Version,
    pub(super) document: Document,
}

impl Job<'_> {
    fn work(&self) -> Done {
        // A record that makes the program stumble does so in its turn, where it is told which.
        catch_unwind(AssertUnwindSafe(|| self.look())).unwrap_or_default()
    }

    fn look(&self) -> Done {
        let mut done = Done::default();
        if let Some((key, source)) = &self.here {
            done.before = source.make(*key);
        }
        for lane in &self.records {
            let look = self.opened(lane).and_then(|opened| {
                let look = self.changes(&opened, &mut done)?;
                Some((opened, look))
            });
            done.looks.push(look);
        }
        let last = newest(&done);
        done.made = last.and_then(|document| Made::of(document, self.shows).ok());
        done
    }

    fn opened(&self, lane: &LaneOpened) -> Option<Opened> {
        let named = self
            .keys
            .iter()
            .filter(|key| Kid::of(key) == lane.inner().vkid);
        named.into_iter().find_map(|key| lane.open_body(key).ok())
    }

    fn changes(&self, opened: &Opened, done: &mut Done) -> Option<Look> {
        let Body::Changes(changes) = &opened.body else {
            return None;
        };
        let facts = facts(opened, changes)?;
        if done.before.is_none() && self.here.is_none() {
            let vault = *opened.inner.vault.as_bytes();
            let key = kind::of(vault, vault, *opened.inner.doc.as_bytes(), &facts);
            done.before = key.map(Document::genesis);
        }
        let tried = newest(done).and_then(|on| {
            Some(Tried {
                on: on.version(),
                document: record::trial(on, &pairs(changes)).ok()?,
            })
        });
        Some(Look { facts, tried })
    }
}

fn newest(done: &Done) -> Option<&Document> {
    let tried = done.looks.iter().rev().flatten();
    let mut tried = tried.filter_map(|(_, look)| look.tried.as_ref());
    tried.next().map(|it| &it.document).or(done.before.as_ref())
}

/// What changes say of themselves, where all of it is as it must be.
fn facts(opened: &Opened, changes: &[RawChange]) -> Option<Vec<ChangeFacts>> {
    let device = opened.record.outer().device;
    let fact = |change: &RawChange| {
        let fact = record::prescan(&change.bytes, device.as_bytes()).ok()?;
        (Hash::new(fact.hash) == change.hash).then_some(fact)
    };
    changes.iter().map(fact).collect()
}

/// Changes as a trial takes them.
pub(super) fn pairs(changes: &[RawChange]) -> Vec<([u8; 32], Vec<u8>)> {
    let pair = |change: &RawChange| (*change.hash.as_bytes(), change.bytes.clone());
    changes.iter().map(pair).collect()
}

/// Lets `turn` have each job with what was done of it ahead, in their order. `job` is asked for a job shortly before. The
/// caller waits for most of them: it needs no core of its own.
pub(super) fn run<'scope, 'env, 'a: 'scope, S, E>(
    scope: &'scope Scope<'scope, 'env>,
    count: usize,
    state: &mut S,
    mut job: impl FnMut(&mut S, usize) -> Result<Job<'a>, E>,
    mut turn: impl FnMut(&mut S, usize, Done) -> Result<(), E>,
) -> Result<(), E> {
    let chunks = count.div_ceil(TOGETHER);
    let lines: Vec<_> = match count < FEW {
        true => Vec::new(),
        false => (0..threads().min(chunks))
            .filter_map(|_| Line::open(scope))
            .collect(),
    };
    let of = |chunk: usize| chunk * TOGETHER..((chunk + 1) * TOGETHER).min(count);
    let mut given = 0;
    for chunk in 0..chunks {
        while given < chunks && given < chunk + IN_HAND * lines.len() {
            let jobs = of(given)
                .map(|number| job(state, number))
                .collect::<Result<_, _>>()?;
            if let Some(line) = lines.get(given % lines.len().max(1)) {
                // One that has ended gives nothing back either.
                let _ = line.jobs.send(jobs);
            }
            given += 1;
        }
        let line = lines.get(chunk % lines.len().max(1));
        let mut done = line
            .and_then(|line| line.done.recv().ok())
            .unwrap_or_default()
            .into_iter();
        for number in of(chunk) {
            turn(state, number, done.next().unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Chunks that are with a thread at once.
const IN_HAND: usize = 2;

/// A thread that works ahead.
struct Line<'a> {
    jobs: SyncSender<Vec<Job<'a>>>,
    done: Receiver<Vec<Done>>,
}

impl<'a> Line<'a> {
    fn open<'scope, 'env>(scope: &'scope Scope<'scope, 'env>) -> Option<Self>
    where
        'a: 'scope,
    {
        let (jobs, take) = sync_channel::<Vec<Job<'a>>>(IN_HAND);
        let (give, done) = sync_channel(IN_HAND);
        let work = move || {
            for jobs in take {
                if give.send(jobs.iter().map(Job::work).collect()).is_err() {
                    return;
                }
            }
        };
        let named = thread::Builder::new().name(TRIAL.to_owned());
        named.spawn_scoped(scope, work).ok()?;
        Some(Self { jobs, done })
    }
}
