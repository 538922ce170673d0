//! The kinds of documents, and what each is born with.
//!
//! # Invariants
//!
//! - The maps of a kind and schema never change: they are part of the genesis, and a changed genesis
//!   forks every document of that kind. Something new gets a new schema number.

use std::fmt;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Settings shared by a team.
    Settings,
    /// A first contact.
    Intake,
    /// A household case: composition, flags, groupings.
    Case,
    /// One person within one case.
    Person,
    /// A record of a contact.
    Note,
    /// One filling of an assessment pack.
    Round,
    /// Two documents that belong together.
    Link,
    /// Text caught without filing.
    Memo,
    /// What was carried out on a medium, and what became of it.
    Carryout,
    /// A household is to pass from one worker to another.
    Handover,
    /// Somebody looks after a colleague's households for a while.
    Cover,
    /// A photo, scan, PDF or text that belongs to a household, person or note (添付).
    Attachment,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 12] = [
        Kind::Settings,
        Kind::Intake,
        Kind::Case,
        Kind::Person,
        Kind::Note,
        Kind::Round,
        Kind::Link,
        Kind::Memo,
        Kind::Carryout,
        Kind::Handover,
        Kind::Cover,
        Kind::Attachment,
    ];

    /// The word that stands for the kind in files and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Settings => "settings",
            Kind::Intake => "intake",
            Kind::Case => "case",
            Kind::Person => "person",
            Kind::Note => "note",
            Kind::Round => "round",
            Kind::Link => "link",
            Kind::Memo => "memo",
            Kind::Carryout => "carryout",
            Kind::Handover => "handover",
            Kind::Cover => "cover",
            Kind::Attachment => "attachment",
        }
    }

    /// The kind that `word` stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The number of the schema of newly made documents.
    #[must_use]
    pub const fn schema(self) -> u16 {
        1
    }

    /// The maps that a document of this kind is born with, in the order of the genesis.
    #[must_use]
    pub const fn maps(self) -> &'static [&'static str] {
        match self {
            Kind::Case => &["fields", "members", "groups"],
            Kind::Round => &["fields", "answers", "comments"],
            Kind::Settings => &["fields", "workers"],
            Kind::Intake
            | Kind::Person
            | Kind::Note
            | Kind::Link
            | Kind::Memo
            | Kind::Carryout
            | Kind::Handover
            | Kind::Cover
            | Kind::Attachment => &["fields"],
        }
    }

    /// Whether a document of this kind is born with a text.
    #[must_use]
    pub const fn has_text(self) -> bool {
        matches!(self, Kind::Intake | Kind::Note | Kind::Memo)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of a document. The same document id in another vault is another document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocKey {
    /// What the document is about.
    pub kind: Kind,
    /// The vault that holds it.
    pub vault: [u8; 16],
    /// Its id within the vault.
    pub doc: [u8; 16],
    /// The vault in whose name its first change was made: its own, but for a document of another office that passed the case
    /// on.
    pub root: [u8; 16],
}

impl DocKey {
    /// A document that began in its own vault.
    #[must_use]
    pub fn new(kind: Kind, vault: [u8; 16], doc: [u8; 16]) -> Self {
        Self {
            kind,
            vault,
            doc,
            root: vault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_from_its_word() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("Note"), None);
    }
}
