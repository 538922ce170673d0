//! The shape of `pack.json`.
//!
//! # Invariants
//!
//! - Unknown fields are refused: a misspelt `caution` must not pass as "no caution".
//! - Every label is there in Japanese and English.
//! - A pack is complete in itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use domain::Lang;

/// An assessment form, one version of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pack {
    /// Where the schema of this file lies; for editors only.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub schema: Option<String>,
    /// The name of the form: lower case, digits, hyphens.
    pub id: String,
    /// The version, `1.0.0`. A released version never changes.
    pub version: String,
    /// The first day on which it is offered (ISO).
    pub effective_from: String,
    /// The last day on which it is offered; answers stay readable for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub effective_to: Option<String>,
    /// The name on screen and paper.
    pub title: Label,
    /// What it is for.
    pub about: Label,
    /// Where the wording comes from.
    pub provenance: Provenance,
    /// The groups of columns, in their order.
    pub areas: Vec<Area>,
    /// Options that several items share, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub option_sets: BTreeMap<String, Vec<AnswerOption>>,
    /// The items, in their order.
    pub items: Vec<Item>,
    /// What is worked out from the answers about one subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
}

/// Words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Label {
    /// The words in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

/// Where wording comes from, so that a draft never prints as the national form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// What kind of wording it is.
    pub kind: ProvenanceKind,
    /// Whether it was held against the original document, word by word.
    pub compared_with_original: bool,
    /// What a reader has to know about it.
    pub note: Label,
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// What kind of wording it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProvenanceKind {
    /// A form set by the state or a municipality.
    Official,
    /// After such a form, from knowledge of it; an office should look it over.
    Draft,
    /// Ours.
    Own,
}

/// A group of columns: one area of life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Area {
    /// The name of the area within the pack.
    pub id: String,
    /// The heading.
    pub label: Label,
    /// Whether it is open at first; the others are folded.
    pub front: bool,
    /// What belongs here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub help: Option<Label>,
    /// The fields of consultation that it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// The fields that consultations come from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS,
)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// 高齢.
    Elders,
    /// 障害.
    Disability,
    /// 子ども.
    Children,
    /// 医療.
    Medical,
    /// 保健.
    Health,
    /// 雇用・就労.
    Employment,
    /// 司法.
    Justice,
    /// 産業.
    Industry,
    /// 教育.
    Education,
    /// 家計.
    Budget,
    /// 権利擁護.
    Rights,
    /// 多文化共生.
    Multicultural,
    /// 住まい.
    Housing,
    /// 虐待・DV.
    Abuse,
    /// 生活困窮.
    Poverty,
    /// 制度の狭間.
    Gaps,
}

impl Field {
    /// All fields, in the order of the policy source.
    pub const ALL: [Self; 16] = [
        Self::Elders,
        Self::Disability,
        Self::Children,
        Self::Medical,
        Self::Health,
        Self::Employment,
        Self::Justice,
        Self::Industry,
        Self::Education,
        Self::Budget,
        Self::Rights,
        Self::Multicultural,
        Self::Housing,
        Self::Abuse,
        Self::Poverty,
        Self::Gaps,
    ];
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Item {
    /// The name within the pack: a lower-case letter, then letters, digits, `_`.
    pub id: String,
    /// The area it stands in.
    pub area: String,
    /// The question, complete in itself.
    pub label: Label,
    /// A hint for asking; never a judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub help: Option<Label>,
    /// What an answer looks like.
    #[serde(rename = "type")]
    pub item_type: ItemType,
    /// Which side of a life it looks at.
    pub side: Side,
    /// Whom it can be answered about.
    pub applies_to: Vec<AppliesTo>,
    /// Ages for which it is offered first; it can be answered for anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ages: Option<Ages>,
    /// The name of an option set, for the types that choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub options: Option<String>,
    /// The unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unit: Option<Label>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max: Option<f64>,
    /// The parts of a measure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// The columns of a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// Whether the office reports it.
    #[serde(default)]
    pub reportable: bool,
    /// Who may see it.
    #[serde(default)]
    pub visibility: Visibility,
    /// CEL over `value`: whether this answer is a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub point: Option<String>,
}

/// What an answer looks like, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ItemType {
    /// A string.
    Text,
    /// A number.
    Number,
    /// `{iso?, precision, approx, raw}`.
    Date,
    /// The code of one option.
    Single,
    /// A list of codes; an empty list means "asked, none of these".
    Multiple,
    /// `{"codes": […], "primary": code or null}`: ○ for each, ◎ for one.
    MultipleWithPrimary,
    /// The code of one option, the options being in order.
    Scale,
    /// A list of rows, each an object by column.
    Table,
    /// An object of numbers by measure.
    Measure,
}

/// Which side of a life an item looks at. Needs, strengths and wishes have the same rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// 困りごと.
    Need,
    /// 強み.
    Strength,
    /// 望み.
    Wish,
    /// Immediate safety.
    Safety,
    /// How things are.
    Fact,
}

/// Whom an item can be answered about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum AppliesTo {
    /// One member: subject = the member's id.
    Person,
    /// The household as a whole: subject = `household`.
    Household,
    /// One person towards another: subject = `a>b`.
    Relation,
}

impl AppliesTo {
    /// What kind of subject an answer's key names.
    #[must_use]
    pub fn of(subject: &str) -> Self {
        match subject {
            "household" => Self::Household,
            pair if pair.contains('>') => Self::Relation,
            _ => Self::Person,
        }
    }
}

/// Ages from and to, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// The lowest age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<u8>,
    /// The highest age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<u8>,
}

/// Who may see answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// The team, and papers made for the family.
    #[default]
    Open,
    /// The team only; never on a paper or screen for the family.
    Team,
    /// Only in a restricted vault.
    Restricted,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerOption {
    /// The code that is stored.
    pub code: String,
    /// The words.
    pub label: Label,
    /// Immediate safety: while two views stand, the more cautious one is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub caution: bool,
    /// In a multiple choice: excludes the others ("none of these").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

/// One number of a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measure {
    /// The key in the answer.
    pub id: String,
    /// The words.
    pub label: Label,
    /// The unit.
    pub unit: Label,
    /// The least number.
    pub min: f64,
    /// The greatest number.
    pub max: f64,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Column {
    /// The key in a row.
    pub id: String,
    /// The words.
    pub label: Label,
    /// What a cell holds.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// The name of an option set, for `single`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub options: Option<String>,
}

/// What a cell of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ColumnType {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A partial date.
    Date,
    /// The code of one option.
    Single,
}

/// A number or decision worked out from the answers about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Score {
    /// The key in `scores`.
    pub id: String,
    /// The words.
    pub label: Label,
    /// What comes out.
    pub result: ScoreResult,
    /// Whom it is worked out for.
    pub applies_to: AppliesTo,
    /// CEL over points and earlier scores.
    pub expression: String,
}

/// What comes out of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ScoreResult {
    /// A number, counted among the answers given.
    Count,
    /// Yes, no, or null while missing answers could decide.
    Decision,
}

impl Pack {
    /// An item by its id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The options that an item offers; empty for items that do not choose.
    #[must_use]
    pub fn options(&self, item: &Item) -> &[AnswerOption] {
        self.option_set(item.options.as_deref())
    }

    pub(crate) fn option_set(&self, name: Option<&str>) -> &[AnswerOption] {
        name.and_then(|name| self.option_sets.get(name))
            .map_or(&[], Vec::as_slice)
    }
}

/// The JSON Schema of `pack.json`, as it is checked in.
#[must_use]
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Pack);
    let mut text = serde_json::to_string_pretty(&sorted(schema.as_value())).unwrap_or_default();
    text.push('\n');
    text
}

/// With keys in order, whatever map another crate makes `serde_json` use.
pub(crate) fn sorted(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let ordered: BTreeMap<&String, &serde_json::Value> = map.iter().collect();
            ordered
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        serde_json::Value::Array(list) => list.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    /// With `MARUGOTO_BLESS=1` the file is written anew.
    #[test]
    fn the_schema_on_disk_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/packs/pack.schema.json");
        let fresh = super::json_schema();
        if std::env::var_os("MARUGOTO_BLESS").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap().replace("\r\n", "\n"),
            fresh
        );
    }
}
