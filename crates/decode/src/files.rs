//! Files that come on a stick, on paper or lie on the disk: bundles, requests, approvals, the store's header, codes.

use std::io::Cursor;

use crypto::escrow::Share;
use crypto::header::Header;
use crypto::recovery::RecoveryCode;
use crypto::{kem, paper, sha256};
use wire::bundle::{self, BundleError, BundleKeys, Manifest};
use wire::cbor::{self, Bytes, Cbor, CborError, Reader, Writer};
use wire::enrol::{self, EnrolError, Request};
use wire::envelope::LaneKey;
use wire::ids::Device;

use crate::world::{self, Person, office, office_group, office_key};

/// A bundle for device 2, for all, or for the administrators, its length and checksum made anew. Only as long as one chunk holds.
pub(crate) fn bundle(input: &[u8]) -> bool {
    let file = mended(input);
    // What is handed over for the administrators is by device 2, for device 1.
    let (reader, author) = match file.get(13) {
        Some(4) => (Person::new(1), Person::new(2)),
        _ => (Person::new(2), Person::new(1)),
    };
    let key = office_key();
    let lane = LaneKey::of(&key);
    let keys = BundleKeys {
        office: &[&key],
        lanes: &[(office_group().lane(), &lane)],
        device: &[&reader.kem],
    };
    let Ok(checked) = bundle::open(Cursor::new(file), office().org(), &keys) else {
        return false;
    };
    let Ok(mut opened) = checked.verify(&author.sign.public()) else {
        return false;
    };
    let load = opened.load();
    let (mut count, mut bytes) = (0, 0);
    let read = opened.records(|record| {
        count += 1;
        bytes += record.len() as u64;
        Ok::<_, BundleError>(())
    });
    assert!(read.is_ok(), "what was checked to its end is read");
    assert_eq!((count, bytes), (load.count, load.bytes));
    true
}

const CHECKSUM: usize = 32;

fn mended(input: &[u8]) -> Vec<u8> {
    let mut file = input.to_vec();
    let len = (file.len() as u64).to_be_bytes();
    if let Some(place) = file.get_mut(30..38) {
        place.copy_from_slice(&len);
    }
    let header = match (file.get(13), file.get(70..72)) {
        (Some(2), _) => 150,
        (Some(3 | 4), Some(number)) => {
            72 + 80 * number.iter().fold(0, |sum, it| sum << 8 | usize::from(*it))
        }
        _ => 70,
    };
    let end = file.len().saturating_sub(CHECKSUM);
    if let (Some(front), Some(chunk)) = (file.get(..header), file.get(header..end)) {
        let sum = match chunk.is_empty() {
            true => sha256(&[front]),
            false => sha256(&[&sha256(&[front]), chunk]),
        };
        file.truncate(end);
        file.extend(sum);
    }
    file
}

/// What a bundle says of itself, without the bundle.
pub(crate) fn manifest(input: &[u8]) -> bool {
    let read = cbor::from_slice::<Manifest>(input);
    read.is_ok_and(|manifest| {
        assert_eq!(cbor::to_vec(&manifest), input);
        true
    })
}

/// `magic ‖ length ‖ payload ‖ SHA-256 of all that`.
pub(crate) fn framed(magic: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut file = [magic.as_slice(), &len.to_be_bytes(), payload].concat();
    let sum = sha256(&[&file]);
    file.extend(sum);
    file
}

/// The payload of a request.
pub(crate) fn request(input: &[u8]) -> bool {
    let file = framed(b"MGQ2", input);
    Request::parse(&file).is_ok_and(|request| {
        assert_eq!(request.as_bytes(), file);
        true
    })
}

/// What is in the box of an approval, sealed to device 2 as the answer to its request.
pub(crate) fn approval(input: &[u8]) -> bool {
    let (new, request) = (Person::new(2), world::request());
    let device = new.device();
    let sealed = kem::seal_to(
        &new.kem.public(),
        b"mg/approval/1",
        device.as_bytes(),
        input,
    );
    let form = Form(device, Bytes(sealed.expect("the key is of full order")));
    match enrol::accept(&framed(b"MGA2", &cbor::to_vec(&form)), &request, &new.kem) {
        Ok(approval) => {
            assert!(approval.directory.state().is_active(device));
            true
        }
        Err(refused) => {
            assert!(
                !matches!(refused, EnrolError::DoesNotOpen | EnrolError::Frame(_)),
                "frame and box are right"
            );
            false
        }
    }
}

/// Suite, device, box.
struct Form(Device, Bytes);

impl Cbor for Form {
    fn encode(&self, out: &mut Writer) {
        out.array(3);
        1_u32.encode(out);
        self.0.encode(out);
        self.1.encode(out);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.array_of(3)?;
        u32::decode(input)?;
        Ok(Self(Cbor::decode(input)?, Cbor::decode(input)?))
    }
}

/// `header.json`.
pub(crate) fn header(input: &[u8]) -> bool {
    Header::parse(input).is_ok_and(|header| {
        let written = header.encode();
        let again = Header::parse(&written).map(|header| header.encode());
        assert_eq!(again.ok().as_ref(), Some(&written));
        true
    })
}

/// A recovery code, a paper admin key or an escrow share as somebody types it; what is printed reads as itself.
pub(crate) fn codes(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else {
        return false;
    };
    let recovery = RecoveryCode::parse(text).is_ok_and(|code| {
        let printed = code.text();
        let again = RecoveryCode::parse(&printed).map(|code| code.text());
        assert!(again.is_ok_and(|again| again == printed));
        true
    });
    let key = paper::parse(text).is_ok_and(|key| {
        let again = paper::parse(&paper::print(&key));
        assert!(again.is_ok_and(|again| again.public() == key.public()));
        true
    });
    let share = Share::parse(text).is_ok_and(|share| {
        let again = Share::parse(&share.text());
        assert!(again.is_ok_and(|again| again.words() == share.words()));
        true
    });
    recovery || key || share
}
