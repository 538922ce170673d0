//! Forms as data, for whoever writes one: the check of a pack file, and the schema it has to follow.

use std::collections::BTreeMap;

use domain::Lang;
use serde::Serialize;

/// Something wrong with a pack file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackProblem {
    /// The place, as `items/q12/point`.
    pub at: String,
    /// What it is, for programs.
    pub kind: String,
    /// What it is, in the user's language.
    pub message: String,
}

/// Everything that is wrong with a pack file; nothing when an office can use it.
#[must_use]
pub fn check(file: &[u8], lang: Lang) -> Vec<PackProblem> {
    let words = words(lang);
    let view = |problem: packs::Problem| {
        let kind = serde_json::to_value(problem.kind).unwrap_or_default();
        let kind = kind.as_str().unwrap_or_default().to_owned();
        PackProblem {
            message: words.get(&kind).cloned().unwrap_or_default(),
            at: problem.at,
            kind,
        }
    };
    packs::check(file).into_iter().map(view).collect()
}

/// The JSON Schema of pack files.
#[must_use]
pub fn schema() -> String {
    packs::json_schema()
}

fn words(lang: Lang) -> BTreeMap<String, String> {
    let all: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(include_str!("../words/pack.json")).unwrap_or_default();
    let key = match lang {
        Lang::Ja => "ja",
        Lang::En => "en",
    };
    all.into_iter()
        .filter_map(|(kind, mut words)| Some((kind, words.remove(key)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_faults_is_told_each_of_them_in_words() {
        let good = include_bytes!("../../packs/packs/kihon-checklist/pack.json");
        assert_eq!(check(good, Lang::Ja), []);
        let mut bad: serde_json::Value = serde_json::from_slice(good).unwrap();
        bad["version"] = "1".into();
        bad["items"][0]["label"]["en"] = "".into();
        bad["items"][1]["area"] = "nowhere".into();
        let file = serde_json::to_vec(&bad).unwrap();
        for lang in [Lang::Ja, Lang::En] {
            let problems = check(&file, lang);
            let kinds: Vec<_> = problems
                .iter()
                .map(|problem| problem.kind.as_str())
                .collect();
            for kind in ["badVersion", "emptyLabel", "unknownArea"] {
                assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
            }
            assert!(problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }

    #[test]
    fn every_kind_of_fault_has_words() {
        let schema = serde_json::to_value(schemars::schema_for!(packs::ProblemKind)).unwrap();
        let text = schema.to_string();
        let kinds: Vec<_> = words(Lang::Ja).into_keys().collect();
        assert_eq!(kinds, words(Lang::En).into_keys().collect::<Vec<_>>());
        assert_eq!(kinds.len(), text.matches("\"const\"").count(), "{text}");
        assert!(
            kinds
                .iter()
                .all(|kind| text.contains(&format!("\"{kind}\"")))
        );
    }
}
