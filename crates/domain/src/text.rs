//! Checks of typed text.
//!
//! # Invariants
//!
//! - A check says what it saw; it never changes the text.
//! - Only what would break the program or the screen is refused. Everything else is a warning that can be passed by.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// The longest note, in characters.
pub const NOTE_CHARS: usize = 200_000;
/// The longest answer, comment or memo, in characters.
pub const PARAGRAPH_CHARS: usize = 20_000;
/// The longest name, in characters.
pub const NAME_CHARS: usize = 200;
/// The longest single line: phone, address, label.
pub const LINE_CHARS: usize = 1_000;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More characters than there is room for.
    #[error("longer than {limit} characters")]
    TooLong {
        /// The limit that was passed.
        limit: usize,
    },
    /// A control character, or one that turns the direction of the line.
    #[error("a control character")]
    ControlCharacter,
}

/// The text in the width of machines (NFKC): for addresses and codes that were typed, never for a name.
#[must_use]
pub fn nfkc(text: &str) -> String {
    text.nfkc().collect()
}

/// Refuses a text of more than `limit` characters; reads no further than it must.
///
/// # Errors
///
/// [`TextError::TooLong`].
pub fn within(text: &str, limit: usize) -> Result<(), TextError> {
    // A text of few bytes has few characters: no need to count.
    if text.len() > limit && text.chars().nth(limit).is_some() {
        return Err(TextError::TooLong { limit });
    }
    Ok(())
}

/// Refuses what cannot be a name or a single line: controls, line breaks, direction overrides, too long.
///
/// Variation selectors, rare kanji, right-to-left letters and an empty name are fine.
///
/// # Errors
///
/// See [`TextError`].
pub fn check_line(text: &str, limit: usize) -> Result<(), TextError> {
    within(text, limit)?;
    let turns = |c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    if text.chars().any(|c| c.is_control() || turns(c)) {
        return Err(TextError::ControlCharacter);
    }
    Ok(())
}

/// [`check_line`] with the room of a name.
///
/// # Errors
///
/// See [`TextError`].
pub fn check_name(name: &str) -> Result<(), TextError> {
    check_line(name, NAME_CHARS)
}

/// Whether a character is an office's own (外字, private use): other laptops may show nothing for it.
#[must_use]
pub fn has_private_characters(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
    })
}

/// Where the text seems to hold a My Number (個人番号): twelve digits with a valid check digit, in any width, with
/// single blanks or hyphens in between. Byte ranges. One in eleven other numbers of twelve digits looks alike, so
/// this is a warning, never a refusal.
#[must_use]
pub fn my_numbers(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run = Run::default();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let plain = std::iter::once(c).nfkc().next().unwrap_or(c);
        match plain.to_digit(10) {
            Some(digit) => run.push(digit, at..end),
            None if run.may_go_on(plain) => run.parted = true,
            None => run.close(&mut found),
        }
    }
    run.close(&mut found);
    found
}

/// Digits in a row. More than twelve are counted, not kept.
#[derive(Default)]
struct Run {
    digits: Vec<u32>,
    count: usize,
    range: Range<usize>,
    parted: bool,
}

impl Run {
    fn push(&mut self, digit: u32, at: Range<usize>) {
        if self.count == 0 {
            self.range.start = at.start;
        }
        self.range.end = at.end;
        self.count += 1;
        self.parted = false;
        if self.digits.len() < 12 {
            self.digits.push(digit);
        }
    }

    fn may_go_on(&self, c: char) -> bool {
        self.count > 0
            && !self.parted
            && matches!(c, ' ' | '-' | 'ー' | '\u{2010}'..='\u{2015}' | '\u{2212}')
    }

    fn close(&mut self, found: &mut Vec<Range<usize>>) {
        if self.count == 12 && has_check_digit(&self.digits) {
            found.push(self.range.clone());
        }
        *self = Self::default();
    }
}

/// The weights are 2 to 7, then 2 to 6, from the right, without the check digit itself.
fn has_check_digit(digits: &[u32]) -> bool {
    let mut from_right = digits.iter().rev();
    let check = from_right.next();
    let sum: u32 = from_right
        .zip((2..=7).chain(2..=6))
        .map(|(digit, weight)| digit * weight)
        .sum();
    let right = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    check == Some(&right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // A number that circulates as the example of the calculation; nobody's.
    const EXAMPLE: &str = "123456789018";

    #[test]
    fn a_my_number_is_seen_in_any_width() {
        assert_eq!(my_numbers(EXAMPLE).first(), Some(&(0..12)));
        assert_eq!(my_numbers("番号は1234-5678-9018です").len(), 1);
        assert_eq!(my_numbers("１２３４　５６７８　９０１８").len(), 1);
        assert_eq!(my_numbers("123456789018 と 123456789018").len(), 2);
    }

    #[test]
    fn other_numbers_are_not_taken_for_one() {
        for text in [
            "123456789017",
            "090-1234-5678",
            "1234567890181",
            "12345  6789018",
            "2026-11-23 10:15",
            "",
        ] {
            assert_eq!(my_numbers(text), [], "{text}");
        }
    }

    #[test]
    fn names_of_every_script_pass_and_controls_do_not() {
        for name in [
            "",
            "髙橋 𠮷子",
            "葛\u{E0100}城",
            "محمد علی",
            "می\u{200C}خواهم",
            "O'Brien-李",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["a\nb", "a\0", "\u{202E}abc", "\u{7f}"] {
            assert_eq!(check_name(name), Err(TextError::ControlCharacter));
        }
        let limit = NAME_CHARS;
        assert_eq!(check_name(&"髙".repeat(limit)), Ok(()));
        assert_eq!(
            check_name(&"髙".repeat(limit + 1)),
            Err(TextError::TooLong { limit })
        );
        assert!(has_private_characters("\u{E000}") && !has_private_characters("髙"));
    }

    proptest! {
        #[test]
        fn eleven_digits_have_one_check_digit(base in "[0-9]{11}") {
            let right = (0..=9).filter(|check| !my_numbers(&format!("{base}{check}")).is_empty()).count();
            prop_assert_eq!(right, 1);
        }

        #[test]
        fn a_warning_points_at_whole_characters(text in "[0-9０-９ \\-ー番号]{0,40}") {
            for range in my_numbers(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
