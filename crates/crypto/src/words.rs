//! The 2,048 Japanese words of BIP-39, to read aloud, to compare and to remember.
//!
//! # Invariants
//!
//! - **One spelling per word.** Hiragana, katakana and the usual ways to write romaji come to the same spelling, and no
//!   two words share one (checked over the whole list).
//! - **A word prints only when asked.** Words can be a passphrase, so `Debug` hides them.

use std::fmt;
use std::sync::LazyLock;

use bip39::Language;
use unicode_normalization::UnicodeNormalization;
use wana_kana::ConvertJapanese;
use zeroize::{Zeroize, Zeroizing};

use crate::bytes::{random, sha256};
use crate::passphrase::{Normalised, Params};

/// One word of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The word in hiragana.
    pub kana: &'static str,
    /// The word in Hepburn romaji, as shown beside the hiragana.
    pub romaji: &'static str,
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Word(..)")
    }
}

/// How one word may be typed in romaji.
struct Spelling {
    /// The one that keys are derived from: short romaji (`si`, `tu`, `zya`), a single `n` for ん.
    normal: String,
    /// With `n` or `nn` for each ん, as an input method asks for.
    typed: Vec<String>,
}

static LIST: LazyLock<[Word; 2048]> = LazyLock::new(|| {
    Language::Japanese.word_list().map(|word| {
        let kana: String = word.nfc().collect();
        let romaji = kana.to_romaji();
        // Leaked once for the life of the program: the list is public and never changes.
        Word {
            kana: kana.leak(),
            romaji: romaji.leak(),
        }
    })
});

/// The whole list, in the order that gives the numbers 0 to 2047.
#[must_use]
pub fn list() -> &'static [Word; 2048] {
    &LIST
}

static SPELLINGS: LazyLock<Vec<Spelling>> = LazyLock::new(|| list().iter().map(spelling).collect());

/// The six words two people compare for a message of any length: 66 bits of Argon2id (64 MiB, 3 passes) over its
/// SHA-256, so that a look-alike costs 2⁶⁶ slow derivations.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a machine without 64 MiB cannot open a store either"
)]
pub fn six_words(bytes: &[u8]) -> [Word; 6] {
    let message = Normalised::from_bytes(&sha256(&[bytes]));
    let key = message
        .derive(b"mg/words/1 six words of one text", Params::FLOOR)
        .expect("64 MiB of memory");
    // EXPOSE: shown on purpose; the message is public and so are its words.
    pick(key.expose())
}

/// Draws a passphrase of seven words: 77 bits.
#[must_use]
pub fn make_passphrase() -> [Word; 7] {
    let mut bytes = random::<32>();
    let words = pick(&bytes);
    bytes.zeroize();
    words
}

/// Reads words with spaces between them, in hiragana, katakana or romaji. `None` when one is not of the list.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<Word>> {
    text.split(is_gap)
        .filter(|token| !token.is_empty())
        .map(one_word)
        .collect()
}

/// The spelling that a passphrase of the list's words has however it is typed, or `None` when it is anything else.
///
/// Hiragana, katakana or romaji (`shi` or `si`, `ん` as `n`, `n'` or `nn`), any width, case and spacing.
pub(crate) fn spell(text: &str) -> Option<Zeroizing<String>> {
    let words = cover(&romaji(text))?;
    let mut spelling = Zeroizing::new(String::with_capacity(words.len() * 16));
    words
        .iter()
        .filter_map(|word| SPELLINGS.get(*word))
        .for_each(|word| spelling.push_str(&word.normal));
    Some(spelling)
}

/// How many different words of the list make up the text; 0 when it holds anything else.
pub(crate) fn distinct(text: &str) -> usize {
    let mut words = cover(&romaji(text)).unwrap_or_default();
    words.sort_unstable();
    words.dedup();
    words.len()
}

fn one_word(token: &str) -> Option<Word> {
    list().get(usize::from(number(token)?)).copied()
}

/// The number of a single word, however it is typed.
pub(crate) fn number(token: &str) -> Option<u16> {
    match *cover(&romaji(token))? {
        [word] => u16::try_from(word).ok(),
        _ => None,
    }
}

/// The first bits of `bytes`, eleven for each word.
fn pick<const N: usize>(bytes: &[u8; 32]) -> [Word; N] {
    let mut bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1)));
    [(); N].map(|()| {
        let number = bits
            .by_ref()
            .take(11)
            .fold(0, |number, bit| number << 1 | bit);
        // Eleven bits never reach past the list.
        list().get(number).copied().unwrap_or(Word {
            kana: "",
            romaji: "",
        })
    })
}

/// The numbers of the words that the text is made of, preferring spellings with a single `n`.
fn cover(text: &str) -> Option<Vec<usize>> {
    const LONGEST: usize = 1024;
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    walk(text, |word| std::slice::from_ref(&word.normal)).or_else(|| walk(text, |word| &word.typed))
}

/// Finds words that cover the text from end to end. Where several do, the longest last word decides, always alike.
fn walk(text: &str, spellings: impl Fn(&Spelling) -> &[String]) -> Option<Vec<usize>> {
    // For each place in the text, the word that ends there and where it began.
    let mut ends: Vec<Option<(usize, usize)>> = vec![None; text.len() + 1];
    for start in 0..text.len() {
        let reached = start == 0 || ends.get(start).is_some_and(Option::is_some);
        let Some(rest) = text.get(start..).filter(|_| reached) else {
            continue;
        };
        for (number, word) in SPELLINGS.iter().enumerate() {
            for typed in spellings(word)
                .iter()
                .filter(|typed| rest.starts_with(*typed))
            {
                if let Some(end) = ends.get_mut(start + typed.len()) {
                    end.get_or_insert((number, start));
                }
            }
        }
    }
    let mut words = Vec::new();
    let mut end = text.len();
    while end > 0 {
        let (word, start) = (*ends.get(end)?)?;
        words.push(word);
        end = start;
    }
    words.reverse();
    Some(words)
}

fn spelling(word: &Word) -> Spelling {
    let parts: Vec<Zeroizing<String>> = word.kana.split('ん').map(romaji).collect();
    let [first, rest @ ..] = parts.as_slice() else {
        return Spelling {
            normal: String::new(),
            typed: Vec::new(),
        };
    };
    let mut typed = vec![first.to_string()];
    for part in rest {
        typed = typed
            .iter()
            .flat_map(|so_far| ["n", "nn"].map(|n| format!("{so_far}{n}{}", part.as_str())))
            .collect();
    }
    // The one with a single `n` everywhere is made first.
    Spelling {
        normal: typed.first().cloned().unwrap_or_default(),
        typed,
    }
}

/// Short romaji without gaps and apostrophes. The same for kana and for each usual romaji of it.
fn romaji(text: &str) -> Zeroizing<String> {
    let plain = Zeroizing::new(
        text.nfkc()
            .filter(|letter| !is_gap(*letter))
            .collect::<String>(),
    );
    let mut short = Zeroizing::new(plain.to_romaji().to_lowercase());
    short.retain(|letter| !matches!(letter, '\'' | '’' | '‘' | '`'));
    // The order matters: `tch` before `ch`, `chi` before `ch`, `ji` before `j`.
    for (long, replacement) in [
        ("tch", "tty"),
        ("cch", "tty"),
        ("ttyi", "tti"),
        ("shi", "si"),
        ("sh", "sy"),
        ("chi", "ti"),
        ("ch", "ty"),
        ("tsu", "tu"),
        ("dzu", "zu"),
        ("du", "zu"),
        ("ji", "zi"),
        ("di", "zi"),
        ("jy", "zy"),
        ("j", "zy"),
        ("fu", "hu"),
        ("mb", "nb"),
        ("mp", "np"),
    ] {
        short = Zeroizing::new(short.replace(long, replacement));
    }
    short
}

pub(crate) fn is_gap(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '・' | '、' | ',' | '_')
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn no_two_words_share_a_spelling() {
        let mut owners = BTreeMap::new();
        for (number, word) in SPELLINGS.iter().enumerate() {
            for typed in &word.typed {
                assert_eq!(
                    owners.insert(typed, number),
                    None,
                    "{typed} stands for two words"
                );
            }
        }
        // Red control: were every `n` and `nn` one, たにん and たんにん would be too.
        let merged: BTreeSet<String> = SPELLINGS
            .iter()
            .map(|word| word.normal.replace("nn", "n"))
            .collect();
        assert!(merged.len() < 2048);
        let shown: BTreeSet<&str> = list().iter().map(|word| word.romaji).collect();
        assert_eq!(shown.len(), 2048);
    }

    #[test]
    fn every_word_is_read_back_however_it_is_typed() {
        for word in list() {
            let katakana: String = word
                .kana
                .chars()
                .map(|kana| char::from_u32(u32::from(kana) + 0x60).unwrap())
                .collect();
            let loud = word.romaji.to_uppercase();
            let plain = word.romaji.replace('\'', "");
            let decomposed: String = word.kana.nfd().collect();
            let long_n = word
                .kana
                .split('ん')
                .map(romaji)
                .map(|part| part.to_string())
                .collect::<Vec<_>>()
                .join("nn");
            for typed in [
                word.kana,
                word.romaji,
                &katakana,
                &loud,
                &plain,
                &decomposed,
                &long_n,
            ] {
                assert_eq!(one_word(typed), Some(*word), "{typed}");
            }
        }
    }

    #[test]
    fn spacing_does_not_change_the_spelling() {
        for start in (0..2040).step_by(97) {
            let words = &list()[start..start + 7];
            let joined = |with: &str, of: fn(&Word) -> &'static str| {
                words.iter().map(of).collect::<Vec<_>>().join(with)
            };
            let expected = spell(&joined(" ", |word| word.kana)).unwrap();
            for gap in ["", " ", "　", "-", "・", "\n"] {
                assert_eq!(spell(&joined(gap, |word| word.kana)).unwrap(), expected);
                assert_eq!(spell(&joined(gap, |word| word.romaji)).unwrap(), expected);
            }
            assert_eq!(parse(&joined("　", |word| word.romaji)).unwrap(), words);
        }
    }

    #[test]
    fn a_text_with_any_other_word_is_left_alone() {
        assert_eq!(spell("あいさつ ではない"), None);
        assert_eq!(spell("aisatsu!"), None);
        assert_eq!(spell(""), None);
        assert_eq!(
            spell(&"あいさつ".repeat(1000)),
            None,
            "far too long for a passphrase"
        );
        assert_eq!(parse("あいさつ ではない"), None);
        assert_eq!(
            parse("あいさつあいだ"),
            None,
            "words are told apart by spaces"
        );
    }

    #[test]
    fn words_are_drawn_from_the_whole_list() {
        assert_eq!(pick::<2>(&[0xff; 32]), [list()[2047], list()[2047]]);
        assert_eq!(pick::<1>(&[0; 32]), [list()[0]]);
        assert_ne!(make_passphrase(), make_passphrase());
    }

    #[test]
    fn debug_shows_no_word() {
        assert_eq!(format!("{:?}", list()[0]), "Word(..)");
    }
}
