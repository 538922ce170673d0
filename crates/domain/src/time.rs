//! Instants, and the days they fall on.
//!
//! An instant is UTC. Only the office's time zone turns it into a day, so that all laptops of an office agree on
//! what "the end of last month" was.
//!
//! # Invariants
//!
//! - **No clock.** Nobody here knows what time it is.
//! - **Every [`Timestamp`] can be written** as RFC 3339 with a four-digit year at any offset: a broken clock's
//!   value is drawn to the edge of that range when it comes in.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Duration, FixedOffset, Offset, SecondsFormat, TimeZone, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::TS;

/// A calendar day, without a time zone.
pub type Day = chrono::NaiveDate;

/// An instant: milliseconds since 1970 in UTC. As JSON an RFC 3339 string ending in `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, TS)]
#[schemars(with = "String", extend("format" = "date-time"))]
#[ts(type = "string")]
pub struct Timestamp(i64);

/// The office's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, JsonSchema, TS)]
#[schemars(with = "String")]
#[ts(type = "string")]
pub struct Zone(chrono_tz::Tz);

/// Why a text is no instant or no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an RFC 3339 instant with an offset.
    #[error("not an instant of RFC 3339")]
    NotAnInstant,
    /// No zone of that name is known.
    #[error("not the name of a time zone")]
    UnknownZone,
}

const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// The earliest instant: one day inside the year 1, so that every offset stays in four digits.
    pub const MIN: Self = Self(-62_135_596_800_000 + DAY_MS);
    /// The latest instant: one day before the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999 - DAY_MS);

    /// Takes milliseconds since 1970; what lies outside [`MIN`](Self::MIN) to [`MAX`](Self::MAX) is drawn to the edge.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        if ms < Self::MIN.0 {
            Self::MIN
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// Gives milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Moves by `ms`, within the range.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    /// Writes RFC 3339 with milliseconds at an offset in minutes; an impossible offset counts as UTC.
    #[must_use]
    pub fn rfc3339(self, offset_minutes: i32) -> String {
        let offset = offset_minutes
            .checked_mul(60)
            .and_then(FixedOffset::east_opt)
            .unwrap_or_else(|| Utc.fix());
        self.utc()
            .with_timezone(&offset)
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Reads RFC 3339 and gives the instant with the offset, in minutes, that it was written at.
    ///
    /// # Errors
    ///
    /// [`TimeError::NotAnInstant`] for anything else, a time without offset included.
    pub fn parse(text: &str) -> Result<(Self, i32), TimeError> {
        let read = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError::NotAnInstant)?;
        let offset = read.offset().local_minus_utc() / 60;
        Ok((Self::from_millis(read.timestamp_millis()), offset))
    }

    fn utc(self) -> DateTime<Utc> {
        // The range makes this conversion total; the epoch stands in for what cannot happen.
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl Zone {
    /// Japan's time, where an office has not said otherwise.
    pub const TOKYO: Self = Self(chrono_tz::Asia::Tokyo);

    /// The name of the zone, such as `Asia/Tokyo`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The day on which `at` falls here.
    #[must_use]
    pub fn day_of(self, at: Timestamp) -> Day {
        at.utc().with_timezone(&self.0).date_naive()
    }

    /// The first instant of `day` here.
    #[must_use]
    pub fn start_of(self, day: Day) -> Timestamp {
        // Where a clock change swallows midnight, the day begins when the clock goes on.
        (0..=4)
            .filter_map(|half_hours| {
                let local = day.and_hms_opt(0, 0, 0)? + Duration::minutes(30 * half_hours);
                self.0.from_local_datetime(&local).earliest()
            })
            .next()
            .map_or(Timestamp::MIN, |at| {
                Timestamp::from_millis(at.timestamp_millis())
            })
    }

    /// The last millisecond of `day` here: what "as of that day" means.
    #[must_use]
    pub fn end_of(self, day: Day) -> Timestamp {
        day.succ_opt()
            .map_or(Timestamp::MAX, |next| self.start_of(next).plus(-1))
    }

    /// Minutes east of UTC at that instant.
    #[must_use]
    pub fn offset_minutes(self, at: Timestamp) -> i32 {
        at.utc()
            .with_timezone(&self.0)
            .offset()
            .fix()
            .local_minus_utc()
            / 60
    }

    /// Writes an instant as RFC 3339 in this zone.
    #[must_use]
    pub fn rfc3339(self, at: Timestamp) -> String {
        at.rfc3339(self.offset_minutes(at))
    }
}

/// The Japanese fiscal year (年度) of a day: April to March, named by its April.
#[must_use]
pub fn fiscal_year(day: Day) -> i32 {
    if day.month() >= 4 {
        day.year()
    } else {
        day.year() - 1
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::TOKYO
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339(0))
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text).map(|(at, _)| at)
    }
}

impl FromStr for Zone {
    type Err = TimeError;

    fn from_str(name: &str) -> Result<Self, TimeError> {
        name.parse()
            .map(Self)
            .map_err(|_: chrono_tz::ParseError| TimeError::UnknownZone)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.rfc3339(0))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_in_tokyo_ends_at_fifteen_hours_utc() {
        let end = Zone::TOKYO.end_of(day("2026-11-23"));
        assert_eq!(end.to_string(), "2026-11-23T14:59:59.999Z");
        assert_eq!(Zone::TOKYO.day_of(end), day("2026-11-23"));
        assert_eq!(Zone::TOKYO.day_of(end.plus(1)), day("2026-11-24"));
        assert_eq!(Zone::TOKYO.rfc3339(end), "2026-11-23T23:59:59.999+09:00");
    }

    #[test]
    fn a_day_without_midnight_begins_later() {
        let zone: Zone = "America/Sao_Paulo".parse().unwrap();
        let start = zone.start_of(day("2017-10-15"));
        assert_eq!(zone.rfc3339(start), "2017-10-15T01:00:00.000-02:00");
        assert_eq!(zone.end_of(day("2017-10-14")), start.plus(-1));
    }

    #[test]
    fn a_time_without_offset_is_no_instant() {
        assert_eq!(
            Timestamp::parse("2026-11-23T10:15:00"),
            Err(TimeError::NotAnInstant)
        );
        assert_eq!("Mars/Base".parse::<Zone>(), Err(TimeError::UnknownZone));
    }

    #[test]
    fn the_fiscal_year_turns_in_april() {
        assert_eq!(fiscal_year(day("2026-03-31")), 2025);
        assert_eq!(fiscal_year(day("2026-04-01")), 2026);
    }

    proptest! {
        #[test]
        fn an_instant_survives_text_at_any_offset(ms: i64, offset in -1440_i32..=1440) {
            let at = Timestamp::from_millis(ms);
            let text = at.rfc3339(offset);
            prop_assert_eq!(text.parse::<Timestamp>().unwrap(), at);
            prop_assert_eq!(text.find('-'), Some(4));
        }

        #[test]
        fn each_instant_lies_within_its_day(ms in 0_i64..4_000_000_000_000, zone in prop::sample::select(vec!["Asia/Tokyo", "America/Sao_Paulo", "Asia/Kathmandu"])) {
            let zone: Zone = zone.parse().unwrap();
            let at = Timestamp::from_millis(ms);
            let on = zone.day_of(at);
            prop_assert!(zone.start_of(on) <= at && at <= zone.end_of(on));
        }
    }
}
