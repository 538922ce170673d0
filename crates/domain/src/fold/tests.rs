//! What counts as the same writing.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn same(writings: &[&str]) {
    for writing in writings {
        assert_eq!(fold(writing), fold(writings[0]), "{writing}");
    }
}

#[test]
fn width_kana_case_and_variants_count_as_the_same() {
    same(&["がぎぐ", "ガギグ", "ｶﾞｷﾞｸﾞ", "か\u{3099}き\u{3099}く\u{3099}"]);
    same(&["Tanaka 12", "ｔａｎａｋａ　１２", "TANAKA\n12"]);
    same(&["高橋", "髙橋", "髙槗"]);
    same(&["宮崎", "宮﨑"]);
    same(&["渡辺", "渡邊", "渡邉"]);
    same(&["斎藤", "齋藤", "齊藤", "斉藤"]);
    same(&["吉田", "𠮷田"]);
    same(&["浜田", "濵田", "濱田"]);
    same(&["葛城", "葛\u{E0100}城", "葛\u{FE00}城"]);
    same(&["福祉", "\u{FA1B}祉"]);
    same(&["龍ケ崎", "龍ヶ崎", "竜け崎"]);
    same(&["佐々木", "佐佐木"]);
    same(&["いすず", "いすゞ", "イスヾ"]);
    same(&["コーヒー", "ｺｰﾋｰ", "コ―ヒ―", "コ-ヒ-", "コ−ヒ−"]);
    same(&["ニーナ", "ニ〜ナ", "ニ～ナ"]);
    same(&["Nguyễn", "nguyen"]);
    same(&[
        "山田",
        "山\u{200B}田",
        "\u{FEFF}山田\u{200F}",
        "\u{202E}山田",
    ]);
    same(&["㈱", "(株)"]);
}

#[test]
fn what_only_sounds_alike_stays_apart() {
    for (a, b) in [
        ("きょう", "きよう"),
        ("おおの", "おの"),
        ("つか", "づか"),
        ("坂本", "阪本"),
        ("3-12", "312"),
    ] {
        assert_ne!(fold(a), fold(b));
    }
}

#[test]
fn every_single_character_folds_once_and_for_all() {
    let bad: Vec<char> = (0..=0x0010_FFFF_u32)
        .filter_map(char::from_u32)
        .filter(|c| {
            let once = fold(c.encode_utf8(&mut [0; 4]));
            fold(&once) != once
        })
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn a_phone_number_is_its_digits() {
    assert_eq!(phone_key("０９０－1234‐5678"), "09012345678");
}

#[test]
fn ten_megabytes_of_anything_are_only_slow() {
    let piece = "訪問介護の記録。e\u{301}a \u{202E}אבｶﾞﾐ";
    let text = piece.repeat(5_000_000 / piece.len()) + &"\u{301}".repeat(2_500_000);
    assert!(fold(&text).len() <= text.len() * 2);
    let text = "か".repeat(1_000_000);
    assert_eq!(snippet(&text, "きく", 40).hits, []);
}

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(
            "ｶ ﾞ ﾟ か \u{3099} \u{309A} ー - 〜 々 ゝ ゞ ヾ 佐 髙 𠮷 葛 \u{E0100} \u{200B} \u{200D} \u{202E} א e \u{0301} \u{0323} İ ẞ ㍼ ㌔ ﷺ 각 \u{1100} \u{1161} \u{11A8} \u{FE0F} ヷ ワ ゛"
                .split(' ')
                .map(str::to_owned)
                .chain([" ".to_owned(), "\n".to_owned()])
                .collect::<Vec<_>>()
        ),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in nasty()) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn every_place_in_the_key_leads_to_a_place_in_the_original(text in nasty()) {
        let folded = Folded::new(&text);
        prop_assert_eq!(folded.text(), fold(&text));
        prop_assert_eq!(folded.len(), folded.text().chars().count());
        let mut last = 0;
        for at in 0..folded.len() {
            let source = folded.source(at..at + 1).unwrap();
            prop_assert!(text.get(source.clone()).is_some_and(|piece| !piece.is_empty()));
            prop_assert!(source.start >= last);
            last = source.start;
        }
        prop_assert_eq!(folded.source(0..folded.len() + 1), None);
    }

    #[test]
    fn a_piece_of_a_text_is_found_by_its_tokens(text in "[訪問介護母子かなガー]{1,12}", from in 0_usize..12, length in 1_usize..6) {
        let piece: String = text.chars().skip(from).take(length).collect();
        let tokens = bigrams(&text);
        let tokens: Vec<&str> = tokens.split(' ').collect();
        for phrase in phrases(&piece) {
            let hit = match phrase.as_slice() {
                [one] if one.chars().count() == 1 => tokens.iter().any(|token| token.starts_with(one.as_str())),
                phrase => tokens.windows(phrase.len()).any(|window| window == phrase),
            };
            prop_assert!(hit, "{} in {}", piece, text);
        }
    }

    #[test]
    fn a_snippet_marks_only_what_it_shows(text in nasty(), query in nasty(), width in 0_usize..20) {
        let shown = snippet(&text, &query, width);
        let length = shown.text.chars().count();
        for (from, to) in shown.hits {
            prop_assert!(from < to && to <= length);
        }
    }
}
