//! Exchanging with the hub beside the work: when somebody asks for it, and by itself now and then.
//!
//! # Invariants
//!
//! - **Nobody waits for the network.** The store is held between two calls, never during one.
//! - **One talk at a time.** Who asks while one is under way waits for it and begins another.
//! - **A poke hurries, and no more.** However often the hub says that something is new, a talk follows the one before after a
//!   rest that is longer the longer it took.
//! - **Silence is no error.** A hub that cannot be reached is told to whoever asked, and to nobody else.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::hub::{Step, unreachable};
use app::reentry;
use app::{App, AppError};
use link::HttpCarrier;
use serde_json::{Value, json};
use sync::carrier::{Carrier as _, Reply};
use tauri::{AppHandle, Emitter, Manager};

use crate::{
    page,
    pokes::{Line, Pokes},
    session::Session,
};

/// How often the hub is asked when nothing waits here.
const NOW_AND_THEN: Duration = Duration::from_secs(60);
/// How soon what was written here is sent.
const SOON: Duration = Duration::from_secs(5);
/// The least rest between two talks, and how many times as long as the talk before it is at least.
const REST: Duration = Duration::from_secs(3);
const REST_TIMES: u32 = 4;

/// Who talks, and since when nobody does.
#[derive(Debug, Default)]
pub(crate) struct Talks {
    one: Mutex<Option<Last>>,
    pub(crate) pokes: Pokes,
}

/// The talk before.
#[derive(Clone, Copy, Debug)]
struct Last {
    ended: Instant,
    took: Duration,
}

impl Talks {
    fn begin(&self) -> MutexGuard<'_, Option<Last>> {
        let one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever is said from now on may be newer than what this talk reads.
        self.pokes.forget();
        one
    }

    /// The store is locked: nobody listens any more, and whoever opens one gets what came meanwhile at once.
    pub(crate) fn store_is_locked(&self) {
        self.pokes.hang_up();
        if let Ok(mut last) = self.one.try_lock() {
            *last = None;
        }
    }

    fn is_due(&self, waits: bool) -> bool {
        // While somebody talks, nothing is due.
        let Ok(last) = self.one.try_lock() else {
            return false;
        };
        let Some(Last { ended, took }) = *last else {
            return true;
        };
        let rested = ended.elapsed();
        let pause = if waits { SOON } else { NOW_AND_THEN };
        rested >= shortened().unwrap_or(pause)
            || (self.pokes.is_due() && rested >= REST.max(took.saturating_mul(REST_TIMES)))
    }
}

/// A test may not wait for a minute: `MARUGOTO_SYNC_SECONDS`.
fn shortened() -> Option<Duration> {
    if !cfg!(debug_assertions) {
        return None;
    }
    std::env::var("MARUGOTO_SYNC_SECONDS")
        .ok()?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

impl Session {
    /// Talks to the hub to the end: its view, and beside it what went stale.
    pub(crate) fn talk(
        &self,
        talks: &Talks,
        name: &str,
        args: Value,
    ) -> Result<(Value, Vec<String>), Value> {
        let mut last = talks.begin();
        let begun = Instant::now();
        let outcome = self.talk_alone(talks, name, args);
        let goes_on = outcome.as_ref().is_ok_and(|(view, _)| {
            view.get("more")
                .and_then(Value::as_bool)
                .unwrap_or_default()
        });
        // While there is more of attachments to carry, the next talk follows at once.
        *last = (!goes_on).then(|| Last {
            ended: Instant::now(),
            took: begun.elapsed(),
        });
        outcome
    }

    fn talk_alone(
        &self,
        talks: &Talks,
        name: &str,
        args: Value,
    ) -> Result<(Value, Vec<String>), Value> {
        let mut conversation = self.guarded(|program| program.begin_talk(name, args))?;
        let authority = self.guarded(|program| program.with_app(App::hub_authority))?;
        let refuse = |error: AppError| self.guarded(|program| Err(program.words(&error)));
        let mut carrier = match HttpCarrier::trusting(conversation.url(), authority.as_deref()) {
            Ok(carrier) => carrier,
            Err(error) => return refuse(unreachable(error)),
        };
        let mut reply: Option<Reply> = None;
        loop {
            match self.guarded(|program| program.step(&mut conversation, reply.take()))? {
                Step::Call(call) => match carrier.carry(&call) {
                    Ok(answer) => reply = Some(answer),
                    Err(error) => return refuse(unreachable(error)),
                },
                Step::Done(view, touched) => {
                    if let Some(token) = conversation.token() {
                        let url = conversation.url().to_owned();
                        talks.pokes.offer(Line::new(url, token, authority));
                    }
                    let view = serde_json::to_value(view).map_err(|_| crate::session::broken())?;
                    return Ok((view, touched));
                }
            }
        }
    }
}

impl Session {
    /// Comes into an office with two shares of its escrow: the new recovery sheet. The records follow by themselves.
    pub(crate) fn enter_office(&self, args: Value) -> Result<(Value, Vec<String>), Value> {
        let (mut entry, authority) = self.guarded(|program| program.begin_reentry(args))?;
        let refuse = |error: AppError| self.guarded(|program| Err(program.words(&error)));
        let mut carrier = match HttpCarrier::trusting(entry.url(), authority.as_deref()) {
            Ok(carrier) => carrier,
            Err(error) => return refuse(unreachable(error)),
        };
        let mut reply: Option<Reply> = None;
        loop {
            match self.guarded(|program| program.step_reentry(&mut entry, reply.take()))? {
                reentry::Step::Call(call) => match carrier.carry(&call) {
                    Ok(answer) => reply = Some(answer),
                    Err(error) => return refuse(unreachable(error)),
                },
                reentry::Step::Done(sheet) => {
                    let view = serde_json::to_value(sheet).map_err(|_| crate::session::broken())?;
                    return Ok((view, vec!["status".to_owned()]));
                }
            }
        }
    }
}

/// Starts to exchange by itself, whenever a store with a hub is open. It ends with the program.
pub(crate) fn watch(app: AppHandle) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let (session, talks) = (app.state::<Session>(), app.state::<Talks>());
            let Some(waits) = session.waits_for_hub() else {
                continue;
            };
            if !talks.is_due(waits) {
                continue;
            }
            match session.talk(&talks, "hub_sync", json!({})) {
                Ok((_, touched)) => _ = app.emit("touched", touched),
                // A device that was frozen locks, once; whoever opens it then may go on writing.
                Err(error) if is_about_this_device(&error) => lock_once(&app, &session),
                // Whoever wants to know presses the button.
                Err(_) => {}
            }
        }
    });
}

fn is_about_this_device(error: &Value) -> bool {
    let code = error.get("code").and_then(Value::as_str);
    matches!(
        code,
        Some("wipe_ordered" | "device_frozen" | "device_removed")
    )
}

/// Ends the session where the office ordered that the store be wiped: that happens as it locks.
pub(crate) fn lock_to_wipe(app: &AppHandle, session: &Session, error: &Value) {
    if error.get("code").and_then(Value::as_str) == Some("wipe_ordered") {
        lock_once(app, session);
    }
}

fn lock_once(app: &AppHandle, session: &Session) {
    if session
        .guarded(|program| program.locks_once())
        .unwrap_or_default()
        && let Some(window) = page::window(app)
    {
        session.let_page_save(&window);
        session.lock(&window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A talk of `took` seconds that ended `ago` seconds ago.
    fn after(ago: u64, took: u64) -> Talks {
        let ended = Instant::now().checked_sub(Duration::from_secs(ago));
        Talks {
            one: Mutex::new(ended.map(|ended| Last {
                ended,
                took: Duration::from_secs(took),
            })),
            pokes: Pokes::default(),
        }
    }

    fn poked(talks: Talks) -> Talks {
        for _ in 0..1000 {
            talks.pokes.poke_at_once();
        }
        talks
    }

    #[test]
    fn a_poke_hurries_a_talk_and_a_thousand_bring_no_storm() {
        assert!(!after(10, 0).is_due(false), "red control: nobody poked");
        assert!(poked(after(10, 0)).is_due(false));
        // Not before it has rested, and longer after a long talk.
        assert!(!poked(after(1, 0)).is_due(false));
        assert!(!poked(after(10, 5)).is_due(false));
        assert!(poked(after(25, 5)).is_due(false));
        // One talk answers them all, and never two at a time.
        let talks = poked(after(10, 0));
        let held = talks.begin();
        assert!(!talks.is_due(false));
        drop(held);
        assert!(!talks.is_due(false));
    }

    #[test]
    fn whoever_opens_the_store_again_gets_what_came_meanwhile() {
        let talks = after(1, 0);
        assert!(!talks.is_due(false));
        talks.store_is_locked();
        assert!(talks.is_due(false));
    }
}
