//! Exchanging with the hub beside the work: when somebody asks for it, and by itself now and then.
//!
//! # Invariants
//!
//! - **Nobody waits for the network.** The store is held between two calls, never during one.
//! - **One talk at a time.** Who asks while one is under way waits for it and begins another.
//! - **Silence is no error.** A hub that cannot be reached is told to whoever asked, and to nobody else.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::AppError;
use app::hub::{Step, unreachable};
use link::HttpCarrier;
use serde_json::{Value, json};
use sync::carrier::{Carrier as _, Reply};
use tauri::{AppHandle, Emitter, Manager};

use crate::{page, session::Session};

/// How often the hub is asked when nothing waits here.
const NOW_AND_THEN: Duration = Duration::from_secs(60);
/// How soon what was written here is sent.
const SOON: Duration = Duration::from_secs(10);

/// Who talks, and since when nobody does.
#[derive(Debug, Default)]
pub(crate) struct Talks {
    one: Mutex<Option<Instant>>,
}

impl Talks {
    fn begin(&self) -> MutexGuard<'_, Option<Instant>> {
        self.one.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self, waits: bool) -> bool {
        // While somebody talks, nothing is due.
        let Ok(last) = self.one.try_lock() else {
            return false;
        };
        let pause = if waits { SOON } else { NOW_AND_THEN };
        last.is_none_or(|last| last.elapsed() >= shortened().unwrap_or(pause))
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
        let outcome = self.talk_alone(name, args);
        let goes_on = outcome.as_ref().is_ok_and(|(view, _)| {
            view.get("more")
                .and_then(Value::as_bool)
                .unwrap_or_default()
        });
        // While there is more of attachments to carry, the next talk follows at once.
        *last = (!goes_on).then(Instant::now);
        outcome
    }

    fn talk_alone(&self, name: &str, args: Value) -> Result<(Value, Vec<String>), Value> {
        let mut conversation = self.guarded(|program| program.begin_talk(name, args))?;
        let refuse = |error: AppError| self.guarded(|program| Err(program.words(&error)));
        let mut carrier = match HttpCarrier::new(conversation.url(), None) {
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
                    let view = serde_json::to_value(view).map_err(|_| crate::session::broken())?;
                    return Ok((view, touched));
                }
            }
        }
    }
}

/// Starts to exchange by itself, whenever a store with a hub is open. It ends with the program.
pub(crate) fn watch(app: AppHandle) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(2));
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
