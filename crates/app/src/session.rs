//! Before and around an open store: founding, unlocking, locking, joining an office.
//!
//! The functions here work on one store folder; [`program::Program`] is what the window holds: the
//! stores of this PC, and where it stands with the one it looks at.

pub mod program;
pub mod view;

use std::path::Path;
use std::time::Duration;

use crypto::passphrase::{Level, Params, calibrate};
use crypto::recovery::RecoveryCode;
use crypto::words::Word;
use domain::{Lang, Timestamp, Zone};
use store::{NewHeader, Store};

use crate::App;
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::{self, enrol, rescue};
use crate::facts::said::unhex;
use crate::session::view::{
    FoundOffice, PassphraseView, RecoverySheet, RequestDevice, StrengthView, WordView,
};
use crate::trust::{self, state};

/// A guess at the passphrase that takes less is too cheap on this machine.
pub(crate) const CHEAP: Duration = Duration::from_millis(300);

/// How dear a guess at the passphrase shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Measured on this machine, never below the floor.
    Measured,
    /// The floor, for tests and demonstrations.
    Floor,
}

impl Cost {
    pub(crate) fn params(self) -> Params {
        match self {
            Self::Measured => calibrate(CHEAP),
            Self::Floor => Params::FLOOR,
        }
    }
}

/// Whether a passphrase is held to the rules. みほん市 has a weak one on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Weak ones are refused.
    Kept,
    /// For the demo.
    Waived,
}

/// What opens a backup, or a damaged store, that a fresh one is made of.
#[derive(Clone, Copy, Debug)]
pub enum Opener<'a> {
    /// A passphrase or the recovery code, as it was typed.
    Typed(&'a str),
    /// Two shares of the office's escrow, and the passphrase that the fresh store gets in the place of the forgotten one.
    Shares {
        /// As they were typed.
        shares: &'a [String],
        /// The new passphrase.
        new: &'a str,
        /// How dear a guess at it shall be.
        cost: Cost,
    },
}

impl<'a> From<&'a str> for Opener<'a> {
    fn from(typed: &'a str) -> Self {
        Self::Typed(typed)
    }
}

impl Opener<'_> {
    /// Opens something with it.
    ///
    /// # Errors
    /// What is wrong with the shares, each told apart; [`ErrorCode::EscrowOther`] when they are of another key;
    /// [`ErrorCode::WeakPassphrase`]; as `work`.
    pub(crate) fn open<T>(
        self,
        work: impl FnOnce(store::Secret<'_>) -> std::result::Result<T, store::Error>,
    ) -> Result<T> {
        match self {
            Self::Typed(typed) => {
                let code = RecoveryCode::parse(typed).ok();
                let secret = code
                    .as_ref()
                    .map_or(store::Secret::Passphrase(typed), store::Secret::Recovery);
                Ok(work(secret)?)
            }
            Self::Shares { shares, new, .. } => {
                let key = exchange::escrow::key_of(shares)?;
                if !is_fair(new) {
                    return Err(ErrorCode::WeakPassphrase.into());
                }
                work(store::Secret::Escrow(&key.kem)).map_err(|error| match error {
                    store::Error::WrongSecret => AppError::new(ErrorCode::EscrowOther),
                    error => error.into(),
                })
            }
        }
    }
}

/// A store that was unlocked.
#[derive(Debug)]
pub enum Unlocked {
    /// Its device belongs to an office.
    Open(Box<App>),
    /// Its device waits for the approval of its request.
    Waiting(Box<Waiting>),
}

/// An unlocked store whose device waits.
#[derive(Debug)]
pub struct Waiting {
    store: Store,
}

/// Founds an office in a new store.
///
/// # Errors
/// [`ErrorCode::WeakPassphrase`], [`ErrorCode::StoreExists`], [`ErrorCode::ReadOnly`], [`ErrorCode::DiskFull`].
pub fn found(
    dir: &Path,
    request: &FoundOffice,
    cost: Cost,
    rules: Rules,
    mut environment: Box<dyn Environment>,
) -> Result<(App, RecoverySheet)> {
    let role = trust::role(&request.role)?;
    let now = environment.now();
    let office = exchange::NewOffice {
        name: request.office.clone(),
        worker: request.worker.clone(),
        role,
        role_word: request.role.clone(),
        zone: Zone::TOKYO,
    };
    let (store, (paper, environment), recovery) =
        create(dir, &request.passphrase, cost, rules, |mut store| {
            let paper = exchange::found(&mut store, &office, environment.as_mut())?;
            let mut app = App::open(store, environment)?;
            exchange::introduce(&mut app)?;
            let (store, environment) = app.into_parts();
            Ok((store, (paper, environment)))
        })?;
    let app = App::open(store, environment)?;
    let sheet = RecoverySheet {
        office: request.office.clone(),
        worker: request.worker.clone(),
        date: Zone::TOKYO.day_of(Timestamp::from_millis(now)).to_string(),
        recovery_code: recovery.text().to_string(),
        paper_admin_key: crypto::paper::print(&paper).to_string(),
        office_words: view_words(&app.office_words()),
    };
    Ok((app, sheet))
}

/// Makes a waiting store and the request with which it asks to join an office.
///
/// # Errors
/// As [`found`].
pub fn request(
    dir: &Path,
    request: &RequestDevice,
    cost: Cost,
    rules: Rules,
    mut environment: Box<dyn Environment>,
) -> Result<(Waiting, Vec<u8>, RecoverySheet)> {
    let now = environment.now();
    let (store, bytes, recovery) = create(dir, &request.passphrase, cost, rules, |mut store| {
        let bytes = enrol::make_request(&mut store, &request.worker, environment.as_mut())?;
        Ok((store, bytes))
    })?;
    let sheet = RecoverySheet {
        office: String::new(),
        worker: request.worker.clone(),
        date: Zone::TOKYO.day_of(Timestamp::from_millis(now)).to_string(),
        recovery_code: recovery.text().to_string(),
        paper_admin_key: String::new(),
        office_words: Vec::new(),
    };
    Ok((Waiting { store }, bytes, sheet))
}

/// Makes a store. Before `fill` is done, there is none: a laptop that loses power while it founds an office founds it
/// again.
fn create<T>(
    dir: &Path,
    passphrase: &str,
    cost: Cost,
    rules: Rules,
    fill: impl FnOnce(Store) -> Result<(Store, T)>,
) -> Result<(Store, T, RecoveryCode)> {
    if rules == Rules::Kept && !is_fair(passphrase) {
        return Err(ErrorCode::WeakPassphrase.into());
    }
    let recovery = RecoveryCode::make();
    let header = NewHeader {
        passphrase,
        params: cost.params(),
        recovery: &recovery,
    };
    let (store, value) = Store::create_with(dir, &header, fill)?;
    Ok((store, value, recovery))
}

/// Whether a passphrase may guard a store.
pub(crate) fn is_fair(passphrase: &str) -> bool {
    crypto::passphrase::strength(passphrase).level >= Level::Fair
}

/// Opens a store with its passphrase or its recovery code.
///
/// # Errors
/// [`ErrorCode::NoStore`], [`ErrorCode::WrongPassphrase`], [`ErrorCode::StoreInUse`], and what is found wrong with the
/// store's files.
pub fn unlock(dir: &Path, secret: &str, environment: Box<dyn Environment>) -> Result<Unlocked> {
    unlock_with(dir, secret.into(), environment)
}

/// The same with whatever opens it. Shares open it without anything being written of it: that is for the caller.
pub(crate) fn unlock_with(
    dir: &Path,
    opener: Opener<'_>,
    environment: Box<dyn Environment>,
) -> Result<Unlocked> {
    let store = opener
        .open(|secret| Store::unlock(dir, secret))
        .map_err(|error| match rescue::wiped(dir) {
            Some(wiped) => wiped.refusal(),
            None => error,
        })?;
    if store.read(trust::read_office)?.is_some() {
        let mut app = App::open(store, environment)?;
        app.obey()?;
        Ok(Unlocked::Open(Box::new(app)))
    } else {
        Ok(Unlocked::Waiting(Box::new(Waiting { store })))
    }
}

/// Opens the store of a forgotten passphrase with two shares of the office's escrow (預かり札), and sets a new passphrase.
/// The use is written for the whole office first.
///
/// # Errors
/// What is wrong with the shares, each told apart (`ErrorCode::Escrow…`); [`ErrorCode::WeakPassphrase`]; as [`unlock`]. Then
/// nothing is changed.
pub fn open_with_shares(
    dir: &Path,
    shares: &[String],
    passphrase: &str,
    cost: Cost,
    environment: Box<dyn Environment>,
) -> Result<App> {
    exchange::escrow::open(dir, shares, passphrase, cost, environment)
}

impl Waiting {
    /// The words of this device's request.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn device_words(&self) -> Result<Vec<WordView>> {
        Ok(view_words(&self.store.read(enrol::request_words)?))
    }

    /// The request file, to be written once more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn request(&self) -> Result<Vec<u8>> {
        let bytes = self
            .store
            .read(|reader| reader.device_state(state::REQUEST))?;
        bytes.ok_or_else(|| ErrorCode::StoreDamaged.into())
    }

    /// Takes the approval. A refused one leaves the store waiting, as it was.
    ///
    /// # Errors
    /// [`ErrorCode::ApprovalSwapped`], [`ErrorCode::NotForThisDevice`], [`ErrorCode::FileDamaged`] …
    pub fn accept(&mut self, approval: &[u8]) -> Result<()> {
        enrol::accept(&mut self.store, approval)
    }

    /// Opens the store once the approval was taken.
    ///
    /// # Errors
    /// [`ErrorCode::Waiting`] when it was not.
    pub fn open(self, environment: Box<dyn Environment>) -> Result<App> {
        App::open(self.store, environment)
    }

    /// The certificates, PEM, against which a hub is checked on the way into an office, and by the office's laptop afterwards.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hub_authority(&self) -> Result<Option<Vec<u8>>> {
        exchange::ways::authority_of(&self.store)
    }

    /// Keeps certificates that were found to be such.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_hub_authority(&mut self, pem: &[u8]) -> Result<()> {
        exchange::ways::keep_authority(&mut self.store, pem)
    }

    /// This device's request, read.
    pub(crate) fn parsed_request(&self) -> Result<wire::enrol::Request> {
        Ok(wire::enrol::Request::parse(&self.request()?)?)
    }

    /// This device's private keys.
    pub(crate) fn keys(&self) -> Result<(crypto::sign::SigningKey, crypto::kem::KemKey)> {
        self.store.read(trust::read_keys)
    }

    pub(crate) fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Locks the waiting store.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn lock(self) -> Result<()> {
        Ok(self.store.lock()?)
    }
}

/// Seven generated words.
#[must_use]
pub fn suggest_passphrase() -> PassphraseView {
    PassphraseView {
        words: view_words(&crypto::words::make_passphrase()),
        bits: 77,
    }
}

/// How strong a passphrase is.
#[must_use]
pub fn strength(passphrase: &str) -> StrengthView {
    let strength = crypto::passphrase::strength(passphrase);
    let level = match strength.level {
        Level::Short => "tooShort",
        Level::Weak => "weak",
        Level::Fair => "fair",
        Level::Strong => "good",
    };
    StrengthView {
        bits: strength.bits,
        level: level.to_owned(),
    }
}

/// Words as views carry them.
pub fn view_words(words: &[Word]) -> Vec<WordView> {
    words
        .iter()
        .map(|word| WordView {
            kana: word.kana.to_owned(),
            romaji: word.romaji.to_owned(),
        })
        .collect()
}

/// A device's pseudonym from its hexadecimal form.
#[must_use]
pub fn device_id(text: &str) -> Option<[u8; 16]> {
    unhex(text)
}

/// The recovery sheet as text, to print or to copy by hand.
#[must_use]
pub fn sheet_text(sheet: &RecoverySheet, lang: Lang) -> String {
    let said = |ja: &str, en: &str| match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    };
    let mut lines = vec![
        format!(
            "{}  {}  {}  {}",
            said("復旧シート", "Recovery sheet"),
            sheet.office,
            sheet.worker,
            sheet.date
        ),
        said(
            "この紙は、端末とは別の、鍵のかかる場所に保管してください。",
            "Keep this paper under lock and key, away from the laptop.",
        ),
    ];
    if !sheet.recovery_code.is_empty() {
        lines.push(
            said(
                "復旧コード（合いことばを忘れたとき）: ",
                "Recovery code (when the passphrase is forgotten): ",
            ) + &sheet.recovery_code,
        );
    }
    if !sheet.paper_admin_key.is_empty() {
        lines.push(
            said(
                "紙の管理鍵（二人目の署名）: ",
                "Paper admin key (the second signature): ",
            ) + &sheet.paper_admin_key,
        );
    }
    if !sheet.office_words.is_empty() {
        lines.push(said("事務所の言葉: ", "Office words: ") + &spoken(&sheet.office_words));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Words as they are read out.
#[must_use]
pub fn spoken(words: &[WordView]) -> String {
    words
        .iter()
        .map(|word| format!("{}({})", word.kana, word.romaji))
        .collect::<Vec<_>>()
        .join(" ")
}
