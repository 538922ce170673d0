//! What a directory operation says, and its form on the wire.
//!
//! # Invariants
//!
//! - **Unknown kinds survive.** Each act is a number and a payload; one from a newer version is kept as it came.

use std::collections::BTreeSet;

use crate::cbor::{self, Bytes, Cbor, CborError, Reader, Writer, as_array};
use crate::ids::{Device, Group, Hash, Lane};

/// The public keys of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceKeys {
    /// Ed25519.
    pub sign: [u8; 32],
    /// X25519, for HPKE.
    pub kem: [u8; 32],
}
as_array!(DeviceKeys { sign, kem });

impl DeviceKeys {
    /// The device that holds these keys.
    #[must_use]
    pub fn device(&self) -> Device {
        Device::of(&self.sign, &self.kem)
    }
}

/// The name under which a paper admin key stands in the directory. It has no key to receive with.
#[must_use]
pub fn paper_device(sign: &[u8; 32]) -> Device {
    Device::of(sign, &[0; 32])
}

/// What a device's user does. Being an admin is apart from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Works on cases.
    Worker,
    /// Answers for the workers of a group; may freeze its devices.
    Supervisor,
    /// Leads meetings.
    Facilitator,
    /// Works in the community.
    CommunityWorker,
    /// Reads audit vaults; writes nothing but their own.
    Auditor,
    /// Carries records; reads and writes nothing.
    Relay,
    /// A role of a newer version: no right comes from it here.
    Unknown(u64),
}

impl Role {
    fn number(self) -> u64 {
        match self {
            Self::Worker => 1,
            Self::Supervisor => 2,
            Self::Facilitator => 3,
            Self::CommunityWorker => 4,
            Self::Auditor => 5,
            Self::Relay => 6,
            Self::Unknown(number) => number,
        }
    }

    /// Whether a device with this role writes into the vaults it reads.
    #[must_use]
    pub fn writes(self) -> bool {
        match self {
            Self::Worker | Self::Supervisor | Self::Facilitator | Self::CommunityWorker => true,
            Self::Auditor | Self::Relay | Self::Unknown(_) => false,
        }
    }
}

impl Cbor for Role {
    fn encode(&self, out: &mut Writer) {
        self.number().encode(out);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        Ok(match u64::decode(input)? {
            1 => Self::Worker,
            2 => Self::Supervisor,
            3 => Self::Facilitator,
            4 => Self::CommunityWorker,
            5 => Self::Auditor,
            6 => Self::Relay,
            number => Self::Unknown(number),
        })
    }
}

/// The last record of a device in a lane that counts, of one of its incarnations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutAt {
    /// The lane.
    pub lane: Lane,
    /// The incarnation of the device.
    pub incarnation: u32,
    /// The place within it.
    pub seq: u64,
    /// The record there.
    pub record: Hash,
}
as_array!(CutAt {
    lane,
    incarnation,
    seq,
    record
});

/// What an operation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Founds the office: its first device, which is an admin, the paper admin key, the first group.
    Found {
        /// The first device.
        device: DeviceKeys,
        /// Its roles.
        roles: BTreeSet<Role>,
        /// The public half of the key on the recovery sheet.
        paper: [u8; 32],
        /// The group `office`.
        office: Group,
    },
    /// Takes a device in. As an admin too, it needs two signatures.
    Enrol {
        /// The device.
        device: DeviceKeys,
        /// Its groups.
        groups: BTreeSet<Group>,
        /// Its roles.
        roles: BTreeSet<Role>,
        /// Whether it may sign for the directory.
        admin: bool,
        /// The request that was approved.
        request: Hash,
    },
    /// Opens a group.
    GroupCreate {
        /// The group.
        group: Group,
    },
    /// Puts a device into a group.
    GroupAdd {
        /// The group.
        group: Group,
        /// The device.
        device: Device,
    },
    /// Takes a device out of a group; wins over putting it in at the same time.
    GroupRemove {
        /// The group.
        group: Group,
        /// The device.
        device: Device,
    },
    /// Locks a device once and stops its exchange. The only act of a supervisor.
    Freeze {
        /// The device.
        device: Device,
    },
    /// Takes a freeze back.
    Unfreeze {
        /// The device.
        device: Device,
    },
    /// Shuts a device out for ever. Two signatures.
    Revoke {
        /// The device.
        device: Device,
        /// Up to where its records count, by lane; nothing counts in a lane that is not named.
        cut: BTreeSet<CutAt>,
    },
    /// A device leaves the office. What it wrote before it knew counts.
    Leave {
        /// The device.
        device: Device,
    },
    /// Lets records count although their author is cut off.
    Adopt {
        /// The records.
        records: BTreeSet<Hash>,
    },
    /// Makes a device an admin, also again after it was suspended. Two signatures.
    AddAdmin {
        /// The device.
        device: Device,
    },
    /// Takes the admin's right. Two signatures; the paper key goes only with its own.
    RemoveAdmin {
        /// The device, or the paper key.
        device: Device,
    },
    /// Sets a rule of the office. Two signatures.
    Policy {
        /// Which rule.
        name: String,
        /// Its value, opaque here.
        value: Bytes,
    },
    /// Lets void operations of another admin count after all.
    Confirm {
        /// The operations.
        ops: BTreeSet<Hash>,
    },
    /// Gives a device other roles.
    Roles {
        /// The device.
        device: Device,
        /// All its roles from now on.
        roles: BTreeSet<Role>,
    },
    /// Makes the key on a new recovery sheet an admin. Two signatures.
    AddPaper {
        /// Its public half.
        sign: [u8; 32],
    },
    /// Erases what a sealed order names (廃棄). Two signatures. It names no vault and no record: the order travels where the
    /// vault's readers read it ([`crate::erase`]).
    Erase {
        /// The name of the order.
        order: Hash,
        /// [`crate::erase::digest`] of the records that are to be reduced to stubs.
        records: Hash,
    },
    /// Takes an erasure back (取消し). One admin.
    CancelErase {
        /// The operation that erases.
        op: Hash,
    },
    /// Puts the office's escrow (預かり鍵) in force: each laptop seals the key of its store to it, in the place of an earlier
    /// one. Two signatures.
    Escrow {
        /// The public half of the key that three people hold shares of.
        public: [u8; 32],
    },
    /// Makes a device destroy the keys of its own store (遠隔消去), and freezes it. Two signatures. There is no way back.
    Wipe {
        /// The device.
        device: Device,
    },
    /// Puts the office's escrow in force as [`Act::Escrow`] does, and gives it a seat in the directory: the teams' keys are
    /// boxed for it, and it may take a device in where no admin is left ([`crate::directory::escrow`]). Two signatures.
    EscrowSeat {
        /// What three people hold shares of.
        keys: DeviceKeys,
        /// The escrow's own word that it belongs to this office.
        vow: [u8; 64],
    },
    /// Gives a device a new key to receive with (鍵の年次更新); the device itself says so, and its name stays. It destroys the
    /// key before its last one.
    KemRenew {
        /// The device.
        device: Device,
        /// The public half of its new key.
        kem: [u8; 32],
    },
    /// An act of a newer version.
    Unknown {
        /// Its number.
        kind: u64,
        /// Its payload, as it came.
        payload: Bytes,
    },
}

/// An act as number and payload.
pub(super) type Coded = (u64, Bytes);

struct Found {
    device: DeviceKeys,
    roles: BTreeSet<Role>,
    paper: [u8; 32],
    office: Group,
}
as_array!(Found {
    device,
    roles,
    paper,
    office
});

struct Enrol {
    device: DeviceKeys,
    groups: BTreeSet<Group>,
    roles: BTreeSet<Role>,
    admin: bool,
    request: Hash,
}
as_array!(Enrol {
    device,
    groups,
    roles,
    admin,
    request
});

impl Act {
    pub(super) fn to_coded(&self) -> Coded {
        let (kind, payload) = match self.clone() {
            Self::Found {
                device,
                roles,
                paper,
                office,
            } => (
                1,
                cbor::to_vec(&Found {
                    device,
                    roles,
                    paper,
                    office,
                }),
            ),
            Self::Enrol {
                device,
                groups,
                roles,
                admin,
                request,
            } => (
                2,
                cbor::to_vec(&Enrol {
                    device,
                    groups,
                    roles,
                    admin,
                    request,
                }),
            ),
            Self::GroupCreate { group } => (3, cbor::to_vec(&group)),
            Self::GroupAdd { group, device } => (4, cbor::to_vec(&(group, device))),
            Self::GroupRemove { group, device } => (5, cbor::to_vec(&(group, device))),
            Self::Freeze { device } => (6, cbor::to_vec(&device)),
            Self::Unfreeze { device } => (7, cbor::to_vec(&device)),
            Self::Revoke { device, cut } => (8, cbor::to_vec(&(device, cut))),
            Self::Leave { device } => (9, cbor::to_vec(&device)),
            Self::Adopt { records } => (10, cbor::to_vec(&records)),
            Self::AddAdmin { device } => (11, cbor::to_vec(&device)),
            Self::RemoveAdmin { device } => (12, cbor::to_vec(&device)),
            Self::Policy { name, value } => (13, cbor::to_vec(&(name, value))),
            Self::Confirm { ops } => (14, cbor::to_vec(&ops)),
            Self::Roles { device, roles } => (15, cbor::to_vec(&(device, roles))),
            Self::AddPaper { sign } => (16, cbor::to_vec(&sign)),
            Self::Erase { order, records } => (20, cbor::to_vec(&(order, records))),
            Self::CancelErase { op } => (21, cbor::to_vec(&op)),
            Self::Escrow { public } => (22, cbor::to_vec(&public)),
            Self::Wipe { device } => (23, cbor::to_vec(&device)),
            Self::EscrowSeat { keys, vow } => (24, cbor::to_vec(&(keys, vow))),
            Self::KemRenew { device, kem } => (25, cbor::to_vec(&(device, kem))),
            Self::Unknown { kind, payload } => (kind, payload.0),
        };
        (kind, Bytes(payload))
    }

    pub(super) fn from_coded((kind, payload): Coded) -> Result<Self, CborError> {
        let bytes = payload.0.as_slice();
        Ok(match kind {
            1 => {
                let Found {
                    device,
                    roles,
                    paper,
                    office,
                } = cbor::from_slice(bytes)?;
                Self::Found {
                    device,
                    roles,
                    paper,
                    office,
                }
            }
            2 => {
                let Enrol {
                    device,
                    groups,
                    roles,
                    admin,
                    request,
                } = cbor::from_slice(bytes)?;
                Self::Enrol {
                    device,
                    groups,
                    roles,
                    admin,
                    request,
                }
            }
            3 => Self::GroupCreate {
                group: cbor::from_slice(bytes)?,
            },
            4 => cbor::from_slice(bytes).map(|(group, device)| Self::GroupAdd { group, device })?,
            5 => cbor::from_slice(bytes)
                .map(|(group, device)| Self::GroupRemove { group, device })?,
            6 => Self::Freeze {
                device: cbor::from_slice(bytes)?,
            },
            7 => Self::Unfreeze {
                device: cbor::from_slice(bytes)?,
            },
            8 => cbor::from_slice(bytes).map(|(device, cut)| Self::Revoke { device, cut })?,
            9 => Self::Leave {
                device: cbor::from_slice(bytes)?,
            },
            10 => Self::Adopt {
                records: cbor::from_slice(bytes)?,
            },
            11 => Self::AddAdmin {
                device: cbor::from_slice(bytes)?,
            },
            12 => Self::RemoveAdmin {
                device: cbor::from_slice(bytes)?,
            },
            13 => cbor::from_slice(bytes).map(|(name, value)| Self::Policy { name, value })?,
            14 => Self::Confirm {
                ops: cbor::from_slice(bytes)?,
            },
            15 => cbor::from_slice(bytes).map(|(device, roles)| Self::Roles { device, roles })?,
            16 => Self::AddPaper {
                sign: cbor::from_slice(bytes)?,
            },
            20 => cbor::from_slice(bytes).map(|(order, records)| Self::Erase { order, records })?,
            21 => Self::CancelErase {
                op: cbor::from_slice(bytes)?,
            },
            22 => Self::Escrow {
                public: cbor::from_slice(bytes)?,
            },
            23 => Self::Wipe {
                device: cbor::from_slice(bytes)?,
            },
            24 => cbor::from_slice(bytes).map(|(keys, vow)| Self::EscrowSeat { keys, vow })?,
            25 => cbor::from_slice(bytes).map(|(device, kem)| Self::KemRenew { device, kem })?,
            _ => Self::Unknown { kind, payload },
        })
    }

    /// Whether one admin alone must not do this.
    #[must_use]
    pub fn needs_two(&self) -> bool {
        match self {
            Self::Found { .. }
            | Self::Revoke { .. }
            | Self::AddAdmin { .. }
            | Self::RemoveAdmin { .. }
            | Self::AddPaper { .. }
            | Self::Erase { .. }
            | Self::Escrow { .. }
            | Self::EscrowSeat { .. }
            | Self::Wipe { .. }
            | Self::Policy { .. } => true,
            Self::Enrol { admin, .. } => *admin,
            Self::GroupCreate { .. }
            | Self::GroupAdd { .. }
            | Self::GroupRemove { .. }
            | Self::Freeze { .. }
            | Self::Unfreeze { .. }
            | Self::Leave { .. }
            | Self::Adopt { .. }
            | Self::Confirm { .. }
            | Self::Roles { .. }
            | Self::CancelErase { .. }
            | Self::KemRenew { .. }
            | Self::Unknown { .. } => false,
        }
    }

    /// The signing keys of whom it lets in.
    pub(super) fn introduces(&self) -> Vec<(Device, [u8; 32])> {
        match self {
            Self::Found { device, paper, .. } => {
                vec![
                    (device.device(), device.sign),
                    (paper_device(paper), *paper),
                ]
            }
            Self::Enrol { device, .. } => vec![(device.device(), device.sign)],
            Self::AddPaper { sign } => vec![(paper_device(sign), *sign)],
            Self::EscrowSeat { keys, .. } => vec![(keys.device(), keys.sign)],
            _ => Vec::new(),
        }
    }

    /// Whose right to sign this takes away.
    pub(super) fn removes_signer(&self) -> Option<Device> {
        if let Self::Revoke { device, .. } | Self::RemoveAdmin { device } = self {
            Some(*device)
        } else {
            None
        }
    }

    /// What it puts in and what it takes out. Taking out wins over putting in at the same time.
    pub(super) fn places(&self) -> Vec<(Place, Effect)> {
        use Effect::{In, Out};
        match self {
            Self::Found { .. } | Self::GroupCreate { .. } | Self::Adopt { .. } => Vec::new(),
            Self::AddPaper { .. }
            | Self::Policy { .. }
            | Self::Confirm { .. }
            | Self::Roles { .. }
            | Self::Erase { .. }
            | Self::CancelErase { .. }
            | Self::Escrow { .. }
            | Self::EscrowSeat { .. }
            | Self::KemRenew { .. }
            | Self::Unknown { .. } => Vec::new(),
            Self::Enrol {
                device,
                groups,
                admin,
                ..
            } => {
                let device = device.device();
                let mut places: Vec<_> = groups
                    .iter()
                    .map(|group| (Place::Group(*group, device), In))
                    .collect();
                places.push((Place::Office(device), In));
                if *admin {
                    places.push((Place::Admins(device), In));
                }
                places
            }
            Self::GroupAdd { group, device } => vec![(Place::Group(*group, *device), In)],
            Self::GroupRemove { group, device } => vec![(Place::Group(*group, *device), Out)],
            Self::Freeze { device } | Self::Wipe { device } => {
                vec![(Place::Thawed(*device), Out)]
            }
            Self::Unfreeze { device } => vec![(Place::Thawed(*device), In)],
            Self::Revoke { device, .. } | Self::Leave { device } => {
                vec![(Place::Office(*device), Out), (Place::Admins(*device), Out)]
            }
            Self::AddAdmin { device } => vec![(Place::Admins(*device), In)],
            Self::RemoveAdmin { device } => vec![(Place::Admins(*device), Out)],
        }
    }
}

/// Where a device can be in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Office(Device),
    Group(Group, Device),
    Admins(Device),
    Thawed(Device),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    In,
    Out,
}
