//! Operations that wait for the second signature (もう一人の署名を待つ操作).
//!
//! What destroys needs two. Where the second is a colleague's device and not the paper key, the author signs first, and asks.
//!
//! # Invariants
//!
//! - **A draft has no effect.** One signature is missing, so no directory takes it.
//! - **The author finishes.** Whoever signs second gives the signature back and nothing else: two devices that may both put
//!   an operation into one chain would fork it.
//! - **Nothing is signed unseen.** [`Asked::parse`] takes only acts that this program knows and that need two.

use std::fmt;

use crypto::kem::{KemKey, seal_to};
use crypto::sign::{SignatureKind, SigningKey};

use super::{Act, Directory, DirectoryError, Op, may};
use crate::cbor::{self, Bytes, CborError, as_array};
use crate::dag::Node as _;
use crate::ids::{Device, Hash, Org};
use crate::signed::Signed;

const TAG: &str = "mg/cosign/1";
/// The most acts for which one signs at once.
pub const MAX_DRAFTS: usize = 64;
/// The longest reason, in bytes.
const MAX_REASON: usize = 8 << 10;

/// One act of an author, signed by its author alone, with the reason for the access log.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    op: Op,
    reason: String,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Draft").field(&self.op.id()).finish()
    }
}

impl Draft {
    /// The operation that it will be.
    #[must_use]
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// Why, in the author's words; may be empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The operation with the second signature. Whether it holds, the directory says that takes it.
    #[must_use]
    pub fn with(&self, second: Device, signature: [u8; 64]) -> Vec<u8> {
        self.op.signed().and(second, signature).to_vec()
    }
}

/// What one device asks another to sign (署名の依頼): acts that follow one another in their author's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    author: Device,
    second: Device,
    drafts: Vec<Draft>,
}

struct Form {
    tag: String,
    drafts: Vec<(Bytes, String)>,
}
as_array!(Form { tag, drafts });

impl Asked {
    /// Reads what is asked, before any signature is checked.
    ///
    /// # Errors
    ///
    /// [`CborError`] when it is no such thing; also where the acts are of different people, do not need two, are not known
    /// here, or bear another number of signatures than one.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        let form: Form = cbor::from_slice(bytes)?;
        if form.tag != TAG || !(1..=MAX_DRAFTS).contains(&form.drafts.len()) {
            return Err(CborError::Malformed);
        }
        let drafts = form.drafts.into_iter().map(|(bytes, reason)| {
            let op = Op::parse(&bytes.0)?;
            let is_known = !matches!(op.act(), Act::Unknown { .. } | Act::Found { .. });
            let is_half = op.signed().count() == 1 && op.cosigner() != Some(op.author());
            if !is_known || !is_half || !op.act().needs_two() || reason.len() > MAX_REASON {
                return Err(CborError::Malformed);
            }
            Ok(Draft { op, reason })
        });
        let drafts = drafts.collect::<Result<Vec<_>, _>>()?;
        let first = drafts.first().ok_or(CborError::Malformed)?;
        let (author, second) = (first.op.author(), first.op.cosigner());
        let second = second.ok_or(CborError::Malformed)?;
        let of_the_same = |it: &Draft| (it.op.author(), it.op.cosigner()) == (author, Some(second));
        if !drafts.iter().all(of_the_same) {
            return Err(CborError::Malformed);
        }
        Ok(Self {
            author,
            second,
            drafts,
        })
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let drafts = self.drafts.iter();
        cbor::to_vec(&Form {
            tag: TAG.to_owned(),
            drafts: drafts
                .map(|it| (Bytes(it.op.to_bytes()), it.reason.clone()))
                .collect(),
        })
    }

    /// Names it: another act, place or reason is another name.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash::of(&[TAG.as_bytes(), &self.to_bytes()])
    }

    /// Whose acts they are.
    #[must_use]
    pub fn author(&self) -> Device {
        self.author
    }

    /// Who is asked.
    #[must_use]
    pub fn second(&self) -> Device {
        self.second
    }

    /// The acts, in their order.
    #[must_use]
    pub fn drafts(&self) -> &[Draft] {
        &self.drafts
    }

    /// Seals it to whoever is asked: `kem` is the key of that device.
    ///
    /// # Errors
    ///
    /// [`CborError::Malformed`] when nothing may be sealed to that key.
    pub fn seal(&self, org: Org, kem: &[u8; 32]) -> Result<Vec<u8>, CborError> {
        seal_to(kem, TAG.as_bytes(), org.as_bytes(), &self.to_bytes())
            .map_err(|_| CborError::Malformed)
    }

    /// Opens what was sealed to this device.
    ///
    /// # Errors
    ///
    /// [`CborError`] when it is for another, or as [`Asked::parse`].
    pub fn open(org: Org, key: &KemKey, sealed: &[u8]) -> Result<Self, CborError> {
        let plain = key
            .open(TAG.as_bytes(), org.as_bytes(), sealed)
            .map_err(|_| CborError::Malformed)?;
        Self::parse(&plain)
    }

    /// Signs each of the acts. `directory` is a copy: whoever signs second keeps nothing of it.
    ///
    /// # Errors
    ///
    /// [`DirectoryError`] of the first act that the directory would not take then: [`DirectoryError::Incomplete`] when it
    /// rests on what is not here yet, [`DirectoryError::NoRight`], [`DirectoryError::BadSignature`],
    /// [`DirectoryError::BrokenChain`].
    pub fn sign(
        &self,
        mut directory: Directory,
        key: &SigningKey,
    ) -> Result<Vec<[u8; 64]>, DirectoryError> {
        let org = directory.org();
        let sign = |draft: &Draft| {
            let body = draft.op.signed().body();
            let signature = key.sign(SignatureKind::DirOp, org.as_bytes(), body);
            directory.admit(Op::parse(&draft.with(self.second, signature))?)?;
            Ok(signature)
        };
        self.drafts.iter().map(sign).collect()
    }
}

impl Directory {
    /// Whether the acts still have their place: their author's chain has not gone on meanwhile. Only then are they finished.
    #[must_use]
    pub fn goes_on_with(&self, asked: &Asked) -> bool {
        let place = self.next_place(asked.author);
        let first = asked.drafts.first().map(Draft::op);
        first.is_some_and(|op| (op.seq(), op.prev()) == place)
    }

    /// Whether all of the acts bear the signatures of both, by the keys that are known here.
    #[must_use]
    pub fn is_signed_by_both(&self, asked: &Asked, signatures: &[[u8; 64]]) -> bool {
        let key = |device: Device| Some((device, *self.keys.get(&device)?));
        let Some(signers) = Option::zip(key(asked.author), key(asked.second)) else {
            return false;
        };
        let holds = |(draft, signature): (&Draft, &[u8; 64])| {
            let whole = draft.op.signed().and(asked.second, *signature);
            whole.is_signed_by(self.org, &[signers.0, signers.1])
        };
        asked.drafts.len() == signatures.len() && asked.drafts.iter().zip(signatures).all(holds)
    }

    /// Drafts acts that need two, one after the other, in view of all that is here.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NoRight`] when the two may not do this; [`DirectoryError::Malformed`] for none, for more than
    /// [`MAX_DRAFTS`], and for acts that do not need two.
    pub fn draft(
        &self,
        acts: &[(Act, String)],
        author: (Device, &SigningKey),
        second: Device,
    ) -> Result<Asked, DirectoryError> {
        let mut state = (*self.state).clone();
        let mut place = self.next_place(author.0);
        let mut seen = self.dag.heads().clone();
        let mut drafts = Vec::new();
        for (act, reason) in acts {
            let body = Op::body_of(author.0, Some(second), place, seen, act, false);
            let op = Op::from_signed(Signed::make(body, self.org, &[author]))?;
            if !may(&state, &op) {
                return Err(DirectoryError::NoRight);
            }
            state.apply(&op, &|_| false);
            place = (op.seq() + 1, op.id());
            seen = [op.id()].into();
            drafts.push(Draft {
                op,
                reason: reason.clone(),
            });
        }
        let asked = Asked {
            author: author.0,
            second,
            drafts,
        };
        Ok(Asked::parse(&asked.to_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Act, Directory, DirectoryError, Op, Role, Standing};
    use super::*;
    use crate::fixture::{Person, enrol, flips, office, office_group, paper, paper_pen, replica};

    /// An office with the admins 1 and 2 and the workers 3 and 4.
    fn staffed() -> (Directory, [Person; 4]) {
        let people = [1, 2, 3, 4].map(Person::new);
        let mut directory = office(&people[0]);
        let act = people[1].enrolment([office_group()].into(), Role::Supervisor, true);
        let pen = people[0].pen();
        directory
            .write(&act, pen, Some(paper_pen(&paper())))
            .unwrap();
        enrol(&mut directory, &people[0], &people[2]);
        enrol(&mut directory, &people[0], &people[3]);
        (directory, people)
    }

    fn revoke(device: Device) -> (Act, String) {
        let cut = Default::default();
        (Act::Revoke { device, cut }, "紛失".to_owned())
    }

    fn is_out(directory: &Directory, person: &Person) -> bool {
        let standing = &directory.state().devices[&person.device()].standing;
        matches!(standing, Standing::Revoked { .. })
    }

    fn finished(asked: &Asked, signatures: &[[u8; 64]]) -> Vec<Vec<u8>> {
        let pairs = asked.drafts().iter().zip(signatures);
        pairs.map(|(it, s)| it.with(asked.second(), *s)).collect()
    }

    #[test]
    fn two_acts_that_were_asked_for_are_taken_once_both_have_signed() {
        let (mut directory, [first, second, sato, tanaka]) = staffed();
        let acts = [revoke(sato.device()), revoke(tanaka.device())];
        let asked = directory
            .draft(&acts, first.pen(), second.device())
            .unwrap();
        // One signature has no effect.
        let halves: Vec<_> = asked.drafts().iter().map(|it| it.op().to_bytes()).collect();
        let received = directory.receive(halves.iter().map(Vec::as_slice));
        assert_eq!((received.new.len(), received.refused.len()), (0, 1));
        assert!(!is_out(&directory, &sato));

        let sealed = asked.seal(directory.org(), &second.kem.public()).unwrap();
        assert!(Asked::open(directory.org(), &first.kem, &sealed).is_err());
        let opened = Asked::open(directory.org(), &second.kem, &sealed).unwrap();
        assert_eq!((opened.id(), &opened), (asked.id(), &asked));
        let signatures = opened.sign(replica(&directory), second.pen().1).unwrap();
        let whole = finished(&asked, &signatures);
        assert_eq!(
            directory.receive(whole.iter().map(Vec::as_slice)).new.len(),
            2
        );
        assert!(is_out(&directory, &sato) && is_out(&directory, &tanaka));
        assert!(directory.forks().is_empty());
    }

    #[test]
    fn what_one_has_no_right_to_is_neither_drafted_nor_signed() {
        let (mut directory, [first, second, sato, tanaka]) = staffed();
        let acts = [revoke(tanaka.device())];
        for (author, other) in [
            (sato.pen(), second.device()),
            (first.pen(), sato.device()),
            (first.pen(), first.device()),
        ] {
            assert!(directory.draft(&acts, author, other).is_err());
        }
        let freeze = Act::Freeze {
            device: tanaka.device(),
        };
        let one = [(freeze, String::new())];
        assert!(directory.draft(&one, first.pen(), second.device()).is_err());

        let asked = directory
            .draft(&acts, first.pen(), second.device())
            .unwrap();
        // Another's signature in the place of the one who was asked.
        let signature = asked.sign(replica(&directory), sato.pen().1);
        assert_eq!(signature, Err(DirectoryError::BadSignature));
        // Whoever was asked has not heard yet of what it rests on.
        let before = replica(&directory);
        enrol(&mut directory, &first, &Person::new(5));
        let later = directory
            .draft(&acts, first.pen(), second.device())
            .unwrap();
        let missing = later.sign(before, second.pen().1);
        assert_eq!(missing, Err(DirectoryError::Incomplete { missing: 1 }));
        assert!(later.sign(replica(&directory), second.pen().1).is_ok());
    }

    /// Red control inside: finished in spite of it, the author's chain is forked.
    #[test]
    fn an_act_whose_place_was_taken_meanwhile_is_told() {
        let (mut directory, [first, second, sato, tanaka]) = staffed();
        let asked = directory
            .draft(&[revoke(sato.device())], first.pen(), second.device())
            .unwrap();
        assert!(directory.goes_on_with(&asked));
        let signatures = asked.sign(replica(&directory), second.pen().1).unwrap();
        let freeze = Act::Freeze {
            device: tanaka.device(),
        };
        directory.write(&freeze, first.pen(), None).unwrap();
        assert!(!directory.goes_on_with(&asked));
        assert!(directory.forks().is_empty());
        let whole = finished(&asked, &signatures);
        directory.receive(whole.iter().map(Vec::as_slice));
        assert_eq!(directory.forks().len(), 1);
    }

    #[test]
    fn each_flipped_byte_of_what_is_asked_is_refused_or_another_thing() {
        let (directory, [first, second, sato, _]) = staffed();
        let asked = directory
            .draft(&[revoke(sato.device())], first.pen(), second.device())
            .unwrap();
        let mut signed = 0;
        for (_, flipped) in flips(&asked.to_bytes()) {
            let Ok(other) = Asked::parse(&flipped) else {
                continue;
            };
            assert_ne!(other.id(), asked.id());
            // The reason is no part of the act; all else is under the author's signature.
            if let Ok(signatures) = other.sign(replica(&directory), second.pen().1) {
                signed += 1;
                let op = Op::parse(&finished(&other, &signatures)[0]).unwrap();
                assert_eq!(op.id(), asked.drafts()[0].op().id());
                assert_ne!(other.drafts()[0].reason(), asked.drafts()[0].reason());
            }
        }
        // Red control: form alone does not protect.
        assert!(signed > 0, "{signed}");
    }
}
