//! What a file is, told by its content.
//!
//! # Invariants
//!
//! - **A name says nothing.** A program called `photo.jpg` is a program.
//! - **What could run somewhere is none of the kinds**: markup is no text, and a PDF with something behind its end is none.

use crate::Refused;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP; comes in as JPEG, or as PNG where it can be seen through.
    Webp,
    /// GIF; comes in as PNG.
    Gif,
    /// PDF.
    Pdf,
    /// Plain text in UTF-8.
    Text,
}

impl Media {
    /// All of them.
    pub const ALL: [Media; 6] = [
        Media::Jpeg,
        Media::Png,
        Media::Webp,
        Media::Gif,
        Media::Pdf,
        Media::Text,
    ];

    /// Its name among the media types.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
            Media::Webp => "image/webp",
            Media::Gif => "image/gif",
            Media::Pdf => "application/pdf",
            Media::Text => "text/plain",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Media> {
        Media::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// How names of such files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Media::Jpeg => "jpg",
            Media::Png => "png",
            Media::Webp => "webp",
            Media::Gif => "gif",
            Media::Pdf => "pdf",
            Media::Text => "txt",
        }
    }

    /// Whether it is drawn.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Media::Jpeg | Media::Png | Media::Webp | Media::Gif)
    }
}

/// Where a PDF's end mark stands at the latest, counted from the end of the file.
const PDF_TAIL: usize = 64;

/// Tells what a file is.
///
/// # Errors
/// [`Refused`] where it is of no kind that comes in.
pub fn tell(bytes: &[u8]) -> Result<Media, Refused> {
    let starts = |with: &[u8]| bytes.starts_with(with);
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if starts(b"\xff\xd8\xff") {
        return Ok(Media::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Ok(Media::Png);
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return Ok(Media::Gif);
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Media::Webp);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        let brand = bytes.get(8..12).unwrap_or_default();
        let is_photo = [
            b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif",
        ]
        .iter()
        .any(|known| brand == *known);
        return Err(if is_photo {
            Refused::Heic
        } else {
            Refused::Unknown
        });
    }
    if starts(b"%PDF-") {
        let tail = bytes
            .get(bytes.len().saturating_sub(PDF_TAIL)..)
            .unwrap_or_default();
        let ends = tail.windows(5).any(|window| window == b"%%EOF");
        return if ends {
            Ok(Media::Pdf)
        } else {
            Err(Refused::Damaged)
        };
    }
    if starts(b"MZ") || starts(b"\x7fELF") || starts(b"#!") || starts(b"\xca\xfe\xba\xbe") {
        return Err(Refused::Active);
    }
    text(bytes)
}

/// Whether it is plain text without markup.
fn text(bytes: &[u8]) -> Result<Media, Refused> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Refused::Unknown);
    };
    let is_control =
        |letter: char| letter.is_control() && !['\n', '\r', '\t', '\u{c}'].contains(&letter);
    if text.contains(is_control) {
        return Err(Refused::Unknown);
    }
    let lower = text.to_ascii_lowercase();
    let runs = [
        "<svg",
        "<script",
        "<html",
        "<!doctype",
        "<?xml",
        "<iframe",
        "javascript:",
    ];
    if runs.iter().any(|mark| lower.contains(mark)) {
        return Err(Refused::Active);
    }
    Ok(Media::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_content() {
        let told: [(&[u8], _); 6] = [
            (b"\xff\xd8\xff\xe0rest", Media::Jpeg),
            (b"\x89PNG\r\n\x1a\nrest", Media::Png),
            (b"GIF89a", Media::Gif),
            (b"RIFF\0\0\0\0WEBPVP8 ", Media::Webp),
            (b"%PDF-1.7\n...\n%%EOF\n", Media::Pdf),
            ("訪問のメモ\n二行目".as_bytes(), Media::Text),
        ];
        for (bytes, media) in told {
            assert_eq!(tell(bytes), Ok(media));
            assert_eq!(Media::parse(media.as_str()), Some(media));
        }
    }

    #[test]
    fn what_could_run_something_is_refused_whatever_it_is_called() {
        let refused: [&[u8]; 7] = [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"\n <SVG onload=alert(1)>",
            b"<!DOCTYPE html><p>",
            b"<?xml version='1.0'?>",
            b"words first <ScRiPt>alert(1)</script>",
            b"MZ\x90\0",
            b"#!/bin/sh\nrm -rf ~",
        ];
        for bytes in refused {
            assert_eq!(tell(bytes), Err(Refused::Active));
        }
    }

    #[test]
    fn a_pdf_with_something_behind_its_end_is_none() {
        let mut pdf = b"%PDF-1.4\n%%EOF".to_vec();
        assert_eq!(tell(&pdf), Ok(Media::Pdf));
        pdf.extend_from_slice(&[b'P'; 200]);
        assert_eq!(tell(&pdf), Err(Refused::Damaged));
    }

    #[test]
    fn what_is_none_of_the_kinds_is_named() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0";
        assert_eq!(tell(heic), Err(Refused::Heic));
        assert_eq!(tell(b"\0\0\0\x18ftypmp42"), Err(Refused::Unknown));
        assert_eq!(tell(b"PK\x03\x04"), Err(Refused::Unknown));
        assert_eq!(tell(b"a\0b"), Err(Refused::Unknown));
        assert_eq!(tell(&[0x83, 0x81, 0x83, 0x82]), Err(Refused::Unknown));
        assert_eq!(tell(b""), Err(Refused::Empty));
    }
}
