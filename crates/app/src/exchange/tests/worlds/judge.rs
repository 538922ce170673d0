//! The end of a world: the network holds, everybody meets, and what must hold is looked at.

use std::collections::BTreeSet;

use serde_json::json;
use store::table::record::RecordRow;
use wire::ids::Device;

use super::super::{changes_opened_by, rows, shared};
use super::Kind;
use super::ways::ALTERED;
use super::world::World;
use crate::{App, ErrorCode};

/// The changes of what is not restricted: two need not be readers of the same.
fn changes_of_all(app: &App) -> BTreeSet<[u8; 32]> {
    let all = app.store.read(|reader| {
        let mut all = BTreeSet::new();
        for row in reader.documents()? {
            if !reader.is_restricted(&row.vault)? {
                let changes = reader.changes(&row.vault, &row.doc)?;
                all.extend(changes.into_iter().map(|change| change.hash));
            }
        }
        Ok::<_, store::Error>(all)
    });
    all.unwrap()
}

impl World {
    pub(super) fn settle(&mut self) {
        for at in 0..self.desks.len() {
            self.release(at);
        }
        self.all_meet();
        if self.kind == Kind::Full && self.dice.roll(2) == 0 {
            self.adopt();
            self.all_meet();
        }
        let altered = self.happened.contains_key(ALTERED);
        if altered || self.homes.iter().any(|home| home.erased.is_some()) {
            // What is erased has its time, on every laptop, and the word of a hub that altered it is doubted.
            for at in 0..self.desks.len() {
                self.pass_days(at, 31);
            }
            self.all_meet();
        }
        self.who_is_out_reads_nothing_later();
    }

    fn all_meet(&mut self) {
        for round in 0..4 {
            for at in 0..self.desks.len() {
                if self.is_out(at) {
                    // What they still have, they hand to the administrator.
                    let bundle = self.desks[at].app.bundle_bytes().unwrap();
                    self.give(0, &bundle);
                    self.sync(at, false);
                } else if self.sync_out(at).is_none() && round > 0 {
                    panic!("{at} is in and exchanges with the hub");
                }
            }
        }
    }

    /// Who is out opens whatever lies about, with all keys that it ever had.
    fn who_is_out_reads_nothing_later(&mut self) {
        let (out, in_): (Vec<_>, Vec<_>) = (0..self.desks.len()).partition(|at| self.is_out(*at));
        for at in in_ {
            let bundle = self.desks[at].app.bundle_bytes().unwrap();
            for to in &out {
                let device = Device::new(self.desks[*to].device);
                let opened = changes_opened_by(&self.desks[*to].app, &bundle);
                let notes = self.written.iter().map(|(text, of)| (text, &of.knew));
                let secrets = self.secrets.iter().map(|of| (&of.text, &of.knew));
                for (text, knew) in notes.chain(secrets) {
                    let holds =
                        |bytes: &Vec<u8>| bytes.windows(text.len()).any(|it| it == text.as_bytes());
                    let later = knew.contains(&device) && opened.iter().any(holds);
                    assert!(!later, "{to} is out and reads {text}");
                }
            }
        }
    }

    /// What one laptop lacks, told before a comparison fails.
    fn explain(&self, at: usize) {
        let (one, two) = (&self.desks[0].app, &self.desks[at].app);
        if changes_of_all(one) == changes_of_all(two) {
            return;
        }
        let places = |app: &App| app.store.read(|reader| reader.record_places()).unwrap();
        let (ours, theirs) = (places(one), places(two));
        for (name, from, to) in [("0", &ours, &theirs), ("other", &theirs, &ours)] {
            for row in from {
                let there = to.iter().find(|it| it.id == row.id);
                let taken = |state: &str| ["own", "applied"].contains(&state);
                if there.is_none_or(|it| taken(&it.state) != taken(&row.state)) {
                    eprintln!(
                        "{name} has {} {}:{} {} {:?}; the other {:?}",
                        Device::new(row.device),
                        row.incarnation,
                        row.seq,
                        row.state,
                        row.reason,
                        there.map(|it| (&it.state, &it.reason)),
                    );
                }
            }
        }
    }

    /// Where the records of one laptop stand at the administrator's.
    fn tell_records_of(&self, at: usize) {
        let store = &self.desks[0].app.store;
        for row in store.read(|reader| reader.record_places()).unwrap() {
            if row.device == self.desks[at].device {
                let RecordRow {
                    incarnation,
                    seq,
                    state,
                    reason,
                    ..
                } = row;
                eprintln!("{incarnation}:{seq} {state} {reason:?}");
            }
        }
    }

    pub(super) fn check(&mut self) {
        for home in 0..self.homes.len() {
            self.nothing_is_lost_of(home);
            for at in 0..self.desks.len() {
                self.reads_what_it_may(at, home);
            }
        }
        for at in (1..self.desks.len())
            .filter(|at| !self.is_out(*at))
            .collect::<Vec<_>>()
        {
            if self.teams.is_empty() {
                self.explain(at);
                let [one, two] = [0, at].map(|at| &self.desks[at].app);
                assert_eq!(changes_of_all(one), changes_of_all(two), "the same changes");
                assert_eq!(rows(one), rows(two), "the same views");
            }
        }
        self.check_files();
        self.check_secrets();
    }

    /// Whatever was written and counts stands before the administrator, who is in all teams.
    fn nothing_is_lost_of(&mut self, home: usize) {
        if self.homes[home].erased.is_some() {
            return;
        }
        let shown = self.texts_of(0, home).unwrap();
        for (text, of) in self.written.iter().filter(|(_, of)| of.home == home) {
            let desk = &self.desks[of.by];
            let counts = match &desk.heard {
                // It lay nowhere else when an old copy took its place.
                _ if of.gone => continue,
                // Who has left and knows it writes for itself alone.
                None => !of.knew.contains(&Device::new(desk.device)),
                Some((heard, _)) if heard.contains(text) => true,
                Some((_, then)) if of.number >= *then => false,
                // Written before, and perhaps here, but not to be read yet.
                Some(_) => continue,
            };
            if shown.contains(text) != counts {
                self.tell_records_of(of.by);
            }
            assert_eq!(
                shown.contains(text),
                counts,
                "{text} of {}, left: {}",
                of.by,
                desk.left
            );
        }
        let own: BTreeSet<_> = self.written.keys().collect();
        assert!(
            shown.iter().all(|text| own.contains(text)),
            "nobody wrote that"
        );
    }

    fn reads_what_it_may(&mut self, at: usize, home: usize) {
        let is_out = self.is_out(at);
        if self.homes[home].erased.is_some() && !is_out {
            let asked = json!({ "id": self.homes[home].id });
            let gone = super::super::attempt(&mut self.desks[at].app, "household.get", asked);
            assert_eq!(
                gone.unwrap_err().code,
                ErrorCode::NotFound,
                "{at} shows what is erased"
            );
            return;
        }
        if is_out || !self.reads(at, home) {
            let device = Device::new(self.desks[at].device);
            for text in self.texts_of(at, home).unwrap_or_default() {
                let of = &self.written[&text];
                let later = of.by != at && is_out && of.knew.contains(&device);
                assert!(!later, "{at} is out and reads {text}");
                assert!(
                    is_out || self.was_for_team_of(at, &text),
                    "{at} is of another team and reads {text}"
                );
            }
            return;
        }
        let id = self.homes[home].id.clone();
        let theirs = shared(&mut self.desks[at].app, &id);
        if theirs != shared(&mut self.desks[0].app, &id) {
            self.explain(at);
        }
        assert_eq!(
            shared(&mut self.desks[0].app, &id),
            theirs,
            "{at} shows the same"
        );
    }

    /// Whether a text was written while the laptop's team had the household, as far as its author knew, or may have come to
    /// it later: with the household, or as late words after it.
    fn was_for_team_of(&self, at: usize, text: &str) -> bool {
        let (of, team) = (&self.written[text], self.desks[at].team);
        let mut later = self.homes[of.home].moves.iter().skip(of.moves);
        of.by == at || of.team == team || later.any(|to| Some(*to) == team)
    }
}
