//! The shape of the command line. It is a promise: scripts rely on it.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// まるごと: case management for whole households, offline first.
#[derive(Debug, Parser)]
#[command(name = "marugoto", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// The store's folder; MARUGOTO_STORE stands in.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Results and errors as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The language of messages.
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<LangArgument>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangArgument {
    /// 日本語
    Ja,
    /// English
    En,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Found an office; this first device is its administrator besides. Prints the recovery sheet.
    Init {
        /// The office's name.
        #[arg(long)]
        office: String,
        /// The worker's name.
        #[arg(long)]
        worker: String,
        /// worker, supervisor, facilitator, community-worker or auditor.
        #[arg(long, default_value = "worker")]
        role: String,
    },
    /// Call one operation; prints its view as JSON.
    Call {
        /// Its name, as `intake.create`.
        operation: String,
        /// Its arguments; `-` reads them from standard input.
        arguments: Option<String>,
    },
    /// Call operations from JSON lines, a line of answer for each.
    Batch {
        /// The file; `-` or nothing is standard input.
        file: Option<String>,
    },
    /// The operations with the JSON Schemas of arguments and result.
    Ops {
        /// Only this one.
        operation: Option<String>,
    },
    /// Search everything that this device may read.
    Search {
        /// Kanji, kana or romaji.
        text: String,
        /// How many hits.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Files for other laptops (持ち出しファイル).
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Exchange with the hub of the office (中継サーバー), or with a shared folder or stick.
    Sync {
        /// The hub's address; without one, the office's own.
        #[arg(long, value_name = "URL")]
        hub: Option<String>,
        /// Instead of the hub: a folder that the office's laptops share. Takes in what is new there, and writes what it
        /// lacks.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["hub", "ca"])]
        folder: Option<PathBuf>,
        /// Certificates to trust instead of the computer's, PEM.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// The hub of the office (中継サーバー).
    #[command(subcommand)]
    Hub(HubCommand),
    /// Devices of the office.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Teams (チーム): parts of the office whose cases nobody outside reads.
    #[command(subcommand)]
    Team(TeamCommand),
    /// Check chains, signatures, pages, journal and lists; say what is wrong and what is safe.
    Verify {
        /// Empty lists and index and fill them again.
        #[arg(long)]
        rebuild: bool,
    },
    /// Choose another passphrase; the recovery code stands in for a forgotten one. MARUGOTO_NEW_PASSPHRASE stands in for the
    /// question.
    Passphrase,
    /// Write a backup of the whole store into one encrypted file.
    Backup {
        /// The file; `.mgbackup` is usual.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// From a backup: make a store in a new folder, as another life of it.
    Restore {
        /// The backup.
        file: PathBuf,
        /// The new folder.
        #[arg(long, value_name = "DIR", required_unless_present = "check")]
        to: Option<PathBuf>,
        /// Only try it: restore it where it goes again, and say what it is worth.
        #[arg(long, conflicts_with = "to")]
        check: bool,
    },
    /// From a damaged store: save all that verifies into a new folder.
    Recover {
        /// The new folder.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// みほん市: an office with invented families. Passphrase: みほん
    Demo {
        /// As many further households as a load.
        #[arg(long, default_value_t = 0)]
        households: u32,
        /// The same seed gives the same ids and views.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Forms as data (様式パック).
    #[command(subcommand)]
    Pack(PackCommand),
    /// The project's own benchmarks, JSON out.
    Bench {
        /// Only this one.
        name: Option<String>,
    },
}

/// Forms as data.
#[derive(Debug, Subcommand)]
pub(crate) enum PackCommand {
    /// Check a pack file and say all that is wrong with it.
    Check {
        /// The pack file.
        file: PathBuf,
    },
    /// Print the JSON Schema of pack files.
    Schema,
}

/// Files for other laptops.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Write one.
    Export {
        /// A file ending in .mgb, or a folder that is made or added to.
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// A device's id, or `all`.
        #[arg(long = "for", value_name = "DEVICE", default_value = "all")]
        reader: String,
        /// All there is, also what the readers said to have.
        #[arg(long)]
        complete: bool,
        /// For the register (持ち出し管理簿): usb, disk, card, optical, folder or other.
        #[arg(long)]
        medium: Option<String>,
        /// For the register: what it is carried out for.
        #[arg(long)]
        purpose: Option<String>,
        /// For the register: the day by which it comes back or is erased, as 2026-12-01.
        #[arg(long, value_name = "DATE")]
        return_by: Option<String>,
    },
    /// Read one; says what was new, known, held, refused.
    Import {
        /// The same path.
        path: PathBuf,
    },
}

/// The hub of the office.
#[derive(Debug, Subcommand)]
pub(crate) enum HubCommand {
    /// At an administrator, once for the office: join a hub with the code that `marugoto-hub invite` printed.
    Join {
        /// The hub's address.
        #[arg(long, value_name = "URL")]
        hub: String,
        /// The code.
        #[arg(long)]
        code: String,
        /// Certificates to trust instead of the computer's, PEM.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
}

/// Devices of the office.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// On the new laptop: make a waiting store and a request; prints the six device words.
    Request {
        /// The worker's name.
        #[arg(long)]
        worker: String,
        /// Where the request goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// At an administrator: approve a request; shows device words and office words.
    Approve {
        /// The request.
        file: PathBuf,
        /// Where the approval goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// worker, supervisor, facilitator, community-worker or auditor.
        #[arg(long, default_value = "worker")]
        role: String,
        /// May approve others.
        #[arg(long)]
        admin: bool,
        /// The words were compared.
        #[arg(long)]
        yes: bool,
    },
    /// On the new laptop: take the approval; prints the office words.
    Accept {
        /// The approval.
        file: PathBuf,
        /// The words were compared.
        #[arg(long)]
        yes: bool,
    },
    /// All devices.
    List,
    /// Freeze a lost or stolen device: it exchanges nothing until it is released. A supervisor may, too.
    Freeze {
        /// Its id, from `device list`.
        device: String,
    },
    /// Release a frozen device.
    Unfreeze {
        /// Its id.
        device: String,
    },
    /// Shut a device out for good; asks for the paper admin key (MARUGOTO_PAPER_KEY stands in).
    Revoke {
        /// Its id.
        device: String,
    },
    /// Take note that a device has left the office (異動・退職).
    Leave {
        /// Its id.
        device: String,
    },
    /// Let what a device wrote beyond its cut, and is here, count after all.
    Adopt {
        /// Its id.
        device: String,
    },
    /// Change what a device's worker does.
    Role {
        /// Its id.
        device: String,
        /// worker, supervisor, facilitator, community-worker or auditor.
        role: String,
    },
    /// Make a device an administrator's, or take that from it; asks for the paper admin key.
    Admin {
        /// Its id.
        device: String,
        /// Take it away.
        #[arg(long)]
        remove: bool,
    },
    /// What is known here about a lost device, for the report of the breach.
    Report {
        /// Its id.
        device: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// The teams, and the devices in each; a star marks those that this device is in.
    List,
    /// Open a team; this device is in it until it is taken out.
    Create {
        /// Its name.
        name: String,
    },
    /// Change the name of a team.
    Rename {
        /// Its id, from `team list`.
        team: String,
        /// The new name.
        name: String,
    },
    /// Put a device into a team: it reads all that belongs to the team, from the beginning.
    Add {
        /// The team's id.
        team: String,
        /// The device's id, from `device list`.
        device: String,
    },
    /// Take a device out of a team: it keeps what it has, and reads nothing that is written from then on.
    Remove {
        /// The team's id.
        team: String,
        /// The device's id.
        device: String,
    },
}
