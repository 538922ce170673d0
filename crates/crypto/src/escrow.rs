//! The office's escrow (預かり鍵): a key that no single person has. Three people hold a share (預かり札) each; any two shares
//! make the key, one alone tells nothing about it.
//!
//! The key is drawn from 128 random bits. Each byte of them is the constant term of a line over GF(2⁸), modulo
//! x⁸ + x⁴ + x³ + x + 1 (Shamir); share 1, 2 or 3 holds the lines' values there. A share on paper is eighteen words of the
//! list in three rows of six, eleven bits each, the sixth of a row its check word:
//!
//! ```text
//! kind = 1 (3 bits) ‖ index (2) ‖ set (32) ‖ values (128)
//! ```
//!
//! Of the 128 bits two keys are derived: one to open with (X25519), by which the set is named, and one to sign with
//! (Ed25519), under which the escrow stands in an office's directory.
//!
//! The set is the first 32 bits of `SHA-256("mg/escrow/set/1" ‖ public key)`: it tells shares of one key from those of
//! another, and says nothing about the key.
//!
//! # Invariants
//!
//! - **One share tells nothing** about the key: for every key there is exactly one line through it.
//! - **One misread word and two swapped words of a row are always noticed**, and the row is named; so are rows in the wrong
//!   order, and a row from another share.
//! - **No table is looked up by a secret**, and nothing here prints.

use std::fmt;

use zeroize::Zeroizing;

use crate::bytes::{random, sha256};
use crate::kem::KemKey;
use crate::secret::{SecretKey, expand};
use crate::sign::SigningKey;
use crate::words::{Word, is_gap, list, number};

/// How many people hold a share.
pub const HOLDERS: usize = 3;
/// Rows of a share.
pub const ROWS: usize = 3;
/// Words of a row, its check word among them.
pub const ROW: usize = 6;
/// Words of a share.
pub const WORDS: usize = ROWS * ROW;

const KIND: u8 = 1;
const SECRET: usize = 16;
/// Bits of a word.
const BITS: usize = 11;
const LENGTHS: [usize; 4] = [3, 2, 32, 8 * SECRET];

/// Which key a share belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId(pub [u8; 4]);

impl SetId {
    /// The set of the key with this public half.
    #[must_use]
    pub fn of(public: &[u8; 32]) -> Self {
        let [a, b, c, d, ..] = sha256(&[b"mg/escrow/set/1", public]);
        Self([a, b, c, d])
    }
}

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why words from paper are no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// A row holds a word that is not of the list, or does not agree with its check word.
    #[error("row {row} is misread")]
    Row {
        /// The row, counted from 1.
        row: usize,
    },
    /// Too few or too many words.
    #[error("{typed} words were typed, a share has {WORDS}")]
    Length {
        /// Words typed.
        typed: usize,
    },
    /// Every row agrees, but it is no share that this program knows.
    #[error("this is no share")]
    OtherKind,
}

/// Why two shares make no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// It is twice the same share.
    #[error("this is twice the same share")]
    Same,
    /// They belong to different keys.
    #[error("the shares are of different sets")]
    OtherSet,
    /// They say that they belong together, and do not.
    #[error("the shares make no key")]
    Forged,
}

/// One of the three parts of the key.
pub struct Share {
    index: u8,
    set: SetId,
    values: Box<Zeroizing<[u8; SECRET]>>,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share(..)")
    }
}

/// The key that two shares make: what is sealed to the escrow opens with it, and the escrow signs with it.
pub struct EscrowKey {
    /// To open with.
    pub kem: KemKey,
    /// To sign with.
    pub sign: SigningKey,
}

impl fmt::Debug for EscrowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EscrowKey(..)")
    }
}

impl EscrowKey {
    /// The set that its shares belong to.
    #[must_use]
    pub fn set(&self) -> SetId {
        SetId::of(&self.kem.public())
    }

    fn of(seed: &[u8; SECRET]) -> Self {
        let key = |info: &[u8]| {
            let mut key = SecretKey::zero();
            expand(&[], seed, &[info], key.as_mut_slice());
            key
        };
        // EXPOSE: the same 32 bytes as a key to open with, and others as one to sign with.
        Self {
            kem: KemKey::from_bytes(*key(b"mg/escrow/1").expose()),
            sign: SigningKey::from_bytes(*key(b"mg/escrow/sign/1").expose()),
        }
    }
}

/// Draws a key and parts it. Whoever calls it drops the key before the shares are shown: from then on nobody has it.
#[must_use]
pub fn make() -> (EscrowKey, [Share; HOLDERS]) {
    part(&Zeroizing::new(random()), &Zeroizing::new(random()))
}

fn part(seed: &[u8; SECRET], slope: &[u8; SECRET]) -> (EscrowKey, [Share; HOLDERS]) {
    let key = EscrowKey::of(seed);
    let set = key.set();
    let shares = [1, 2, 3].map(|index| {
        let mut values = Box::new(Zeroizing::new([0; SECRET]));
        for ((value, at_zero), slope) in values.iter_mut().zip(seed).zip(slope) {
            *value = at_zero ^ times(index, *slope);
        }
        Share { index, set, values }
    });
    (key, shares)
}

/// Makes the key of two shares.
///
/// # Errors
///
/// Every [`JoinError`].
pub fn join(one: &Share, two: &Share) -> Result<EscrowKey, JoinError> {
    if one.set != two.set {
        return Err(JoinError::OtherSet);
    }
    if one.index == two.index {
        return Err(JoinError::Same);
    }
    // Lagrange at zero; minus is plus here: f(0) = (y₁·x₂ + y₂·x₁) / (x₁ + x₂).
    let under = inverse(one.index ^ two.index);
    let mut seed = Zeroizing::new([0; SECRET]);
    for ((byte, first), second) in seed
        .iter_mut()
        .zip(one.values.iter())
        .zip(two.values.iter())
    {
        *byte = times(times(*first, two.index) ^ times(*second, one.index), under);
    }
    let key = EscrowKey::of(&seed);
    if key.set() == one.set {
        Ok(key)
    } else {
        Err(JoinError::Forged)
    }
}

/// A product in GF(2⁸), in the same time for all factors.
fn times(left: u8, right: u8) -> u8 {
    let (mut left, mut product) = (left, 0);
    for bit in 0..8 {
        product ^= left & 0_u8.wrapping_sub(right >> bit & 1);
        left = (left << 1) ^ (0x1b & 0_u8.wrapping_sub(left >> 7));
    }
    product
}

/// The inverse in GF(2⁸): the 254th power; of 0 it is 0.
fn inverse(value: u8) -> u8 {
    (0..253).fold(value, |power, _| times(power, value))
}

impl Share {
    /// Which of the three it is: 1, 2 or 3.
    #[must_use]
    pub fn index(&self) -> u8 {
        self.index
    }

    /// Which key it belongs to.
    #[must_use]
    pub fn set(&self) -> SetId {
        self.set
    }

    /// The words for its holder, row by row. Whoever calls it shows them once and keeps nothing.
    #[must_use]
    pub fn words(&self) -> [[Word; ROW]; ROWS] {
        let parts: [&[u8]; 4] = [&[KIND], &[self.index], &self.set.0, self.values.as_slice()];
        let mut bits = parts.into_iter().zip(LENGTHS).flat_map(|(bytes, length)| {
            let all = bytes
                .iter()
                .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
            all.skip(8 * bytes.len() - length)
        });
        let mut row = 0;
        [(); ROWS].map(|()| {
            let mut sum = start(row, self.index);
            row += 1;
            let mut place = 0;
            [(); ROW].map(|()| {
                place += 1;
                if place == ROW {
                    return word(step(sum));
                }
                let number = bits
                    .by_ref()
                    .take(BITS)
                    .fold(0, |number, bit| number << 1 | u16::from(bit));
                sum = step(sum) ^ number;
                word(number)
            })
        })
    }

    /// The share as text: three lines of six words in romaji, as it is put into a QR code and read back by [`Share::parse`].
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(WORDS * 12));
        for row in self.words() {
            for (place, word) in row.iter().enumerate() {
                if place > 0 {
                    text.push(' ');
                }
                text.push_str(word.romaji);
            }
            text.push('\n');
        }
        text
    }

    /// Reads typed words, in hiragana, katakana or romaji, any width and case, with gaps of any kind between.
    ///
    /// # Errors
    ///
    /// Every [`ShareError`]; the first row that is wrong is named.
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let mut numbers = Zeroizing::new([0_u16; WORDS]);
        let mut typed = 0;
        for token in text.split(is_gap).filter(|token| !token.is_empty()) {
            let found = number(token).ok_or(ShareError::Row {
                row: (typed / ROW + 1).min(ROWS),
            })?;
            if let Some(place) = numbers.get_mut(typed) {
                *place = found;
            }
            typed += 1;
        }
        let index = numbers
            .first()
            .map_or(0, |first| first.to_be_bytes()[1] >> 6 & 3);
        // The rows before the length: a word left out is named by the first row that is off.
        for (at, row) in numbers.chunks_exact(ROW).enumerate() {
            let whole = typed >= (at + 1) * ROW;
            let sum = row
                .iter()
                .take(ROW - 1)
                .fold(start(at, index), |sum, number| step(sum) ^ number);
            if whole && row.last() != Some(&step(sum)) {
                return Err(ShareError::Row { row: at + 1 });
            }
        }
        if typed != WORDS {
            return Err(ShareError::Length { typed });
        }
        let mut bits = numbers
            .chunks_exact(ROW)
            .flat_map(|row| row.iter().take(ROW - 1))
            .flat_map(|number| (0..BITS).rev().map(move |bit| number >> bit & 1 == 1));
        let mut kind = [0];
        let mut index = [0];
        let mut set = [0; 4];
        let mut values = Box::new(Zeroizing::new([0; SECRET]));
        let parts: [&mut [u8]; 4] = [&mut kind, &mut index, &mut set, values.as_mut_slice()];
        for (bytes, length) in parts.into_iter().zip(LENGTHS) {
            let before = 8 * bytes.len() - length;
            for (place, bit) in bits.by_ref().take(length).enumerate() {
                if let Some(byte) = bytes.get_mut((before + place) / 8) {
                    *byte = *byte << 1 | u8::from(bit);
                }
            }
        }
        match (kind, index) {
            ([KIND], [index @ 1..=3]) => Ok(Self {
                index,
                set: SetId(set),
                values,
            }),
            _ => Err(ShareError::OtherKind),
        }
    }
}

// The check word is a weighted sum in GF(2¹¹): each place of a row has its own weight (a power of x), so that a changed word
// and a swap inside a row always show; starting from the row's and the share's number shows rows out of place.

fn start(row: usize, index: u8) -> u16 {
    u16::from(index) << 2 | u16::try_from(row % 4).unwrap_or(0)
}

/// Times x, modulo x¹¹ + x² + 1.
fn step(value: u16) -> u16 {
    let doubled = value << 1;
    doubled ^ (0b1000_0000_0101 & 0_u16.wrapping_sub(value >> 10 & 1))
}

fn word(number: u16) -> Word {
    // Eleven bits never reach past the list.
    list().get(usize::from(number)).copied().unwrap_or(Word {
        kana: "",
        romaji: "",
    })
}

#[cfg(test)]
mod tests;
