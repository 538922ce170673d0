//! From the names of commands to `app`: requests are read, views are written, nothing is decided here.

use std::path::{Path, PathBuf};

use app::hub::{Conversation, Step};
use app::ops::audit::ListAudit;
use app::reentry::{self, Reentry};
use app::session::program::Program as Desk;
use app::session::view::{
    ApproveDevice, AskCosign, ChangeName, DeviceAct, ExportBundle, FoundOffice, JoinHub,
    MakeEscrow, PassOut, ProposeErasure, RecoverySheet, RequestDevice, Secret,
};
use app::session::{self, Cost, Opener};
use app::teams::TeamAct;
use app::view::ById;
use app::{App, AppError, DocId, ErrorCode, Lang, System, ops};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sync::carrier::Reply;

/// A command's view, and what went stale.
type Answer = Result<(Value, Vec<String>), AppError>;

/// What the window holds.
pub(crate) struct Program {
    desk: Desk,
    /// The request that is being looked at, until it is approved or another one is opened.
    request: Option<Vec<u8>>,
    /// The same of a wish for cases of this office.
    wish: Option<Vec<u8>>,
    /// The file with cases of another office that is being looked at.
    passed: Option<PathBuf>,
}

/// Language and time to lock.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    lang: Option<Lang>,
    auto_lock_minutes: Option<u32>,
}

/// The change of a passphrase.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passphrases {
    old: String,
    new: String,
}

/// Why a restored store is opened that could be compared with nobody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    reason: String,
}

/// A recovery sheet to be kept as a text file.
#[derive(Deserialize)]
struct Sheet {
    sheet: RecoverySheet,
}

/// A device by its pseudonym.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    device: String,
}

/// An order of erasure, and the second signature.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignErasure {
    id: String,
    paper_admin_key: String,
}

/// Cases for whoever wrote the wish that is being looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PassTo {
    wish: String,
    households: Vec<DocId>,
    intakes: Vec<DocId>,
    restricted: Vec<DocId>,
    all: bool,
    reason: String,
    basis: String,
    paper_admin_key: String,
}

/// The file with cases that is being looked at, the team for them, and who reads what is restricted in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PassFrom {
    id: String,
    team: Option<String>,
    #[serde(default)]
    readers: Vec<String>,
}

/// What a colleague asks to sign, and whether it is signed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnswerCosign {
    id: String,
    sign: bool,
}

/// One act that a colleague was asked to sign; none stands for all.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WithdrawCosign {
    #[serde(default)]
    act: Option<String>,
}

/// For how long backups are kept, days, and the second signature.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BackupDays {
    days: u32,
    paper_admin_key: String,
}

/// An escrow key that was made, and the second signature.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignEscrow {
    set: String,
    paper_admin_key: String,
}

/// An escrow share, as it was typed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TypedShare {
    share: String,
}

/// Two escrow shares, and the passphrase that follows the forgotten one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TypedShares {
    shares: Vec<String>,
    new: String,
}

/// What opens a backup or a damaged store: a secret, or two escrow shares with the passphrase that follows.
#[derive(Deserialize)]
#[serde(untagged)]
enum Opening {
    Typed(Secret),
    Shares(TypedShares),
}

impl Opening {
    fn opener(&self, cost: Cost) -> Opener<'_> {
        match self {
            Self::Typed(Secret { secret }) => Opener::Typed(secret),
            Self::Shares(TypedShares { shares, new }) => Opener::Shares { shares, new, cost },
        }
    }
}

/// Two escrow shares, and the hub of their office.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enter {
    url: String,
    shares: Vec<String>,
}

/// An order of erasure.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByOrder {
    id: String,
}

/// The hub of the office, or the one at an address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sync {
    url: Option<String>,
}

impl Program {
    /// Looks at the store in `folder`, or at those of this PC below `root`.
    pub(crate) fn new(root: PathBuf, folder: Option<PathBuf>) -> Self {
        let cost = if std::env::var("MARUGOTO_KDF").is_ok_and(|word| word == "floor") {
            Cost::Floor
        } else {
            Cost::Measured
        };
        let desk = Desk::new(root, folder, cost, || Box::new(System));
        Self {
            desk,
            request: None,
            wish: None,
            passed: None,
        }
    }

    /// Opens みほん市.
    pub(crate) fn open_demo(&mut self) {
        // Where it cannot be opened the first screen says so when the person chooses it there.
        let _ = self.desk.demo();
    }

    /// Whether records are within reach.
    pub(crate) fn is_open(&mut self) -> bool {
        self.desk.app().is_ok()
    }

    /// Does one operation.
    pub(crate) fn operation(&mut self, name: &str, args: Value) -> Result<Value, Value> {
        let lang = self.desk.lang();
        self.desk
            .app()
            .and_then(|app| ops::call(app, name, args))
            .map(|applied| json!({ "value": applied.value, "touched": applied.touched }))
            .map_err(|error| refused(&error, lang))
    }

    /// Does one session command. A file that was chosen stands in `args` under `path`.
    pub(crate) fn command(
        &mut self,
        name: &str,
        args: Value,
    ) -> Result<(Value, Vec<String>), Value> {
        let lang = self.desk.lang();
        self.run(name, args).map_err(|error| refused(&error, lang))
    }

    /// Begins a talk with the hub.
    pub(crate) fn begin_talk(&mut self, name: &str, args: Value) -> Result<Conversation, Value> {
        let lang = self.desk.lang();
        let begin = || match name {
            "hub_join" => {
                let JoinHub { url, code } = read(args)?;
                Conversation::join(self.desk.app()?, &url, &code)
            }
            _ => {
                let Sync { url } = read(args)?;
                Conversation::sync(self.desk.app()?, url.as_deref())
            }
        };
        begin().map_err(|error| refused(&error, lang))
    }

    /// Goes on with a talk.
    pub(crate) fn step(
        &mut self,
        conversation: &mut Conversation,
        reply: Option<Reply>,
    ) -> Result<Step, Value> {
        let lang = self.desk.lang();
        self.desk
            .app()
            .and_then(|app| conversation.step(app, reply))
            .map_err(|error| refused(&error, lang))
    }

    /// Begins to come into an office with two shares of its escrow. Gives the certificates against which its hub is checked.
    pub(crate) fn begin_reentry(
        &mut self,
        args: Value,
    ) -> Result<(Reentry, Option<Vec<u8>>), Value> {
        let lang = self.desk.lang();
        let begin = || {
            let Enter { url, shares } = read(args)?;
            let authority = self.desk.waiting()?.hub_authority()?;
            Ok((self.desk.begin_reentry(&url, &shares)?, authority))
        };
        begin().map_err(|error: AppError| refused(&error, lang))
    }

    /// Goes on with it.
    pub(crate) fn step_reentry(
        &mut self,
        reentry: &mut Reentry,
        reply: Option<Reply>,
    ) -> Result<reentry::Step, Value> {
        let lang = self.desk.lang();
        let step = self.desk.step_reentry(reentry, reply);
        step.map_err(|error| refused(&error, lang))
    }

    /// Something with the open store.
    pub(crate) fn with_app<T>(
        &mut self,
        work: impl FnOnce(&mut App) -> Result<T, AppError>,
    ) -> Result<T, Value> {
        let lang = self.desk.lang();
        let app = self.desk.app();
        app.and_then(work).map_err(|error| refused(&error, lang))
    }

    /// An error in the person's language.
    pub(crate) fn words(&self, error: &AppError) -> Value {
        refused(error, self.desk.lang())
    }

    /// Whether there is something for the hub; nothing where no store with a hub is open.
    pub(crate) fn waits_for_hub(&mut self) -> Option<bool> {
        self.desk.app().ok()?.waits_for_hub().ok()?
    }

    /// Whether this device, frozen or out, has still to lock for it.
    pub(crate) fn locks_once(&mut self) -> Result<bool, Value> {
        let lang = self.desk.lang();
        let mut locks = || self.desk.app()?.locks_once();
        locks().map_err(|error| refused(&error, lang))
    }

    /// Puts on the disk what may follow an answer by two seconds.
    pub(crate) fn flush(&mut self) {
        if let Ok(app) = self.desk.app() {
            // A failing disk shows at the next write, with words.
            let _ = app.flush();
        }
    }

    /// Drops the keys.
    pub(crate) fn lock(&mut self) {
        self.request = None;
        // What was answered is safe, whether or not the log could be folded in.
        let _ = self.desk.lock();
    }

    fn run(&mut self, name: &str, args: Value) -> Answer {
        match name {
            "session_status" => self.status(),
            "session_suggest_passphrase" => view(&session::suggest_passphrase()),
            "session_strength" => view(&session::strength(&read::<Secret>(args)?.secret)),
            "session_found" => view(&self.desk.found(&read::<FoundOffice>(args)?)?),
            "session_demo" => self.after(Desk::demo),
            "session_unlock" => {
                let secret = read::<Secret>(args)?.secret;
                self.after(|desk| desk.unlock(&secret))
            }
            "session_next_store" => self.after(Desk::next_store),
            "session_new_store" => self.after(Desk::new_store),
            "session_settings" => {
                let settings: Settings = read(args)?;
                self.after(|desk| desk.set(settings.lang, settings.auto_lock_minutes))
            }
            "session_change_passphrase" => {
                let Passphrases { old, new } = read(args)?;
                self.after(|desk| desk.change_passphrase(&old, &new))
            }
            "session_open_with_shares" => {
                let TypedShares { shares, new } = read(args)?;
                self.after(|desk| desk.open_with_shares(&shares, &new))
            }
            "session_open_unchecked" => {
                let Unchecked { reason } = read(args)?;
                self.after(|desk| desk.app()?.open_unchecked(&reason))
            }
            "device_request" => {
                let (path, request) = with_path::<RequestDevice>(args)?;
                let (bytes, sheet) = self.desk.request(&request)?;
                write(&path, &bytes)?;
                let (mut status, touched) = self.status()?;
                if let Value::Object(map) = &mut status {
                    map.insert("sheet".to_owned(), serde_json::to_value(sheet)?);
                }
                Ok((status, touched))
            }
            "device_open_request" => {
                let (path, _) = with_path::<Value>(args)?;
                let bytes = small_file(&path)?;
                let request = self.desk.app()?.read_request(&bytes)?;
                self.request = Some(bytes);
                view(&request)
            }
            "device_approve" => {
                let (path, request) = with_path::<ApproveDevice>(args)?;
                let bytes = self.request.clone().ok_or(ErrorCode::NotConfirmed)?;
                let app = self.desk.app()?;
                if app.read_request(&bytes)?.request_id != request.request_id {
                    return Err(ErrorCode::ApprovalSwapped.into());
                }
                write(
                    &path,
                    &app.approve(&bytes, &request.role, request.paper_admin_key.as_deref())?,
                )?;
                self.request = None;
                Ok((file(&path), vec!["devices".to_owned(), "status".to_owned()]))
            }
            "device_accept" => {
                let (path, _) = with_path::<Value>(args)?;
                let bytes = small_file(&path)?;
                self.after(|desk| desk.accept(&bytes))
            }
            "device_list" => view(&self.desk.app()?.devices()?),
            "device_act" => {
                let (list, touched) = self.desk.app()?.device_act(&read::<DeviceAct>(args)?)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "team_list" => view(&self.desk.app()?.teams()?),
            "team_act" => {
                let (list, touched) = self.desk.app()?.team_act(&read::<TeamAct>(args)?)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "device_report" => {
                let Named { device } = read(args)?;
                view(&self.desk.app()?.device_report(&device)?)
            }
            "erase_list" => view(&self.desk.app()?.erasures()?),
            "erase_propose" => {
                let request = read::<ProposeErasure>(args)?;
                let (list, touched) = self.desk.app()?.erase_propose(&request)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "erase_sign" => {
                let SignErasure {
                    id,
                    paper_admin_key,
                } = read(args)?;
                let app = self.desk.app()?;
                let (list, touched) = app.erase_sign(&id, Some(&paper_admin_key))?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "erase_late" => {
                let ByOrder { id } = read(args)?;
                let (list, touched) = self.desk.app()?.erase_late(&id)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "erase_cancel" => {
                let ByOrder { id } = read(args)?;
                let (list, touched) = self.desk.app()?.erase_cancel(&id)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "erase_backups" => {
                let BackupDays {
                    days,
                    paper_admin_key,
                } = read(args)?;
                let app = self.desk.app()?;
                let (list, touched) = app.erase_backups(days, Some(&paper_admin_key))?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "cosign_list" => view(&self.desk.app()?.cosigns()?),
            "cosign_ask" => {
                let (list, touched) = self.desk.app()?.cosign_ask(&read::<AskCosign>(args)?)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "cosign_answer" => {
                let AnswerCosign { id, sign } = read(args)?;
                let (list, touched) = self.desk.app()?.cosign_answer(&id, sign)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "cosign_withdraw" => {
                let WithdrawCosign { act } = read(args)?;
                let (list, touched) = self.desk.app()?.cosign_withdraw(act.as_deref())?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "keys_state" => view(&self.desk.app()?.keys_state()?),
            "keys_sweep" => {
                let (state, touched) = self.desk.app()?.keys_sweep()?;
                Ok((serde_json::to_value(state)?, touched))
            }
            "escrow_state" => view(&self.desk.app()?.escrow()?),
            "escrow_make" => {
                let request = read::<MakeEscrow>(args)?;
                let cards = self.desk.app()?.escrow_make(&request)?;
                Ok((serde_json::to_value(cards)?, vec!["escrow".to_owned()]))
            }
            "escrow_sign" => {
                let SignEscrow {
                    set,
                    paper_admin_key,
                } = read(args)?;
                let app = self.desk.app()?;
                let (state, touched) = app.escrow_sign(&set, Some(&paper_admin_key))?;
                Ok((serde_json::to_value(state)?, touched))
            }
            "escrow_check" => {
                let TypedShare { share } = read(args)?;
                view(&self.desk.app()?.escrow_check(&share)?)
            }
            "escrow_authority" => {
                let (path, _) = with_path::<Value>(args)?;
                let pem = authority(&path)?;
                self.desk.waiting()?.keep_hub_authority(&pem)?;
                Ok((file(&path), Vec::new()))
            }
            "pass_list" => view(&self.desk.app()?.passes()?),
            "pass_wish" => {
                let (path, _) = with_path::<Value>(args)?;
                let (wish, bytes) = self.desk.app()?.pass_wish()?;
                write(&path, &bytes)?;
                view(&wish)
            }
            "pass_open_wish" => {
                let (path, _) = with_path::<Value>(args)?;
                let bytes = small_file(&path)?;
                let wish = self.desk.app()?.pass_read_wish(&bytes)?;
                self.wish = Some(bytes);
                view(&wish)
            }
            "pass_out" => {
                let (path, asked) = with_path::<PassTo>(args)?;
                let bytes = self.wish.clone().ok_or(ErrorCode::NotConfirmed)?;
                let app = self.desk.app()?;
                if app.pass_read_wish(&bytes)?.id != asked.wish {
                    return Err(ErrorCode::PassOther.into());
                }
                let request = PassOut {
                    households: asked.households,
                    intakes: asked.intakes,
                    restricted: asked.restricted,
                    all: asked.all,
                    reason: asked.reason,
                    basis: asked.basis,
                    paper_admin_key: Some(asked.paper_admin_key),
                };
                let (passed, touched) = app.pass_out(&path, &bytes, &request)?;
                self.wish = None;
                Ok((serde_json::to_value(passed)?, touched))
            }
            "pass_look" => {
                let (path, _) = with_path::<Value>(args)?;
                let seen = self.desk.app()?.pass_look(&path)?;
                self.passed = Some(path);
                view(&seen)
            }
            "pass_in" => {
                let (receipt, asked) = with_path::<PassFrom>(args)?;
                let path = self.passed.clone().ok_or(ErrorCode::NotConfirmed)?;
                let app = self.desk.app()?;
                if app.pass_look(&path)?.id != asked.id {
                    return Err(ErrorCode::PassOther.into());
                }
                let (taken, bytes, touched) =
                    app.pass_in(&path, asked.team.as_deref(), &asked.readers)?;
                // Where this fails, the same file gives the receipt again.
                write(&receipt, &bytes)?;
                self.passed = None;
                Ok((serde_json::to_value(taken)?, touched))
            }
            "pass_receipt" => {
                let (path, _) = with_path::<Value>(args)?;
                let bytes = small_file(&path)?;
                let (list, touched) = self.desk.app()?.pass_receipt(&bytes)?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "pass_erase" => {
                let SignErasure {
                    id,
                    paper_admin_key,
                } = read(args)?;
                let app = self.desk.app()?;
                let (list, touched) = app.pass_erase(&id, Some(&paper_admin_key))?;
                Ok((serde_json::to_value(list)?, touched))
            }
            "pass_proof" => {
                let (path, ByOrder { id }) = with_path(args)?;
                let bytes = self.desk.app()?.pass_proof(&id)?;
                write(&path, &bytes)?;
                Ok((file(&path), Vec::new()))
            }
            "pass_check" => {
                let (path, _) = with_path::<Value>(args)?;
                view(&app::passing::check(&small_file(&path)?)?)
            }
            "notices_read" => self.after(|desk| desk.app()?.read_notices()),
            "office_confirm" => self.after(|desk| desk.app()?.confirm_office()),
            "name_change" => {
                let touched = self.desk.app()?.change_name(&read::<ChangeName>(args)?)?;
                Ok((self.status()?.0, touched))
            }
            "bundle_export" => {
                let (path, request) = with_path::<ExportBundle>(args)?;
                let exported = self.desk.app()?.bundle_export(&path, &request);
                // An entry of a file that could not be written stands in the register too.
                let touched = ["status", "households", "carryouts"].map(str::to_owned);
                Ok((serde_json::to_value(exported?)?, touched.into()))
            }
            "rescue_export" => {
                let (path, request) = with_path::<ExportBundle>(args)?;
                let written = self.desk.app()?.rescue(&path, &request);
                // An entry of a file that could not be written stands in the register too.
                let touched = ["status", "carryouts"].map(str::to_owned);
                Ok((serde_json::to_value(written?)?, touched.into()))
            }
            "bundle_import" => {
                let (path, _) = with_path::<Value>(args)?;
                let (imported, touched) = self.desk.app()?.bundle_import(&path)?;
                Ok((serde_json::to_value(imported)?, touched))
            }
            "set_aside_list" => view(&self.desk.app()?.set_aside()?),
            "bundle_waiting" => view(&self.desk.app()?.waiting()?),
            "audit_export" | "audit_table" => {
                let (path, wish) = with_path::<ListAudit>(args)?;
                let lang = self.desk.lang();
                let written = self.desk.app()?.audit_export(&path, &wish, lang)?;
                Ok((serde_json::to_value(written)?, vec!["audit".to_owned()]))
            }
            "attachment_save" => {
                let (path, request) = with_path::<ById>(args)?;
                let saved = self.desk.app()?.attachment_save(&path, &request);
                // An entry of a copy that could not be written stands in the register too.
                let touched = ["status", "carryouts"].map(str::to_owned);
                Ok((serde_json::to_value(saved?)?, touched.into()))
            }
            "backup_write" => {
                let (path, _) = with_path::<Value>(args)?;
                view(&self.desk.app()?.back_up(&path)?)
            }
            "backup_check" => {
                let (path, secret) = with_path::<Secret>(args)?;
                view(&self.desk.check_backup(&path, &secret.secret)?)
            }
            "way_authority" => {
                let (path, _) = with_path::<Value>(args)?;
                let pem = authority(&path)?;
                self.way(|app| app.keep_hub_authority(Some(&pem)))
            }
            "way_authority_drop" => self.way(|app| app.keep_hub_authority(None)),
            "way_folder" => {
                let (path, _) = with_path::<Value>(args)?;
                self.way(|app| app.keep_shared_folder(Some(&path)))
            }
            "way_folder_drop" => self.way(|app| app.keep_shared_folder(None)),
            "folder_sync" => {
                let (exchanged, touched) = self.desk.app()?.shared_folder_sync()?;
                Ok((serde_json::to_value(exchanged)?, touched))
            }
            "store_recover" => {
                let opening = read::<Opening>(args)?;
                let opener = opening.opener(self.desk.cost());
                view(&self.desk.recover(opener)?)
            }
            "store_restore" => {
                let (path, opening) = with_path::<Opening>(args)?;
                let opener = opening.opener(self.desk.cost());
                view(&self.desk.restore(&path, opener)?)
            }
            "store_put_in_place" => view(&self.desk.put_in_place()?),
            "store_put_away" => {
                self.desk.put_away();
                self.status()
            }
            "recovery_save" => {
                let (path, sheet) = with_path::<Sheet>(args)?;
                write(
                    &path,
                    session::sheet_text(&sheet.sheet, self.desk.lang()).as_bytes(),
                )?;
                Ok((file(&path), Vec::new()))
            }
            _ => Err(ErrorCode::UnknownOperation.into()),
        }
    }

    fn status(&mut self) -> Answer {
        view(&self.desk.status()?)
    }

    /// Keeps a way to the others, and says what is kept.
    fn way(&mut self, keep: impl FnOnce(&mut App) -> Result<(), AppError>) -> Answer {
        let app = self.desk.app()?;
        keep(app)?;
        view(&app.waiting()?)
    }

    fn after(&mut self, work: impl FnOnce(&mut Desk) -> Result<(), AppError>) -> Answer {
        work(&mut self.desk)?;
        self.status()
    }
}

fn refused(error: &AppError, lang: Lang) -> Value {
    serde_json::to_value(error.view(lang)).unwrap_or_else(|_| crate::session::broken())
}

fn view<T: serde::Serialize>(view: &T) -> Answer {
    Ok((serde_json::to_value(view)?, Vec::new()))
}

fn read<T: DeserializeOwned>(args: Value) -> Result<T, AppError> {
    serde_json::from_value(args).map_err(|_| ErrorCode::InvalidRequest.into())
}

fn with_path<T: DeserializeOwned>(mut args: Value) -> Result<(PathBuf, T), AppError> {
    let path = args.as_object_mut().and_then(|map| map.remove("path"));
    let path = path
        .as_ref()
        .and_then(Value::as_str)
        .map(PathBuf::from)
        .ok_or(ErrorCode::InvalidRequest)?;
    Ok((path, read(args)?))
}

fn file(path: &Path) -> Value {
    json!({ "file": path.file_name().map(|name| name.to_string_lossy().into_owned()) })
}

fn authority(path: &Path) -> Result<Vec<u8>, AppError> {
    link::authority_in(path)
        .map_err(|error| AppError::new(ErrorCode::NotACertificate).because(error))
}

fn small_file(path: &Path) -> Result<Vec<u8>, AppError> {
    let failed = |error: std::io::Error| AppError::new(ErrorCode::FileFailed).because(error);
    if std::fs::metadata(path).map_err(failed)?.len() > 16 * 1024 * 1024 {
        return Err(ErrorCode::FileOversized.into());
    }
    std::fs::read(path).map_err(failed)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    std::fs::write(path, bytes).map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))
}
