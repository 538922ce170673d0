//! Drawing a picture anew: its pixels come in, and nothing else.
//!
//! # Invariants
//!
//! - **Nothing is decoded before its size is known**, and nothing larger than the caps is.
//! - **What comes out was written here**: no byte of the file that came is in it but as a pixel.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::{
    AnimationDecoder, DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat,
    ImageReader, Limits, imageops::FilterType as Scale,
};

use crate::{MOST_BYTES, Media, Refused, Small};

/// The most pixels of a picture: cameras of 2026 have up to 50 million in common use.
pub const MOST_PIXELS: u64 = 64_000_000;
/// The longest side, in pixels.
pub const MOST_SIDE: u32 = 20_000;
/// The most memory of one decoding, in bytes.
const MOST_MEMORY: u64 = 640 << 20;
/// The longest side of a thumbnail, in pixels, and its most bytes.
const SMALL_SIDE: u32 = 256;
const SMALL_BYTES: usize = 24 << 10;
/// How well a photograph is kept, of 100.
const QUALITY: u8 = 92;

/// A picture, drawn anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// What it is now.
    pub media: Media,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The same in small.
    pub small: Small,
}

/// Draws a picture anew.
pub(crate) fn anew(media: Media, bytes: &[u8]) -> Result<Drawn, Refused> {
    must_stand_still(media, bytes)?;
    let picture = decode(media, bytes)?;
    let (width, height) = (picture.width(), picture.height());
    let is_seen_through =
        picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    let as_png = match media {
        Media::Png | Media::Gif => true,
        _ => is_seen_through,
    };
    let mut drawn = if as_png {
        (Media::Png, png(&picture, is_seen_through)?)
    } else {
        (Media::Jpeg, jpeg(&picture, QUALITY)?)
    };
    // A photograph that somebody kept as PNG may come out larger than what is taken.
    if drawn.1.len() > MOST_BYTES && !is_seen_through {
        drawn = (Media::Jpeg, jpeg(&picture, QUALITY)?);
    }
    if drawn.1.len() > MOST_BYTES {
        return Err(Refused::TooLarge);
    }
    let small = Small {
        width,
        height,
        thumbnail: thumbnail(&picture)?,
    };
    Ok(Drawn {
        media: drawn.0,
        bytes: drawn.1,
        small,
    })
}

/// A small JPEG of a picture, on white where it can be seen through.
///
/// # Errors
/// [`Refused::Damaged`] where it cannot be drawn.
pub fn thumbnail(picture: &DynamicImage) -> Result<Vec<u8>, Refused> {
    let (width, height) = (picture.width(), picture.height());
    let small = if width > SMALL_SIDE || height > SMALL_SIDE {
        picture.resize(SMALL_SIDE, SMALL_SIDE, Scale::Triangle)
    } else {
        picture.clone()
    };
    let small = on_white(&small);
    let mut bytes = Vec::new();
    for quality in [75, 50, 25] {
        bytes = jpeg(&small, quality)?;
        if bytes.len() <= SMALL_BYTES {
            break;
        }
    }
    Ok(bytes)
}

fn on_white(picture: &DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture.clone();
    }
    let mut drawn = picture.to_rgba8();
    for pixel in drawn.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over = |colour: u8| {
            let mixed = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        pixel.0 = [over(red), over(green), over(blue), 255];
    }
    DynamicImage::ImageRgba8(drawn)
}

/// A picture of several, one after the other, would lose all but the first.
fn must_stand_still(media: Media, bytes: &[u8]) -> Result<(), Refused> {
    let damaged = |_| Refused::Damaged;
    let moves = match media {
        Media::Gif => {
            let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
            let (width, height) = decoder.dimensions();
            must_fit(width, height)?;
            decoder.into_frames().take(2).count() > 1
        }
        Media::Png => PngDecoder::new(Cursor::new(bytes))
            .and_then(|decoder| decoder.is_apng())
            .map_err(damaged)?,
        Media::Webp => WebPDecoder::new(Cursor::new(bytes))
            .map_err(damaged)?
            .has_animation(),
        Media::Jpeg | Media::Pdf | Media::Text => false,
    };
    if moves { Err(Refused::Moving) } else { Ok(()) }
}

fn must_fit(width: u32, height: u32) -> Result<(), Refused> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || width.max(height) > MOST_SIDE {
        return Err(Refused::TooManyPixels);
    }
    if pixels == 0 {
        return Err(Refused::Damaged);
    }
    Ok(())
}

fn decode(media: Media, bytes: &[u8]) -> Result<DynamicImage, Refused> {
    let format = match media {
        Media::Jpeg => ImageFormat::Jpeg,
        Media::Png => ImageFormat::Png,
        Media::Webp => ImageFormat::WebP,
        Media::Gif => ImageFormat::Gif,
        Media::Pdf | Media::Text => return Err(Refused::Unknown),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let refused = |fault| match fault {
        image::ImageError::Limits(_) => Refused::TooManyPixels,
        _ => Refused::Damaged,
    };
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    must_fit(width, height)?;
    let turned = decoder.orientation().map_err(refused)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, Refused> {
    let drawn = picture.to_rgb8();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            drawn.as_raw(),
            drawn.width(),
            drawn.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|_| Refused::Damaged)?;
    Ok(bytes)
}

fn png(picture: &DynamicImage, is_seen_through: bool) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    let (width, height) = (picture.width(), picture.height());
    let written = if is_seen_through {
        let drawn = picture.to_rgba8();
        encoder.write_image(drawn.as_raw(), width, height, ExtendedColorType::Rgba8)
    } else if picture.color().has_color() {
        let drawn = picture.to_rgb8();
        encoder.write_image(drawn.as_raw(), width, height, ExtendedColorType::Rgb8)
    } else {
        let drawn = picture.to_luma8();
        encoder.write_image(drawn.as_raw(), width, height, ExtendedColorType::L8)
    };
    written.map_err(|_| Refused::Damaged)?;
    Ok(bytes)
}
