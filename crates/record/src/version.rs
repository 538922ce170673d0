//! The version of a document that somebody is looking at.
//!
//! # Invariants
//!
//! - Sorted and without repetition, so two laptops with the same heads have the same version.
//! - Opaque outside: written as one word of base64url without padding.

use std::{fmt, str::FromStr};

use automerge::ChangeHash;
use serde::{Deserialize, Serialize};

/// A state of a document, named by its heads.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version(Vec<[u8; 32]>);

impl Version {
    /// The version that has exactly these heads.
    #[must_use]
    pub fn from_hashes(mut hashes: Vec<[u8; 32]>) -> Version {
        hashes.sort_unstable();
        hashes.dedup();
        Version(hashes)
    }

    /// The heads, sorted.
    #[must_use]
    pub fn hashes(&self) -> &[[u8; 32]] {
        &self.0
    }

    pub(crate) fn from_heads(heads: &[ChangeHash]) -> Version {
        Version::from_hashes(heads.iter().map(|head| head.0).collect())
    }

    pub(crate) fn heads(&self) -> Vec<ChangeHash> {
        self.0.iter().map(|hash| ChangeHash(*hash)).collect()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.concat();
        for three in bytes.chunks(3) {
            let mut bits = [0; 4];
            for (to, from) in bits.iter_mut().skip(1).zip(three) {
                *to = *from;
            }
            let bits = u32::from_be_bytes(bits);
            for place in 0..=three.len() {
                let six = (bits >> (18 - 6 * place)) & 63;
                let letter = ALPHABET.get(six as usize).copied().unwrap_or(b'A');
                write!(f, "{}", char::from(letter))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

impl From<Version> for String {
    fn from(version: Version) -> String {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = ParseVersionError;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse()
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    /// Reads what [`Display`](fmt::Display) wrote, and nothing else.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let mut bytes = Vec::with_capacity(word.len() * 3 / 4);
        let (mut bits, mut held) = (0_u32, 0_u32);
        for letter in word.bytes() {
            let six = ALPHABET
                .iter()
                .position(|known| *known == letter)
                .ok_or(ParseVersionError)?;
            bits = (bits << 6) | u32::try_from(six).map_err(|_| ParseVersionError)?;
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.push((bits >> held) as u8);
                bits &= (1 << held) - 1;
            }
        }
        let (hashes, rest) = bytes.as_chunks::<32>();
        let version = Version(hashes.to_vec());
        // One spelling per version: no bits left over, sorted, no repetition.
        if rest.is_empty() && bits == 0 && held < 6 && hashes.is_sorted_by(|a, b| a < b) {
            Ok(version)
        } else {
            Err(ParseVersionError)
        }
    }
}

/// The word is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version")]
pub struct ParseVersionError;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_version_is_spelled_as_ever() {
        let (low, high) = ([0x00; 32], [0xff; 32]);
        assert_eq!(Version::from_hashes(Vec::new()).to_string(), "");
        let one = Version::from_hashes(vec![high]).to_string();
        assert_eq!(one, "__________________________________________8");
        // Sorted, whichever came first.
        let two = Version::from_hashes(vec![high, low]).to_string();
        let expected = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD__________________________________________w";
        assert_eq!(two, expected);
        assert_eq!(two.parse(), Ok(Version::from_hashes(vec![low, high])));
    }

    proptest! {
        #[test]
        fn a_version_reads_back_from_its_word(hashes: Vec<[u8; 32]>) {
            let version = Version::from_hashes(hashes);
            let word = version.to_string();
            prop_assert_eq!(word.parse(), Ok(version));
        }

        #[test]
        fn a_version_has_one_spelling(word in "[A-Za-z0-9_-]{0,90}") {
            if let Ok(version) = word.parse::<Version>() {
                prop_assert_eq!(version.to_string(), word);
            }
        }
    }

    #[test]
    fn the_spelling_is_base64url() {
        let version = Version::from_hashes(vec![[0xfb; 32]]);
        assert_eq!(
            version.to_string(),
            "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s"
        );
    }
}
