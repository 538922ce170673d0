//! The Japanese eras since Meiji.
//!
//! Before 1873 Japan counted by the moon; the first five years of Meiji are taken here as Gregorian years, as
//! offices do when they meet them in old registers.

use chrono::Datelike;

use crate::time::Day;

/// An era. The order is the order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Era {
    /// 明治, from 23 October 1868.
    Meiji,
    /// 大正, from 30 July 1912.
    Taisho,
    /// 昭和, from 25 December 1926.
    Showa,
    /// 平成, from 8 January 1989.
    Heisei,
    /// 令和, from 1 May 2019.
    Reiwa,
}

impl Era {
    /// All eras, the oldest first.
    pub const ALL: [Self; 5] = [
        Self::Meiji,
        Self::Taisho,
        Self::Showa,
        Self::Heisei,
        Self::Reiwa,
    ];

    /// The name in Japanese.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// The name in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Meiji => "Meiji",
            Self::Taisho => "Taishō",
            Self::Showa => "Shōwa",
            Self::Heisei => "Heisei",
            Self::Reiwa => "Reiwa",
        }
    }

    /// Ways to write the era before a year, folded to lower case, the longest first.
    pub(crate) const fn prefixes(self) -> [&'static str; 3] {
        match self {
            Self::Meiji => ["明治", "明", "m"],
            Self::Taisho => ["大正", "大", "t"],
            Self::Showa => ["昭和", "昭", "s"],
            Self::Heisei => ["平成", "平", "h"],
            Self::Reiwa => ["令和", "令", "r"],
        }
    }

    /// The first day.
    #[must_use]
    pub fn first(self) -> Day {
        let (year, month, day) = match self {
            Self::Meiji => (1868, 10, 23),
            Self::Taisho => (1912, 7, 30),
            Self::Showa => (1926, 12, 25),
            Self::Heisei => (1989, 1, 8),
            Self::Reiwa => (2019, 5, 1),
        };
        Day::from_ymd_opt(year, month, day).unwrap_or(Day::MIN)
    }

    /// The last day, unless the era goes on.
    #[must_use]
    pub fn last(self) -> Option<Day> {
        let next = Self::ALL.into_iter().find(|era| *era > self)?;
        next.first().pred_opt()
    }

    /// The era of a day; none before Meiji.
    #[must_use]
    pub fn of(day: Day) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|era| era.first() <= day)
    }

    /// The Gregorian year of this era's year `n` (元年 = 1).
    pub(crate) fn gregorian(self, n: i32) -> i32 {
        self.first().year() - 1 + n
    }

    /// This era's number for a Gregorian year.
    pub(crate) fn number(self, year: i32) -> i32 {
        year - self.first().year() + 1
    }

    /// Whether any of the days from `from` to `to` lies in the era.
    pub(crate) fn meets(self, from: Day, to: Day) -> bool {
        self.first() <= to && self.last().is_none_or(|last| from <= last)
    }
}
