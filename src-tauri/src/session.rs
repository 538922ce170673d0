//! The one session of the window: who may reach `app`, and in which order.
//!
//! # Invariants
//!
//! - **One operation at a time.** `app` is behind one lock; whoever waits has not begun.
//! - **Nothing between the lock and the new page.** From the moment the session ends, no operation starts until the keys are gone.
//! - **No half-typed sentence dies with the page.** Before the program itself takes the page away, the page may save.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tauri::{AppHandle, Emitter, Manager, WebviewWindow};

use crate::{idle::Activity, launch::Launch, page, program::Program, talk::Talks};

/// How long a page that is about to go may take to save.
const GRACE: Duration = Duration::from_secs(1);

/// The session; cheap to clone.
#[derive(Clone)]
pub(crate) struct Session(Arc<Inner>);

struct Inner {
    program: Mutex<Program>,
    barred: AtomicBool,
    admitted: Condvar,
    saved: Mutex<bool>,
    heard: Condvar,
}

/// What a command answers when the program itself went wrong; `app` has words of its own for all else.
pub(crate) fn broken() -> Value {
    json!({ "code": "unexpected", "message": "", "safe": "", "next": "" })
}

impl Session {
    /// A session as `launch` wants it; nothing is opened yet.
    pub(crate) fn new(launch: &Launch, app: &AppHandle) -> tauri::Result<Self> {
        Ok(Self(Arc::new(Inner {
            program: Mutex::new(Program::new(Launch::root(app)?, launch.store.clone())),
            barred: AtomicBool::new(false),
            admitted: Condvar::new(),
            saved: Mutex::new(false),
            heard: Condvar::new(),
        })))
    }

    /// Does one operation: its view and what went stale.
    pub(crate) fn operation(&self, name: &str, args: Value) -> Result<Value, Value> {
        self.guarded(|program| program.operation(name, args))
    }

    /// Does one session command: its view, and beside it what went stale.
    pub(crate) fn command(&self, name: &str, args: Value) -> Result<(Value, Vec<String>), Value> {
        self.guarded(|program| program.command(name, args))
    }

    /// Whether there is something for the hub; nothing where no store with a hub is open.
    pub(crate) fn waits_for_hub(&self) -> Option<bool> {
        self.hold().waits_for_hub()
    }

    /// Opens みほん市, beside whatever else is going on; who asks for something meanwhile waits.
    pub(crate) fn open_demo(&self, app: AppHandle) {
        let session = self.clone();
        session.0.barred.store(true, Ordering::Release);
        std::thread::spawn(move || {
            {
                let mut program = session.hold();
                let _ = catch_unwind(AssertUnwindSafe(|| program.open_demo()));
                // The first time takes a while, in which nobody had anything to do.
                app.state::<Activity>().touch();
            }
            session.admit();
        });
    }

    /// Ends the session: first the page, then the keys.
    pub(crate) fn lock(&self, window: &WebviewWindow) {
        self.0.barred.store(true, Ordering::Release);
        page::forget(window);
        window.state::<Talks>().store_is_locked();
        self.end();
        self.admit();
    }

    /// Drops the keys; what was answered is on the disk already.
    pub(crate) fn end(&self) {
        let mut program = self.hold();
        // Even a defect must not keep the others from ending.
        let _ = catch_unwind(AssertUnwindSafe(|| program.lock()));
    }

    /// Whether records are within reach.
    pub(crate) fn is_open(&self) -> bool {
        self.hold().is_open()
    }

    /// Puts on the disk what may follow an answer by two seconds.
    pub(crate) fn flush(&self) {
        let _ = self.guarded(|program| {
            program.flush();
            Ok(())
        });
    }

    /// Tells the page that it is about to go, and waits a moment while it saves what is being typed.
    pub(crate) fn let_page_save(&self, window: &WebviewWindow) {
        *self.0.saved.lock().unwrap_or_else(PoisonError::into_inner) = false;
        if self.is_open() && window.emit("leaving", ()).is_ok() {
            let saved = self.0.saved.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = self
                .0
                .heard
                .wait_timeout_while(saved, GRACE, |saved| !*saved);
        }
    }

    /// The page has saved.
    pub(crate) fn page_has_saved(&self) {
        *self.0.saved.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.heard.notify_all();
    }

    /// One piece of work, alone, and never while the session opens or ends. A defect in it rolls that work back and leaves the rest.
    pub(crate) fn guarded<T>(
        &self,
        work: impl FnOnce(&mut Program) -> Result<T, Value>,
    ) -> Result<T, Value> {
        let mut program = self.hold();
        while self.0.barred.load(Ordering::Acquire) {
            program = self
                .0
                .admitted
                .wait(program)
                .unwrap_or_else(PoisonError::into_inner);
        }
        catch_unwind(AssertUnwindSafe(|| work(&mut program))).unwrap_or_else(|_| Err(broken()))
    }

    /// Lets work begin again. Under the lock, else somebody who is just about to wait would miss the call.
    fn admit(&self) {
        let _program = self.hold();
        self.0.barred.store(false, Ordering::Release);
        self.0.admitted.notify_all();
    }

    fn hold(&self) -> MutexGuard<'_, Program> {
        self.0
            .program
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
