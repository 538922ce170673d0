//! What offices type, and what comes of it. Today is 23 November 2026.

use proptest::prelude::*;

use super::*;
use crate::lang::Lang;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn today() -> Day {
    day("2026-11-23")
}

fn past(text: &str) -> Result<PartialDate, DateError> {
    parse(text, today(), Direction::Past)
}

fn ja(text: &str) -> String {
    past(text).unwrap().display(Lang::Ja)
}

#[track_caller]
fn reads(text: &str, iso: &str, precision: Precision, approx: bool) {
    let read = past(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(read.iso.as_deref(), Some(iso), "{text}");
    assert_eq!((read.precision, read.approx), (precision, approx), "{text}");
    assert_eq!(read.raw, text);
}

#[test]
fn one_day_reads_alike_in_every_writing() {
    for text in [
        "S35.1.8",
        "s350108",
        "Ｓ３５．１．８",
        "S35/01/08",
        "S35-1-8",
        "Ｓ３５ー１ー８",
        "S 35 1 8",
        "昭和35年1月8日",
        "昭和３５年　１月　８日",
        "昭35.1.8",
        "㍼35年1月8日",
        "昭和三十五年一月八日",
        "19600108",
        "１９６００１０８",
        "1960/1/8",
        "1960年1月8日",
        "1960-01-08",
        "1960 1 8",
        "1960。1。8",
        "8 January 1960",
        "Jan 8, 1960",
        "昭和35年1月8日(1960/1/8)",
        "S35.1.8生",
        "昭和35年1月8日(金)",
        "昭和35年1月8日生まれ",
    ] {
        reads(text, "1960-01-08", Precision::Day, false);
    }
}

#[test]
fn a_date_is_as_precise_as_it_was_told() {
    use Precision::{AgeBand, Day, Decade, Month, Year};
    reads("昭和元年", "1926", Year, false);
    reads("昭和35年1月", "1960-01", Month, false);
    reads("S3501", "1960-01", Month, false);
    reads("S35.1", "1960-01", Month, false);
    reads("196001", "1960-01", Month, false);
    reads("1960", "1960", Year, false);
    reads("s35", "1960", Year, false);
    reads("昭和40年頃", "1965", Year, true);
    reads("昭和40年ごろ生まれ", "1965", Year, true);
    reads("約1965年", "1965", Year, true);
    reads("about 1965", "1965", Year, true);
    reads("昭和40年春", "1965", Year, true);
    reads("昭和30年代", "1955", Decade, false);
    reads("昭和三十年代", "1955", Decade, false);
    reads("昭和30年代頃", "1955", Decade, true);
    reads("1960年代", "1960", Decade, false);
    reads("1960s", "1960", Decade, false);
    reads("60代", "1957", AgeBand, false);
    reads("６０代", "1957", AgeBand, false);
    reads("60歳代", "1957", AgeBand, false);
    reads("60s", "1957", AgeBand, false);
    reads("60代後半", "1957", AgeBand, false);
    reads("60歳くらい", "1966", Year, true);
    reads("60歳", "1966", Year, true);
    reads("R8/11/23", "2026-11-23", Day, false);
    reads("令和8年11月23日", "2026-11-23", Day, false);
    reads("1月", "2026-01", Month, false);
    reads("S35.1.8頃", "1960-01-08", Day, true);
}

#[test]
fn not_knowing_is_an_answer() {
    for text in ["不明", "不詳", "わからない", "unknown", "？"] {
        let read = past(text).unwrap();
        assert_eq!(
            (read.iso.as_deref(), read.precision),
            (None, Precision::Unknown)
        );
        assert_eq!(read.raw, text);
        assert_eq!(read.span(), None);
    }
}

#[test]
fn a_day_without_a_year_is_the_nearest_one_that_way() {
    let read = |text, direction| parse(text, today(), direction).unwrap().iso.unwrap();
    assert_eq!(read("1/8", Direction::Past), "2026-01-08");
    assert_eq!(read("1/8", Direction::Future), "2027-01-08");
    assert_eq!(read("12月24日", Direction::Past), "2025-12-24");
    assert_eq!(read("12月24日", Direction::Future), "2026-12-24");
    assert_eq!(read("11/23", Direction::Past), "2026-11-23");
    assert_eq!(read("11/23", Direction::Future), "2026-11-23");
    assert_eq!(read("2/29", Direction::Past), "2024-02-29");
    assert_eq!(read("2/29", Direction::Future), "2028-02-29");
    assert_eq!(past("2/30").unwrap_err(), DateError::NoSuchDay);
    assert_eq!(past("13/1").unwrap_err(), DateError::NoSuchMonth);
}

#[test]
fn words_and_steps_count_from_today() {
    for (text, iso) in [
        ("今日", "2026-11-23"),
        ("-3", "2026-11-20"),
        ("－３", "2026-11-20"),
        ("+7", "2026-11-30"),
        ("昨日", "2026-11-22"),
        ("おととい", "2026-11-21"),
        ("明日", "2026-11-24"),
        ("3日前", "2026-11-20"),
        ("2週間後", "2026-12-07"),
        ("先月", "2026-10"),
        ("3か月前", "2026-08"),
        ("去年", "2025"),
        ("5年前", "2021"),
    ] {
        assert_eq!(past(text).unwrap().iso.as_deref(), Some(iso), "{text}");
    }
    assert!(past("5年前頃").unwrap().approx);
}

#[test]
fn each_era_begins_and_ends_on_its_day() {
    for (last, first, given, right) in [
        ("M45/7/29", "T1/7/30", "M45/7/30", Era::Taisho),
        ("T15/12/24", "S1/12/25", "T15/12/25", Era::Showa),
        ("S64/1/7", "H1/1/8", "S64/1/8", Era::Heisei),
        ("H31/4/30", "R1/5/1", "H31/5/1", Era::Reiwa),
    ] {
        let (last, first) = (past(last).unwrap(), past(first).unwrap());
        assert_eq!(
            last.span().unwrap().1.succ_opt(),
            Some(first.span().unwrap().0)
        );
        match past(given).unwrap_err() {
            DateError::OutsideEra { right: found, .. } => assert_eq!(found, Some(right)),
            other => panic!("{given}: {other:?}"),
        }
    }
    assert!(past("M1/10/22").is_err());
    assert!(past("明治元年10月23日").is_ok());
}

#[test]
fn a_date_after_the_era_names_the_right_era() {
    let error = past("S64/1/8").unwrap_err();
    assert_eq!(error.code(), "date_outside_era");
    assert_eq!(
        error.hint(Lang::Ja).unwrap(),
        "昭和は昭和64年1月7日までです。平成ではありませんか。"
    );
    assert_eq!(
        error.hint(Lang::En).unwrap(),
        "Shōwa ended on 1989-01-07. Is it Heisei?"
    );
    let before = past("R1/4/30").unwrap_err();
    assert_eq!(
        before.hint(Lang::Ja).unwrap(),
        "令和は令和元年5月1日からです。平成ではありませんか。"
    );
    for text in [
        "S64/2",
        "昭和65年",
        "S640108",
        "昭和70年代",
        "平成40年代",
        "H0/1/1",
        "S0",
    ] {
        assert!(
            matches!(past(text), Err(DateError::OutsideEra { .. })),
            "{text}"
        );
    }
    assert!(past("昭和64年").is_ok() && past("昭和64年1月").is_ok());
}

#[test]
fn impossible_dates_say_why() {
    use DateError::*;
    for (text, error) in [
        ("", Empty),
        ("　 ", Empty),
        ("S35.2.30", NoSuchDay),
        ("1961/2/29", NoSuchDay),
        ("1960/2/30", NoSuchDay),
        ("1900/2/29", NoSuchDay),
        ("1960/13/1", NoSuchMonth),
        ("1960/0/1", NoSuchMonth),
        ("1960/1/0", NoSuchDay),
        ("35/1/8", YearAmbiguous),
        ("60年1月8日", YearAmbiguous),
        ("1599/1/1", OutOfRange),
        ("99990101", OutOfRange),
        ("150歳", OutOfRange),
        ("S100", OutOfRange),
        ("あした晴れ", NotUnderstood),
        ("65代", NotUnderstood),
        ("昭和35年1月8日(1961/1/8)", Contradiction),
        ("昭和35年1月8日(", NotUnderstood),
        ("123", NotUnderstood),
        ("99999999999999999999", NotUnderstood),
    ] {
        assert_eq!(past(text).unwrap_err(), error, "{text}");
    }
    assert_eq!(past(&"1".repeat(101)).unwrap_err(), TooLong);
    assert!(past("1960/2/29").is_ok() && past("2000/2/29").is_ok());
}

/// What the offices' ledgers hold where a cell lost its format. The days are those that Excel itself shows.
#[test]
fn a_number_of_excel_is_offered_as_a_date_and_never_taken() {
    for (text, on) in [
        ("10000", "1927-05-18"),
        ("21923", "1960-01-08"),
        ("２１９２３", "1960-01-08"),
        (" 21923 ", "1960-01-08"),
        ("32515", "1989-01-07"),
        ("36526", "2000-01-01"),
        ("36585", "2000-02-29"),
        ("44259", "2021-03-04"),
        ("44259.0", "2021-03-04"),
        ("44259.4375", "2021-03-04"),
        // It may as well be January 1960 without a zero: the person decides.
        ("19601", "1953-08-30"),
        ("60000", "2064-04-08"),
    ] {
        for direction in [Direction::Past, Direction::Future] {
            let error = parse(text, today(), direction).unwrap_err();
            assert_eq!(error, DateError::ExcelSerial, "{text}");
            assert_eq!(offered(text), Some(day(on)), "{text}");
        }
    }
    for lang in [Lang::Ja, Lang::En] {
        let hint = DateError::ExcelSerial.hint(lang).unwrap();
        assert!(hint.contains("Excel"), "{hint}");
    }
}

#[test]
fn what_is_no_number_of_excel_is_not_offered() {
    for text in [
        "9999",
        "09999",
        "60001",
        "99999",
        "44259円",
        "44259.",
        "44259.1.2",
        "44,259",
        "約44259年",
        "44259/1",
        "S44259",
        "-44259",
        "+44259",
    ] {
        assert_eq!(offered(text), None, "{text}");
        assert_ne!(past(text), Err(DateError::ExcelSerial), "{text}");
    }
    // Dates of other lengths stay what they were.
    reads("196001", "1960-01", Precision::Month, false);
    reads("19600108", "1960-01-08", Precision::Day, false);
    reads("1960", "1960", Precision::Year, false);
    reads("s350108", "1960-01-08", Precision::Day, false);
}

#[test]
fn dates_show_in_both_counts() {
    for (typed, shown) in [
        ("S35.1.8", "昭和35年1月8日(1960/1/8)"),
        ("R1.5.1", "令和元年5月1日(2019/5/1)"),
        ("S35.1", "昭和35年1月(1960/1)"),
        ("1960", "昭和35年(1960)"),
        ("昭和64年", "昭和64・平成元年(1989)"),
        ("昭和40年頃", "昭和40年頃(1965)"),
        ("昭和30年代", "昭和30年代(1955〜1964)"),
        ("昭和60年代", "昭和60年代(1985〜1989)"),
        ("1960年代", "1960年代"),
        ("60代", "60代(1957〜1966年頃)"),
        ("不明", "不明"),
        ("1850/1/8", "1850年1月8日"),
    ] {
        assert_eq!(ja(typed), shown, "{typed}");
    }
    for (typed, shown) in [
        ("S35.1.8", "8 January 1960"),
        ("昭和40年頃", "about 1965"),
        ("昭和30年代", "1955–1964 (Shōwa 30s)"),
        ("1960年代", "1960s"),
        ("60代", "60s (born about 1957–1966)"),
        ("不明", "unknown"),
    ] {
        assert_eq!(past(typed).unwrap().display(Lang::En), shown, "{typed}");
    }
}

#[test]
fn ages_are_as_sure_as_the_birth() {
    let age = |birth: &str, on: &str| {
        let age = past(birth).unwrap().age_on(day(on));
        age.map(|age| age.display(Lang::Ja))
    };
    assert_eq!(age("S35.1.8", "2026-01-07").as_deref(), Some("65歳"));
    assert_eq!(age("S35.1.8", "2026-01-08").as_deref(), Some("66歳"));
    assert_eq!(age("2004/2/29", "2026-02-28").as_deref(), Some("21歳"));
    assert_eq!(age("2004/2/29", "2026-03-01").as_deref(), Some("22歳"));
    assert_eq!(age("1966", "2026-11-23").as_deref(), Some("59〜60歳"));
    assert_eq!(
        age("60歳くらい", "2026-11-23").as_deref(),
        Some("60歳くらい")
    );
    assert_eq!(age("60代", "2026-11-23").as_deref(), Some("60代"));
    assert_eq!(age("60代", "2027-01-01").as_deref(), Some("61〜70歳くらい"));
    assert_eq!(age("2026/11/24", "2026-11-23"), None);
    assert_eq!(age("不明", "2026-11-23"), None);
}

#[test]
fn a_child_of_the_first_of_april_is_a_year_ahead() {
    let grade = |birth: &str| past(birth).unwrap().grade_on(day("2026-11-23"));
    assert_eq!(grade("2019/4/2"), Some(Grade::Elementary(1)));
    assert_eq!(grade("2020/4/1"), Some(Grade::Elementary(1)));
    assert_eq!(grade("2020/4/2"), Some(Grade::BeforeSchool));
    assert_eq!(grade("2013/6/1"), Some(Grade::JuniorHigh(1)));
    assert_eq!(grade("2008/6/1"), Some(Grade::HighSchoolAge(3)));
    assert_eq!(grade("2007/6/1"), Some(Grade::Beyond));
    assert_eq!(grade("2019"), None);
    assert_eq!(Grade::Elementary(1).display(Lang::Ja), "小学1年");
}

#[test]
fn a_birth_date_does_not_show_in_debug() {
    let shown = format!("{:?}", past("S35.1.8").unwrap());
    assert_eq!(shown, "PartialDate(Day, ..)");
}

#[test]
fn json_from_elsewhere_with_a_broken_iso_shows_what_was_typed() {
    let broken: PartialDate =
        serde_json::from_str(r#"{"iso":"1960-99","precision":"month","raw":"x"}"#).unwrap();
    assert_eq!(broken.span(), None);
    assert_eq!(broken.display(Lang::Ja), "x");
    assert!(serde_json::from_str::<PartialDate>(r#"{"precision":"day","extra":1}"#).is_err());
}

fn any_day() -> impl Strategy<Value = Day> {
    (0_u64..84_000).prop_map(|n| {
        let first = Era::Meiji.first();
        first.checked_add_days(chrono::Days::new(n)).unwrap()
    })
}

proptest! {
    #[test]
    fn every_day_reads_back_from_how_it_is_shown(on in any_day(), lang in prop::sample::select(vec![Lang::Ja, Lang::En])) {
        let date = PartialDate::of_day(on);
        let again = past(&date.display(lang)).unwrap();
        prop_assert_eq!(&again.iso, &date.iso);
        prop_assert_eq!(again.exact_day(), Some(on));
    }

    #[test]
    fn era_and_western_writing_name_the_same_day(on in any_day()) {
        let era = Era::of(on).unwrap();
        let typed = format!("{}{}.{}.{}", era.ja(), era.number(on.year()), on.month(), on.day());
        prop_assert_eq!(past(&typed).unwrap().exact_day(), Some(on));
        let compact = format!("{}{:02}{:02}{:02}", era.prefixes()[2], era.number(on.year()), on.month(), on.day());
        prop_assert_eq!(past(&compact).unwrap().exact_day(), Some(on));
        prop_assert_eq!(past(&on.format("%Y%m%d").to_string()).unwrap().exact_day(), Some(on));
    }

    #[test]
    fn every_number_of_excel_is_the_day_before_the_next(n in 10_000_u32..60_000) {
        let offer = |n: u32| offered(&n.to_string()).unwrap();
        prop_assert_eq!(offer(n).succ_opt(), Some(offer(n + 1)));
    }

    #[test]
    fn any_text_is_read_or_refused_and_kept(text in "[0-9SsHhRrMT昭和平成令元年月日頃代歳/.\\-() 〇一十]{0,14}|.{0,20}") {
        prop_assert_eq!(past(&text) == Err(DateError::ExcelSerial), offered(&text).is_some());
        if let Ok(date) = past(&text) {
            prop_assert_eq!(&date.raw, &text);
            prop_assert_eq!(date.iso.is_some(), date.span().is_some());
            let _ = (date.display(Lang::Ja), date.display(Lang::En), date.age_on(today()), date.grade_on(today()));
            let json = serde_json::to_string(&date).unwrap();
            prop_assert!(serde_json::from_str::<PartialDate>(&json).unwrap() == date);
        }
    }
}
