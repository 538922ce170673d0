//! What a person document says: one person within one case.

use domain::date::PartialDate;
use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, Opened};

/// A person, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PersonFacts {
    pub(crate) household: Option<String>,
    pub(crate) family_name: String,
    pub(crate) given_name: String,
    pub(crate) family_kana: String,
    pub(crate) given_kana: String,
    pub(crate) birth: Option<PartialDate>,
    pub(crate) sex: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) opened: Opened,
}

impl PersonFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let name = |key| said::string(view, key).unwrap_or_default();
        Some(Self {
            household: said::string(view, said::HOUSEHOLD),
            family_name: name("familyName"),
            given_name: name("givenName"),
            family_kana: name("familyKana"),
            given_kana: name("givenKana"),
            birth: said::shown(view, said::FIELDS, "birth")
                .and_then(|s| serde_json::from_value(s.value).ok()),
            sex: said::string(view, "sex"),
            phone: said::string(view, "phone"),
            note: said::string(view, "note"),
            opened: said::opened(view)?,
        })
    }

    /// 姓名 as shown in lists; empty while neither is known.
    pub(crate) fn name(&self) -> String {
        join(&self.family_name, &self.given_name)
    }

    /// Its reading.
    pub(crate) fn kana(&self) -> String {
        join(&self.family_kana, &self.given_kana)
    }
}

/// The names of a person alone, from the row of the whole person: what lists show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PersonName {
    family_name: String,
    given_name: String,
    family_kana: String,
    given_kana: String,
}

impl PersonName {
    /// As [`PersonFacts::name`].
    pub(crate) fn name(&self) -> String {
        join(&self.family_name, &self.given_name)
    }

    /// As [`PersonFacts::kana`].
    pub(crate) fn kana(&self) -> String {
        join(&self.family_kana, &self.given_kana)
    }
}

fn join(family: &str, given: &str) -> String {
    match (family.is_empty(), given.is_empty()) {
        (false, false) => format!("{family} {given}"),
        _ => format!("{family}{given}"),
    }
}
