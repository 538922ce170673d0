//! `team`: parts of the office whose cases nobody outside reads (チーム).

use app::Result;
use app::teams::{TeamAct, TeamList, TeamView};

use super::with_app;
use crate::arguments::TeamCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: TeamCommand) -> Result<()> {
    let request = match command {
        TeamCommand::List => {
            let view = with_app(rim, |app| app.teams())?;
            return rim.say(&view, listed);
        }
        TeamCommand::Create { name } => act("create", None, Some(name), None),
        TeamCommand::Rename { team, name } => act("rename", Some(team), Some(name), None),
        TeamCommand::Add { team, device } => act("add", Some(team), None, Some(device)),
        TeamCommand::Remove { team, device } => act("remove", Some(team), None, Some(device)),
    };
    let view = with_app(rim, |app| app.team_act(&request))?.0;
    rim.say(&view, listed)
}

fn act(act: &str, team: Option<String>, name: Option<String>, device: Option<String>) -> TeamAct {
    TeamAct {
        act: act.to_owned(),
        team,
        name,
        device,
    }
}

fn listed(view: &TeamList) -> String {
    let line = |team: &TeamView| {
        let mark = if team.own { "*" } else { " " };
        let devices: String = team.devices.iter().map(|it| format!("\t{it}\n")).collect();
        format!("{mark} {}\t{}\n{devices}", team.id, team.name)
    };
    view.items.iter().map(line).collect()
}
