//! What the program says before and around an open store.

use domain::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::exchange::cosign::view::{
    AskCosign, ColleagueView, CosignAct, CosignList, CosignView,
};
pub use crate::exchange::erase::horizon::ErasureKeys;
pub use crate::exchange::erase::view::{
    ErasureList, ErasureView, LeftView, OfferedFile, OfferedView, ProposeErasure,
};
pub use crate::exchange::escrow::view::{
    EscrowCard, EscrowCards, EscrowCheck, EscrowUse, EscrowView, MakeEscrow, QrView,
};
pub use crate::exchange::naming::ChangeName;
pub use crate::exchange::passing::view::{
    PassFileView, PassList, PassOut, PassTaken, PassView, ProofView, WishView,
};
use crate::view::AuthorView;

/// A word that people compare, in both scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct WordView {
    /// Hiragana.
    pub kana: String,
    /// Romaji.
    pub romaji: String,
}

/// Where the program stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct StatusView {
    /// `none` (no store yet), `locked`, `waiting` (a request was made and is not approved yet),
    /// `open`, `restored` (open, and no record is shown: it came from a backup and was compared with nobody since), `damaged`,
    /// or `wiped` (the office had the records of this device destroyed).
    pub state: String,
    /// The store on this PC that the program looks at, from 1; several workers have one each.
    pub store_number: u32,
    /// How many stores this PC holds.
    pub store_count: u32,
    /// みほん市: sample data, shown on every screen.
    pub demo: bool,
    /// While open: whose office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_name: Option<String>,
    /// While open: who works here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<AuthorView>,
    /// While open: the worker's role (code list `role`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// While open: this device may approve others.
    pub admin: bool,
    /// While open, where this device may exchange no longer: `frozen`, `left` or `revoked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// While wiped: where the file lies with what was not sent, if there was anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescue: Option<String>,
    /// While open: the office words were compared. Until then every page says so.
    pub office_confirmed: bool,
    /// While waiting: the words of this device's request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_words: Option<Vec<WordView>>,
    /// While open: the words of the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_words: Option<Vec<WordView>>,
    /// While open: what everybody is told.
    pub notices: Vec<NoticeView>,
    /// While open: how many changes have not left this laptop.
    pub unsent: u32,
    /// While open: since when, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsent_since: Option<String>,
    /// While open: when this store was last compared with another device (最後に照合).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_merged_at: Option<String>,
    /// While restored: when the backup was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<String>,
    /// Minutes without a key or a click until the program locks.
    pub auto_lock_minutes: u32,
    /// The language of the window: `ja` or `en`.
    pub lang: Lang,
}

/// Founds an office; this first device is its administrator besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct FoundOffice {
    /// The office's name.
    pub office: String,
    /// The worker's name.
    pub worker: String,
    /// Code list `role`.
    pub role: String,
    /// The passphrase.
    pub passphrase: String,
}

/// The recovery sheet, shown once, to print or to copy by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RecoverySheet {
    /// The office's name.
    pub office: String,
    /// The worker's name.
    pub worker: String,
    /// ISO date.
    pub date: String,
    /// Opens this store without the passphrase.
    pub recovery_code: String,
    /// The paper administrator: the second signature for whatever destroys. Empty on a laptop that joined.
    pub paper_admin_key: String,
    /// The words by which a new laptop knows this office.
    pub office_words: Vec<WordView>,
}

/// A generated passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct PassphraseView {
    /// Seven words.
    pub words: Vec<WordView>,
    /// Its strength in bits.
    pub bits: u32,
}

/// How strong a passphrase is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct StrengthView {
    /// Estimated bits, on the low side.
    pub bits: u32,
    /// `tooShort`, `weak`, `fair`, `good`.
    pub level: String,
}

/// A passphrase, or the recovery code in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct Secret {
    /// What was typed.
    pub secret: String,
}

/// Asks to join an office: makes a waiting store on this laptop and a request file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct RequestDevice {
    /// The worker's name.
    pub worker: String,
    /// The passphrase of the new store.
    pub passphrase: String,
}

/// A request as the administrator sees it, before saying yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RequestView {
    /// Names this request in `approve`.
    pub request_id: String,
    /// Who asks.
    pub worker: String,
    /// Words to compare: they must be the ones that the new laptop shows.
    pub device_words: Vec<WordView>,
    /// Words to compare: the new laptop will show these when it takes the approval.
    pub office_words: Vec<WordView>,
}

/// Approves a request whose words were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct ApproveDevice {
    /// Which request.
    pub request_id: String,
    /// Code list `role`.
    pub role: String,
    /// Given, the new device becomes an administrator: the paper's key is the second signature.
    pub paper_admin_key: Option<String>,
}

/// A device of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct DeviceView {
    /// The device's pseudonym, hexadecimal.
    pub id: String,
    /// Who works with it.
    pub worker: AuthorView,
    /// Code list `role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// May approve others.
    pub admin: bool,
    /// This one.
    pub current: bool,
    /// Frozen by an administrator or a supervisor: it exchanges nothing until it is released.
    pub frozen: bool,
    /// `active`, `left` (異動, 退職) or `revoked` (shut out).
    pub standing: String,
    /// Records of it that lie beyond its cut and are here: they can be adopted.
    pub aside: u32,
    /// It was ordered to destroy its records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wipe: Option<bool>,
    /// When what it had not sent was last taken in here as a file for the administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescued_at: Option<String>,
    /// When something of it last arrived here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_merged_at: Option<String>,
}

/// The devices of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DeviceList {
    /// This one first, and at the end those that are in no longer.
    pub items: Vec<DeviceView>,
}

/// Does something about a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields)]
pub struct DeviceAct {
    /// Its pseudonym.
    pub device: String,
    /// `freeze`, `release`, `revoke`, `wipe`, `left`, `adopt`, `addAdmin`, `removeAdmin`, or `role`.
    pub act: String,
    /// With `role`: a word of the code list `worker-role`.
    pub role: Option<String>,
    /// With `wipe`: why, for the access log.
    pub reason: Option<String>,
    /// The second signature for whatever destroys, and for administrators.
    pub paper_admin_key: Option<String>,
}

/// What is known here about a device that is lost (紛失・盗難): for the report of the breach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct DeviceReport {
    /// The device, who works with it, whether it is frozen or shut out.
    pub device: DeviceView,
    /// When this report was made.
    pub at: String,
    /// When something of it last arrived here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_record_at: Option<String>,
    /// How many records that it sealed are here.
    pub records: u32,
    /// At most so many households were on it: those that its team may read, as far as they are known here.
    pub households: u32,
    /// At most so many people.
    pub people: u32,
    /// Restricted records of which this laptop is a reader too and which were on it.
    pub restricted: u32,
    /// What a guess at its passphrase costs at least: memory in MiB and passes of Argon2id.
    pub argon_memory_mib: u32,
    /// Passes.
    pub argon_passes: u32,
    /// What files and database are under.
    pub cipher: String,
}

/// Something that everybody is told, until they say that they have read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct NoticeView {
    /// `newDevice`, `forked` (a device made two records at one place), `newer` (records that a newer version will read),
    /// `frozen` or `removed` (this device), `escrowUsed`, or `cosign` (somebody asks for a second signature).
    pub code: String,
    /// Workers' names, where it is about somebody.
    pub who: Vec<String>,
    /// Whether it goes away once it was read.
    pub dismissible: bool,
}

/// Writes a bundle. What is said of medium, purpose and day stands in the register (持ち出し管理簿); none is required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[ts(export, optional_fields)]
pub struct ExportBundle {
    /// The one device that can open it; every device of the office when absent.
    pub for_device: Option<String>,
    /// All there is, also what the readers said to have.
    pub complete: Option<bool>,
    /// Code list `medium`.
    pub medium: Option<String>,
    /// What for; at most 200 characters.
    pub purpose: Option<String>,
    /// The day by which it comes back or is erased.
    pub return_by: Option<String>,
}

/// What a bundle took along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ExportView {
    /// File name, without its folder.
    pub file: String,
    /// Records in it.
    pub records: u32,
    /// Its size in bytes.
    pub bytes: u64,
    /// Changes that left this laptop for the first time.
    pub newly_sent: u32,
    /// All there is; otherwise what the readers said to have is left out.
    pub complete: bool,
}

/// What a bundle brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct ImportView {
    /// Records that were new here.
    pub new: u32,
    /// Records that were here already.
    pub known: u32,
    /// Records that wait for a key, a right or an earlier record.
    pub held: u32,
    /// Records that were refused; each with its reason.
    pub refused: Vec<RefusedView>,
    /// Who sent it, where it could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<AuthorView>,
    /// Points where two views stand beside each other now.
    pub conflicts: u32,
    /// Records that the sender left out because this laptop once said to have them, and that are not here: the sender
    /// must be asked for a whole file.
    pub missing: u32,
    /// It was what a laptop handed over that may exchange no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescue: Option<bool>,
}

/// What came of an exchange with a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct FolderView {
    /// Files that were taken in now.
    pub files: u32,
    /// What they brought.
    pub brought: ImportView,
    /// The file that was written; absent where the folder lacked nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<ExportView>,
}

/// What came of an exchange with the hub (中継サーバー).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SyncView {
    /// Records that were new here.
    pub new: u32,
    /// Records that were here already.
    pub known: u32,
    /// Records that wait for a key, a right or an earlier record.
    pub held: u32,
    /// Records that were refused; each with its reason.
    pub refused: Vec<RefusedView>,
    /// Points where two views stand beside each other now.
    pub conflicts: u32,
    /// Changes that left this laptop for the first time.
    pub sent: u32,
    /// Records of this laptop for which the hub signed that they are on its disk.
    pub confirmed: u32,
    /// The hub did not have the past that it had: it was restored, exchanged, or lies. Everything was compared anew.
    pub restored: bool,
    /// Why the hub did not take something, as stable codes.
    pub left_out: Vec<String>,
    /// Bytes of attachments that went there.
    #[ts(type = "number")]
    pub files_sent: u64,
    /// Bytes of attachments that came from there.
    #[ts(type = "number")]
    pub files_received: u64,
    /// There is more of attachments to bring there or back: exchange again.
    pub more: bool,
    /// The hub; with a laptop in the same place, a name for this one talk.
    pub hub: HubView,
    /// Whose laptop it was, where it was one in the same place and no hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub colleague: Option<String>,
}

impl SyncView {
    /// This talk and the one that followed it, as one.
    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        self.refused.extend(next.refused);
        for code in next.left_out {
            if !self.left_out.contains(&code) {
                self.left_out.push(code);
            }
        }
        Self {
            new: self.new + next.new,
            known: self.known + next.known,
            held: next.held,
            refused: self.refused,
            conflicts: next.conflicts,
            sent: self.sent + next.sent,
            confirmed: self.confirmed + next.confirmed,
            restored: self.restored || next.restored,
            left_out: self.left_out,
            files_sent: self.files_sent + next.files_sent,
            files_received: self.files_received + next.files_received,
            more: next.more,
            hub: next.hub,
            colleague: next.colleague,
        }
    }
}

/// Joins a hub, with the code that its keeper printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct JoinHub {
    /// Its address.
    pub url: String,
    /// The one-time code.
    pub code: String,
}

/// A hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct HubView {
    /// Scheme, host and port.
    pub url: String,
}

/// What is open for colleagues in the same place (同じ場所の同僚), and who has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LanView {
    /// Under which number colleagues find it: six digits; nothing where it is not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub number: Option<String>,
    /// What a colleague may type instead.
    pub addresses: Vec<String>,
    /// After how many minutes without a colleague it closes.
    pub minutes: u32,
    /// Who has come since it was opened; the last one first.
    pub guests: Vec<LanGuestView>,
    /// Why it closed by itself, where it did: a stable code of an error, or `idle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ended: Option<String>,
}

/// A colleague who has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LanGuestView {
    /// Whose laptop.
    pub name: String,
    /// The laptop.
    pub device: String,
    /// Records that were new here.
    pub new: u32,
    /// Both have the same records now.
    pub equal: bool,
    /// Bytes of attachments that went there.
    #[ts(type = "number")]
    pub files_sent: u64,
    /// Bytes of attachments that came here.
    #[ts(type = "number")]
    pub files_received: u64,
}

/// A laptop in the same network that is open for colleagues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LanFoundView {
    /// As on its screen.
    pub number: String,
    /// Where to try.
    pub addresses: Vec<String>,
}

/// Exchanges with a colleague's laptop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct SyncLan {
    /// Its number, or its address with or without a port.
    pub address: String,
}

/// A record that was refused; nothing else is blocked by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RefusedView {
    /// A stable code.
    pub code: String,
    /// The device that sealed it.
    pub device: String,
}

/// Records of one author that did not take effect, for one kind of reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SetAsideView {
    /// `waits` for something that has not arrived; `newer`: a newer version will read it; `right`: its author had none to
    /// it; `cut`: written on a device after it was shut out; `flood`: too much of one author; `form`: not formed as it
    /// must be, damaged or made on purpose.
    pub why: String,
    /// The stable code, for whoever is asked for help.
    pub code: String,
    /// Whose records.
    pub worker: AuthorView,
    /// How many.
    pub count: u32,
    /// When the newest came.
    pub at: String,
}

/// What came and did not take effect (受け付けなかった記録, 待っている記録). Nothing else is affected by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SetAsideList {
    /// The newest first.
    pub items: Vec<SetAsideView>,
}

/// What waits on this laptop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct WaitingView {
    /// Changes that have not left this laptop.
    pub unsent_changes: u32,
    /// Records of how many documents.
    pub unsent_documents: u32,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Received records that wait for a key, a right or an earlier record.
    pub held: u32,
    /// Received records that were refused.
    pub quarantined: u32,
    /// Records that left this laptop, and of which neither the hub nor a colleague's laptop has said that it has them.
    pub unconfirmed: u32,
    /// Records that colleagues' laptops say to have and that are not here yet.
    pub missing: u32,
    /// The hub of the office, where one is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubView>,
    /// Whether the hub is checked against a certificate that was chosen here.
    pub hub_authority: bool,
    /// The folder that this laptop exchanges with, where one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// When this laptop last exchanged with the hub to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sync_at: Option<String>,
    /// When it was found, in the last seven days, that the hub had been put back to an earlier state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub_restored_at: Option<String>,
    /// When a bundle was last written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_export_at: Option<String>,
    /// When a bundle was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_import_at: Option<String>,
    /// When a backup was last written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_backup_at: Option<String>,
}

/// An error as every rim shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ErrorView {
    /// Stable; for programs.
    pub code: String,
    /// What happened, in the user's language.
    pub message: String,
    /// What is safe.
    pub safe: String,
    /// What to do next.
    pub next: String,
}
