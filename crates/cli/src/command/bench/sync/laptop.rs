//! The laptops of the office that exchanges.

use std::path::{Path, PathBuf};

use app::demo::{self, PASSPHRASE, Wish};
use app::hub::{Conversation, talk, unreachable};
use app::session::view::RequestDevice;
use app::session::{self, Cost, Rules};
use app::{App, AppError, Environment as _, ErrorCode, Result, System, floor, ops};
use link::HttpCarrier;
use serde_json::{Value, json};

use super::hub::Hub;
use crate::command::bench::work::answer;

/// A laptop whose store is open.
#[derive(Debug)]
pub(super) struct Laptop {
    app: App,
    dir: PathBuf,
}

/// A round of a household.
#[derive(Clone, Debug)]
pub(super) struct Round {
    household: String,
    pub(super) round: String,
}

const ITEMS: [&str; 4] = ["health_need", "home_need", "money_need", "work_need"];
const ANSWERS: [&str; 4] = ["none", "trouble", "urgent", "concern"];
const TEXTS: [&str; 4] = [
    "訪問。玄関先で30分ほどお話を伺った。先週より食欲が戻り、夜も眠れているとのこと。次回は通院の付き添いについて相談する。",
    "電話。家賃の督促状が届いたと相談あり。家計相談の窓口へ同行することにし、通帳と明細を用意していただくようお願いした。",
    "来所。長男の学校との面談の結果を伺う。登校は週2日から始め、担任が毎朝電話を入れることで合意したとのこと。",
    "会議。地域包括と民生委員が出席。見守りの間隔を週1回とし、配食サービスの利用を勧めることで一致した。",
];

impl Laptop {
    /// The laptop of whoever founded the office.
    pub(super) fn found(folder: &Path, households: u32) -> Result<Self> {
        let dir = folder.join("author");
        let wish = Wish {
            households,
            seed: 1,
        };
        demo::make(&dir, &wish, System.now())?.lock()?;
        let app = match session::unlock(&dir, PASSPHRASE, Box::new(System))? {
            session::Unlocked::Open(app) => *app,
            session::Unlocked::Waiting(_) => return Err(ErrorCode::Waiting.into()),
        };
        Ok(Self { app, dir })
    }

    /// Another laptop of the office.
    pub(super) fn enrol(&mut self, folder: &Path, number: u32) -> Result<Self> {
        let dir = folder.join(format!("laptop-{number}"));
        let worker = RequestDevice {
            worker: format!("例示 {number}"),
            passphrase: PASSPHRASE.to_owned(),
        };
        let (mut waiting, request, _) =
            session::request(&dir, &worker, Cost::Floor, Rules::Waived, Box::new(System))?;
        waiting.accept(&self.app.approve(&request, "worker", None)?)?;
        let mut app = waiting.open(Box::new(System))?;
        app.confirm_office()?;
        Ok(Self { app, dir })
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Joins the hub for the office, and gives it everything.
    pub(super) fn join(&mut self, hub: &Hub) -> Result<()> {
        let code = hub.invite()?;
        let conversation = Conversation::join(&mut self.app, &hub.url, &code)?;
        self.talk(conversation)
    }

    /// Exchanges with the hub.
    pub(super) fn sync(&mut self, hub: &Hub) -> Result<()> {
        loop {
            let conversation = Conversation::sync(&mut self.app, Some(&hub.url))?;
            match self.talk(conversation) {
                Err(error) if error.code == ErrorCode::HubBusy => hub.wait(),
                done => return done,
            }
        }
    }

    fn talk(&mut self, conversation: Conversation) -> Result<()> {
        let mut carrier = HttpCarrier::new(conversation.url(), None).map_err(unreachable)?;
        let (view, _) = talk(&mut self.app, conversation, &mut carrier)?;
        // What is measured is an exchange that went well, and nothing else.
        if view.refused.is_empty() && view.left_out.is_empty() && view.held == 0 {
            Ok(())
        } else {
            Err(ErrorCode::HubFaulty.into())
        }
    }

    /// The newest rounds of so many households.
    pub(super) fn places(&mut self, count: u32) -> Result<Vec<Round>> {
        let mut places = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let wish = json!({ "limit": 500, "cursor": cursor });
            let page = ops::call(&mut self.app, "household.list", wish)?.value;
            let items = page.get("items").and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                let Some(id) = item.get("id").and_then(Value::as_str) else {
                    continue;
                };
                let page = ops::call(&mut self.app, "household.get", json!({ "id": id }))?.value;
                if let Some(round) = page.pointer("/rounds/0/id").and_then(Value::as_str) {
                    places.push(Round {
                        household: id.to_owned(),
                        round: round.to_owned(),
                    });
                }
                if places.len() >= usize::try_from(count).unwrap_or(usize::MAX) {
                    return Ok(places);
                }
            }
            cursor = page.get("cursor").cloned().unwrap_or_default();
            if cursor.is_null() {
                return Ok(places);
            }
        }
    }

    /// Writes so many notes into the first households, and gives their ids.
    pub(super) fn write_notes(&mut self, count: u32, time: u32) -> Result<Vec<String>> {
        let places = self.places(count)?;
        let texts = TEXTS.iter().cycle().skip(time as usize);
        let mut ids = Vec::new();
        for ((place, text), number) in places.iter().cycle().zip(texts).zip(0..count) {
            let note = json!({
                "householdId": place.household,
                "method": "visit",
                "text": format!("{text}（{time}-{number}）"),
            });
            let note = ops::call(&mut self.app, "note.create", note)?.value;
            let id = note.get("id").and_then(Value::as_str);
            ids.push(
                id.ok_or_else(|| AppError::new(ErrorCode::Internal))?
                    .to_owned(),
            );
        }
        Ok(ids)
    }

    /// Answers one question anew in each of these rounds.
    pub(super) fn answer(&mut self, places: &[Round], time: u32) -> Result<()> {
        let (item, value) = (time as usize / ANSWERS.len(), time as usize);
        let item = ITEMS.get(item % ITEMS.len()).copied().unwrap_or_default();
        let value = ANSWERS
            .get(value % ANSWERS.len())
            .copied()
            .unwrap_or_default();
        for place in places {
            ops::call(
                &mut self.app,
                "assessment.answer",
                answer(&place.round, item, value),
            )?;
        }
        Ok(())
    }

    /// How many documents there are.
    pub(super) fn count(&self) -> Result<usize> {
        Ok(floor::documents(&self.app, None)?.len())
    }

    /// How large its folder is.
    pub(super) fn bytes(&self) -> Result<u64> {
        size(&self.dir)
    }

    pub(super) fn lock(self) -> Result<()> {
        self.app.lock()
    }
}

/// How large the files of a folder are.
pub(super) fn size(dir: &Path) -> Result<u64> {
    let failed = |error: std::io::Error| AppError::new(ErrorCode::FileFailed).because(error);
    let mut sum = 0;
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let found = entry.metadata().map_err(failed)?;
        sum += if found.is_dir() {
            size(&entry.path())?
        } else {
            found.len()
        };
    }
    Ok(sum)
}
