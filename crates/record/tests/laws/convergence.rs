//! Two to five laptops edit one note and exchange changes in any order, some of them twice, some much
//! later, with restarts between. In the end all have the same document, and nothing that was said is
//! gone but what somebody who saw it took away.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::Index, test_runner::TestRunner};
use record::{Change, Document, Edit, Kind, Refused, Statement, Version, prescan};
use serde_json::json;

use crate::support::{Desk, put, statement, text};

#[derive(Clone, Debug)]
enum Step {
    /// Puts a new value into a field.
    Put { desk: Index, key: u8, base: Index },
    /// Inserts a new sentence.
    Say {
        desk: Index,
        place: Index,
        base: Index,
    },
    /// Takes a sentence out.
    Strike {
        desk: Index,
        which: Index,
        base: Index,
    },
    /// Marks a sentence.
    Mark {
        desk: Index,
        which: Index,
        base: Index,
    },
    /// Sends some changes, in whatever order.
    Send {
        from: Index,
        to: Index,
        which: Vec<Index>,
    },
    /// Ends the program and starts it again.
    Restart { desk: Index },
}

fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        3 => (index(), 0..3_u8, index()).prop_map(|(desk, key, base)| Step::Put { desk, key, base }),
        3 => (index(), index(), index()).prop_map(|(desk, place, base)| Step::Say { desk, place, base }),
        1 => (index(), index(), index()).prop_map(|(desk, which, base)| Step::Strike { desk, which, base }),
        2 => (index(), index(), index()).prop_map(|(desk, which, base)| Step::Mark { desk, which, base }),
        3 => (index(), index(), prop::collection::vec(index(), 1..12))
            .prop_map(|(from, to, which)| Step::Send { from, to, which }),
        1 => index().prop_map(|desk| Step::Restart { desk }),
    ]
}

struct World {
    desks: Vec<Desk>,
    /// What each desk has looked at.
    seen: Vec<Vec<Version>>,
    /// What each desk holds until more has come.
    waiting: Vec<Vec<Change>>,
    said: u64,
    /// Values by key that nobody who saw them replaced.
    values: BTreeMap<String, BTreeSet<u64>>,
    /// Sentences that nobody who saw them struck.
    sentences: BTreeSet<String>,
    /// Sentence by statement that nobody who saw it replaced.
    statements: BTreeMap<String, String>,
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive('。').collect()
}

impl World {
    fn new(desks: u8) -> World {
        let desks: Vec<_> = (1..=desks)
            .map(|number| Desk::new(number, Kind::Note))
            .collect();
        World {
            seen: desks
                .iter()
                .map(|desk| vec![desk.document.version()])
                .collect(),
            waiting: desks.iter().map(|_| Vec::new()).collect(),
            desks,
            said: 0,
            values: BTreeMap::new(),
            sentences: BTreeSet::new(),
            statements: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        self.said += 1;
        let said = self.said;
        match step {
            Step::Put { desk, key, base } => {
                let (desk, base) = self.choose(desk, base);
                let key = format!("k{key}");
                let values = self.values.entry(key.clone()).or_default();
                for held in self.desks[desk]
                    .document
                    .view(Some(&base))
                    .read("fields", &key)
                {
                    values.remove(&held.value.as_u64().unwrap());
                }
                values.insert(said);
                self.write(desk, &base, put(&key, said));
            }
            Step::Say { desk, place, base } => {
                let (desk, base) = self.choose(desk, base);
                let old = self.desks[desk].document.view(Some(&base)).text();
                let mut all = sentences(&old);
                let new = format!("文{said}。");
                all.insert(place.index(all.len() + 1), &new);
                let all = all.concat();
                self.sentences.insert(new);
                self.write(desk, &base, text(&all));
            }
            Step::Strike { desk, which, base } => {
                let (desk, base) = self.choose(desk, base);
                let old = self.desks[desk].document.view(Some(&base)).text();
                let mut all = sentences(&old);
                if !all.is_empty() {
                    let gone = all.remove(which.index(all.len()));
                    self.sentences.remove(gone);
                    self.statements.retain(|_, sentence| sentence != gone);
                    self.write(desk, &base, text(&all.concat()));
                }
            }
            Step::Mark { desk, which, base } => {
                let (desk, base) = self.choose(desk, base);
                let view = self.desks[desk].document.view(Some(&base));
                let (old, spans) = (view.text(), view.spans());
                let all = sentences(&old);
                if all.is_empty() {
                    return;
                }
                let which = which.index(all.len());
                let start: usize = all[..which]
                    .iter()
                    .map(|sentence| sentence.chars().count())
                    .sum();
                let end = start + all[which].chars().count();
                for span in spans
                    .iter()
                    .filter(|span| span.start < end && start < span.end)
                {
                    self.statements
                        .remove(span.statement.source.as_ref().unwrap());
                }
                let source = said.to_string();
                if self.sentences.contains(all[which]) {
                    self.statements
                        .insert(source.clone(), all[which].to_owned());
                }
                let statement = Statement {
                    source: Some(source),
                    ..statement("fact")
                };
                self.write(
                    desk,
                    &base,
                    Edit::Mark {
                        start,
                        end,
                        statement,
                    },
                );
            }
            Step::Send { from, to, which } => {
                let changes = self.desks[from.index(self.desks.len())].document.changes();
                let to = to.index(self.desks.len());
                if !changes.is_empty() {
                    let sent = which.iter().map(|index| index.get(&changes).clone());
                    self.waiting[to].extend(sent);
                    self.ingest(to);
                }
            }
            Step::Restart { desk } => {
                let desk = desk.index(self.desks.len());
                self.desks[desk].reopen();
            }
        }
    }

    fn choose(&self, desk: &Index, base: &Index) -> (usize, Version) {
        let desk = desk.index(self.desks.len());
        (desk, base.get(&self.seen[desk]).clone())
    }

    fn write(&mut self, desk: usize, base: &Version, edit: Edit) {
        self.desks[desk].write(Some(base), &[edit]);
        self.look(desk);
    }

    fn look(&mut self, desk: usize) {
        let version = self.desks[desk].document.version();
        self.seen[desk].push(version);
    }

    /// Takes in what can be taken in, one by one; holds the rest.
    fn ingest(&mut self, to: usize) {
        loop {
            let held = std::mem::take(&mut self.waiting[to]);
            let before = held.len();
            for change in held {
                let device = self.signer(&change);
                match self.desks[to].receive(device, std::slice::from_ref(&change)) {
                    Ok(()) => {}
                    Err(Refused::Waiting(_)) => self.waiting[to].push(change),
                    Err(refused) => panic!("{refused:?}"),
                }
            }
            if self.waiting[to].len() == before || self.waiting[to].is_empty() {
                break;
            }
        }
        self.look(to);
    }

    fn signer(&self, change: &Change) -> [u8; 16] {
        let mut devices = self.desks.iter().map(|desk| desk.device);
        devices
            .find(|device| prescan(&change.bytes, device).is_ok())
            .unwrap()
    }

    fn settle(&mut self) {
        let logs: Vec<_> = self
            .desks
            .iter()
            .map(|desk| desk.document.changes())
            .collect();
        for to in 0..self.desks.len() {
            for from in 0..logs.len() {
                let log = &logs[(to + from) % logs.len()];
                self.waiting[to].extend(log.iter().rev().cloned());
            }
            self.ingest(to);
            assert!(self.waiting[to].is_empty());
        }
    }
}

fn check(world: &World) {
    let first = &world.desks[0].document;
    let log: Vec<_> = first
        .changes()
        .into_iter()
        .rev()
        .map(|change| change.bytes)
        .collect();
    let rebuilt = Document::rebuild(first.key(), &log).unwrap();
    let documents = world.desks[1..]
        .iter()
        .map(|desk| &desk.document)
        .chain([&rebuilt]);
    let view = first.view(None);
    for other in documents {
        assert_eq!(other.version(), first.version());
        let other = other.view(None);
        assert_eq!(other.entries("fields"), view.entries("fields"));
        assert_eq!(other.text(), view.text());
        assert_eq!(other.spans(), view.spans());
    }

    for (key, values) in &world.values {
        let held: BTreeSet<_> = view
            .read("fields", key)
            .into_iter()
            .map(|held| held.value.as_u64().unwrap())
            .collect();
        assert_eq!(held, *values, "values of {key}");
    }
    let all = view.text();
    let found: BTreeSet<String> = sentences(&all).into_iter().map(str::to_owned).collect();
    assert_eq!(found, world.sentences);
    assert_eq!(sentences(&all).len(), world.sentences.len(), "each once");
    let chars: Vec<char> = all.chars().collect();
    let statements: BTreeMap<String, String> = view
        .spans()
        .into_iter()
        .map(|span| {
            (
                span.statement.source.unwrap(),
                chars[span.start..span.end].iter().collect(),
            )
        })
        .collect();
    assert_eq!(statements, world.statements);
}

/// A quarter of the cases; four of them, so that a run uses the machine. `PROPTEST_CASES` counts all four.
fn quarter() {
    let all: u32 = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(4_000);
    let config = ProptestConfig {
        cases: all.div_ceil(4),
        ..ProptestConfig::with_source_file("tests/laws/convergence.rs")
    };
    let worlds = (2..=5_u8, prop::collection::vec(any_step(), 1..40));
    let law = |(desks, steps): (u8, Vec<Step>)| {
        let mut world = World::new(desks);
        for step in &steps {
            world.take(step);
        }
        world.settle();
        check(&world);
        Ok(())
    };
    if let Err(broken) = TestRunner::new(config).run(&worlds, law) {
        panic!("{broken}");
    }
}

#[test]
fn all_laptops_arrive_at_one_document_and_nothing_is_lost() {
    quarter();
}

#[test]
fn all_laptops_arrive_at_one_document_second_quarter() {
    quarter();
}

#[test]
fn all_laptops_arrive_at_one_document_third_quarter() {
    quarter();
}

#[test]
fn all_laptops_arrive_at_one_document_last_quarter() {
    quarter();
}

/// The red control: the same bookkeeping notices a write without its base.
#[test]
#[should_panic(expected = "values of k0")]
fn the_check_notices_a_lost_value() {
    let mut world = World::new(2);
    world.desks[0].write(None, &[put("k0", 1)]);
    let changes = world.desks[0].document.changes();
    world.desks[1].receive([1; 16], &changes).unwrap();
    world.desks[1].write(None, &[put("k0", json!(2))]);
    world.values.insert("k0".into(), [1, 2].into());
    world.settle();
    check(&world);
}
