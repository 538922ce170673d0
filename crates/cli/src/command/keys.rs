//! `keys`: when keys were renewed, and the sweep that renews them at once (鍵の年次更新).

use app::keys::{DeviceKeysView, KeysView, TeamKeysView};
use app::{Lang, Result};

use super::with_app;
use crate::arguments::KeysCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: KeysCommand) -> Result<()> {
    let view = match command {
        KeysCommand::State => with_app(rim, |app| app.keys_state())?,
        KeysCommand::Sweep => with_app(rim, |app| app.keys_sweep())?.0,
    };
    rim.say(&view, |view| listed(rim.lang, view))
}

fn listed(lang: Lang, view: &KeysView) -> String {
    let said = |ja: &'static str, en: &'static str| match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    let late = |overdue: bool| {
        if overdue {
            said("\t更新が遅れています", "\toverdue")
        } else {
            ""
        }
    };
    let device = |it: &DeviceKeysView| {
        let mark = if it.own { "*" } else { " " };
        let (device, name, renewed, since) = (&it.device, &it.name, it.renewed, &it.since);
        let late = late(it.overdue);
        format!("{mark} {device}\t{name}\t{renewed}\t{since}{late}\n")
    };
    let team = |it: &TeamKeysView| {
        let name = if it.name.is_empty() {
            said("事務所全体", "the whole office")
        } else {
            &it.name
        };
        let (generation, kept, since) = (it.generation, it.kept, &it.since);
        let late = late(it.overdue);
        format!("{name}\t{generation}\t{kept}\t{since}{late}\n")
    };
    let mut text = said(
        "端末\t名前\t更新の回数\t今の鍵を見た日時\n",
        "device\tname\trenewals\tpresent key seen\n",
    )
    .to_owned();
    text.extend(view.devices.iter().map(device));
    text += said(
        "チーム\t世代\t残している世代の数\t今の鍵を見た日時\n",
        "team\tgeneration\tgenerations kept\tpresent key seen\n",
    );
    text.extend(view.teams.iter().map(team));
    if view.given_up > 0 {
        text += &match lang {
            Lang::Ja => format!("前の世代の鍵を{}個、消しました。\n", view.given_up),
            Lang::En => format!(
                "{} keys of earlier generations were destroyed.\n",
                view.given_up
            ),
        };
    }
    if view.escrow_old {
        text += said(
            "預かり鍵が1年たちました。新しい預かり鍵を作ってください: marugoto escrow make\n",
            "The escrow key is a year old. Make a new one: marugoto escrow make\n",
        );
    }
    text
}
