//! What an attachment (添付) says: what the file is, what it belongs to, and how its chunks are put together.
//!
//! # Invariants
//!
//! - **The manifest is a register of the document**, in the form of the wire (`chunk-manifest.cbor`): it travels sealed
//!   like every word of the vault, and whoever reads the document holds the file's key.
//! - **A manifest that does not hold is none**: nothing is fetched or opened for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use picture::Media;
use record::View;
use serde::{Deserialize, Serialize};
use wire::body::{Attachment, Body, Kind};
use wire::chunk;

use super::said::{self, FIELDS, Opened};

/// The register that holds the manifest, in base64.
pub(crate) const MANIFEST: &str = "manifest";
/// The longest thumbnail that is shown, in base64 digits.
const MOST_THUMBNAIL: usize = 48 << 10;

/// An attachment, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttachmentFacts {
    pub(crate) household: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) member: Option<String>,
    pub(crate) name: String,
    pub(crate) media: Option<String>,
    /// Bytes of the file; 0 where the manifest does not hold.
    pub(crate) size: u64,
    pub(crate) width: Option<u64>,
    pub(crate) height: Option<u64>,
    /// A small JPEG, in base64.
    pub(crate) thumbnail: Option<String>,
    /// An ISO date.
    pub(crate) taken_on: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) opened: Opened,
}

impl AttachmentFacts {
    pub(crate) fn read(view: &View) -> Option<Self> {
        let number = |key| said::shown(view, FIELDS, key).and_then(|said| said.value.as_u64());
        let media = said::string(view, "media").filter(|media| Media::parse(media).is_some());
        Some(Self {
            household: said::string(view, said::HOUSEHOLD),
            note: said::string(view, "note"),
            member: said::string(view, "member"),
            name: said::string(view, "name").unwrap_or_default(),
            size: manifest(view).map_or(0, |manifest| manifest.size),
            // A member may have written what no program of ours would: it is shown as a picture only if it is a JPEG.
            thumbnail: said::string(view, "thumbnail").filter(|text| is_small_jpeg(text)),
            media,
            width: number("width"),
            height: number("height"),
            taken_on: said::string(view, "takenOn"),
            description: said::string(view, "description"),
            opened: said::opened(view)?,
        })
    }
}

/// The manifest of an attachment, whether or not it was removed since; none where it does not hold.
pub(crate) fn manifest(view: &View) -> Option<Attachment> {
    let bytes = STANDARD.decode(said::string(view, MANIFEST)?).ok()?;
    match Body::decode(Kind::ATTACHMENT, &bytes) {
        Ok(Body::Attachment(attachment)) if chunk::check(&attachment).is_ok() => Some(attachment),
        _ => None,
    }
}

/// A manifest as its register holds it.
pub(crate) fn manifest_text(attachment: Attachment) -> String {
    STANDARD.encode(Body::Attachment(attachment).encode())
}

fn is_small_jpeg(text: &str) -> bool {
    text.len() <= MOST_THUMBNAIL
        && STANDARD
            .decode(text)
            .is_ok_and(|bytes| picture::tell(&bytes) == Ok(Media::Jpeg))
}
