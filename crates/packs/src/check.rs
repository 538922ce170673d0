//! The check of a pack file, for whoever writes one.
//!
//! # Invariants
//!
//! - Says all it finds, not only the first.
//! - A pack without problems can be used: nothing about its form fails later.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domain::Day;
use schemars::JsonSchema;
use serde::Serialize;
use ts_rs::TS;

use crate::expression::Expression;
use crate::format::{Column, ColumnType, Item, ItemType, Label, Pack, ScoreResult};
use crate::scores::Programs;

/// The largest pack file.
const FILE_BYTES: usize = 4_000_000;

/// Something wrong with a pack, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, TS)]
pub struct Problem {
    /// The place, such as `items/q12/point`.
    pub at: String,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong with a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProblemKind {
    /// Larger than any form can be.
    TooLarge,
    /// Not JSON of this shape; the place is line and column.
    Unreadable,
    /// An id that is not made of the letters allowed.
    BadId,
    /// A version that is not three numbers.
    BadVersion,
    /// Not a day.
    BadDate,
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// The same id twice.
    Duplicate,
    /// Words missing in one of the languages.
    EmptyLabel,
    /// An item in an area that is not there.
    UnknownArea,
    /// An area without items.
    EmptyArea,
    /// An option set that is not there.
    UnknownOptions,
    /// An option set that no item uses.
    UnusedOptions,
    /// Fewer than two options.
    TooFewOptions,
    /// Something that this type of item needs is missing.
    Missing,
    /// Something that this type of item does not take.
    NotForThisType,
    /// The least is greater than the greatest.
    BadRange,
    /// An item that applies to nobody.
    NoSubject,
    /// Not an expression: no CEL, too long, or a loop in a loop.
    BadExpression,
    /// An expression over something that is not there, or comes later.
    UnknownReference,
    /// An expression that gives something else than it should.
    WrongResult,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.at, self.kind)
    }
}

/// Checks the bytes of a `pack.json`; an empty list means that it can be used.
#[must_use]
pub fn check(bytes: &[u8]) -> Vec<Problem> {
    match read(bytes) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    }
}

/// Reads and compiles a pack, or says everything that is wrong.
pub(crate) fn read(bytes: &[u8]) -> Result<(Pack, Programs), Vec<Problem>> {
    let only = |at: String, kind| Err(vec![Problem { at, kind }]);
    if bytes.len() > FILE_BYTES {
        return only(String::new(), ProblemKind::TooLarge);
    }
    let pack: Pack = match serde_json::from_slice(bytes) {
        Ok(pack) => pack,
        Err(error) => {
            return only(
                format!("{}:{}", error.line(), error.column()),
                ProblemKind::Unreadable,
            );
        }
    };
    let mut check = Check::default();
    check.head(&pack);
    check.areas(&pack);
    check.option_sets(&pack);
    for item in &pack.items {
        check.item(&pack, item);
    }
    let programs = check.expressions(&pack);
    if check.problems.is_empty() {
        Ok((pack, programs))
    } else {
        Err(check.problems)
    }
}

#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn expect(&mut self, holds: bool, at: impl Into<String>, kind: ProblemKind) {
        if !holds {
            let at = at.into();
            self.problems.push(Problem { at, kind });
        }
    }

    fn label(&mut self, label: &Label, at: &str) {
        let both = !label.ja.trim().is_empty() && !label.en.trim().is_empty();
        self.expect(both, format!("{at}/label"), ProblemKind::EmptyLabel);
    }

    fn unique<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>, at: &str) {
        let mut seen = BTreeSet::new();
        for id in ids {
            self.expect(
                seen.insert(id),
                format!("{at}/{id}"),
                ProblemKind::Duplicate,
            );
        }
    }

    fn head(&mut self, pack: &Pack) {
        self.expect(is_hyphenated(&pack.id), "id", ProblemKind::BadId);
        let numbers = version_numbers(&pack.version).is_some();
        self.expect(numbers, "version", ProblemKind::BadVersion);
        let from = pack.effective_from.parse::<Day>();
        self.expect(from.is_ok(), "effectiveFrom", ProblemKind::BadDate);
        if let Some(to) = &pack.effective_to {
            let to = to.parse::<Day>();
            self.expect(to.is_ok(), "effectiveTo", ProblemKind::BadDate);
            let backwards = matches!((from, to), (Ok(from), Ok(to)) if to < from);
            self.expect(!backwards, "effectiveTo", ProblemKind::EndsBeforeItBegins);
        }
        self.label(&pack.title, "title");
        self.label(&pack.about, "about");
        self.label(&pack.provenance.note, "provenance/note");
    }

    fn areas(&mut self, pack: &Pack) {
        self.unique(pack.areas.iter().map(|area| area.id.as_str()), "areas");
        for area in &pack.areas {
            let at = format!("areas/{}", area.id);
            self.expect(is_name(&area.id), &at, ProblemKind::BadId);
            self.label(&area.label, &at);
            if let Some(help) = &area.help {
                self.label(help, &format!("{at}/help"));
            }
            let used = pack.items.iter().any(|item| item.area == area.id);
            self.expect(used, &at, ProblemKind::EmptyArea);
        }
    }

    fn option_sets(&mut self, pack: &Pack) {
        for (name, options) in &pack.option_sets {
            let at = format!("optionSets/{name}");
            self.expect(options.len() >= 2, &at, ProblemKind::TooFewOptions);
            self.unique(options.iter().map(|option| option.code.as_str()), &at);
            for option in options {
                let at = format!("{at}/{}", option.code);
                let good = is_name(&option.code);
                self.expect(good, &at, ProblemKind::BadId);
                self.label(&option.label, &at);
            }
            let by_item = |item: &Item| {
                item.options.as_ref() == Some(name)
                    || item
                        .columns
                        .iter()
                        .any(|column| column.options.as_ref() == Some(name))
            };
            let used = pack.items.iter().any(by_item);
            self.expect(used, &at, ProblemKind::UnusedOptions);
        }
    }

    fn item(&mut self, pack: &Pack, item: &Item) {
        use ItemType::{Measure, Multiple, MultipleWithPrimary, Number, Scale, Single, Table};
        let at = format!("items/{}", item.id);
        self.expect(is_name(&item.id), &at, ProblemKind::BadId);
        self.label(&item.label, &at);
        if let Some(help) = &item.help {
            self.label(help, &format!("{at}/help"));
        }
        let area = pack.areas.iter().any(|area| area.id == item.area);
        self.expect(area, format!("{at}/area"), ProblemKind::UnknownArea);
        let somebody = !item.applies_to.is_empty();
        self.expect(somebody, format!("{at}/appliesTo"), ProblemKind::NoSubject);
        if let Some(ages) = item.ages {
            let ordered = !matches!((ages.from, ages.to), (Some(from), Some(to)) if from > to);
            self.expect(ordered, format!("{at}/ages"), ProblemKind::BadRange);
        }

        let kind = item.item_type;
        let chooses = matches!(kind, Single | Scale | Multiple | MultipleWithPrimary);
        let has_range = item.min.is_some() || item.max.is_some();
        for (part, present, wanted, needed) in [
            ("options", item.options.is_some(), chooses, true),
            ("measures", !item.measures.is_empty(), kind == Measure, true),
            ("columns", !item.columns.is_empty(), kind == Table, true),
            ("min", has_range, kind == Number, false),
            ("unit", item.unit.is_some(), kind == Number, false),
        ] {
            let at = format!("{at}/{part}");
            self.expect(present || !wanted || !needed, &at, ProblemKind::Missing);
            self.expect(wanted || !present, &at, ProblemKind::NotForThisType);
        }
        self.options_there(pack, item.options.as_deref(), &at);
        let range =
            |min: Option<f64>, max: Option<f64>| !matches!((min, max), (Some(a), Some(b)) if a > b);
        self.expect(
            range(item.min, item.max),
            format!("{at}/min"),
            ProblemKind::BadRange,
        );

        self.unique(item.measures.iter().map(|measure| measure.id.as_str()), &at);
        for measure in &item.measures {
            let at = format!("{at}/{}", measure.id);
            self.expect(is_name(&measure.id), &at, ProblemKind::BadId);
            self.label(&measure.label, &at);
            self.label(&measure.unit, &format!("{at}/unit"));
            let ordered = range(Some(measure.min), Some(measure.max));
            self.expect(ordered, format!("{at}/min"), ProblemKind::BadRange);
        }
        self.unique(item.columns.iter().map(|column| column.id.as_str()), &at);
        for column in &item.columns {
            self.column(pack, column, &format!("{at}/{}", column.id));
        }
    }

    fn column(&mut self, pack: &Pack, column: &Column, at: &str) {
        self.expect(is_name(&column.id), at, ProblemKind::BadId);
        self.label(&column.label, at);
        let chooses = column.column_type == ColumnType::Single;
        let present = column.options.is_some();
        let at_options = format!("{at}/options");
        self.expect(present || !chooses, &at_options, ProblemKind::Missing);
        self.expect(
            chooses || !present,
            &at_options,
            ProblemKind::NotForThisType,
        );
        self.options_there(pack, column.options.as_deref(), at);
    }

    fn options_there(&mut self, pack: &Pack, name: Option<&str>, at: &str) {
        let there = name.is_none_or(|name| pack.option_sets.contains_key(name));
        self.expect(there, format!("{at}/options"), ProblemKind::UnknownOptions);
    }

    /// Compiles everything, and tries each score once with no point and once with every point.
    fn expressions(&mut self, pack: &Pack) -> Programs {
        self.unique(
            pack.items
                .iter()
                .map(|item| item.id.as_str())
                .chain(pack.scores.iter().map(|score| score.id.as_str())),
            "items",
        );
        let mut programs = Programs::default();
        for item in &pack.items {
            let Some(source) = &item.point else { continue };
            let at = format!("items/{}/point", item.id);
            if let Some(point) = self.compile(source, &at, |name| name == "value") {
                programs.points.insert(item.id.clone(), point);
            }
        }
        for (index, score) in pack.scores.iter().enumerate() {
            let at = format!("scores/{}", score.id);
            self.expect(is_name(&score.id), &at, ProblemKind::BadId);
            self.label(&score.label, &at);
            let earlier = |name: &str| {
                pack.scores
                    .iter()
                    .take(index)
                    .any(|before| before.id == name)
                    || pack.items.iter().any(|item| {
                        item.id == name
                            && item.point.is_some()
                            && item.applies_to.contains(&score.applies_to)
                    })
            };
            let at = format!("{at}/expression");
            if let Some(expression) = self.compile(&score.expression, &at, earlier) {
                programs.scores.push(expression);
            }
        }
        if programs.scores.len() == pack.scores.len() {
            self.try_out(pack, &programs);
        }
        programs
    }

    fn compile(
        &mut self,
        source: &str,
        at: &str,
        known: impl Fn(&str) -> bool,
    ) -> Option<Expression> {
        let compiled = Expression::compile(source);
        self.expect(compiled.is_some(), at, ProblemKind::BadExpression);
        for name in compiled.iter().flat_map(|expression| expression.free()) {
            self.expect(
                known(name),
                format!("{at}/{name}"),
                ProblemKind::UnknownReference,
            );
        }
        compiled
    }

    fn try_out(&mut self, pack: &Pack, programs: &Programs) {
        let unanswered: BTreeMap<&str, Option<bool>> = programs
            .points
            .keys()
            .map(|item| (item.as_str(), None))
            .collect();
        for missing in [false, true] {
            let world = programs.world(pack, &unanswered, missing);
            for score in &pack.scores {
                let right = match world.get(score.id.as_str()) {
                    Some(cel::Value::Bool(_)) => score.result == ScoreResult::Decision,
                    Some(cel::Value::Int(_) | cel::Value::UInt(_) | cel::Value::Float(_)) => {
                        score.result == ScoreResult::Count
                    }
                    _ => false,
                };
                self.expect(
                    right,
                    format!("scores/{}/expression", score.id),
                    ProblemKind::WrongResult,
                );
            }
        }
    }
}

/// `1.2.3` as numbers that compare.
pub(crate) fn version_numbers(version: &str) -> Option<[u32; 3]> {
    let mut numbers = version.split('.').map(|part| {
        let plain = part == "0" || !part.starts_with('0');
        (plain && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    });
    let version = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(version)
}

/// A lower-case letter, then letters, digits, `_`: what CEL takes for a variable.
fn is_name(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_hyphenated(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests;
