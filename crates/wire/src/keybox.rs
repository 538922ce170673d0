//! A key box: the key of a vault, wrapped for each who may read it, signed by the reader who made it.
//!
//! # Invariants
//!
//! - **A key is what its name says.** Whatever is unwrapped is compared with its [`Kid`].
//! - **Only a signed box opens.** [`SealedKeybox`] → [`SealedKeybox::verify`] → [`Keybox`]; who may make one and for
//!   whom is [`Keybox::check`]. Otherwise a stranger could hand out a key of his own to write under.
//! - **The newest key opens all history**: a box carries the keys before it, encrypted under the new one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crypto::sign::SigningKey;
use crypto::{SecretKey, kem, once};

use crate::cbor::{self, Bytes, Cbor, CborError, Reader, Writer, as_array};
use crate::directory::{Directory, State};
use crate::ids::{Device, Group, Hash, Kid, Org, Vault};
use crate::roster::Roster;
use crate::signed::Signed;

const TAG: &str = "mg/keybox/1";
const BOX: &[u8] = b"mg/box/1";
const PREV: &[u8] = b"mg/prev/1";

/// For whom a key is wrapped.
#[derive(Debug)]
pub enum Recipient<'a> {
    /// All who hold this wrapping key of a group.
    Group(Group, &'a SecretKey),
    /// One device, by its public key.
    Device(Device, [u8; 32]),
}

/// A key under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrap {
    salt: [u8; 32],
    commit: [u8; 32],
    ct: Bytes,
}
as_array!(Wrap { salt, commit, ct });

#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    Group {
        group: Group,
        kid: Kid,
        wrap: Wrap,
    },
    Device {
        device: Device,
        sealed: Bytes,
    },
    /// A way of wrapping of a newer version.
    Unknown {
        kind: u64,
        payload: Bytes,
    },
}

impl Cbor for Slot {
    fn encode(&self, out: &mut Writer) {
        let (kind, payload) = match self {
            Self::Group { group, kid, wrap } => {
                (1, Bytes(cbor::to_vec(&(*group, (*kid, wrap.clone())))))
            }
            Self::Device { device, sealed } => (2, Bytes(cbor::to_vec(&(*device, sealed.clone())))),
            Self::Unknown { kind, payload } => (*kind, payload.clone()),
        };
        (kind, payload).encode(out);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        let (kind, payload) = <(u64, Bytes)>::decode(input)?;
        Ok(match kind {
            1 => cbor::from_slice(&payload.0).map(|(group, (kid, wrap))| Self::Group {
                group,
                kid,
                wrap,
            })?,
            2 => cbor::from_slice(&payload.0)
                .map(|(device, sealed)| Self::Device { device, sealed })?,
            _ => Self::Unknown { kind, payload },
        })
    }
}

struct Body {
    tag: String,
    vault: Vault,
    kid: Kid,
    author: Device,
    directory: BTreeSet<Hash>,
    roster: BTreeSet<Hash>,
    parents: BTreeSet<Kid>,
    slots: Vec<Slot>,
    prev: Vec<(Kid, Wrap)>,
}
as_array!(Body {
    tag,
    vault,
    kid,
    author,
    directory,
    roster,
    parents,
    slots,
    prev
});

/// A box whose signature nobody has checked yet.
pub struct SealedKeybox {
    body: Body,
    signed: Signed,
}

/// A box whose signature holds.
pub struct Keybox(SealedKeybox);

/// Why a box is of no use, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyboxError {
    /// It has not the form of a box.
    #[error("not a key box")]
    Malformed(#[from] CborError),
    /// Its author is unknown to the directory here.
    #[error("the author of the box is not known")]
    UnknownAuthor,
    /// The signature does not hold.
    #[error("the signature on the box does not hold")]
    BadSignature,
    /// It knows a newer directory or roster.
    #[error("the box knows a newer directory or roster")]
    Newer,
    /// The author was no reader of the vault.
    #[error("the author of the box did not read the vault")]
    NoRight,
    /// It is wrapped for somebody who was no reader of the vault.
    #[error("the box is wrapped for somebody who does not read the vault")]
    ForeignRecipient,
    /// It does not open with this key.
    #[error("the box does not open with this key")]
    WrongKey,
    /// What is in it is not the key that it names.
    #[error("the box holds another key than it names")]
    OtherKey,
    /// A recipient's public key is of no use.
    #[error("the recipient's public key is not valid")]
    BadRecipient,
}

impl fmt::Debug for SealedKeybox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedKeybox")
            .field("vault", &self.body.vault)
            .field("kid", &self.body.kid)
            .finish()
    }
}

impl fmt::Debug for Keybox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keybox")
            .field(&self.0.body.vault)
            .field(&self.0.body.kid)
            .finish()
    }
}

impl SealedKeybox {
    /// Reads a box.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::Malformed`] when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyboxError> {
        let signed = Signed::from_slice(bytes)?;
        let body: Body = cbor::from_slice(signed.body())?;
        if body.tag != TAG {
            return Err(CborError::Malformed.into());
        }
        Ok(Self { body, signed })
    }

    /// Checks the signature.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::UnknownAuthor`], where the directory may be behind; [`KeyboxError::BadSignature`].
    pub fn verify(self, directory: &Directory) -> Result<Keybox, KeyboxError> {
        let author = self.body.author;
        let public = directory
            .state()
            .sign_key(author)
            .ok_or(KeyboxError::UnknownAuthor)?;
        if !self
            .signed
            .is_signed_by(directory.org(), &[(author, public)])
        {
            return Err(KeyboxError::BadSignature);
        }
        Ok(Keybox(self))
    }
}

impl SealedKeybox {
    /// Box and signature, to be stored and relayed as they are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_vec()
    }

    /// The name of the key inside, as it says.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.body.kid
    }

    /// The names of the group keys under which the key is wrapped, as it says.
    pub fn team_kids(&self) -> impl Iterator<Item = (Group, Kid)> {
        self.body.slots.iter().filter_map(|slot| match slot {
            Slot::Group { group, kid, .. } => Some((*group, *kid)),
            Slot::Device { .. } | Slot::Unknown { .. } => None,
        })
    }

    /// The devices for which it holds a slot, as it says.
    pub fn devices(&self) -> impl Iterator<Item = Device> {
        self.body.slots.iter().filter_map(|slot| match slot {
            Slot::Device { device, .. } => Some(*device),
            Slot::Group { .. } | Slot::Unknown { .. } => None,
        })
    }
}

impl Keybox {
    /// Wraps a vault's key. `roster` is none for a vault of a team, be it its own or that of its wrapping keys. `earlier` are the vault's keys so far, `parents` the
    /// newest among them.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::BadRecipient`] when a device's public key is of small order.
    pub fn make(
        directory: &Directory,
        (author, sign): (Device, &SigningKey),
        (vault, key): (Vault, &SecretKey),
        roster: Option<&Roster>,
        recipients: &[Recipient<'_>],
        parents: BTreeSet<Kid>,
        earlier: &[&SecretKey],
    ) -> Result<Self, KeyboxError> {
        let (org, kid) = (directory.org(), Kid::of(key));
        let slots = recipients
            .iter()
            .map(|recipient| slot(org, vault, kid, key, recipient))
            .collect::<Result<_, _>>()?;
        let prev = earlier
            .iter()
            .map(|old| {
                let name = Kid::of(old);
                (
                    name,
                    wrap(key, PREV, &header(org, vault, kid, name.as_bytes()), old),
                )
            })
            .collect();
        let body = Body {
            tag: TAG.to_owned(),
            vault,
            kid,
            author,
            directory: directory.heads().clone(),
            roster: roster
                .map(|roster| roster.heads().clone())
                .unwrap_or_default(),
            parents,
            slots,
            prev,
        };
        let signed = Signed::make(cbor::to_vec(&body), org, &[(author, sign)]);
        Ok(Self(SealedKeybox { body, signed }))
    }

    /// The vault.
    #[must_use]
    pub fn vault(&self) -> Vault {
        self.0.body.vault
    }

    /// The name of the key.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.0.body.kid
    }

    /// Who made the box.
    #[must_use]
    pub fn author(&self) -> Device {
        self.0.body.author
    }

    /// The devices for which it holds a slot.
    pub fn devices(&self) -> impl Iterator<Item = Device> {
        self.0.devices()
    }

    /// The names of the keys that it opens besides.
    pub fn earlier_kids(&self) -> impl Iterator<Item = Kid> {
        self.0.body.prev.iter().map(|(kid, _)| *kid)
    }

    /// The keys that this one follows.
    #[must_use]
    pub fn parents(&self) -> &BTreeSet<Kid> {
        &self.0.body.parents
    }

    /// The heads of the roster by which it is judged; none for a vault of a team.
    #[must_use]
    pub fn roster(&self) -> &BTreeSet<Hash> {
        &self.0.body.roster
    }

    /// Who was given the same key beside: of a team that its author is not in, each member by a box of its own, which nobody
    /// else sees.
    #[must_use]
    pub fn beside(&self, directory: &Directory, roster: &Roster) -> BTreeSet<Device> {
        let then = directory.at(&self.0.body.directory);
        let Some((office, read)) = then.zip(roster.at(self.roster())) else {
            return BTreeSet::new();
        };
        let groups = read.readers.groups.iter().copied();
        let others = groups.filter(|group| !office.is_member(self.author(), *group));
        others.flat_map(|group| office.members(group)).collect()
    }

    /// Box and signature, to be stored and relayed as they are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Whether its author might make it and for these recipients, as things stood when it was made. Gives the
    /// readers that it leaves out.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::Newer`], to be tried again; [`KeyboxError::NoRight`]; [`KeyboxError::ForeignRecipient`].
    pub fn check(
        &self,
        directory: &Directory,
        roster: Option<&Roster>,
    ) -> Result<BTreeSet<Device>, KeyboxError> {
        let body = &self.0.body;
        let office = directory.at(&body.directory).ok_or(KeyboxError::Newer)?;
        let (readers, groups, escrow, entitled) = if let Some(team) = office.team_of(body.vault) {
            let readers: BTreeSet<_> = office.members(team).collect();
            let entitled = readers.contains(&body.author) || office.is_admin(body.author);
            (readers, BTreeSet::new(), true, entitled)
        } else {
            let roster = roster
                .filter(|roster| roster.vault() == body.vault)
                .ok_or(KeyboxError::Newer)?;
            let at = roster.at(&body.roster).ok_or(KeyboxError::Newer)?;
            (
                at.devices(&office),
                at.readers.groups.clone(),
                at.escrow,
                at.reads(body.author, &office),
            )
        };
        if !entitled {
            return Err(KeyboxError::NoRight);
        }
        let left_out = self.left_out(&readers, (&groups, escrow), &office)?;
        Ok(left_out)
    }

    /// Opens the box with the device's own key; nothing when it holds none for the device.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::WrongKey`], [`KeyboxError::OtherKey`].
    pub fn open_for(
        &self,
        org: Org,
        device: Device,
        key: &kem::KemKey,
    ) -> Result<Option<SecretKey>, KeyboxError> {
        let body = &self.0.body;
        let sealed = body.slots.iter().find_map(|slot| match slot {
            Slot::Device { device: to, sealed } if *to == device => Some(sealed),
            Slot::Device { .. } | Slot::Group { .. } | Slot::Unknown { .. } => None,
        });
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let info = header(org, body.vault, body.kid, device.as_bytes());
        let plain = key
            .open(&[BOX, &info].concat(), &[], &sealed.0)
            .map_err(|_| KeyboxError::WrongKey)?;
        named(&plain, body.kid).map(Some)
    }

    /// The keys of a device to which it is sealed, as its maker knew the directory; nothing where it is not for that device,
    /// or the device is not known.
    #[must_use]
    pub fn sealed_to(&self, directory: &Directory, device: Device) -> Option<[u8; 32]> {
        self.0.devices().find(|to| *to == device)?;
        directory.kem_at(&self.0.body.directory, device)
    }

    /// Whether its maker knew of a directory operation.
    #[must_use]
    pub fn knew(&self, directory: &Directory, op: Hash) -> bool {
        let heads = &self.0.body.directory;
        heads.iter().any(|head| directory.includes(*head, op))
    }

    /// Opens the box with a group's key; nothing when it holds none for that key.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::WrongKey`], [`KeyboxError::OtherKey`].
    pub fn open_with(
        &self,
        org: Org,
        team_key: &SecretKey,
    ) -> Result<Option<SecretKey>, KeyboxError> {
        let (body, name) = (&self.0.body, Kid::of(team_key));
        let wrapped = body.slots.iter().find_map(|slot| match slot {
            Slot::Group { group, kid, wrap } if *kid == name => Some((*group, wrap)),
            Slot::Device { .. } | Slot::Group { .. } | Slot::Unknown { .. } => None,
        });
        let Some((group, wrap)) = wrapped else {
            return Ok(None);
        };
        unwrap(
            team_key,
            BOX,
            &header(org, body.vault, body.kid, group.as_bytes()),
            wrap,
            body.kid,
        )
        .map(Some)
    }

    /// The names of the group keys under which the key is wrapped.
    pub fn team_kids(&self) -> impl Iterator<Item = (Group, Kid)> {
        self.0.team_kids()
    }

    /// The keys before this one.
    ///
    /// # Errors
    ///
    /// [`KeyboxError::WrongKey`], [`KeyboxError::OtherKey`].
    pub fn earlier(&self, org: Org, key: &SecretKey) -> Result<Vec<SecretKey>, KeyboxError> {
        let body = &self.0.body;
        let one = |(name, wrap): &(Kid, Wrap)| {
            unwrap(
                key,
                PREV,
                &header(org, body.vault, body.kid, name.as_bytes()),
                wrap,
                *name,
            )
        };
        body.prev.iter().map(one).collect()
    }

    /// `groups` are those that read the vault; none for a team's. The escrow reads what a team reads, and what its roster says.
    fn left_out(
        &self,
        readers: &BTreeSet<Device>,
        (groups, escrow): (&BTreeSet<Group>, bool),
        office: &State,
    ) -> Result<BTreeSet<Device>, KeyboxError> {
        let mut left = readers.clone();
        for slot in &self.0.body.slots {
            match slot {
                Slot::Group { group, .. } if groups.contains(group) => {
                    office.members(*group).for_each(|device| {
                        left.remove(&device);
                    });
                }
                Slot::Device { device, .. } if readers.contains(device) => {
                    left.remove(device);
                }
                Slot::Device { device, .. } if escrow && office.escrow_seat(*device).is_some() => {}
                // Nobody here can tell whom it serves, and nobody here opens it.
                Slot::Unknown { .. } => {}
                Slot::Group { .. } | Slot::Device { .. } => {
                    return Err(KeyboxError::ForeignRecipient);
                }
            }
        }
        Ok(left)
    }
}

/// The key to write under: of the highest generation, of several the one with the smallest name. A generation is one
/// more than that of the highest parent.
#[must_use]
pub fn newest(parents: &BTreeMap<Kid, BTreeSet<Kid>>) -> Option<Kid> {
    newest_among(parents, |_| true)
}

/// The same of those keys of which this holds.
#[must_use]
pub fn newest_among(
    parents: &BTreeMap<Kid, BTreeSet<Kid>>,
    may_be: impl Fn(&Kid) -> bool,
) -> Option<Kid> {
    let mut generations: BTreeMap<Kid, usize> = parents.keys().map(|kid| (*kid, 1)).collect();
    // A chain is no longer than there are keys; a cycle cannot make this run on.
    for _ in 0..parents.len() {
        let mut changed = false;
        for (kid, before) in parents {
            let above = before
                .iter()
                .filter_map(|parent| generations.get(parent))
                .max()
                .map_or(1, |highest| highest + 1);
            changed |= generations.insert(*kid, above) != Some(above);
        }
        if !changed {
            break;
        }
    }
    generations
        .into_iter()
        .filter(|(kid, _)| may_be(kid))
        .min_by_key(|(kid, generation)| (std::cmp::Reverse(*generation), *kid))
        .map(|(kid, _)| kid)
}

fn header(org: Org, vault: Vault, kid: Kid, recipient: &[u8; 16]) -> Vec<u8> {
    [
        org.as_bytes().as_slice(),
        vault.as_bytes(),
        kid.as_bytes(),
        recipient,
    ]
    .concat()
}

fn slot(
    org: Org,
    vault: Vault,
    kid: Kid,
    key: &SecretKey,
    recipient: &Recipient<'_>,
) -> Result<Slot, KeyboxError> {
    match recipient {
        Recipient::Group(group, team_key) => {
            let wrap = wrap(
                team_key,
                BOX,
                &header(org, vault, kid, group.as_bytes()),
                key,
            );
            Ok(Slot::Group {
                group: *group,
                kid: Kid::of(team_key),
                wrap,
            })
        }
        Recipient::Device(device, public) => {
            let info = [BOX, &header(org, vault, kid, device.as_bytes())].concat();
            // EXPOSE: the key itself is what is sealed to the device.
            let sealed = kem::seal_to(public, &info, &[], key.expose())
                .map_err(|_| KeyboxError::BadRecipient)?;
            Ok(Slot::Device {
                device: *device,
                sealed: Bytes(sealed),
            })
        }
    }
}

fn wrap(under: &SecretKey, info: &[u8], header: &[u8], key: &SecretKey) -> Wrap {
    let salt = crypto::random();
    // EXPOSE: the key itself is what is wrapped.
    let sealed = once::seal(under, &salt, info, header, key.expose());
    Wrap {
        salt,
        commit: sealed.commit,
        ct: Bytes(sealed.ct),
    }
}

fn unwrap(
    under: &SecretKey,
    info: &[u8],
    header: &[u8],
    wrap: &Wrap,
    name: Kid,
) -> Result<SecretKey, KeyboxError> {
    let plain = once::open(under, &wrap.salt, info, header, &wrap.commit, &wrap.ct.0)
        .map_err(|_| KeyboxError::WrongKey)?;
    named(&plain, name)
}

fn named(plain: &[u8], name: Kid) -> Result<SecretKey, KeyboxError> {
    let key = SecretKey::from_bytes(plain.try_into().map_err(|_| KeyboxError::OtherKey)?);
    if Kid::of(&key) == name {
        Ok(key)
    } else {
        Err(KeyboxError::OtherKey)
    }
}
