//! Who stands behind a device: names are put on when a view is made, never stored in a projection.

use std::collections::HashMap;

use store::Reader;
use store::table::projection::Order;

use crate::error::Result;
use crate::facts::settings::SettingsFacts;
use crate::view::AuthorView;

/// Workers by device.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// By the first 8 bytes of the device's pseudonym, hexadecimal.
    by_device: HashMap<String, AuthorView>,
    by_worker: HashMap<String, AuthorView>,
    teams: HashMap<String, String>,
}

impl Names {
    /// Reads the office's settings.
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self> {
        let mut names = Self::default();
        for row in reader.projections("settings", None, Order::Ascending, None, 10)? {
            let facts: SettingsFacts = serde_json::from_str(&row.view)?;
            names.teams.extend(facts.teams);
            for (device, worker) in facts.devices {
                let author = AuthorView {
                    id: worker.worker.clone(),
                    name: worker.name,
                };
                names.by_worker.insert(worker.worker, author.clone());
                names
                    .by_device
                    .insert(device.chars().take(16).collect(), author);
            }
        }
        Ok(names)
    }

    /// The worker behind a device's pseudonym (8 or 16 bytes, hexadecimal).
    pub(crate) fn author(&self, device: &str) -> AuthorView {
        let short: String = device.chars().take(16).collect();
        self.by_device.get(&short).cloned().unwrap_or(AuthorView {
            id: short,
            name: String::new(),
        })
    }

    /// The name of a team; empty until it has arrived.
    pub(crate) fn team(&self, id: &str) -> String {
        self.teams.get(id).cloned().unwrap_or_default()
    }

    /// A worker by id.
    pub(crate) fn worker(&self, id: &str) -> AuthorView {
        self.by_worker.get(id).cloned().unwrap_or(AuthorView {
            id: id.to_owned(),
            name: String::new(),
        })
    }
}
