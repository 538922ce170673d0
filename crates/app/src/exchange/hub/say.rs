//! What this device tells a hub before any record: the directory and the boxes of its teams' keys.

use std::collections::VecDeque;

use wire::hub::Notices;
use wire::ids::{Device, Group, Lane};

use super::operations;
use crate::App;
use crate::error::{AppError, Result};
use crate::trust;

impl App {
    fn own_groups(&self) -> Vec<Group> {
        let office = self.trust.directory.state();
        let own = Device::new(self.identity.device);
        office
            .groups
            .keys()
            .copied()
            .filter(|group| office.is_member(own, *group))
            .collect()
    }

    /// The lanes that this device reads: its groups', and the organisation's.
    pub(in crate::exchange) fn lanes_of_own_groups(&self) -> VecDeque<Lane> {
        let groups = self.own_groups().into_iter().map(Group::lane);
        groups.chain([Lane::ORG]).collect()
    }

    pub(super) fn news(&mut self) -> Result<Notices> {
        let boxes = self.store.read(|reader| {
            let mut boxes = Vec::new();
            // Of teams that this device is in, and of those that it only handed the key of out.
            for team in reader.vaults_of_class("team")? {
                let group = Group::new(team.vault);
                boxes.extend(trust::boxes_in_front(reader, group)?);
            }
            Ok::<_, AppError>(boxes)
        })?;
        Ok(Notices {
            directory: operations(self),
            boxes,
            heads: vec![self.trust.directory.heads().clone()],
        })
    }
}
