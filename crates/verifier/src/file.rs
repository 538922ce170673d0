//! The form of the file, and writing it.

use std::io::{self, Write};

use crypto::sign::{SignatureKind, SigningKey};
use serde::{Deserialize, Serialize};
use wire::audit::{Act, Entry};
use wire::cbor;
use wire::ids::{Device, Hash, Org};

pub(crate) const FORMAT: &str = "marugoto-audit";
pub(crate) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) format: String,
    pub(crate) version: u32,
    pub(crate) org: String,
    pub(crate) directory: Vec<String>,
    pub(crate) exported_by: String,
    pub(crate) at: i64,
}

/// An entry in words. What stands here and in the bytes must say the same; names are the exporter's word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Readable {
    /// When, RFC 3339 at the office's offset.
    pub time: String,
    /// Whose log: the worker's name.
    pub worker: String,
    /// The household's name.
    pub household_name: String,
    /// What else it was about, in words.
    pub about: String,
}

/// A line that holds an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EntryLine {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) act: String,
    pub(crate) kind: String,
    pub(crate) subject: Option<String>,
    pub(crate) household: Option<String>,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) words: Readable,
    pub(crate) device: String,
    pub(crate) book: String,
    pub(crate) entry: String,
}

impl EntryLine {
    pub(crate) fn of(bytes: &[u8], entry: &Entry, place: (&str, &str), words: Readable) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at,
            act: Act::of_number(entry.act).word().to_owned(),
            kind: entry.kind.clone(),
            subject: entry.subject.map(|id| hex(&id)),
            household: entry.household.map(|id| hex(&id)),
            reason: entry.reason.clone(),
            detail: entry.detail.clone(),
            words,
            device: place.0.to_owned(),
            book: place.1.to_owned(),
            entry: hex(bytes),
        }
    }
}

/// A line that holds a seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealLine {
    pub(crate) seal: String,
}

/// What stands in the last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    pub(crate) lines: u64,
    pub(crate) sha256: String,
    pub(crate) signature: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndLine {
    pub(crate) end: End,
}

/// Any line after the first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Line {
    Entry(Box<EntryLine>),
    Seal(SealLine),
    End(EndLine),
}

/// What goes into a file.
#[derive(Debug)]
pub enum Written {
    /// An entry of a device's book.
    Entry {
        /// Whose.
        device: Device,
        /// Its book.
        book: [u8; 16],
        /// The entry.
        bytes: Vec<u8>,
        /// The same in words.
        words: Readable,
    },
    /// A seal.
    Seal(Vec<u8>),
}

/// What the exporter signs: everything before the last line.
pub(crate) fn statement(lines: u64, digest: [u8; 32]) -> Vec<u8> {
    cbor::to_vec(&("mg/audit/file/1".to_owned(), (lines, digest)))
}

/// Writes a file, signed by the device that makes it.
///
/// # Errors
/// When the output fails, or an entry is none.
pub fn write(
    out: &mut impl Write,
    org: Org,
    directory: &[Vec<u8>],
    (device, key): (Device, &SigningKey),
    at: i64,
    lines: impl IntoIterator<Item = Written>,
) -> io::Result<()> {
    let mut digest = Hash::ZERO;
    let mut count = 0;
    let mut put = |out: &mut dyn Write, text: String| {
        // Chained line by line, so that a file of any length is signed at once.
        digest = Hash::of(&[digest.as_bytes(), text.as_bytes()]);
        count += 1;
        writeln!(out, "{text}")
    };
    let head = Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        org: hex(org.as_bytes()),
        directory: directory.iter().map(|op| hex(op)).collect(),
        exported_by: hex(device.as_bytes()),
        at,
    };
    put(out, serde_json::to_string(&head)?)?;
    for line in lines {
        let text = match line {
            Written::Entry {
                device,
                book,
                bytes,
                words,
            } => {
                let entry = Entry::parse(&bytes).map_err(io::Error::other)?;
                let place = (hex(device.as_bytes()), hex(&book));
                serde_json::to_string(&EntryLine::of(&bytes, &entry, (&place.0, &place.1), words))?
            }
            Written::Seal(bytes) => serde_json::to_string(&SealLine { seal: hex(&bytes) })?,
        };
        put(out, text)?;
    }
    let statement = statement(count, *digest.as_bytes());
    let signature = key.sign(SignatureKind::Audit, org.as_bytes(), &statement);
    let end = EndLine {
        end: End {
            lines: count,
            sha256: hex(digest.as_bytes()),
            signature: hex(&signature),
        },
    };
    writeln!(out, "{}", serde_json::to_string(&end)?)
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            _ = write!(text, "{byte:02x}");
            text
        })
}

/// The bytes of a hexadecimal text in small letters.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

pub(crate) fn fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex(text)?.try_into().ok()
}
