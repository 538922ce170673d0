//! The rim: where the store is, what opens it, and how results and errors are said.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use app::Lang;
use app::session::{self, Cost, Unlocked};
use app::{App, AppError, ErrorCode, Result, System};
use serde::Serialize;

use crate::arguments::{Arguments, LangArgument};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Rim {
    store: Option<PathBuf>,
    /// Results as JSON.
    pub(crate) json: bool,
    /// The language of messages.
    pub(crate) lang: Lang,
}

impl Rim {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let store = arguments
            .store
            .clone()
            .or_else(|| std::env::var_os("MARUGOTO_STORE").map(PathBuf::from));
        let lang = match arguments.lang {
            Some(LangArgument::Ja) => Lang::Ja,
            Some(LangArgument::En) => Lang::En,
            None if std::env::var("LANG").is_ok_and(|lang| lang.starts_with("en")) => Lang::En,
            None => Lang::Ja,
        };
        Self {
            store,
            json: arguments.json,
            lang,
        }
    }

    /// The store's folder.
    pub(crate) fn dir(&self) -> Result<PathBuf> {
        let store = self.store.clone().ok_or_else(|| {
            AppError::new(ErrorCode::InvalidRequest)
                .with("op", "")
                .with("detail", "--store DIR / MARUGOTO_STORE")
        })?;
        app::renewal::settle(&store)?;
        Ok(store)
    }

    /// How dear a guess shall be.
    pub(crate) fn cost() -> Cost {
        if std::env::var("MARUGOTO_KDF").is_ok_and(|word| word == "floor") {
            Cost::Floor
        } else {
            Cost::Measured
        }
    }

    /// Whether the passphrase comes from a script, which answers for its strength itself.
    pub(crate) fn scripted() -> bool {
        std::env::var_os("MARUGOTO_PASSPHRASE").is_some()
    }

    /// The passphrase, from the environment or asked for.
    pub(crate) fn passphrase(&self) -> Result<String> {
        if let Ok(given) = std::env::var("MARUGOTO_PASSPHRASE") {
            return Ok(given);
        }
        let question = match self.lang {
            Lang::Ja => "合いことば: ",
            Lang::En => "Passphrase: ",
        };
        rpassword::prompt_password(question)
            .map_err(|error| AppError::new(ErrorCode::WrongPassphrase).because(error))
    }

    /// The new passphrase, from the environment or asked for.
    pub(crate) fn new_passphrase(&self) -> Result<String> {
        if let Ok(given) = std::env::var("MARUGOTO_NEW_PASSPHRASE") {
            return Ok(given);
        }
        let question = match self.lang {
            Lang::Ja => "新しい合いことば: ",
            Lang::En => "New passphrase: ",
        };
        rpassword::prompt_password(question)
            .map_err(|error| AppError::new(ErrorCode::WeakPassphrase).because(error))
    }

    /// The paper admin key, from the environment or asked for.
    pub(crate) fn paper_key(&self) -> Result<String> {
        if let Ok(given) = std::env::var("MARUGOTO_PAPER_KEY") {
            return Ok(given);
        }
        let question = match self.lang {
            Lang::Ja => "復旧シートの紙の管理鍵: ",
            Lang::En => "Paper admin key of the recovery sheet: ",
        };
        rpassword::prompt_password(question)
            .map_err(|error| AppError::new(ErrorCode::NotAdmin).because(error))
    }

    /// Unlocks the store, whatever state its device is in.
    pub(crate) fn unlock(&self) -> Result<Unlocked> {
        session::unlock(&self.dir()?, &self.passphrase()?, Box::new(System))
    }

    /// Opens the store of a device that belongs to an office.
    pub(crate) fn open(&self) -> Result<App> {
        match self.unlock()? {
            Unlocked::Open(app) => Ok(*app),
            Unlocked::Waiting(_) => Err(ErrorCode::Waiting.into()),
        }
    }

    /// Says a result: as JSON, or in the words that `plain` makes of it.
    pub(crate) fn say<T: Serialize>(
        &self,
        view: &T,
        plain: impl FnOnce(&T) -> String,
    ) -> Result<()> {
        if self.json {
            self.line(&serde_json::to_string(view)?)
        } else {
            self.line(plain(view).trim_end())
        }
    }

    /// Writes a line and flushes it.
    pub(crate) fn line(&self, text: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))
    }

    /// Asks at a terminal; without one, the answer is no.
    pub(crate) fn ask(&self, text: &str) -> bool {
        if self.json || !std::io::stdin().is_terminal() {
            return false;
        }
        let yes = match self.lang {
            Lang::Ja => "同じですか？ [はい(y)/いいえ(n)] ",
            Lang::En => "Are they the same? [y/n] ",
        };
        let mut out = std::io::stderr().lock();
        if write!(out, "{text}\n{yes}")
            .and_then(|()| out.flush())
            .is_err()
        {
            return false;
        }
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer).is_ok();
        read && matches!(answer.trim(), "y" | "Y" | "yes" | "はい" | "ｙ")
    }

    /// Says an error and gives the exit status.
    pub(crate) fn fail(&self, error: &AppError) -> ExitCode {
        let view = error.view(self.lang);
        let text = if self.json {
            serde_json::json!({ "error": view }).to_string()
        } else {
            format!("{}\n{}\n{}", view.message, view.safe, view.next)
        };
        // Nothing can be done about an output that is closed.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
        ExitCode::from(error.code.exit())
    }
}
