//! Code lists: the words behind the codes of a record.
//!
//! # Invariants
//!
//! - Codes are data. A record with a code that is not listed stays valid and shows the code.
//! - A list only grows; a code never changes its meaning.

use std::sync::LazyLock;

use domain::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::format::{Label, Provenance};

/// A code list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct List {
    /// The name of the list.
    pub id: String,
    /// The heading.
    pub label: Label,
    /// Where the wording comes from.
    pub provenance: Provenance,
    /// The codes, in their order.
    pub codes: Vec<Code>,
}

/// A code with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// What is stored.
    pub code: String,
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl List {
    /// The words of a code, where it is listed.
    #[must_use]
    pub fn word(&self, code: &str, lang: Lang) -> Option<&str> {
        let found = self.codes.iter().find(|listed| listed.code == code)?;
        Some(match lang {
            Lang::Ja => &found.ja,
            Lang::En => &found.en,
        })
    }

    /// Whether a code is listed.
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|listed| listed.code == code)
    }
}

/// All lists, in the order of their names.
#[must_use]
pub fn all() -> &'static [List] {
    &LISTS
}

/// A list by its name.
#[must_use]
pub fn get(id: &str) -> Option<&'static List> {
    LISTS.iter().find(|list| list.id == id)
}

macro_rules! bundled {
    ($($name:literal),+ $(,)?) => { [$(include_str!(concat!("../lists/", $name, ".json"))),+] };
}

static LISTS: LazyLock<Vec<List>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "part of the program, and read by a test before every release"
    )]
    let read = |text: &&str| serde_json::from_str(text).expect("a bundled list is sound");
    FILES.iter().map(read).collect()
});

const FILES: [&str; 28] = bundled![
    "agency",
    "answer-state",
    "background",
    "basis",
    "change",
    "concern",
    "consent-state",
    "contact-method",
    "flag",
    "household-group",
    "household-tag",
    "intake-channel",
    "intake-consent",
    "intake-route",
    "leave-reason",
    "medium",
    "meeting-basis",
    "member-role",
    "relation",
    "screening",
    "secrecy",
    "sector",
    "sex",
    "source",
    "stage",
    "statement-kind",
    "urgency",
    "worker-role",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_list_is_sound_and_bundled() {
        let mut names = BTreeSet::new();
        for (list, file) in all().iter().zip(FILES) {
            assert!(names.insert(list.id.as_str()));
            assert!(!list.codes.is_empty() && !list.provenance.note.ja.is_empty());
            let codes: BTreeSet<&str> = list.codes.iter().map(|code| code.code.as_str()).collect();
            assert_eq!(codes.len(), list.codes.len(), "{}", list.id);
            for code in &list.codes {
                assert!(
                    !code.ja.is_empty() && !code.en.is_empty(),
                    "{} {}",
                    list.id,
                    code.code
                );
            }
            assert!(file.ends_with('\n'));
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/lists");
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let bundled: BTreeSet<String> = names.iter().map(|name| format!("{name}.json")).collect();
        assert_eq!(on_disk, bundled);
    }

    #[test]
    fn a_code_has_its_words() {
        let list = get("worker-role").unwrap();
        assert_eq!(list.word("supervisor", Lang::Ja), Some("主任・管理者"));
        assert_eq!(list.word("nobody", Lang::En), None);
        let kinds = get("statement-kind").unwrap();
        assert!(kinds.has("person") && !kinds.has("guess"));
        assert!(get("nothing").is_none());
    }
}
