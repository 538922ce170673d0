//! What a person document says: one person within one case.
//!
//! A field that is shielded (秘匿) reads as empty here whatever stands in it: its value lies in a person document of a
//! restricted vault that names the person whom it shields.

use std::collections::BTreeMap;

use domain::date::PartialDate;
use record::View;
use serde::{Deserialize, Serialize};

use super::said::{self, FIELDS, Opened};

/// The fields that may be shielded, and that are offered to the same person's other households when they change.
pub(crate) const REACHED: &[&str] = &["address", "phone", "school", "workplace"];

/// In a restricted vault: the person whose fields these are.
pub(crate) const SHIELDS: &str = "shields";

/// The register that says that a field is shielded.
pub(crate) fn shield(field: &str) -> String {
    format!("shield/{field}")
}

/// The register that keeps which value of another household was not taken over.
pub(crate) fn declined(field: &str) -> String {
    format!("declined/{field}")
}

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
    pub(crate) address: Option<String>,
    pub(crate) school: Option<String>,
    pub(crate) workplace: Option<String>,
    pub(crate) note: Option<String>,
    /// The fields whose values lie in a restricted record (秘匿).
    pub(crate) shielded: Vec<String>,
    /// In a restricted record: the person whose fields these are.
    pub(crate) shields: Option<String>,
    /// Who wrote each of [`REACHED`] last, and when.
    pub(crate) since: BTreeMap<String, Opened>,
    /// Values of other households that were not taken over, by field.
    pub(crate) declined: BTreeMap<String, String>,
    pub(crate) opened: Opened,
}

impl PersonFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let name = |key| said::string(view, key).unwrap_or_default();
        let shielded: Vec<String> = REACHED
            .iter()
            .filter(|field| said::shown(view, FIELDS, &shield(field)).is_some())
            .map(|field| (*field).to_owned())
            .collect();
        let open = |field: &str| {
            said::string(view, field).filter(|_| !shielded.iter().any(|hidden| hidden == field))
        };
        let mut since = BTreeMap::new();
        let mut declined = BTreeMap::new();
        for field in REACHED {
            if let Some(said) = said::all(view, FIELDS, field).into_iter().next() {
                let (by, at) = (said.by, said.at);
                since.insert((*field).to_owned(), Opened { by, at });
            }
            if let Some(value) = said::string(view, &self::declined(field)) {
                declined.insert((*field).to_owned(), value);
            }
        }
        Some(Self {
            household: said::string(view, said::HOUSEHOLD),
            family_name: name("familyName"),
            given_name: name("givenName"),
            family_kana: name("familyKana"),
            given_kana: name("givenKana"),
            birth: said::shown(view, said::FIELDS, "birth")
                .and_then(|s| serde_json::from_value(s.value).ok()),
            sex: said::string(view, "sex"),
            phone: open("phone"),
            address: open("address"),
            school: open("school"),
            workplace: open("workplace"),
            note: said::string(view, "note"),
            shields: said::string(view, SHIELDS),
            shielded,
            since,
            declined,
            opened: said::opened(view)?,
        })
    }

    /// One of [`REACHED`].
    pub(crate) fn reached(&self, field: &str) -> Option<&String> {
        match field {
            "address" => self.address.as_ref(),
            "phone" => self.phone.as_ref(),
            "school" => self.school.as_ref(),
            "workplace" => self.workplace.as_ref(),
            _ => None,
        }
    }

    /// Hides what is shielded by now, in words of before it was.
    pub(crate) fn hide(&mut self, shielded: &[String]) {
        for field in shielded {
            match field.as_str() {
                "address" => self.address = None,
                "phone" => self.phone = None,
                "school" => self.school = None,
                "workplace" => self.workplace = None,
                _ => {}
            }
        }
        self.shielded = shielded.to_vec();
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
