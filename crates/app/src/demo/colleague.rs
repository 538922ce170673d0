//! A colleague with a laptop of his own, so that two people can see the same thing differently.

use std::path::{Path, PathBuf};

use super::{Chance, PASSPHRASE, known_by_seed};
use crate::App;
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::session::view::RequestDevice;
use crate::session::{self, Cost, Rules};

/// The colleague's open store. Its folder goes when this goes; what he wrote is in the office's store by then.
pub(super) struct Colleague {
    pub(super) app: App,
    _folder: Folder,
}

/// Enrols him as the window does: request, approval, acceptance.
pub(super) fn join(office: &mut App, dir: &Path, chance: &Chance, at: i64) -> Result<Colleague> {
    // Beside the store, not in the system's folder for temporary files: the office may have chosen its disk.
    let folder = Folder::make(dir)?;
    let worker = RequestDevice {
        worker: "例示 たける".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut waiting, request, _) = session::request(
        &folder.0.join("store"),
        &worker,
        Cost::Floor,
        Rules::Waived,
        chance.at("request", 0, at),
    )?;
    office.environment = chance.at("approve", 0, at);
    waiting.accept(&office.approve(&request, "worker", None)?)?;
    let mut app = waiting.open(chance.at("accept", 0, at))?;
    app.confirm_office()?;
    let mut colleague = Colleague {
        app,
        _folder: folder,
    };
    colleague.meet(office, |end| chance.at(end, 0, at))?;
    known_by_seed(&mut colleague.app, chance, "colleague")?;
    Ok(colleague)
}

impl Colleague {
    /// A bundle each way.
    pub(super) fn meet(
        &mut self,
        office: &mut App,
        environment: impl Fn(&str) -> Box<dyn Environment>,
    ) -> Result<()> {
        office.environment = environment("office");
        self.app.environment = environment("colleague");
        carry(office, &mut self.app)?;
        carry(&mut self.app, office)
    }
}

fn carry(from: &mut App, to: &mut App) -> Result<()> {
    let bundle = from.bundle_bytes()?;
    to.import_bytes(&bundle)?;
    Ok(())
}

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Folder {
    fn make(dir: &Path) -> Result<Self> {
        let path = dir.join("colleague");
        std::fs::create_dir_all(&path)
            .map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is invented, under a passphrase that everybody knows.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
