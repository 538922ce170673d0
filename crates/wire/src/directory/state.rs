//! Who is in the office, in which groups, with which rights: what a set of directory operations amounts to.

use std::collections::{BTreeMap, BTreeSet};

use super::act::{Act, CutAt, DeviceKeys, Effect, Place, Role, paper_device};
use super::op::Op;
use crate::ids::{Device, Group, Hash, Lane, Vault};

/// The office as a set of operations leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The first group.
    pub office: Group,
    /// Every device that was ever taken in.
    pub devices: BTreeMap<Device, Member>,
    /// The groups; see [`State::members`] for who counts.
    pub groups: BTreeMap<Group, BTreeSet<Device>>,
    /// Who may sign for the directory, the paper key among them.
    pub admins: BTreeMap<Device, Admin>,
    /// The rules of the office.
    pub policy: BTreeMap<String, Vec<u8>>,
    /// Records that count although their author is cut off.
    pub adopted: BTreeSet<Hash>,
    /// What is to be erased, by the operation that says so; those that were taken back among them.
    pub erasures: BTreeMap<Hash, Erasure>,
    /// The office's escrow, where there is one.
    pub escrow: Option<Escrow>,
    /// The devices that are to destroy the keys of their stores.
    pub wiped: BTreeSet<Device>,
    /// Operations without effect until another admin confirms them.
    pub void: BTreeSet<Hash>,
    /// Operations of a newer version.
    pub unknown: BTreeSet<Hash>,
    /// Whether one of those says that older programs must not write.
    pub needs_newer: bool,
}

/// An erasure that two signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The name of the sealed order.
    pub order: Hash,
    /// The digest over the records.
    pub records: Hash,
    /// Whether an admin took it back.
    pub cancelled: bool,
}

/// The escrow in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escrow {
    /// The public half of the key that laptops seal the keys of their stores to.
    pub kem: [u8; 32],
    /// That of the key with which it signs; nothing for one of an earlier version, which has no seat.
    pub sign: Option<[u8; 32]>,
}

impl Escrow {
    /// Its keys as those of a device, where it has a seat.
    #[must_use]
    pub fn seat(&self) -> Option<DeviceKeys> {
        let kem = self.kem;
        self.sign.map(|sign| DeviceKeys { sign, kem })
    }
}

/// A key that a device receives with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiving {
    /// Its public half.
    pub public: [u8; 32],
    /// The operation that renewed it; none for the one with which the device came in.
    pub since: Option<Hash>,
}

/// A device of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its public keys as it came in: its name is made of them.
    pub keys: DeviceKeys,
    /// The keys that it received with, in the order in which it renewed them. Of the last two it has the private half.
    pub received: Vec<Receiving>,
    /// What its user does.
    pub roles: BTreeSet<Role>,
    /// Whether it is frozen.
    pub frozen: bool,
    /// Whether it is in, has left or was shut out.
    pub standing: Standing,
}

/// How a device stands to the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in.
    Active,
    /// It has left; what it wrote before it knew counts.
    Left,
    /// It was shut out; of a lane and an incarnation that are not named nothing counts.
    Revoked {
        /// The last record that counts, by lane and incarnation.
        cut: BTreeMap<(Lane, u32), CutAt>,
    },
}

/// A signer for the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Its public signing key.
    pub sign: [u8; 32],
    /// Whether it is the key on the recovery sheet.
    pub paper: bool,
    /// Whether it signed two operations for one place, and is suspended for it.
    pub suspended: bool,
}

impl Member {
    fn of(keys: DeviceKeys, roles: BTreeSet<Role>, standing: Standing) -> Self {
        let first = Receiving {
            public: keys.kem,
            since: None,
        };
        Self {
            keys,
            received: vec![first],
            roles,
            frozen: false,
            standing,
        }
    }

    /// The key that it receives with now.
    #[must_use]
    pub fn kem(&self) -> [u8; 32] {
        self.received
            .last()
            .map_or(self.keys.kem, |newest| newest.public)
    }

    /// Whether the device still opens what is sealed to this key: it is the present one, or the one before.
    #[must_use]
    pub fn receives(&self, kem: &[u8; 32]) -> bool {
        self.received
            .iter()
            .rev()
            .take(2)
            .any(|key| key.public == *kem)
    }
}

impl State {
    /// The team to which a vault belongs, as its own or as that of its wrapping keys.
    #[must_use]
    pub fn team_of(&self, vault: Vault) -> Option<Group> {
        let own = Group::new(*vault.as_bytes());
        if self.groups.contains_key(&own) {
            return Some(own);
        }
        self.groups
            .keys()
            .copied()
            .find(|group| group.wraps() == vault)
    }

    /// The devices of a group that are in.
    pub fn members(&self, group: Group) -> impl Iterator<Item = Device> {
        self.groups
            .get(&group)
            .into_iter()
            .flatten()
            .copied()
            .filter(|device| self.is_active(*device))
    }

    /// Whether a device is in the group, and in.
    #[must_use]
    pub fn is_member(&self, device: Device, group: Group) -> bool {
        self.is_active(device)
            && self
                .groups
                .get(&group)
                .is_some_and(|members| members.contains(&device))
    }

    /// Whether the device is in, frozen or not.
    #[must_use]
    pub fn is_active(&self, device: Device) -> bool {
        self.devices
            .get(&device)
            .is_some_and(|member| member.standing == Standing::Active)
    }

    /// Whether the device or paper key may sign for the directory now.
    #[must_use]
    pub fn is_admin(&self, device: Device) -> bool {
        self.admins
            .get(&device)
            .is_some_and(|admin| !admin.suspended && (admin.paper || self.is_active(device)))
    }

    /// Whether the device has the role.
    #[must_use]
    pub fn has_role(&self, device: Device, role: Role) -> bool {
        self.devices
            .get(&device)
            .is_some_and(|member| member.roles.contains(&role))
    }

    /// Whether any of the device's roles writes records.
    #[must_use]
    pub fn writes(&self, device: Device) -> bool {
        self.is_active(device)
            && self
                .devices
                .get(&device)
                .is_some_and(|member| member.roles.iter().any(|role| role.writes()))
    }

    /// The key with which a device, or the paper key, signs.
    #[must_use]
    pub fn sign_key(&self, device: Device) -> Option<[u8; 32]> {
        let member = self.devices.get(&device).map(|member| member.keys.sign);
        member.or_else(|| self.admins.get(&device).map(|admin| admin.sign))
    }

    /// The keys of the escrow in force, where this is its name.
    #[must_use]
    pub fn escrow_seat(&self, name: Device) -> Option<DeviceKeys> {
        let seat = self.escrow.and_then(|escrow| escrow.seat());
        seat.filter(|keys| keys.device() == name)
    }

    /// The state after the first operation.
    pub(super) fn founded(
        device: DeviceKeys,
        roles: BTreeSet<Role>,
        paper: [u8; 32],
        office: Group,
    ) -> Self {
        let first = Admin {
            sign: device.sign,
            paper: false,
            suspended: false,
        };
        let second = Admin {
            sign: paper,
            paper: true,
            suspended: false,
        };
        let member = Member::of(device, roles, Standing::Active);
        Self {
            office,
            devices: [(device.device(), member)].into(),
            groups: [(office, [device.device()].into())].into(),
            admins: [(device.device(), first), (paper_device(&paper), second)].into(),
            policy: BTreeMap::new(),
            adopted: BTreeSet::new(),
            erasures: BTreeMap::new(),
            escrow: None,
            wiped: BTreeSet::new(),
            void: BTreeSet::new(),
            unknown: BTreeSet::new(),
            needs_newer: false,
        }
    }

    /// Lets one operation take effect. `beaten` says where a concurrent removal stands against putting in.
    pub(super) fn apply(&mut self, op: &Op, beaten: &dyn Fn(Place) -> bool) {
        match op.act() {
            Act::Enrol { device, roles, .. } => {
                let left = beaten(Place::Office(device.device()));
                let standing = if left {
                    Standing::Left
                } else {
                    Standing::Active
                };
                let fresh = Member::of(*device, roles.clone(), standing);
                let member = self.devices.entry(device.device()).or_insert(fresh);
                member.roles.clone_from(roles);
                if !left && member.standing == Standing::Left {
                    member.standing = Standing::Active;
                }
            }
            Act::GroupCreate { group } => {
                self.groups.entry(*group).or_default();
            }
            Act::Revoke { device, cut } => self.revoke(*device, cut),
            Act::Leave { device } => {
                self.groups.values_mut().for_each(|members| {
                    members.remove(device);
                });
                if let Some(member) = self.devices.get_mut(device)
                    && member.standing == Standing::Active
                {
                    member.standing = Standing::Left;
                }
            }
            Act::Adopt { records } => self.adopted.extend(records),
            Act::Erase { order, records } => {
                self.erasures.insert(
                    op.id(),
                    Erasure {
                        order: *order,
                        records: *records,
                        cancelled: false,
                    },
                );
            }
            Act::CancelErase { op } => {
                if let Some(erasure) = self.erasures.get_mut(op) {
                    erasure.cancelled = true;
                }
            }
            Act::Escrow { public } => {
                self.escrow = Some(Escrow {
                    kem: *public,
                    sign: None,
                });
            }
            Act::EscrowSeat { keys, .. } => {
                self.escrow = Some(Escrow {
                    kem: keys.kem,
                    sign: Some(keys.sign),
                });
            }
            Act::Wipe { device } => {
                self.wiped.insert(*device);
            }
            Act::Policy { name, value } => {
                self.policy.insert(name.clone(), value.0.clone());
            }
            Act::Roles { device, roles } => {
                if let Some(member) = self.devices.get_mut(device) {
                    member.roles.clone_from(roles);
                }
            }
            Act::KemRenew { device, kem } => {
                if let Some(member) = self.devices.get_mut(device) {
                    member.received.push(Receiving {
                        public: *kem,
                        since: Some(op.id()),
                    });
                }
            }
            Act::Unknown { .. } => {
                self.unknown.insert(op.id());
                self.needs_newer |= op.is_critical();
            }
            Act::AddPaper { sign } => {
                self.admins.insert(
                    paper_device(sign),
                    Admin {
                        sign: *sign,
                        paper: true,
                        suspended: false,
                    },
                );
            }
            Act::Found { .. }
            | Act::GroupAdd { .. }
            | Act::GroupRemove { .. }
            | Act::Freeze { .. }
            | Act::Unfreeze { .. }
            | Act::AddAdmin { .. }
            | Act::RemoveAdmin { .. }
            | Act::Confirm { .. } => {}
        }
        for (place, effect) in op.act().places() {
            if effect == Effect::Out || !beaten(place) {
                self.put(place, effect);
            }
        }
    }

    fn put(&mut self, place: Place, effect: Effect) {
        let into = effect == Effect::In;
        match place {
            // Standing is kept by `apply`: leaving and being shut out differ.
            Place::Office(_) => {}
            Place::Group(group, device) if into => {
                self.groups.entry(group).or_default().insert(device);
            }
            Place::Group(group, device) => {
                if let Some(members) = self.groups.get_mut(&group) {
                    members.remove(&device);
                }
            }
            Place::Admins(device) if into => {
                if let Some(member) = self.devices.get(&device) {
                    let admin = Admin {
                        sign: member.keys.sign,
                        paper: false,
                        suspended: false,
                    };
                    self.admins.insert(device, admin);
                }
            }
            Place::Admins(device) => {
                self.admins.remove(&device);
            }
            Place::Thawed(device) => {
                if let Some(member) = self.devices.get_mut(&device) {
                    member.frozen = !into;
                }
            }
        }
    }

    /// Two revocations at the same time leave what both would have left.
    fn revoke(&mut self, device: Device, cut: &BTreeSet<CutAt>) {
        let Some(member) = self.devices.get_mut(&device) else {
            return;
        };
        let mut lines: BTreeMap<(Lane, u32), CutAt> = BTreeMap::new();
        // In ascending order, so that of two places in one line the earlier stays.
        cut.iter().rev().for_each(|at| {
            lines.insert((at.lane, at.incarnation), *at);
        });
        if let Standing::Revoked { cut: before } = &member.standing {
            lines.retain(|line, _| before.contains_key(line));
            for (line, at) in &mut lines {
                *at = before.get(line).copied().unwrap_or(*at).min(*at);
            }
        }
        member.standing = Standing::Revoked { cut: lines };
    }
}
