//! How a laptop joins an office: a request file one way, an approval file the other, words compared both ways.
//!
//! ```text
//! file       magic 4 | length 4 | payload | SHA-256 of all before it
//! request    "MGQ2", payload [suite, public keys, name, nonce]
//! approval   "MGA2", payload [suite, device, HPKE box of [request hash, directory, key boxes, office name, approver]]
//! ```
//!
//! # Invariants
//!
//! - **The approval fits one request**: it is sealed to the request's key, names the request's hash, and the directory
//!   in it holds an operation, signed by an admin, that enrols this device for this request.
//! - **The words are what binds people**: six from the whole request, six from the office's first operation. Until the
//!   latter are compared, nothing here proves that it is the right office.

#[cfg(test)]
mod tests;

use std::fmt;

use crypto::{SecretKey, kem};

use crate::cbor::{self, Bytes, CborError, as_array};
use crate::directory::{Act, DeviceKeys, Directory, DirectoryError, Op};
use crate::envelope::SUITE;
use crate::frame::{self, FrameError, frame};
use crate::ids::{Device, Hash, Kid, Vault};
use crate::keybox::{Keybox, KeyboxError, SealedKeybox};

/// The longest request or approval.
pub const MAX_FILE: usize = frame::MAX_PAYLOAD;
/// The longest name in a request, in bytes.
pub const MAX_NAME: usize = 400;

const REQUEST: &[u8; 4] = b"MGQ2";
const APPROVAL: &[u8; 4] = b"MGA2";
const INFO: &[u8] = b"mg/approval/1";

/// Why a file does not help to join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// It begins like neither file.
    #[error("neither a request nor an approval")]
    BadMagic,
    /// It is a request, where an approval is needed.
    #[error("this is a request, not an approval")]
    IsRequest,
    /// It is an approval, where a request is needed.
    #[error("this is an approval, not a request")]
    IsApproval,
    /// The file is not whole.
    #[error(transparent)]
    Frame(FrameError),
    /// A suite of a newer version.
    #[error("the file is of a newer version")]
    Newer,
    /// What is in it is malformed.
    #[error("what is in the file is malformed")]
    Malformed(#[from] CborError),
    /// The name is empty or too long.
    #[error("the name is empty or too long")]
    BadName,
    /// The approval is for another device.
    #[error("the approval is for another device")]
    NotForThisDevice,
    /// The approval names this device, and does not open with its key: altered by somebody.
    #[error("the approval does not open with this device's key")]
    DoesNotOpen,
    /// The approval answers another request of this device.
    #[error("the approval answers another request")]
    OtherRequest,
    /// The directory in it is not sound.
    #[error("the directory in the approval is not sound")]
    Directory(#[from] DirectoryError),
    /// No admin has taken this device in for this request.
    #[error("no admin of the office has taken this device in")]
    NotEnrolled,
    /// A key in it is of no use.
    #[error("a key in the approval is of no use")]
    Keybox(#[from] KeyboxError),
    /// The request's public key is of no use.
    #[error("the public key in the request is not valid")]
    BadRecipient,
}

struct RequestForm {
    suite: u32,
    device: DeviceKeys,
    name: String,
    nonce: [u8; 32],
}
as_array!(RequestForm {
    suite,
    device,
    name,
    nonce
});

struct ApprovalForm {
    suite: u32,
    device: Device,
    sealed: Bytes,
}
as_array!(ApprovalForm {
    suite,
    device,
    sealed
});

struct Sealed {
    request: Hash,
    /// The first operation in front.
    directory: Vec<Bytes>,
    boxes: Vec<Bytes>,
    office_name: String,
    approver: Device,
}
as_array!(Sealed {
    request,
    directory,
    boxes,
    office_name,
    approver
});

/// A device's request to join.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    keys: DeviceKeys,
    name: String,
    bytes: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("device", &self.keys.device())
            .finish_non_exhaustive()
    }
}

impl Request {
    /// Makes a request. Each is different, even for the same device and name.
    ///
    /// # Errors
    ///
    /// [`EnrolError::BadName`].
    pub fn make(keys: DeviceKeys, name: &str) -> Result<Self, EnrolError> {
        Self::make_with(keys, name, crypto::random())
    }

    pub(crate) fn make_with(
        keys: DeviceKeys,
        name: &str,
        nonce: [u8; 32],
    ) -> Result<Self, EnrolError> {
        let form = RequestForm {
            suite: SUITE.into(),
            device: keys,
            name: name.to_owned(),
            nonce,
        };
        Self::parse(&frame(REQUEST, &cbor::to_vec(&form)))
    }

    /// Reads a request file.
    ///
    /// # Errors
    ///
    /// [`EnrolError`] up to [`EnrolError::BadName`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnrolError> {
        let RequestForm {
            suite,
            device,
            name,
            ..
        } = cbor::from_slice(unframe(REQUEST, bytes)?)?;
        if suite != u32::from(SUITE) {
            return Err(EnrolError::Newer);
        }
        if name.trim().is_empty() || name.len() > MAX_NAME {
            return Err(EnrolError::BadName);
        }
        Ok(Self {
            keys: device,
            name,
            bytes: bytes.to_vec(),
        })
    }

    /// The file; the device words are made from all of it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Names the request: SHA-256 of the file.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.bytes])
    }

    /// The device's public keys.
    #[must_use]
    pub fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    /// How the worker wants to be called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What an approval gave.
#[derive(Debug)]
pub struct Approval {
    /// The office, up to the operation that took this device in.
    pub directory: Directory,
    /// That operation.
    pub enrolment: Op,
    /// The keys of the device's groups, with the boxes that they came in.
    pub keys: Vec<(Vault, SecretKey)>,
    /// The boxes, to be stored.
    pub boxes: Vec<Keybox>,
    /// What the approver calls the office.
    pub office_name: String,
    /// Who approved, by what the file says.
    pub approver: Device,
}

/// Writes the approval of a request: `directory` already holds the enrolment, `boxes` wrap the groups' keys for the
/// device.
///
/// # Errors
///
/// - [`EnrolError::NotEnrolled`] when the directory does not enrol the request's device for this request.
/// - [`EnrolError::BadRecipient`] when nothing can be sealed to the request's key.
pub fn approve(
    request: &Request,
    directory: &Directory,
    boxes: &[&Keybox],
    office_name: &str,
    approver: Device,
) -> Result<Vec<u8>, EnrolError> {
    enrolment(directory, request)?;
    let sealed = Sealed {
        request: request.hash(),
        directory: directory.ops().map(|op| Bytes(op.to_bytes())).collect(),
        boxes: boxes
            .iter()
            .map(|keybox| Bytes(keybox.to_bytes()))
            .collect(),
        office_name: office_name.to_owned(),
        approver,
    };
    let device = request.keys.device();
    let sealed = kem::seal_to(
        &request.keys.kem,
        INFO,
        device.as_bytes(),
        &cbor::to_vec(&sealed),
    );
    let sealed = Bytes(sealed.map_err(|_| EnrolError::BadRecipient)?);
    Ok(frame(
        APPROVAL,
        &cbor::to_vec(&ApprovalForm {
            suite: SUITE.into(),
            device,
            sealed,
        }),
    ))
}

/// Opens the approval of the device's own request. Nothing proves yet that it is the right office: compare the words
/// made from `directory.first().body()`.
///
/// # Errors
///
/// [`EnrolError`]; nothing is to be kept from an approval that is refused.
pub fn accept(bytes: &[u8], request: &Request, key: &kem::KemKey) -> Result<Approval, EnrolError> {
    let form: ApprovalForm = cbor::from_slice(unframe(APPROVAL, bytes)?)?;
    if form.suite != u32::from(SUITE) {
        return Err(EnrolError::Newer);
    }
    let device = request.keys.device();
    if form.device != device {
        return Err(EnrolError::NotForThisDevice);
    }
    let plain = key
        .open(INFO, device.as_bytes(), &form.sealed.0)
        .map_err(|_| EnrolError::DoesNotOpen)?;
    let sealed: Sealed = cbor::from_slice(&plain)?;
    if sealed.request != request.hash() {
        return Err(EnrolError::OtherRequest);
    }
    let (first, rest) = sealed
        .directory
        .split_first()
        .ok_or(EnrolError::NotEnrolled)?;
    let mut directory = Directory::open(&first.0)?;
    let received = directory.receive(rest.iter().map(|op| op.0.as_slice()));
    if let Some((_, error)) = received.refused.into_iter().next() {
        return Err(error.into());
    }
    if received.held > 0 {
        return Err(DirectoryError::Incomplete {
            missing: received.held,
        }
        .into());
    }
    let enrolment = enrolment(&directory, request)?.clone();
    let (mut keys, mut boxes) = (Vec::new(), Vec::new());
    for bytes in &sealed.boxes {
        let keybox = SealedKeybox::parse(&bytes.0)?.verify(&directory)?;
        keybox.check(&directory, None)?;
        if let Some(key) = keybox.open_for(directory.org(), device, key)? {
            keys.extend(
                keybox
                    .earlier(directory.org(), &key)?
                    .into_iter()
                    .map(|old| (keybox.vault(), old)),
            );
            keys.push((keybox.vault(), key));
        }
        boxes.push(keybox);
    }
    // The same key in two boxes is one key.
    keys.sort_by_key(|(vault, key)| (*vault, Kid::of(key)));
    keys.dedup_by_key(|(vault, key)| (*vault, Kid::of(key)));
    let Sealed {
        office_name,
        approver,
        ..
    } = sealed;
    Ok(Approval {
        directory,
        enrolment,
        keys,
        boxes,
        office_name,
        approver,
    })
}

/// The operation that takes the request's device in, if it counts.
fn enrolment<'a>(directory: &'a Directory, request: &Request) -> Result<&'a Op, EnrolError> {
    let (state, wanted) = (directory.state(), request.keys.device());
    let takes_in = |op: &&Op| match op.act() {
        Act::Enrol {
            device,
            request: answered,
            ..
        } => device.device() == wanted && *answered == request.hash(),
        _ => false,
    };
    let found = directory
        .ops()
        .find(|op| takes_in(op) && !state.void.contains(&op.id()));
    found
        .filter(|_| state.is_active(wanted))
        .ok_or(EnrolError::NotEnrolled)
}

/// The payload of a request or an approval; the other one is told apart.
fn unframe<'a>(magic: &[u8; 4], bytes: &'a [u8]) -> Result<&'a [u8], EnrolError> {
    let is = |magic: &[u8; 4]| bytes.starts_with(magic);
    match frame::unframe(magic, bytes) {
        Ok(payload) => Ok(payload),
        Err(FrameError::BadMagic) if is(REQUEST) => Err(EnrolError::IsRequest),
        Err(FrameError::BadMagic) if is(APPROVAL) => Err(EnrolError::IsApproval),
        Err(FrameError::BadMagic) => Err(EnrolError::BadMagic),
        Err(error) => Err(EnrolError::Frame(error)),
    }
}
