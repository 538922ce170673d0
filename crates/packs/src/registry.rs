//! The packs that can be used: the bundled ones, and those that the office adds.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use domain::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::check::{Problem, read, version_numbers};
use crate::format::{AppliesTo, Pack};
use crate::hash::PackHash;
use crate::scores::Programs;

/// The bundled packs, as they lie in the repository.
const BUNDLED: [&str; 2] = [
    include_str!("../packs/marugoto-household/pack.json"),
    include_str!("../packs/kihon-checklist/pack.json"),
];

/// One version of a pack, as an answer remembers it.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS,
)]
#[serde(deny_unknown_fields)]
pub struct PackRef {
    /// The pack's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The hash of its content.
    pub hash: PackHash,
}

/// A pack that passed the check and is compiled. As JSON: the pack with its `hash` beside.
#[derive(Debug, Serialize)]
pub struct Ready {
    #[serde(flatten)]
    pack: Pack,
    hash: PackHash,
    #[serde(skip)]
    programs: Programs,
}

/// Why there is no such pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// No pack of that id is known here.
    #[error("unknown pack")]
    UnknownPack,
    /// The pack is known, that version of it is not.
    #[error("unknown version of the pack")]
    UnknownVersion,
    /// The pack is not offered on that day.
    #[error("the pack is not in effect on that day")]
    NotInEffect,
    /// The file has problems.
    #[error("the pack has {} problems", .0.len())]
    Unsound(Vec<Problem>),
}

impl Ready {
    /// Reads, checks and compiles the bytes of a `pack.json`.
    ///
    /// # Errors
    ///
    /// [`PackError::Unsound`] with everything that is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, PackError> {
        let (pack, programs) = read(bytes).map_err(PackError::Unsound)?;
        let hash = PackHash::of(&pack);
        Ok(Self {
            pack,
            hash,
            programs,
        })
    }

    /// The name of its content.
    #[must_use]
    pub fn hash(&self) -> &PackHash {
        &self.hash
    }

    /// What an answer keeps of it.
    #[must_use]
    pub fn reference(&self) -> PackRef {
        PackRef {
            id: self.pack.id.clone(),
            version: self.pack.version.clone(),
            hash: self.hash.clone(),
        }
    }

    /// The scores of one subject from its answers (item → value, given answers only); empty where nothing is scored.
    #[must_use]
    pub fn scores(
        &self,
        subject: AppliesTo,
        answers: &BTreeMap<String, Value>,
    ) -> BTreeMap<String, Value> {
        self.programs.run(&self.pack, subject, answers)
    }

    fn is_offered(&self, on: Day) -> bool {
        let day = |text: &str| text.parse::<Day>().ok();
        let begun = day(&self.pack.effective_from).is_some_and(|from| from <= on);
        let ended = self
            .pack
            .effective_to
            .as_deref()
            .and_then(day)
            .is_some_and(|to| to < on);
        begun && !ended
    }
}

impl Deref for Ready {
    type Target = Pack;

    fn deref(&self) -> &Pack {
        &self.pack
    }
}

/// The packs that come with the program.
#[must_use]
pub fn registry() -> &'static Registry {
    static BUNDLED: LazyLock<Registry> = LazyLock::new(Registry::bundled);
    &BUNDLED
}

/// All packs at hand. Versions stay for ever, so that old answers can be read.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    packs: Vec<Arc<Ready>>,
}

impl Registry {
    /// The packs that come with the program, for an office that adds its own; else see [`registry`].
    #[must_use]
    pub fn bundled() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "part of the program, and read by a test before every release"
        )]
        let ready =
            |text: &str| Arc::new(Ready::read(text.as_bytes()).expect("a bundled pack is sound"));
        Self {
            packs: BUNDLED.into_iter().map(ready).collect(),
        }
    }

    /// Adds a pack of the office; the same content twice is one.
    pub fn add(&mut self, pack: Arc<Ready>) {
        if !self.packs.iter().any(|held| held.hash == pack.hash) {
            self.packs.push(pack);
        }
    }

    /// Every version of every pack.
    pub fn all(&self) -> impl Iterator<Item = &Ready> {
        self.packs.iter().map(Arc::as_ref)
    }

    /// The newest version of a pack that is offered on a day: what a new round takes.
    ///
    /// # Errors
    ///
    /// [`PackError::UnknownPack`], [`PackError::NotInEffect`].
    pub fn offered(&self, id: &str, on: Day) -> Result<&Arc<Ready>, PackError> {
        self.of(id)?
            .filter(|ready| ready.is_offered(on))
            .max_by_key(|ready| (version_numbers(&ready.pack.version), &ready.hash))
            .ok_or(PackError::NotInEffect)
    }

    /// A version by its number.
    ///
    /// # Errors
    ///
    /// [`PackError::UnknownPack`], [`PackError::UnknownVersion`].
    pub fn version(&self, id: &str, version: &str) -> Result<&Arc<Ready>, PackError> {
        self.of(id)?
            .find(|ready| ready.pack.version == version)
            .ok_or(PackError::UnknownVersion)
    }

    /// Exactly the content that answers were given under, by its hash.
    ///
    /// # Errors
    ///
    /// [`PackError::UnknownVersion`].
    pub fn by_hash(&self, hash: &str) -> Result<&Arc<Ready>, PackError> {
        self.packs
            .iter()
            .find(|ready| ready.hash.as_str() == hash)
            .ok_or(PackError::UnknownVersion)
    }

    fn of<'a>(&'a self, id: &str) -> Result<std::vec::IntoIter<&'a Arc<Ready>>, PackError> {
        let versions: Vec<_> = self
            .packs
            .iter()
            .filter(|ready| ready.pack.id == id)
            .collect();
        if versions.is_empty() {
            return Err(PackError::UnknownPack);
        }
        Ok(versions.into_iter())
    }
}

#[cfg(test)]
mod tests;
