//! Why a file or a record is refused, as stable codes.

use record::Refused;
use store::Error;
use wire::bundle::BundleError;
use wire::enrol::EnrolError;
use wire::envelope::EnvelopeError;
use wire::frame::FrameError;
use wire::keybox::KeyboxError;
use wire::rights::NoRight;
use wire::roster::RosterError;

use super::file;
use crate::error::{AppError, ErrorCode};

/// A file that is read in part or not at all; of the latter nothing has changed.
impl From<BundleError> for AppError {
    fn from(error: BundleError) -> Self {
        let code = match &error {
            BundleError::BadMagic => ErrorCode::NotOurFile,
            BundleError::Newer => ErrorCode::NewerFormat,
            BundleError::Truncated { .. } => ErrorCode::FileTruncated,
            BundleError::Trailing | BundleError::Damaged | BundleError::Malformed => {
                ErrorCode::FileDamaged
            }
            BundleError::Oversized { .. } => ErrorCode::FileOversized,
            BundleError::ForeignOrg => ErrorCode::ForeignOffice,
            // Whether it was made for others, or is under a key that has not arrived here, cannot be told.
            BundleError::NotForThisDevice | BundleError::WrongKey => ErrorCode::NotForThisDevice,
            BundleError::OnlyForAdmins => ErrorCode::RescueForAdmins,
            BundleError::Forged { .. } | BundleError::BadSignature => ErrorCode::Forged,
            BundleError::BadRecipient => ErrorCode::UnknownDevice,
            BundleError::NotAsPlanned => ErrorCode::Internal,
            BundleError::Io(fault) => file::code(fault),
        };
        Self::new(code).because(error)
    }
}

impl From<EnrolError> for AppError {
    fn from(error: EnrolError) -> Self {
        let code = match &error {
            EnrolError::BadMagic | EnrolError::IsRequest | EnrolError::IsApproval => {
                ErrorCode::NotOurFile
            }
            EnrolError::Frame(error) => of_frame(error),
            EnrolError::Malformed(_) => ErrorCode::FileDamaged,
            EnrolError::Newer => ErrorCode::NewerFormat,
            EnrolError::BadName => {
                return Self::new(ErrorCode::InvalidValue)
                    .with("field", "worker")
                    .because(error);
            }
            EnrolError::NotForThisDevice => ErrorCode::NotForThisDevice,
            EnrolError::OtherRequest => ErrorCode::ApprovalSwapped,
            EnrolError::DoesNotOpen
            | EnrolError::Directory(_)
            | EnrolError::NotEnrolled
            | EnrolError::Keybox(_) => ErrorCode::Forged,
            EnrolError::BadRecipient => ErrorCode::FileDamaged,
        };
        Self::new(code).because(error)
    }
}

/// What is wrong with a small file as a whole.
pub(super) fn of_frame(error: &FrameError) -> ErrorCode {
    match error {
        FrameError::BadMagic => ErrorCode::NotOurFile,
        FrameError::Truncated { .. } => ErrorCode::FileTruncated,
        FrameError::Oversized { .. } => ErrorCode::FileOversized,
        FrameError::Trailing | FrameError::Damaged => ErrorCode::FileDamaged,
    }
}

/// Why a record does not take effect now.
#[derive(Debug)]
pub(super) enum Halt {
    /// It may take effect once something has arrived.
    Waits(sync::store::Waits),
    /// It is of a kind that a newer version will know; where it says so, nothing more is to be written into its vault by
    /// one that does not.
    Newer(Option<wire::ids::Vault>),
    /// What it is about was erased here: a stub of it stays.
    Erased,
    /// It never will; the code is stable.
    Refused(&'static str),
    /// The store failed: nothing of the whole bundle is kept.
    Fault(AppError),
}

/// A step on the way of a record.
pub(super) type Step<T> = Result<T, Halt>;

impl From<AppError> for Halt {
    fn from(error: AppError) -> Self {
        Self::Fault(error)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Codes that several causes share.
pub(super) mod code {
    /// The bytes are not formed as they must be.
    pub(in crate::exchange) const MALFORMED: &str = "malformed";
    /// A signature does not hold.
    pub(in crate::exchange) const FORGED: &str = "forged";
    /// Its author has filled what may wait; it counts when it comes again and what it waits for is here.
    pub(in crate::exchange) const FLOOD: &str = "flood";
    /// The author had no right to it.
    pub(in crate::exchange) const NO_RIGHT: &str = "no_right";
    /// Its author was shut out, and it lies beyond the cut.
    pub(in crate::exchange) const BEYOND_CUT: &str = "beyond_cut";
    /// It belongs to another vault.
    pub(in crate::exchange) const FOREIGN_VAULT: &str = "foreign_vault";
    /// The changes are those of another document.
    pub(in crate::exchange) const FOREIGN_DOCUMENT: &str = "foreign_document";
}

pub(super) fn of_envelope(error: EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::BadMagic
        | EnvelopeError::Truncated { .. }
        | EnvelopeError::Trailing
        | EnvelopeError::BadPlace
        | EnvelopeError::WrongKey
        | EnvelopeError::Malformed => code::MALFORMED,
        EnvelopeError::UnknownSuite { .. } => "newer",
        EnvelopeError::Oversized { .. } | EnvelopeError::Bomb { .. } => "oversized",
        EnvelopeError::ForeignOrg => "foreign_office",
        EnvelopeError::BadSignature => code::FORGED,
    }
}

pub(super) fn of_right(right: NoRight) -> &'static str {
    match right {
        NoRight::NotInOffice => "not_in_office",
        NoRight::NoWritingRole => "no_writing_role",
        NoRight::NotAReader => "not_a_reader",
        NoRight::BeyondCut => code::BEYOND_CUT,
        NoRight::OnlyKeyBoxes => code::NO_RIGHT,
    }
}

pub(super) fn of_changes(refused: &Refused) -> &'static str {
    match refused {
        Refused::Waiting(_) => "waiting",
        Refused::Malformed(_) => code::MALFORMED,
        Refused::HashDiffers => "hash_differs",
        Refused::ForeignActor => "foreign_actor",
        Refused::TooManyOperations(_) => "too_many_operations",
        Refused::OutOfBounds(_) => "out_of_bounds",
        Refused::BreaksForm(_) => "breaks_form",
        Refused::NotMerged => "not_merged",
        Refused::Panicked => "panicked",
        Refused::Unloadable => "unloadable",
    }
}

pub(super) fn of_roster(error: &RosterError) -> &'static str {
    match error {
        RosterError::Malformed(_) | RosterError::Founding | RosterError::BrokenChain => {
            code::MALFORMED
        }
        RosterError::ForeignVault => code::FOREIGN_VAULT,
        RosterError::TooFewReaders | RosterError::NoRight => code::NO_RIGHT,
        RosterError::BadSignature => code::FORGED,
        RosterError::Incomplete { .. } | RosterError::NewerDirectory => "waiting",
    }
}

pub(super) fn of_keybox(error: &KeyboxError) -> &'static str {
    match error {
        KeyboxError::Malformed(_)
        | KeyboxError::WrongKey
        | KeyboxError::OtherKey
        | KeyboxError::BadRecipient => code::MALFORMED,
        KeyboxError::UnknownAuthor | KeyboxError::Newer => "waiting",
        KeyboxError::BadSignature => code::FORGED,
        KeyboxError::NoRight => code::NO_RIGHT,
        KeyboxError::ForeignRecipient => "foreign_recipient",
    }
}
