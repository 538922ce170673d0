//! The paper admin key: a signing key that exists only on the recovery sheet.

use zeroize::Zeroizing;

pub use crate::codes::CodeError;

use crate::codes::{decode, encode};
use crate::sign::SigningKey;

const LABEL: &[u8] = b"mg/code/paper-admin/1";

/// Writes the key for the recovery sheet: fourteen groups of five.
#[must_use]
pub fn print(key: &SigningKey) -> Zeroizing<String> {
    // EXPOSE: the sheet of paper is this key's only place.
    encode(LABEL, key.expose())
}

/// Reads a typed key, in any width and case, look-alikes included.
///
/// # Errors
///
/// Every [`CodeError`]; it names the group to look at again.
pub fn parse(text: &str) -> Result<SigningKey, CodeError> {
    decode(LABEL, text).map(|bytes| SigningKey::from_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::RecoveryCode;

    #[test]
    fn the_printed_key_signs_as_the_same_admin() {
        let key = SigningKey::make();
        assert_eq!(parse(&print(&key)).unwrap().public(), key.public());
    }

    #[test]
    fn a_recovery_code_is_no_admin_key() {
        assert!(matches!(
            parse(&RecoveryCode::make().text()),
            Err(CodeError::Length { .. })
        ));
    }
}
