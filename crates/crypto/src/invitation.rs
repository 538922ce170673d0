//! A hub's invitation as text: 32 bytes in the groups of [`crate::recovery`]'s codes, under a label of their own.
//!
//! # Invariants
//!
//! - **A code of another kind is no invitation**, nor the other way round.

use zeroize::Zeroizing;

pub use crate::codes::CodeError;

use crate::codes::{decode, encode};

const LABEL: &[u8] = b"mg/code/invitation/1";

/// Writes an invitation.
#[must_use]
pub fn print(invitation: &[u8; 32]) -> Zeroizing<String> {
    encode(LABEL, invitation)
}

/// Reads a typed invitation, in any width and case, look-alikes included.
///
/// # Errors
///
/// Every [`CodeError`]; it names the group to look at again.
pub fn parse(text: &str) -> Result<Zeroizing<[u8; 32]>, CodeError> {
    decode(LABEL, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_reads_back_and_is_no_paper_key() {
        let text = print(&[7; 32]);
        assert_eq!(*parse(&text).unwrap(), [7; 32]);
        assert_eq!(*parse(&text.to_lowercase()).unwrap(), [7; 32]);
        assert!(matches!(
            crate::paper::parse(&text),
            Err(CodeError::OtherKind)
        ));
    }
}
