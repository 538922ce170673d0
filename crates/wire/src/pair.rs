//! The vault of two devices: how the key box of a vault that nobody else may know of reaches its reader.
//!
//! A key box in the team's vault would tell the team that a restricted vault exists. In the organisation's lane, under a
//! key that the two derive from their own keys, it is to everybody else a record like any other there: sender, time and
//! padded size are all that shows. Each box holds a slot for its one reader, so that it names no other either.
//!
//! # Invariants
//!
//! - **Nothing is exchanged to begin.** Name and key follow from the directory and the device's own key.
//! - **Of a record here, one of the two is the author.** So a reader tries one key for each record: that of itself and
//!   the author whom the outer header names.
//! - **Only key boxes travel here**; see [`crate::rights`]. A device is its own peer for what it must find again after
//!   its store was lost.
//! - **The office's escrow is a peer like a device**: its name and its public key stand in the directory. Whoever joins its
//!   shares derives the pair with each author; a hub or a colleague sees no difference.

use crypto::SecretKey;
use crypto::kem::{KemKey, SealError};

use crate::ids::{Device, Org, Vault};

/// What two devices share.
#[derive(Debug)]
pub struct Pair {
    /// The name of their vault.
    pub vault: Vault,
    /// Its key.
    pub key: SecretKey,
}

impl Pair {
    /// The pair of this device and another one, whose public key the directory has.
    ///
    /// # Errors
    ///
    /// [`SealError`] when the public key is of small order.
    pub fn of(
        org: Org,
        (own, key): (Device, &KemKey),
        (peer, public): (Device, &[u8; 32]),
    ) -> Result<Self, SealError> {
        let (lower, higher) = sorted(own, peer);
        let info: [&[u8]; 4] = [
            b"mg/pair/1",
            org.as_bytes(),
            lower.as_bytes(),
            higher.as_bytes(),
        ];
        Ok(Self {
            vault: vault_of(own, peer),
            key: key.agree(public, &info)?,
        })
    }
}

/// The name of the vault of two devices, in whichever order.
#[must_use]
pub fn vault_of(one: Device, two: Device) -> Vault {
    let (lower, higher) = sorted(one, two);
    Vault::named(&[b"mg/pairvault/1", lower.as_bytes(), higher.as_bytes()])
}

fn sorted(one: Device, two: Device) -> (Device, Device) {
    (one.min(two), one.max(two))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Instant;

    use super::*;
    use crate::body::Body;
    use crate::directory::Directory;
    use crate::envelope::{
        Author, Draft, EnvelopeError, LaneKey, Place, SealKeys, Verified, seal_record,
    };
    use crate::fixture::{Person, enrol, office, office_key};
    use crate::ids::{Doc, Hash, Lane};
    use crate::keybox::{Keybox, Recipient, SealedKeybox};
    use crate::rights::{NoRight, Right, right_to_write};
    use crate::roster::{Class, Readers, Roster};

    struct Scene {
        directory: Directory,
        people: [Person; 3],
    }

    fn scene() -> Scene {
        let people = [1, 2, 3].map(Person::new);
        let mut directory = office(&people[0]);
        enrol(&mut directory, &people[0], &people[1]);
        enrol(&mut directory, &people[0], &people[2]);
        Scene { directory, people }
    }

    impl Scene {
        fn pair(&self, own: usize, peer: usize) -> Pair {
            let (own, peer) = (&self.people[own], &self.people[peer]);
            Pair::of(
                self.directory.org(),
                (own.device(), &own.kem),
                (peer.device(), &peer.kem.public()),
            )
            .unwrap()
        }

        fn sealed(&self, author: usize, vault: Vault, key: &SecretKey, body: &Body) -> Verified {
            let author = &self.people[author];
            let author = Author {
                org: self.directory.org(),
                device: author.device(),
                sign: &author.sign,
            };
            let place = Place {
                lane: Lane::ORG,
                incarnation: 1,
                seq: 1,
                prev: Hash::ZERO,
            };
            let lane = LaneKey::of(key);
            let draft = Draft {
                vault,
                dir_head: self.directory.head(),
                roster_head: Hash::ZERO,
                doc: Doc::ZERO,
                body,
            };
            seal_record(
                author,
                place,
                SealKeys {
                    lane: &lane,
                    vault: key,
                },
                &draft,
            )
            .unwrap()
        }

        /// The box of a restricted vault of the first two, for the second.
        fn keybox(&self) -> (Vec<u8>, Roster, SecretKey) {
            let stewards: BTreeSet<_> = [0, 1].map(|at| self.people[at].device()).into();
            let readers = Readers {
                stewards,
                ..Readers::default()
            };
            let pen = self.people[0].pen();
            let roster = Roster::found(&self.directory, pen, Class::Restricted, readers).unwrap();
            let key = SecretKey::make();
            let reader = &self.people[1];
            let keybox = Keybox::make(
                &self.directory,
                pen,
                (roster.vault(), &key),
                Some(&roster),
                &[Recipient::Device(reader.device(), reader.kem.public())],
                BTreeSet::new(),
                &[],
            )
            .unwrap();
            (keybox.to_bytes(), roster, key)
        }

        fn right(&self, record: &Verified, pair: &Pair) -> Right {
            let lane = record.open_lane_layer(&LaneKey::of(&pair.key)).unwrap();
            right_to_write(&self.directory, None, record, lane.inner())
        }
    }

    #[test]
    fn two_devices_derive_one_name_and_one_key_and_nobody_else_does() {
        let scene = scene();
        let (there, back) = (scene.pair(0, 1), scene.pair(1, 0));
        assert_eq!((there.vault, there.key.kid()), (back.vault, back.key.kid()));
        for (own, peer) in [(0, 2), (2, 0), (1, 2), (2, 1), (0, 0), (1, 1)] {
            let other = scene.pair(own, peer);
            assert_ne!(other.vault, there.vault);
            assert_ne!(other.key.kid(), there.key.kid());
        }
    }

    #[test]
    fn the_reader_finds_the_box_and_a_colleague_sees_a_record_like_any_other() {
        let scene = scene();
        let (bytes, roster, key) = scene.keybox();
        let pair = scene.pair(0, 1);
        let record = scene.sealed(0, pair.vault, &pair.key, &Body::Keybox(bytes.clone()));

        let own = scene.pair(1, 0);
        assert_eq!(scene.right(&record, &own), Right::Granted);
        let lane = record.open_lane_layer(&LaneKey::of(&own.key)).unwrap();
        let Body::Keybox(found) = lane.open_body(&own.key).unwrap().body else {
            panic!("other kind")
        };
        let keybox = SealedKeybox::parse(&found)
            .unwrap()
            .verify(&scene.directory)
            .unwrap();
        assert!(keybox.check(&scene.directory, Some(&roster)).is_ok());
        let reader = &scene.people[1];
        let opened = keybox.open_for(scene.directory.org(), reader.device(), &reader.kem);
        assert_eq!(opened.unwrap().unwrap().kid(), key.kid());

        // The third device holds the team's key and a pair with each of the two.
        for tried in [office_key(), scene.pair(2, 0).key, scene.pair(2, 1).key] {
            let opened = record.open_lane_layer(&LaneKey::of(&tried));
            assert_eq!(opened.err(), Some(EnvelopeError::WrongKey));
        }
        // Beside a record of the same size from another vault of this lane, every field that is in clear is equal or
        // random: author and place are, name, salt, commitment, signature and ciphertext are not.
        let other = scene.sealed(
            0,
            Vault::new([9; 16]),
            &SecretKey::make(),
            &Body::Keybox(bytes),
        );
        let (ours, theirs) = (*record.outer(), *other.outer());
        assert_eq!(record.as_bytes().len(), other.as_bytes().len());
        assert_eq!(
            crate::envelope::Outer {
                salt: theirs.salt,
                ..ours
            },
            theirs
        );
        // What would tell: the names inside. None stands in clear.
        let clear = |name: &[u8]| record.as_bytes().windows(16).any(|part| part == name);
        assert!(
            clear(scene.people[0].device().as_bytes()),
            "the search finds"
        );
        for name in [
            scene.people[1].device().as_bytes(),
            pair.vault.as_bytes(),
            roster.vault().as_bytes(),
            &pair.key.kid(),
        ] {
            assert!(!clear(name));
        }
    }

    #[test]
    fn only_its_two_devices_write_there_and_only_key_boxes() {
        let scene = scene();
        let (bytes, ..) = scene.keybox();
        let pair = scene.pair(0, 1);
        let write = |author, body| scene.sealed(author, pair.vault, &pair.key, body);
        let keybox = Body::Keybox(bytes);
        for author in [0, 1] {
            assert_eq!(scene.right(&write(author, &keybox), &pair), Right::Granted);
        }
        let empty = Body::Changes(Vec::new());
        let changes = write(0, &empty);
        assert_eq!(
            scene.right(&changes, &pair),
            Right::Refused(NoRight::OnlyKeyBoxes)
        );
        // The key given away serves nobody.
        assert_ne!(scene.right(&write(2, &keybox), &pair), Right::Granted);
    }

    /// Of such a record, its author and the size show; for whom it is, nobody can tell but who holds the escrow's key.
    #[test]
    fn a_key_box_for_the_escrow_is_one_like_any_other() {
        let mut scene = scene();
        let escrow = Person::new(9);
        let vow =
            crate::directory::escrow::vow(&escrow.keys(), scene.directory.org(), &escrow.sign);
        let keys = escrow.keys();
        let paper = crate::fixture::paper();
        let second = crate::fixture::paper_pen(&paper);
        let (bytes, ..) = scene.keybox();
        let author = |scene: &Scene| (scene.people[0].device(), scene.people[0].kem.public());
        let pair = |scene: &Scene| {
            let own = (escrow.device(), &escrow.kem);
            let (device, public) = author(scene);
            Pair::of(scene.directory.org(), own, (device, &public)).unwrap()
        };
        let there = Pair::of(
            scene.directory.org(),
            (scene.people[0].device(), &scene.people[0].kem),
            (escrow.device(), &escrow.kem.public()),
        )
        .unwrap();
        assert_eq!(pair(&scene).key.kid(), there.key.kid());
        let sealed = |scene: &Scene, body: &Body| scene.sealed(0, there.vault, &there.key, body);
        // Before it has a seat, nothing is said to it.
        let keybox = Body::Keybox(bytes);
        let early = scene.right(&sealed(&scene, &keybox), &there);
        assert_ne!(early, Right::Granted);
        let act = crate::directory::Act::EscrowSeat { keys, vow };
        let Scene { directory, people } = &mut scene;
        directory
            .write(&act, people[0].pen(), Some(second))
            .unwrap();
        let record = sealed(&scene, &keybox);
        assert_eq!(scene.right(&record, &pair(&scene)), Right::Granted);
        let changes = sealed(&scene, &Body::Changes(Vec::new()));
        let refused = Right::Refused(NoRight::OnlyKeyBoxes);
        assert_eq!(scene.right(&changes, &pair(&scene)), refused);
        // Colleagues open it as little as a box for somebody else.
        let other = scene.pair(0, 1);
        let like = scene.sealed(0, other.vault, &other.key, &keybox);
        assert_eq!(record.as_bytes().len(), like.as_bytes().len());
        for tried in [office_key(), scene.pair(1, 0).key, scene.pair(2, 0).key] {
            let opened = record.open_lane_layer(&LaneKey::of(&tried));
            assert_eq!(opened.err(), Some(EnvelopeError::WrongKey));
        }
        let clear = |name: &[u8]| record.as_bytes().windows(16).any(|part| part == name);
        assert!(!clear(escrow.device().as_bytes()) && !clear(there.vault.as_bytes()));
    }

    /// Computed by another implementation (Python with OpenSSL) from the words in this file.
    #[test]
    fn name_and_key_are_pinned() {
        let (one, two) = (Person::new(1), Person::new(2));
        let pair = Pair::of(
            Org::new([5; 16]),
            (one.device(), &one.kem),
            (two.device(), &two.kem.public()),
        )
        .unwrap();
        assert_eq!(pair.vault.to_string(), "087ea4b2c60fdb29af30edb7e42e5d5b");
        assert_eq!(
            crate::ids::Kid::of(&pair.key).to_string(),
            "73f03121f146306e1bdd438686228bc7"
        );
    }

    /// A thousand records of others are one derivation and one comparison each.
    #[test]
    fn a_thousand_records_of_five_hundred_devices_are_tried_in_no_time() {
        let scene = scene();
        let (bytes, ..) = scene.keybox();
        let own = &scene.people[2];
        let started = Instant::now();
        let pairs: Vec<_> = (0..500_u16)
            .map(|number| {
                let mut secret = [7; 32];
                secret[..2].copy_from_slice(&number.to_be_bytes());
                let peer = KemKey::from_bytes(secret).public();
                let device = Device::of(&peer, &peer);
                let pair = Pair::of(
                    scene.directory.org(),
                    (own.device(), &own.kem),
                    (device, &peer),
                );
                LaneKey::of(&pair.unwrap().key)
            })
            .collect();
        let derived = started.elapsed();
        let pair = scene.pair(0, 1);
        let record = scene.sealed(0, pair.vault, &pair.key, &Body::Keybox(bytes));
        let started = Instant::now();
        for at in 0..1_000 {
            let tried = record.open_lane_layer(&pairs[at % pairs.len()]);
            assert_eq!(tried.err(), Some(EnvelopeError::WrongKey));
        }
        let tried = started.elapsed();
        // Measured on two busy cores: 83 ms for the 500 pairs, 12 ms for the 1,000 records. The bound only tells work
        // from hanging.
        assert!(
            derived.as_secs() < 20 && tried.as_secs() < 10,
            "{derived:?} {tried:?}"
        );
    }
}
