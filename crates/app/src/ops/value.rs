//! Values that requests carry: how much room each has, and what cannot be a name or a single line.

use domain::text::{self, TextError};
use serde_json::Value;

use crate::error::{AppError, ErrorCode, Result};

/// How much room a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// A name.
    Name,
    /// A single line: phone, code, label.
    Line,
    /// Some sentences.
    Paragraph,
    /// Whatever a note holds; `record` keeps the limit.
    Note,
}

/// A text of a request, or none for null and for an empty one: an emptied field is a cleared one.
pub(crate) fn text_of(field: &str, value: &Value, room: Room) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => filled(field, Some(text.clone()), room),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(invalid(field))
        }
    }
}

/// A text that was given and is not empty.
pub(crate) fn filled(field: &str, text: Option<String>, room: Room) -> Result<Option<String>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let checked = match room {
        Room::Name => text::check_name(&text),
        Room::Line => text::check_line(&text, text::LINE_CHARS),
        Room::Paragraph => text::within(&text, text::PARAGRAPH_CHARS),
        Room::Note => text::within(&text, text::NOTE_CHARS),
    };
    match checked {
        Ok(()) => Ok(Some(text)),
        Err(TextError::TooLong { limit }) => {
            Err(AppError::new(ErrorCode::TextTooLong).with("limit", limit.to_string()))
        }
        Err(TextError::ControlCharacter) => Err(invalid(field)),
    }
}

/// The room of a field that holds plain text.
pub(crate) fn room(texts: &[(&str, Room)], field: &str) -> Result<Room> {
    texts
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, room)| *room)
        .ok_or_else(|| AppError::new(ErrorCode::UnknownField).with("field", field))
}

fn invalid(field: &str) -> AppError {
    AppError::new(ErrorCode::InvalidValue).with("field", field)
}
