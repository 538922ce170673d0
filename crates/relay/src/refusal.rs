//! Why a hub refuses: a stable code and an HTTP status for each reason.
//!
//! # Invariants
//!
//! - **Nothing is half applied** when a call is refused.
//! - **An unknown office, an unknown device and a wrong signature look alike** from outside.

use wire::hub::Refusal;

use crate::store::StoreError;

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The body or an argument is not what it should be.
    #[error("the call is malformed")]
    Malformed,
    /// No valid token, or an answer that does not hold.
    #[error("the device is not let in")]
    NotAdmitted,
    /// The invitation is unknown, has ended or was used.
    #[error("no such invitation")]
    NoInvitation,
    /// The device is no admin of the office that it wants carried.
    #[error("the device is no admin")]
    NotAnAdmin,
    /// The device is frozen, has left or was shut out.
    #[error("the device may not exchange")]
    NoExchange,
    /// The device does not read the lane.
    #[error("the device does not read the lane")]
    LaneClosed,
    /// No erasure of these records stands in the directory, or it was taken back.
    #[error("no such erasure is signed")]
    NotOrdered,
    /// There is nothing of this name.
    #[error("there is nothing of this name")]
    NotFound,
    /// An upload does not go on where the last one ended.
    #[error("the upload goes on at another byte")]
    UploadElsewhere,
    /// A blob's bytes do not have the hash that names it.
    #[error("the bytes are not those that the name says")]
    BlobDiffers,
    /// More than the hub takes at once.
    #[error("too large")]
    TooLarge,
    /// A range that is not there.
    #[error("no such range")]
    NoSuchRange,
    /// Too often.
    #[error("too many calls")]
    TooMany,
    /// The device has sent enough for today.
    #[error("the device has sent enough for today")]
    DayIsFull,
    /// The office has no room left.
    #[error("the office has no room left")]
    OfficeIsFull,
    /// The hub has no place for attachments.
    #[error("the hub keeps no attachments")]
    NoBlobs,
    /// The call took too long.
    #[error("the call took too long")]
    TooSlow,
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Refused {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.row().1
    }

    /// As it is told to the device.
    #[must_use]
    pub fn to_refusal(&self) -> Refusal {
        let (code, _, retry_after) = self.row();
        Refusal {
            code: code.to_owned(),
            retry_after,
        }
    }

    fn row(&self) -> (&'static str, u16, u64) {
        match self {
            Self::Malformed => ("malformed", 400, 0),
            Self::NotAdmitted => ("not_admitted", 401, 0),
            Self::NoInvitation => ("no_invitation", 403, 0),
            Self::NotAnAdmin => ("not_an_admin", 403, 0),
            Self::NoExchange => ("no_exchange", 403, 0),
            Self::LaneClosed => ("lane_closed", 403, 0),
            Self::NotOrdered => ("not_ordered", 403, 0),
            Self::NotFound => ("not_found", 404, 0),
            Self::UploadElsewhere => ("upload_elsewhere", 409, 0),
            Self::BlobDiffers => ("blob_differs", 409, 0),
            Self::TooLarge => ("too_large", 413, 0),
            Self::NoSuchRange => ("no_such_range", 416, 0),
            Self::TooMany => ("too_many", 429, 60),
            Self::DayIsFull => ("day_is_full", 429, 3600),
            Self::OfficeIsFull => ("office_is_full", 507, 0),
            Self::NoBlobs => ("no_blobs", 503, 0),
            Self::TooSlow => ("too_slow", 503, 10),
            Self::Store(StoreError::Full) => ("hub_is_full", 507, 600),
            Self::Store(StoreError::InUse | StoreError::Damaged | StoreError::Failed(_)) => {
                ("unavailable", 503, 10)
            }
        }
    }
}
