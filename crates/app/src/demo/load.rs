//! Households by the thousand, as a load: plausible, varied, and the same for the same seed.
//!
//! Each household is one transaction, below the operations: their views would take longer than the writing. Names here are common ones, so that lists and search meet what they meet in an
//! office: the same surname many times, variants of one character, readings that differ.

use domain::{Direction, DocId, Timestamp, Zone};
use record::{Edit, Kind, Statement};
use serde::Deserialize;
use serde_json::json;

use super::{Chance, DAY};
use crate::App;
use crate::environment::{Environment as _, Fixed};
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::case::MEMBERS;
use crate::facts::round::{ANSWERS, Answer};
use crate::facts::said::{FIELDS, HOUSEHOLD};
use crate::ops::member;
use crate::write::{Write, put};

/// How many days back the oldest household goes.
const SPAN: usize = 720;
/// Notes of a household.
const NOTES: i64 = 9;

/// Adds `count` households, each in one transaction.
pub(super) fn load(app: &mut App, count: u32, chance: &Chance, now: i64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let words: Words = serde_json::from_str(include_str!("../../demo/load.json"))?;
    for number in 0..count {
        let mut draw = Draw(Fixed::new(0, chance.stream("draw", number.into())));
        let begin = now - i64::from(draw.below(SPAN) + 30) * DAY;
        app.environment = chance.at("load", number.into(), begin);
        let plan = Plan {
            words: &words,
            number,
            begin,
            now,
        };
        app.apply("household.create", |w| plan.write(w, &mut draw))?;
    }
    Ok(())
}

/// What a household is made from.
#[derive(Deserialize)]
struct Words {
    families: Vec<(String, String)>,
    men: Vec<(String, String)>,
    women: Vec<(String, String)>,
    areas: Vec<String>,
    /// Roles of the members.
    homes: Vec<Vec<String>>,
    stages: Vec<String>,
    methods: Vec<String>,
    needs: Vec<String>,
    levels: Vec<String>,
    facts: Vec<String>,
    quotes: Vec<String>,
    others: Vec<String>,
    views: Vec<String>,
    places: Vec<String>,
}

/// One household of the load.
struct Plan<'a> {
    words: &'a Words,
    number: u32,
    begin: i64,
    now: i64,
}

/// Where its documents go.
struct Home {
    vault: [u8; 16],
    case: DocId,
}

/// Somebody of it.
struct Person {
    id: DocId,
    given: String,
}

impl Plan<'_> {
    fn write(&self, w: &mut Write<'_, '_>, draw: &mut Draw) -> Result<()> {
        let words = self.words;
        let family = draw.of(&words.families);
        let vault = w.open_vault(None)?;
        // A few are due today, a few are late; most have their next day within two months, or none.
        let next = match self.number % 200 {
            0 => Some(0),
            1 => Some(-2),
            _ => Some(i64::from(draw.below(150))).filter(|days| (1..=60).contains(days)),
        };
        let fields = vec![
            (
                "name",
                json!(family.map(|(name, _)| format!("{name}さんの世帯"))),
            ),
            ("kana", json!(family.map(|(_, kana)| kana))),
            ("areaId", json!(draw.of(&words.areas))),
            ("leadWorkerId", json!(w.identity.worker)),
            ("stage", json!(draw.of(&words.stages))),
            ("summary", json!(draw.of(&words.views))),
            ("nextOn", json!(next.map(|days| day(self.now + days * DAY)))),
        ];
        let case = w.begin(Kind::Case, vault, fields, None)?;
        let home = Home {
            vault,
            case: DocId::from_bytes(case),
        };
        let mut people = Vec::new();
        let mut edges = Vec::new();
        for role in draw.of(&words.homes).into_iter().flatten() {
            let person = self.person(w, draw, &home, family, role)?;
            edges.push(put(MEMBERS, format!("{}/added", person.id), json!(true)));
            edges.push(put(MEMBERS, format!("{}/role", person.id), json!(role)));
            people.push(person);
        }
        w.edit(&case, Kind::Case, None, &edges)?;
        self.round(w, draw, &home, &people)?;
        let step = (self.now - self.begin) / (NOTES + 1);
        for number in 1..=NOTES {
            w.now = self.begin + number * step;
            self.note(w, draw, &home, &people)?;
        }
        // A load is nothing that anybody takes back.
        w.steps.clear();
        Ok(())
    }

    fn person(
        &self,
        w: &mut Write<'_, '_>,
        draw: &mut Draw,
        home: &Home,
        family: Option<&(String, String)>,
        role: &str,
    ) -> Result<Person> {
        let (woman, age) = match role {
            "grandmother" => (true, 78 + draw.below(15)),
            "mother" => (true, 66 + draw.below(20)),
            "father" => (false, 68 + draw.below(20)),
            "spouse" => (true, 36 + draw.below(25)),
            "daughter" => (true, 2 + draw.below(20)),
            "son" => (false, 2 + draw.below(20)),
            _ => (draw.below(2) == 0, 38 + draw.below(25)),
        };
        let given = draw.of(if woman {
            &self.words.women
        } else {
            &self.words.men
        });
        let birth = match draw.below(10) {
            0 if age >= 20 => format!("{}代", age / 10 * 10),
            _ => day(self.now - i64::from(age * 365 + draw.below(365)) * DAY),
        };
        let phone = (draw.below(3) == 0)
            .then(|| format!("000-{:04}-{:04}", draw.below(10_000), draw.below(10_000)));
        let fields = vec![
            (HOUSEHOLD, json!(home.case)),
            ("familyName", json!(family.map(|(name, _)| name))),
            ("givenName", json!(given.map(|(name, _)| name))),
            ("familyKana", json!(family.map(|(_, kana)| kana))),
            ("givenKana", json!(given.map(|(_, kana)| kana))),
            (
                "birth",
                json!(member::read_date(&w.look(), &birth, Direction::Past)?),
            ),
            ("sex", json!(if woman { "female" } else { "male" })),
            ("phone", json!(phone)),
        ];
        let id = w.begin(Kind::Person, home.vault, fields, None)?;
        Ok(Person {
            id: DocId::from_bytes(id),
            given: given.map(|(name, _)| name.clone()).unwrap_or_default(),
        })
    }

    /// A round with some answers about everybody, written down at one sitting.
    fn round(
        &self,
        w: &mut Write<'_, '_>,
        draw: &mut Draw,
        home: &Home,
        people: &[Person],
    ) -> Result<()> {
        let today = w.look().today();
        let pack = packs::registry().offered("marugoto-household", today);
        let pack = pack
            .map_err(|error| AppError::new(ErrorCode::UnknownPack).because(error))?
            .reference();
        let fields = vec![(HOUSEHOLD, json!(home.case)), ("pack", json!(pack))];
        let round = w.begin(Kind::Round, home.vault, fields, None)?;
        let subjects = people
            .iter()
            .map(|person| person.id.to_string())
            .chain(["household".to_owned()]);
        let mut answers = Vec::new();
        for subject in subjects {
            for item in &self.words.needs {
                let (state, value) = match draw.below(8) {
                    0 => continue,
                    1 => ("unasked", None),
                    2 => ("declined", None),
                    _ => ("answered", draw.of(&self.words.levels)),
                };
                let answer = Answer {
                    value: json!(value),
                    state: state.to_owned(),
                    basis: "voiced".to_owned(),
                    observed_on: None,
                    certainty: None,
                };
                answers.push(put(ANSWERS, format!("{subject}/{item}"), json!(answer)));
            }
        }
        w.edit(&round, Kind::Round, None, &answers)
    }

    /// A note of a few statements, confirmed.
    fn note(
        &self,
        w: &mut Write<'_, '_>,
        draw: &mut Draw,
        home: &Home,
        people: &[Person],
    ) -> Result<()> {
        let words = self.words;
        let parts = [
            ("fact", &words.facts),
            ("fact", &words.facts),
            ("person", &words.quotes),
            ("other", &words.others),
            ("fact", &words.facts),
            ("person", &words.quotes),
            ("view", &words.views),
        ];
        let person = draw.of(people);
        let member_ids: Vec<String> = person.iter().map(|person| person.id.to_string()).collect();
        let mut text = String::new();
        let mut marks = Vec::new();
        for (kind, pool) in parts {
            if draw.below(6) == 0 {
                continue;
            }
            if !text.is_empty() {
                text.push('\n');
            }
            let start = text.chars().count();
            text.push_str(&self.sentence(draw, pool, person));
            let statement = Statement {
                kind: kind.to_owned(),
                member_ids: member_ids.clone(),
                source: None,
                observed_on: None,
                secrecy: None,
            };
            marks.push(Edit::Mark {
                start,
                end: text.chars().count(),
                statement,
            });
        }
        let fields = vec![
            (HOUSEHOLD, json!(home.case)),
            ("method", json!(draw.of(&words.methods))),
            ("memberIds", json!(member_ids)),
        ];
        let note = w.begin(Kind::Note, home.vault, fields, Some(text))?;
        w.edit(&note, Kind::Note, None, &marks)?;
        let version = w.read(&note, Kind::Note)?.version().to_string();
        w.edit(
            &note,
            Kind::Note,
            None,
            &[put(FIELDS, "confirmed", json!({ "version": version }))],
        )
    }

    /// A sentence with its gaps filled.
    fn sentence(&self, draw: &mut Draw, pool: &[String], person: Option<&Person>) -> String {
        let text = draw.of(pool).map(String::as_str).unwrap_or_default();
        text.replace(
            "{名}",
            person
                .map(|person| person.given.as_str())
                .unwrap_or_default(),
        )
        .replace(
            "{所}",
            draw.of(&self.words.places)
                .map(String::as_str)
                .unwrap_or_default(),
        )
        .replace("{月}", &(draw.below(12) + 1).to_string())
        .replace("{数}", &(draw.below(8) + 2).to_string())
    }
}

fn day(at: i64) -> String {
    Zone::TOKYO.day_of(Timestamp::from_millis(at)).to_string()
}

/// Draws from lists, the same for the same stream.
struct Draw(Fixed);

impl Draw {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        let end = u32::try_from(end).unwrap_or(u32::MAX).max(1);
        u32::from_be_bytes(bytes) % end
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let place = self.below(list.len());
        list.get(usize::try_from(place).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::tests::founding;

    #[test]
    fn each_household_is_one_transaction() {
        let (mut app, _) = founding("佐藤", 1);
        let before = app.store.counter();
        load(&mut app, 7, &Chance { seed: 1 }, 1_795_396_500_000).unwrap();
        assert_eq!(app.store.counter() - before, 7);
        // Control: what the operations would take for one household with one note.
        let before = app.store.counter();
        let household =
            crate::ops::call(&mut app, "household.create", serde_json::json!({})).unwrap();
        let note = serde_json::json!({ "householdId": household.value["id"], "text": "x" });
        crate::ops::call(&mut app, "note.create", note).unwrap();
        assert_eq!(app.store.counter() - before, 2);
    }
}
