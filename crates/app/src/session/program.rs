//! What the window holds: the stores of this PC, and where it stands with the one it looks at.
//!
//! # Invariants
//!
//! - No worker's name stands outside a store: on the lock screen stores are numbers.
//! - みほん市 lives in a folder of its own and is never mixed with real data.

use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::Lang;
use serde::{Deserialize, Serialize};
use sync::carrier::Reply;

use super::view::{FoundOffice, RecoverySheet, RequestDevice, StatusView};
use super::{Cost, Opener, Rules, Unlocked, Waiting};
use wire::audit::Act;

use crate::audit::Deed;
use crate::backup::{self, RestoreView};
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::reentry::{self, Reentry};
use crate::exchange::rescue;
use crate::renewal::{self, PlacedView, Prepared};
use crate::verify::RecoverView;
use crate::{App, demo};

/// Makes the environment of a newly opened store.
pub type MakeEnvironment = fn() -> Box<dyn Environment>;

/// Where the program stands.
#[derive(Debug)]
enum Stage {
    Closed,
    Waiting(Box<Waiting>),
    Open(Box<App>),
    Damaged,
}

/// What this PC remembers outside of any store. Nothing of it is about a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    lang: Lang,
    auto_lock_minutes: u32,
    store: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: Lang::Ja,
            auto_lock_minutes: 5,
            store: 1,
        }
    }
}

/// The program between start and end.
#[derive(Debug)]
pub struct Program {
    root: PathBuf,
    /// Given on the command line: the one store to look at.
    only: Option<PathBuf>,
    settings: Settings,
    demo: bool,
    stage: Stage,
    /// A fresh store beside the one that is looked at, until it is chosen or something else is done.
    prepared: Option<Prepared>,
    cost: Cost,
    environment: MakeEnvironment,
}

impl Program {
    /// Looks at the stores below `root`, or at the one store `only`.
    #[must_use]
    pub fn new(
        root: PathBuf,
        only: Option<PathBuf>,
        cost: Cost,
        environment: MakeEnvironment,
    ) -> Self {
        let settings = std::fs::read(root.join("settings.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let program = Self {
            root,
            only,
            settings,
            demo: false,
            stage: Stage::Closed,
            prepared: None,
            cost,
            environment,
        };
        program.settle();
        program
    }

    /// Ends what a power cut left half done while a store took the place of another.
    fn settle(&self) {
        let entries = std::fs::read_dir(self.root.join("stores"));
        let ours = entries.into_iter().flatten().flatten().filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_suffix(".ready")?.parse().ok()?;
            Some(self.numbered(number))
        });
        for place in ours.chain(self.only.clone()) {
            // A disk that fails here fails again, with words, when the store is opened.
            let _ = renewal::settle(&place);
        }
    }

    /// How dear a guess at a passphrase shall be that is set here.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// The language of the window.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.settings.lang
    }

    /// Minutes without a key or a click until it locks.
    #[must_use]
    pub fn auto_lock_minutes(&self) -> u32 {
        self.settings.auto_lock_minutes
    }

    /// Changes language or time to lock.
    ///
    /// # Errors
    /// [`ErrorCode::FileFailed`] when the settings cannot be written; they hold for this run all the same.
    pub fn set(&mut self, lang: Option<Lang>, auto_lock_minutes: Option<u32>) -> Result<()> {
        self.settings.lang = lang.unwrap_or(self.settings.lang);
        if let Some(minutes) = auto_lock_minutes {
            self.settings.auto_lock_minutes = minutes.clamp(1, 60);
        }
        self.keep()
    }

    fn keep(&self) -> Result<()> {
        let failed = |e: std::io::Error| AppError::new(ErrorCode::FileFailed).because(e);
        std::fs::create_dir_all(&self.root).map_err(failed)?;
        std::fs::write(
            self.root.join("settings.json"),
            serde_json::to_vec(&self.settings)?,
        )
        .map_err(failed)
    }

    fn dir(&self) -> PathBuf {
        if self.demo {
            self.root.join("demo")
        } else {
            self.only
                .clone()
                .unwrap_or_else(|| self.numbered(self.settings.store))
        }
    }

    fn numbered(&self, number: u32) -> PathBuf {
        self.root.join("stores").join(number.to_string())
    }

    /// The numbers of the stores of this PC, in order. A gap among them hides no other.
    fn numbers(&self) -> Vec<u32> {
        let entries = std::fs::read_dir(self.root.join("stores"));
        let mut numbers: Vec<u32> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|number| exists(&self.numbered(*number)))
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn count(&self) -> u32 {
        if self.only.is_some() {
            return u32::from(exists(&self.dir()));
        }
        u32::try_from(self.numbers().len()).unwrap_or(u32::MAX)
    }

    /// Where the program stands.
    ///
    /// # Errors
    /// When an open store cannot be read.
    pub fn status(&mut self) -> Result<StatusView> {
        let (store_count, store_number) = (self.count(), self.settings.store);
        let exists = exists(&self.dir());
        let mut view = StatusView {
            state: if exists { "locked" } else { "none" }.to_owned(),
            store_number,
            store_count,
            demo: self.demo,
            office_name: None,
            worker: None,
            role: None,
            admin: false,
            office_confirmed: false,
            device_words: None,
            office_words: None,
            standing: None,
            rescue: None,
            notices: Vec::new(),
            unsent: 0,
            unsent_since: None,
            restored_at: None,
            last_merged_at: None,
            auto_lock_minutes: self.settings.auto_lock_minutes,
            lang: self.settings.lang,
        };
        match &mut self.stage {
            Stage::Closed => {
                if let Some(wiped) = rescue::wiped(&self.dir()) {
                    view.state = "wiped".to_owned();
                    view.rescue = wiped.rescue;
                }
            }
            Stage::Damaged => view.state = "damaged".to_owned(),
            Stage::Waiting(waiting) => {
                view.state = "waiting".to_owned();
                view.device_words = Some(waiting.device_words()?);
            }
            Stage::Open(app) => app.describe(&mut view)?,
        }
        Ok(view)
    }

    /// The open store.
    ///
    /// # Errors
    /// [`ErrorCode::Locked`], [`ErrorCode::Waiting`], [`ErrorCode::NoStore`].
    pub fn app(&mut self) -> Result<&mut App> {
        let code = match &self.stage {
            Stage::Open(_) => ErrorCode::Internal,
            Stage::Waiting(_) => ErrorCode::Waiting,
            Stage::Closed | Stage::Damaged => {
                if exists(&self.dir()) {
                    ErrorCode::Locked
                } else {
                    ErrorCode::NoStore
                }
            }
        };
        match &mut self.stage {
            Stage::Open(app) => Ok(app),
            Stage::Closed | Stage::Damaged | Stage::Waiting(_) => Err(code.into()),
        }
    }

    /// The store that waits for its approval.
    ///
    /// # Errors
    /// [`ErrorCode::Locked`] where none waits.
    pub fn waiting(&mut self) -> Result<&mut Waiting> {
        match &mut self.stage {
            Stage::Waiting(waiting) => Ok(waiting),
            Stage::Open(_) | Stage::Closed | Stage::Damaged => Err(ErrorCode::Locked.into()),
        }
    }

    /// Founds an office and opens it.
    ///
    /// # Errors
    /// As [`super::found`].
    pub fn found(&mut self, request: &FoundOffice) -> Result<RecoverySheet> {
        self.lock()?;
        self.demo = false;
        let (app, sheet) = super::found(
            &self.dir(),
            request,
            self.cost,
            Rules::Kept,
            (self.environment)(),
        )?;
        self.stage = Stage::Open(Box::new(app));
        Ok(sheet)
    }

    /// Opens みほん市, made on the first time.
    ///
    /// # Errors
    /// When its folder cannot be written.
    pub fn demo(&mut self) -> Result<()> {
        self.lock()?;
        self.demo = true;
        let dir = self.dir();
        let app = if exists(&dir) {
            match super::unlock(&dir, demo::PASSPHRASE, (self.environment)())? {
                Unlocked::Open(app) => *app,
                Unlocked::Waiting(_) => return Err(ErrorCode::StoreDamaged.into()),
            }
        } else {
            demo::make(&dir, &demo::Wish::default(), (self.environment)().now())?
                .with_environment((self.environment)())
        };
        self.stage = Stage::Open(Box::new(app));
        Ok(())
    }

    /// Opens the store with its passphrase or recovery code.
    ///
    /// # Errors
    /// As [`super::unlock`].
    pub fn unlock(&mut self, secret: &str) -> Result<()> {
        self.lock()?;
        let begun = Instant::now();
        self.stage = match super::unlock(&self.dir(), secret, (self.environment)()) {
            Ok(Unlocked::Open(mut app)) => {
                if self.cost == Cost::Measured && begun.elapsed() < super::CHEAP {
                    app.raise_cost(secret)?;
                }
                app.log_later(Deed::of(Act::Unlock, String::new()));
                Stage::Open(app)
            }
            Ok(Unlocked::Waiting(waiting)) => Stage::Waiting(waiting),
            Err(error) => {
                if error.code.exit() == 3 {
                    self.stage = Stage::Damaged;
                }
                return Err(error);
            }
        };
        Ok(())
    }

    /// Opens the store with two shares of the office's escrow, and gives it a new passphrase.
    ///
    /// # Errors
    /// As [`super::open_with_shares`].
    pub fn open_with_shares(&mut self, shares: &[String], new: &str) -> Result<()> {
        self.lock()?;
        let environment = (self.environment)();
        let app = super::open_with_shares(&self.dir(), shares, new, self.cost, environment);
        self.stage = match app {
            Ok(app) => Stage::Open(Box::new(app)),
            Err(error) => {
                if error.code.exit() == 3 {
                    self.stage = Stage::Damaged;
                }
                return Err(error);
            }
        };
        Ok(())
    }

    /// Locks whatever is open; the keys are zeroised. Leaving みほん市 leads back to the worker's own store.
    ///
    /// # Errors
    /// When the disk fails; what was acknowledged is safe all the same.
    pub fn lock(&mut self) -> Result<()> {
        self.demo = false;
        self.prepared = None;
        match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Open(app) => app.lock(),
            Stage::Waiting(waiting) => waiting.lock(),
            Stage::Closed | Stage::Damaged => Ok(()),
        }
    }

    /// Looks at the next store of this PC.
    ///
    /// # Errors
    /// As [`Program::lock`].
    pub fn next_store(&mut self) -> Result<()> {
        self.lock()?;
        let numbers = self.numbers();
        let after = numbers.iter().find(|number| **number > self.settings.store);
        self.settings.store = after.or(numbers.first()).copied().unwrap_or(1);
        self.keep()
    }

    /// Looks at a place where a further worker may make a store.
    ///
    /// # Errors
    /// As [`Program::lock`].
    pub fn new_store(&mut self) -> Result<()> {
        self.lock()?;
        self.settings.store = self
            .numbers()
            .last()
            .map_or(1, |last| last.saturating_add(1));
        self.keep()
    }

    /// Makes a waiting store and the request file's bytes.
    ///
    /// # Errors
    /// As [`super::request`].
    pub fn request(&mut self, request: &RequestDevice) -> Result<(Vec<u8>, RecoverySheet)> {
        self.lock()?;
        let (waiting, bytes, sheet) = super::request(
            &self.dir(),
            request,
            self.cost,
            Rules::Kept,
            (self.environment)(),
        )?;
        self.stage = Stage::Waiting(Box::new(waiting));
        Ok((bytes, sheet))
    }

    /// Takes the approval and opens the store.
    ///
    /// # Errors
    /// As [`Waiting::accept`]; the store waits on.
    pub fn accept(&mut self, approval: &[u8]) -> Result<()> {
        self.waiting()?.accept(approval)?;
        self.open_accepted()
    }

    /// Begins to come into an office with two shares of its escrow and the hub at `url`.
    ///
    /// # Errors
    /// [`ErrorCode::Locked`] where no store waits; as [`Reentry::begin`].
    pub fn begin_reentry(&mut self, url: &str, shares: &[String]) -> Result<Reentry> {
        Reentry::begin(self.waiting()?, url, shares)
    }

    /// Goes on with it; at its end the store is open.
    ///
    /// # Errors
    /// As [`Reentry::step`]; the store waits on.
    pub fn step_reentry(
        &mut self,
        reentry: &mut Reentry,
        reply: Option<Reply>,
    ) -> Result<reentry::Step> {
        let now = (self.environment)().now();
        let step = reentry.step(self.waiting()?, reply, now)?;
        if matches!(step, reentry::Step::Done(_)) {
            // Where the store does not open now, it does with the passphrase; the sheet is shown this once.
            let _ = self.open_accepted();
        }
        Ok(step)
    }

    fn open_accepted(&mut self) -> Result<()> {
        if let Stage::Waiting(waiting) = std::mem::replace(&mut self.stage, Stage::Closed) {
            self.stage = Stage::Open(Box::new(waiting.open((self.environment)())?));
        }
        Ok(())
    }

    /// Tries whether a backup can be restored; nothing of this PC is changed.
    ///
    /// # Errors
    /// As [`backup::check`].
    pub fn check_backup(&self, file: &Path, secret: &str) -> Result<RestoreView> {
        backup::check(file, secret, self.settings.lang, self.environment)
    }

    /// Saves what can be read of the store into a fresh one beside it, which waits to be chosen.
    ///
    /// # Errors
    /// As [`renewal::recover`]; the screen stays where it was.
    pub fn recover(&mut self, opener: Opener<'_>) -> Result<RecoverView> {
        self.close_for_another()?;
        let (prepared, view) = renewal::recover(&self.dir(), opener, (self.environment)())?;
        self.prepared = Some(prepared);
        Ok(view)
    }

    /// Makes a store from a backup beside the one that is looked at, where it waits to be chosen.
    ///
    /// # Errors
    /// As [`renewal::restore`]; the screen stays where it was.
    pub fn restore(&mut self, file: &Path, opener: Opener<'_>) -> Result<RestoreView> {
        self.close_for_another()?;
        let lang = self.settings.lang;
        let (prepared, view) = renewal::restore(file, &self.dir(), opener, lang, self.environment)?;
        self.prepared = Some(prepared);
        Ok(view)
    }

    /// Locks, but goes on knowing that the store is damaged.
    fn close_for_another(&mut self) -> Result<()> {
        let was_damaged = matches!(self.stage, Stage::Damaged);
        self.lock()?;
        if was_damaged {
            self.stage = Stage::Damaged;
        }
        Ok(())
    }

    /// Puts the store that waits in the place of the one that lies there, which is kept.
    ///
    /// # Errors
    /// [`ErrorCode::NoStore`] when none waits; as [`Prepared::put_in_place`].
    pub fn put_in_place(&mut self) -> Result<PlacedView> {
        let prepared = self.prepared.take().ok_or(ErrorCode::NoStore)?;
        let placed = prepared.put_in_place(&mut *(self.environment)())?;
        self.lock()?;
        Ok(placed)
    }

    /// Lets go of the store that waits.
    pub fn put_away(&mut self) {
        self.prepared = None;
    }

    /// Changes the passphrase of the open store.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`], [`ErrorCode::WeakPassphrase`].
    pub fn change_passphrase(&mut self, old: &str, new: &str) -> Result<()> {
        let cost = self.cost;
        self.app()?.change_passphrase(old, new, cost)
    }
}

fn exists(dir: &Path) -> bool {
    ["store.db", "header.json", "header.bak"]
        .iter()
        .any(|file| dir.join(file).exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    const WORDS: &str = "みず そら やま かわ もり うみ つき";

    fn program(root: &Path) -> Program {
        let environment: MakeEnvironment = || Box::new(Fixed::new(1_795_396_500_000, 7));
        Program::new(root.to_owned(), None, Cost::Floor, environment)
    }

    fn found(program: &mut Program, worker: &str) {
        let request = FoundOffice {
            office: "みほん市".to_owned(),
            worker: worker.to_owned(),
            role: "worker".to_owned(),
            passphrase: WORDS.to_owned(),
        };
        program.found(&request).unwrap();
    }

    fn worker(program: &mut Program) -> Option<String> {
        program.status().unwrap().worker.map(|worker| worker.name)
    }

    #[test]
    fn several_workers_on_one_pc_have_a_store_each() {
        let root = tempfile::tempdir().unwrap();
        let mut program = program(root.path());
        found(&mut program, "佐藤");
        program.new_store().unwrap();
        assert_eq!(program.status().unwrap().state, "none");
        found(&mut program, "田中");
        assert_eq!(worker(&mut program).as_deref(), Some("田中"));
        assert_eq!(program.status().unwrap().store_count, 2);
        program.next_store().unwrap();
        // On the lock screen stores are numbers.
        assert_eq!(
            (program.status().unwrap().store_number, worker(&mut program)),
            (1, None)
        );
        program.unlock(WORDS).unwrap();
        assert_eq!(worker(&mut program).as_deref(), Some("佐藤"));
        program.next_store().unwrap();
        assert_eq!(program.status().unwrap().store_number, 2);
    }

    #[test]
    fn a_forgotten_passphrase_is_replaced_with_the_recovery_code() {
        let root = tempfile::tempdir().unwrap();
        let mut program = program(root.path());
        let request = FoundOffice {
            office: "みほん市".to_owned(),
            worker: "佐藤".to_owned(),
            role: "worker".to_owned(),
            passphrase: WORDS.to_owned(),
        };
        let code = program.found(&request).unwrap().recovery_code;
        let new = "つき うみ もり かわ やま そら みず";
        let other = crypto::recovery::RecoveryCode::make().text().to_string();
        for wrong in ["ちがうことば", other.as_str()] {
            let refused = program.change_passphrase(wrong, new).unwrap_err();
            assert_eq!(refused.code, ErrorCode::WrongPassphrase);
        }
        program.unlock(&code).unwrap();
        assert_eq!(
            program.change_passphrase(&code, "みず").unwrap_err().code,
            ErrorCode::WeakPassphrase
        );
        program.change_passphrase(&code, new).unwrap();
        assert_eq!(
            program.unlock(WORDS).unwrap_err().code,
            ErrorCode::WrongPassphrase
        );
        for opens in [new, code.as_str()] {
            program.unlock(opens).unwrap();
            assert_eq!(worker(&mut program).as_deref(), Some("佐藤"));
        }
    }

    #[test]
    fn a_store_that_is_gone_hides_no_other() {
        let root = tempfile::tempdir().unwrap();
        let mut program = program(root.path());
        found(&mut program, "佐藤");
        program.new_store().unwrap();
        found(&mut program, "田中");
        program.lock().unwrap();
        std::fs::remove_dir_all(root.path().join("stores/1")).unwrap();
        program.next_store().unwrap();
        let status = program.status().unwrap();
        assert_eq!((status.store_number, status.store_count), (2, 1));
        assert_eq!(status.state, "locked");
        // A new one takes nobody's place.
        program.new_store().unwrap();
        assert_eq!(program.status().unwrap().store_number, 3);
    }
}
