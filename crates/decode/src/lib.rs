//! What bytes from outside meet: one function for each decoder, for whoever throws bytes at it.
//!
//! Never shipped. `tests/mutation.rs` drives them in every run, `fuzz/` for as long as one likes.
//!
//! # Invariants
//!
//! - **A breach is a panic**, of the decoder or of the function here: what was accepted and written anew must be the bytes
//!   that were read.
//! - **Mutated bytes get past the lock.** Checksums, frames, signatures and boxes are made around the input here, with the
//!   keys of an office that is the same in every run, so that what lies behind them is reached.
//! - Whether an input was accepted depends on the input alone.

#![expect(
    clippy::expect_used,
    reason = "a failure here is the failure of a test"
)]

pub mod changes;
mod files;
mod log;
mod messages;
mod passing;
mod picture;
pub mod signed;
pub mod world;

/// One decoder.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name; `fuzz/corpus/<name>` holds its seeds, `fuzz/fuzz_targets/<name>.rs` calls it.
    pub name: &'static str,
    /// Decodes, and says whether the input was accepted. Panics when a law is broken.
    pub run: fn(&[u8]) -> bool,
}

/// All decoders.
pub const TARGETS: &[Target] = &[
    Target {
        name: "record",
        run: messages::record,
    },
    Target {
        name: "body",
        run: messages::body,
    },
    Target {
        name: "hub",
        run: messages::hub,
    },
    Target {
        name: "bundle",
        run: files::bundle,
    },
    Target {
        name: "manifest",
        run: files::manifest,
    },
    Target {
        name: "request",
        run: files::request,
    },
    Target {
        name: "approval",
        run: files::approval,
    },
    Target {
        name: "header",
        run: files::header,
    },
    Target {
        name: "codes",
        run: files::codes,
    },
    Target {
        name: "log",
        run: log::log,
    },
    Target {
        name: "picture",
        run: picture::picture,
    },
    Target {
        name: "directory",
        run: signed::directory,
    },
    Target {
        name: "asked",
        run: signed::asked,
    },
    Target {
        name: "roster",
        run: signed::roster,
    },
    Target {
        name: "keybox",
        run: signed::keybox,
    },
    Target {
        name: "prescan",
        run: changes::prescan,
    },
    Target {
        name: "trial",
        run: changes::trial,
    },
    Target {
        name: "wish",
        run: passing::wish,
    },
    Target {
        name: "statement",
        run: passing::statement,
    },
    Target {
        name: "receipt",
        run: passing::receipt,
    },
    Target {
        name: "proof",
        run: passing::proof,
    },
];

/// Runs the decoder of this name.
///
/// # Panics
/// When a law is broken, or no decoder has this name.
pub fn run(name: &str, input: &[u8]) {
    let target = target(name).expect("it is one of the targets");
    (target.run)(input);
}

/// The decoder of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Keeps the panic hook from the threads on which [`record::trial`] tries foreign changes: panics there are caught and are
/// a refusal, not a finding.
pub fn leave_trials_alone() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some("trial") {
            before(panic);
        }
    }));
}
