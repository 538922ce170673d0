//! People with fixed keys, and an office of theirs, for the tests of this crate.

use std::collections::BTreeSet;

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;

use crate::directory::{Act, DeviceKeys, Directory, Op, Role};
use crate::ids::{Device, Group, Hash};

pub(crate) struct Person {
    pub(crate) sign: SigningKey,
    pub(crate) kem: KemKey,
}

impl Person {
    pub(crate) fn new(number: u8) -> Self {
        Self {
            sign: SigningKey::from_bytes([number; 32]),
            kem: KemKey::from_bytes([number; 32]),
        }
    }

    pub(crate) fn keys(&self) -> DeviceKeys {
        DeviceKeys {
            sign: self.sign.public(),
            kem: self.kem.public(),
        }
    }

    pub(crate) fn device(&self) -> Device {
        self.keys().device()
    }

    /// As an author or a cosigner.
    pub(crate) fn pen(&self) -> (Device, &SigningKey) {
        (self.device(), &self.sign)
    }

    pub(crate) fn enrolment(&self, groups: BTreeSet<Group>, role: Role, admin: bool) -> Act {
        Act::Enrol {
            device: self.keys(),
            groups,
            roles: [role].into(),
            admin,
            request: Hash::ZERO,
        }
    }
}

pub(crate) fn office_group() -> Group {
    Group::new([0x0f; 16])
}

pub(crate) fn office_key() -> SecretKey {
    SecretKey::from_bytes([0x77; 32])
}

pub(crate) fn paper() -> SigningKey {
    SigningKey::from_bytes([0xaa; 32])
}

pub(crate) fn paper_pen(key: &SigningKey) -> (Device, &SigningKey) {
    (crate::directory::paper_device(&key.public()), key)
}

/// The office that `first` founds.
pub(crate) fn office(first: &Person) -> Directory {
    Directory::found(
        first.keys(),
        [Role::Worker].into(),
        office_group(),
        &first.sign,
        &paper(),
    )
    .unwrap()
}

/// Takes a worker in, with the first device's signature.
pub(crate) fn enrol(directory: &mut Directory, admin: &Person, new: &Person) -> Op {
    let act = new.enrolment([office_group()].into(), Role::Worker, false);
    directory.write(&act, admin.pen(), None).unwrap()
}

/// Another laptop with the same operations.
pub(crate) fn replica(directory: &Directory) -> Directory {
    let mut copy = Directory::open(&directory.first().to_bytes()).unwrap();
    exchange(directory, &mut copy);
    copy
}

pub(crate) fn exchange(from: &Directory, to: &mut Directory) {
    let ops: Vec<_> = from.ops().skip(1).map(Op::to_bytes).collect();
    let received = to.receive(ops.iter().map(Vec::as_slice));
    assert!(
        received.refused.is_empty() && received.held == 0,
        "{received:?}"
    );
}

/// Each copy of `bytes` in which one bit of one byte is flipped.
pub(crate) fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).map(|at| {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1 << (at % 8);
        (at, flipped)
    })
}
