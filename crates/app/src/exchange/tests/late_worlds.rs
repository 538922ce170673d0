//! Small worlds of three teams: a household goes from one to the next while people are away, come into teams and leave them,
//! and nobody has heard of all of it. The teams share nobody; or somebody is in two of them for a while. One seed, one world.
//!
//! What must hold once everybody has met:
//!
//! - whoever reads the household then shows every word that was ever written in it, and all of them the same;
//! - nobody opens a word whose author knew that they read it no more, as long as it did not come to them later. Words of
//!   somebody who went out of the team as well, before they were sealed, are left out: they lie under the keys of before.
//!
//! `MARUGOTO_WORLDS` sets how many, `MARUGOTO_SEED` the first; a failure prints its seed.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::thread::LocalKey;

use serde_json::json;
use wire::ids::{Device, Hash};

use super::carry::{moved, notes};
use super::teams::{act, open};
use super::worlds::Dice;
use super::*;
use crate::ErrorCode;
use crate::exchange::carry::tests::STAYS_ABROAD;
use crate::exchange::export::LeaveOut;
use crate::facts::said::unhex;
use crate::trust::keys::tests::SEES_OWN_ALONE;
use crate::trust::late::tests::{HANDS_NOTHING_ON, KEEPS_KEY};

const WORLDS: u64 = 3;
/// Worlds in which something was wrong once.
const ONCE_FAILED: [u64; 3] = [76, 112, 141];
const ONCE_FAILED_SHARING: [u64; 1] = [150];
const STEPS: usize = 40;
const TEAMS: [&str; 3] = ["東", "西", "北"];
/// Of each laptop its team; the first of each team stays in it and may move what it has.
const OF: [usize; 8] = [0, 0, 0, 1, 1, 2, 2, 0];
/// The administrator, who is in the first team until somebody takes it out.
const ADMIN: usize = 7;

#[derive(Debug)]
struct Text {
    by: usize,
    step: usize,
    /// The team that read the household, and who was in it, as far as its author knew.
    team: usize,
    members: BTreeSet<usize>,
    /// Of whom its author had not heard that they came into that team or went out of it.
    unheard: BTreeSet<usize>,
    /// How many moves its author had heard of.
    moves: usize,
}

struct World {
    dice: Dice,
    desks: Vec<App>,
    teams: Vec<String>,
    home: Value,
    written: BTreeMap<String, Text>,
    moves: Vec<usize>,
    /// Whether somebody comes into a second team now and then.
    shares: bool,
    /// The last step at which each laptop was in each team; none where it never was.
    last_in: [[Option<usize>; TEAMS.len()]; OF.len()],
    is_in: [[bool; TEAMS.len()]; OF.len()],
    was_out: [bool; OF.len()],
    /// Who came into which team or went out of it, by the operation.
    acts: Vec<(usize, usize, Hash)>,
    step: usize,
}

/// The beginning of all worlds: everybody has the same, and the first team has a household.
struct Beginning {
    desks: Vec<App>,
    teams: Vec<String>,
    home: Value,
}

fn beginning() -> Beginning {
    let (mut admin, _) = founding("管理", 77);
    let teams: Vec<String> = TEAMS.map(|name| open(&mut admin, name)).into();
    let mut desks = Vec::new();
    for (number, team) in OF.iter().enumerate().filter(|(at, _)| *at != ADMIN) {
        let role = if is_first(number) {
            "supervisor"
        } else {
            "worker"
        };
        let seed = 7_700 + number as u64;
        let mut app = joining_as(&mut admin, &format!("職員{number}"), role, seed);
        admin.team_act(&act("add", &teams[*team], &app)).unwrap();
        give(&mut admin, &mut app);
        desks.push(app);
    }
    for team in &teams[1..] {
        admin.team_act(&act("remove", team, &admin)).unwrap();
    }
    let asked = json!({ "name": "移る家", "team": teams[0] });
    let home = call(&mut desks[0], "household.create", asked);
    desks.push(admin);
    for _ in 0..2 {
        meet(&mut desks);
    }
    Beginning { desks, teams, home }
}

/// Whether it is the first laptop of its team.
fn is_first(at: usize) -> bool {
    OF.iter().position(|of| *of == OF[at]) == Some(at)
}

/// Everybody's file to everybody, each of what not all are known to have.
fn meet(desks: &mut [App]) {
    for from in 0..desks.len() {
        let bundle = desks[from].bundle_in_memory(&LeaveOut::Acknowledged, || true);
        let bundle = bundle.unwrap();
        for to in (0..desks.len()).filter(|to| *to != from) {
            desks[to].import_bytes(&bundle).unwrap();
        }
    }
}

impl World {
    fn new(from: &Beginning, seed: u64, shares: bool) -> Self {
        let copy = |(number, app): (usize, &App)| {
            let store = app.store.ephemeral_copy().unwrap();
            let seed = seed.wrapping_mul(97) + number as u64;
            App::open(store, Box::new(Fixed::new(NOON + 1_000, seed))).unwrap()
        };
        Self {
            dice: Dice(seed),
            desks: from.desks.iter().enumerate().map(copy).collect(),
            teams: from.teams.clone(),
            home: from.home.clone(),
            written: BTreeMap::new(),
            moves: Vec::new(),
            shares,
            last_in: OF.map(|of| [0, 1, 2].map(|team| (team == of).then_some(0))),
            is_in: OF.map(|of| [0, 1, 2].map(|team| team == of)),
            was_out: [false; OF.len()],
            acts: Vec::new(),
            step: 0,
        }
    }

    fn live(&mut self) {
        for step in 1..=STEPS {
            self.step = step;
            let last = self.last_in.iter_mut().flatten();
            for (last, _) in last.zip(self.is_in.iter().flatten()).filter(|it| *it.1) {
                *last = Some(step);
            }
            let at = self.dice.roll(OF.len());
            let what = self.dice.roll(20);
            tell(at, what);
            match what {
                0..7 => self.write(at),
                7..14 => self.give(at),
                14 => _ = self.desks[at].bundle_bytes().unwrap(),
                15..17 => self.come_or_go(at),
                _ => self.move_on(),
            }
        }
    }

    fn view(&mut self, at: usize) -> Option<Value> {
        let asked = json!({ "id": id(&self.home) });
        attempt(&mut self.desks[at], "household.get", asked).ok()
    }

    /// The team that reads it and how often it moved, as far as a laptop knows.
    fn known(&mut self, at: usize) -> Option<(usize, usize)> {
        let view = self.view(at)?;
        let team = view["local"]["movedTo"]["id"].as_str();
        let team = team.or_else(|| view["team"]["id"].as_str())?;
        let team = self.teams.iter().position(|known| known == team)?;
        Some((team, view["teamMoves"].as_array()?.len()))
    }

    fn write(&mut self, at: usize) {
        let Some((team, moves)) = self.known(at) else {
            return;
        };
        let office = self.desks[at].trust.directory.state();
        let group = wire::ids::Group::new(unhex(&self.teams[team]).unwrap());
        let is_in = |other: &usize| {
            let device = Device::new(self.desks[*other].identity.device);
            office.is_member(device, group)
        };
        let members: BTreeSet<usize> = (0..OF.len()).filter(is_in).collect();
        // Whoever knows that it is out writes for itself alone.
        if !members.contains(&at) {
            return;
        }
        let directory = &self.desks[at].trust.directory;
        let known: BTreeSet<Hash> = directory.ops().map(wire::directory::Op::id).collect();
        let acts = self.acts.iter();
        let unheard = acts
            .filter(|(_, of, op)| *of == team && !known.contains(op))
            .map(|(who, ..)| *who)
            .collect();
        let text = format!("<{at}-{}>", self.written.len());
        let asked = json!({ "householdId": id(&self.home), "text": text });
        if let Err(error) = attempt(&mut self.desks[at], "note.create", asked) {
            assert_eq!(error.code, ErrorCode::MovedAway);
            return;
        }
        let of = Text {
            by: at,
            step: self.step,
            team,
            members,
            unheard,
            moves,
        };
        if std::env::var_os("MARUGOTO_TELL").is_some() {
            eprintln!("{text}");
        }
        self.written.insert(text, of);
    }

    fn give(&mut self, from: usize) {
        let to = self.dice.roll(OF.len());
        let bundle = self.desks[from].bundle_bytes().unwrap();
        if to != from {
            self.desks[to].import_bytes(&bundle).unwrap();
        }
    }

    /// Somebody goes out of a team, or comes into it.
    fn come_or_go(&mut self, at: usize) {
        let team = if self.shares {
            self.dice.roll(TEAMS.len())
        } else {
            OF[at]
        };
        if is_first(at) && team == OF[at] {
            return;
        }
        let word = if self.is_in[at][team] {
            "remove"
        } else {
            "add"
        };
        let act = act(word, &self.teams[team], &self.desks[at]);
        self.desks[ADMIN].team_act(&act).unwrap();
        let heads = self.desks[ADMIN].trust.directory.heads();
        self.acts.extend(heads.iter().map(|op| (at, team, *op)));
        self.is_in[at][team] = !self.is_in[at][team];
        self.last_in[at][team] = Some(self.step);
        self.was_out[at] = true;
        if std::env::var_os("MARUGOTO_TELL").is_some() {
            eprintln!("{at} {word} {team}");
        }
    }

    /// Whoever leads the team that has it lets it go to another.
    fn move_on(&mut self) {
        let has = self.moves.last().copied().unwrap_or_default();
        let mut at = OF.iter().position(|of| *of == has).unwrap();
        if self.shares {
            let leads = |at: &usize| is_first(*at) && self.is_in[*at][has];
            let leads: Vec<usize> = (0..OF.len()).filter(leads).collect();
            at = leads[self.dice.roll(leads.len())];
        }
        let to = (has + 1 + self.dice.roll(TEAMS.len() - 1)) % TEAMS.len();
        if self
            .known(at)
            .is_none_or(|(team, moves)| team != has || moves != self.moves.len())
        {
            return;
        }
        let (home, team) = (self.home.clone(), self.teams[to].clone());
        if self.shares && !self.leads(at, has) {
            return;
        }
        moved(&mut self.desks[at], &home, &team);
        self.moves.push(to);
        if std::env::var_os("MARUGOTO_TELL").is_some() {
            eprintln!("{at} moves it to {to}");
        }
    }

    /// Whether a laptop knows that it is in the team, and has come to it.
    fn leads(&mut self, at: usize, team: usize) -> bool {
        let view = self.view(at);
        view.is_some_and(|view| {
            view["local"]["movedTo"].is_null() && view["team"]["id"] == json!(self.teams[team])
        })
    }

    fn check(&mut self) {
        let has = self.moves.last().copied().unwrap_or_default();
        let want: Vec<String> = self.written.keys().cloned().collect();
        let first = OF.iter().position(|of| *of == has).unwrap();
        let theirs = shared(&mut self.desks[first], &id(&self.home));
        for at in (0..OF.len()).filter(|at| self.is_in[*at][has]) {
            let shown = notes(&mut self.desks[at], &self.home);
            assert_eq!(
                shown, want,
                "{at} has all: {:?}, {:?}",
                self.moves, self.written
            );
            let shown = shared(&mut self.desks[at], &id(&self.home));
            assert_eq!(shown, theirs, "{at} shows the same");
        }
        let mut files = Vec::new();
        for app in self
            .desks
            .iter_mut()
            .zip(0..)
            .filter(|(_, at)| is_first(*at))
        {
            files.push(app.0.bundle_bytes().unwrap());
        }
        for at in 0..OF.len() {
            let mut texts: BTreeSet<String> = self
                .view(at)
                .map(|_| notes(&mut self.desks[at], &self.home))
                .into_iter()
                .flatten()
                .collect();
            // What lies about besides, in somebody's hands who keeps every key that it ever had.
            let of = self
                .teams
                .iter()
                .zip(self.last_in[at])
                .filter(|it| it.1.is_some());
            let ways = of.flat_map(|(team, _)| files.iter().map(move |file| (file, team)));
            for (file, team) in ways {
                for bytes in changes_opened_by_team(&self.desks[at], file, team) {
                    let found = String::from_utf8_lossy(&bytes).into_owned();
                    let texts_in = self.written.keys().filter(|text| found.contains(*text));
                    texts.extend(texts_in.cloned());
                }
            }
            for text in texts {
                let of = &self.written[&text];
                assert!(
                    self.may_read(at, of),
                    "{at} reads {text} too late, after {:?}: {of:?}",
                    self.moves
                );
            }
        }
    }

    /// Whether its author took this laptop for a reader, or it may have come to it later.
    fn may_read(&self, at: usize, of: &Text) -> bool {
        let last_in = self.last_in[at];
        let came_back = self.is_in[at][of.team] || last_in[of.team] >= Some(of.step);
        let unheard = of.unheard.contains(&at) && last_in[of.team].is_some();
        let later = self.moves.iter().skip(of.moves);
        let went_there = later.copied().any(|to| last_in[to].is_some());
        let by = self.was_out[of.by] || of.by == at;
        by || of.members.contains(&at) || unheard || came_back || went_there
    }
}

fn tell(at: usize, what: usize) {
    if std::env::var_os("MARUGOTO_TELL").is_some() {
        eprintln!("{at}: {what}");
    }
}

fn run(from: &Beginning, seed: u64, shares: bool) {
    let mut world = World::new(from, seed, shares);
    world.live();
    for _ in 0..3 {
        meet(&mut world.desks);
    }
    world.check();
}

fn found_out(from: &Beginning, seed: u64, shares: bool) -> Option<String> {
    let lived = std::panic::AssertUnwindSafe(|| run(from, seed, shares));
    let panic = std::panic::catch_unwind(lived).err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

fn from_environment(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn in_every_world_of_parted_teams_no_word_is_lost_and_none_is_read_too_late() {
    all_hold(&ONCE_FAILED, false);
}

#[test]
fn nor_in_those_where_somebody_is_in_two_teams_for_a_while() {
    all_hold(&ONCE_FAILED_SHARING, true);
}

fn all_hold(once_failed: &[u64], shares: bool) {
    let from = beginning();
    let first = from_environment("MARUGOTO_SEED", 0);
    let all = first..first + from_environment("MARUGOTO_WORLDS", WORLDS);
    for seed in once_failed.iter().copied().chain(all) {
        if let Some(how) = found_out(&from, seed, shares) {
            panic!("world {seed}: {how}");
        }
    }
}

/// The red controls: without the boxes a word is lost; under the key of before, or in the lane in which a case came, somebody
/// reads one who should not.
#[test]
fn without_a_protection_a_world_of_parted_teams_is_found_out() {
    let from = beginning();
    let find = |out: &'static LocalKey<Cell<bool>>, seed: u64, shares: bool, why: &str| {
        out.set(true);
        let found = found_out(&from, seed, shares).is_some_and(|how| how.contains(why));
        out.set(false);
        assert!(found, "world {seed}: {why}");
    };
    find(&HANDS_NOTHING_ON, 12, false, "has all");
    find(&KEEPS_KEY, 18, false, "too late");
    find(&STAYS_ABROAD, 112, false, "too late");
    find(&SEES_OWN_ALONE, 150, true, "too late");
}
