//! What the lock leaves in memory: neither the key of the store, nor the words that stood on the screen.

use std::{
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crypto::header::Header;

use crate::{
    group::Group,
    screen::Screen,
    window::{binary, environment, lines},
};

/// What of a process's memory can be written: ranges of addresses.
fn writable(pid: &str) -> Vec<(u64, u64)> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let ranges = maps.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next()?, words.next()?);
        let (from, to) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        rights
            .starts_with("rw")
            .then_some((number(from)?, number(to)?))
    });
    ranges.collect()
}

/// How often `needle` lies in the memory of a process. What nobody has touched yet cannot be read, and is passed over.
fn count(pid: &str, needle: &[u8]) -> usize {
    const PIECE: u64 = 1 << 20;
    let Ok(memory) = fs::File::open(format!("/proc/{pid}/mem")) else {
        return 0;
    };
    let resident =
        fs::File::open(format!("/proc/{pid}/pagemap")).expect("one's own pages are told");
    let mut found = 0;
    for (from, to) in writable(pid) {
        let mut at = from;
        while at < to {
            let end = to.min(at + PIECE);
            if is_there(&resident, at, end) {
                let mut bytes = vec![0; usize::try_from(end - at).unwrap()];
                let read = memory.read_at(&mut bytes, at).unwrap_or_default();
                let bytes = bytes.get(..read).unwrap_or_default();
                found += memchr::memmem::find_iter(bytes, needle).count();
            }
            at = end;
        }
    }
    found
}

/// Whether any page of a range is in memory or swapped out.
fn is_there(resident: &fs::File, from: u64, to: u64) -> bool {
    const PAGE: u64 = 4096;
    let mut flags = vec![0; usize::try_from((to - from) / PAGE * 8).unwrap()];
    let read = resident
        .read_at(&mut flags, from / PAGE * 8)
        .unwrap_or_default();
    flags
        .get(..read)
        .unwrap_or_default()
        .chunks(8)
        .any(|page| page.last().is_some_and(|byte| byte & 0xc0 != 0))
}

/// The file with this name somewhere below.
fn file_below(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir()
            && let Some(found) = file_below(&path, name)
        {
            return Some(found);
        }
        if path.file_name().is_some_and(|it| it == name) {
            return Some(path);
        }
    }
    None
}

/// As in `locking`, without a driver, which would keep the process alive that drew the records.
#[test]
fn the_lock_leaves_neither_key_nor_words_in_memory() {
    // What stands on the first screen of みほん市.
    const SHOWN: &str = "美術部の見学がどうだったか";
    let home = tempfile::tempdir().unwrap();
    let screen = Screen::start();
    let mut command = Command::new(binary());
    command
        .arg("--demo")
        .envs(environment(&screen, home.path()))
        .env("MARUGOTO_IDLE_SECONDS", "20")
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::piped());
    let mut window = Group::start(&mut command);
    let said = lines(&mut window);
    let painted = || {
        let line = said.recv_timeout(Duration::from_secs(90)).unwrap();
        assert_eq!(line, "painted");
    };
    painted();

    let header = file_below(home.path(), "header.json").expect("the store has a header");
    let header = Header::parse(&fs::read(header).unwrap()).unwrap();
    let key = header.open_with_passphrase("みほん").unwrap();
    let in_memory = |needle: &[u8]| {
        let own = window.processes("marugoto-window").into_iter();
        let all = own.chain(window.processes("WebKit"));
        all.map(|pid| count(&pid, needle)).sum::<usize>()
    };
    let open = (in_memory(key.expose()), in_memory(SHOWN.as_bytes()));
    assert!(open.0 > 0 && open.1 > 0, "what is there is found: {open:?}");
    painted();
    let locked = (in_memory(key.expose()), in_memory(SHOWN.as_bytes()));
    assert_eq!(locked, (0, 0), "keys and words after the lock");
}
