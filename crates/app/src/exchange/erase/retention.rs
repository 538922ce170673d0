//! How long the office keeps its backups (バックアップの保存期間). They hold keys, so what was erased can be read in them until
//! they are gone: the day that the register publishes rests on it.

use wire::cbor::Bytes;
use wire::directory::{Act, Directory};

use super::Touched;
use super::view::ErasureList;
use crate::App;
use crate::error::{AppError, ErrorCode, Result};

/// The rule of the office by which its backups are kept, days in figures.
const RULE: &str = "backup-days";
/// How long they are kept where nobody said. Days; no horizon is nearer, because keys are good for as long.
pub(super) const YEAR: u32 = 365;
/// The longest that may be said: ten years, in days.
const MOST: u32 = 3_650;

/// How long backups are kept, days.
pub(super) fn days(directory: &Directory) -> u32 {
    let rule = directory.state().policy.get(RULE);
    rule.and_then(|value| std::str::from_utf8(value).ok()?.parse().ok())
        .filter(|days| (1..=MOST).contains(days))
        .unwrap_or(YEAR)
}

/// The act that says how long the office keeps its backups.
pub(in crate::exchange) fn rule_of(days: u32) -> Result<Act> {
    if !(1..=MOST).contains(&days) {
        return Err(AppError::new(ErrorCode::InvalidValue).with("field", "days"));
    }
    Ok(Act::Policy {
        name: RULE.to_owned(),
        value: Bytes(days.to_string().into_bytes()),
    })
}

/// How many days an act says, where it is that one.
pub(in crate::exchange) fn days_of(act: &Act) -> Option<u32> {
    let Act::Policy { name, value } = act else {
        return None;
    };
    let days = std::str::from_utf8(&value.0).ok()?.parse().ok()?;
    (name == RULE && (1..=MOST).contains(&days)).then_some(days)
}

impl App {
    /// Says how long the office keeps its backups, with the paper key of the recovery sheet beside.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::NeedsSecond`] without the paper key, [`ErrorCode::InvalidValue`] when it is
    /// mistyped or another's, or `days` is not between one and ten years' worth.
    pub fn erase_backups(
        &mut self,
        days: u32,
        paper: Option<&str>,
    ) -> Result<(ErasureList, Touched)> {
        self.must_be_admin()?;
        let rule = rule_of(days)?;
        let paper = self.paper(paper)?;
        let mut touched = self.act(&rule, Some(&paper))?;
        touched.push("erasures".to_owned());
        Ok((self.erasures()?, touched))
    }
}
