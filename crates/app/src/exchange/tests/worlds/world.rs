//! The world itself: who is there, what was written, and the steps of its life.

use std::collections::{BTreeMap, BTreeSet};

use domain::DocId;
use serde_json::json;
use store::Store;
use testkit::hub::{Hub, URL};
use wire::directory::Standing;
use wire::ids::Device;

use super::super::teams::{act, open};
use super::super::{NOON, attempt, call, founding, id, joining};
use super::files::Attached;
use super::secrets::Secret;
use super::{Dice, Kind};
use crate::exchange::erase::effect::DAY;
use crate::facts::said::hex;
use crate::hub::{Conversation, talk};
use crate::session::view::ProposeErasure;
use crate::{App, ErrorCode, Fixed};

/// Teams in a world that has some.
const TEAMS: [&str; 2] = ["東", "西"];

/// A laptop, and what the world knows of it.
pub(super) struct Desk {
    pub(super) app: App,
    pub(super) device: [u8; 16],
    /// Its team, by its place; the administrator is in all.
    pub(super) team: Option<usize>,
    /// Shut out: what of it counted with the administrator then, or when it was adopted, and how much had been written in the
    /// world.
    pub(super) heard: Option<(BTreeSet<String>, usize)>,
    pub(super) left: bool,
    pub(super) frozen: bool,
    /// The hub was put back since this laptop last talked to it to the end.
    pub(super) hub_was_put_back: bool,
    pub(super) has_talked: bool,
    copy: Option<Copy>,
}

/// A copy of a whole laptop that somebody keeps.
struct Copy {
    store: Store,
    /// How much had been written in the world.
    written: usize,
    has_talked: bool,
}

/// A household, and who reads it.
pub(super) struct Home {
    pub(super) id: String,
    /// The team that reads it; all, where it is none.
    pub(super) team: Option<usize>,
    /// To which teams it went, one after the other.
    pub(super) moves: Vec<usize>,
    /// The order by which it is erased.
    pub(super) erased: Option<String>,
    /// Some laptop may have destroyed it.
    aged: bool,
}

/// Words that were written.
pub(super) struct Text {
    pub(super) by: usize,
    pub(super) home: usize,
    /// The how-many-th of the world.
    pub(super) number: usize,
    /// How many moves of the household its author had heard of.
    pub(super) moves: usize,
    /// Who was out as far as its author knew.
    pub(super) knew: BTreeSet<Device>,
    /// The team that read the household as far as its author knew.
    pub(super) team: Option<usize>,
    /// It was on no other laptop when an old copy took this one's place.
    pub(super) gone: bool,
}

pub(super) struct World {
    pub(super) kind: Kind,
    pub(super) dice: Dice,
    pub(super) hub: Hub,
    paper: String,
    pub(super) homes: Vec<Home>,
    /// Their ids.
    pub(super) teams: Vec<String>,
    pub(super) desks: Vec<Desk>,
    pub(super) written: BTreeMap<String, Text>,
    pub(super) secrets: Vec<Secret>,
    pub(super) files: Vec<Attached>,
    /// How often something that is rare has come about.
    pub(super) happened: BTreeMap<&'static str, usize>,
    most: usize,
    backups: usize,
    seed: u64,
}

fn desk(app: App, team: Option<usize>) -> Desk {
    Desk {
        device: app.identity.device,
        app,
        team,
        heard: None,
        left: false,
        frozen: false,
        hub_was_put_back: false,
        has_talked: false,
        copy: None,
    }
}

impl World {
    pub(super) fn new(seed: u64, kind: Kind) -> Self {
        let (mut admin, paper) = founding("管理", seed);
        let hub = Hub::default();
        let code = hub.invite();
        let mut dice = Dice(seed);
        let mut homes = vec![home(&mut admin, None)];
        let conversation = Conversation::join(&mut admin, URL, &code).unwrap();
        talk(&mut admin, conversation, &mut hub.line()).unwrap();
        let (mut teams, mut most) = (Vec::new(), super::MOST);
        if kind == Kind::Full {
            if dice.roll(10) == 0 {
                most = super::MOST_OF_ALL;
            }
            if dice.roll(3) > 0 {
                teams.extend(TEAMS.map(|name| open(&mut admin, name)));
                homes.extend((0..teams.len()).map(|at| home(&mut admin, Some((at, &teams[at])))));
            } else {
                homes.push(home(&mut admin, None));
            }
        }
        let mut world = Self {
            kind,
            dice,
            hub,
            paper: crypto::paper::print(&paper).to_string(),
            homes,
            teams,
            desks: vec![desk(admin, None)],
            written: BTreeMap::new(),
            secrets: Vec::new(),
            files: Vec::new(),
            happened: BTreeMap::new(),
            most,
            backups: 0,
            seed,
        };
        world.desks[0].has_talked = true;
        let first = if most > super::MOST { 6 } else { 1 };
        for _ in 0..first + world.dice.roll(2) {
            world.enrol();
        }
        world
    }

    fn enrol(&mut self) {
        let number = self.desks.len();
        let seed = self.seed.wrapping_mul(1009).wrapping_add(number as u64);
        let admin = &mut self.desks[0].app;
        let mut app = joining(admin, &format!("職員{number}"), seed);
        let team = (!self.teams.is_empty()).then(|| number % self.teams.len());
        if let Some(team) = team {
            admin
                .team_act(&act("add", &self.teams[team], &app))
                .unwrap();
        }
        // A first file from the administrator brings the household.
        let bundle = admin.bundle_bytes().unwrap();
        app.import_bytes(&bundle).unwrap();
        self.desks.push(desk(app, team));
    }

    pub(super) fn is_out(&self, at: usize) -> bool {
        self.desks[at].left || self.desks[at].heard.is_some()
    }

    /// Whether a laptop is of a team that reads a household.
    pub(super) fn reads(&self, at: usize, home: usize) -> bool {
        let team = self.homes[home].team;
        at == 0 || team.is_none() || team == self.desks[at].team
    }

    pub(super) fn step(&mut self) {
        let at = self.dice.roll(self.desks.len());
        if self.kind == Kind::Full && self.dice.roll(4) == 0 {
            return self.rarer_step(at);
        }
        let what = self.dice.roll(40);
        tell(at, what);
        match what {
            0..14 => self.write(at),
            14..24 => _ = self.sync(at, true),
            24..31 => self.carry(at),
            31 => {
                self.backups += 1;
                self.hub.back_up(&self.backups.to_string());
            }
            32 => self.put_hub_back(),
            33 => self.freeze(at),
            34 => self.release(at),
            35 => self.take_out(at),
            36 if self.desks.len() < self.most => self.enrol(),
            37 => {
                // A clock that is years off, either way.
                let years = self.dice.roll(21) as i64 - 10;
                self.set_clock(at, NOON + years * 31_556_952_000);
            }
            38 => self.restrict(at),
            39 => self.attach(at),
            _ => {}
        }
    }

    fn rarer_step(&mut self, at: usize) {
        let what = self.dice.roll(22);
        tell(at, 100 + what);
        match what {
            0..6 => self.visit(at),
            6..9 => self.alter(at),
            9..11 => self.move_home(),
            11 => self.erase(),
            12 => self.take_back(),
            13 => self.live_on(at),
            14..17 => self.copy(at),
            17 => self.put_back(at),
            18 => self.restrict(at),
            19 => self.adopt(),
            _ if self.desks.len() < self.most => self.enrol(),
            _ => {}
        }
    }

    pub(super) fn happens(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn set_clock(&mut self, at: usize, now: i64) {
        let seed = self.dice.roll(1 << 30) as u64;
        self.desks[at].app.environment = Box::new(Fixed::new(now, seed));
    }

    fn write(&mut self, at: usize) {
        let number = self.written.len();
        let text = format!("<{at}-{number}>");
        let home = match self.kind {
            Kind::Plain => 0,
            Kind::Full => self.dice.roll(self.homes.len()),
        };
        let out = self.out_as_known(at);
        let team = self.team_as_known(at, home);
        let moves = self.moves_as_known(at, home);
        let note = json!({ "householdId": self.homes[home].id, "text": text });
        match attempt(&mut self.desks[at].app, "note.create", note) {
            Ok(_) => {
                if self.homes[home].team != team && home > 0 {
                    self.happens("words were late");
                }
                let text_of = Text {
                    by: at,
                    home,
                    number,
                    moves,
                    knew: out,
                    team,
                    gone: false,
                };
                self.written.insert(text, text_of);
            }
            Err(error) => {
                // Not here, erased, or with another team now.
                let expected = [ErrorCode::NotFound, ErrorCode::MovedAway];
                assert!(home > 0 && expected.contains(&error.code), "{error:?}");
            }
        }
    }

    /// Who is out, as far as a laptop knows.
    pub(super) fn out_as_known(&self, at: usize) -> BTreeSet<Device> {
        let state = self.desks[at].app.trust.directory.state();
        let out = state.devices.iter();
        out.filter(|(_, member)| member.standing != Standing::Active)
            .map(|(device, _)| *device)
            .collect()
    }

    /// The team that reads a household, as far as a laptop knows.
    fn team_as_known(&mut self, at: usize, home: usize) -> Option<usize> {
        if self.teams.is_empty() || home == 0 {
            return None;
        }
        let asked = json!({ "id": self.homes[home].id });
        let view = attempt(&mut self.desks[at].app, "household.get", asked).ok()?;
        let team = view["team"]["id"].as_str()?;
        self.teams.iter().position(|known| known == team)
    }

    fn moves_as_known(&mut self, at: usize, home: usize) -> usize {
        let asked = json!({ "id": self.homes[home].id });
        let view = attempt(&mut self.desks[at].app, "household.get", asked);
        view.ok()
            .and_then(|view| Some(view["teamMoves"].as_array()?.len()))
            .unwrap_or_default()
    }

    fn put_hub_back(&mut self) {
        if self.backups == 0 {
            return;
        }
        let backup = 1 + self.dice.roll(self.backups);
        let said = self.dice.roll(2) == 0;
        self.hub.restore(&backup.to_string(), said);
        for desk in &mut self.desks {
            // Put back without a word, it may be just what this laptop knew.
            desk.hub_was_put_back = said && desk.has_talked;
        }
    }

    fn freeze(&mut self, at: usize) {
        if at > 0 && !self.is_out(at) {
            let device = self.desks[at].device;
            self.desks[0].app.freeze_device(device).unwrap();
            self.desks[at].frozen = true;
        }
    }

    pub(super) fn release(&mut self, at: usize) {
        if self.desks[at].frozen && !self.is_out(at) {
            let device = self.desks[at].device;
            self.desks[0].app.release_device(device).unwrap();
            self.desks[at].frozen = false;
        }
    }

    fn take_out(&mut self, at: usize) {
        if at == 0 || self.is_out(at) {
            return;
        }
        let device = self.desks[at].device;
        if self.dice.roll(2) == 0 {
            self.desks[0].app.device_has_left(device).unwrap();
            self.desks[at].left = true;
            return;
        }
        let heard = self.texts(0).into_iter();
        let heard = heard.filter(|text| self.written[text].by == at).collect();
        self.desks[0]
            .app
            .revoke_device(device, Some(&self.paper))
            .unwrap();
        self.desks[at].heard = Some((heard, self.written.len()));
    }

    /// Lets count what the administrator has of those who are shut out.
    pub(super) fn adopt(&mut self) {
        for at in 0..self.desks.len() {
            if self.desks[at].heard.is_none() {
                continue;
            }
            let device = self.desks[at].device;
            if self.desks[0].app.adopt_from(device).unwrap().0 == 0 {
                continue;
            }
            // What is not shown yet may rest on something that still comes.
            let shown = self.texts(0).into_iter();
            let heard = shown.filter(|text| self.written[text].by == at).collect();
            self.desks[at].heard = Some((heard, self.written.len()));
            self.happens("late words were adopted");
        }
    }

    /// One of the households that may go to another team, or go altogether.
    fn some_home(&mut self) -> usize {
        1 + self.dice.roll(self.homes.len() - 1)
    }

    fn move_home(&mut self) {
        let home = self.some_home();
        let Some(from) = self.homes[home]
            .team
            .filter(|_| self.homes[home].erased.is_none())
        else {
            return;
        };
        let to = (from + 1) % self.teams.len();
        let asked = json!({ "id": self.homes[home].id, "team": self.teams[to], "reason": "転居" });
        call(&mut self.desks[0].app, "household.moveTeam", asked);
        let home = &mut self.homes[home];
        home.team = Some(to);
        home.moves.push(to);
        self.happens("a household went to another team");
    }

    fn erase(&mut self) {
        let home = self.some_home();
        if self.homes[home].erased.is_some() {
            return;
        }
        let asked = ProposeErasure {
            household_id: Some(self.homes[home].id.parse::<DocId>().unwrap()),
            documents: Vec::new(),
            reason: "保存期間の満了".to_owned(),
            basis: "文書管理規程".to_owned(),
            asked_by: String::new(),
            field: None,
        };
        self.files_are_ordered(home);
        let admin = &mut self.desks[0].app;
        let (list, _) = admin.erase_propose(&asked).unwrap();
        let proposed = list.items.iter().find(|it| it.state == "proposed").unwrap();
        admin.erase_sign(&proposed.id, Some(&self.paper)).unwrap();
        // When it is signed it gets its date, and with it its name.
        let hidden = admin.erasures().unwrap().items;
        let known: Vec<_> = self
            .homes
            .iter()
            .filter_map(|it| it.erased.clone())
            .collect();
        let new = hidden
            .into_iter()
            .find(|it| it.state == "hidden" && !known.contains(&it.id));
        let home = &mut self.homes[home];
        (home.erased, home.aged) = (Some(new.unwrap().id), false);
        self.happens("a household was erased");
    }

    /// Takes an erasure back, while no laptop can have destroyed anything yet.
    fn take_back(&mut self) {
        let home = self.some_home();
        let home = &mut self.homes[home];
        let aged = home.aged;
        if let Some(order) = home.erased.take_if(|_| !aged) {
            self.desks[0].app.erase_cancel(&order).unwrap();
            // Nobody orders the same again in the same millisecond: it would have the name of the one that was taken back.
            let later = self.desks[0].app.environment.now() + 1;
            self.set_clock(0, later);
            self.happens("an erasure was taken back");
        }
    }

    /// Days pass on a laptop, on which it is used.
    fn live_on(&mut self, at: usize) {
        let days = 1 + self.dice.roll(40);
        self.pass_days(at, days);
    }

    pub(super) fn pass_days(&mut self, at: usize, days: usize) {
        for home in &mut self.homes {
            home.aged |= home.erased.is_some();
        }
        for _ in 0..days {
            let now = self.desks[at].app.environment.now() + DAY;
            self.set_clock(at, now);
            self.desks[at].app.after_erasures().unwrap();
        }
    }

    /// Somebody copies a whole laptop.
    fn copy(&mut self, at: usize) {
        let desk = &mut self.desks[at];
        desk.copy = Some(Copy {
            store: desk.app.store.ephemeral_copy().unwrap(),
            written: self.written.len(),
            has_talked: desk.has_talked,
        });
    }

    /// The copy takes the laptop's place: what of it lay nowhere else is gone.
    fn put_back(&mut self, at: usize) {
        if at == 0 || self.desks[at].copy.is_none() {
            return;
        }
        let others = (0..self.desks.len()).filter(|other| *other != at);
        let kept: BTreeSet<String> = others
            .collect::<Vec<_>>()
            .into_iter()
            .flat_map(|other| self.texts(other))
            .collect();
        let seed = self.dice.roll(1 << 30) as u64;
        let desk = &mut self.desks[at];
        let Some(copy) = &desk.copy else { return };
        let store = copy.store.ephemeral_copy().unwrap();
        let now = desk.app.environment.now();
        desk.app = App::open(store, Box::new(Fixed::new(now, seed))).unwrap();
        (desk.has_talked, desk.hub_was_put_back) = (copy.has_talked, false);
        for (text, of) in &mut self.written {
            of.gone |= of.by == at && of.number >= copy.written && !kept.contains(text);
        }
        for of in &mut self.secrets {
            of.gone |= of.by == at && of.number >= copy.written;
        }
        for of in &mut self.files {
            of.gone |= of.by == at && of.number >= copy.written;
        }
        self.happens("an old copy took a laptop's place");
    }

    /// What a laptop shows of one household; nothing where it has none.
    pub(super) fn texts_of(&mut self, at: usize, home: usize) -> Option<BTreeSet<String>> {
        let household = json!({ "id": self.homes[home].id });
        let view = attempt(&mut self.desks[at].app, "household.get", household).ok()?;
        let notes = view["notes"].as_array().unwrap().iter();
        Some(
            notes
                .map(|note| note["text"].as_str().unwrap().to_owned())
                .collect(),
        )
    }

    /// What a laptop shows of all.
    pub(super) fn texts(&mut self, at: usize) -> BTreeSet<String> {
        (0..self.homes.len())
            .filter_map(|home| self.texts_of(at, home))
            .flatten()
            .collect()
    }
}

fn home(admin: &mut App, team: Option<(usize, &String)>) -> Home {
    let wish = match team {
        Some((_, team)) => json!({ "name": "みほん家", "team": team }),
        None => {
            let office = hex(&admin.identity.office_vault);
            json!({ "name": "みほん家", "team": office })
        }
    };
    Home {
        id: id(&call(admin, "household.create", wish)),
        team: team.map(|(at, _)| at),
        moves: Vec::new(),
        erased: None,
        aged: false,
    }
}

fn tell(at: usize, what: usize) {
    if std::env::var_os("MARUGOTO_TELL").is_some() {
        eprintln!("{at}: {what}");
    }
}
