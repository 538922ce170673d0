//! Partial dates in words: 昭和35年1月8日(1960/1/8), 昭和40年頃(1965), 60代(1957〜1966年頃).

use chrono::Datelike;
use unicode_normalization::UnicodeNormalization;

use super::{Era, PartialDate, Precision};
use crate::lang::Lang;
use crate::time::Day;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl PartialDate {
    /// The date in words; what cannot be read shows as it was typed.
    #[must_use]
    pub fn display(&self, lang: Lang) -> String {
        match (self.precision, self.span(), lang) {
            (Precision::Unknown, _, Lang::Ja) => "不明".into(),
            (Precision::Unknown, _, Lang::En) => "unknown".into(),
            (_, None, _) => self.raw.clone(),
            (_, Some((first, last)), Lang::Ja) => self.ja(first, last),
            (_, Some((first, last)), Lang::En) => self.en(first, last),
        }
    }

    fn ja(&self, first: Day, last: Day) -> String {
        let about = if self.approx { "頃" } else { "" };
        let (y, m, d) = (first.year(), first.month(), first.day());
        let (rest, western) = match self.precision {
            Precision::Day => (format!("年{m}月{d}日"), format!("{y}/{m}/{d}")),
            Precision::Month => (format!("年{m}月"), format!("{y}/{m}")),
            Precision::Year => ("年".into(), format!("{y}")),
            Precision::Decade => return self.decade_ja(first, last),
            Precision::AgeBand => {
                let years = format!("{y}〜{}年頃", last.year());
                return match self.band() {
                    Some(band) => format!("{band}代({years})"),
                    None => years,
                };
            }
            Precision::Unknown => return self.raw.clone(),
        };
        match era_years(first, last) {
            Some(era_years) => format!("{era_years}{rest}{about}({western})"),
            None => format!("{y}{rest}{about}"),
        }
    }

    fn decade_ja(&self, first: Day, last: Day) -> String {
        let about = if self.approx { "頃" } else { "" };
        let (from, to) = (first.year(), last.year());
        match decade_of_era(first) {
            Some((era, n)) => format!("{}{n}年代{about}({from}〜{to})", era.ja()),
            None => format!("{from}年代{about}"),
        }
    }

    fn en(&self, first: Day, last: Day) -> String {
        let about = if self.approx { "about " } else { "" };
        let (from, to) = (first.year(), last.year());
        let month = MONTHS
            .get(first.month0() as usize)
            .copied()
            .unwrap_or_default();
        match self.precision {
            Precision::Day => format!("{about}{} {month} {from}", first.day()),
            Precision::Month => format!("{about}{month} {from}"),
            Precision::Year => format!("{about}{from}"),
            Precision::Decade => match decade_of_era(first) {
                Some((era, n)) => format!("{about}{from}–{to} ({} {n}s)", era.en()),
                None => format!("{about}{from}s"),
            },
            Precision::AgeBand => match self.band() {
                Some(band) => format!("{band}s (born about {from}–{to})"),
                None => format!("born about {from}–{to}"),
            },
            Precision::Unknown => self.raw.clone(),
        }
    }

    /// The tens of an age band, as they were said.
    fn band(&self) -> Option<u32> {
        let digits: String = self
            .raw
            .nfkc()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    }
}

/// 昭和64年, or 昭和64・平成元年 where the span lies in both; without 年.
fn era_years(first: Day, last: Day) -> Option<String> {
    let named = |era: Era| match era.number(first.year()) {
        1 => format!("{}元", era.ja()),
        n => format!("{}{n}", era.ja()),
    };
    let (from, to) = (Era::of(first), Era::of(last)?);
    match from {
        Some(from) if from != to => Some(format!("{}・{}", named(from), named(to))),
        Some(_) => Some(named(to)),
        None => None,
    }
}

fn decade_of_era(first: Day) -> Option<(Era, i32)> {
    if first.year() % 10 == 0 {
        return None;
    }
    let era = Era::of(first.with_month(12)?.with_day(31)?)?;
    Some((era, era.number(first.year())))
}
