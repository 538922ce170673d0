//! Secrets as text for paper: groups of four symbols and a check symbol, read back from any hand.
//!
//! The symbols are Crockford's base 32 (no I, L, O, U). The secret is followed by the first bits of
//! `SHA-256(label ‖ secret)`, at least twelve, to fill the last group.
//!
//! # Invariants
//!
//! - **A misread symbol, two swapped symbols or two swapped groups are always noticed**, and the group is named.
//! - **A code of another kind is noticed** by the label in its checksum (chance 1 in 4096 at most).
//! - **No error repeats what was typed.**

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::bytes::sha256;

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Data symbols in a group; the check symbol makes it five.
const GROUP: usize = 4;

/// Why a code from paper is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// A character that is no letter or digit of such a code.
    #[error("group {group} holds a character that no code holds")]
    Character {
        /// The group, counted from 1.
        group: usize,
    },
    /// A group does not agree with its check symbol.
    #[error("group {group} is misread")]
    Group {
        /// The group, counted from 1.
        group: usize,
    },
    /// Too few or too many symbols.
    #[error("{typed} symbols were typed, the code has {expected}")]
    Length {
        /// Symbols typed, check symbols included.
        typed: usize,
        /// Symbols such a code has.
        expected: usize,
    },
    /// Every group agrees, but not the whole: it is a code of another kind.
    #[error("this is a code of another kind")]
    OtherKind,
}

/// Writes `secret` as groups with hyphens between.
pub(crate) fn encode(label: &[u8], secret: &[u8]) -> Zeroizing<String> {
    let check = sha256(&[label, secret]);
    let mut bits = secret
        .iter()
        .chain(&check)
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let groups = groups(secret.len());
    let mut text = Zeroizing::new(String::with_capacity(groups * (GROUP + 2)));
    for group in 0..groups {
        if group > 0 {
            text.push('-');
        }
        let mut sum = start(group);
        for _ in 0..GROUP {
            let symbol = bits.by_ref().take(5).fold(0, |value, bit| value << 1 | bit);
            sum = add(sum, symbol);
            text.push(letter(symbol));
        }
        text.push(letter(double(sum)));
    }
    text
}

/// Reads what [`encode`] wrote under the same label, in any width, case and grouping, look-alikes included.
///
/// # Errors
///
/// Every [`CodeError`].
pub(crate) fn decode<const N: usize>(
    label: &[u8],
    text: &str,
) -> Result<Zeroizing<[u8; N]>, CodeError> {
    let expected = groups(N) * (GROUP + 1);
    let mut symbols = Zeroizing::new(Vec::with_capacity(expected));
    let mut typed = 0;
    for letter in text.nfkc().filter(|letter| !is_separator(*letter)) {
        let symbol = value(letter).ok_or(CodeError::Character {
            group: typed / (GROUP + 1) + 1,
        })?;
        if typed < expected {
            symbols.push(symbol);
        }
        typed += 1;
    }
    // The groups before the length: a dropped symbol is named by the first group that is off.
    for (index, group) in symbols.chunks_exact(GROUP + 1).enumerate() {
        let sum = group
            .iter()
            .take(GROUP)
            .fold(start(index), |sum, symbol| add(sum, *symbol));
        if group.last() != Some(&double(sum)) {
            return Err(CodeError::Group { group: index + 1 });
        }
    }
    if typed != expected {
        return Err(CodeError::Length { typed, expected });
    }
    let mut secret = Zeroizing::new([0; N]);
    let bits = symbols
        .chunks_exact(GROUP + 1)
        .flat_map(|group| group.iter().take(GROUP))
        .flat_map(|symbol| (0..5).rev().map(move |bit| symbol >> bit & 1));
    for (place, bit) in bits.take(8 * N).enumerate() {
        if let Some(byte) = secret.get_mut(place / 8) {
            *byte = *byte << 1 | bit;
        }
    }
    let whole = encode(label, &*secret);
    let same = whole.chars().filter_map(value).eq(symbols.iter().copied());
    if same {
        Ok(secret)
    } else {
        Err(CodeError::OtherKind)
    }
}

/// Groups for a secret of so many bytes and at least twelve bits of checksum.
const fn groups(bytes: usize) -> usize {
    (8 * bytes + 12).div_ceil(5 * GROUP)
}

// The check symbol is a weighted sum in GF(32): each place of a group has its own weight (a power of x), so that a
// changed symbol and a swap inside a group always show; starting from the group's number shows swapped groups.

fn start(group: usize) -> u8 {
    u8::try_from(group % 32).unwrap_or(0)
}

fn add(sum: u8, symbol: u8) -> u8 {
    double(sum) ^ symbol
}

/// Times x, modulo x⁵ + x² + 1.
fn double(value: u8) -> u8 {
    if value & 16 == 0 {
        value << 1
    } else {
        (value << 1) ^ 0b10_0101
    }
}

fn letter(symbol: u8) -> char {
    SYMBOLS
        .get(usize::from(symbol))
        .map_or('0', |letter| char::from(*letter))
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        'U' => 'V',
        other => other,
    };
    SYMBOLS
        .iter()
        .position(|symbol| char::from(*symbol) == letter)
        .and_then(|place| u8::try_from(place).ok())
}

fn is_separator(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '-' | '\u{2010}'..='\u{2015}' | '−' | 'ー' | '_' | '.' | ',' | '・'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 16] = [
        0, 1, 2, 3, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
    ];

    fn text() -> String {
        encode(b"label", &SECRET).to_string()
    }

    fn read(text: &str) -> Result<[u8; 16], CodeError> {
        decode::<16>(b"label", text).map(|secret| *secret)
    }

    #[test]
    fn what_is_written_reads_back() {
        for seed in 0..=255 {
            let secret = sha256(&[&[seed]]);
            assert_eq!(*decode::<32>(b"x", &encode(b"x", &secret)).unwrap(), secret);
        }
        assert_eq!(read(&text()), Ok(SECRET));
        assert_eq!(text().len(), 7 * 6 - 1);
    }

    #[test]
    fn width_case_grouping_and_look_alikes_do_not_matter() {
        let wide: String = text()
            .chars()
            .map(|letter| char::from_u32(u32::from(letter) + 0xfee0).unwrap())
            .collect();
        assert_eq!(read(&wide), Ok(SECRET));
        assert_eq!(read(&text().to_lowercase().replace('-', "　")), Ok(SECRET));
        assert_eq!(read(&text().replace('-', "")), Ok(SECRET));
        assert_eq!(read(&text().replace('-', "ー")), Ok(SECRET));
        assert!(
            text().contains('0') && text().contains('1'),
            "the look-alikes below need something to stand for"
        );
        assert_eq!(
            read(&text().replace('0', "o").replace('1', "l").replace('V', "u")),
            Ok(SECRET)
        );
    }

    #[test]
    fn every_single_misreading_names_its_group() {
        let good: Vec<char> = text().chars().collect();
        for place in (0..good.len()).filter(|place| good[*place] != '-') {
            for symbol in SYMBOLS
                .iter()
                .map(|symbol| char::from(*symbol))
                .filter(|symbol| *symbol != good[place])
            {
                let mut bad = good.clone();
                bad[place] = symbol;
                let bad: String = bad.into_iter().collect();
                assert_eq!(
                    read(&bad),
                    Err(CodeError::Group {
                        group: place / 6 + 1
                    })
                );
            }
        }
    }

    #[test]
    fn swapped_symbols_and_swapped_groups_are_noticed() {
        let good: Vec<char> = text().chars().collect();
        for (left, right) in
            (0..good.len()).flat_map(|left| (0..left).map(move |right| (left, right)))
        {
            let mut bad = good.clone();
            bad.swap(left, right);
            let in_one_group = left / 6 == right / 6 && bad[left] != '-' && bad[right] != '-';
            if in_one_group && bad != good {
                assert!(read(&bad.into_iter().collect::<String>()).is_err());
            }
        }
        let groups: Vec<String> = text().split('-').map(str::to_owned).collect();
        for (left, right) in
            (0..groups.len()).flat_map(|left| (0..left).map(move |right| (left, right)))
        {
            let mut bad = groups.clone();
            bad.swap(left, right);
            assert!(
                matches!(read(&bad.join("-")), Err(CodeError::Group { .. })),
                "groups {left} and {right}"
            );
        }
    }

    #[test]
    fn a_code_of_another_kind_or_length_is_told_apart() {
        assert_eq!(
            decode::<16>(b"other", &text()).unwrap_err(),
            CodeError::OtherKind
        );
        assert_eq!(
            read(text().get(..35).unwrap()),
            Err(CodeError::Length {
                typed: 30,
                expected: 35
            })
        );
        assert_eq!(
            read(&format!("{}0", text())),
            Err(CodeError::Length {
                typed: 36,
                expected: 35
            })
        );
        assert_eq!(read("0000*"), Err(CodeError::Character { group: 1 }));
        assert_eq!(
            read(""),
            Err(CodeError::Length {
                typed: 0,
                expected: 35
            })
        );
    }
}
