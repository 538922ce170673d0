//! What tests share: laptops with real stores in temporary folders, and offices of several of them.
//!
//! Never shipped. A failure here is the failure of a test, so it panics with the error's code.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a failure here is the failure of a test"
)]

pub mod hub;
pub mod program;

use std::path::{Path, PathBuf};

use app::hub::{Conversation, talk};
use app::reentry::{Reentry, reenter};
use app::session::view::{
    ExportBundle, ExportView, FoundOffice, ImportView, RecoverySheet, RequestDevice, SyncView,
};
use app::session::{self, Cost, Rules, Unlocked};
use app::verify::{Rebuild, VerifyView, verify};
use app::{App, AppError, Environment, Fixed, Lang, ops};
use serde_json::Value;
use tempfile::TempDir;

use crate::hub::{Hub, Line, URL};

/// The passphrase of every laptop here.
pub const PASSPHRASE: &str = "みず そら やま かわ もり うみ つき";

/// A laptop with its own store, clock and randomness.
#[derive(Debug)]
pub struct Laptop {
    dir: TempDir,
    app: Option<App>,
    /// The clock, ms.
    now: i64,
    seed: u64,
}

/// 2026-11-23 10:15 in Tokyo.
pub const NOON: i64 = 1_795_396_500_000;

impl Laptop {
    /// The first laptop of a new office.
    #[must_use]
    pub fn founding(worker: &str, seed: u64) -> (Self, RecoverySheet) {
        let dir = TempDir::new().expect("a temporary folder");
        let request = FoundOffice {
            office: "みほん市社会福祉課".to_owned(),
            worker: worker.to_owned(),
            role: "worker".to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let environment = Box::new(Fixed::new(NOON, seed));
        let (app, sheet) = session::found(
            &dir.path().join("store"),
            &request,
            Cost::Floor,
            Rules::Waived,
            environment,
        )
        .expect("an office is founded");
        (
            Self {
                dir,
                app: Some(app),
                now: NOON,
                seed,
            },
            sheet,
        )
    }

    /// A further laptop: request, approval by `admin` with the words compared, acceptance, confirmation.
    #[must_use]
    pub fn joining(admin: &mut Self, worker: &str, seed: u64) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let request = RequestDevice {
            worker: worker.to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let environment = Box::new(Fixed::new(NOON, seed));
        let (mut waiting, bytes, _) = session::request(
            &dir.path().join("store"),
            &request,
            Cost::Floor,
            Rules::Waived,
            environment,
        )
        .expect("a request is made");
        let shown = waiting
            .device_words()
            .expect("the waiting laptop shows words");
        let seen = admin
            .app()
            .read_request(&bytes)
            .expect("the request is readable");
        assert_eq!(
            shown, seen.device_words,
            "both sides show the same device words"
        );
        let approval = admin
            .app()
            .approve(&bytes, "worker", None)
            .expect("the request is approved");
        waiting.accept(&approval).expect("the approval is accepted");
        let mut app = waiting
            .open(Box::new(Fixed::new(NOON, seed)))
            .expect("the store opens");
        assert_eq!(
            session::view_words(&app.office_words()),
            seen.office_words,
            "both sides show the same office words"
        );
        app.confirm_office().expect("the office is confirmed");
        Self {
            dir,
            app: Some(app),
            now: NOON,
            seed,
        }
    }

    /// A fresh laptop that comes into an office with two shares of its escrow, over a line that may fail.
    ///
    /// # Errors
    /// What stopped it, with the laptop that waits on.
    pub fn entering(
        worker: &str,
        seed: u64,
        shares: &[&str],
        line: &mut Line<'_>,
    ) -> Result<(Self, RecoverySheet), (AppError, Box<Self>)> {
        let dir = TempDir::new().expect("a temporary folder");
        let request = RequestDevice {
            worker: worker.to_owned(),
            passphrase: PASSPHRASE.to_owned(),
        };
        let environment = Box::new(Fixed::new(NOON, seed));
        let folder = dir.path().join("store");
        let (waiting, ..) =
            session::request(&folder, &request, Cost::Floor, Rules::Waived, environment)
                .expect("a request is made");
        waiting.lock().expect("the store locks");
        let mut laptop = Self {
            dir,
            app: None,
            now: NOON,
            seed,
        };
        match laptop.enter(shares, line) {
            Ok(sheet) => Ok((laptop, sheet)),
            Err(error) => Err((error, Box::new(laptop))),
        }
    }

    /// The same with a laptop that waits.
    ///
    /// # Errors
    /// What stopped it; the laptop waits on.
    pub fn enter(
        &mut self,
        shares: &[&str],
        line: &mut Line<'_>,
    ) -> Result<RecoverySheet, AppError> {
        let environment = Box::new(Fixed::new(self.now, self.seed));
        let Unlocked::Waiting(mut waiting) =
            session::unlock(&self.store(), PASSPHRASE, environment)?
        else {
            panic!("the device does not wait");
        };
        let shares: Vec<String> = shares.iter().map(|&text| text.to_owned()).collect();
        let entered = Reentry::begin(&waiting, URL, &shares)
            .and_then(|reentry| reenter(&mut waiting, reentry, line, self.now));
        match entered {
            Ok(sheet) => {
                self.seed += 1_000;
                let environment = Box::new(Fixed::new(self.now, self.seed));
                self.app = Some(waiting.open(environment)?);
                Ok(sheet)
            }
            Err(error) => {
                waiting.lock()?;
                Err(error)
            }
        }
    }

    /// The open store.
    pub fn app(&mut self) -> &mut App {
        self.app
            .as_mut()
            .unwrap_or_else(|| panic!("the store is locked"))
    }

    /// The store's folder.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// A place beside the store.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Calls an operation that must succeed.
    pub fn call(&mut self, name: &str, arguments: Value) -> Value {
        match self.attempt(name, arguments) {
            Ok(view) => view,
            Err(error) => panic!("{name} was refused: {error:?}"),
        }
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// What the operation refuses.
    pub fn attempt(&mut self, name: &str, arguments: Value) -> Result<Value, AppError> {
        ops::call(self.app(), name, arguments).map(|applied| applied.value)
    }

    /// Locks, and unlocks again at a later moment: another launch.
    pub fn restart(&mut self, later_ms: i64) {
        self.lock();
        self.now += later_ms;
        self.reopen(PASSPHRASE);
    }

    /// Locks the store, where it is open.
    pub fn lock(&mut self) {
        if let Some(app) = self.app.take() {
            app.lock().expect("the store locks");
        }
    }

    /// Unlocks the locked store with a passphrase or a recovery code.
    pub fn reopen(&mut self, secret: &str) {
        self.seed += 1_000;
        let environment = Box::new(Fixed::new(self.now, self.seed));
        self.app =
            match session::unlock(&self.store(), secret, environment).expect("the store opens") {
                Unlocked::Open(app) => Some(*app),
                Unlocked::Waiting(_) => panic!("the device still waits"),
            };
    }

    /// Lets days pass on which the laptop is used: it looks at its clock on each.
    pub fn use_for(&mut self, days: u32) {
        for _ in 0..days {
            self.now += 86_400_000;
            self.seed += 1_000;
            let environment = Box::new(Fixed::new(self.now, self.seed));
            self.app = self.app.take().map(|app| app.with_environment(environment));
            self.app().erasures().expect("the register opens");
        }
    }

    /// Locks, checks the store as `marugoto verify` does, and unlocks again.
    pub fn verify(&mut self, rebuild: Rebuild) -> VerifyView {
        if let Some(app) = self.app.take() {
            app.lock().expect("the store locks");
        }
        let environment = Box::new(Fixed::new(self.now, self.seed));
        let view = verify(&self.store(), PASSPHRASE, rebuild, Lang::Ja, environment)
            .expect("the store can be looked at");
        self.restart(0);
        view
    }

    /// Writes a bundle for all.
    pub fn export(&mut self, to: &Path) -> ExportView {
        self.app()
            .bundle_export(to, &ExportBundle::default())
            .expect("the bundle is written")
    }

    /// Reads a bundle.
    pub fn import(&mut self, from: &Path) -> ImportView {
        self.app()
            .bundle_import(from)
            .expect("the bundle is read")
            .0
    }

    /// Gives another laptop what it lacks, by a file.
    pub fn give(&mut self, other: &mut Self) -> ImportView {
        let path = self.beside(&format!("{}.mgb", other.seed));
        self.export(&path);
        other.import(&path)
    }

    /// Locks, copies the store's folder as some people make backups, and unlocks again.
    pub fn copy_folder(&mut self, name: &str) {
        if let Some(app) = self.app.take() {
            app.lock().expect("the store locks");
        }
        hub::copy(&self.store(), &self.beside(name));
        self.restart(0);
    }

    /// Puts an old copy of the folder in the store's place.
    pub fn put_folder_back(&mut self, name: &str) {
        if let Some(app) = self.app.take() {
            app.lock().expect("the store locks");
        }
        std::fs::remove_dir_all(self.store()).expect("the folder goes");
        hub::copy(&self.beside(name), &self.store());
        self.restart(0);
    }

    /// Writes a backup.
    pub fn back_up(&mut self, name: &str) -> PathBuf {
        let file = self.beside(name);
        self.app().back_up(&file).expect("the backup is written");
        file
    }

    /// The store is lost, and one from a backup is in its place.
    pub fn put_backup_back(&mut self, file: &Path) {
        self.lock();
        std::fs::remove_dir_all(self.store()).expect("the folder goes");
        let system: fn() -> Box<dyn Environment> = || Box::new(Fixed::new(NOON, 7));
        let view = app::backup::restore(file, &self.store(), PASSPHRASE, Lang::Ja, system);
        assert!(view.expect("the backup is restored").ok);
        self.restart(0);
    }

    /// Joins a hub, as an admin.
    pub fn join_hub(&mut self, hub: &Hub) -> SyncView {
        let code = hub.invite();
        let conversation =
            Conversation::join(self.app(), URL, &code).expect("the laptop is an admin's");
        talk(self.app(), conversation, &mut hub.line())
            .expect("the hub takes the office on")
            .0
    }

    /// Exchanges with the hub.
    pub fn sync(&mut self, hub: &Hub) -> SyncView {
        self.try_sync(&mut hub.line())
            .expect("the laptop exchanges with the hub")
    }

    /// Exchanges over a line that may fail.
    ///
    /// # Errors
    /// What stopped it.
    pub fn try_sync(&mut self, line: &mut Line<'_>) -> Result<SyncView, AppError> {
        let conversation = Conversation::sync(self.app(), Some(URL))?;
        talk(self.app(), conversation, line).map(|(view, _)| view)
    }
}
