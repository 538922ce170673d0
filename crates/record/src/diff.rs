//! From one text to another by insertions and deletions.
//!
//! Sentence by sentence first, then grapheme by grapheme within what differs: a sentence that was
//! replaced does not leave its commas behind for another worker's edit to fall between, and a character
//! with its variation selector or voicing mark is never torn apart.
//!
//! Automerge has a diff of its own (`update_text`). Its time is quadratic for two large texts that
//! differ much, and it cannot be cut into several changes. This one gives up looking for the shortest
//! way after a fixed number of differences and replaces the whole stretch.

use std::{collections::HashMap, fmt};

use unicode_segmentation::UnicodeSegmentation;

/// One replacement in a text.
#[derive(Clone, PartialEq, Eq)]
pub struct TextSplice {
    /// Where, in code points, when the replacements are made from first to last.
    pub start: usize,
    /// What was there.
    pub removed: String,
    /// What is there now.
    pub inserted: String,
}

impl fmt::Debug for TextSplice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextSplice")
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

/// Differences in sentences, and in graphemes of one stretch, that are looked at one by one.
const SENTENCES: usize = 2_000;
const GRAPHEMES: usize = 500;

/// The replacements that make `new` of `old`.
pub(crate) fn splices(old: &str, new: &str) -> Vec<TextSplice> {
    let (old, new) = (sentences(old), sentences(new));
    let mut found = Vec::new();
    let mut start = 0;
    for part in parts(&old, &new, SENTENCES) {
        let (old, new) = match part {
            Part::Same(units) => {
                start += length(units);
                continue;
            }
            Part::Other(old, new) => (old.concat(), new.concat()),
        };
        let old: Vec<&str> = old.graphemes(true).collect();
        let new: Vec<&str> = new.graphemes(true).collect();
        for part in parts(&old, &new, GRAPHEMES) {
            match part {
                Part::Same(units) => start += length(units),
                Part::Other(old, new) => {
                    found.push(TextSplice {
                        start,
                        removed: old.concat(),
                        inserted: new.concat(),
                    });
                    start += length(new);
                }
            }
        }
    }
    found
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['\n', '。', '．', '！', '？', '.', '!', '?'])
        .collect()
}

fn length(units: &[&str]) -> usize {
    units.iter().map(|unit| unit.chars().count()).sum()
}

/// A stretch of two sequences.
enum Part<'s, 't> {
    Same(&'s [&'t str]),
    Other(&'s [&'t str], &'s [&'t str]),
}

/// Cuts two sequences into stretches that are the same and stretches that are not, with at most
/// `most` differences between their common beginning and end, or else one stretch for all of it.
fn parts<'s, 't>(old: &'s [&'t str], new: &'s [&'t str], most: usize) -> Vec<Part<'s, 't>> {
    let front = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (front, old) = old.split_at(front);
    let (_, new) = new.split_at(front.len());
    let back = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (old, back) = old.split_at(old.len() - back);
    let (new, _) = new.split_at(new.len() - back.len());

    let mut parts = vec![Part::Same(front)];
    let (mut old_rest, mut new_rest) = (old, new);
    for run in common(old, new, most) {
        let (removed, kept) = old_rest.split_at(old_rest.len() - (old.len() - run.old));
        let (inserted, after) = new_rest.split_at(new_rest.len() - (new.len() - run.new));
        let (kept, after_old) = kept.split_at(run.length);
        let (_, after_new) = after.split_at(run.length);
        if !removed.is_empty() || !inserted.is_empty() {
            parts.push(Part::Other(removed, inserted));
        }
        parts.push(Part::Same(kept));
        (old_rest, new_rest) = (after_old, after_new);
    }
    if !old_rest.is_empty() || !new_rest.is_empty() {
        parts.push(Part::Other(old_rest, new_rest));
    }
    parts.push(Part::Same(back));
    parts
}

/// A run that two sequences have in common.
struct Run {
    old: usize,
    new: usize,
    length: usize,
}

/// The runs in common, by Myers' greedy way with at most `most` differences; none where that is not enough.
fn common<'t>(old: &[&'t str], new: &[&'t str], most: usize) -> Vec<Run> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    // Comparing numbers is much cheaper than comparing sentences.
    let mut numbers: HashMap<&'t str, usize> = HashMap::new();
    let mut number = |units: &[&'t str]| -> Vec<usize> {
        units
            .iter()
            .map(|unit| {
                let next = numbers.len();
                *numbers.entry(unit).or_insert(next)
            })
            .collect()
    };
    let (old, new) = (number(old), number(new));

    // rows[d][i] is how far into `old` one gets with d differences of which i are insertions.
    // That is d - i deletions, so it is reached x - (d - i) + i far into `new`.
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for differences in 0..=most {
        let mut row = Vec::with_capacity(differences + 1);
        for inserted in 0..=differences {
            let (x, _) = step(rows.last(), inserted);
            let y = (x + 2 * inserted).saturating_sub(differences);
            let rest = (
                old.get(x..).unwrap_or_default(),
                new.get(y..).unwrap_or_default(),
            );
            let same = rest
                .0
                .iter()
                .zip(rest.1)
                .take_while(|(a, b)| a == b)
                .count();
            row.push(x + same);
            if x + same == old.len() && y + same == new.len() {
                rows.push(row);
                return walk_back(&rows, inserted);
            }
        }
        rows.push(row);
    }
    Vec::new()
}

/// How far into the old sequence one more difference leads, the `inserted`-th insertion or else a
/// deletion, and whether it is an insertion.
fn step(before: Option<&Vec<usize>>, inserted: usize) -> (usize, bool) {
    let Some(before) = before else {
        return (0, false);
    };
    let insertion = inserted
        .checked_sub(1)
        .and_then(|fewer| before.get(fewer))
        .copied();
    let deletion = before.get(inserted).map(|x| x + 1);
    match (insertion, deletion) {
        (Some(insertion), Some(deletion)) if insertion > deletion => (insertion, true),
        (Some(insertion), None) => (insertion, true),
        (_, deletion) => (deletion.unwrap_or_default(), false),
    }
}

fn walk_back(rows: &[Vec<usize>], mut inserted: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    for (differences, row) in rows.iter().enumerate().rev() {
        let before = differences.checked_sub(1).and_then(|fewer| rows.get(fewer));
        let (x, insertion) = step(before, inserted);
        let length = row
            .get(inserted)
            .copied()
            .unwrap_or_default()
            .saturating_sub(x);
        if length > 0 {
            runs.push(Run {
                old: x,
                new: (x + 2 * inserted).saturating_sub(differences),
                length,
            });
        }
        inserted -= usize::from(insertion);
    }
    runs.reverse();
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(old: &str, splices: &[TextSplice]) -> String {
        let mut text: Vec<char> = old.chars().collect();
        for splice in splices {
            let end = splice.start + splice.removed.chars().count();
            let removed: String = text
                .splice(splice.start..end, splice.inserted.chars())
                .collect();
            assert_eq!(removed, splice.removed);
        }
        text.into_iter().collect()
    }

    proptest! {
        #[test]
        fn the_replacements_make_the_new_text(old in "[ab。\n]{0,60}", new in "[ab。\n]{0,60}") {
            prop_assert_eq!(apply(&old, &splices(&old, &new)), new);
        }

        #[test]
        fn any_text_becomes_any_other(old: String, new: String) {
            prop_assert_eq!(apply(&old, &splices(&old, &new)), new);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_text_far_beyond_the_limit_is_still_right(seed in prop::collection::vec("[a-d。]{1,3}", 900..1200)) {
            let old = seed.concat();
            let new: String = seed.iter().rev().map(String::as_str).collect();
            prop_assert_eq!(apply(&old, &splices(&old, &new)), new);
        }
    }

    #[test]
    fn an_edit_in_the_middle_touches_nothing_else() {
        let old = "母は元気。父は通院中。姉は東京。";
        let new = "母は元気。父は入院中。姉は東京。";
        let found = splices(old, new);
        assert_eq!(
            found,
            [TextSplice {
                start: 7,
                removed: "通".into(),
                inserted: "入".into()
            }]
        );
    }

    #[test]
    fn a_character_and_its_selector_stay_together() {
        let found = splices("葛\u{e0100}城", "葛\u{e0101}城");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].removed, "葛\u{e0100}");
    }

    #[test]
    fn the_same_text_gives_nothing() {
        assert!(splices("同じ。", "同じ。").is_empty());
    }
}
