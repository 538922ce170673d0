//! What the office's settings say: its name, and who works with which device.

use std::collections::BTreeMap;

use record::View;
use serde::{Deserialize, Serialize};

use super::said;

/// The map of workers, devices and teams: `<device>/worker`, `<worker>/name` and `<team>/team`.
pub(crate) const WORKERS: &str = "workers";

/// What stands in front of all that is said of second signatures in the map of workers; see [`crate::exchange::cosign`].
pub(crate) const COSIGN: &str = "cosign/";

/// A worker as one device shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkerFacts {
    pub(crate) worker: String,
    pub(crate) name: String,
    pub(crate) role: Option<String>,
}

/// The office's settings, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SettingsFacts {
    pub(crate) office_name: Option<String>,
    /// By the device's pseudonym, 16 bytes in hexadecimal.
    pub(crate) devices: BTreeMap<String, WorkerFacts>,
    /// Names of teams, by the id of the group.
    #[serde(default)]
    pub(crate) teams: BTreeMap<String, String>,
    /// Keys and values about second signatures; each of several values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cosign: Vec<(String, String)>,
}

impl SettingsFacts {
    pub(crate) fn read(view: &View) -> Self {
        let mut worker_of: BTreeMap<String, String> = BTreeMap::new();
        let mut name_of: BTreeMap<String, String> = BTreeMap::new();
        let mut teams: BTreeMap<String, String> = BTreeMap::new();
        let mut role_of: BTreeMap<String, String> = BTreeMap::new();
        let mut cosign = Vec::new();
        for (key, held) in view.entries(WORKERS) {
            if key.starts_with(COSIGN) {
                let values = said::distinct(held).into_iter();
                let texts = values.filter_map(|it| it.value.as_str().map(str::to_owned));
                cosign.extend(texts.map(|text| (key.clone(), text)));
                continue;
            }
            let Some(text) = said::distinct(held)
                .into_iter()
                .next()
                .and_then(|s| s.value.as_str().map(str::to_owned))
            else {
                continue;
            };
            match key.split_once('/') {
                Some((device, "worker")) => worker_of.insert(device.to_owned(), text),
                Some((worker, "name")) => name_of.insert(worker.to_owned(), text),
                Some((worker, "role")) => role_of.insert(worker.to_owned(), text),
                Some((team, "team")) => teams.insert(team.to_owned(), text),
                _ => None,
            };
        }
        let devices = worker_of
            .into_iter()
            .map(|(device, worker)| {
                let name = name_of.get(&worker).cloned().unwrap_or_default();
                let role = role_of.get(&worker).cloned();
                (device, WorkerFacts { worker, name, role })
            })
            .collect();
        Self {
            office_name: said::string(view, "officeName"),
            devices,
            teams,
            cosign,
        }
    }
}
