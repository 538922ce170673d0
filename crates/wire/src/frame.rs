//! The frame of a small file that people hand to each other: `magic 4 | length 4 | payload | SHA-256 of all before it`.

use crypto::sha256;

use crate::take::Take;

/// The longest payload.
pub(crate) const MAX_PAYLOAD: usize = 32 << 20;

/// Why a file is not one of its kind, or not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It begins otherwise.
    #[error("not a file of this kind")]
    BadMagic,
    /// It ends too early.
    #[error("the file ends after {found} bytes")]
    Truncated {
        /// How many there are.
        found: usize,
    },
    /// It is longer than it says.
    #[error("there are bytes behind the end of the file")]
    Trailing,
    /// It says that it is larger than allowed.
    #[error("{declared} bytes are declared, at most {cap} are allowed")]
    Oversized {
        /// What it says.
        declared: u64,
        /// The most.
        cap: u64,
    },
    /// The checksum does not fit.
    #[error("the file is damaged")]
    Damaged,
}

pub(crate) fn frame(magic: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = [magic.as_slice(), &len.to_be_bytes(), payload].concat();
    let sum = sha256(&[&bytes]);
    bytes.extend(sum);
    bytes
}

/// The payload of a whole file that begins so.
pub(crate) fn unframe<'a>(magic: &[u8; 4], bytes: &'a [u8]) -> Result<&'a [u8], FrameError> {
    let found = bytes.len();
    let mut input = Take(bytes);
    match input.array::<4>() {
        None if magic.starts_with(bytes) => return Err(FrameError::Truncated { found }),
        Some(given) if given == *magic => {}
        None | Some(_) => return Err(FrameError::BadMagic),
    }
    let declared = input
        .array()
        .map(u32::from_be_bytes)
        .ok_or(FrameError::Truncated { found })?;
    let len = usize::try_from(declared).unwrap_or(usize::MAX);
    if len > MAX_PAYLOAD {
        return Err(FrameError::Oversized {
            declared: declared.into(),
            cap: MAX_PAYLOAD as u64,
        });
    }
    let (payload, sum) = input
        .0
        .split_at_checked(len)
        .ok_or(FrameError::Truncated { found })?;
    match sum.len() {
        0..32 => Err(FrameError::Truncated { found }),
        32 => {
            let (before, _) = bytes
                .split_at_checked(found - 32)
                .ok_or(FrameError::Truncated { found })?;
            if sha256(&[before]) == *sum {
                Ok(payload)
            } else {
                Err(FrameError::Damaged)
            }
        }
        _ => Err(FrameError::Trailing),
    }
}
