//! Whether a value is an answer to an item.
//!
//! # Invariants
//!
//! - Only values of the item's shape pass; states such as 未確認 or 答えたくない are no values and never come here.
//! - A problem names its kind only: no answer stands in an error.

use domain::PartialDate;
use domain::text::{PARAGRAPH_CHARS, within};
use serde_json::{Map, Value};

use crate::format::{AnswerOption, Column, ColumnType, Item, ItemType, Pack};

/// The most rows a table takes.
const ROWS: usize = 200;

/// Why a value is no answer to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// The pack has no such item.
    #[error("no such item in the pack")]
    UnknownItem,
    /// Not of the item's shape.
    #[error("not of the shape that the item asks for")]
    WrongShape,
    /// A code that is not among the options.
    #[error("not one of the options")]
    UnknownOption,
    /// The same code twice.
    #[error("an option chosen twice")]
    Twice,
    /// "None of these" beside others, or a primary that was not chosen.
    #[error("choices that exclude each other")]
    Exclusive,
    /// Below the least or above the greatest number.
    #[error("outside the range")]
    OutOfRange,
    /// A key that the item has not.
    #[error("a part that the item has not")]
    UnknownPart,
    /// A date that is none.
    #[error("not a date")]
    NotADate,
    /// Too many characters or rows.
    #[error("too long")]
    TooLong,
}

use ValueProblem::{
    Exclusive, NotADate, OutOfRange, TooLong, Twice, UnknownItem, UnknownOption, UnknownPart,
    WrongShape,
};

impl Pack {
    /// Says whether `value` answers the item.
    ///
    /// # Errors
    ///
    /// The first [`ValueProblem`] that is found.
    pub fn check_value(&self, item: &str, value: &Value) -> Result<(), ValueProblem> {
        let item = self.item(item).ok_or(UnknownItem)?;
        let options = self.options(item);
        match item.item_type {
            ItemType::Text => text(value),
            ItemType::Number => number(value, item.min, item.max),
            ItemType::Date => date(value),
            ItemType::Single | ItemType::Scale => option(value, options).map(drop),
            ItemType::Multiple => choices(value, options),
            ItemType::MultipleWithPrimary => with_primary(value, options),
            ItemType::Table => self.table(value, &item.columns),
            ItemType::Measure => measure(value, item),
        }
    }

    /// Whether an answer is one of immediate safety: that of two views which is shown while both stand.
    #[must_use]
    pub fn is_cautious(&self, item: &str, value: &Value) -> bool {
        let Some(item) = self.item(item) else {
            return false;
        };
        let cautious =
            |code: &Value| option(code, self.options(item)).is_ok_and(|found| found.caution);
        match value {
            Value::Array(codes) => codes.iter().any(cautious),
            Value::Object(parts) => parts
                .get("codes")
                .and_then(Value::as_array)
                .is_some_and(|codes| codes.iter().any(cautious)),
            code => cautious(code),
        }
    }

    fn table(&self, value: &Value, columns: &[Column]) -> Result<(), ValueProblem> {
        let rows = value.as_array().ok_or(WrongShape)?;
        if rows.len() > ROWS {
            return Err(TooLong);
        }
        for row in rows {
            for (key, cell) in object(row)? {
                let column = columns
                    .iter()
                    .find(|column| column.id == *key)
                    .ok_or(UnknownPart)?;
                match column.column_type {
                    _ if cell.is_null() => {}
                    ColumnType::Text => text(cell)?,
                    ColumnType::Number => number(cell, None, None)?,
                    ColumnType::Date => date(cell)?,
                    ColumnType::Single => {
                        option(cell, self.option_set(column.options.as_deref())).map(drop)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> Result<(), ValueProblem> {
    let text = value.as_str().ok_or(WrongShape)?;
    within(text, PARAGRAPH_CHARS).map_err(|_| TooLong)
}

fn number(value: &Value, min: Option<f64>, max: Option<f64>) -> Result<(), ValueProblem> {
    let number = value.as_f64().ok_or(WrongShape)?;
    let inside = min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max);
    if inside { Ok(()) } else { Err(OutOfRange) }
}

fn date(value: &Value) -> Result<(), ValueProblem> {
    let date: PartialDate = serde_json::from_value(value.clone()).map_err(|_| NotADate)?;
    if date.iso.is_some() && date.span().is_none() {
        return Err(NotADate);
    }
    Ok(())
}

fn option<'a>(code: &Value, options: &'a [AnswerOption]) -> Result<&'a AnswerOption, ValueProblem> {
    let code = code.as_str().ok_or(WrongShape)?;
    options
        .iter()
        .find(|option| option.code == code)
        .ok_or(UnknownOption)
}

fn choices(value: &Value, options: &[AnswerOption]) -> Result<(), ValueProblem> {
    let codes = value.as_array().ok_or(WrongShape)?;
    let mut chosen: Vec<&str> = Vec::new();
    for code in codes {
        let option = option(code, options)?;
        if chosen.contains(&option.code.as_str()) {
            return Err(Twice);
        }
        if option.alone && codes.len() > 1 {
            return Err(Exclusive);
        }
        chosen.push(&option.code);
    }
    Ok(())
}

fn with_primary(value: &Value, options: &[AnswerOption]) -> Result<(), ValueProblem> {
    let parts = object(value)?;
    if parts.keys().any(|key| key != "codes" && key != "primary") {
        return Err(UnknownPart);
    }
    let codes = parts.get("codes").ok_or(WrongShape)?;
    choices(codes, options)?;
    match parts.get("primary") {
        None | Some(Value::Null) => Ok(()),
        Some(primary) => {
            option(primary, options)?;
            let chosen = codes
                .as_array()
                .is_some_and(|codes| codes.contains(primary));
            if chosen { Ok(()) } else { Err(Exclusive) }
        }
    }
}

/// Half a measure is an answer too: the height may be known and the weight not yet.
fn measure(value: &Value, item: &Item) -> Result<(), ValueProblem> {
    for (key, part) in object(value)? {
        let measure = item
            .measures
            .iter()
            .find(|measure| measure.id == *key)
            .ok_or(UnknownPart)?;
        if !part.is_null() {
            number(part, Some(measure.min), Some(measure.max))?;
        }
    }
    Ok(())
}

fn object(value: &Value) -> Result<&Map<String, Value>, ValueProblem> {
    value.as_object().ok_or(WrongShape)
}
