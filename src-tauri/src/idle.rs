//! Locks the session when nobody has been there for a while, or when the computer slept.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use tauri::{AppHandle, Manager};

use crate::{page, session::Session};

/// When somebody was last at the keyboard, and how long nobody may be.
#[derive(Debug)]
pub(crate) struct Activity {
    last: Mutex<Moment>,
    minutes: AtomicU64,
}

/// One moment on both clocks: the steady one stands still while the computer sleeps, the other may be set.
#[derive(Clone, Copy, Debug)]
struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    #[expect(
        clippy::disallowed_methods,
        reason = "only the wall clock goes on while the computer sleeps; no record sees this time"
    )]
    fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// The longer of the two spans, so that neither a sleep nor a clock set back prolongs a session.
    fn until(self, later: Self) -> Duration {
        let steady = later.steady.saturating_duration_since(self.steady);
        let wall = later.wall.duration_since(self.wall).unwrap_or_default();
        steady.max(wall)
    }
}

impl Default for Activity {
    fn default() -> Self {
        // Five minutes, until the office says otherwise.
        Self {
            last: Mutex::new(Moment::now()),
            minutes: AtomicU64::new(5),
        }
    }
}

impl Activity {
    /// Somebody is there.
    pub(crate) fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Moment::now();
    }

    /// How long nobody may be there; never less than a minute.
    pub(crate) fn allow(&self, minutes: u64) {
        self.minutes.store(minutes.max(1), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = Duration::from_secs(self.minutes.load(Ordering::Relaxed).saturating_mul(60));
        last.until(Moment::now()) >= shortened().unwrap_or(minutes)
    }
}

/// A test may not wait for minutes: `MARUGOTO_IDLE_SECONDS`.
fn shortened() -> Option<Duration> {
    if !cfg!(debug_assertions) {
        return None;
    }
    std::env::var("MARUGOTO_IDLE_SECONDS")
        .ok()?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// Starts the watch, which also keeps the time of what is due every second. It ends with the program.
pub(crate) fn watch(app: AppHandle) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let (session, activity) = (app.state::<Session>(), app.state::<Activity>());
            session.flush();
            if !activity.is_over() || !session.is_open() {
                continue;
            }
            if let Some(window) = page::window(&app) {
                session.let_page_save(&window);
                session.lock(&window);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_counts_as_absence() {
        let before = Moment::now();
        let woken = Moment {
            steady: before.steady,
            wall: before.wall + Duration::from_secs(3600),
        };
        assert_eq!(before.until(woken), Duration::from_secs(3600));
    }

    #[test]
    fn a_clock_set_back_prolongs_nothing() {
        let before = Moment::now();
        let later = Moment {
            steady: before.steady + Duration::from_secs(300),
            wall: before.wall - Duration::from_secs(86_400),
        };
        assert_eq!(before.until(later), Duration::from_secs(300));
    }
}
