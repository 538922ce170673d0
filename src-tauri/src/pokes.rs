//! Listening to the hub while a store is open: it says when something is new, and a talk follows soon.
//!
//! # Invariants
//!
//! - **A line begins with a talk that went well, and ends with the lock.** A hub that is away is not called for this; the
//!   next talk that succeeds brings the next line.
//! - **Nothing that is heard is believed.** It says when to talk, never what.
//! - **Nothing is missed in between.** When a line opens, a talk follows too, for what was said after the one before it;
//!   not after each of many lines that break at once.
//! - **Not all at once.** A colleague's edit pokes a whole office; each laptop waits a part of two seconds of its own.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::{Environment as _, System};
use link::{HttpCarrier, Sound};
use tauri::{AppHandle, Manager};

use crate::{session::Session, talk::Talks};

/// Where to listen, and with what the hub let this device in.
pub(crate) struct Line {
    url: String,
    token: [u8; 32],
    authority: Option<Vec<u8>>,
}

impl Line {
    /// The line of a talk that went well.
    pub(crate) fn new(url: String, token: [u8; 32], authority: Option<Vec<u8>>) -> Self {
        Self {
            url,
            token,
            authority,
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(..)")
    }
}

/// What is listened to, and what was heard.
#[derive(Debug, Default)]
pub(crate) struct Pokes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The line on which to listen next.
    next: Option<Line>,
    /// By which number the line is known on which somebody listens.
    listening: Option<u64>,
    /// How often it was hung up: who began before does not count any more.
    hung_up: u64,
    /// When a talk is due because of what was heard.
    due: Option<Instant>,
    /// When a line opened last.
    opened: Option<Instant>,
}

/// A line that opens sooner after the one before than this is one that breaks.
const BREAKING: Duration = Duration::from_secs(30);

impl Pokes {
    /// After a talk: its line, for when nobody listens. On one that was hung up nobody does, though it may take a while until
    /// it has ended.
    pub(crate) fn offer(&self, line: Line) {
        let mut state = self.state();
        state.next = (state.listening != Some(state.hung_up)).then_some(line);
    }

    /// Nobody listens any more, and what was heard is forgotten.
    pub(crate) fn hang_up(&self) {
        let mut state = self.state();
        state.hung_up = state.hung_up.wrapping_add(1);
        state.next = None;
        state.due = None;
        state.opened = None;
    }

    /// Whether somebody poked, and its moment has come.
    pub(crate) fn is_due(&self) -> bool {
        self.state().due.is_some_and(|due| due <= Instant::now())
    }

    /// A talk begins, which finds out all that was said.
    pub(crate) fn forget(&self) {
        self.state().due = None;
    }

    /// The line to listen to, and by which number it is known.
    fn begin(&self) -> Option<(u64, Line)> {
        let mut state = self.state();
        let line = state.next.take()?;
        state.listening = Some(state.hung_up);
        Some((state.hung_up, line))
    }

    /// What came over the line `number`; whether it is still wanted.
    fn hear(&self, number: u64, sound: Sound, wait: Duration) -> bool {
        let mut state = self.state();
        if state.hung_up != number {
            return false;
        }
        let tells = match sound {
            Sound::Quiet => false,
            Sound::Poke => true,
            Sound::Open => {
                let before = state.opened.replace(Instant::now());
                before.is_none_or(|before| before.elapsed() > BREAKING)
            }
        };
        if tells && state.due.is_none() {
            state.due = Instant::now().checked_add(wait);
        }
        true
    }

    /// The line `number` has ended.
    fn end(&self, number: u64) {
        let mut state = self.state();
        state.listening = state.listening.filter(|it| *it != number);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A poke that nobody waits after.
    #[cfg(test)]
    pub(crate) fn poke_at_once(&self) {
        let number = self.state().hung_up;
        self.hear(number, Sound::Poke, Duration::ZERO);
    }
}

/// Starts to listen, whenever there is a line. It ends with the program.
pub(crate) fn listen(app: AppHandle) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            if let Some((number, line)) = app.state::<Talks>().pokes.begin() {
                let app = app.clone();
                std::thread::spawn(move || listen_on(&app, number, &line));
            }
        }
    });
}

fn listen_on(app: &AppHandle, number: u64, line: &Line) {
    let (session, talks) = (app.state::<Session>(), app.state::<Talks>());
    if let Ok(carrier) = HttpCarrier::trusting(&line.url, line.authority.as_deref()) {
        // A line that breaks is no news: the next talk says whether the hub is there.
        let _ = carrier.listen(&line.token, |sound| {
            talks.pokes.hear(number, sound, part_of_two_seconds()) && session.is_open()
        });
    }
    talks.pokes.end(number);
}

fn part_of_two_seconds() -> Duration {
    let mut byte = [0];
    System.fill(&mut byte);
    Duration::from_millis(u64::from(byte[0]) * 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line::new("http://hub.test".to_owned(), [7; 32], None)
    }

    #[test]
    fn a_line_that_was_hung_up_is_heard_no_more() {
        let pokes = Pokes::default();
        pokes.offer(line());
        let (number, _) = pokes.begin().unwrap();
        assert!(pokes.hear(number, Sound::Quiet, Duration::ZERO));
        assert!(!pokes.is_due());
        assert!(pokes.hear(number, Sound::Poke, Duration::ZERO));
        assert!(pokes.is_due(), "red control");
        pokes.hang_up();
        assert!(!pokes.is_due());
        assert!(!pokes.hear(number, Sound::Poke, Duration::ZERO));
        assert!(!pokes.is_due());
    }

    #[test]
    fn what_was_said_before_a_line_opened_is_asked_for_once_and_not_after_lines_that_break() {
        let pokes = Pokes::default();
        for (opens, asks) in [(1, true), (2, false), (3, false)] {
            pokes.offer(line());
            let (number, _) = pokes.begin().unwrap();
            assert!(pokes.hear(number, Sound::Open, Duration::ZERO));
            assert_eq!(pokes.is_due(), asks, "{opens}");
            pokes.forget();
            pokes.end(number);
        }
        // After the lock it is a new life.
        pokes.hang_up();
        pokes.offer(line());
        let (number, _) = pokes.begin().unwrap();
        assert!(pokes.hear(number, Sound::Open, Duration::ZERO));
        assert!(pokes.is_due());
    }

    #[test]
    fn one_line_is_enough() {
        let pokes = Pokes::default();
        pokes.offer(line());
        let (number, _) = pokes.begin().unwrap();
        pokes.offer(line());
        assert!(pokes.begin().is_none());
        pokes.end(number);
        assert!(pokes.begin().is_none());
        pokes.offer(line());
        assert!(pokes.begin().is_some());
    }

    #[test]
    fn a_line_that_was_hung_up_and_has_not_ended_keeps_no_other_waiting() {
        let pokes = Pokes::default();
        pokes.offer(line());
        let (old, _) = pokes.begin().unwrap();
        // Locked and opened again before the hub has said a word.
        pokes.hang_up();
        pokes.offer(line());
        let (new, _) = pokes.begin().unwrap();
        assert!(!pokes.hear(old, Sound::Open, Duration::ZERO));
        assert!(pokes.hear(new, Sound::Open, Duration::ZERO));
        assert!(pokes.is_due());
        pokes.end(old);
        pokes.offer(line());
        assert!(pokes.begin().is_none(), "the new one is listened to");
    }

    #[test]
    fn a_token_is_not_printed() {
        assert_eq!(format!("{:?}", line()), "Line(..)");
    }
}
