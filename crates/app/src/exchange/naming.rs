//! Names that change: the office's after a reorganisation, a worker's own (改姓). What was written before shows the name of
//! today, as all that shows names does.

use record::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use super::teams::clear_name;
use crate::App;
use crate::audit::Deed;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::FIELDS;
use crate::facts::settings::WORKERS;
use crate::trust::{self, state};
use crate::write::put;

/// Changes a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct ChangeName {
    /// `office`, or `worker`: whoever works with this device.
    pub of: String,
    /// The new name.
    pub name: String,
}

impl App {
    /// Changes the office's name, which an administrator may, or the name of whoever works with this device.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`]; [`ErrorCode::InvalidValue`] for the name, or when it is of neither.
    pub fn change_name(&mut self, request: &ChangeName) -> Result<Vec<String>> {
        self.must_be_compared()?;
        let name = clear_name(request.name.clone())?;
        let (mut office, mut worker) = self.store.read(|reader| {
            let office = trust::read_office(reader)?.ok_or(ErrorCode::Waiting)?;
            Ok::<_, AppError>((office, trust::read_worker(reader)?))
        })?;
        let (edit, key, kept) = match request.of.as_str() {
            "office" => {
                self.must_be_admin()?;
                office.name.clone_from(&name);
                let kept = serde_json::to_vec(&office)?;
                (put(FIELDS, "officeName", json!(name)), state::OFFICE, kept)
            }
            "worker" => {
                worker.name.clone_from(&name);
                let edit = put(WORKERS, format!("{}/name", worker.id), json!(name));
                (edit, state::WORKER, serde_json::to_vec(&worker)?)
            }
            _ => return Err(AppError::new(ErrorCode::InvalidValue).with("field", "of")),
        };
        let settings = self.identity.settings;
        let (_, mut touched) = self.apply_noted("name.change", |w| {
            w.edit(&settings, Kind::Settings, None, &[edit])?;
            // Nobody undoes by a key how the office or somebody is called.
            w.steps.clear();
            w.tx.put_device_state(key, &kept)?;
            Ok(((), Some(Deed::of(wire::audit::Act::Device, "rename"))))
        })?;
        touched.extend(["status", "devices"].map(str::to_owned));
        Ok(touched)
    }
}
