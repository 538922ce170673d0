//! `marugoto`: everything the window does, for administrators, scripts and tests.
//!
//! # Invariants
//!
//! - Results go to standard output, questions and errors to standard error.
//! - Exit status: 0 done · 1 refused, the store unchanged · 2 wrong usage · 3 store damaged or not openable ·
//!   4 could not reach the other side.
//! - No rule of the product lives here: requests go to `app`, views come back.

mod arguments;
mod command;
mod rim;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    app::keep_silent();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => {
            let asked = !refused.use_stderr();
            // Nothing can be done about an output that is closed.
            let _ = refused.print();
            return ExitCode::from(if asked { 0 } else { 2 });
        }
    };
    let rim = rim::Rim::new(&arguments);
    match command::run(&rim, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => rim.fail(&error),
    }
}
