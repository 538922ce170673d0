//! What a program did to its files, read from a log of strace: every write, every fsync, every answer, in order.
//!
//! # Invariants
//!
//! - **Nothing is passed over.** A call that could change a watched file and that this reader does not understand fails
//!   the test; and the whole log, replayed, has to give the folder as it was found at the end.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The calls that can change a file, its name or its place on the disk. A `?` lets a machine lack one.
const CALLS: &str = "?open,openat,?openat2,?creat,close,dup,?dup2,dup3,fcntl,lseek,write,writev,pwrite64,pwritev,\
                     pwritev2,fsync,fdatasync,sync_file_range,sync,syncfs,ftruncate,truncate,fallocate,?rename,?renameat,\
                     renameat2,?link,linkat,?unlink,unlinkat,?mkdir,mkdirat,?rmdir,mmap,msync,copy_file_range,sendfile,\
                     splice,?symlink,symlinkat";

/// What starts a program so that strace writes the log which [`Log`] reads.
///
/// Nothing is skipped: without strace nothing is proven, and that is said.
pub(crate) fn starter(log: &Path) -> Vec<String> {
    let calls = format!("trace={CALLS}");
    let log = log.to_str().unwrap();
    let words = [
        "strace", "-f", "-qq", "-xx", "-s", "16777216", "-e", &calls, "-o", log,
    ];
    let said = match Command::new(words[0])
        .args(&words[1..])
        .arg("true")
        .output()
    {
        Ok(output) if output.status.success() => return words.map(str::to_owned).to_vec(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(fault) => fault.to_string(),
    };
    panic!("the power-loss proof needs strace and the right to trace a process (ptrace): {said}");
}

/// A file, whatever it is called. Numbers are never used again.
pub(crate) type File = usize;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A folder was made.
    Folder(PathBuf),
    /// A new, empty file got a name.
    Create(PathBuf, File),
    /// The file is called otherwise; a file that had that name has none any more.
    Rename(PathBuf, PathBuf),
    /// The name is gone.
    Remove(PathBuf),
    /// Bytes were written.
    Write(File, usize, Vec<u8>),
    /// The file was cut or lengthened.
    Resize(File, usize),
    /// All of the file is on the disk.
    Sync(File),
    /// The names in the folder are on the disk.
    SyncFolder(PathBuf),
    /// A line was answered on standard output.
    Said(String),
}

/// The log so far, over as many programs as ran one after the other.
#[derive(Debug)]
pub(crate) struct Log {
    /// Only what lies below is watched.
    root: PathBuf,
    pub(crate) events: Vec<Event>,
    names: HashMap<PathBuf, File>,
    files: File,
    /// Every file outside of `root` that was opened for writing.
    pub(crate) strangers: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
enum Open {
    File { file: File, at: usize, append: bool },
    Folder(PathBuf),
}

impl Log {
    /// Watches what lies below `root`, where nothing is yet.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            events: Vec::new(),
            names: HashMap::new(),
            files: 0,
            strangers: Vec::new(),
        }
    }

    /// Takes in the log of one program.
    pub(crate) fn read(&mut self, log: &str) {
        let mut program = Program {
            open: HashMap::new(),
            said: Vec::new(),
        };
        let mut unfinished: HashMap<&str, &str> = HashMap::new();
        for line in log.lines() {
            let (thread, call) = line.split_once(' ').unwrap_or_default();
            let call = call.trim_start();
            if call.starts_with("---") || call.starts_with("+++") {
                continue;
            }
            if let Some(begun) = call.strip_suffix("<unfinished ...>") {
                unfinished.insert(thread, begun.trim_end());
            } else if let Some(resumed) = call.strip_prefix("<... ") {
                let (_, rest) = resumed.split_once("resumed>").unwrap();
                let begun = unfinished.remove(thread).unwrap();
                self.call(&mut program, &format!("{begun}{rest}"));
            } else {
                self.call(&mut program, call);
            }
        }
    }

    fn call(&mut self, program: &mut Program, call: &str) {
        let (name, rest) = call
            .split_once('(')
            .unwrap_or_else(|| panic!("not a call: {}", start(call)));
        let (arguments, outcome) = rest
            .rsplit_once(" = ")
            .unwrap_or_else(|| panic!("no outcome: {}", start(call)));
        let arguments = arguments.trim_end();
        let arguments: Vec<&str> = arguments
            .strip_suffix(')')
            .unwrap_or(arguments)
            .split(", ")
            .collect();
        let outcome: i64 = outcome.split(' ').next().unwrap().parse().unwrap_or(-1);
        if outcome < 0 {
            return;
        }
        let outcome = usize::try_from(outcome).unwrap();
        let number = |at: usize| arguments[at].parse::<usize>().unwrap();
        match name {
            "open" => self.open(program, &text(arguments[0]), arguments[1], outcome),
            "openat" => {
                if let Some(path) = self.place(program, arguments[0], arguments[1]) {
                    self.open(program, &path, arguments[2], outcome);
                }
            }
            "close" => {
                program.open.remove(&number(0));
            }
            "lseek" => {
                if let Some(Open::File { at, .. }) = program.open.get_mut(&number(0)) {
                    *at = outcome;
                }
            }
            "write" if number(0) == 1 => {
                program.said.extend(bytes(arguments[1]));
                while let Some(end) = program.said.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = program.said.drain(..=end).collect();
                    self.events.push(Event::Said(
                        String::from_utf8(line).unwrap().trim_end().to_owned(),
                    ));
                }
            }
            "write" => {
                if let Some(Open::File { file, at, append }) = program.open.get_mut(&number(0)) {
                    assert!(!*append, "a file is appended to: teach the reader");
                    let written = bytes(arguments[1])[..outcome].to_vec();
                    self.events.push(Event::Write(*file, *at, written));
                    *at += outcome;
                }
            }
            "pwrite64" => {
                if let Some(file) = program.file(number(0)) {
                    let written = bytes(arguments[1])[..outcome].to_vec();
                    self.events.push(Event::Write(file, number(3), written));
                }
            }
            "ftruncate" => {
                if let Some(file) = program.file(number(0)) {
                    self.events.push(Event::Resize(file, number(1)));
                }
            }
            "fsync" | "fdatasync" => match program.open.get(&number(0)) {
                Some(Open::File { file, .. }) => self.events.push(Event::Sync(*file)),
                Some(Open::Folder(path)) => self.events.push(Event::SyncFolder(path.clone())),
                None => {}
            },
            "rename" => self.rename(text(arguments[0]), text(arguments[1])),
            "renameat" | "renameat2" => {
                let from = self.place(program, arguments[0], arguments[1]);
                let to = self.place(program, arguments[2], arguments[3]);
                if let (Some(from), Some(to)) = (from, to) {
                    self.rename(from, to);
                }
            }
            "unlink" => self.remove(text(arguments[0])),
            "unlinkat" => {
                if let Some(path) = self.place(program, arguments[0], arguments[1]) {
                    self.remove(path);
                }
            }
            "mkdir" => self.folder(text(arguments[0])),
            "mkdirat" => {
                if let Some(path) = self.place(program, arguments[0], arguments[1]) {
                    self.folder(path);
                }
            }
            // Locks and flags change no byte; a second number for the same file would be missed.
            "fcntl" if !arguments[1].starts_with("F_DUPFD") => {}
            // A map of one's own changes no file.
            "mmap"
                if !arguments[3].contains("MAP_SHARED") || !arguments[2].contains("PROT_WRITE") => {
            }
            "mmap" => program.stranger(name, arguments[4]),
            "truncate" | "link" | "symlink" | "rmdir" | "creat" => {
                assert!(
                    !self.is_watched(&text(arguments[0])),
                    "{name}: teach the reader"
                );
            }
            "linkat" | "symlinkat" | "openat2" | "sync" | "syncfs" | "msync" => {
                panic!("{name}: teach the reader")
            }
            _ => program.stranger(name, arguments[0]),
        }
    }

    fn open(&mut self, program: &mut Program, path: &Path, flags: &str, number: usize) {
        // The store's own name stands in the folder above.
        let is_above = Some(path) == self.root.parent();
        if !is_above && !self.is_watched(path) {
            let for_writing = flags.contains("O_WRONLY") || flags.contains("O_RDWR");
            if for_writing && !path.starts_with(&self.root) {
                self.strangers.push(path.to_owned());
            }
            return;
        }
        if is_above || path == self.root {
            program.open.insert(number, Open::Folder(path.to_owned()));
            return;
        }
        let known = self.names.get(path).copied();
        let file = known.unwrap_or_else(|| {
            assert!(
                flags.contains("O_CREAT"),
                "{} was there before the log began",
                path.display()
            );
            self.files += 1;
            self.names.insert(path.to_owned(), self.files);
            self.events.push(Event::Create(path.to_owned(), self.files));
            self.files
        });
        if known.is_some() && flags.contains("O_TRUNC") {
            self.events.push(Event::Resize(file, 0));
        }
        let append = flags.contains("O_APPEND");
        program.open.insert(
            number,
            Open::File {
                file,
                at: 0,
                append,
            },
        );
    }

    fn rename(&mut self, from: PathBuf, to: PathBuf) {
        if self.is_watched(&from) || self.is_watched(&to) {
            let file = self.names.remove(&from).expect("the renamed file is known");
            self.names.insert(to.clone(), file);
            self.events.push(Event::Rename(from, to));
        }
    }

    fn remove(&mut self, path: PathBuf) {
        if self.is_watched(&path) {
            self.names.remove(&path);
            self.events.push(Event::Remove(path));
        }
    }

    fn folder(&mut self, path: PathBuf) {
        if self.is_watched(&path) {
            self.events.push(Event::Folder(path));
        }
    }

    /// The path that a call names beside a folder; nothing where that folder is not ours to watch.
    fn place(&self, program: &Program, folder: &str, path: &str) -> Option<PathBuf> {
        let path = text(path);
        if path.is_absolute() {
            return Some(path);
        }
        let known = folder
            .parse()
            .ok()
            .and_then(|number: usize| program.open.get(&number));
        match known {
            Some(Open::Folder(folder)) => Some(folder.join(path)),
            Some(Open::File { .. }) | None => None,
        }
    }

    /// The shared-memory file of the write-ahead log is no data: SQLite makes it anew.
    fn is_watched(&self, path: &Path) -> bool {
        path.starts_with(&self.root) && !path.to_string_lossy().ends_with("-shm")
    }
}

struct Program {
    open: HashMap<usize, Open>,
    /// The beginning of a line that is not ended yet.
    said: Vec<u8>,
}

impl Program {
    fn file(&self, number: usize) -> Option<File> {
        match self.open.get(&number)? {
            Open::File { file, .. } => Some(*file),
            Open::Folder(_) => None,
        }
    }

    /// A call that is understood only where it does not concern a watched file.
    fn stranger(&self, name: &str, number: &str) {
        let watched = number
            .parse()
            .is_ok_and(|number: usize| self.open.contains_key(&number));
        assert!(!watched, "{name} on a file of the store: teach the reader");
    }
}

/// The beginning of a line, for a message.
fn start(line: &str) -> &str {
    line.get(..100).unwrap_or(line)
}

/// A string of the log, where every byte is written `\xNN`.
fn bytes(argument: &str) -> Vec<u8> {
    let quoted = argument
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let digits = quoted.unwrap_or_else(|| panic!("cut short by strace: {}", start(argument)));
    let pair = |pair: &str| u8::from_str_radix(pair, 16).unwrap();
    digits.split("\\x").skip(1).map(pair).collect()
}

fn text(argument: &str) -> PathBuf {
    PathBuf::from(String::from_utf8(bytes(argument)).unwrap())
}

#[test]
fn a_log_is_read_call_by_call() {
    let hex =
        |text: &str| -> String { text.bytes().map(|byte| format!("\\x{byte:02x}")).collect() };
    let (a, b) = (hex("/r/a"), hex("/r/b"));
    let log = [
        format!("7  openat(AT_FDCWD, \"{a}\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3"),
        format!(
            "7  openat(AT_FDCWD, \"{}\", O_WRONLY) = 4",
            hex("/elsewhere")
        ),
        "7  write(4, \"\\x00\", 1)               = 1".to_owned(),
        "7  write(3, \"\\x61\\x62\", 2) = 2".to_owned(),
        "7  lseek(3, 9, SEEK_SET) = 9".to_owned(),
        "7  write(3, \"\\x63\", 1 <unfinished ...>".to_owned(),
        "8  close(4) = 0".to_owned(),
        "7  <... write resumed>) = 1".to_owned(),
        "7  pwrite64(3, \"\\xff\\x00\", 2, 512) = 2".to_owned(),
        "7  ftruncate(3, 5) = 0".to_owned(),
        "7  fsync(3) = -1 EIO (Input/output error)".to_owned(),
        "7  fdatasync(3) = 0".to_owned(),
        format!("7  rename(\"{a}\", \"{b}\") = 0"),
        "7  write(1, \"\\x6f\\x6b\", 2) = 2".to_owned(),
        "7  write(1, \"\\x0a\", 1) = 1".to_owned(),
        "7  --- SIGPIPE {si_signo=SIGPIPE} ---".to_owned(),
        format!("7  unlink(\"{b}\") = 0"),
    ];
    let mut read = Log::new(Path::new("/r"));
    read.read(&log.join("\n"));
    let (a, b) = (PathBuf::from("/r/a"), PathBuf::from("/r/b"));
    let expected = [
        Event::Create(a.clone(), 1),
        Event::Write(1, 0, b"ab".to_vec()),
        Event::Write(1, 9, b"c".to_vec()),
        Event::Write(1, 512, vec![255, 0]),
        Event::Resize(1, 5),
        Event::Sync(1),
        Event::Rename(a, b.clone()),
        Event::Said("ok".to_owned()),
        Event::Remove(b),
    ];
    assert_eq!(read.events, expected);
    assert_eq!(read.strangers, [PathBuf::from("/elsewhere")]);
}
