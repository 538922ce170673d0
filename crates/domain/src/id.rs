//! One newtype per kind of id, over UUID.
//!
//! # Invariants
//!
//! - An id of one kind cannot be passed where another is asked for.
//! - Ids are made elsewhere (version 7, on the device): nothing here draws a random number.
//! - As text, always the hyphenated lower-case form.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// The text was no UUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct IdError(#[from] uuid::Error);

macro_rules! id {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS,
        )]
        pub struct $name(Uuid);

        impl $name {
            /// Takes the sixteen bytes as they stand.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Gives the sixteen bytes.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Ok(Self(Uuid::from_str(text)?))
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    )+};
}

/// Document ids by kind: each is a [`DocId`] that knows what it names.
macro_rules! document {
    ($($name:ident),+) => {$(
        impl From<$name> for DocId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }

        impl From<DocId> for $name {
            fn from(id: DocId) -> Self {
                Self(id.0)
            }
        }
    )+};
}

id! {
    /// An office with its directory.
    OrgId;
    /// One laptop, for its whole life.
    DeviceId;
    /// A scope of keys, of need-to-know and of erasure.
    VaultId;
    /// A vault as outsiders see it.
    LaneId;
    /// Any document, where its kind stands beside it.
    DocId;
    /// Somebody who works here.
    WorkerId;
    /// An area of one area scheme.
    AreaId;
    /// A first contact.
    IntakeId;
    /// A household case.
    HouseholdId;
    /// A person within one case.
    PersonId;
    /// A record of a contact.
    NoteId;
    /// One assessment round.
    RoundId;
    /// A tie between two documents of different vaults.
    LinkId;
    /// Text caught without filing.
    MemoId;
}

document!(
    IntakeId,
    HouseholdId,
    PersonId,
    NoteId,
    RoundId,
    LinkId,
    MemoId
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_survives_text_json_and_bytes(bytes: [u8; 16]) {
            let id = DocId::from_bytes(bytes);
            prop_assert_eq!(id.to_bytes(), bytes);
            prop_assert_eq!(id.to_string().parse::<DocId>().unwrap(), id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(&json, &format!("\"{id}\""));
            prop_assert_eq!(serde_json::from_str::<DocId>(&json).unwrap(), id);
            prop_assert_eq!(DocId::from(HouseholdId::from(id)), id);
        }
    }

    #[test]
    fn text_that_is_no_uuid_is_refused() {
        assert!("12".parse::<VaultId>().is_err());
        assert!(serde_json::from_str::<VaultId>("\"\"").is_err());
    }

    #[test]
    fn the_window_sees_an_id_as_a_string() {
        assert_eq!(DocId::inline(&ts_rs::Config::default()), "string");
    }
}
