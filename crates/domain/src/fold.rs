//! Search keys: what counts as the same writing.
//!
//! Folds width, case, katakana, name variants (髙/高, 邊/辺, 𠮷/吉), variation selectors, diacritics of Latin names,
//! invisible characters and the many dashes used as a long-vowel mark. What only *sounds* alike is another key,
//! [`near()`], and is shown apart as a guess.
//!
//! # Invariants
//!
//! - **Stored text is never folded**; a key lives beside it.
//! - **Idempotent**: the key of a key is itself.
//! - Every character of a [`Folded`] text knows the bytes of the original it came from, on character boundaries.
//! - Linear in the length of the text, without recursion: ten megabytes of anything are only slow.

mod near;
mod ngram;
mod query;
mod snippet;
mod variants;

use std::fmt;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, compose};

pub use near::near;
pub use ngram::{bigrams, phrases};
pub use query::{Query, match_expression};
pub use snippet::{Snippet, snippet};

/// A folded text with the way back to the original.
#[derive(Clone, PartialEq, Eq)]
pub struct Folded {
    text: String,
    sources: Vec<(u32, u32)>,
}

/// The search key of a text.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    each(text, |c, _| key.push(c));
    key
}

/// The digits of a phone number, whatever its writing: the key by which numbers are compared.
#[must_use]
pub fn phone_key(text: &str) -> String {
    text.nfkc().filter(char::is_ascii_digit).collect()
}

impl Folded {
    /// Folds a text and keeps where each character came from.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(text.len()),
            sources: Vec::with_capacity(text.len() / 3),
        };
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        each(text, |c, source| {
            folded.text.push(c);
            folded
                .sources
                .push((offset(source.start), offset(source.end)));
        });
        folded
    }

    /// The key.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original behind the key's characters `from` to `to` (counted in characters).
    #[must_use]
    pub fn source(&self, chars: Range<usize>) -> Option<Range<usize>> {
        let (start, _) = *self.sources.get(chars.start)?;
        let (_, end) = *self.sources.get(chars.end.checked_sub(1)?)?;
        (start <= end).then_some(start as usize..end as usize)
    }

    /// How many characters the key has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether nothing is left of the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folded({} characters)", self.sources.len())
    }
}

/// Whether a character has no look of its own: joiners, selectors, direction marks, soft hyphen.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Gives each character of the key with the bytes it came from.
fn each(text: &str, mut out: impl FnMut(char, Range<usize>)) {
    let mut chars = text.char_indices().peekable();
    let mut cluster = String::new();
    let mut before: Option<char> = None;
    while let Some((start, first)) = chars.next() {
        // A base with what attaches to it is normalised as one; invisible characters vanish in between.
        let mut end = start + first.len_utf8();
        cluster.clear();
        if !is_ignorable(first) {
            cluster.push(first);
        }
        while let Some(&(at, next)) = chars.peek() {
            if !is_ignorable(next) {
                if cluster.is_empty() || !attaches(next) {
                    break;
                }
                cluster.push(next);
            }
            end = at + next.len_utf8();
            chars.next();
        }
        let mut emit = |c: char| {
            let c = in_context(before, c);
            before = Some(c);
            out(c, start..end);
        };
        match simple(&cluster) {
            Some(c) => emit(c),
            None => cluster
                .nfkd()
                .filter(|c| !('\u{0300}'..='\u{036F}').contains(c))
                .nfc()
                .flat_map(char::to_lowercase)
                .for_each(|c| spell(c, &mut emit)),
        }
    }
}

/// Most of a Japanese text needs no tables.
fn simple(cluster: &str) -> Option<char> {
    let mut chars = cluster.chars();
    let (c, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    match c {
        ' '..='~' => Some(c.to_ascii_lowercase()),
        '\u{4E00}'..='\u{9FFF}' => Some(variants::usual(c)),
        'ぁ'..='ゔ' | 'ァ'..='ヴ' | '、' | '。' | 'ー' => Some(hiragana(c)),
        _ => None,
    }
}

fn attaches(c: char) -> bool {
    canonical_combining_class(c) != 0
        || matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{1161}'..='\u{11FF}')
}

/// One character after normalisation; some become two.
fn spell(c: char, emit: &mut impl FnMut(char)) {
    match c {
        'ß' => "ss".chars().for_each(emit),
        'æ' => "ae".chars().for_each(emit),
        'œ' => "oe".chars().for_each(emit),
        'þ' => "th".chars().for_each(emit),
        '\u{0300}'..='\u{036F}' => {}
        c if c.is_whitespace() || c.is_control() => emit(' '),
        c => emit(variants::usual(hiragana(c))),
    }
}

fn hiragana(c: char) -> char {
    let c = match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        c => c,
    };
    // 龍ヶ崎 = 龍ケ崎: these two are counters, not small vowels.
    match c {
        'ゕ' => 'か',
        'ゖ' => 'け',
        c => c,
    }
}

/// What depends on the character before: dashes as long vowels, and the repeat marks 々ゝゞ.
fn in_context(before: Option<char>, c: char) -> char {
    let after_kana = before.is_some_and(|b| matches!(b, 'ぁ'..='ゔ' | 'ー'));
    match (c, before) {
        ('-' | '~' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{301C}' | '\u{30A0}' | 'ー', _)
            if after_kana =>
        {
            'ー'
        }
        ('\u{2010}'..='\u{2015}' | '\u{2212}', _) => '-',
        ('\u{301C}', _) => '~',
        ('々' | '〻', Some(b)) if is_han(b) => b,
        ('ゝ', Some(b)) if after_kana && b != 'ー' => unvoiced(b),
        ('ゞ', Some(b)) if after_kana && b != 'ー' => {
            compose(unvoiced(b), '\u{3099}').unwrap_or(b)
        }
        _ => c,
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// が → か, ぱ → は; others unchanged.
fn unvoiced(c: char) -> char {
    std::iter::once(c).nfd().next().unwrap_or(c)
}

#[cfg(test)]
mod tests;
