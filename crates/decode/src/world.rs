//! An office with fixed keys: device 1 founded it, device 2 asks to join.

use std::sync::LazyLock;

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use wire::directory::{Act, DeviceKeys, Directory, Role, paper_device};
use wire::enrol::Request;
use wire::ids::{Device, Group};
use wire::roster::Roster;

/// The private keys of a device.
#[derive(Debug)]
pub struct Person {
    /// For signing.
    pub sign: SigningKey,
    /// For opening.
    pub kem: KemKey,
}

impl Person {
    /// All key bytes are this number.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self {
            sign: SigningKey::from_bytes([number; 32]),
            kem: KemKey::from_bytes([number; 32]),
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

    /// Its name.
    #[must_use]
    pub fn device(&self) -> Device {
        self.keys().device()
    }
}

/// The first group.
#[must_use]
pub fn office_group() -> Group {
    Group::new([0x0f; 16])
}

/// The key of its team vault.
#[must_use]
pub fn office_key() -> SecretKey {
    SecretKey::from_bytes([0x77; 32])
}

/// The paper admin key.
#[must_use]
pub fn paper() -> SigningKey {
    SigningKey::from_bytes([0xaa; 32])
}

/// Its name in the directory.
#[must_use]
pub fn paper_name() -> Device {
    paper_device(&paper().public())
}

/// The office as it was founded.
///
/// # Panics
/// When our own code cannot found it.
#[must_use]
pub fn office() -> Directory {
    let first = Person::new(1);
    Directory::found(
        first.keys(),
        [Role::Worker].into(),
        office_group(),
        &first.sign,
        &paper(),
    )
    .expect("an office is founded")
}

/// What device 2 asked with: the kept file.
///
/// # Panics
/// When our own code refuses it.
#[must_use]
pub fn request() -> Request {
    let file = include_bytes!("../../wire/tests/vectors/request.mgq");
    Request::parse(file).expect("a kept request is read")
}

/// The office after it took device 2 in for [`request`].
///
/// # Panics
/// When our own code refuses it.
#[must_use]
pub fn office_of_two() -> Directory {
    let mut directory = office();
    let (first, new) = (Person::new(1), Person::new(2));
    let act = Act::Enrol {
        device: new.keys(),
        groups: [office_group()].into(),
        roles: [Role::Worker].into(),
        admin: false,
        request: request().hash(),
    };
    directory
        .write(&act, (first.device(), &first.sign), None)
        .expect("an admin takes a device in");
    directory
}

/// The same, for whoever only reads it.
pub(crate) static OFFICE: LazyLock<Directory> = LazyLock::new(office_of_two);

/// A case that the first group reads. Its founding operation is the kept one.
///
/// # Panics
/// When our own code refuses it.
#[must_use]
pub fn case(directory: &Directory) -> Roster {
    let founding = include_bytes!("../../wire/tests/vectors/roster-found.op");
    Roster::open(founding, directory).expect("a kept roster opens")
}

/// A vault that the two devices alone read. Its founding operation is the kept one.
///
/// # Panics
/// When our own code refuses it.
#[must_use]
pub fn restricted(directory: &Directory) -> Roster {
    let founding = include_bytes!("../../wire/tests/vectors/roster-found-restricted.op");
    Roster::open(founding, directory).expect("a kept roster opens")
}
