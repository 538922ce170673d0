//! Backups: written while the store is open, tried without touching anything, restored as another life of the store.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use domain::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Store;
use store::table::projection::Order;
use ts_rs::TS;
use wire::audit::Act;

use crate::audit::Deed;
use crate::environment::Environment;
use crate::error::Result;
use crate::exchange::file::{Stopped, failed, write_whole};
use crate::exchange::restored;
use crate::session::{self, Opener, Unlocked};
use crate::verify::{self, FindingView, Rebuild};
use crate::{App, look};

/// When a backup was last written (`device_state`), ms as text.
const BACKED_UP: &str = "backed-up";
/// More households than an office has.
const MANY: u32 = 1_000_000;

/// A backup that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BackupView {
    /// The file's name.
    pub file: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Households in it.
    pub households: u32,
}

/// What a backup is worth, or what was restored from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, optional_fields)]
pub struct RestoreView {
    /// Nothing in it is damaged or missing.
    pub ok: bool,
    /// What is worth knowing of it.
    pub findings: Vec<FindingView>,
    /// Households in it.
    pub households: u32,
    /// Documents in it.
    pub documents: u32,
    /// The last day on which something was written in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
}

impl App {
    /// Writes a backup of the store, whole or not at all.
    ///
    /// # Errors
    /// [`ErrorCode::DiskFull`](crate::ErrorCode::DiskFull), [`ErrorCode::FileFailed`](crate::ErrorCode::FileFailed).
    pub fn back_up(&mut self, path: &Path) -> Result<BackupView> {
        let began = self.environment.now();
        self.store
            .transact(|tx| restored::is_backing_up(tx, began))?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".database");
        let beside = PathBuf::from(beside);
        let written = write_whole(path, |out| {
            self.store
                .back_up(out, &beside)
                .map_err(|fault| Stopped(fault.into()))
        });
        let bytes = written.map_err(|Stopped(error)| error)?;
        let now = self.environment.now();
        self.store
            .transact(|tx| tx.put_device_state(BACKED_UP, now.to_string().as_bytes()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.log(&Deed::of(Act::Backup, name))?;
        Ok(BackupView {
            file: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes,
            households: self.count_households()?,
        })
    }

    /// When a backup was last written on this device.
    pub(crate) fn backed_up_at(&self) -> Result<Option<String>> {
        let told = self.store.read(|reader| reader.device_state(BACKED_UP))?;
        let text = told.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text
            .and_then(|text| text.parse().ok())
            .map(|ms| look::instant(self.identity.zone, ms)))
    }

    fn count_households(&self) -> Result<u32> {
        let rows = self
            .store
            .read(|reader| reader.projections("household", None, Order::Ascending, None, MANY))?;
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }
}

/// Makes a store in a new folder from a backup, checks it from end to end, and locks it. It is another life of the store:
/// what was written after the backup comes back from colleagues, by bundle or hub, and until somebody was heard no record is
/// shown: what was erased since could be among them. With two shares in the place of a secret,
/// their use is written into it before it has its new passphrase.
///
/// # Errors
/// What is wrong with the file or the secret; [`ErrorCode::StoreExists`](crate::ErrorCode::StoreExists) when something is
/// in the folder. Then nothing was made.
pub fn restore<'a>(
    file: &Path,
    to: &Path,
    opener: impl Into<Opener<'a>>,
    lang: Lang,
    environment: fn() -> Box<dyn Environment>,
) -> Result<RestoreView> {
    let opener = opener.into();
    let mut bytes = BufReader::new(File::open(file).map_err(failed)?);
    opener
        .open(|secret| Store::restore_with(&mut bytes, to, secret, restored::mark))?
        .lock()?;
    let secret = match opener {
        Opener::Typed(typed) => typed,
        Opener::Shares { shares, new, cost } => {
            session::open_with_shares(to, shares, new, cost, environment())?.lock()?;
            new
        }
    };
    let verified = verify::verify(to, secret, Rebuild::Compare, lang, environment())?;
    let (households, newest) = match session::unlock(to, secret, environment())? {
        Unlocked::Open(app) => {
            let counted = (app.count_households()?, app.newest_change()?);
            app.lock()?;
            counted
        }
        Unlocked::Waiting(mut waiting) => {
            // It has no records, and nobody to compare with.
            waiting.store().transact(restored::unmark)?;
            waiting.lock()?;
            (0, None)
        }
    };
    Ok(RestoreView {
        ok: verified.ok,
        findings: verified.findings,
        households,
        documents: verified.documents,
        newest,
    })
}

/// Restores a backup into a folder that goes again: a drill, so that a backup is known to be one before it is needed.
///
/// # Errors
/// As [`restore`].
pub fn check(
    file: &Path,
    secret: &str,
    lang: Lang,
    environment: fn() -> Box<dyn Environment>,
) -> Result<RestoreView> {
    let place = Drill::make()?;
    restore(file, &place.0.join("store"), secret, lang, environment)
}

impl App {
    fn newest_change(&self) -> Result<Option<String>> {
        let newest = self.store.read(|reader| reader.newest_change_at())?;
        Ok(newest.map(|ms| look::instant(self.identity.zone, ms)))
    }
}

/// A folder of its own, encrypted content only, gone with its owner.
struct Drill(PathBuf);

impl Drill {
    fn make() -> Result<Self> {
        let name = format!(
            "marugoto-drill-{:016x}",
            u64::from_be_bytes(crypto::random())
        );
        let place = std::env::temp_dir().join(name);
        fs::create_dir(&place).map_err(failed)?;
        Ok(Self(place))
    }
}

impl Drop for Drill {
    fn drop(&mut self) {
        // What stays behind is as closed as the store itself.
        let _ = fs::remove_dir_all(&self.0);
    }
}
