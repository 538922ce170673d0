//! The names of things on the wire: 16 or 32 opaque bytes each, one type per kind of thing.
//!
//! # Invariants
//!
//! - **A name says nothing.** Each is random or a hash; none holds a person's or an office's name.
//! - **A name that is a hash proves what it names**: [`Org`], [`Device`], [`Lane`], [`Kid`] and the vaults with a roster.

use std::fmt;

use crypto::sha256;

use crate::cbor::{Cbor, CborError, Reader, Writer};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// All bytes zero; what it stands for, where it is allowed, is said there.
            pub const ZERO: Self = Self([0; $len]);

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        /// In hexadecimal.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        /// The first four bytes: enough to tell things apart in a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), ":"))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl Cbor for $name {
            fn encode(&self, out: &mut Writer) {
                out.bytes(&self.0);
            }
            fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
                <[u8; $len]>::decode(input).map(Self)
            }
        }
    };
}

id!(
    /// An organisation: the first 16 bytes of the hash of its first directory operation.
    Org, 16
);
id!(
    /// A stream of records, one per group; [`Lane::ORG`] is the organisation's own.
    Lane, 16
);
id!(
    /// A device (or the paper admin key): a hash of its public keys.
    Device, 16
);
id!(
    /// A group of devices. Its team vault bears the same 16 bytes.
    Group, 16
);
id!(
    /// A vault: what one key opens, one set of people reads, and one order erases.
    Vault, 16
);
id!(
    /// A document within a vault.
    Doc, 16
);
id!(
    /// The name of a key, `SHA-256("mg/kid" ‖ key)[..16]`.
    Kid, 16
);
id!(
    /// A SHA-256.
    Hash, 32
);

impl Org {
    /// The organisation whose first directory operation has this hash.
    #[must_use]
    pub fn of(first: Hash) -> Self {
        Self(front(first.0))
    }

    /// The first half, which stands in clear on a bundle.
    #[must_use]
    pub fn short(self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        [a, b, c, d, e, f, g, h]
    }
}

impl Device {
    /// The device that holds these two public keys.
    #[must_use]
    pub fn of(sign: &[u8; 32], kem: &[u8; 32]) -> Self {
        Self(front(sha256(&[sign, kem])))
    }

    /// The half that stands in front of the actor ids of its changes.
    #[must_use]
    pub fn short(self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        [a, b, c, d, e, f, g, h]
    }
}

impl Lane {
    /// The lane of the organisation as a whole.
    pub const ORG: Self = Self::ZERO;
}

impl Group {
    /// The lane in which the group's records travel.
    #[must_use]
    pub fn lane(self) -> Lane {
        Lane(front(sha256(&[b"mg/laneid/1", &self.0])))
    }

    /// The group's team vault, whose key is the group's key.
    #[must_use]
    pub fn vault(self) -> Vault {
        Vault(self.0)
    }

    /// The vault of the group's wrapping keys: under these, and not under the group's own, the keys of its cases are boxed,
    /// so that they can be given up while the group's own goes on opening what was written.
    #[must_use]
    pub fn wraps(self) -> Vault {
        Vault::named(&[b"mg/wrap/1", &self.0])
    }
}

impl Vault {
    /// The vault that is named by the hash of these parts.
    pub(crate) fn named(parts: &[&[u8]]) -> Self {
        Self(front(sha256(parts)))
    }
}

impl Kid {
    /// The name of this key.
    #[must_use]
    pub fn of(key: &crypto::SecretKey) -> Self {
        Self(key.kid())
    }
}

impl Hash {
    /// SHA-256 of the parts, one after the other.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(sha256(parts))
    }

    /// What a record says of a set of heads: SHA-256 of the sorted hashes, zero for the empty set.
    #[must_use]
    pub fn of_heads<'a>(heads: impl IntoIterator<Item = &'a Hash>) -> Self {
        let sorted: std::collections::BTreeSet<_> = heads.into_iter().collect();
        if sorted.is_empty() {
            return Self::ZERO;
        }
        Self::of(
            &sorted
                .into_iter()
                .map(|head| head.0.as_slice())
                .collect::<Vec<_>>(),
        )
    }
}

fn front(hash: [u8; 32]) -> [u8; 16] {
    let mut front = [0; 16];
    front.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_the_design_says() {
        let group = Group::new([7; 16]);
        assert_eq!(group.lane().0, sha256(&[b"mg/laneid/1", &[7; 16]])[..16]);
        assert_eq!(
            Device::of(&[1; 32], &[2; 32]).0,
            sha256(&[&[1; 32], &[2; 32]])[..16]
        );
        assert_eq!(Org::of(Hash::new([9; 32])).0, [9; 16]);
    }

    #[test]
    fn heads_are_named_alike_in_any_order() {
        let (a, b) = (Hash::new([1; 32]), Hash::new([2; 32]));
        assert_eq!(Hash::of_heads([&a, &b]), Hash::of_heads([&b, &a, &b]));
        assert_eq!(Hash::of_heads([&a, &b]), Hash::of(&[&[1; 32], &[2; 32]]));
        assert_eq!(Hash::of_heads([]), Hash::ZERO);
    }
}
