//! Pictures and papers that somebody attaches.

use picture::{MOST_BYTES, MOST_PIXELS, Media, take};

/// The longest thumbnail, in bytes.
const SMALL: usize = 24 << 10;

/// A file, the checksums of a PNG's parts made anew. Accepted is what comes in. Of a picture only pixels do: what comes out has no place where anything else could stand, and
/// comes in again as it is said to be.
pub(crate) fn picture(input: &[u8]) -> bool {
    let input = mended(input);
    let Ok(taken) = take(&input) else {
        return false;
    };
    assert!(taken.bytes.len() <= MOST_BYTES);
    let Some(small) = taken.picture else {
        assert!(!taken.media.is_picture());
        assert_eq!(taken.bytes, input, "a paper comes in as it is");
        return true;
    };
    assert!(u64::from(small.width) * u64::from(small.height) <= MOST_PIXELS);
    assert!(small.thumbnail.len() <= SMALL);
    assert!(is_bare_jpeg(&small.thumbnail), "the thumbnail is bare");
    assert!(
        match taken.media {
            Media::Jpeg => is_bare_jpeg(&taken.bytes),
            Media::Png => is_bare_png(&taken.bytes),
            _ => false,
        },
        "pixels and nothing else"
    );
    let again = take(&taken.bytes).expect("what came in comes in again");
    assert_eq!(again.media, taken.media);
    let again = again.picture.expect("it is a picture");
    assert_eq!((again.width, again.height), (small.width, small.height));
    true
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The parts of a PNG after its mark: each with the length of its content, and as far as the file goes.
fn parts_of_png(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = bytes.strip_prefix(PNG).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, _) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let end = length.saturating_add(12).min(rest.len());
        let (part, behind) = rest.split_at(end);
        rest = behind;
        Some((length, part))
    })
}

fn mended(input: &[u8]) -> Vec<u8> {
    if !input.starts_with(PNG) {
        return input.to_vec();
    }
    let mut file = PNG.to_vec();
    for (length, part) in parts_of_png(input) {
        match part.split_last_chunk::<4>() {
            Some((front, _)) if part.len() == length.saturating_add(12) => {
                file.extend(front);
                file.extend(crc(front.get(4..).unwrap_or_default()).to_be_bytes());
            }
            _ => file.extend(part),
        }
    }
    file
}

/// CRC-32 as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

/// The frame, its tables, one scan, and an end behind which nothing is: no application's data but JFIF's own, no comment.
fn is_bare_jpeg(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(b"\xff\xd8") else {
        return false;
    };
    while let [0xff, marker, high, low, ..] = rest {
        let length = 2 + usize::from(u16::from_be_bytes([*high, *low]));
        let Some((segment, behind)) = rest.split_at_checked(length) else {
            return false;
        };
        match marker {
            0xe0 if segment.get(4..9) == Some(b"JFIF\0") && length == 18 => {}
            0xc0 | 0xc4 | 0xdb => {}
            0xda => {
                let is_end = |pair: &[u8]| matches!(pair, [0xff, 0xd9]);
                return behind.windows(2).position(is_end) == behind.len().checked_sub(2);
            }
            _ => return false,
        }
        rest = behind;
    }
    false
}

/// Its header, its pixels and its end, behind which nothing is.
fn is_bare_png(bytes: &[u8]) -> bool {
    let is_whole = bytes.starts_with(PNG)
        && parts_of_png(bytes).all(|(length, part)| part.len() == length.saturating_add(12));
    let kinds: Vec<_> = parts_of_png(bytes)
        .filter_map(|(_, part)| part.get(4..8))
        .collect();
    let pixels = |kinds: &[&[u8]]| kinds.iter().all(|kind| *kind == b"IDAT");
    is_whole && matches!(kinds.as_slice(), [b"IHDR", kinds @ .., b"IEND"] if pixels(kinds))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The red control: each thing that might come along is seen.
    #[test]
    fn what_comes_along_with_the_pixels_is_seen() {
        let seed = |name: &str| {
            let root = env!("CARGO_MANIFEST_DIR");
            std::fs::read(format!("{root}/../../fuzz/corpus/picture/seed-{name}")).unwrap()
        };
        let (photo, scan) = (seed("photo"), seed("scan"));
        assert!(!is_bare_jpeg(&photo), "it says where it was taken");
        assert!(!is_bare_png(&scan), "it says what it was made with");
        let bare = |bytes: &[u8]| take(&mended(bytes)).unwrap().bytes;
        assert!(is_bare_jpeg(&bare(&photo)) && is_bare_png(&bare(&scan)));
        for (is_bare, bytes) in [
            (is_bare_jpeg as fn(&[u8]) -> bool, bare(&photo)),
            (is_bare_png, bare(&scan)),
        ] {
            assert!(!is_bare(&[&bytes, b"more".as_slice()].concat()));
        }
    }
}
