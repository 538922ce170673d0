//! The small part of JSON that a header is made of, in one spelling.
//!
//! No null, no fractions, no negative numbers; keys sorted by their bytes; no white space. What [`parse`] accepts,
//! [`canonical`] writes back byte for byte.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::Fields;
use crate::bytes::{from_hex, to_hex};

/// A value of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Object(Fields),
}

impl Json {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn hex(bytes: &[u8]) -> Self {
        Self::Text(to_hex(bytes))
    }

    pub(super) fn bytes<const N: usize>(&self) -> Option<[u8; N]> {
        match self {
            Self::Text(text) => from_hex(text),
            Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    pub(super) fn number(&self) -> Option<u32> {
        match self {
            // Above every ceiling, so nothing is lost by saturating.
            Self::Number(number) => Some(u32::try_from(*number).unwrap_or(u32::MAX)),
            Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    pub(super) fn objects(&self) -> Option<Vec<Fields>> {
        let Self::List(list) = self else { return None };
        let object = |item: &Self| match item {
            Self::Object(fields) => Some(fields.clone()),
            Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        };
        list.iter().map(object).collect()
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bool(bool) => Some(Self::Bool(bool)),
            Value::Number(number) => number.as_u64().map(Self::Number),
            Value::String(text) => Some(Self::Text(text)),
            Value::Array(list) => list
                .into_iter()
                .map(Self::from_value)
                .collect::<Option<_>>()
                .map(Self::List),
            Value::Object(map) => {
                let fields = map
                    .into_iter()
                    .map(|(name, value)| Some((name, Self::from_value(value)?)));
                fields.collect::<Option<_>>().map(Self::Object)
            }
            Value::Null => None,
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Bool(bool) => push(out, bool),
            Self::Number(number) => push(out, number),
            Self::Text(text) => quote(text, out),
            Self::List(list) => {
                out.push('[');
                for (place, item) in list.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => write_object(fields, out),
        }
    }
}

/// Reads one object and a final line feed, or nothing.
pub(super) fn parse(bytes: &[u8], longest: usize) -> Option<Fields> {
    if bytes.len() > longest {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let Json::Object(fields) = Json::from_value(serde_json::from_str(text).ok()?)? else {
        return None;
    };
    (canonical(&fields) == text).then_some(fields)
}

/// Writes the fields in their one spelling.
pub(super) fn canonical(fields: &BTreeMap<String, Json>) -> String {
    let mut out = String::new();
    write_object(fields, &mut out);
    out
}

fn write_object(fields: &Fields, out: &mut String) {
    out.push('{');
    for (place, (name, value)) in fields.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        quote(name, out);
        out.push(':');
        value.write(out);
    }
    out.push('}');
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\0'..='\u{1f}' => push(out, format_args!("\\u{:04x}", u32::from(letter))),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = write!(out, "{value}");
}
