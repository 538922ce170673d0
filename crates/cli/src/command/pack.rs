//! `pack`: what whoever writes a form needs before an office uses it.

use std::path::Path;

use app::forms;
use app::{AppError, ErrorCode, Lang, Result};
use serde_json::json;

use crate::arguments::PackCommand;
use crate::rim::Rim;

pub(crate) fn run(rim: &Rim, command: PackCommand) -> Result<()> {
    match command {
        PackCommand::Check { file } => check(rim, &file),
        PackCommand::Schema => rim.line(forms::schema().trim_end()),
    }
}

/// Says all problems; refused when there is one.
fn check(rim: &Rim, file: &Path) -> Result<()> {
    let bytes =
        std::fs::read(file).map_err(|error| AppError::new(ErrorCode::FileFailed).because(error))?;
    let problems = forms::check(&bytes, rim.lang);
    let good = problems.is_empty();
    rim.say(&json!({ "ok": good, "problems": problems }), |_| {
        let lines = problems
            .iter()
            .map(|problem| format!("{}\t{}\n", problem.at, problem.message));
        match (rim.lang, good) {
            (Lang::Ja, true) => "この様式は使えます。".to_owned(),
            (Lang::En, true) => "This pack can be used.".to_owned(),
            (_, false) => lines.collect(),
        }
    })?;
    if good {
        Ok(())
    } else {
        Err(ErrorCode::PackRefused.into())
    }
}
