//! Random edits on two to five devices, random exchange, duplicates, cuts: equal views, and no edit lost.
//!
//! What must stand at the end is told by a model that knows nothing of documents: each edit is noted with the changes
//! that its device held when it was made. An edit is superseded by later ones of devices that held it, and by nothing
//! else.

mod office;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use store::table::record::PeerRow;
use sync::store::SyncStore as _;

use self::office::{Home, Office, Stores};
use super::*;
use crate::documents;
use crate::exchange::export::LeaveOut;
use crate::exchange::ledger::Ledger;
use crate::facts::said;

type Hashes = BTreeSet<[u8; 32]>;

/// Cases with stores in memory in a run.
const CASES: u64 = 20_000;
/// How many of them happen to one office, one after the other.
const TIMES: u64 = 10;

/// A small source of chance that can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A register of a document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Point {
    doc: String,
    map: &'static str,
    key: String,
}

/// One edit, with what its author held.
struct Edit {
    point: Point,
    value: Value,
    changes: Hashes,
    held: Hashes,
}

/// What a person is looking at: a version, and what was in it.
#[derive(Clone)]
struct Look {
    version: String,
    held: Hashes,
    text: String,
}

/// What is taken out of a world, to see that it is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Editors do not say what they were looking at.
    Careless,
    /// Devices say to have what others have, and not what is here.
    Boastful,
}

struct World {
    dice: Dice,
    homes: Vec<Home>,
    devices: Vec<App>,
    household: String,
    members: Vec<String>,
    notes: Vec<String>,
    round: String,
    edits: Vec<Edit>,
    /// Words that were typed into a note.
    words: Vec<(String, String)>,
    /// The red control: who does not keep to which rule.
    fault: Fault,
    /// Editors that stay open: by device and document.
    open: BTreeMap<(usize, String), Look>,
    bundles: Vec<Vec<u8>>,
    count: usize,
}

fn bytes_of(doc: &str) -> [u8; 16] {
    doc.parse::<domain::DocId>().unwrap().to_bytes()
}

fn held(app: &App, doc: &str) -> Hashes {
    let doc = bytes_of(doc);
    app.store
        .read(|reader| {
            let Some(row) = reader.document(&doc)? else {
                return Ok(Hashes::new());
            };
            Ok::<_, store::Error>(
                reader
                    .changes(&row.vault, &row.doc)?
                    .into_iter()
                    .map(|c| c.hash)
                    .collect(),
            )
        })
        .unwrap()
}

impl World {
    fn new(seed: u64, stores: Stores) -> Self {
        let mut dice = Dice(seed);
        let office = Office::of(2 + dice.below(4), seed, stores);
        Self {
            dice,
            homes: office.homes,
            devices: office.devices,
            household: office.household,
            members: vec![office.member],
            notes: vec![office.note],
            round: office.round,
            edits: Vec::new(),
            words: Vec::new(),
            fault: Fault::None,
            open: BTreeMap::new(),
            bundles: vec![office.bundle],
            count: 0,
        }
    }

    fn device(&mut self) -> usize {
        let count = self.devices.len();
        self.dice.below(count)
    }

    /// What the person at this device is looking at: now, or since an editor was opened.
    fn look(&mut self, at: usize, doc: &str, get: (&str, &str)) -> Option<Look> {
        if let Some(look) = self.open.get(&(at, doc.to_owned())) {
            return Some(look.clone());
        }
        let app = &mut self.devices[at];
        let view = attempt(app, get.0, json!({ get.1: doc })).ok()?;
        Some(Look {
            version: view["version"].as_str()?.to_owned(),
            held: held(app, doc),
            text: view["text"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Opens an editor that stays open while other things happen.
    fn open(&mut self) {
        let at = self.device();
        let (doc, get) = match self.dice.below(4) {
            0 => (Some(self.household.clone()), ("household.get", "id")),
            1 => (Some(self.round.clone()), ("assessment.get", "roundId")),
            _ => (self.known(at, true), ("note.get", "id")),
        };
        if let Some(doc) = doc
            && let Some(look) = self.look(at, &doc, get)
        {
            self.open.insert((at, doc), look);
        }
    }

    fn word(&mut self) -> String {
        self.count += 1;
        format!("《{}》", self.count)
    }

    fn register(
        &mut self,
        at: usize,
        point: Point,
        value: Value,
        op: &str,
        mut arguments: Value,
        look: Option<Look>,
    ) {
        let before = held(&self.devices[at], &point.doc);
        let seen = look
            .as_ref()
            .map_or_else(|| before.clone(), |look| look.held.clone());
        if let Some(look) = look {
            arguments["base"] = json!(look.version);
        }
        call(&mut self.devices[at], op, arguments);
        let after = held(&self.devices[at], &point.doc);
        let changes: Hashes = after.difference(&before).copied().collect();
        if !changes.is_empty() {
            self.edits.push(Edit {
                point,
                value,
                changes,
                held: seen,
            });
        }
    }

    fn edit(&mut self) {
        let at = self.device();
        let stale = self.dice.chance(40);
        match self.dice.below(6) {
            0 => {
                let (doc, value) = (self.household.clone(), self.word());
                let look = if stale {
                    self.look(at, &doc, ("household.get", "id"))
                } else {
                    None
                };
                let point = Point {
                    doc: doc.clone(),
                    map: said::FIELDS,
                    key: "summary".to_owned(),
                };
                let arguments = json!({ "id": doc, "field": "summary", "value": value });
                self.register(at, point, json!(value), "household.update", arguments, look);
            }
            1 => {
                let Some(doc) = self.known(at, false) else {
                    return;
                };
                let value = self.word();
                let point = Point {
                    doc: doc.clone(),
                    map: said::FIELDS,
                    key: "phone".to_owned(),
                };
                let arguments = json!({ "id": doc, "field": "phone", "value": value });
                self.register(at, point, json!(value), "member.update", arguments, None);
            }
            2 => {
                let doc = self.round.clone();
                let item = ["home_need", "health_need", "money_need"][self.dice.below(3)];
                let value = ["none", "concern", "trouble", "urgent"][self.dice.below(4)];
                let look = if stale {
                    self.look(at, &doc, ("assessment.get", "roundId"))
                } else {
                    None
                };
                let point = Point {
                    doc: doc.clone(),
                    map: crate::facts::round::ANSWERS,
                    key: format!("household/{item}"),
                };
                let arguments =
                    json!({ "roundId": doc, "subject": "household", "item": item, "value": value });
                self.register(
                    at,
                    point,
                    json!(value),
                    "assessment.answer",
                    arguments,
                    look,
                );
            }
            3 => {
                let household = self.household.clone();
                let (word, name) = (self.word(), self.word());
                let device = &mut self.devices[at];
                if self.dice.chance(50) {
                    let text = json!({ "householdId": household, "text": word });
                    let note = id(&call(device, "note.create", text));
                    self.words.push((note.clone(), word));
                    self.notes.push(note);
                } else {
                    let person = json!({ "householdId": household, "familyName": name });
                    self.members.push(id(&call(device, "member.add", person)));
                }
            }
            _ => {
                let Some(doc) = self.known(at, true) else {
                    return;
                };
                let Some(look) = self.look(at, &doc, ("note.get", "id")) else {
                    return;
                };
                let word = self.word();
                // Nothing is deleted, so every word that was ever typed must be there in the end.
                let letters: Vec<char> = look.text.chars().collect();
                let place = self.dice.below(letters.len() + 1);
                let inside =
                    letters[..place].iter().rev().find(|c| "《》".contains(**c)) == Some(&'《');
                let place = if inside { letters.len() } else { place };
                let text: String = letters[..place]
                    .iter()
                    .copied()
                    .chain(word.chars())
                    .chain(letters[place..].iter().copied())
                    .collect();
                let mut arguments = json!({ "id": doc, "text": text });
                if self.fault != Fault::Careless {
                    arguments["base"] = json!(look.version);
                }
                call(&mut self.devices[at], "note.edit", arguments);
                self.words.push((doc.clone(), word));
                self.open.remove(&(at, doc));
            }
        }
    }

    /// The program ends and begins again: nothing is remembered but what the store holds.
    fn relaunch(&mut self) {
        let at = self.device();
        let app = self.devices.remove(at);
        let mut seed = [0; 8];
        crate::Environment::fill(&mut Fixed::new(0, self.dice.0), &mut seed);
        let now = NOON + 1_000 * self.count as i64;
        let environment = Fixed::new(now, u64::from_le_bytes(seed));
        let app = self.homes[at].relaunch(app, environment);
        self.devices.insert(at, app);
    }

    /// A note or member that has reached this device.
    fn known(&mut self, at: usize, notes: bool) -> Option<String> {
        let all = if notes { &self.notes } else { &self.members };
        let here: Vec<_> = all
            .iter()
            .filter(|doc| !held(&self.devices[at], doc).is_empty())
            .cloned()
            .collect();
        (!here.is_empty()).then(|| here[self.dice.below(here.len())].clone())
    }

    fn exchange(&mut self) {
        let (from, to) = (self.device(), self.device());
        match self.dice.below(10) {
            // Half a copy.
            0 => {
                let bundle = self.devices[from].bundle_bytes().unwrap();
                let cut = self.dice.below(bundle.len());
                let counter = self.devices[to].store.counter();
                self.devices[to].import_bytes(&bundle[..cut]).unwrap_err();
                assert_eq!(self.devices[to].store.counter(), counter);
            }
            // Something old once more.
            1..=2 => {
                let old = self.bundles[self.dice.below(self.bundles.len())].clone();
                self.devices[to].import_bytes(&old).unwrap();
            }
            // Only some of the records: gaps.
            3..=4 => {
                let dice = &mut self.dice;
                let bundle = self.devices[from]
                    .bundle_in_memory(&LeaveOut::Nothing, || dice.chance(50))
                    .unwrap();
                let brought = self.devices[to].import_bytes(&bundle).unwrap();
                assert_eq!(brought.refused, []);
            }
            // Only what nobody has yet, sometimes with losses.
            5..=7 => {
                let loses = self.dice.chance(30);
                let bundle = self.lacking(from, loses);
                let brought = self.devices[to].import_bytes(&bundle).unwrap();
                assert_eq!(brought.refused, []);
                self.bundles.push(bundle);
            }
            _ => {
                let bundle = self.devices[from].bundle_bytes().unwrap();
                let brought = self.devices[to].import_bytes(&bundle).unwrap();
                assert_eq!(brought.refused, []);
                self.bundles.push(bundle);
            }
        }
    }

    /// A bundle without what all others said to have.
    fn lacking(&mut self, from: usize, loses: bool) -> Vec<u8> {
        if self.fault == Fault::Boastful {
            self.believe_everything(from);
        }
        let dice = &mut self.dice;
        self.devices[from]
            .bundle_in_memory(&LeaveOut::Acknowledged, || !loses || dice.chance(50))
            .unwrap()
    }

    /// Each other device is taken to have said that it has all that is here.
    fn believe_everything(&mut self, from: usize) {
        let others: Vec<_> = self.devices.iter().map(|app| app.identity.device).collect();
        let app = &mut self.devices[from];
        let own = app.identity.device;
        app.store
            .transact(|tx| {
                let has = Ledger::open(tx, NOON)?.vector()?.to_haves();
                for device in others.into_iter().filter(|device| *device != own) {
                    tx.put_peer(&PeerRow {
                        device,
                        merged_at: NOON,
                        has: Some(wire::cbor::to_vec(&has)),
                    })?;
                }
                Ok::<_, AppError>(())
            })
            .unwrap();
    }

    /// Until everybody has everything: each to each in some order, or by way of one of them; and something twice.
    fn meet(&mut self) {
        let count = self.devices.len();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        if self.dice.chance(10) {
            for _ in 0..2 {
                let mut round: Vec<_> = (0..count)
                    .flat_map(|a| (0..count).map(move |b| (a, b)))
                    .collect();
                while !round.is_empty() {
                    pairs.push(round.swap_remove(self.dice.below(round.len())));
                }
            }
        } else {
            let middle = self.device();
            pairs.extend((0..count).map(|other| (other, middle)));
            pairs.extend((0..count).map(|other| (middle, other)));
            pairs.push((self.device(), self.device()));
        }
        let by_word = self.dice.chance(50);
        for (from, to) in pairs.into_iter().filter(|(from, to)| from != to) {
            let bundle = if by_word {
                self.lacking(from, false)
            } else {
                self.devices[from].bundle_bytes().unwrap()
            };
            let brought = self.devices[to].import_bytes(&bundle).unwrap();
            assert_eq!((brought.refused, brought.missing), (Vec::new(), 0));
        }
    }

    /// Gives the number of points on which several values stand.
    fn check(&mut self) -> usize {
        let mut several = 0;
        for device in &mut self.devices {
            let waiting = device.waiting().unwrap();
            assert_eq!(
                (waiting.held, waiting.quarantined, waiting.unsent_changes),
                (0, 0, 0)
            );
        }
        for pair in self.devices.windows(2) {
            assert_same(&pair[0], &pair[1]);
        }
        let household = self.household.clone();
        let views: Vec<_> = self
            .devices
            .iter_mut()
            .map(|device| shared(device, &household))
            .collect();
        assert!(views.windows(2).all(|pair| pair[0] == pair[1]));
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        for (note, word) in &self.words {
            let text = texts.entry(note).or_insert_with(|| {
                let view = call(&mut self.devices[0], "note.get", json!({ "id": note }));
                view["text"].as_str().unwrap().to_owned()
            });
            assert!(text.contains(word), "{word} is lost");
        }
        let points: BTreeSet<_> = self.edits.iter().map(|edit| edit.point.clone()).collect();
        for point in points {
            let edits: Vec<_> = self
                .edits
                .iter()
                .filter(|edit| edit.point == point)
                .collect();
            let superseded = |edit: &Edit| {
                edits
                    .iter()
                    .any(|later| edit.changes.iter().all(|hash| later.held.contains(hash)))
            };
            let expected: BTreeSet<_> = edits
                .iter()
                .filter(|edit| !superseded(edit))
                .map(|edit| edit.value.to_string())
                .collect();
            assert_eq!(self.standing(&point), expected, "{point:?}");
            several += usize::from(expected.len() > 1);
        }
        self.forget_superseded();
        several
    }

    /// What is superseded stays so, whatever comes.
    fn forget_superseded(&mut self) {
        let edits = std::mem::take(&mut self.edits);
        let stands = |edit: &Edit| {
            !edits.iter().any(|later| {
                later.point == edit.point && edit.changes.iter().all(|it| later.held.contains(it))
            })
        };
        let stand: Vec<_> = edits.iter().map(stands).collect();
        let edits = edits.into_iter().zip(stand);
        self.edits = edits
            .filter_map(|(edit, stands)| stands.then_some(edit))
            .collect();
    }

    /// The values that stand in a register on the first device.
    fn standing(&self, point: &Point) -> BTreeSet<String> {
        let doc = bytes_of(&point.doc);
        self.devices[0]
            .store
            .read(|reader| {
                let key = documents::key(&reader.document(&doc)?.unwrap())?;
                let document = documents::load(reader, key)?;
                let said = said::all(&document.view(None), point.map, &point.key);
                let value = |said: said::Said| match said.value {
                    Value::Object(answer) => answer["value"].to_string(),
                    plain => plain.to_string(),
                };
                Ok::<_, AppError>(said.into_iter().map(value).collect())
            })
            .unwrap()
    }
}

/// One world, in which the devices part and meet so many times. Each time is a case.
fn run(seed: u64, stores: Stores, fault: Fault) -> usize {
    let mut world = World::new(seed, stores);
    world.fault = fault;
    let (times, least, more) = match stores {
        Stores::Memory => (TIMES, 2, 12),
        Stores::Disk => (1, 10, 40),
    };
    let mut several = 0;
    for _ in 0..times {
        for _ in 0..least + world.dice.below(more) {
            match world.dice.below(20) {
                0 => world.relaunch(),
                1..3 => world.open(),
                3..13 => world.edit(),
                _ => world.exchange(),
            }
        }
        world.meet();
        several += world.check();
    }
    several
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .and_then(|number| number.parse().ok())
}

/// A quarter of the worlds; four tests of each kind, so that a run uses the machine.
fn quarter(number_of: u64, stores: Stores) {
    let all = match stores {
        Stores::Memory => number("MARUGOTO_CASES").unwrap_or(CASES).div_ceil(TIMES),
        Stores::Disk => number("MARUGOTO_DISK_CASES").unwrap_or(200),
    };
    let cases = all.div_ceil(4);
    let first = number("MARUGOTO_SEED").unwrap_or(0) + number_of * cases;
    let mut several = 0;
    for seed in first..first + cases {
        match std::panic::catch_unwind(|| run(seed, stores, Fault::None)) {
            Ok(points) => several += points,
            Err(_) => panic!("MARUGOTO_SEED={seed} with stores in {stores:?}"),
        }
    }
    assert!(
        several > 0 || cases < 10,
        "so many edits and never two at once"
    );
}

/// `MARUGOTO_CASES` says how many worlds of stores in memory there are, `MARUGOTO_DISK_CASES` how many of stores on the disk.
macro_rules! quarters {
    ($($law:ident = $number:literal, $stores:ident;)+) => {
        $(#[test]
        fn $law() {
            quarter($number, Stores::$stores);
        })+
    };
}

quarters! {
    devices_that_met_show_the_same_and_no_edit_is_lost = 0, Memory;
    devices_that_met_show_the_same_second_quarter = 1, Memory;
    devices_that_met_show_the_same_third_quarter = 2, Memory;
    devices_that_met_show_the_same_last_quarter = 3, Memory;
    the_same_holds_for_stores_on_the_disk = 0, Disk;
    the_same_holds_for_stores_on_the_disk_second_quarter = 1, Disk;
    the_same_holds_for_stores_on_the_disk_third_quarter = 2, Disk;
    the_same_holds_for_stores_on_the_disk_last_quarter = 3, Disk;
}

/// The red control: the model notices when words are lost.
#[test]
fn editors_that_do_not_say_what_they_were_looking_at_lose_words() {
    assert!(is_noticed(Fault::Careless));
}

/// The red control: a record that is acknowledged and not here never comes.
#[test]
fn devices_that_say_to_have_what_they_have_not_lose_words() {
    assert!(is_noticed(Fault::Boastful));
}

fn is_noticed(fault: Fault) -> bool {
    (0..20).any(|seed| std::panic::catch_unwind(|| run(seed, Stores::Memory, fault)).is_err())
}
