//! Reading typed dates.
//!
//! # Invariants
//!
//! - Every width and every usual separator reads alike; the raw text is kept as typed.
//! - A day that does not exist, or not in the era that was named, is refused with its reason.
//! - A bare number that may be a day of Excel's is offered as one, never taken for it.
//! - A two-digit year without an era is refused: guessing a century makes somebody forty years younger.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, Months};
use unicode_normalization::UnicodeNormalization;

use super::{Era, PartialDate, Precision};
use crate::lang::Lang;
use crate::time::Day;

/// The longest text that is read as a date.
pub const RAW_CHARS: usize = 100;

/// Which way a date without a year lies: history or plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The nearest such day up to today.
    Past,
    /// The nearest such day from today on.
    Future,
}

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Nothing was typed.
    #[error("no text")]
    Empty,
    /// Longer than [`RAW_CHARS`].
    #[error("text too long for a date")]
    TooLong,
    /// Not a way to write a date that is known here.
    #[error("not understood as a date")]
    NotUnderstood,
    /// The month is not 1 to 12.
    #[error("no such month")]
    NoSuchMonth,
    /// The month has no such day.
    #[error("no such day in that month")]
    NoSuchDay,
    /// The era had ended, or not begun.
    #[error("outside the era {given:?}")]
    OutsideEra {
        /// The era that was typed.
        given: Era,
        /// The era in which that day lies.
        right: Option<Era>,
    },
    /// A year of one or two digits without an era.
    #[error("a short year without an era")]
    YearAmbiguous,
    /// Before 1800, after 2199, or an age over 130.
    #[error("outside the years that are kept")]
    OutOfRange,
    /// The date in brackets is another one.
    #[error("two dates that contradict each other")]
    Contradiction,
    /// The number under which Excel keeps a day. It may as well be something else, so it is offered, never taken.
    #[error("perhaps a day as Excel keeps it")]
    ExcelSerial,
}

impl DateError {
    /// The stable name of the reason.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "date_empty",
            Self::TooLong => "date_too_long",
            Self::NotUnderstood => "date_not_understood",
            Self::NoSuchMonth => "date_no_such_month",
            Self::NoSuchDay => "date_no_such_day",
            Self::OutsideEra { .. } => "date_outside_era",
            Self::YearAmbiguous => "date_year_ambiguous",
            Self::OutOfRange => "date_out_of_range",
            Self::Contradiction => "date_contradiction",
            Self::ExcelSerial => "date_excel_serial",
        }
    }

    /// A hint for the person who typed it, where there is one to give.
    #[must_use]
    pub fn hint(self, lang: Lang) -> Option<String> {
        match (self, lang) {
            (Self::OutsideEra { given, right }, _) => Some(era_hint(given, right, lang)),
            (Self::YearAmbiguous, Lang::Ja) => {
                Some("元号(S35、昭和35)か、西暦4桁(1960)で入れてください。".into())
            }
            (Self::YearAmbiguous, Lang::En) => {
                Some("Type the era (S35) or a year of four digits (1960).".into())
            }
            (Self::ExcelSerial, Lang::Ja) => Some(
                "Excelの日付の番号かもしれません。日付なら、1960/1/8 のように入れてください。"
                    .into(),
            ),
            (Self::ExcelSerial, Lang::En) => Some(
                "This may be how Excel keeps a date. If it is one, type it as 1960/1/8.".into(),
            ),
            _ => None,
        }
    }
}

/// Reads a typed date. `today` anchors 今日, -3, 60代 and days without a year; `direction` says which way these lie.
///
/// # Errors
///
/// See [`DateError`]; nothing is ever repaired silently.
///
/// # Examples
///
/// ```
/// use domain::date::{Direction, parse};
///
/// let today = "2026-11-23".parse().unwrap();
/// let birth = parse("S35.1.8", today, Direction::Past).unwrap();
/// assert_eq!(birth.iso.as_deref(), Some("1960-01-08"));
/// assert!(parse("S64.1.8", today, Direction::Past).is_err());
/// ```
pub fn parse(text: &str, today: Day, direction: Direction) -> Result<PartialDate, DateError> {
    if text.chars().nth(RAW_CHARS).is_some() {
        return Err(DateError::TooLong);
    }
    let read = Reader { today, direction }.read(&normalise(text))?;
    Ok(PartialDate {
        iso: read.iso,
        precision: read.precision,
        approx: read.approx,
        raw: text.to_owned(),
    })
}

/// The day that a text may mean though it does not read as one ([`DateError::ExcelSerial`]), for the person to take or
/// leave. It stands apart from the error, because a date of somebody's life belongs in none.
#[must_use]
pub fn offered(text: &str) -> Option<Day> {
    if text.chars().nth(RAW_CHARS).is_some() {
        return None;
    }
    excel_day(&normalise(text))
}

/// A reading without its raw text.
#[derive(Debug)]
struct Reading {
    iso: Option<String>,
    precision: Precision,
    approx: bool,
}

impl Reading {
    fn new(precision: Precision, iso: String) -> Self {
        Self {
            iso: Some(iso),
            precision,
            approx: false,
        }
    }

    fn day(day: Day) -> Self {
        Self::new(Precision::Day, day.to_string())
    }

    fn month(day: Day) -> Self {
        Self::new(Precision::Month, day.format("%Y-%m").to_string())
    }

    fn year(year: i32) -> Self {
        Self::new(Precision::Year, format!("{year:04}"))
    }

    fn span(&self) -> Option<(Day, Day)> {
        PartialDate {
            iso: self.iso.clone(),
            precision: self.precision,
            approx: self.approx,
            raw: String::new(),
        }
        .span()
    }
}

struct Reader {
    today: Day,
    direction: Direction,
}

const UNKNOWN: [&str; 9] = [
    "不明",
    "不詳",
    "未詳",
    "わからない",
    "分からない",
    "判らない",
    "unknown",
    "?",
    "不明です",
];
const BEFORE: [&str; 10] = [
    "およそ",
    "おおよそ",
    "だいたい",
    "おそらく",
    "たぶん",
    "約",
    "about",
    "circa",
    "c.",
    "~",
];
const ABOUT: [&str; 19] = [
    "前後",
    "ごろ",
    "ころ",
    "頃",
    "くらい",
    "ぐらい",
    "位",
    "らしい",
    "?",
    "上旬",
    "中旬",
    "下旬",
    "初め",
    "末",
    "春",
    "夏",
    "秋",
    "冬",
    "の",
];
const BORN: [&str; 4] = ["生まれ", "うまれ", "生れ", "生"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Reader {
    fn read(&self, plain: &str) -> Result<Reading, DateError> {
        if plain.is_empty() {
            return Err(DateError::Empty);
        }
        if UNKNOWN.contains(&plain) {
            return Ok(Reading {
                iso: None,
                precision: Precision::Unknown,
                approx: false,
            });
        }
        if excel_day(plain).is_some() {
            return Err(DateError::ExcelSerial);
        }
        let (outside, inside) = split_brackets(plain)?;
        let (core, approx) = strip_about(&outside);
        let mut reading = self.core(core)?;
        reading.approx |= approx;
        if let Some(inside) = inside {
            self.compare(&reading, &inside)?;
        }
        Ok(reading)
    }

    /// 昭和35年1月8日(1960/1/8): both are read, and must agree. A weekday or a range beside it is no second date.
    fn compare(&self, reading: &Reading, inside: &str) -> Result<(), DateError> {
        let weekday = inside.trim_end_matches("曜日").trim_end_matches('曜');
        let is_weekday = weekday.chars().count() == 1 && "日月火水木金土".contains(weekday);
        if is_weekday || inside.contains(['~', '〜']) {
            return Ok(());
        }
        let other = self.core(strip_about(inside).0)?;
        match (reading.span(), other.span()) {
            (Some((a, b)), Some((c, d))) if a <= d && c <= b => Ok(()),
            _ => Err(DateError::Contradiction),
        }
    }

    fn core(&self, core: &str) -> Result<Reading, DateError> {
        if let Some(reading) = self.relative(core).or_else(|| self.named(core)) {
            return reading;
        }
        for era in Era::ALL {
            for prefix in era.prefixes() {
                if let Some(rest) = core.strip_prefix(prefix) {
                    let rest = rest.trim_start_matches(['.', ' ']);
                    if Text(rest).clone().number().is_some() {
                        return era_date(era, rest);
                    }
                }
            }
        }
        self.western(core)
    }

    /// 今日, 昨日, -3, 3日前, 2週間後, 先月, 去年, 5年前.
    fn relative(&self, core: &str) -> Option<Result<Reading, DateError>> {
        let days = |n: i64| Some(self.shifted(n).map(Reading::day));
        let months = |n: i32| Some(self.shifted_months(n).map(Reading::month));
        let years = |n: i32| Some(in_range(self.today.year() + n).map(Reading::year));
        match core {
            "今日" | "本日" | "きょう" | "today" => return days(0),
            "昨日" | "きのう" | "yesterday" => return days(-1),
            "一昨日" | "おととい" => return days(-2),
            "明日" | "あした" | "あす" | "tomorrow" => return days(1),
            "明後日" | "あさって" => return days(2),
            "今月" => return months(0),
            "先月" => return months(-1),
            "来月" => return months(1),
            "今年" => return years(0),
            "去年" | "昨年" => return years(-1),
            "一昨年" | "おととし" => return years(-2),
            "来年" => return years(1),
            _ => {}
        }
        let mut text = Text(core);
        let signed = if text.eat(&["-"]) {
            -1
        } else {
            i32::from(text.eat(&["+"]))
        };
        let (n, digits) = text.number()?;
        let n = i32::try_from(n).ok()?;
        if signed != 0 {
            return (text.done() && digits <= 4)
                .then(|| self.shifted(i64::from(signed * n)).map(Reading::day));
        }
        let unit = ["日", "週間", "か月", "ヶ月", "カ月", "ケ月", "年"]
            .into_iter()
            .find(|unit| text.eat(&[unit]))?;
        let n = if text.eat(&["前"]) {
            -n
        } else if text.eat(&["後"]) {
            n
        } else {
            return None;
        };
        if !text.done() || digits > 4 {
            return None;
        }
        match unit {
            "日" => days(i64::from(n)),
            "週間" => days(i64::from(n) * 7),
            "年" => years(n),
            _ => months(n),
        }
    }

    /// 60代, 60歳, 60s; 8 January 1960, Jan 1960.
    fn named(&self, core: &str) -> Option<Result<Reading, DateError>> {
        if let Some(reading) = english(core) {
            return Some(reading);
        }
        let mut text = Text(core);
        let (n, digits) = text.number()?;
        let age = i32::try_from(n).ok()?;
        let years = text.eat(&["歳", "才"]);
        let band = text.eat(&["代"]) || (!years && digits <= 3 && text.eat(&["s"]));
        if band {
            text.eat(&["前半", "半ば", "後半"]);
        }
        if !text.done() || !(years || band) {
            return None;
        }
        let this_year = self.today.year();
        Some(match (age, band) {
            (131.., _) => Err(DateError::OutOfRange),
            (_, true) if age % 10 != 0 || age == 0 => Err(DateError::NotUnderstood),
            (_, true) => Ok(Reading::new(
                Precision::AgeBand,
                format!("{:04}", this_year - age - 9),
            )),
            // An age fits two birth years: the later one, and "about".
            (_, false) => Ok(Reading {
                approx: true,
                ..Reading::year(this_year - age)
            }),
        })
    }

    fn western(&self, core: &str) -> Result<Reading, DateError> {
        let mut text = Text(core);
        let (n, digits) = text.number().ok_or(DateError::NotUnderstood)?;
        let number = |n: u32| i32::try_from(n).map_err(|_| DateError::NotUnderstood);
        match digits {
            8 if text.done() => {
                return full(in_range(number(n / 10_000)?)?, n / 100 % 100, n % 100);
            }
            6 if text.done() => {
                return month_of(in_range(number(n / 100)?)?, n % 100).map(Reading::month);
            }
            4 => {
                let year = in_range(number(n)?)?;
                if text.eat(&["年代", "s"]) && text.done() {
                    return decade(year % 10 == 0, year);
                }
                return tail(text, year, Year::Western);
            }
            1 | 2 => {}
            _ => return Err(DateError::NotUnderstood),
        }
        if text.clone().eat(&["年"]) {
            return Err(DateError::YearAmbiguous);
        }
        if text.eat(&["月"]) && text.done() {
            return self.nearest_month(n).map(Reading::month);
        }
        text.separator();
        let (day, _) = text.number().ok_or(DateError::NotUnderstood)?;
        if text.separator() && text.number().is_some() {
            return Err(DateError::YearAmbiguous);
        }
        text.eat(&["日"]);
        if !text.done() {
            return Err(DateError::NotUnderstood);
        }
        self.nearest_day(n, day).map(Reading::day)
    }

    /// 1/8: the nearest one that exists, today included; 2/29 may lie eight years off.
    fn nearest_day(&self, month: u32, day: u32) -> Result<Day, DateError> {
        if !(1..=12).contains(&month) {
            return Err(DateError::NoSuchMonth);
        }
        self.years()
            .filter_map(|year| Day::from_ymd_opt(year, month, day))
            .find(|found| self.reaches(*found))
            .ok_or(DateError::NoSuchDay)
    }

    fn nearest_month(&self, month: u32) -> Result<Day, DateError> {
        let this = self.today.with_day(1).unwrap_or(self.today);
        if !(1..=12).contains(&month) {
            return Err(DateError::NoSuchMonth);
        }
        self.years()
            .filter_map(|year| Day::from_ymd_opt(year, month, 1))
            .find(|found| self.reaches(*found) || *found == this)
            .ok_or(DateError::NoSuchMonth)
    }

    fn years(&self) -> impl Iterator<Item = i32> {
        let this = self.today.year();
        let step = match self.direction {
            Direction::Past => -1,
            Direction::Future => 1,
        };
        (0..=8).map(move |n| this + n * step)
    }

    fn reaches(&self, day: Day) -> bool {
        match self.direction {
            Direction::Past => day <= self.today,
            Direction::Future => day >= self.today,
        }
    }

    fn shifted(&self, days: i64) -> Result<Day, DateError> {
        let by = Days::new(days.unsigned_abs());
        let day = if days < 0 {
            self.today.checked_sub_days(by)
        } else {
            self.today.checked_add_days(by)
        };
        day.ok_or(DateError::OutOfRange)
    }

    fn shifted_months(&self, months: i32) -> Result<Day, DateError> {
        let by = Months::new(months.unsigned_abs());
        let day = if months < 0 {
            self.today.checked_sub_months(by)
        } else {
            self.today.checked_add_months(by)
        };
        let day = day.ok_or(DateError::OutOfRange)?;
        in_range(day.year()).map(|_| day)
    }
}

/// The days that a bare number is offered as: 1927 to 2064. Smaller and larger numbers are hardly dates.
const SERIALS: RangeInclusive<u64> = 10_000..=60_000;

/// Excel counts days from 30 December 1899 (behind its 29 February 1900, which was none); a fraction is a time of day.
fn excel_day(plain: &str) -> Option<Day> {
    let (days, time) = plain.split_once('.').unwrap_or((plain, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if days.len() != 5 || !is_number(days) || !is_number(time) {
        return None;
    }
    let n = days.parse().ok().filter(|n| SERIALS.contains(n))?;
    Day::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(n))
}

/// Where a year number came from: only an era's is checked against the era.
#[derive(Clone, Copy)]
enum Year {
    Western,
    Of(Era),
}

fn era_date(era: Era, rest: &str) -> Result<Reading, DateError> {
    let mut text = Text(rest);
    let (n, digits) = text.number().ok_or(DateError::NotUnderstood)?;
    let year = |n: u32| {
        i32::try_from(n)
            .map(|n| era.gregorian(n))
            .map_err(|_| DateError::OutOfRange)
    };
    match digits {
        6 if text.done() => {
            let reading = full(year(n / 10_000)?, n / 100 % 100, n % 100)?;
            return within(era, reading);
        }
        4 if text.done() => {
            return within(era, Reading::month(month_of(year(n / 100)?, n % 100)?));
        }
        1 | 2 => {}
        3 => return Err(DateError::OutOfRange),
        _ => return Err(DateError::NotUnderstood),
    }
    let gregorian = year(n)?;
    if text.eat(&["年代"]) {
        let reading = decade(text.done() && n > 0 && n % 10 == 0, gregorian)?;
        return within(era, reading);
    }
    tail(text, gregorian, Year::Of(era))
}

/// What may follow a year: nothing, a month, a month and a day.
fn tail(mut text: Text<'_>, year: i32, of: Year) -> Result<Reading, DateError> {
    let checked = |reading: Reading| match of {
        Year::Western => Ok(reading),
        Year::Of(era) => within(era, reading),
    };
    let marked = text.separator();
    if text.done() {
        return checked(Reading::year(year));
    }
    if !marked {
        return Err(DateError::NotUnderstood);
    }
    let (month, _) = text.number().ok_or(DateError::NotUnderstood)?;
    let first = month_of(year, month)?;
    text.separator();
    if text.done() {
        return checked(Reading::month(first));
    }
    let (day, _) = text.number().ok_or(DateError::NotUnderstood)?;
    text.eat(&["日"]);
    if !text.done() {
        return Err(DateError::NotUnderstood);
    }
    checked(full(year, month, day)?)
}

/// Refuses what lies wholly outside the era that was named.
fn within(era: Era, reading: Reading) -> Result<Reading, DateError> {
    let (first, last) = match reading.precision {
        // A decade's own span already ends with the era in which it begins.
        Precision::Decade => reading.span().map(|(first, _)| (first, first)),
        _ => reading.span(),
    }
    .ok_or(DateError::OutOfRange)?;
    in_range(first.year())?;
    let last = if reading.precision == Precision::Decade {
        last.with_month(12)
            .and_then(|day| day.with_day(31))
            .unwrap_or(last)
    } else {
        last
    };
    if era.meets(first, last) {
        return Ok(reading);
    }
    Err(DateError::OutsideEra {
        given: era,
        right: Era::of(last),
    })
}

fn decade(is_one: bool, year: i32) -> Result<Reading, DateError> {
    if !is_one {
        return Err(DateError::NotUnderstood);
    }
    Ok(Reading::new(Precision::Decade, format!("{year:04}")))
}

fn full(year: i32, month: u32, day: u32) -> Result<Reading, DateError> {
    month_of(year, month)?;
    Day::from_ymd_opt(year, month, day)
        .map(Reading::day)
        .ok_or(DateError::NoSuchDay)
}

fn month_of(year: i32, month: u32) -> Result<Day, DateError> {
    Day::from_ymd_opt(year, month, 1).ok_or(DateError::NoSuchMonth)
}

fn in_range(year: i32) -> Result<i32, DateError> {
    if (1800..=2199).contains(&year) {
        Ok(year)
    } else {
        Err(DateError::OutOfRange)
    }
}

/// 8 January 1960, January 8 1960, Jan 1960.
fn english(core: &str) -> Option<Result<Reading, DateError>> {
    let words: Vec<&str> = core
        .split([' ', ',', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let month_named = |word: &str| {
        let at = MONTHS
            .iter()
            .position(|name| word.len() >= 3 && name.starts_with(word))?;
        u32::try_from(at + 1).ok()
    };
    let year = |word: &str| (word.len() == 4).then(|| word.parse().ok()).flatten();
    let (day, month, year): (Option<u32>, u32, i32) = match *words.as_slice() {
        [month, y] => (None, month_named(month)?, year(y)?),
        [a, b, y] => match (month_named(a), month_named(b)) {
            (Some(month), None) => (Some(b.parse().ok()?), month, year(y)?),
            (None, Some(month)) => (Some(a.parse().ok()?), month, year(y)?),
            _ => return None,
        },
        _ => return None,
    };
    Some(in_range(year).and_then(|year| match day {
        Some(day) => full(year, month, day),
        None => month_of(year, month).map(Reading::month),
    }))
}

/// One writing for all widths, dashes and stops; blanks only where they part two numbers or words.
fn normalise(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !crate::fold::is_ignorable(*c))
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー' => '-',
            '。' | '、' | '・' | ',' => '.',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn split_brackets(plain: &str) -> Result<(String, Option<String>), DateError> {
    let Some((before, rest)) = plain.split_once('(') else {
        return Ok((plain.to_owned(), None));
    };
    let (inside, after) = rest.split_once(')').ok_or(DateError::NotUnderstood)?;
    if before.trim().is_empty() {
        return Err(DateError::NotUnderstood);
    }
    Ok((
        format!("{}{}", before.trim_end(), after.trim_start()),
        Some(inside.trim().to_owned()),
    ))
}

/// Takes off 約 … 頃 生まれ, and says whether that made it "about".
fn strip_about(text: &str) -> (&str, bool) {
    let mut core = text.trim();
    let mut approx = false;
    for mark in BEFORE {
        if let Some(rest) = core.strip_prefix(mark) {
            (core, approx) = (rest.trim_start(), true);
        }
    }
    'again: loop {
        for mark in ABOUT {
            if let Some(rest) = core.strip_suffix(mark) {
                (core, approx) = (rest.trim_end(), true);
                continue 'again;
            }
        }
        for mark in BORN {
            if let Some(rest) = core.strip_suffix(mark) {
                core = rest.trim_end();
                continue 'again;
            }
        }
        return (core, approx);
    }
}

fn era_hint(given: Era, right: Option<Era>, lang: Lang) -> String {
    let edge = |day: Day| match lang {
        Lang::Ja => format!(
            "{}{}年{}月{}日",
            given.ja(),
            match given.number(day.year()) {
                1 => "元".into(),
                n => n.to_string(),
            },
            day.month(),
            day.day()
        ),
        Lang::En => format!("{} {}", given.en(), day),
    };
    let before = right.is_none_or(|right| right < given);
    let limit = match (lang, before, given.last()) {
        (Lang::Ja, false, Some(last)) => format!("{}は{}までです。", given.ja(), edge(last)),
        (Lang::Ja, ..) => format!("{}は{}からです。", given.ja(), edge(given.first())),
        (Lang::En, false, Some(last)) => format!("{} ended on {last}.", given.en()),
        (Lang::En, ..) => format!("{} began on {}.", given.en(), given.first()),
    };
    match (right, lang) {
        (Some(right), Lang::Ja) => format!("{limit}{}ではありませんか。", right.ja()),
        (Some(right), Lang::En) => format!("{limit} Is it {}?", right.en()),
        (None, _) => limit,
    }
}

/// What is left to read.
#[derive(Clone)]
struct Text<'a>(&'a str);

impl Text<'_> {
    fn done(&self) -> bool {
        self.0.trim_start().is_empty()
    }

    fn eat(&mut self, any: &[&str]) -> bool {
        let rest = self.0.trim_start();
        let found = any.iter().find_map(|word| rest.strip_prefix(word));
        if let Some(rest) = found {
            self.0 = rest;
        }
        found.is_some()
    }

    /// 年, 月, a stop, a stroke, or a blank.
    fn separator(&mut self) -> bool {
        let blank = self.0.starts_with(' ');
        self.eat(&["年", "月", "/", ".", "-"]) || blank
    }

    /// A number in figures or 漢数字 (元 = 1), and how many digits it had.
    fn number(&mut self) -> Option<(u32, usize)> {
        let rest = self.0.trim_start();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, after) = rest.split_at_checked(end)?;
        if !digits.is_empty() {
            self.0 = after;
            return Some((digits.parse().ok()?, digits.len()));
        }
        if let Some(after) = rest.strip_prefix('元') {
            self.0 = after;
            return Some((1, 1));
        }
        let end = rest
            .find(|c| kanji_digit(c).is_none() && c != '十')
            .unwrap_or(rest.len());
        let (digits, after) = rest.split_at_checked(end)?;
        let n = kanji_number(digits)?;
        self.0 = after;
        Some((n, n.to_string().len()))
    }
}

fn kanji_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|digit| digit == c)
        .and_then(|at| u32::try_from(at).ok())
}

/// 三十五, 十二, 一九六〇.
fn kanji_number(text: &str) -> Option<u32> {
    if text.is_empty() || text.chars().count() > 4 {
        return None;
    }
    let digits = |part: &str| {
        part.chars()
            .try_fold(0, |n, c| Some(n * 10 + kanji_digit(c)?))
    };
    match text.split_once('十') {
        None => digits(text),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { digits(tens)? };
            Some(tens * 10 + digits(ones)?)
        }
    }
}
