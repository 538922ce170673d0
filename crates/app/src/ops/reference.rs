//! Reference data: template packs, code lists, the reading of dates.

use domain::{Direction, Lang, PartialDate, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::error::{ErrorCode, Result};
use crate::look::Look;
use crate::view::Nothing;

/// Names one pack or code list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct ByName {
    /// Its id.
    pub id: String,
}

/// Every pack this device knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PackList {
    /// Whole packs in the format of the pack schema.
    #[ts(type = "unknown[]")]
    pub items: Vec<serde_json::Value>,
}

/// Every code list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CodeLists {
    /// By list id: entries `{code, ja, en}` in order.
    #[ts(type = "Record<string, { code: string; ja: string; en: string }[]>")]
    pub lists: serde_json::Value,
}

/// The areas (圏域) that this office's records name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AreaList {
    /// As they were written, the most frequent first; at most 200.
    pub items: Vec<String>,
}

/// Reads a date as the date field does while somebody types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ReadDate {
    /// What was typed.
    pub text: String,
    /// `past` (when absent) for births and events, `future` for plans.
    pub direction: Option<String>,
}

/// How a date text reads. A text that is no date gives `problem` instead of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct DateReading {
    /// `1960-01-08`, `1960-01` or `1960`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso: Option<String>,
    /// `day`, `month`, `year`, `decade`, `ageBand`, `unknown`; absent with a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// 「頃」.
    pub approx: bool,
    /// `昭和35年1月8日(1960/1/8)`; with an offer, the offered day.
    pub ja: String,
    /// `8 January 1960`.
    pub en: String,
    /// Age today, where it can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
    /// A stable code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The ISO date that the text may mean though it does not read as one, for the person to take or leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// A word of help for the problem in Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint_ja: Option<String>,
    /// The same in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint_en: Option<String>,
}

/// `pack.list`
pub(crate) fn packs(_: &mut Look<'_, '_>, _: Nothing) -> Result<PackList> {
    let items = packs::registry()
        .all()
        .map(serde_json::to_value)
        .collect::<std::result::Result<_, _>>()?;
    Ok(PackList { items })
}

/// `list.all`
pub(crate) fn lists(_: &mut Look<'_, '_>, _: Nothing) -> Result<CodeLists> {
    let lists = packs::lists::all()
        .iter()
        .map(|list| (list.id.clone(), serde_json::json!(list.codes)))
        .collect();
    Ok(CodeLists {
        lists: Value::Object(lists),
    })
}

/// `area.list`
pub(crate) fn areas(look: &mut Look<'_, '_>, _: Nothing) -> Result<AreaList> {
    Ok(AreaList {
        items: look.reader.areas(200)?,
    })
}

/// `date.read`
pub(crate) fn read_date(look: &mut Look<'_, '_>, request: ReadDate) -> Result<DateReading> {
    let direction = match request.direction.as_deref() {
        None | Some("past") => Direction::Past,
        Some("future") => Direction::Future,
        Some(_) => {
            return Err(
                crate::error::AppError::new(ErrorCode::InvalidValue).with("field", "direction")
            );
        }
    };
    let today = look.today();
    Ok(match date::parse(&request.text, today, direction) {
        Ok(date) => DateReading {
            iso: date.iso.clone(),
            precision: Some(super::member::precision(date.precision).to_owned()),
            approx: date.approx,
            ja: date.display(Lang::Ja),
            en: date.display(Lang::En),
            age: date.age_on(today).map(super::member::age_text),
            problem: None,
            offer: None,
            hint_ja: None,
            hint_en: None,
        },
        Err(error) => {
            let offer = date::offered(&request.text);
            let shown = |lang| offer.map(|day| PartialDate::of_day(day).display(lang));
            DateReading {
                iso: None,
                precision: None,
                approx: false,
                ja: shown(Lang::Ja).unwrap_or_default(),
                en: shown(Lang::En).unwrap_or_default(),
                age: None,
                problem: Some(error.code().to_owned()),
                offer: offer.map(|day| day.to_string()),
                hint_ja: error.hint(Lang::Ja),
                hint_en: error.hint(Lang::En),
            }
        }
    })
}
