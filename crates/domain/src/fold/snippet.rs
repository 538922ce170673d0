//! The piece of a text that shows why it was found.

use super::query::Query;
use super::{Folded, is_ignorable};

/// A piece of the original with the places that were found.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The original's own characters on one line, `…` where it was cut; invisible characters are left out.
    pub text: String,
    /// What was found, as ranges of code points in `text`.
    pub hits: Vec<(usize, usize)>,
}

impl std::fmt::Debug for Snippet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snippet(.., {} hits)", self.hits.len())
    }
}

/// Cuts about `width` characters around the first place where the query is found; else the beginning.
#[must_use]
pub fn snippet(original: &str, query: &str, width: usize) -> Snippet {
    let folded = Folded::new(original);
    let query = Query::new(query);
    let spellings: Vec<&str> = query.terms().iter().flatten().map(String::as_str).collect();
    let first = spellings
        .iter()
        .filter_map(|spelling| folded.text().find(spelling))
        .min();
    let found = first.map_or(0, |byte| {
        folded
            .text()
            .get(..byte)
            .map_or(0, |before| before.chars().count())
    });
    // A third of the room goes to what stands before; at the end of the text, more.
    let from = found
        .saturating_sub(width / 3)
        .min(folded.len().saturating_sub(width));
    let to = from.saturating_add(width).min(folded.len());
    let cut = folded.source(from..to).unwrap_or_default();
    let piece = original.get(cut.clone()).unwrap_or_default();

    let mut text = String::new();
    if original
        .get(..cut.start)
        .is_some_and(|before| !before.trim().is_empty())
    {
        text.push('…');
    }
    text.extend(piece.chars().filter(|c| !is_ignorable(*c)).map(|c| {
        if c.is_whitespace() || c.is_control() {
            ' '
        } else {
            c
        }
    }));
    if original
        .get(cut.end..)
        .is_some_and(|after| !after.trim().is_empty())
    {
        text.push('…');
    }
    let hits = hits(&text, &spellings);
    Snippet { text, hits }
}

/// Where the spellings stand, merged, in code points.
fn hits(text: &str, spellings: &[&str]) -> Vec<(usize, usize)> {
    let folded = Folded::new(text);
    let points = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    let mut hits: Vec<(usize, usize)> = Vec::new();
    for spelling in spellings {
        for (byte, found) in folded.text().match_indices(spelling) {
            let start = folded
                .text()
                .get(..byte)
                .map_or(0, |before| before.chars().count());
            if let Some(source) = folded.source(start..start + found.chars().count()) {
                hits.push((points(source.start), points(source.end)));
            }
        }
    }
    hits.sort_unstable();
    hits.dedup_by(|next, last| {
        let joined = next.0 <= last.1;
        if joined {
            last.1 = last.1.max(next.1);
        }
        joined
    });
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(original: &str, query: &str, width: usize) -> String {
        let Snippet { text, hits } = snippet(original, query, width);
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::new();
        let mut at = 0;
        for (from, to) in hits {
            out.extend(&chars[at..from]);
            out.push('[');
            out.extend(&chars[from..to]);
            out.push(']');
            at = to;
        }
        out.extend(&chars[at..]);
        out
    }

    #[test]
    fn a_snippet_shows_the_place_in_the_original_writing() {
        assert_eq!(
            marked(
                "昨日、髙橋さんの家を訪問した。\nｶﾞｽが止まっている。",
                "高橋",
                12
            ),
            "昨日、[髙橋]さんの家を訪問…"
        );
        assert_eq!(marked("ｶﾞｽが止まっている", "がす", 20), "[ｶﾞｽ]が止まっている");
        assert_eq!(
            marked("たなか と タナカ", "tanaka", 20),
            "[たなか] と [タナカ]"
        );
        assert_eq!(marked("あいうえお", "かき", 3), "あいう…");
        assert_eq!(marked("", "か", 3), "");
    }

    #[test]
    fn a_snippet_cannot_turn_the_line_around() {
        let shown = snippet("山\u{202E}田\u{200B}太郎", "山田", 10);
        assert_eq!(shown.text, "山田太郎");
        assert_eq!(shown.hits, [(0, 2)]);
    }
}
