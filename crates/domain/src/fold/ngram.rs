//! Tokens for a full-text index that knows no Japanese.
//!
//! Each run of letters becomes its pairs of neighbours and, at its end, its last letter alone: 訪問介護 →
//! `訪問 問介 介護 護`. A query becomes phrases of pairs; a single letter is asked as a prefix, which the last
//! letter of every run answers too. All tokens consist of letters and digits only, so no query needs quoting.

use super::{each, fold};

/// The tokens of a text, parted by blanks.
#[must_use]
pub fn bigrams(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2 + 8);
    let mut before: Option<char> = None;
    let mut put = |pair: [Option<char>; 2]| {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(pair.into_iter().flatten());
    };
    each(text, |c, _| {
        if is_letter(c) {
            if before.is_some() {
                put([before, Some(c)]);
            }
            before = Some(c);
        } else if before.is_some() {
            put([before.take(), None]);
        }
    });
    if before.is_some() {
        put([before, None]);
    }
    out
}

/// The phrases that a text must hold to match a query; a phrase of one single-letter token is a prefix.
#[must_use]
pub fn phrases(query: &str) -> Vec<Vec<String>> {
    fold(query)
        .split(|c| !is_letter(c))
        .filter(|run| !run.is_empty())
        .map(|run| {
            let letters = || run.chars();
            let pairs: Vec<String> = letters()
                .zip(letters().skip(1))
                .map(|(a, b)| [a, b].into_iter().collect())
                .collect();
            if pairs.is_empty() {
                vec![run.to_owned()]
            } else {
                pairs
            }
        })
        .collect()
}

pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_ends_with_its_last_letter_alone() {
        assert_eq!(bigrams("訪問介護"), "訪問 問介 介護 護");
        assert_eq!(bigrams("母、子"), "母 子");
        assert_eq!(bigrams("ﾀﾅｶ Ab"), "たな なか か ab b");
        assert_eq!(bigrams(" 、。\u{200B}"), "");
    }

    #[test]
    fn a_query_asks_for_pairs_and_a_single_letter_for_a_prefix() {
        assert_eq!(phrases("訪問介護"), [["訪問", "問介", "介護"]]);
        assert_eq!(phrases("母"), [["母"]]);
        assert_eq!(phrases("介護 母・タナ"), [["介護"], ["母"], ["たな"]]);
        assert!(phrases("\"*()　-").is_empty());
    }
}
