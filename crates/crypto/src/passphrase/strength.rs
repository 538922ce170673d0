//! How hard a passphrase is to guess, estimated low.
//!
//! # Invariants
//!
//! - **Never flattering.** A person's own text counts a few bits per character, and nothing for what repeats, runs on
//!   (`abc`, `123`, `qwerty`) or is on everybody's list.
//! - **A passphrase of the list's words counts eleven bits per different word**, as if they were drawn.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::words;

/// The least length of a passphrase that a person chose.
const SHORTEST: usize = 15;
/// What lies beyond is not looked at: nobody types it, and the field must answer at once.
const LOOKED_AT: usize = 256;

/// What is told beside the field where a passphrase is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// Estimated bits.
    pub bits: u32,
    /// What to tell.
    pub level: Level,
}

/// A passphrase in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Under 15 characters: not to be accepted.
    Short,
    /// Under 40 bits: not to be accepted.
    Weak,
    /// Under 64 bits: holds against a thief, not against an organisation.
    Fair,
    /// 64 bits or more, as a generated one has.
    Strong,
}

/// Texts at the top of every guesser's list; each counts as one character.
const EVERYBODYS: [&str; 18] = [
    "password",
    "passw0rd",
    "pasuwado",
    "pasuwaado",
    "welcome",
    "iloveyou",
    "letmein",
    "admin",
    "marugoto",
    "sakura",
    "tokyo",
    "nippon",
    "パスワード",
    "ぱすわーど",
    "まるごと",
    "みほん",
    "さくら",
    "あいしてる",
];

/// Neighbours on a keyboard, and the order of kana.
const ROWS: [&str; 9] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "あいうえおかきくけこさしすせそ",
    "たちつてとなにぬねのはひふへほ",
    "まみむめもやゆよらりるれろわをん",
    "いろはにほへとちりぬるを",
];

/// Estimates a passphrase as it was typed.
#[must_use]
pub fn strength(text: &str) -> Strength {
    let plain = Zeroizing::new(text.nfkc().take(LOOKED_AT).collect::<String>());
    let bits = match words::distinct(&plain) {
        0 => own_text(&plain),
        words => 11 * u32::try_from(words).unwrap_or(u32::MAX / 11),
    };
    let level = match bits {
        _ if plain.chars().count() < SHORTEST => Level::Short,
        0..40 => Level::Weak,
        40..64 => Level::Fair,
        64.. => Level::Strong,
    };
    Strength { bits, level }
}

fn own_text(plain: &str) -> u32 {
    let mut text = Zeroizing::new(plain.to_lowercase());
    for known in EVERYBODYS {
        text = Zeroizing::new(text.replace(known, "*"));
    }
    let letters = Zeroizing::new(
        text.chars()
            .filter(|letter| !letter.is_whitespace())
            .collect::<Vec<char>>(),
    );
    let mut bits = letters.first().map_or(0, |first| Class::of(*first).bits());
    for (place, pair) in letters.windows(2).enumerate() {
        let &[before, letter] = pair else { continue };
        let seen = letters
            .windows(2)
            .take(place)
            .any(|earlier| earlier == pair);
        if before == letter || seen || runs_on(before, letter) {
            continue;
        }
        let (from, class) = (Class::of(before), Class::of(letter));
        // Random text changes between kinds of characters all the time, a person's text hardly ever.
        bits += class.bits() + if from == class { 0 } else { 2 };
    }
    bits
}

fn runs_on(before: char, letter: char) -> bool {
    let step =
        u32::from(before).abs_diff(u32::from(letter)) == 1 && Class::of(letter) != Class::Ideograph;
    step || ROWS.iter().any(|row| {
        let row = Vec::from_iter(row.chars());
        row.windows(2)
            .any(|pair| pair == [before, letter] || pair == [letter, before])
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Letter,
    Kana,
    Ideograph,
    Other,
}

impl Class {
    fn of(letter: char) -> Self {
        match letter {
            '0'..='9' => Self::Digit,
            'a'..='z' => Self::Letter,
            '\u{3041}'..='\u{30ff}' => Self::Kana,
            '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => Self::Ideograph,
            _ => Self::Other,
        }
    }

    /// What one more such character is worth in a person's own text.
    fn bits(self) -> u32 {
        match self {
            Self::Digit | Self::Letter => 2,
            Self::Kana | Self::Other => 3,
            Self::Ideograph => 5,
        }
    }
}
