//! What nobody meant to hand over with a PDF: where its photos were taken, and by whom it was written.
//!
//! Nothing moves: what is taken out is overwritten where it stands, so that every place named in the file stays right.
//!
//! # Invariants
//!
//! - **What a signature covers is not touched**, or it would hold no longer. Neither is a file under a password.
//! - **What is seen stays**: only marks beside the pictures and the descriptions of the file are overwritten. What lies
//!   in compressed parts of the file stays too.

use std::ops::Range;

/// Segments of one JPEG, and bytes of an author's name, that are looked at: a file made to be slow is not.
const MOST_SEGMENTS: usize = 256;
const MOST_NAME: usize = 4096;

/// The file without the whereabouts of its photos (EXIF, IPTC, comments), its description (XMP) and its author.
pub(crate) fn blanked(bytes: &[u8]) -> Vec<u8> {
    let mut pdf = bytes.to_vec();
    if [b"/ByteRange".as_slice(), b"/Encrypt"]
        .iter()
        .any(|mark| find(bytes, mark, 0).is_some())
    {
        return pdf;
    }
    let mut at = 0;
    while let Some(start) = find(bytes, b"\xff\xd8\xff", at) {
        at = start + 2;
        for mark in marks(bytes, start) {
            at = mark.end;
            overwrite(&mut pdf, mark, 0);
        }
    }
    let mut at = 0;
    while let Some(start) = find(bytes, b"<?xpacket begin", at)
        && let Some(stop) = find(bytes, b"<?xpacket end", start)
    {
        let from = find(bytes, b"?>", start).map_or(stop, |close| (close + 2).min(stop));
        overwrite(&mut pdf, from..stop, b' ');
        at = stop;
    }
    let mut at = 0;
    while let Some(start) = find(bytes, b"/Author", at) {
        at = start + b"/Author".len();
        if let Some(text) = text(bytes, at) {
            at = text.end;
            overwrite(&mut pdf, text, b' ');
        }
    }
    pdf
}

/// The contents of what stands before the picture in a JPEG that begins at `start`: APP1, APP13 and comments.
fn marks(bytes: &[u8], start: usize) -> Vec<Range<usize>> {
    let (mut marks, mut at) = (Vec::new(), start + 2);
    for _ in 0..MOST_SEGMENTS {
        let Some(&[0xff, mark, high, low]) = bytes.get(at..at + 4) else {
            break;
        };
        let len = usize::from(u16::from_be_bytes([high, low]));
        let end = at + 2 + len;
        // The picture itself begins, or this is no JPEG after all.
        if matches!(mark, 0xda | 0xd8 | 0xd9 | 0x00 | 0xff) || len < 2 || end > bytes.len() {
            break;
        }
        if matches!(mark, 0xe1 | 0xed | 0xfe) {
            marks.push(at + 4..end);
        }
        at = end;
    }
    marks
}

/// The inside of the text that stands at `at`: `(…)` with its escapes, or `<…>`.
fn text(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at
        + bytes
            .get(at..)?
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
    let inside = start + 1;
    let bytes = bytes.get(..inside + MOST_NAME).unwrap_or(bytes);
    match bytes.get(start..start + 2)? {
        [b'(', _] => {
            let (mut open, mut escaped) = (1, false);
            for (index, byte) in bytes.get(inside..)?.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'(' => open += 1,
                    b')' => open -= 1,
                    _ => {}
                }
                if open == 0 {
                    return Some(inside..inside + index);
                }
            }
            None
        }
        [b'<', other] if *other != b'<' => {
            let end = find(bytes, b">", inside)?;
            Some(inside..end)
        }
        _ => None,
    }
}

fn overwrite(bytes: &mut [u8], range: Range<usize>, with: u8) {
    if let Some(part) = bytes.get_mut(range) {
        part.fill(with);
    }
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len())
        .position(|window| window == what)
        .map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::take;

    /// A JPEG with EXIF, IPTC and a comment before its picture.
    fn photo() -> Vec<u8> {
        let mut photo = b"\xff\xd8".to_vec();
        for (mark, words) in [
            (0xe0, "JFIF\0"),
            (0xe1, "Exif\0\0 GPS 35.4437 139.6380"),
            (0xed, "Photoshop 3.0\0 whereabouts"),
            (0xfe, "taken by nurse"),
        ] {
            photo.extend([0xff, mark]);
            photo.extend(u16::try_from(words.len() + 2).unwrap().to_be_bytes());
            photo.extend(words.as_bytes());
        }
        photo.extend(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0the picture itself\xff\xd9");
        photo
    }

    fn pdf(more: &str) -> Vec<u8> {
        let mut pdf = b"%PDF-1.7\n1 0 obj\n<</Title (Plan) /Author (Sato \\(Ward (3) Hanako) /Creator (Scan)>>\nendobj\n".to_vec();
        pdf.extend(b"2 0 obj\n<</Author <FEFF4F50>/Filter/DCTDecode>>\nstream\n");
        pdf.extend(photo());
        pdf.extend(b"\nendstream\nendobj\n3 0 obj\nstream\n<?xpacket begin='x' id='W5M0'?><x:xmpmeta>exif:GPSLatitude</x:xmpmeta><?xpacket end='w'?>\nendstream\n");
        pdf.extend(more.as_bytes());
        pdf.extend(b"\n%%EOF\n");
        pdf
    }

    fn has(bytes: &[u8], words: &str) -> bool {
        find(bytes, words.as_bytes(), 0).is_some()
    }

    const TELLING: [&str; 7] = [
        "GPS 35.4437",
        "whereabouts",
        "taken by nurse",
        "exif:GPSLatitude",
        "Hanako",
        "Ward",
        "FEFF4F50",
    ];

    #[test]
    fn whereabouts_and_author_of_a_pdf_do_not_come_in_and_the_rest_stays_in_its_place() {
        let before = pdf("");
        assert!(TELLING.iter().all(|words| has(&before, words)));
        let after = take(&before).unwrap().bytes;
        assert_eq!(after.len(), before.len());
        for words in TELLING {
            assert!(!has(&after, words), "{words}");
        }
        for words in [
            "(Plan)",
            "(Scan)",
            "JFIF",
            "the picture itself",
            "<?xpacket end",
        ] {
            assert_eq!(
                find(&after, words.as_bytes(), 0),
                find(&before, words.as_bytes(), 0)
            );
        }
        assert_eq!(blanked(&after), after);
    }

    #[test]
    fn what_is_signed_or_under_a_password_is_not_touched() {
        for mark in ["/ByteRange [0 1 2 3]", "/Encrypt 9 0 R"] {
            let file = pdf(mark);
            assert_eq!(take(&file).unwrap().bytes, file);
        }
    }

    #[test]
    fn a_torn_file_is_as_long_as_it_was() {
        let whole = pdf("");
        for end in 0..whole.len() {
            assert_eq!(blanked(&whole[..end]).len(), end);
        }
    }
}
