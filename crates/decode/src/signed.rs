//! Signed things: operations of the directory and of a roster, key boxes. The input is the body; the signatures of
//! device 1 (and of the paper key, where the first byte is odd) are made here. Where the second bit of that byte is set, the
//! directory holds an erasure before.

use std::collections::BTreeSet;

use crypto::sign::{SignatureKind, SigningKey};
use wire::cbor::{self, Bytes, CborError};
use wire::directory::{Asked, Directory, Op};
use wire::ids::{Device, Org};
use wire::keybox::SealedKeybox;
use wire::roster::RosterOp;

use crate::world::{Person, case, office_of_two, paper, paper_name, restricted};

type Signed = (Bytes, Vec<(Device, [u8; 64])>);

/// A body with the signatures of these over it.
#[must_use]
pub fn signed(org: Org, body: &[u8], signers: &[(Device, &SigningKey)]) -> Vec<u8> {
    let signature = |key: &SigningKey| key.sign(SignatureKind::DirOp, org.as_bytes(), body);
    let signatures = signers.iter().map(|(by, key)| (*by, signature(key)));
    let signed: Signed = (Bytes(body.to_vec()), signatures.collect());
    cbor::to_vec(&signed)
}

/// The body of a signed thing.
///
/// # Errors
///
/// When it is none.
pub fn body_of(bytes: &[u8]) -> Result<Vec<u8>, CborError> {
    cbor::from_slice::<Signed>(bytes).map(|(body, _)| body.0)
}

/// The input after its first byte, signed.
pub(crate) fn sign(org: Org, input: &[u8]) -> Option<Vec<u8>> {
    let (who, body) = input.split_first()?;
    let (first, paper) = (Person::new(1), paper());
    let both = [(first.device(), &first.sign), (paper_name(), &paper)];
    let signers = if who % 2 == 1 { &both[..] } else { &both[..1] };
    Some(signed(org, body, signers))
}

type Asking = (String, Vec<(Bytes, String)>);

/// What the second is asked to sign, where the input has the bodies of the acts alone: device 1 signs them here. Accepted is
/// what the second signs; then the office takes all of it.
pub(crate) fn asked(input: &[u8]) -> bool {
    let mut office = office_of_two();
    let Ok((tag, drafts)) = cbor::from_slice::<Asking>(input) else {
        return false;
    };
    let (first, paper) = (Person::new(1), paper());
    let author = [(first.device(), &first.sign)];
    let half = |body: Bytes| Bytes(signed(office.org(), &body.0, &author));
    let drafts = drafts.into_iter().map(|(body, why)| (half(body), why));
    let asking: Asking = (tag, drafts.collect());
    let bytes = cbor::to_vec(&asking);
    let Ok(asked) = Asked::parse(&bytes) else {
        return false;
    };
    assert_eq!(asked.to_bytes(), bytes);
    let Ok(signatures) = asked.sign(replica(&office), &paper) else {
        return false;
    };
    let pairs = asked.drafts().iter().zip(&signatures);
    let whole: Vec<_> = pairs
        .map(|(it, signature)| it.with(asked.second(), *signature))
        .collect();
    let received = office.receive(whole.iter().map(Vec::as_slice));
    assert_eq!(received.new.len(), whole.len());
    true
}

/// What is asked without its signatures: the input of [`asked`].
///
/// # Errors
///
/// When it is none.
pub fn asking_of(bytes: &[u8]) -> Result<Vec<u8>, CborError> {
    let (tag, drafts) = cbor::from_slice::<Asking>(bytes)?;
    let bare = |(bytes, why): (Bytes, String)| Ok((Bytes(body_of(&bytes.0)?), why));
    let drafts = drafts
        .into_iter()
        .map(bare)
        .collect::<Result<_, CborError>>()?;
    let asking: Asking = (tag, drafts);
    Ok(cbor::to_vec(&asking))
}

fn replica(directory: &Directory) -> Directory {
    let mut copy =
        Directory::open(&directory.first().to_bytes()).expect("the first operation opens");
    let ops: Vec<_> = directory.ops().map(Op::to_bytes).collect();
    let received = copy.receive(ops.iter().map(Vec::as_slice));
    assert!(received.refused.is_empty() && received.held == 0);
    copy
}

/// Accepted is what changes the office of two; then another laptop comes to the same state by the same operations.
pub(crate) fn directory(input: &[u8]) -> bool {
    let mut office = office_of_two();
    if input.first().is_some_and(|who| who & 2 != 0) {
        let erase = include_bytes!("../../wire/tests/vectors/directory-erase.op");
        assert_eq!(office.receive([erase.as_slice()]).new.len(), 1);
    }
    let Some(bytes) = sign(office.org(), input) else {
        return false;
    };
    let parsed = Op::parse(&bytes);
    if let Ok(op) = &parsed {
        assert_eq!(op.to_bytes(), bytes);
    }
    _ = Directory::open(&bytes);
    let received = office.receive([bytes.as_slice()]);
    if received.new.is_empty() {
        return false;
    }
    assert_eq!(
        Ok(&received.new[..]),
        parsed.as_ref().map(std::slice::from_ref)
    );
    assert_eq!(replica(&office).state(), office.state());
    true
}

/// Accepted is what the roster of a case takes in, or that of a restricted vault.
pub(crate) fn roster(input: &[u8]) -> bool {
    let office = office_of_two();
    let Some(bytes) = sign(office.org(), input) else {
        return false;
    };
    if let Ok(op) = RosterOp::parse(&bytes) {
        assert_eq!(op.to_bytes(), bytes);
    }
    let mut taken = false;
    for mut roster in [case(&office), restricted(&office)] {
        if roster.receive(&bytes, &office).is_ok() {
            let kept: BTreeSet<_> = roster.ops().map(RosterOp::to_bytes).collect();
            assert!(kept.contains(&bytes), "kept byte for byte");
            taken = true;
        }
    }
    taken
}

/// Accepted is a box of which device 1 can say whether something in it is for it.
pub(crate) fn keybox(input: &[u8]) -> bool {
    let (office, first) = (office_of_two(), Person::new(1));
    let Some(bytes) = sign(office.org(), input) else {
        return false;
    };
    let Ok(sealed) = SealedKeybox::parse(&bytes) else {
        return false;
    };
    assert_eq!(sealed.to_bytes(), bytes);
    let Ok(keybox) = sealed.verify(&office) else {
        return false;
    };
    assert_eq!(keybox.to_bytes(), bytes);
    _ = keybox.check(&office, None);
    _ = keybox.check(&office, Some(&case(&office)));
    match keybox.open_for(office.org(), first.device(), &first.kem) {
        Ok(Some(key)) => {
            _ = keybox.earlier(office.org(), &key);
            true
        }
        Ok(None) => true,
        Err(_) => false,
    }
}
