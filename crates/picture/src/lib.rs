#![doc = include_str!("../README.md")]

mod draw;
mod kind;
mod pdf;

pub use self::draw::{Drawn, MOST_PIXELS, MOST_SIDE, thumbnail};
pub use self::kind::{Media, tell};

/// The largest file that comes in, in bytes.
pub const MOST_BYTES: usize = 20 << 20;

/// A file as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it is.
    pub media: Media,
    /// Its bytes, without what nobody meant to hand over.
    pub bytes: Vec<u8>,
    /// Width and height in pixels, and a small JPEG; none for what is no picture.
    pub picture: Option<Small>,
}

/// A picture in small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// Of the whole picture, in pixels.
    pub width: u32,
    /// Of the whole picture, in pixels.
    pub height: u32,
    /// A JPEG of at most 24 KiB.
    pub thumbnail: Vec<u8>,
}

/// Why a file does not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than [`MOST_BYTES`].
    #[error("the file is too large")]
    TooLarge,
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// A photo in the form of newer telephones.
    #[error("a picture in a form that cannot be read here")]
    Heic,
    /// It could run something where it is shown: SVG, HTML, XML, a program.
    #[error("a file that could run something")]
    Active,
    /// Of no kind that comes in.
    #[error("a file of another kind")]
    Unknown,
    /// Its content does not hold to what its beginning says.
    #[error("the content is damaged")]
    Damaged,
    /// More pixels than are drawn.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// Several pictures one after the other, of which all but the first would be lost.
    #[error("the picture moves")]
    Moving,
}

/// Takes a file in.
///
/// # Errors
/// [`Refused`] says why it does not come in.
pub fn take(bytes: &[u8]) -> Result<Taken, Refused> {
    if bytes.len() > MOST_BYTES {
        return Err(Refused::TooLarge);
    }
    let media = tell(bytes)?;
    if !media.is_picture() {
        return Ok(Taken {
            media,
            bytes: match media {
                Media::Pdf => pdf::blanked(bytes),
                _ => bytes.to_vec(),
            },
            picture: None,
        });
    }
    apart(|| draw::anew(media, bytes)).map(|drawn| Taken {
        media: drawn.media,
        bytes: drawn.bytes,
        picture: Some(drawn.small),
    })
}

/// Runs a decoder on a thread of its own, whose panics are expected and caught.
fn apart<T: Send>(work: impl FnOnce() -> Result<T, Refused> + Send) -> Result<T, Refused> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("trial".to_owned())
            .spawn_scoped(scope, work)
            .map_err(|_| Refused::Damaged)?
            .join()
            .map_err(|_| Refused::Damaged)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_refuses_the_file() {
        let refused: Result<(), _> = apart(|| panic!("of the test"));
        assert_eq!(refused, Err(Refused::Damaged));
    }

    #[test]
    fn what_is_too_large_is_not_looked_at() {
        let mut large = b"%PDF-1.7\n".to_vec();
        large.resize(MOST_BYTES + 1, b' ');
        assert_eq!(take(&large), Err(Refused::TooLarge));
    }
}
