//! Padding, so that a record's size tells one of eleven things.

/// The smallest padded size.
pub(crate) const MIN: usize = 1 << 10;
/// The largest padded size.
pub(crate) const MAX: usize = 1 << 20;
const PREFIX: usize = 4;

/// `length (4, big end first) ‖ bytes ‖ zeros`, to the next power of two; nothing when it is too long.
pub(super) fn pad(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(bytes.len()).ok()?;
    let size = bytes
        .len()
        .checked_add(PREFIX)?
        .next_power_of_two()
        .max(MIN);
    if size > MAX {
        return None;
    }
    let mut padded = Vec::with_capacity(size);
    padded.extend(length.to_be_bytes());
    padded.extend(bytes);
    padded.resize(size, 0);
    Some(padded)
}

/// What was padded; nothing unless [`pad`] made exactly this.
pub(super) fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<PREFIX>()?;
    let (bytes, zeros) =
        rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let size = (bytes.len() + PREFIX).next_power_of_two().max(MIN);
    (size == padded.len() && zeros.iter().all(|byte| *byte == 0)).then_some(bytes)
}

/// Whether it is one of the eleven sizes.
pub(super) fn is_size(size: usize) -> bool {
    size.is_power_of_two() && (MIN..=MAX).contains(&size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_that_another_hand_made_is_refused() {
        let padded = pad(b"text").unwrap();
        assert_eq!(unpad(&padded), Some(b"text".as_slice()));
        let mut hidden = padded.clone();
        hidden[MIN - 1] = 1;
        assert_eq!(unpad(&hidden), None, "something is hidden in the zeros");
        let larger = [padded, vec![0; MIN]].concat();
        assert_eq!(unpad(&larger), None, "a size that tells more than it must");
        let mut longer = vec![0; MIN];
        longer[..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(unpad(&longer), None);
    }
}
