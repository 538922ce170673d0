//! Ages (満年齢) and school years (学年), also of births known only roughly.

use chrono::Datelike;

use super::{PartialDate, Precision};
use crate::lang::Lang;
use crate::time::Day;

/// An age, or the ages that are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// The lowest possible age.
    pub low: i32,
    /// The highest possible age.
    pub high: i32,
    /// Told as "about", or as an age band: reckoned by calendar years only.
    pub approx: bool,
}

/// Where a child of this birth stands at school, if it goes the usual way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// 未就学.
    BeforeSchool,
    /// 小学1–6年.
    Elementary(u8),
    /// 中学1–3年.
    JuniorHigh(u8),
    /// 高校1–3年の年齢; nobody has to go.
    HighSchoolAge(u8),
    /// Older than that.
    Beyond,
}

impl PartialDate {
    /// The age on a day, as a birth date. None when unknown, or when the birth is certainly later.
    #[must_use]
    pub fn age_on(&self, on: Day) -> Option<Age> {
        let (first, last) = self.span()?;
        if first > on {
            return None;
        }
        let approx = self.approx || self.precision == Precision::AgeBand;
        let (low, high) = if approx {
            (on.year() - last.year(), on.year() - first.year())
        } else {
            (full_years(last, on), full_years(first, on))
        };
        Some(Age {
            low: low.max(0),
            high: high.max(0),
            approx,
        })
    }

    /// The school year on a day, where the birth is known well enough to tell.
    #[must_use]
    pub fn grade_on(&self, on: Day) -> Option<Grade> {
        let (first, last) = self.span()?;
        if self.approx || first > on {
            return None;
        }
        let (older, younger) = (Grade::of(first, on), Grade::of(last, on));
        (older == younger).then_some(older)
    }
}

impl Age {
    /// 66歳, 59〜60歳, 60歳くらい, 60代; 66, 59–60, about 60, 60s.
    #[must_use]
    pub fn display(self, lang: Lang) -> String {
        let Self { low, high, approx } = self;
        let band = approx && low % 10 == 0 && high == low + 9;
        match (lang, low == high, approx) {
            (Lang::Ja, ..) if band => format!("{low}代"),
            (Lang::En, ..) if band => format!("{low}s"),
            (Lang::Ja, true, false) => format!("{low}歳"),
            (Lang::Ja, true, true) => format!("{low}歳くらい"),
            (Lang::Ja, false, false) => format!("{low}〜{high}歳"),
            (Lang::Ja, false, true) => format!("{low}〜{high}歳くらい"),
            (Lang::En, true, false) => format!("{low}"),
            (Lang::En, true, true) => format!("about {low}"),
            (Lang::En, false, false) => format!("{low}–{high}"),
            (Lang::En, false, true) => format!("about {low}–{high}"),
        }
    }
}

impl Grade {
    /// A school year holds the births from 2 April to 1 April; who turns six in it enters at its end.
    fn of(birth: Day, on: Day) -> Self {
        let cohort = birth.year() - i32::from((birth.month(), birth.day()) < (4, 2));
        let year = on.year() - i32::from(on.month() < 4);
        let step = |from: i32| u8::try_from(year - cohort - 6 - from).unwrap_or(0);
        match year - cohort - 6 {
            ..=0 => Self::BeforeSchool,
            1..=6 => Self::Elementary(step(0)),
            7..=9 => Self::JuniorHigh(step(6)),
            10..=12 => Self::HighSchoolAge(step(9)),
            _ => Self::Beyond,
        }
    }

    /// The words; empty for [`Grade::Beyond`].
    #[must_use]
    pub fn display(self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::Ja, Self::BeforeSchool) => "未就学".into(),
            (Lang::Ja, Self::Elementary(n)) => format!("小学{n}年"),
            (Lang::Ja, Self::JuniorHigh(n)) => format!("中学{n}年"),
            (Lang::Ja, Self::HighSchoolAge(n)) => format!("高校{n}年の年齢"),
            (Lang::En, Self::BeforeSchool) => "before school age".into(),
            (Lang::En, Self::Elementary(n)) => format!("elementary school, year {n}"),
            (Lang::En, Self::JuniorHigh(n)) => format!("junior high school, year {n}"),
            (Lang::En, Self::HighSchoolAge(n)) => format!("high school age, year {n}"),
            (_, Self::Beyond) => String::new(),
        }
    }
}

/// Birthdays passed. Born on 29 February, one turns on 1 March of a common year.
fn full_years(birth: Day, on: Day) -> i32 {
    let years = on.year() - birth.year();
    years - i32::from((on.month(), on.day()) < (birth.month(), birth.day()))
}
