//! The office that is measured: みほん市 with many households, and the same rows in plain SQLite.

use std::path::{Path, PathBuf};

use app::demo::{self, Wish};
use app::floor::Rows;
use app::session::{self, Unlocked};
use app::{App, AppError, Environment as _, ErrorCode, Result, System, ops};
use serde_json::{Value, json};

/// An open office in a temporary folder.
#[derive(Debug)]
pub(super) struct Office {
    app: Option<App>,
    /// The same rows without encryption.
    pub(super) rows: Rows,
    /// The ids of its households, evenly over the list.
    pub(super) households: Vec<String>,
    count: u32,
    // Last, so that the files are closed when it goes.
    folder: Folder,
}

/// How many households are worked with.
const SOME: u32 = 200;

impl Office {
    /// Makes it, locks it and opens it again, so that nothing is warm from the making.
    pub(super) fn make(households: u32) -> Result<Self> {
        let folder = Folder::make()?;
        demo::make(
            &folder.store(),
            &Wish {
                households,
                seed: 1,
            },
            System.now(),
        )?
        .lock()?;
        let mut app = unlock(&folder.store())?;
        let rows = Rows::copy(&app, &folder.0.join("plain.db"))?;
        let households = some(&mut app, households)?;
        let count = u32::try_from(households.0).unwrap_or(u32::MAX);
        Ok(Self {
            app: Some(app),
            rows,
            households: households.1,
            count,
            folder,
        })
    }

    /// The open store.
    pub(super) fn app(&mut self) -> Result<&mut App> {
        self.app.as_mut().ok_or_else(|| ErrorCode::Locked.into())
    }

    /// Calls an operation.
    pub(super) fn call(&mut self, op: &str, arguments: Value) -> Result<Value> {
        Ok(ops::call(self.app()?, op, arguments)?.value)
    }

    /// Locks it.
    pub(super) fn lock(&mut self) -> Result<()> {
        self.app.take().map_or(Ok(()), App::lock)
    }

    /// Opens it.
    pub(super) fn unlock(&mut self) -> Result<()> {
        self.app = Some(unlock(&self.folder.store())?);
        Ok(())
    }

    /// How many notes it has, nine for each household of the load.
    pub(super) fn notes(&self) -> u32 {
        self.count.saturating_mul(9)
    }

    /// How large its database is.
    pub(super) fn bytes(&self) -> Result<u64> {
        size(&self.folder.store().join("store.db"))
    }

    /// How large the log of its database is: what an edit adds there, it has written.
    pub(super) fn log(&self) -> Result<u64> {
        size(&self.folder.store().join("store.db-wal"))
    }

    /// A path beside the store.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }
}

fn size(path: &Path) -> Result<u64> {
    let found = std::fs::metadata(path)
        .map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))?;
    Ok(found.len())
}

fn unlock(dir: &Path) -> Result<App> {
    match session::unlock(dir, demo::PASSPHRASE, Box::new(System))? {
        Unlocked::Open(app) => Ok(*app),
        Unlocked::Waiting(_) => Err(ErrorCode::Waiting.into()),
    }
}

/// How many households there are, and the ids of some, evenly over the list.
fn some(app: &mut App, about: u32) -> Result<(usize, Vec<String>)> {
    let mut all = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = ops::call(
            app,
            "household.list",
            json!({ "limit": 500, "cursor": cursor }),
        )?
        .value;
        let items = page
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.extend(
            items
                .iter()
                .filter_map(|item| item.get("id")?.as_str().map(str::to_owned)),
        );
        cursor = page.get("cursor").cloned().unwrap_or_default();
        if cursor.is_null() {
            break;
        }
    }
    let step = usize::try_from(about / SOME).unwrap_or_default().max(1);
    Ok((all.len(), all.into_iter().step_by(step).collect()))
}

/// A folder that goes with its owner.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn make() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("marugoto-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)
            .map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))?;
        Ok(Self(path))
    }

    fn store(&self) -> PathBuf {
        self.0.join("store")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is invented.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
