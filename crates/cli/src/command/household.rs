//! `household`: what is done with a whole case (世帯).

use app::{Result, ops};
use serde_json::{Value, json};

use super::with_app;
use crate::arguments::HouseholdCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: HouseholdCommand) -> Result<()> {
    let HouseholdCommand::MoveTeam { id, team, reason } = command;
    let asked = json!({ "id": id, "team": team, "reason": reason });
    let view = with_app(rim, |app| ops::call(app, "household.moveTeam", asked))?.value;
    rim.say(&view, moved)
}

fn moved(view: &Value) -> String {
    let text = |pointer: &str| view.pointer(pointer).and_then(Value::as_str);
    let name = text("/name").unwrap_or_default();
    let team = text("/team/name").unwrap_or_default();
    let id = text("/id").unwrap_or_default();
    format!("{id}\t{name}\t{team}\n")
}
