//! A sound key for names, for guesses that are shown as guesses.

use unicode_normalization::UnicodeNormalization;

use super::{fold, query::romaji_to_kana};

/// The key of what sounds alike: small kana as large, no long vowels, no voicing marks; romaji read as kana.
///
/// おおつか, オツカ, otsuka and おーづか share a key. Kanji stay, so a name in kanji is only near itself.
#[must_use]
pub fn near(text: &str) -> String {
    let key: String = fold(text)
        .split_whitespace()
        .map(|word| romaji_to_kana(word).map_or_else(|| word.to_owned(), |kana| fold(&kana)))
        .collect();
    let mut out = String::with_capacity(key.len());
    let mut vowel = None;
    for c in key.chars().filter_map(plain) {
        if lengthens(vowel, c) {
            continue;
        }
        out.push(c);
        vowel = vowel_of(c);
    }
    out
}

/// One kana for one sound; nothing for marks.
fn plain(c: char) -> Option<char> {
    let c = match c {
        'ー' | '-' | '\'' | '・' | 'っ' => return None,
        'ぢ' => 'じ',
        // ちづこ/ちずこ and おおつか/おおづか are one name each; the price is まつだ/ますだ.
        'つ' | 'づ' => 'す',
        'を' => 'お',
        'ゐ' => 'い',
        'ゑ' => 'え',
        'ゔ' => 'ふ',
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' => {
            char::from_u32(u32::from(c) + 1).unwrap_or(c)
        }
        c => c,
    };
    match c {
        'ぁ'..='ゔ' => std::iter::once(c).nfd().next(),
        c => Some(c),
    }
}

fn lengthens(vowel: Option<char>, c: char) -> bool {
    matches!(
        (vowel, c),
        (Some('あ'), 'あ')
            | (Some('い'), 'い')
            | (Some('う'), 'う')
            | (Some('え'), 'え' | 'い')
            | (Some('お'), 'お' | 'う')
    )
}

fn vowel_of(kana: char) -> Option<char> {
    const ROWS: [(char, &str); 5] = [
        ('あ', "あかさたなはまやらわ"),
        ('い', "いきしちにひみり"),
        ('う', "うくすぬふむゆる"),
        ('え', "えけせてねへめれ"),
        ('お', "おこそとのほもよろ"),
    ];
    ROWS.iter()
        .find(|(_, row)| row.contains(kana))
        .map(|(vowel, _)| *vowel)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn names_that_sound_alike_share_a_key() {
        for group in [
            ["おおつか", "オツカ", "otsuka", "ootsuka", "おーづか"].as_slice(),
            &["さとう", "サトー", "sato", "satou", "Satō"],
            &["ジョージ", "じようじ", "ｼﾞﾖｳｼﾞ"],
            &["はっとり", "ハトリ", "hattori"],
            &["ちづこ", "ちずこ", "ちつこ"],
            &["ヴぁん", "ふあん"],
            &["さいとう けい", "サイト ケイ"],
        ] {
            for name in group {
                assert_eq!(near(name), near(group[0]), "{name}");
            }
        }
    }

    #[test]
    fn other_names_do_not() {
        for (a, b) in [
            ("さとう", "さいとう"),
            ("たなか", "なかた"),
            ("田中", "たなか"),
        ] {
            assert_ne!(near(a), near(b));
        }
    }
}
