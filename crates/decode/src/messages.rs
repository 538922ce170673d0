//! Records, their bodies, and what a device and a hub say to each other.

use crypto::sign::SignatureKind;
use wire::body::{Body, Kind};
use wire::cbor::{self, Bytes, Cbor};
use wire::envelope::{EnvelopeError, LaneKey, open_outer, verify_stub};
use wire::erase::{self, Order};
use wire::hub::{
    Admitted, Answer, Asks, AuthStatement, Batch, BlobsAsked, BlobsTold, Challenge, Drop,
    DropBlobs, Dropped, FeedPoint, HaveAsked, HaveTold, Invitation, Join, Joined, Notices, Page,
    Receipt, ReceiptStatement, Refusal, Seeks, Sought, Status, Stored, Stubs, Taken,
};
use wire::ids::Org;
use wire::lan::Pass;
use wire::passing::{Lineage, directory_of};

use crate::world::{OFFICE, Person, office_key};

/// Where the organisation and the signature stand in a record.
const ORG: std::ops::Range<usize> = 5..21;
const SIGNATURE: std::ops::Range<usize> = 181..245;

/// A record's bytes, its signature made anew by device 1 in the name of whatever organisation stands there.
pub(crate) fn record(input: &[u8]) -> bool {
    let org = match input.get(ORG).and_then(|org| org.try_into().ok()) {
        Some(org) => Org::new(org),
        None => Org::ZERO,
    };
    let Ok(sealed) = open_outer(input.to_vec(), org) else {
        return false;
    };
    let (id, outer) = (sealed.id(), *sealed.outer());
    let key = Person::new(1).sign;
    let mut bytes = input.to_vec();
    bytes
        .get_mut(SIGNATURE)
        .expect("what passed has a place for a signature")
        .copy_from_slice(&key.sign(SignatureKind::Record, org.as_bytes(), id.as_bytes()));
    let record = open_outer(bytes.clone(), org)
        .and_then(|sealed| sealed.verify(&key.public()))
        .expect("only the signature is new");
    assert_eq!(record.as_bytes(), bytes);
    assert_eq!((record.id(), *record.outer()), (id, outer));
    let stub = verify_stub(&record.to_stub(), org, &key.public());
    assert_eq!(stub, Ok((outer, id)), "the stub says the same");
    let office = office_key();
    match record.open_lane_layer(&LaneKey::of(&office)) {
        Ok(opened) => _ = opened.open_body(&office),
        Err(refused) => assert_ne!(refused, EnvelopeError::BadSignature),
    }
    true
}

/// The kind of a body in two bytes, then the body.
pub(crate) fn body(input: &[u8]) -> bool {
    let Some((kind, bytes)) = input.split_first_chunk() else {
        return false;
    };
    let kind = Kind::from_bits(u16::from_be_bytes(*kind));
    let Ok(body) = Body::decode(kind, bytes) else {
        return false;
    };
    assert_eq!((body.kind(), body.encode().as_slice()), (kind, bytes));
    if let (Body::Order(order), Ok(read)) = (&body, Order::parse(bytes)) {
        assert_eq!(&read.to_bytes(), order);
        assert_eq!(read.id(), erase::id_of(bytes));
    }
    // What another office passes on, and its directory.
    if let Body::Passed(passed) | Body::PassedOn(passed) = &body {
        _ = (passed.author(), passed.name());
        _ = passed.open(&OFFICE);
    }
    if let Body::Lineage(_, signed) = &body
        && let Ok(lineage) = Lineage::read(signed, &OFFICE)
    {
        assert_eq!(&lineage.to_bytes(), signed);
    }
    if let Body::Office(_, ops) = &body
        && let Ok(office) = directory_of(ops)
    {
        let read: Vec<_> = office.ops().map(|op| Bytes(op.to_bytes())).collect();
        assert!(read.iter().all(|op| ops.contains(op)), "nothing is added");
    }
    true
}

/// Which message it is in one byte, then the message; any other byte: the text of an invitation.
pub(crate) fn hub(input: &[u8]) -> bool {
    let Some((which, bytes)) = input.split_first() else {
        return false;
    };
    let again = MESSAGES
        .get(usize::from(*which))
        .copied()
        .unwrap_or(invitation);
    again(bytes).is_some_and(|written| {
        assert_eq!(written, bytes);
        true
    })
}

type Again = fn(&[u8]) -> Option<Vec<u8>>;

/// Every message, read and written anew.
const MESSAGES: [Again; 28] = [
    again::<Join>,
    again::<Joined>,
    again::<Asks>,
    again::<Challenge>,
    again::<AuthStatement>,
    again::<Answer>,
    again::<Admitted>,
    again::<Notices>,
    again::<Taken>,
    again::<Batch>,
    again::<Status>,
    again::<Stored>,
    again::<Receipt>,
    again::<ReceiptStatement>,
    again::<FeedPoint>,
    again::<Page>,
    again::<HaveAsked>,
    again::<HaveTold>,
    again::<Refusal>,
    again::<Drop>,
    again::<Dropped>,
    again::<Pass>,
    again::<BlobsAsked>,
    again::<BlobsTold>,
    again::<Seeks>,
    again::<Sought>,
    again::<DropBlobs>,
    again::<Stubs>,
];

fn again<T: Cbor>(bytes: &[u8]) -> Option<Vec<u8>> {
    let message: T = cbor::from_slice(bytes).ok()?;
    Some(cbor::to_vec(&message))
}

/// What is typed may be typed in several ways; what is printed reads as itself.
fn invitation(bytes: &[u8]) -> Option<Vec<u8>> {
    let read = Invitation::parse(std::str::from_utf8(bytes).ok()?).ok()?;
    assert_eq!(Invitation::parse(&read.text()), Ok(read));
    Some(bytes.to_vec())
}
