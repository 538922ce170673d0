//! Authors with fixed keys, who seal real records.

use crypto::SecretKey;
use crypto::sign::SigningKey;
use wire::body::{Body, Kind};
use wire::envelope::{self, Draft, LaneKey, Place, SealKeys, Verified, seal_record};
use wire::ids::{Device, Doc, Hash, Lane, Org, Vault};

/// An author of records for tests.
#[derive(Debug)]
pub struct Author {
    org: Org,
    device: Device,
    lane: Lane,
    sign: SigningKey,
}

impl Author {
    /// In an office of the tests.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self::of(number, Org::new([9; 16]))
    }

    /// In another office.
    #[must_use]
    pub fn of(number: u8, org: Org) -> Self {
        let sign = SigningKey::from_bytes([number; 32]);
        Self::with(org, Device::new([number; 16]), Lane::new([5; 16]), sign)
    }

    /// Any author.
    #[must_use]
    pub fn with(org: Org, device: Device, lane: Lane, sign: SigningKey) -> Self {
        Self {
            org,
            device,
            lane,
            sign,
        }
    }

    /// The office.
    #[must_use]
    pub fn org(&self) -> Org {
        self.org
    }

    /// Where the records travel.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// The first records of an incarnation. Another `text` gives another history.
    ///
    /// # Panics
    ///
    /// When `text` is too long for a record.
    #[must_use]
    pub fn chain(&self, incarnation: u32, count: u64, text: &[u8]) -> Vec<Verified> {
        let (mut records, mut prev) = (Vec::new(), Hash::ZERO);
        for seq in 1..=count {
            let place = Place {
                lane: self.lane,
                incarnation,
                seq,
                prev,
            };
            let record = self.seal(place, text);
            prev = record.id();
            records.push(record);
        }
        records
    }

    fn seal(&self, place: Place, text: &[u8]) -> Verified {
        let vault = SecretKey::from_bytes([3; 32]);
        let lane = LaneKey::of(&vault);
        let author = envelope::Author {
            org: self.org,
            device: self.device,
            sign: &self.sign,
        };
        let body = Body::Unknown(Kind::from_bits(99), text.to_vec());
        let draft = Draft {
            vault: Vault::new([4; 16]),
            dir_head: Hash::ZERO,
            roster_head: Hash::ZERO,
            doc: Doc::ZERO,
            body: &body,
        };
        let keys = SealKeys {
            lane: &lane,
            vault: &vault,
        };
        seal_record(author, place, keys, &draft).expect("a short body")
    }
}
