//! The shape of the command line. It is a promise: scripts rely on it.

use std::path::PathBuf;

use app::DocId;
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
    /// Where the store stands: open, waiting for its approval, or restored from a backup and not yet compared.
    Status,
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
    /// Add a photo, scan, PDF or text (添付) to a household, a person or a note.
    Attach {
        /// The file.
        file: PathBuf,
        /// The household's id.
        #[arg(long, value_name = "ID", required_unless_present_any = ["member", "note"], conflicts_with_all = ["member", "note"])]
        household: Option<DocId>,
        /// The person's id.
        #[arg(long, value_name = "ID", conflicts_with = "note")]
        member: Option<DocId>,
        /// The note's id.
        #[arg(long, value_name = "ID")]
        note: Option<DocId>,
        /// What is on it.
        #[arg(long)]
        description: Option<String>,
        /// The day it was taken or written, as 2026-12-01.
        #[arg(long, value_name = "DATE")]
        taken_on: Option<String>,
    },
    /// Attachments (添付).
    #[command(subcommand)]
    Attachment(AttachmentCommand),
    /// Files for other laptops (持ち出しファイル).
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// On a laptop that may exchange no longer: write what was not sent into a file (救出ファイル) that the administrators'
    /// laptops alone open, there with `bundle import`.
    Rescue {
        /// The file; its name ends in .mgb.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Exchange with the hub of the office (中継サーバー), or with a shared folder or stick.
    Sync {
        /// The hub's address; without one, the office's own.
        #[arg(long, value_name = "URL")]
        hub: Option<String>,
        /// Instead of the hub: a folder that the office's laptops share. Takes in what is new there, and writes what it
        /// lacks.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["hub", "ca"])]
        folder: Option<PathBuf>,
        /// Instead of the hub: a colleague's laptop in the same network, by the address or the number on its screen.
        #[arg(long, value_name = "ADDRESS[:PORT]", conflicts_with_all = ["hub", "ca", "folder"])]
        lan: Option<String>,
        /// Certificates to trust instead of the computer's, PEM.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Go on until stopped: exchange when the hub says that something is new, and every minute.
        #[arg(long, conflicts_with_all = ["folder", "lan"])]
        watch: bool,
    },
    /// The hub of the office (中継サーバー).
    #[command(subcommand)]
    Hub(HubCommand),
    /// A colleague in the same network (同じ場所の同僚).
    #[command(subcommand)]
    Lan(LanCommand),
    /// Devices of the office.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Erasing records whose term is over (廃棄), and the register of it (廃棄簿).
    #[command(subcommand)]
    Erase(EraseCommand),
    /// Change the office's name, or the name of whoever works with this device (名前の変更).
    Name {
        /// `office` or `worker`.
        of: String,
        /// The new name.
        name: String,
    },
    /// The second signature of another administrator (署名の依頼), where the paper key is not at hand.
    #[command(subcommand)]
    Cosign(CosignCommand),
    /// The office's escrow (預かり鍵): two of three people open a laptop whose passphrase is forgotten.
    #[command(subcommand)]
    Escrow(EscrowCommand),
    /// Renewing keys (鍵の更新): what was erased is deciphered by nobody once they were renewed twice.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The access log (閲覧・操作の記録): who opened and did what, when. Never used for appraisal.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Households (世帯).
    #[command(subcommand)]
    Household(HouseholdCommand),
    /// Passing cases on to another office (ほかの事業所への引き継ぎ), and the proof that they are erased here.
    #[command(subcommand)]
    Pass(PassCommand),
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
        #[arg(required_unless_present = "accept_unchecked")]
        file: Option<PathBuf>,
        /// The new folder.
        #[arg(long, value_name = "DIR", required_unless_present_any = ["check", "in_place", "accept_unchecked"])]
        to: Option<PathBuf>,
        /// Instead of a new folder: put it in the place of `--store`. What lies there is kept beside it.
        #[arg(long, conflicts_with_all = ["to", "check"])]
        in_place: bool,
        /// Only try it: restore it where it goes again, and say what it is worth.
        #[arg(long, conflicts_with_all = ["to", "share"])]
        check: bool,
        /// Of a restored `--store` that nobody can be reached to compare with: open it all the same, and say why. The reason
        /// stands in the access log.
        #[arg(long, value_name = "REASON", conflicts_with_all = ["file", "to", "in_place", "check", "share"])]
        accept_unchecked: Option<String>,
        #[command(flatten)]
        with: WithShares,
    },
    /// From a damaged store: save all that verifies into a new folder.
    Recover {
        /// The new folder.
        #[arg(long, value_name = "DIR", required_unless_present = "in_place")]
        to: Option<PathBuf>,
        /// Instead of a new folder: put what was saved in the place of the damaged store, which is kept beside it.
        #[arg(long, conflicts_with = "to")]
        in_place: bool,
        #[command(flatten)]
        with: WithShares,
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
    /// The project's own benchmarks, JSON out; `sync` measures a hub beside PouchDB
    Bench {
        /// Only this one: unlock, open, list, search, edit, rewrite, merge or sync
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

/// Households.
#[derive(Debug, Subcommand)]
pub(crate) enum HouseholdCommand {
    /// Move a household's case to another team (担当チームの変更): its members read all of the past; who is only in the old
    /// team reads nothing that is written from then on.
    MoveTeam {
        /// The household's id.
        id: DocId,
        /// The team's id, from `team list`.
        #[arg(long)]
        team: String,
        /// Why; both teams read it.
        #[arg(long)]
        reason: String,
    },
}

/// Passing cases on.
#[derive(Debug, Subcommand)]
pub(crate) enum PassCommand {
    /// At the office that takes over: write a wish (依頼ファイル) for this laptop; shows its words.
    Wish {
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// At the office that passes on: show the words of the wish, and write the cases into a file for that laptop alone. Asks
    /// for the key of the recovery sheet: two sign.
    Out {
        /// The wish.
        wish: PathBuf,
        /// The file; it ends in `.mgpass`.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A household; several are possible.
        #[arg(long, value_name = "ID")]
        household: Vec<DocId>,
        /// An intake that no household took up; several are possible. Where nothing at all is named, all of this laptop.
        #[arg(long, value_name = "ID")]
        intake: Vec<DocId>,
        /// A restricted record that this worker reads, from `call restricted.list`, with its household; several are possible.
        #[arg(long, value_name = "ID")]
        restricted: Vec<DocId>,
        /// All households and intakes of this laptop, besides the restricted records that are named.
        #[arg(long)]
        all: bool,
        /// Why (理由).
        #[arg(long)]
        reason: String,
        /// On what ground (根拠).
        #[arg(long)]
        basis: String,
        /// The words were compared.
        #[arg(long)]
        yes: bool,
    },
    /// At the office that takes over: show the words of the other office, take the cases in, write the receipt (受領ファイル).
    In {
        /// The file.
        file: PathBuf,
        /// Where the receipt goes.
        #[arg(long, value_name = "FILE")]
        receipt: PathBuf,
        /// The team that reads them, from `team list`; without one, this laptop's own.
        #[arg(long)]
        team: Option<String>,
        /// A worker who reads what is restricted in it, beside this laptop's; several are possible.
        #[arg(long, value_name = "WORKER")]
        reader: Vec<String>,
        /// The words were compared.
        #[arg(long)]
        yes: bool,
    },
    /// At the office that passed on: take the receipt.
    Receipt {
        /// The receipt.
        file: PathBuf,
    },
    /// Order the erasure of what arrived. Asks for the key of the recovery sheet: two sign.
    Erase {
        /// The passing, from `pass list`.
        id: String,
    },
    /// Once it is destroyed: write the proof (消去証明).
    Proof {
        /// The passing, from `pass list`.
        id: String,
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// What this laptop passed on.
    List,
    /// Check a proof: needs no store and no network.
    Check {
        /// The proof.
        file: PathBuf,
    },
}

/// The access log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// The newest entries; other filters by `call audit.list`.
    List {
        /// Part of the name of a household, a person or a worker.
        #[arg(long)]
        text: Option<String>,
        /// open, list, search, write, grant, breakGlass, export, import, print, backup, device, lookAtLog, exportLog, unlock.
        #[arg(long)]
        act: Option<String>,
        /// The first day, as 2026-12-01.
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// The last day.
        #[arg(long, value_name = "DATE")]
        to: Option<String>,
        /// At most so many.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// The logs that are here, whether they are whole, and who gets this device's.
    Books,
    /// Hand today's entries in with the next exchange, because an auditor asks.
    HandIn,
    /// Write the log into a file: signed JSON lines that `audit check` checks anywhere, or a table where it ends in .csv.
    Export {
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// For a table: the first day.
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// For a table: the last day.
        #[arg(long, value_name = "DATE")]
        to: Option<String>,
    },
    /// Check an exported log. Needs no store and no passphrase; exit 3 where something is wrong.
    Check {
        /// The file.
        file: PathBuf,
    },
}

/// Attachments.
#[derive(Debug, Subcommand)]
pub(crate) enum AttachmentCommand {
    /// Those of a household, with those of its people and notes.
    List {
        /// The household's id.
        household: DocId,
    },
    /// Save a copy outside of the program; the register (持ち出し管理簿) gets an entry.
    Save {
        /// The attachment's id.
        id: DocId,
        /// The file; one that is there is replaced.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Remove one; `undo` brings it back.
    Remove {
        /// The attachment's id.
        id: DocId,
    },
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

/// A colleague in the same network.
#[derive(Debug, Subcommand)]
pub(crate) enum LanCommand {
    /// Open this laptop for colleagues; prints the address and the number by which they find it.
    Open {
        /// Where to listen.
        #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "0.0.0.0")]
        listen: String,
        /// After how many minutes without a colleague it closes.
        #[arg(long = "for", value_name = "MINUTES", default_value_t = 30)]
        minutes: u32,
    },
    /// Look for laptops that are open.
    Find,
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
    /// Keep the certificates by which this laptop knows its hub, so that `sync` needs no `--ca`; without a file, forget them.
    Ca {
        /// The file, PEM.
        file: Option<PathBuf>,
    },
}

/// The second signature of a colleague.
#[derive(Debug, Subcommand)]
pub(crate) enum CosignCommand {
    /// What waits for a signature, and who can be asked.
    List,
    /// Ask a colleague to sign what takes two. Nothing is done before their answer comes.
    Ask {
        /// The colleague's device, from `list`.
        colleague: String,
        /// revoke, wipe, addAdmin, removeAdmin, erase, passErase, escrow, or backupDays.
        act: String,
        /// The device, the order, the passing, the set of shares, or the days, as the act asks.
        about: String,
        /// With wipe: why.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Sign what a colleague asks for, all of it.
    Sign {
        /// The request, from `list`.
        id: String,
    },
    /// Decline it.
    Decline {
        /// The request, from `list`.
        id: String,
    },
    /// Take back what this laptop asked for.
    Withdraw {
        /// One act of it, from `list`; all where it is left out.
        act: Option<String>,
    },
}

/// Erasing records, and the register of it.
#[derive(Debug, Subcommand)]
pub(crate) enum EraseCommand {
    /// Draw up a further order over what came late to one that was signed (あとから届いた分): a hub drops only what two signed.
    Late {
        /// The order, as `list` names it.
        order: String,
    },
    /// Draw up an order. Nothing is hidden until it is signed.
    Propose {
        /// The household's id, with all its records.
        #[arg(long, value_name = "ID", required_unless_present = "document")]
        household: Option<String>,
        /// Instead: the id of a note, a round or an intake; may be given again.
        #[arg(long, value_name = "ID", conflicts_with = "household")]
        document: Vec<String>,
        /// Of one document of any kind: the one field that goes with all its past, as its history names it
        /// (`fields/address`, `text`). The rest stays.
        #[arg(long, value_name = "FIELD", requires = "document")]
        field: Option<String>,
        /// Why (理由).
        #[arg(long)]
        reason: String,
        /// On what ground (根拠).
        #[arg(long)]
        basis: String,
        /// Who asked for it.
        #[arg(long, default_value = "")]
        asked_by: String,
    },
    /// Sign an order; asks for the paper admin key (MARUGOTO_PAPER_KEY stands in). From then on nothing of it is shown.
    Sign {
        /// Its id, from `erase list`.
        order: String,
    },
    /// Take an order back before it is destroyed.
    Cancel {
        /// Its id.
        order: String,
    },
    /// The register (廃棄簿).
    List,
    /// Say how long the office keeps its backups; asks for the paper admin key (MARUGOTO_PAPER_KEY stands in). The day on
    /// which erased records can be read nowhere follows from it.
    Backups {
        /// Days, up to ten years.
        #[arg(long, value_name = "DAYS")]
        days: u32,
    },
}

/// What stands in for a forgotten passphrase.
#[derive(Debug, clap::Args)]
pub(crate) struct WithShares {
    /// A file with the words of an escrow share; `-` is the standard input. Given twice, in the place of the passphrase; a new
    /// passphrase is asked for (MARUGOTO_NEW_PASSPHRASE stands in).
    #[arg(long, value_name = "FILE")]
    pub(crate) share: Vec<PathBuf>,
}

/// Renewing keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// When the keys of each device and of the teams of this one were renewed last, and how many generations are kept.
    State,
    /// Renew the key that this device receives with, now; on an administrator's, the wrapping keys of its teams besides. The
    /// other laptops follow by themselves.
    Sweep,
}

/// The office's escrow.
#[derive(Debug, Subcommand)]
pub(crate) enum EscrowCommand {
    /// Make three shares (預かり札) and show them, once. They open nothing until they are put in force with `escrow sign`.
    Make {
        /// Who holds a share; three different people.
        #[arg(long, value_name = "NAME", required = true)]
        holder: Vec<String>,
    },
    /// Put the shares in force that were made here last, once each holder has theirs on paper; asks for the paper admin key
    /// (MARUGOTO_PAPER_KEY stands in). Shares of an earlier key open no laptop that was opened since.
    Sign {
        /// Their set, from `escrow make`.
        set: String,
    },
    /// Which key is in force, who holds it, and whether it was used.
    State,
    /// Which share somebody holds, and whether it is of the key in force.
    Check {
        /// A file with the words of the share; `-` is the standard input.
        #[arg(long, value_name = "FILE")]
        share: PathBuf,
    },
    /// Come into the office with two shares where no administrator is left, on a laptop that waits (`device request`). It
    /// becomes an administrator's, gets a new paper admin key, which is shown once, and reads from the hub all that is not
    /// restricted.
    Enter {
        /// The address of the office's hub.
        #[arg(long, value_name = "URL")]
        hub: String,
        /// A file with the words of a share; `-` is the standard input. Given twice.
        #[arg(long, value_name = "FILE", required = true)]
        share: Vec<PathBuf>,
        /// Certificates to trust instead of the computer's, PEM. They are kept.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// Open this laptop with two shares, and choose a new passphrase (MARUGOTO_NEW_PASSPHRASE stands in).
    Open {
        /// A file with the words of a share; `-` is the standard input. Given twice.
        #[arg(long, value_name = "FILE", required = true)]
        share: Vec<PathBuf>,
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
    /// Make a device destroy its records once it hears of it (遠隔消去): first it keeps what it has not sent in a file for
    /// the administrators. Asks for the paper admin key.
    Wipe {
        /// Its id.
        device: String,
        /// Why, for the access log.
        #[arg(long)]
        reason: String,
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
