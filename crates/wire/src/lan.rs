//! Two laptops of one office in one network: by what they know each other.
//!
//! Each shows a certificate that it made for this one session, and beside it a [`Pass`]: its device's signature (type
//! `tls`) over the certificate. So whoever holds the certificate's key is that device of the directory.
//!
//! # Invariants
//!
//! - **A pass is worth nothing without the certificate's key**, which never leaves the memory of the laptop that drew it.
//! - **No office in clear.** A pass names a pseudonym; which office it is of stands in what is signed alone.
//! - **Only those who may exchange**: not who is frozen, has left or was shut out. Who is to wipe itself comes in to hear of
//!   it; the relay gives it the directory, and no record.

use std::collections::{BTreeMap, BTreeSet};

use crypto::sign::{SignatureKind, SigningKey, verify};

use crate::body::Have;
use crate::cbor::{self, CborError, as_array};
use crate::directory::{Directory, Standing};
use crate::hub::{HaveAsked, HaveTold, have_digest};
use crate::ids::{Device, Lane, Org};

/// The label under which both ends draw the same 32 bytes from their TLS connection; an answer to a challenge is bound to
/// it.
pub const EXPORTER: &[u8] = b"EXPORTER-mg-lan-1";

/// The origin in an answer that is bound to a connection: where a hub has its address, there stands what both ends drew.
#[must_use]
pub fn origin(drawn: &[u8; 32]) -> String {
    let digits = drawn.iter().map(|byte| format!("{byte:02x}"));
    format!("lan://{}", digits.collect::<String>())
}

/// The one call that a hub does not know: a [`HaveTold`] of all that the guest has, to be answered once what it lacks lies
/// open.
pub const HERE: &str = "/v1/here";

/// What a laptop has, lane by lane.
pub type Haves = BTreeMap<Lane, BTreeSet<Have>>;

/// What is here in those of the lanes asked about where it differs; nothing where one of them is not shared.
#[must_use]
pub fn differing(here: &Haves, asked: &HaveAsked) -> Option<HaveTold> {
    let mut told = HaveTold { lanes: Vec::new() };
    for (lane, digest) in &asked.lanes {
        let haves = here.get(lane)?;
        if have_digest(haves) != *digest {
            told.lanes.push((*lane, haves.iter().copied().collect()));
        }
    }
    Some(told)
}

/// A device's word that a certificate is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Who says it.
    pub device: Device,
    /// Over the certificate's bytes.
    pub signature: [u8; 64],
}
as_array!(Pass { device, signature });

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// Nobody of this name is in the directory here: another office, or a laptop that joined since.
    #[error("the device is not in the directory")]
    Unknown,
    /// There is no pass, or it does not hold.
    #[error("the certificate is not the device's")]
    Forged,
    /// Frozen.
    #[error("the device is frozen")]
    Frozen,
    /// Left, or shut out.
    #[error("the device is no longer of the office")]
    Removed,
}

/// The devices of an office, as one of them knows the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    org: Org,
    devices: BTreeMap<Device, Known>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    sign: [u8; 32],
    stands: Result<(), Stranger>,
}

impl Pass {
    /// Signs a certificate that this device has just made for itself.
    #[must_use]
    pub fn make(org: Org, device: Device, certificate: &[u8], sign: &SigningKey) -> Self {
        Self {
            device,
            signature: sign.sign(SignatureKind::Tls, org.as_bytes(), certificate),
        }
    }

    /// Its bytes in the strict form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// Reads the strict form.
    ///
    /// # Errors
    /// [`CborError`] when it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::from_slice(bytes)
    }
}

impl Members {
    /// As the directory says now.
    #[must_use]
    pub fn of(directory: &Directory) -> Self {
        let state = directory.state();
        let devices = state.devices.iter().map(|(device, member)| {
            let stands = match member.standing {
                _ if state.wiped.contains(device) => Ok(()),
                Standing::Active if member.frozen => Err(Stranger::Frozen),
                Standing::Active => Ok(()),
                _ => Err(Stranger::Removed),
            };
            let sign = member.keys.sign;
            (*device, Known { sign, stands })
        });
        Self {
            org: directory.org(),
            devices: devices.collect(),
        }
    }

    /// Whose certificate it is. That the other side holds its key is for the handshake to show.
    ///
    /// # Errors
    /// [`Stranger`], the signature before the standing: nobody learns from a forged pass who is frozen.
    pub fn admit(&self, certificate: &[u8], pass: &[u8]) -> Result<Device, Stranger> {
        let pass = Pass::from_bytes(pass).map_err(|_| Stranger::Forged)?;
        let known = self.devices.get(&pass.device).ok_or(Stranger::Unknown)?;
        verify(
            &known.sign,
            SignatureKind::Tls,
            self.org.as_bytes(),
            certificate,
            &pass.signature,
        )
        .map_err(|_| Stranger::Forged)?;
        known.stands.map(|()| pass.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Act;
    use crate::fixture::{Person, office};

    #[test]
    fn a_pass_is_of_one_device_one_office_and_one_certificate() {
        let (admin, stranger) = (Person::new(1), Person::new(7));
        let directory = office(&admin);
        let members = Members::of(&directory);
        let pass = |person: &Person, org, certificate: &[u8]| {
            Pass::make(org, person.device(), certificate, &person.sign).to_bytes()
        };
        let good = pass(&admin, directory.org(), b"certificate");
        assert_eq!(members.admit(b"certificate", &good), Ok(admin.device()));
        assert_eq!(members.admit(b"another", &good), Err(Stranger::Forged));
        let elsewhere = pass(&admin, Org::new([9; 16]), b"certificate");
        assert_eq!(
            members.admit(b"certificate", &elsewhere),
            Err(Stranger::Forged)
        );
        let other = pass(&stranger, directory.org(), b"certificate");
        assert_eq!(
            members.admit(b"certificate", &other),
            Err(Stranger::Unknown)
        );
        // Who names another device has not its key.
        let lent = Pass::make(
            directory.org(),
            admin.device(),
            b"certificate",
            &stranger.sign,
        );
        assert_eq!(
            members.admit(b"certificate", &lent.to_bytes()),
            Err(Stranger::Forged)
        );
        for cut in 0..good.len() {
            let short = good.get(..cut).unwrap();
            assert_eq!(members.admit(b"certificate", short), Err(Stranger::Forged));
        }
    }

    #[test]
    fn who_is_frozen_or_out_is_not_let_in() {
        let (admin, new) = (Person::new(1), Person::new(2));
        let mut directory = office(&admin);
        let act = Act::Enrol {
            device: new.keys(),
            groups: [crate::fixture::office_group()].into(),
            roles: std::collections::BTreeSet::new(),
            admin: false,
            request: crate::ids::Hash::new([1; 32]),
        };
        directory.write(&act, admin.pen(), None).unwrap();
        let pass = Pass::make(directory.org(), new.device(), b"c", &new.sign).to_bytes();
        assert_eq!(Members::of(&directory).admit(b"c", &pass), Ok(new.device()));
        directory
            .write(
                &Act::Freeze {
                    device: new.device(),
                },
                admin.pen(),
                None,
            )
            .unwrap();
        assert_eq!(
            Members::of(&directory).admit(b"c", &pass),
            Err(Stranger::Frozen)
        );
        // Ordered to wipe itself, it comes in to hear of it.
        let paper = crate::fixture::paper();
        let wipe = Act::Wipe {
            device: new.device(),
        };
        let second = crate::fixture::paper_pen(&paper);
        directory.write(&wipe, admin.pen(), Some(second)).unwrap();
        assert_eq!(Members::of(&directory).admit(b"c", &pass), Ok(new.device()));
    }
}
