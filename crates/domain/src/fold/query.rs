//! What somebody types into the search box.
//!
//! Words stand for "all of these". A word in romaji also asks for the kana it spells: `tanaka` finds たなか.

use wana_kana::{ConvertJapanese, IsJapaneseStr};

use super::{fold, phrases};

/// The part of a query that is read; the rest cannot narrow anything further.
const QUERY_CHARS: usize = 200;

/// A query: every term must be found, each in one of its spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Vec<String>>,
}

impl Query {
    /// Reads what was typed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text: String = text.chars().take(QUERY_CHARS).collect();
        let terms = fold(&text)
            .split_whitespace()
            .filter(|word| !phrases(word).is_empty())
            .map(spellings)
            .collect();
        Self { terms }
    }

    /// The terms, each with its folded spellings.
    #[must_use]
    pub fn terms(&self) -> &[Vec<String>] {
        &self.terms
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a key made by [`fold`] holds every term.
    #[must_use]
    pub fn finds(&self, key: &str) -> bool {
        self.terms.iter().all(|spellings| {
            spellings
                .iter()
                .any(|spelling| key.contains(spelling.as_str()))
        })
    }
}

/// The query for SQLite FTS5 over a column of [`bigrams`](super::bigrams); none when there is nothing to look for.
///
/// # Examples
///
/// ```
/// use domain::fold::match_expression;
///
/// assert_eq!(match_expression("訪問介護").as_deref(), Some(r#"("訪問 問介 介護")"#));
/// assert_eq!(match_expression("母").as_deref(), Some(r#"("母"*)"#));
/// ```
#[must_use]
pub fn match_expression(query: &str) -> Option<String> {
    let query = Query::new(query);
    let terms: Vec<String> = query
        .terms
        .iter()
        .map(|spellings| {
            let any: Vec<String> = spellings.iter().map(|text| all_phrases(text)).collect();
            format!("({})", any.join(" OR "))
        })
        .collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

fn all_phrases(text: &str) -> String {
    let all: Vec<String> = phrases(text)
        .into_iter()
        .map(|tokens| match tokens.as_slice() {
            [one] if one.chars().count() == 1 => format!("\"{one}\"*"),
            tokens => format!("\"{}\"", tokens.join(" ")),
        })
        .collect();
    match all.as_slice() {
        [one] => one.clone(),
        all => format!("({})", all.join(" AND ")),
    }
}

fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    all.extend(romaji_to_kana(word).map(|kana| fold(&kana)));
    all
}

/// The kana that a word of Latin letters spells. Consonants at the end, still being typed, are left off.
pub(super) fn romaji_to_kana(word: &str) -> Option<String> {
    let romaji = word
        .chars()
        .all(|c| c.is_ascii_lowercase() || c == '\'' || c == '-');
    if !romaji || !word.contains(['a', 'i', 'u', 'e', 'o', 'n']) {
        return None;
    }
    let kana = word.to_hiragana();
    let complete = kana.trim_end_matches(|c: char| c.is_ascii_lowercase());
    // One kana out of an unfinished word would find half the office.
    let enough = complete.len() == kana.len() || complete.chars().nth(1).is_some();
    (enough && complete.is_hiragana()).then(|| complete.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        Query::new(query).finds(&fold(text))
    }

    #[test]
    fn romaji_finds_kana_and_itself() {
        assert!(finds("tanaka", "タナカ ハナ"));
        assert!(finds("TANAKA hana", "たなか はな"));
        assert!(finds("tanak", "たなか"));
        assert!(finds("shin'ichi", "しんいち"));
        assert!(finds("si", "しまだ") && finds("shi", "しまだ"));
        assert!(finds("tanaka", "Tanaka Hana"));
        assert!(finds("nguyen", "Nguyễn Thị"));
        assert!(!finds("tanaka", "なかた"));
        assert!(!finds("smith", "たなか"));
    }

    #[test]
    fn every_word_must_be_there() {
        assert!(finds("介護 借金", "借金と介護のこと"));
        assert!(!finds("介護 借金", "介護のこと"));
        assert!(Query::new(" ・、").is_empty());
    }

    #[test]
    fn an_expression_cannot_be_broken_out_of() {
        assert_eq!(
            match_expression("\" OR x NOT* NEAR(\u{0}"),
            Some(r#"("or") AND ("x"*) AND ("no ot") AND ("ne ea ar")"#.into())
        );
        assert_eq!(match_expression("  "), None);
        assert_eq!(
            match_expression("tana"),
            Some(r#"("ta an na" OR "たな")"#.into())
        );
        assert_eq!(
            match_expression("3-12"),
            Some(r#"(("3"* AND "12"))"#.into())
        );
    }
}
