//! `init`: a new office on its first device.

use app::session::view::FoundOffice;
use app::session::{self, Rules};
use app::{Result, System};

use crate::rim::Rim;

pub(crate) fn init(rim: &Rim, office: String, worker: String, role: String) -> Result<()> {
    let dir = rim.dir()?;
    let request = FoundOffice {
        office,
        worker,
        role,
        passphrase: rim.passphrase()?,
    };
    // A script answers for its passphrase; a person at a terminal is held to the rules.
    let rules = if Rim::scripted() {
        Rules::Waived
    } else {
        Rules::Kept
    };
    let (app, sheet) = session::found(&dir, &request, Rim::cost(), rules, Box::new(System))?;
    app.lock()?;
    rim.say(&sheet, |sheet| session::sheet_text(sheet, rim.lang))
}
