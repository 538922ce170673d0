//! Errors as every rim shows them: a stable code, and words in the user's language that say what
//! happened, what is safe and what to do next.
//!
//! # Invariants
//!
//! - No record content: words carry names of workers, dates, ids and counts at most.
//! - Each code has words in both languages; a test compares the lists.

use std::error::Error as StdError;
use std::fmt;

use domain::Lang;
use serde::Deserialize;

use crate::session::view::ErrorView;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $exit:literal;)+) => {
        /// What went wrong, for programs. The codes never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[doc = $doc])+ $name,)+ }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The code as programs see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The exit status of a command that ends with it.
            #[must_use]
            pub const fn exit(self) -> u8 {
                match self { $(Self::$name => $exit,)+ }
            }
        }
    };
}

codes! {
    /// The request is not of the operation's shape.
    InvalidRequest = "invalid_request", 2;
    /// There is no operation of that name.
    UnknownOperation = "unknown_operation", 2;
    /// There is no record of that id.
    NotFound = "not_found", 1;
    /// The record has no such field.
    UnknownField = "unknown_field", 1;
    /// The value is none that the field takes.
    InvalidValue = "invalid_value", 1;
    /// The text is no date that can be.
    ImpossibleDate = "impossible_date", 1;
    /// The text is longer than a record takes.
    TextTooLong = "text_too_long", 1;
    /// The pack is not known here.
    UnknownPack = "unknown_pack", 1;
    /// The pack file has faults; each is told.
    PackRefused = "pack_refused", 1;
    /// The pack has no such item.
    UnknownItem = "unknown_item", 1;
    /// The subject is no member of the household.
    UnknownSubject = "unknown_subject", 1;
    /// The version named as `base` is not known here.
    UnknownBase = "unknown_base", 1;
    /// The range lies outside the text.
    InvalidRange = "invalid_range", 1;
    /// The conflict is settled already.
    ConflictSettled = "conflict_settled", 1;
    /// Somebody changed it since; undo would take their words away.
    Superseded = "superseded", 1;
    /// There is no worker of that id with a device in the office.
    UnknownWorker = "unknown_worker", 1;
    /// A restricted record keeps at least two readers on two devices, one of them able to act today.
    TooFewReaders = "too_few_readers", 1;
    /// The field is shielded: its value is written in the restricted record alone.
    Shielded = "shielded", 1;
    /// Only those who were named at the beginning, or later as such, change who reads a restricted record.
    NotSteward = "not_steward", 1;
    /// The last device is not taken out of a team: nobody could read what belongs to it.
    LastOfTeam = "last_of_team", 1;
    /// The worker is not in the team that the household belongs to.
    NotInTeam = "not_in_team", 1;
    /// The colleague who is to cover does not read some of the households.
    CovererNotInTeam = "coverer_not_in_team", 1;
    /// The one who is away leads no household that is not closed.
    NothingToCover = "nothing_to_cover", 1;
    /// What was typed is no paper admin key, or not the office's.
    WrongPaperKey = "wrong_paper_key", 1;
    /// What was asked for is not asked for any more, or cannot be done as things stand.
    CosignGone = "cosign_gone", 1;
    /// What is to be signed is not known here yet, or not readable on this device.
    CosignUnseen = "cosign_unseen", 1;
    /// Another colleague was asked before, and has not answered.
    CosignOther = "cosign_other", 1;
    /// More acts than are signed at once.
    CosignTooMany = "cosign_too_many", 1;
    /// Only a supervisor of the team or an administrator moves a case to another team.
    NotSupervisor = "not_supervisor", 1;
    /// The new team has no device that writes records.
    NobodyInTeam = "nobody_in_team", 1;
    /// The file answers no wish of this laptop, or belongs to another passing.
    PassOther = "pass_other", 1;
    /// What was passed on has not arrived yet, as far as anybody here was told.
    PassOpen = "pass_open", 1;
    /// Something was written since it was passed on.
    PassLate = "pass_late", 1;
    /// What was passed on is not destroyed yet.
    PassNotErased = "pass_not_erased", 1;
    /// A restricted record is to go without its household, or holds several.
    PassHousehold = "pass_household", 1;
    /// A case that was passed on and comes back is still here, or one that came back would be shown twice.
    PassHere = "pass_here", 1;
    /// The case went to another team, which this device is not in.
    MovedAway = "moved_away", 1;
    /// A reason is asked: before a restricted record is opened, and where a hand-over is declined.
    ReasonNeeded = "reason_needed", 1;
    /// Only the one who leads the household or is away, a supervisor or an administrator may.
    NotLead = "not_lead", 1;
    /// Only the worker to whom a hand-over is offered answers it.
    NotForYou = "not_for_you", 1;
    /// The hand-over has its answer.
    AlreadyAnswered = "already_answered", 1;
    /// The worker does not read the restricted record.
    NotReader = "not_reader", 1;
    /// What the whole office reads cannot name a restricted record.
    RestrictedRecord = "restricted_record", 1;
    /// The file is larger than an attachment may be.
    AttachmentTooLarge = "attachment_too_large", 1;
    /// The household, person or note has as many attachments as it may.
    TooManyAttachments = "too_many_attachments", 1;
    /// The picture has more pixels than are drawn.
    AttachmentPixels = "attachment_pixels", 1;
    /// A photo in a form that cannot be read here (HEIC).
    AttachmentHeic = "attachment_heic", 1;
    /// A file that could run something where it is shown.
    AttachmentActive = "attachment_active", 1;
    /// A file of a kind that does not come in.
    AttachmentUnknown = "attachment_unknown", 1;
    /// The file is empty, or its content does not hold to its beginning.
    AttachmentUnreadable = "attachment_unreadable", 1;
    /// A picture that moves.
    AttachmentMoves = "attachment_moves", 1;
    /// The attachment's file has not arrived yet.
    AttachmentMissing = "attachment_missing", 1;
    /// The attachment's bytes are not what its record says.
    AttachmentDamaged = "attachment_damaged", 1;
    /// There is no store here.
    NoStore = "no_store", 1;
    /// There is a store here already.
    StoreExists = "store_exists", 1;
    /// Another program has the store open.
    StoreInUse = "store_in_use", 1;
    /// The folder cannot be written.
    ReadOnly = "read_only", 1;
    /// The disk is full.
    DiskFull = "disk_full", 1;
    /// The passphrase or recovery code opens nothing.
    WrongPassphrase = "wrong_passphrase", 1;
    /// The passphrase is too easy to guess.
    WeakPassphrase = "weak_passphrase", 1;
    /// The store is locked.
    Locked = "locked", 1;
    /// The store waits for its approval.
    Waiting = "waiting", 1;
    /// Both copies of the header are damaged or gone.
    HeaderDamaged = "header_damaged", 3;
    /// The header asks for a weaker key derivation than allowed.
    HeaderWeakened = "header_weakened", 3;
    /// The database is damaged.
    StoreDamaged = "store_damaged", 3;
    /// Something that was saved is missing.
    StoreLoss = "store_loss", 3;
    /// A file of another store lies in the folder.
    ForeignFile = "foreign_file", 3;
    /// A newer program wrote it.
    NewerFormat = "newer_format", 1;
    /// A newer program wrote something here that older ones must not write beside.
    NeedsNewer = "needs_newer", 1;
    /// The computer has too little free memory for the key derivation.
    OutOfMemory = "out_of_memory", 1;
    /// A file could not be read or written.
    FileFailed = "file_failed", 1;
    /// The file is no bundle, request or approval of this program.
    NotOurFile = "not_our_file", 1;
    /// The file ends too early: copied in part.
    FileTruncated = "file_truncated", 1;
    /// The file's bytes do not verify.
    FileDamaged = "file_damaged", 1;
    /// The backup ends too early: copied in part.
    BackupTruncated = "backup_truncated", 1;
    /// The backup's bytes do not verify.
    BackupDamaged = "backup_damaged", 1;
    /// The file declares more than it may.
    FileOversized = "file_oversized", 1;
    /// The file comes from another office.
    ForeignOffice = "foreign_office", 1;
    /// The file is for another device.
    NotForThisDevice = "not_for_this_device", 1;
    /// The file was made by a device that this office does not know or no longer trusts.
    UnknownDevice = "unknown_device", 1;
    /// The signature does not verify.
    Forged = "forged", 1;
    /// The approval answers another request.
    ApprovalSwapped = "approval_swapped", 1;
    /// The request's device is in the office already.
    AlreadyEnrolled = "already_enrolled", 1;
    /// Only an administrator may.
    NotAdmin = "not_admin", 1;
    /// No hub is known here yet.
    NoHub = "no_hub", 1;
    /// The hub could not be reached.
    HubUnreachable = "hub_unreachable", 4;
    /// Nobody that is trusted here vouches for the hub's certificate.
    HubUncertified = "hub_uncertified", 4;
    /// A file with no certificate in it.
    NotACertificate = "not_a_certificate", 1;
    /// No folder is chosen for exchange, or it is not there.
    NoFolder = "no_folder", 1;
    /// The hub has too much to do, or is being put right.
    HubBusy = "hub_busy", 4;
    /// The hub shows another key than the one that the office knows.
    HubChanged = "hub_changed", 1;
    /// What answers is no hub, or does not keep to what a hub says.
    HubFaulty = "hub_faulty", 1;
    /// The hub does not let this device in.
    HubNotAdmitted = "hub_not_admitted", 1;
    /// The hub does not know the invitation, or it was used.
    InvitationRefused = "invitation_refused", 1;
    /// The hub says that this device does not read what it asked for.
    LaneClosed = "lane_closed", 1;
    /// No laptop in this place answers.
    LanNotFound = "lan_not_found", 4;
    /// The line to a colleague's laptop broke.
    LanCut = "lan_cut", 4;
    /// The directory here does not know the other laptop.
    LanUnknown = "lan_unknown", 1;
    /// The other side shows a certificate that is not what it says.
    LanForged = "lan_forged", 1;
    /// The colleague's laptop is frozen.
    LanColleagueFrozen = "lan_colleague_frozen", 1;
    /// The colleague's laptop is no longer in the office.
    LanColleagueRemoved = "lan_colleague_removed", 1;
    /// The colleague's laptop does not let this one in.
    LanRefused = "lan_refused", 1;
    /// This computer does not let the program listen there.
    LanClosed = "lan_closed", 1;
    /// This device is frozen.
    DeviceFrozen = "device_frozen", 1;
    /// This device is no longer in the office.
    DeviceRemoved = "device_removed", 1;
    /// Only administrators' devices open what a removed laptop handed over.
    RescueForAdmins = "rescue_for_admins", 1;
    /// The office ordered that this device's records be destroyed: that happens when it locks.
    WipeOrdered = "wipe_ordered", 1;
    /// The records of this device were destroyed; what was not sent lies in a file.
    DeviceWiped = "device_wiped", 1;
    /// The records of this device were destroyed; everything had been sent.
    DeviceWipedAllSent = "device_wiped_all_sent", 1;
    /// The records of this device were to be destroyed, and what was not sent could not be put into a file first.
    WipeStopped = "wipe_stopped", 1;
    /// What destroys takes two: another administrator, or the paper key.
    NeedsSecond = "needs_second", 1;
    /// This office would be left without an administrator's device.
    LastAdmin = "last_admin", 1;
    /// Part of what is to be erased belongs to another household besides.
    EraseShared = "erase_shared", 1;
    /// There is more to erase than one order holds.
    EraseTooLarge = "erase_too_large", 1;
    /// The store came from a backup, and was compared with nobody since.
    RestoredUnchecked = "restored_unchecked", 1;
    /// It was destroyed here already: nothing can be taken back.
    EraseDone = "erase_done", 1;
    /// A row of an escrow share (預かり札) is mistyped.
    EscrowRow = "escrow_row", 1;
    /// Too few or too many words for an escrow share.
    EscrowLength = "escrow_length", 1;
    /// The words are no escrow share.
    EscrowNoShare = "escrow_no_share", 1;
    /// One escrow share alone opens nothing.
    EscrowOne = "escrow_one", 1;
    /// It is twice the same escrow share.
    EscrowSame = "escrow_same", 1;
    /// The escrow shares do not belong together.
    EscrowMixed = "escrow_mixed", 1;
    /// The escrow shares are of another key than this laptop's: an earlier one, or another office's.
    EscrowOther = "escrow_other", 1;
    /// No escrow opens this laptop.
    EscrowNone = "escrow_none", 1;
    /// The shares were made anew, or not here: this key cannot be put in force.
    EscrowNotMade = "escrow_not_made", 1;
    /// The hub carries no office of these escrow shares.
    EscrowNoOffice = "escrow_no_office", 1;
    /// A newer escrow key than that of these shares is in force in the office.
    EscrowEarlier = "escrow_earlier", 1;
    /// The hub shows an office for which the escrow of these shares never vowed.
    EscrowForeign = "escrow_foreign", 1;
    /// No laptop has sealed the office's key to the escrow and sent that to the hub yet.
    EscrowNotReached = "escrow_not_reached", 1;
    /// The office has no escrow that could open a restricted record.
    EscrowNoSeat = "escrow_no_seat", 1;
    /// The words were not compared.
    NotConfirmed = "not_confirmed", 1;
    /// Some lines of a batch were refused; each says why.
    BatchRefused = "batch_refused", 1;
    /// Something inside does not hold; nothing was changed.
    Internal = "internal", 1;
}

/// Why an operation was refused. The store is unchanged.
pub struct AppError {
    /// The stable code.
    pub code: ErrorCode,
    args: Vec<(&'static str, String)>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What every operation returns.
pub type Result<T> = std::result::Result<T, AppError>;

impl AppError {
    /// An error without particulars.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            args: Vec::new(),
            source: None,
        }
    }

    /// Fills a place in the words. Never record content.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The words in one language.
    #[must_use]
    pub fn view(&self, lang: Lang) -> ErrorView {
        let words = words(lang, self.code);
        let fill = |text: &str| {
            let filled = self
                .args
                .iter()
                .fold(text.to_owned(), |text, (name, value)| {
                    let said = match *name {
                        "field" if self.code == ErrorCode::InvalidValue => field(lang, value),
                        _ => None,
                    };
                    text.replace(&format!("{{{name}}}"), said.as_deref().unwrap_or(value))
                });
            // A place that nothing was said for stays empty.
            PLACES
                .iter()
                .fold(filled, |text, place| text.replace(place, ""))
                .trim_end()
                .to_owned()
        };
        ErrorView {
            code: self.code.as_str().to_owned(),
            message: fill(&words.message),
            safe: fill(&words.safe),
            next: fill(&words.next),
        }
    }
}

impl From<ErrorCode> for AppError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Debug for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppError")
            .field("code", &self.code)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl StdError for AppError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|s| s as &(dyn StdError + 'static))
    }
}

impl From<store::Error> for AppError {
    fn from(error: store::Error) -> Self {
        let code = match &error {
            store::Error::NotFound => ErrorCode::NoStore,
            store::Error::AlreadyExists => ErrorCode::StoreExists,
            store::Error::InUse => ErrorCode::StoreInUse,
            store::Error::ReadOnly => ErrorCode::ReadOnly,
            store::Error::WrongSecret => ErrorCode::WrongPassphrase,
            store::Error::HeaderDamaged | store::Error::HeaderLost => ErrorCode::HeaderDamaged,
            // Where the rescue file lies is known to whoever knows the folder.
            store::Error::Wiped => ErrorCode::DeviceWipedAllSent,
            store::Error::KdfBelowFloor | store::Error::KdfAboveCeiling => {
                ErrorCode::HeaderWeakened
            }
            store::Error::NewerFormat => ErrorCode::NewerFormat,
            store::Error::DatabaseDamaged => ErrorCode::StoreDamaged,
            store::Error::Loss(_) => ErrorCode::StoreLoss,
            store::Error::ForeignFile { .. } => ErrorCode::ForeignFile,
            store::Error::NotABackup => ErrorCode::NotOurFile,
            store::Error::BackupTruncated => ErrorCode::BackupTruncated,
            store::Error::BackupDamaged => ErrorCode::BackupDamaged,
            store::Error::DiskFull => ErrorCode::DiskFull,
            store::Error::Io { .. } => ErrorCode::FileFailed,
            store::Error::NoMemory => ErrorCode::OutOfMemory,
            store::Error::MustReopen | store::Error::Sql(_) => ErrorCode::Internal,
        };
        Self::new(code).because(error)
    }
}

impl From<record::WriteError> for AppError {
    fn from(error: record::WriteError) -> Self {
        let refused = match &error {
            record::WriteError::BaseUnknown => Self::new(ErrorCode::UnknownBase),
            record::WriteError::TextTooLong { most, .. } => {
                Self::new(ErrorCode::TextTooLong).with("limit", most.to_string())
            }
            record::WriteError::ValueTooLarge => {
                Self::new(ErrorCode::TextTooLong).with("limit", "80000")
            }
            record::WriteError::BadRange { .. } => Self::new(ErrorCode::InvalidRange),
            record::WriteError::NoSuchMap(_)
            | record::WriteError::NoText
            | record::WriteError::BadKey(_)
            | record::WriteError::NonceRepeats
            | record::WriteError::Library(_) => Self::new(ErrorCode::Internal),
        };
        refused.because(error)
    }
}

impl From<record::LoadError> for AppError {
    fn from(error: record::LoadError) -> Self {
        Self::new(ErrorCode::StoreDamaged).because(error)
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        // serde's own text may quote the value, so only its category is kept.
        Self::new(ErrorCode::Internal).because(format!("json: {:?}", error.classify()))
    }
}

/// The places that words leave open.
const PLACES: &[&str] = &[
    "{who}", "{op}", "{detail}", "{field}", "{hint}", "{limit}", "{name}", "{at}", "{row}",
    "{share}", "{typed}", "{count}", "{team}",
];

#[derive(Deserialize)]
struct Words {
    message: String,
    safe: String,
    next: String,
}

/// What a field of a request is called on the screens; none for those that no screen asks for.
fn field(lang: Lang, name: &str) -> Option<String> {
    let mut all: std::collections::HashMap<String, std::collections::HashMap<Lang, String>> =
        serde_json::from_str(include_str!("../words/fields.json")).unwrap_or_default();
    all.remove(name)?.remove(&lang)
}

fn words(lang: Lang, code: ErrorCode) -> Words {
    let source = match lang {
        Lang::Ja => include_str!("../words/ja.json"),
        Lang::En => include_str!("../words/en.json"),
    };
    let mut all: std::collections::HashMap<String, Words> =
        serde_json::from_str(source).unwrap_or_default();
    all.remove(code.as_str()).unwrap_or_else(|| Words {
        message: code.as_str().to_owned(),
        safe: String::new(),
        next: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_refused_by_the_name_that_its_field_has_on_the_screen() {
        let refused = AppError::new(ErrorCode::InvalidValue).with("field", "until");
        assert_eq!(
            refused.view(Lang::Ja).message,
            "「最後の日」に入れられない値です。"
        );
        assert!(refused.view(Lang::En).message.contains("last day"));
        // A script that named an unknown field is told which.
        let unknown = AppError::new(ErrorCode::UnknownField).with("field", "until");
        assert!(unknown.view(Lang::Ja).message.contains("until"));
        // Red control: without words it stays the name that programs use.
        let inner = AppError::new(ErrorCode::InvalidValue).with("field", "cursor");
        assert!(inner.view(Lang::Ja).message.contains("cursor"));
    }

    #[test]
    fn every_code_has_words_in_both_languages_and_no_words_lack_a_code() {
        for source in [
            include_str!("../words/ja.json"),
            include_str!("../words/en.json"),
        ] {
            let all: std::collections::BTreeMap<String, Words> =
                serde_json::from_str(source).unwrap();
            let mut codes: Vec<&str> = ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
            codes.sort_unstable();
            assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), codes);
            for words in all.values() {
                for text in [&words.message, &words.safe, &words.next] {
                    assert!(!text.is_empty());
                    let bare = PLACES
                        .iter()
                        .fold(text.clone(), |text, place| text.replace(place, ""));
                    assert!(!bare.contains('{'), "an unknown place in {text}");
                }
            }
        }
    }
}
