//! People with fixed keys, and an office of theirs.

use std::collections::BTreeSet;

use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use wire::cbor::Bytes;
use wire::directory::{Act, DeviceKeys, Directory, Role};
use wire::hub::{Answer, AuthStatement, Challenge};
use wire::ids::{Device, Group, Hash, Lane, Org};

use super::Author;

/// A person at a laptop.
#[derive(Debug)]
pub struct Person {
    seed: [u8; 32],
    /// Signs.
    pub sign: SigningKey,
    kem: KemKey,
}

impl Person {
    /// The same number is the same person.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self::of([number; 32])
    }

    /// The same seed is the same person: for more than there are small numbers.
    #[must_use]
    pub fn of(seed: [u8; 32]) -> Self {
        Self {
            seed,
            sign: SigningKey::from_bytes(seed),
            kem: KemKey::from_bytes(seed),
        }
    }

    /// The public keys.
    #[must_use]
    pub fn keys(&self) -> DeviceKeys {
        DeviceKeys {
            sign: self.sign.public(),
            kem: self.kem.public(),
        }
    }

    /// The laptop.
    #[must_use]
    pub fn device(&self) -> Device {
        self.keys().device()
    }

    /// As an author of operations.
    #[must_use]
    pub fn pen(&self) -> (Device, &SigningKey) {
        (self.device(), &self.sign)
    }

    /// Signs a challenge.
    #[must_use]
    pub fn answer(&self, org: Org, challenge: &Challenge, origin: &str) -> Answer {
        let statement = AuthStatement {
            hub: challenge.hub,
            origin: origin.to_owned(),
            nonce: challenge.nonce,
            device: self.device(),
            time: 0,
        };
        Answer::make(org, statement, &self.sign)
    }

    /// As an author of records.
    #[must_use]
    pub fn author(&self, org: Org, lane: Lane) -> Author {
        let sign = SigningKey::from_bytes(self.seed);
        Author::with(org, self.device(), lane, sign)
    }
}

/// The group of everybody.
#[must_use]
pub fn everybody() -> Group {
    Group::new([0x0f; 16])
}

/// The key on the recovery sheet.
#[must_use]
pub fn paper() -> SigningKey {
    SigningKey::from_bytes([0xaa; 32])
}

/// The office that a person founds.
///
/// # Panics
///
/// When the directory does not take its founding.
#[must_use]
pub fn found(first: &Person) -> Directory {
    let roles = [Role::Supervisor].into();
    Directory::found(first.keys(), roles, everybody(), &first.sign, &paper())
        .expect("a founding that holds")
}

/// Takes a worker into the office.
///
/// # Panics
///
/// When the directory does not take it.
pub fn enrol(directory: &mut Directory, admin: &Person, new: &Person, groups: BTreeSet<Group>) {
    let act = Act::Enrol {
        device: new.keys(),
        groups,
        roles: [Role::Worker].into(),
        admin: false,
        request: Hash::ZERO,
    };
    directory
        .write(&act, admin.pen(), None)
        .expect("an enrolment that holds");
}

/// All operations as they travel.
#[must_use]
pub fn operations(directory: &Directory) -> Vec<Bytes> {
    directory.ops().map(|op| Bytes(op.to_bytes())).collect()
}
