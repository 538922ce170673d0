//! Reading fixed widths from the front of a slice.

/// What is left to read.
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl Take<'_> {
    /// The next `N` bytes, if there are so many.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }
}
