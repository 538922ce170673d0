//! The name of a pack version: the hash of its canonical JSON.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::format::{Pack, sorted};

/// SHA-256 in hexadecimal of the pack's JSON with sorted keys and no blanks, `$schema` left out.
///
/// Line ends, indentation and the order of keys in the file do not matter; every word does.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS,
)]
pub struct PackHash(String);

impl PackHash {
    /// The hash of a pack.
    #[must_use]
    pub fn of(pack: &Pack) -> Self {
        let content = Pack {
            schema: None,
            ..pack.clone()
        };
        let canonical = serde_json::to_value(content).unwrap_or_default();
        let digest = Sha256::digest(sorted(&canonical).to_string());
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The hexadecimal text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_has_the_hash_that_it_always_had() {
        let pack: Pack = serde_json::from_str(
            r#"{ "version": "1.0.0", "id": "tiny", "effectiveFrom": "2026-04-01",
                 "title": { "ja": "ちいさな様式", "en": "Tiny form" }, "about": { "ja": "", "en": "" },
                 "provenance": { "kind": "own", "comparedWithOriginal": false, "note": { "ja": "", "en": "" } },
                 "areas": [], "items": [] }"#,
        )
        .unwrap();
        assert_eq!(
            PackHash::of(&pack).as_str(),
            "0ed5379e3814dd03a6ccd2acd45f953b457ef27887ab58fce766e899f32b0a62"
        );
    }
}
