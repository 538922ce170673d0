//! The recovery code: 128 random bits on paper that open the store when the passphrase is lost.
//!
//! # Invariants
//!
//! - **Random, never chosen.** So it is used without a slow derivation.
//! - **It does not print.** Only [`RecoveryCode::text`] writes it, for the recovery sheet.

use std::fmt;

use zeroize::Zeroizing;

pub use crate::codes::CodeError;

use crate::bytes::random;
use crate::codes::{decode, encode};
use crate::secret::{SecretKey, expand};

const LABEL: &[u8] = b"mg/code/recovery/1";

/// The code on the recovery sheet.
pub struct RecoveryCode(Box<Zeroizing<[u8; 16]>>);

impl RecoveryCode {
    /// Draws a new code.
    #[must_use]
    pub fn make() -> Self {
        Self(Box::new(Zeroizing::new(random())))
    }

    /// Reads a typed code, in any width and case, look-alikes included.
    ///
    /// # Errors
    ///
    /// Every [`CodeError`]; it names the group to look at again.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        Ok(Self(Box::new(decode(LABEL, text)?)))
    }

    /// Writes the code for the recovery sheet: seven groups of five.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        encode(LABEL, self.0.as_slice())
    }

    /// The key that the recovery slot is sealed under.
    pub(crate) fn key(&self) -> SecretKey {
        let mut key = SecretKey::zero();
        expand(
            &[],
            self.0.as_slice(),
            &[b"mg/recovery/1"],
            key.as_mut_slice(),
        );
        key
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_code_is_the_same_key() {
        let code = RecoveryCode::make();
        let typed = RecoveryCode::parse(&code.text().to_lowercase()).unwrap();
        assert_eq!(typed.key().expose(), code.key().expose());
        assert_ne!(RecoveryCode::make().key().expose(), code.key().expose());
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(format!("{:?}", RecoveryCode::make()), "RecoveryCode(..)");
    }
}
