//! Scores of one subject: counts among the answers given, and decisions that say when they are not yet ripe.

use std::collections::BTreeMap;

use cel::Value;
use serde_json::Value as Json;

use crate::expression::{Expression, to_cel};
use crate::format::{AppliesTo, Pack, ScoreResult};

/// The compiled expressions of a pack, in its order.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    /// By item.
    pub(crate) points: BTreeMap<String, Expression>,
    /// As `Pack::scores`.
    pub(crate) scores: Vec<Expression>,
}

impl Programs {
    /// Works out what the pack scores for this kind of subject. `answers`: item → value, given answers only.
    pub(crate) fn run(
        &self,
        pack: &Pack,
        subject: AppliesTo,
        answers: &BTreeMap<String, Json>,
    ) -> BTreeMap<String, Json> {
        let points: BTreeMap<&str, Option<bool>> = self
            .points
            .iter()
            .map(|(item, point)| {
                (
                    item.as_str(),
                    answers.get(item).and_then(|value| is_point(point, value)),
                )
            })
            .collect();
        let [least, most] = [false, true].map(|missing| self.world(pack, &points, missing));
        pack.scores
            .iter()
            .filter(|score| score.applies_to == subject)
            .map(|score| {
                let (low, high) = (least.get(score.id.as_str()), most.get(score.id.as_str()));
                let result = match score.result {
                    ScoreResult::Count => low.map_or(Json::Null, to_json),
                    ScoreResult::Decision if low == high => low.map_or(Json::Null, to_json),
                    ScoreResult::Decision => Json::Null,
                };
                (score.id.clone(), result)
            })
            .collect()
    }

    /// All scores, every missing answer counting as `missing`. A score that fails is absent.
    pub(crate) fn world<'a>(
        &self,
        pack: &'a Pack,
        points: &BTreeMap<&'a str, Option<bool>>,
        missing: bool,
    ) -> BTreeMap<&'a str, Value> {
        let mut known: BTreeMap<&str, Value> = points
            .iter()
            .map(|(item, point)| (*item, Value::Bool(point.unwrap_or(missing))))
            .collect();
        for (score, expression) in pack.scores.iter().zip(&self.scores) {
            let value = expression.run(known.iter().map(|(name, value)| (*name, value.clone())));
            if let Some(value) = value {
                known.insert(&score.id, value);
            }
        }
        known
    }
}

/// None for an answer that does not settle the point, such as a height without a weight.
fn is_point(point: &Expression, value: &Json) -> Option<bool> {
    match point.run([("value", to_cel(value))])? {
        Value::Bool(yes) => Some(yes),
        _ => None,
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(yes) => (*yes).into(),
        Value::Int(n) => (*n).into(),
        Value::UInt(n) => (*n).into(),
        Value::Float(n) => (*n).into(),
        _ => Json::Null,
    }
}
