//! Teams (チーム): an administrator opens one, and puts devices in and out.
//!
//! # Invariants
//!
//! - **All at once**: the operations, the key with its boxes, and the name are one transaction.
//! - **Whoever opens a team is in it** until taken out: somebody has to hold its key.
//! - **Taking out is for what comes.** Whoever goes keeps what was here; a member makes a new key before anything more is
//!   sealed.

use std::collections::BTreeSet;

use crypto::SecretKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;
use wire::directory::{Act, Directory, Member, Op};
use wire::ids::{Device, Group};

use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::found::write_team;
use crate::facts::said::hex;
use crate::ops::value::{Room, filled};
use crate::team;
use crate::trust::{self, Trust};
use crate::write::Write;

/// The teams of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TeamList {
    /// By name.
    pub items: Vec<TeamView>,
    /// What stands for the whole office, where a team is chosen.
    pub office: String,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TeamView {
    /// Its id.
    pub id: String,
    /// Its name; empty until the office's settings have arrived.
    pub name: String,
    /// The pseudonyms of the devices in it.
    pub devices: Vec<String>,
    /// Whether this device is in it.
    pub own: bool,
    /// Whether its key is here. Without it, what belongs to the team cannot be read yet.
    pub readable: bool,
}

/// Does something about a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct TeamAct {
    /// `create`, `rename`, `add`, or `remove`.
    pub act: String,
    /// The team; not for `create`.
    pub team: Option<String>,
    /// The name; for `create` and `rename`.
    pub name: Option<String>,
    /// The device; for `add` and `remove`.
    pub device: Option<String>,
}

type Touched = Vec<String>;

/// The fields of a request that are wanted for an act.
fn wanted<T>(value: Option<T>, field: &'static str) -> Result<T> {
    value.ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", field))
}

impl App {
    /// The teams of the office, and who is in which.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn teams(&mut self) -> Result<TeamList> {
        let office = self.trust.directory.state();
        let own = Device::new(self.identity.device);
        let mut items = self.store.read(|reader| {
            let groups = office.groups.keys().copied();
            let teams = groups.filter(|group| *group != self.trust.office);
            let view = |group: Group| {
                let team = team::named(&self.names, group);
                Ok::<_, AppError>(TeamView {
                    id: team.id,
                    name: team.name,
                    devices: office.members(group).map(|it| it.to_string()).collect(),
                    own: office.is_member(own, group),
                    readable: !reader.vault_keys(group.vault().as_bytes())?.is_empty(),
                })
            };
            teams.map(view).collect::<Result<Vec<_>>>()
        })?;
        items.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let office = hex(&self.identity.office_vault);
        Ok(TeamList { items, office })
    }

    /// Does what was asked about a team, and gives the list as it is then.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::UnknownDevice`]; [`ErrorCode::InvalidValue`] when there is no such act or
    /// team, or something that it needs is missing. Nothing has changed then.
    pub fn team_act(&mut self, request: &TeamAct) -> Result<(TeamList, Touched)> {
        let touched = match request.act.as_str() {
            "create" => self.open_team(wanted(request.name.clone(), "name")?)?,
            "rename" => {
                let group = self.team_here(request)?;
                self.rename_team(group, wanted(request.name.clone(), "name")?)?
            }
            "add" => self.put_into_team(self.team_here(request)?, self.device_named(request)?)?,
            "remove" => {
                self.take_out_of_team(self.team_here(request)?, self.device_named(request)?)?
            }
            _ => return Err(AppError::new(ErrorCode::InvalidValue).with("field", "act")),
        };
        self.log(&Deed::of(wire::audit::Act::Device, "team"))?;
        Ok((self.teams()?, touched))
    }

    /// The team that a request names. The office itself is none: everybody is in it.
    fn team_here(&self, request: &TeamAct) -> Result<Group> {
        let group = team::parse(&wanted(request.team.clone(), "team")?)?;
        let known = self.trust.directory.state().groups.contains_key(&group);
        (known && group != self.trust.office)
            .then_some(group)
            .ok_or_else(|| AppError::new(ErrorCode::InvalidValue).with("field", "team"))
    }

    fn device_named(&self, request: &TeamAct) -> Result<Device> {
        let text = wanted(request.device.as_deref(), "device")?;
        let device = crate::session::device_id(text).map(Device::new);
        let device = device.filter(|it| self.trust.directory.state().is_active(*it));
        device.ok_or_else(|| ErrorCode::UnknownDevice.into())
    }

    fn open_team(&mut self, name: String) -> Result<Touched> {
        let name = json!(clear_name(name)?);
        let own = Device::new(self.identity.device);
        let mut bytes = [0; 16];
        self.environment.fill(&mut bytes);
        let group = Group::new(bytes);
        let acts = [
            Act::GroupCreate { group },
            Act::GroupAdd { group, device: own },
        ];
        self.sign(&acts, |w, _| {
            trust::put_team_vault(w.tx, group, &SecretKey::make())?;
            trust::put_wrap(w.tx, group, &SecretKey::make())?;
            write_team(w, &hex(group.vault().as_bytes()), &name)
        })
    }

    fn rename_team(&mut self, group: Group, name: String) -> Result<Touched> {
        let name = json!(clear_name(name)?);
        self.must_be_admin()?;
        let (_, touched) = self.apply("team.rename", |w| {
            write_team(w, &hex(group.vault().as_bytes()), &name)
        })?;
        Ok(touched)
    }

    fn put_into_team(&mut self, group: Group, device: Device) -> Result<Touched> {
        let office = self.trust.directory.state();
        if office.is_member(device, group) {
            return Ok(Vec::new());
        }
        let kem = office
            .devices
            .get(&device)
            .map(Member::kem)
            .ok_or(ErrorCode::UnknownDevice)?;
        self.sign(&[Act::GroupAdd { group, device }], |w, directory| {
            // Where this device does not hold the team's key, a member makes the box once it knows.
            if w.tx.vault_keys(group.vault().as_bytes())?.is_empty() {
                return Ok(());
            }
            for keybox in
                trust::boxes_for_newcomer(w.tx, w.identity, directory, group, (device, kem))?
            {
                trust::put_keybox(w.tx, &keybox)?;
            }
            Ok(())
        })
    }

    fn take_out_of_team(&mut self, group: Group, device: Device) -> Result<Touched> {
        let office = self.trust.directory.state();
        let staying: BTreeSet<Device> = office
            .members(group)
            .filter(|member| *member != device)
            .collect();
        if staying.len() == office.members(group).count() {
            return Ok(Vec::new());
        }
        if staying.is_empty() {
            // Nobody would be left who could read what belongs to it.
            return Err(ErrorCode::LastOfTeam.into());
        }
        self.sign(&[Act::GroupRemove { group, device }], |_, _| Ok(()))
    }

    pub(super) fn must_be_admin(&self) -> Result<()> {
        let own = Device::new(self.identity.device);
        let admin = self.trust.directory.state().is_admin(own);
        admin
            .then_some(())
            .ok_or_else(|| ErrorCode::NotAdmin.into())
    }

    /// Signs acts one after the other, and keeps them with what `also` writes in view of the directory as it is then.
    fn sign(
        &mut self,
        acts: &[Act],
        also: impl FnOnce(&mut Write<'_, '_>, &Directory) -> Result<()>,
    ) -> Result<Touched> {
        self.must_be_admin()?;
        let author = Device::new(self.identity.device);
        let mut directory = self.store.read(Trust::read)?.directory;
        let mut ops: Vec<Op> = Vec::new();
        for act in acts {
            let op = directory
                .write(act, (author, &self.identity.sign), None)
                .map_err(|error| AppError::new(ErrorCode::Internal).because(error))?;
            ops.push(op);
        }
        let (_, touched) = self.apply("team.act", |w| {
            for op in &ops {
                w.tx.put_directory_op(op.id().as_bytes(), &op.to_bytes())?;
            }
            for tag in ["devices", "status", "households"] {
                w.touch(tag);
            }
            also(w, &directory)
        })?;
        self.trust.directory = directory;
        Ok(touched)
    }
}

/// A name that people can tell apart from nothing.
pub(super) fn clear_name(name: String) -> Result<String> {
    let name = filled("name", Some(name.trim().to_owned()), Room::Name)?;
    wanted(name.filter(|it| !it.is_empty()), "name")
}
