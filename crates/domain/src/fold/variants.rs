//! Characters of names that are written in several ways.
//!
//! The table says "search one, find all"; it never says that two people are the same, nor which form is right.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Lines of one group each, the usual form first; `#` begins a remark.
const TABLE: &str = include_str!("../../data/variants.txt");

static USUAL: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    groups()
        .filter_map(|group| {
            let mut chars = group.chars();
            chars.next().map(|usual| (usual, chars))
        })
        .flat_map(|(usual, variants)| variants.map(move |variant| (variant, usual)))
        .collect()
});

/// The usual form of a character, or itself.
pub(super) fn usual(c: char) -> char {
    USUAL.get(&c).copied().unwrap_or(c)
}

fn groups() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_character_stands_in_one_group_only() {
        let mut seen = HashSet::new();
        for group in groups() {
            assert!(group.chars().count() >= 2, "{group}");
            for c in group.chars() {
                assert!(seen.insert(c), "{c} in {group}");
            }
        }
        assert!(seen.len() > 600);
    }
}
