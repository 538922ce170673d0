//! What is wrong with a store, and what is safe all the same. Words for it stand in `app`, by code.

use crate::error::Loss;

/// One thing that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// One copy of the header was missing, damaged or old; the other one is good.
    HeaderCopy {
        /// `header.json` or `header.bak`.
        file: &'static str,
    },
    /// Both copies of the header are older than the database: an earlier passphrase opens the store again.
    HeaderOld,
    /// One slot of `journal.head` was unreadable; the other one is good. A power cut can do this.
    HeadSlot,
    /// Something that was acknowledged is missing.
    Lost(Loss),
    /// The first bytes of `store.db` are not the store's id.
    Salt,
    /// A page of `store.db` does not carry its own checksum.
    Page {
        /// Its number; the first is 1.
        number: u64,
    },
    /// `store.db` has a size that no whole number of pages gives.
    Size,
    /// The database cannot be read as a whole.
    Unreadable,
    /// SQLite finds its own structure inconsistent.
    Structure,
    /// The journal does not follow from the row before.
    Chain {
        /// The first commit that does not fit.
        counter: u64,
    },
    /// Something that a commit pinned is no longer there, or no longer the same.
    Pinned {
        /// The commit.
        counter: u64,
        /// Which kind of thing, as a word.
        kind: &'static str,
    },
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Put right already, or harmless; worth knowing.
    Notice,
    /// Something is damaged or missing: `recover` saves what verifies.
    Damage,
}

/// What is safe in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safe {
    /// Everything that was saved.
    Everything,
    /// Everything up to the commits that are missing.
    AllButTheNewest,
    /// Whatever else verifies; `recover` tells exactly.
    WhatVerifies,
}

impl Finding {
    /// The stable name, for scripts and for the words in `app`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HeaderCopy { file } if file == crate::dir::HEADER => "header_json_restored",
            Self::HeaderCopy { .. } => "header_bak_restored",
            Self::HeaderOld => "header_old",
            Self::HeadSlot => "head_slot_restored",
            Self::Lost(Loss::HeadMissing) => "head_missing",
            Self::Lost(Loss::HeadDamaged) => "head_damaged",
            Self::Lost(Loss::HeadOld { .. }) => "head_old",
            Self::Lost(Loss::DatabaseMissing) => "database_missing",
            Self::Lost(Loss::DatabaseBehind { .. }) => "database_behind",
            Self::Lost(Loss::Fork) => "database_fork",
            Self::Salt => "database_salt",
            Self::Page { .. } => "page_damaged",
            Self::Size => "database_size",
            Self::Unreadable => "database_unreadable",
            Self::Structure => "database_structure",
            Self::Chain { .. } => "journal_chain",
            Self::Pinned { .. } => "pinned_missing",
        }
    }

    /// Reads a code that is kept as a notice.
    pub(crate) fn from_notice(code: &str) -> Option<Self> {
        let notices = [
            Self::HeaderCopy {
                file: crate::dir::HEADER,
            },
            Self::HeaderCopy {
                file: crate::dir::HEADER_COPY,
            },
            Self::HeaderOld,
            Self::HeadSlot,
            Self::Salt,
        ];
        notices.into_iter().find(|notice| notice.code() == code)
    }

    /// The page or the commit it is about, for ordering.
    pub(crate) fn at(self) -> u64 {
        match self {
            Self::Page { number } => number,
            Self::Chain { counter } | Self::Pinned { counter, .. } => counter,
            Self::HeaderCopy { .. }
            | Self::HeaderOld
            | Self::HeadSlot
            | Self::Lost(_)
            | Self::Salt
            | Self::Size
            | Self::Unreadable
            | Self::Structure => 0,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::HeaderCopy { .. } | Self::HeaderOld | Self::HeadSlot | Self::Salt => {
                Severity::Notice
            }
            Self::Lost(_)
            | Self::Page { .. }
            | Self::Size
            | Self::Unreadable
            | Self::Structure
            | Self::Chain { .. }
            | Self::Pinned { .. } => Severity::Damage,
        }
    }

    /// What is safe in spite of it.
    #[must_use]
    pub fn safe(self) -> Safe {
        match self {
            Self::HeaderCopy { .. } | Self::HeaderOld | Self::HeadSlot | Self::Salt => {
                Safe::Everything
            }
            Self::Lost(Loss::DatabaseBehind { .. }) => Safe::AllButTheNewest,
            Self::Lost(_)
            | Self::Page { .. }
            | Self::Size
            | Self::Unreadable
            | Self::Structure
            | Self::Chain { .. }
            | Self::Pinned { .. } => Safe::WhatVerifies,
        }
    }
}
