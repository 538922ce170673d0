//! What comes in of a file, and what does not.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends where something does not hold"
)]

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, RgbaImage};
use picture::{MOST_BYTES, Media, Refused, take};

/// Words that no file may bring in.
const SECRETS: [&str; 4] = ["GPS 35.68950N", "XMP-SECRET", "COMMENT-SECRET", "<script>"];

fn scene(width: u32, height: u32) -> DynamicImage {
    let drawn = RgbImage::from_fn(width, height, |x, y| {
        let part = |number: u32| u8::try_from(number % 256).unwrap();
        Rgb([part(x * 3), part(y * 5), part(x + y)])
    });
    DynamicImage::ImageRgb8(drawn)
}

/// As noisy as a picture can be: nothing of it compresses.
fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u64;
    let drawn = RgbImage::from_fn(width, height, |_, _| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let [.., a, b, c] = state.to_le_bytes();
        Rgb([a, b, c])
    });
    DynamicImage::ImageRgb8(drawn)
}

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
}

/// A photo as a telephone makes it: turned by a quarter, with place, XMP and a comment, and something behind its end.
fn photo(picture: &DynamicImage) -> Vec<u8> {
    let plain = file(picture, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    // Orientation, SHORT, one of them: 6.
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    exif.extend(SECRETS[0].as_bytes());
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", SECRETS[1].as_bytes()].concat();
    let front = [
        &plain[..2],
        &segment(0xe1, &exif),
        &segment(0xe1, &xmp),
        &segment(0xfe, SECRETS[2].as_bytes()),
        &plain[2..],
    ]
    .concat();
    [front, b"PK\x03\x04 <script>alert(1)</script>".to_vec()].concat()
}

#[test]
fn of_a_photo_only_the_pixels_come_in_and_the_right_way_up() {
    let picture = scene(48, 32);
    let given = photo(&picture);
    // Red control: all of it was there.
    assert!(SECRETS.iter().all(|word| holds(&given, word)));
    let taken = take(&given).unwrap();
    assert_eq!(taken.media, Media::Jpeg);
    let small = taken.picture.unwrap();
    assert_eq!((small.width, small.height), (32, 48), "it stands upright");
    for bytes in [&taken.bytes, &small.thumbnail] {
        for word in SECRETS.iter().chain(&["Exif", "http://ns.adobe.com"]) {
            assert!(!holds(bytes, word), "{word} came in");
        }
        assert!(bytes.ends_with(b"\xff\xd9"), "nothing is behind the end");
    }
    let drawn = image::load_from_memory(&taken.bytes).unwrap().to_rgb8();
    assert_eq!((drawn.width(), drawn.height()), (32, 48));
    // The lower left corner became the upper left one.
    let corner = picture.to_rgb8().get_pixel(0, 31).0;
    for (is, was) in drawn.get_pixel(0, 0).0.iter().zip(corner) {
        assert!(is.abs_diff(was) < 48, "{is} for {was}");
    }
}

#[test]
fn a_png_that_is_also_a_page_comes_in_as_pixels() {
    let plain = file(&scene(20, 10), ImageFormat::Png);
    let given = [plain, b"<script>alert(1)</script>".to_vec()].concat();
    assert!(holds(&given, SECRETS[3]));
    let taken = take(&given).unwrap();
    assert_eq!(taken.media, Media::Png);
    assert!(!holds(&taken.bytes, SECRETS[3]));
    let drawn = image::load_from_memory(&taken.bytes).unwrap();
    assert_eq!(
        drawn.to_rgb8(),
        scene(20, 10).to_rgb8(),
        "each pixel is kept"
    );
}

#[test]
fn what_can_be_seen_through_stays_so_and_its_thumbnail_is_on_white() {
    let clear = DynamicImage::ImageRgba8(RgbaImage::new(8, 8));
    let taken = take(&file(&clear, ImageFormat::WebP)).unwrap();
    assert_eq!(taken.media, Media::Png);
    assert!(
        image::load_from_memory(&taken.bytes)
            .unwrap()
            .color()
            .has_alpha()
    );
    let small = image::load_from_memory(&taken.picture.unwrap().thumbnail).unwrap();
    assert!(
        small
            .to_rgb8()
            .pixels()
            .all(|pixel| pixel.0.iter().all(|colour| *colour > 250))
    );
}

#[test]
fn a_picture_that_inflates_is_refused_before_it_is_decoded() {
    let mut png = file(&scene(4, 4), ImageFormat::Png);
    // Width and height stand in the first chunk, whose checksum is made anew.
    png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(take(&png), Err(Refused::TooManyPixels));
    let mut jpeg = file(&scene(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert_eq!(take(&jpeg), Err(Refused::TooManyPixels));
    let mut gif = file(&scene(4, 4), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(take(&gif), Err(Refused::TooManyPixels));
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    })
}

#[test]
fn a_picture_that_moves_is_refused() {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        for _ in 0..2 {
            encoder
                .encode_frame(Frame::new(scene(6, 6).to_rgba8()))
                .unwrap();
        }
    }
    assert_eq!(take(&bytes), Err(Refused::Moving));
    let still = take(&file(&scene(6, 6), ImageFormat::Gif)).unwrap();
    assert_eq!(still.media, Media::Png);
}

#[test]
fn a_thumbnail_is_small_whatever_is_on_the_picture() {
    let taken = take(&file(&noise(900, 700), ImageFormat::Png)).unwrap();
    let small = taken.picture.unwrap();
    assert!(
        small.thumbnail.len() <= 24 << 10,
        "{}",
        small.thumbnail.len()
    );
    let drawn = image::load_from_memory(&small.thumbnail).unwrap();
    assert_eq!(drawn.width().max(drawn.height()), 256);
    assert!(taken.bytes.len() <= MOST_BYTES);
}

/// Whatever is done to a file, it is taken in as a picture that opens, or refused.
#[test]
fn a_damaged_picture_is_refused_or_drawn_and_ends_nothing() {
    let mut state = 7_u64;
    let mut dice = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % most
    };
    let (mut refused, mut drawn) = (0, 0);
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let good = file(&scene(40, 30), format);
        for _ in 0..150 {
            let mut bad = good.clone();
            for _ in 0..=dice(4) {
                let at = dice(bad.len());
                bad[at] = u8::try_from(dice(256)).unwrap();
            }
            bad.truncate(bad.len() - dice(20));
            match take(&bad) {
                Ok(taken) => {
                    assert!(
                        taken.media == Media::Text || image::load_from_memory(&taken.bytes).is_ok()
                    );
                    drawn += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        refused > 50 && drawn > 50,
        "{refused} refused, {drawn} drawn"
    );
}
