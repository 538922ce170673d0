//! Authors with fixed keys, who seal real records.

use crypto::SecretKey;
use crypto::sign::SigningKey;
use wire::body::{Body, Kind};
use wire::envelope::{self, Draft, LaneKey, Place, SealKeys, Verified, seal_record};
use wire::ids::{Device, Doc, Hash, Lane, Org, Vault};

pub(super) struct Author {
    number: u8,
    sign: SigningKey,
}

impl Author {
    pub(super) fn new(number: u8) -> Self {
        Self {
            number,
            sign: SigningKey::from_bytes([number; 32]),
        }
    }

    pub(super) fn org(&self) -> Org {
        Org::new([9; 16])
    }

    pub(super) fn device(&self) -> Device {
        Device::new([self.number; 16])
    }

    /// The first records of an incarnation. Another `text` gives another history.
    pub(super) fn chain(&self, incarnation: u32, count: u64, text: &[u8]) -> Vec<Verified> {
        let vault = SecretKey::from_bytes([3; 32]);
        let lane = LaneKey::of(&vault);
        let author = envelope::Author {
            org: self.org(),
            device: self.device(),
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
        let (mut records, mut prev) = (Vec::new(), Hash::ZERO);
        for seq in 1..=count {
            let place = Place {
                lane: Lane::new([5; 16]),
                incarnation,
                seq,
                prev,
            };
            let keys = SealKeys {
                lane: &lane,
                vault: &vault,
            };
            let record = seal_record(author, place, keys, &draft).expect("a short body");
            prev = record.id();
            records.push(record);
        }
        records
    }
}
