//! Tells the stories: moves the clock along the days and lets the two workers do what is written.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveTime, Timelike, Weekday};
use domain::{Day, Timestamp, Zone};
use serde_json::{Map, Value, json};

use super::Chance;
use super::colleague::Colleague;
use super::story::{Act, Answers, Note, STORIES, Step, Worker};
use crate::App;
use crate::error::{AppError, ErrorCode, Result};
use crate::ops;

/// The least time between two steps, ms: more than one step looks at the clock.
const STEP: i64 = 1_000;

/// Tells all stories together, day by day, up to `now`.
pub(super) fn tell(
    own: &mut App,
    colleague: &mut Colleague,
    chance: &Chance,
    now: i64,
) -> Result<()> {
    let zone = own.identity.zone;
    let today = zone.day_of(Timestamp::from_millis(now));
    let mut steps = Vec::new();
    for (story, text) in STORIES {
        let told: Vec<Step> = serde_json::from_str(text)?;
        steps.extend(told.into_iter().map(|step| (*story, step)));
    }
    steps.sort_by(|(_, a), (_, b)| (a.day, &a.at).cmp(&(b.day, &b.at)));
    let mut names: BTreeMap<&str, Names> = BTreeMap::new();
    let mut clock = i64::MIN;
    for ((story, step), number) in steps.into_iter().zip(0..) {
        // Never backwards, and never ahead of the reader: he may open the demo early in the morning.
        clock = instant(zone, today, &step)?
            .min(now)
            .max(clock.saturating_add(STEP));
        let names = names.entry(story).or_insert_with(|| Names {
            today,
            ids: BTreeMap::new(),
        });
        let app = match step.by {
            Worker::Own => &mut *own,
            Worker::Colleague => &mut colleague.app,
        };
        app.environment = chance.at(story, number, clock);
        match step.act {
            Act::Call(call) => {
                let made = ops::call(app, &call.op, names.fill(call.args)?)?.value;
                if let (Some(name), Some(id)) = (call.name, made.get("id").and_then(Value::as_str))
                {
                    names.ids.insert(name, id.to_owned());
                }
            }
            Act::Note(note) => write_note(app, names, note)?,
            Act::Answers(answers) => answer(app, names, answers)?,
            Act::Exchange {} => colleague.meet(own, |end| chance.at(end, number, clock))?,
        }
    }
    Ok(())
}

fn write_note(app: &mut App, names: &Names, note: Note) -> Result<()> {
    let blocks: Vec<Value> = note
        .says
        .into_iter()
        .map(|said| {
            Ok(json!({ "type": said.kind, "text": said.text, "memberIds": names.all(&said.about)?,
                       "source": said.source.filter(|source| !source.is_empty()), "secrecy": said.secrecy }))
        })
        .collect::<Result<_>>()?;
    let request = json!({ "householdId": names.text(&note.home)?, "method": note.method,
                          "memberIds": names.all(&note.with)?, "blocks": blocks });
    let made = ops::call(app, "note.create", request)?.value;
    if !note.draft {
        ops::call(app, "note.confirm", json!({ "id": made.get("id") }))?;
    }
    Ok(())
}

fn answer(app: &mut App, names: &Names, mut answers: Answers) -> Result<()> {
    let states = [
        ("unasked", answers.unasked),
        ("notNow", answers.not_now),
        ("declined", answers.declined),
    ];
    let unanswered = states.into_iter().flat_map(|(state, items)| {
        items
            .into_iter()
            .map(move |item| (item, state, Value::Null))
    });
    let answered = answers
        .of
        .into_iter()
        .map(|(item, value)| (item, "answered", value));
    let (round, subject) = (names.text(&answers.round)?, names.text(&answers.about)?);
    for (item, state, value) in answered.chain(unanswered) {
        let comment = answers.remarks.remove(&item);
        let request = json!({ "roundId": round, "subject": subject, "item": item, "value": value, "state": state,
                              "basis": answers.basis, "comment": comment });
        ops::call(app, "assessment.answer", request)?;
    }
    if answers.remarks.is_empty() {
        Ok(())
    } else {
        Err(wrong("a remark without its answer"))
    }
}

/// What earlier steps of a story called something.
struct Names {
    today: Day,
    ids: BTreeMap<String, String>,
}

impl Names {
    /// Puts ids and days into every text of a value.
    fn fill(&self, value: Value) -> Result<Value> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(&text)?),
            Value::Array(items) => Value::Array(
                items
                    .into_iter()
                    .map(|item| self.fill(item))
                    .collect::<Result<_>>()?,
            ),
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| Ok((key, self.fill(value)?)))
                    .collect::<Result<Map<_, _>>>()?,
            ),
            plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
        })
    }

    /// The ids of names that stand apart by spaces.
    fn all(&self, names: &str) -> Result<Vec<String>> {
        names
            .split_whitespace()
            .map(|name| self.text(name))
            .collect()
    }

    fn text(&self, text: &str) -> Result<String> {
        if let Some(day) = text.strip_prefix('@') {
            return self.day(day).ok_or_else(|| wrong("no such day"));
        }
        let mut parts = text.split('$');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let name: String = part
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            out.push_str(
                self.ids
                    .get(&name)
                    .ok_or_else(|| wrong("a name that no earlier step gave"))?,
            );
            out.extend(part.chars().skip(name.chars().count()));
        }
        Ok(out)
    }

    fn day(&self, text: &str) -> Option<String> {
        let day = match text.split_once(' ') {
            None => working_day(self.today, text.parse().ok()?)?,
            Some((age, month_and_day)) => {
                let (month, day) = month_and_day.split_once('-')?;
                let birthday = |years: i32| {
                    Day::from_ymd_opt(
                        self.today.year().checked_sub(years)?,
                        month.parse().ok()?,
                        day.parse().ok()?,
                    )
                };
                let age = age.parse().ok()?;
                birthday(age)
                    .filter(|day| {
                        day.with_year(self.today.year())
                            .is_some_and(|day| day <= self.today)
                    })
                    .or_else(|| birthday(age + 1))?
            }
        };
        Some(day.to_string())
    }
}

fn instant(zone: Zone, today: Day, step: &Step) -> Result<i64> {
    let time = NaiveTime::parse_from_str(&step.at, "%H:%M").map_err(|_| wrong("no such time"))?;
    let day = working_day(today, step.day).ok_or_else(|| wrong("no such day"))?;
    Ok(zone
        .start_of(day)
        .plus(i64::from(time.num_seconds_from_midnight()) * 1_000)
        .millis())
}

/// The day that many days from today, or the working day beside it: the one before in the past, the one after in the
/// future. Today is today.
fn working_day(today: Day, offset: i64) -> Option<Day> {
    let days = Days::new(offset.unsigned_abs());
    let day = if offset < 0 {
        today.checked_sub_days(days)
    } else {
        today.checked_add_days(days)
    }?;
    let (back, forward) = match day.weekday() {
        Weekday::Sat if offset != 0 => (1, 2),
        Weekday::Sun if offset != 0 => (2, 1),
        _ => return Some(day),
    };
    if offset < 0 {
        day.checked_sub_days(Days::new(back))
    } else {
        day.checked_add_days(Days::new(forward))
    }
}

/// A story that is written wrongly is a fault of ours.
fn wrong(what: &'static str) -> AppError {
    AppError::new(ErrorCode::Internal).because(what)
}
