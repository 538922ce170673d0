//! What views are made with: a snapshot of the store, the names of the office, and the day.

use domain::{Day, Timestamp, Zone};
use store::{Chunks, Reader};
use wire::directory::{Directory, Role};
use wire::ids::Device;

use crate::documents::Documents;
use crate::error::{AppError, ErrorCode, Result};
use crate::facts::said::Opened;
use crate::identity::Identity;
use crate::names::Names;
use crate::view::AuthorView;

/// A look at the store.
pub(crate) struct Look<'a, 'r> {
    pub(crate) reader: &'a Reader<'r>,
    pub(crate) documents: &'a mut Documents,
    pub(crate) names: &'a Names,
    pub(crate) identity: &'a Identity,
    pub(crate) directory: &'a Directory,
    pub(crate) chunks: &'a Chunks,
    pub(crate) now: i64,
}

impl Look<'_, '_> {
    /// An instant as views show it: RFC 3339 at the office's offset.
    pub(crate) fn instant(&self, ms: i64) -> String {
        instant(self.identity.zone, ms)
    }

    /// The office's today.
    pub(crate) fn today(&self) -> Day {
        self.identity.zone.day_of(Timestamp::from_millis(self.now))
    }

    /// Whether this worker decides about what is this worker's (a household that it leads, its own absence): it is their
    /// own or nobody's, or they are a supervisor or an administrator. A rule of this door and not of merging: whoever
    /// reads a case may change its fields.
    pub(crate) fn decides_for(&self, worker: Option<&str>) -> bool {
        let office = self.directory.state();
        let own = Device::new(self.identity.device);
        worker.is_none_or(|worker| worker == self.identity.worker)
            || office.is_admin(own)
            || office.has_role(own, Role::Supervisor)
    }

    /// Author and instant of an opening.
    pub(crate) fn opened(&self, opened: &Opened) -> (AuthorView, String) {
        (self.names.author(&opened.by), self.instant(opened.at))
    }
}

/// An instant at the office's offset.
pub(crate) fn instant(zone: Zone, ms: i64) -> String {
    zone.rfc3339(Timestamp::from_millis(ms))
}

/// Reads an instant or a day that a request named: RFC 3339, or an ISO date (its start in the office).
pub(crate) fn read_instant(zone: Zone, field: &'static str, text: &str) -> Result<i64> {
    if let Ok((at, _)) = Timestamp::parse(text) {
        return Ok(at.millis());
    }
    text.parse::<Day>()
        .map(|day| zone.start_of(day).millis())
        .map_err(|_| AppError::new(ErrorCode::InvalidValue).with("field", field))
}

/// Reads an ISO date that a request named.
pub(crate) fn read_day(field: &'static str, text: &str) -> Result<Day> {
    text.parse::<Day>()
        .map_err(|_| AppError::new(ErrorCode::InvalidValue).with("field", field))
}
