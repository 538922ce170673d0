//! The one binary form of everything that is signed or hashed: a strict corner of CBOR.
//!
//! # Invariants
//!
//! - **One value, one encoding.** Arrays only, definite lengths, shortest integers, sets in ascending order, nothing
//!   behind. [`from_slice`] encodes what it decoded and compares: whatever a lenient decoder let through is refused.
//! - **No allocation on a promise.** A declared length is believed only as far as bytes are there.

use std::collections::BTreeSet;

use minicbor::{Decoder, Encoder};

/// Why bytes are not a value in the strict form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// They are not CBOR, end too early, or hold another type or number of items.
    #[error("the bytes do not have the expected form")]
    Malformed,
    /// Something stands behind the value.
    #[error("there are bytes behind the value")]
    Trailing,
    /// The value has a shorter or another canonical encoding.
    #[error("the encoding is not the canonical one")]
    NotCanonical,
}

/// Writes the strict form into a vector.
#[derive(Debug)]
pub struct Writer(Encoder<Vec<u8>>);

/// Reads the strict form from a slice.
#[derive(Debug)]
pub struct Reader<'a>(Decoder<'a>);

/// A value with exactly one encoding.
pub trait Cbor: Sized {
    /// Appends the value.
    fn encode(&self, out: &mut Writer);

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// [`CborError::Malformed`] when the next item is something else.
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError>;
}

/// Encodes a value.
#[must_use]
pub fn to_vec<T: Cbor>(value: &T) -> Vec<u8> {
    let mut out = Writer(Encoder::new(Vec::new()));
    value.encode(&mut out);
    out.0.into_writer()
}

/// Decodes exactly one value from exactly these bytes.
///
/// # Errors
///
/// [`CborError`] says how the bytes differ from the one encoding of a value.
pub fn from_slice<T: Cbor>(bytes: &[u8]) -> Result<T, CborError> {
    let mut input = Reader(Decoder::new(bytes));
    let value = T::decode(&mut input)?;
    if input.0.position() != bytes.len() {
        return Err(CborError::Trailing);
    }
    if to_vec(&value) != bytes {
        return Err(CborError::NotCanonical);
    }
    Ok(value)
}

// Writing into a vector cannot fail, so the results below are dropped.
impl Writer {
    /// Starts an array of `len` items.
    pub fn array(&mut self, len: usize) {
        let _ = self.0.array(len as u64);
    }

    /// Appends a byte string.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.0.bytes(bytes);
    }
}

impl<'a> Reader<'a> {
    /// Reads the start of a definite array.
    ///
    /// # Errors
    ///
    /// [`CborError::Malformed`] when no definite array starts here.
    pub fn array(&mut self) -> Result<u64, CborError> {
        self.0.array().ok().flatten().ok_or(CborError::Malformed)
    }

    /// Reads the start of an array of exactly `len` items.
    ///
    /// # Errors
    ///
    /// [`CborError::Malformed`] when another number of items, or something else, starts here.
    pub fn array_of(&mut self, len: usize) -> Result<(), CborError> {
        (self.array()? == len as u64)
            .then_some(())
            .ok_or(CborError::Malformed)
    }

    /// Reads a byte string.
    ///
    /// # Errors
    ///
    /// [`CborError::Malformed`] when something else stands here.
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        self.0.bytes().map_err(|_| CborError::Malformed)
    }
}

/// A byte string of any length. (`Vec<T>` is an array of items.)
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl Cbor for Bytes {
    fn encode(&self, out: &mut Writer) {
        out.bytes(&self.0);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.bytes().map(|bytes| Self(bytes.to_vec()))
    }
}

impl<const N: usize> Cbor for [u8; N] {
    fn encode(&self, out: &mut Writer) {
        out.bytes(self);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.bytes()?.try_into().map_err(|_| CborError::Malformed)
    }
}

impl Cbor for u64 {
    fn encode(&self, out: &mut Writer) {
        let _ = out.0.u64(*self);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.0.u64().map_err(|_| CborError::Malformed)
    }
}

impl Cbor for u32 {
    fn encode(&self, out: &mut Writer) {
        let _ = out.0.u32(*self);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.0.u32().map_err(|_| CborError::Malformed)
    }
}

impl Cbor for i64 {
    fn encode(&self, out: &mut Writer) {
        let _ = out.0.i64(*self);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.0.i64().map_err(|_| CborError::Malformed)
    }
}

impl Cbor for bool {
    fn encode(&self, out: &mut Writer) {
        let _ = out.0.bool(*self);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.0.bool().map_err(|_| CborError::Malformed)
    }
}

impl Cbor for String {
    fn encode(&self, out: &mut Writer) {
        let _ = out.0.str(self);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input
            .0
            .str()
            .map(str::to_owned)
            .map_err(|_| CborError::Malformed)
    }
}

/// None is the empty array, some the array of one.
impl<T: Cbor> Cbor for Option<T> {
    fn encode(&self, out: &mut Writer) {
        out.array(usize::from(self.is_some()));
        if let Some(value) = self {
            value.encode(out);
        }
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        match input.array()? {
            0 => Ok(None),
            1 => T::decode(input).map(Some),
            _ => Err(CborError::Malformed),
        }
    }
}

impl<T: Cbor> Cbor for Vec<T> {
    fn encode(&self, out: &mut Writer) {
        out.array(self.len());
        for item in self {
            item.encode(out);
        }
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        (0..input.array()?)
            .map(|_| T::decode(input))
            .collect::<Result<_, _>>()
    }
}

/// In ascending order; another order, or a repetition, is not canonical.
impl<T: Cbor + Ord> Cbor for BTreeSet<T> {
    fn encode(&self, out: &mut Writer) {
        out.array(self.len());
        for item in self {
            item.encode(out);
        }
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        (0..input.array()?)
            .map(|_| T::decode(input))
            .collect::<Result<_, _>>()
    }
}

impl<A: Cbor, B: Cbor> Cbor for (A, B) {
    fn encode(&self, out: &mut Writer) {
        out.array(2);
        self.0.encode(out);
        self.1.encode(out);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.array_of(2)?;
        Ok((A::decode(input)?, B::decode(input)?))
    }
}

/// Gives a struct the form of an array of its fields, in the order named.
macro_rules! as_array {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::cbor::Cbor for $name {
            fn encode(&self, out: &mut $crate::cbor::Writer) {
                out.array([$(stringify!($field)),+].len());
                $( $crate::cbor::Cbor::encode(&self.$field, out); )+
            }
            fn decode(input: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::cbor::CborError> {
                input.array_of([$(stringify!($field)),+].len())?;
                Ok(Self { $( $field: $crate::cbor::Cbor::decode(input)? ),+ })
            }
        }
    };
}
pub(crate) use as_array;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Everything = (
        u64,
        (
            Vec<Bytes>,
            (BTreeSet<[u8; 2]>, (Option<String>, (bool, i64))),
        ),
    );

    #[test]
    fn a_lenient_encoding_is_refused() {
        assert_eq!(from_slice::<u64>(&[0x17]), Ok(23));
        assert_eq!(
            from_slice::<u64>(&[0x18, 0x17]),
            Err(CborError::NotCanonical)
        );
        assert_eq!(from_slice::<u64>(&[0x17, 0x00]), Err(CborError::Trailing));
        assert_eq!(
            from_slice::<Vec<u64>>(&[0x9f, 0x01, 0xff]),
            Err(CborError::Malformed)
        );
        assert_eq!(
            from_slice::<Bytes>(&[0x5f, 0x41, 0x01, 0xff]),
            Err(CborError::Malformed)
        );
        assert_eq!(from_slice::<Vec<u64>>(&[0xa0]), Err(CborError::Malformed));
        let descending = [0x82, 0x42, 0, 2, 0x42, 0, 1];
        assert_eq!(
            from_slice::<BTreeSet<[u8; 2]>>(&descending),
            Err(CborError::NotCanonical)
        );
        let doubled = [0x82, 0x42, 0, 1, 0x42, 0, 1];
        assert_eq!(
            from_slice::<BTreeSet<[u8; 2]>>(&doubled),
            Err(CborError::NotCanonical)
        );
    }

    #[test]
    fn a_huge_declared_length_costs_nothing() {
        for start in [0x9b_u8, 0x5b, 0x7b] {
            let bytes = [start, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
            assert!(from_slice::<Vec<Bytes>>(&bytes).is_err());
            assert!(from_slice::<Bytes>(&bytes).is_err());
            assert!(from_slice::<String>(&bytes).is_err());
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            number: u64, lists in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..30),
            set: BTreeSet<[u8; 2]>, text: Option<String>, flag: bool, signed: i64,
        ) {
            let value: Everything = (number, (lists.into_iter().map(Bytes).collect(), (set, (text, (flag, signed)))));
            prop_assert_eq!(from_slice::<Everything>(&to_vec(&value)), Ok(value));
        }

        /// Whatever decodes is the one encoding of what it decodes to.
        #[test]
        fn random_bytes_never_panic_and_never_have_two_meanings(bytes: Vec<u8>) {
            if let Ok(value) = from_slice::<Everything>(&bytes) {
                prop_assert_eq!(to_vec(&value), bytes);
            }
        }
    }
}
