//! Dates as people know them: to the day, only the year, "about 1965", "in his sixties", unknown.
//!
//! A [`PartialDate`] is exactly as precise as what was said, and keeps what was said.
//!
//! # Invariants
//!
//! - **Nothing is made up.** No part of a date is filled in to make it look complete.
//! - **The raw text stays**, letter by letter, beside the reading.
//! - An impossible date is an error with a reason, never silently another date.
//! - `Debug` shows the precision only: a birth date belongs in no log.

mod age;
mod display;
mod era;
mod parse;

use std::fmt;

use chrono::{Datelike, Months};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::time::Day;

pub use age::{Age, Grade};
pub use era::Era;
pub use parse::{DateError, Direction, RAW_CHARS, offered, parse};

/// A date as precise as it was told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartialDate {
    /// `1960-01-08`, `1960-01` or `1960`; the first of ten years for a decade or an age band; absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub iso: Option<String>,
    /// How much of it is known.
    pub precision: Precision,
    /// "About": 頃, くらい, 約.
    #[serde(default)]
    pub approx: bool,
    /// What was typed.
    #[serde(default)]
    pub raw: String,
}

/// How much of a date is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum Precision {
    /// Year, month and day.
    Day,
    /// Year and month.
    Month,
    /// The year.
    Year,
    /// Ten years: 昭和30年代, 1960年代. A decade of an era ends with the era.
    Decade,
    /// Ten years of birth, told as an age: 60代. Reckoned by calendar years only.
    AgeBand,
    /// Asked, and not known.
    Unknown,
}

impl PartialDate {
    /// A date known to the day, written as ISO.
    #[must_use]
    pub fn of_day(day: Day) -> Self {
        let iso = day.to_string();
        Self {
            raw: iso.clone(),
            iso: Some(iso),
            precision: Precision::Day,
            approx: false,
        }
    }

    /// The first and last day it can mean; none when unknown, or when `iso` (from elsewhere) is no date.
    #[must_use]
    pub fn span(&self) -> Option<(Day, Day)> {
        let iso = self.iso.as_deref()?;
        let mut parts = iso.split('-');
        let year: i32 = parts.next()?.parse().ok()?;
        let month: Option<u32> = parts.next().map(str::parse).transpose().ok()?;
        let day: Option<u32> = parts.next().map(str::parse).transpose().ok()?;
        if parts.next().is_some() {
            return None;
        }
        let first = Day::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
        let months = match (self.precision, month, day) {
            (Precision::Unknown, ..) => return None,
            (Precision::Decade | Precision::AgeBand, ..) => 120,
            (_, _, Some(_)) => return Some((first, first)),
            (_, Some(_), None) => 1,
            (_, None, None) => 12,
        };
        let last = first.checked_add_months(Months::new(months))?.pred_opt()?;
        Some((
            first,
            self.end_of_era_decade(first)
                .map_or(last, |end| end.min(last)),
        ))
    }

    /// The day, where it is known to the day and not "about".
    #[must_use]
    pub fn exact_day(&self) -> Option<Day> {
        match self.span() {
            Some((first, last)) if first == last && !self.approx => Some(first),
            _ => None,
        }
    }

    /// 昭和60年代 has five years only. Decades by the Western count begin at a year ending in 0, which no era's do.
    fn end_of_era_decade(&self, first: Day) -> Option<Day> {
        if self.precision != Precision::Decade || first.year() % 10 == 0 {
            return None;
        }
        Era::of(first.with_month(12)?.with_day(31)?)?.last()
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartialDate({:?}, ..)", self.precision)
    }
}

#[cfg(test)]
mod tests;
