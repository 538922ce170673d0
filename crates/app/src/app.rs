//! The open store of one worker, and the one door to it.

use crypto::recovery::RecoveryCode;
use store::{Chunks, Store};
use wire::audit::Act;
use wire::directory::Standing;

use crate::audit::{Deed, Log};
use crate::documents::Documents;
use crate::environment::Environment;
use crate::error::{AppError, ErrorCode, Result};
use crate::exchange::restored::Mark;
use crate::identity::Identity;
use crate::look::{self, Look};
use crate::names::Names;
use crate::session::view::StatusView;
use crate::session::{self, Cost};
use crate::trust::{self, Trust, state};
use crate::view::AuthorView;
use crate::write::Write;

/// An open store with everything that operations need.
pub struct App {
    pub(crate) store: Store,
    pub(crate) documents: Documents,
    pub(crate) environment: Box<dyn Environment>,
    pub(crate) identity: Identity,
    pub(crate) names: Names,
    pub(crate) trust: Trust,
    pub(crate) log: Log,
    pub(crate) chunks: Chunks,
    /// While it waits to be compared: from which backup the store came.
    pub(crate) restored: Option<Mark>,
    /// Something came from others since the store was opened.
    pub(crate) heard: bool,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl App {
    /// Takes an unlocked store whose device belongs to an office.
    pub(crate) fn open(store: Store, environment: Box<dyn Environment>) -> Result<Self> {
        let (trust, identity, names, restored) = store.read(|reader| {
            let trust = Trust::read(reader)?;
            let identity = trust::read_identity(reader, &trust)?;
            let names = Names::read(reader)?;
            Ok::<_, crate::AppError>((trust, identity, names, Self::read_mark(reader)?))
        })?;
        let chunks = store.chunks();
        // What cannot be settled now is settled at the next opening.
        let _ = store.read(|reader| chunks.settle(|hash| reader.is_chunk(hash)));
        let mut app = Self {
            chunks,
            store,
            documents: Documents::default(),
            environment,
            identity,
            names,
            trust,
            log: Log::default(),
            restored,
            heard: false,
        };
        app.note_entry()?;
        app.after_erasures()?;
        // A laptop opens also where its header cannot be written, or a key is in force that nothing can be sealed to.
        let _ = app.keep_escrow();
        Ok(app)
    }

    /// Runs one operation as one transaction, and says what went stale. It is on the disk when this returns.
    pub(crate) fn apply<T>(
        &mut self,
        op: &'static str,
        work: impl FnOnce(&mut Write<'_, '_>) -> Result<T>,
    ) -> Result<(T, Vec<String>)> {
        self.apply_noted(op, |w| Ok((work(w)?, None)))
    }

    /// The same, with what the access log keeps of it: in the same transaction, together with all that was read before.
    pub(crate) fn apply_noted<T>(
        &mut self,
        op: &'static str,
        work: impl FnOnce(&mut Write<'_, '_>) -> Result<(T, Option<Deed>)>,
    ) -> Result<(T, Vec<String>)> {
        let Self {
            store,
            documents,
            environment,
            identity,
            names,
            trust,
            log,
            chunks,
            ..
        } = self;
        let (mut written, mut noted) = (Vec::new(), None);
        let incarnation = store.incarnation();
        let done = store.transact(|tx| {
            let mut write = Write::new(
                tx,
                documents,
                environment.as_mut(),
                identity,
                names,
                trust,
                chunks,
            );
            let outcome = work(&mut write).and_then(|(value, deed)| {
                let touched = write.finish(op)?;
                noted = deed.map(|deed| (write.now, deed.within(&write.changed())));
                let deed = noted.as_ref().map(|(at, deed)| (*at, deed));
                log.write(tx, identity, incarnation, deed)?;
                Ok((value, touched))
            });
            written = write.changed();
            outcome
        });
        if done.is_ok() {
            log.written(noted.as_ref().map(|(at, deed)| (*at, deed)));
        }
        settle(store, chunks);
        if done.is_err() {
            // What is in memory went further than the disk.
            for key in &written {
                self.documents.forget(key);
            }
        }
        let (value, touched) = done?;
        if touched.contains("settings") {
            self.names = self.store.read(Names::read)?;
        }
        Ok((value, touched.into_iter().collect()))
    }

    /// Keeps what was staged of attachments and is named by one now, and sweeps the rest.
    pub(crate) fn settle_chunks(&self) {
        settle(&self.store, &self.chunks);
    }

    /// Reads from one snapshot.
    pub(crate) fn look<T>(
        &mut self,
        work: impl FnOnce(&mut Look<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        self.look_noted(|look| Ok((work(look)?, None)))
    }

    /// The same, with what the access log keeps of it from the next commit on.
    pub(crate) fn look_noted<T>(
        &mut self,
        work: impl FnOnce(&mut Look<'_, '_>) -> Result<(T, Option<Deed>)>,
    ) -> Result<T> {
        let Self {
            store,
            documents,
            environment,
            identity,
            names,
            trust,
            log,
            chunks,
            ..
        } = self;
        let now = environment.now();
        let (value, deed) = store.read(|reader| {
            work(&mut Look {
                reader,
                documents,
                names,
                identity,
                directory: &trust.directory,
                chunks,
                now,
            })
        })?;
        if let Some(deed) = deed {
            log.note(now, deed);
            if log.is_full() {
                self.flush_log()?;
            }
        }
        Ok(value)
    }

    /// Lets go of the store while it is still being made.
    pub(crate) fn into_parts(self) -> (Store, Box<dyn Environment>) {
        (self.store, self.environment)
    }

    /// Goes on under another clock.
    #[must_use]
    pub fn with_environment(mut self, environment: Box<dyn Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// Puts what was read since the last commit into the access log, and the journal's head on the disk; called every
    /// second.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn flush(&mut self) -> Result<()> {
        self.flush_log()?;
        Ok(self.store.flush_head()?)
    }

    /// Ends the work: the log is folded in, the keys are zeroed.
    ///
    /// # Errors
    /// When the disk fails; what was acknowledged is safe all the same. [`ErrorCode::DeviceWiped`],
    /// [`ErrorCode::DeviceWipedAllSent`], [`ErrorCode::WipeStopped`] where the office ordered that the store be wiped.
    pub fn lock(mut self) -> Result<()> {
        // The keys go in any case: a full disk keeps nobody from locking.
        let _ = self.flush_log();
        let obeyed = self.obey();
        self.store.lock()?;
        obeyed
    }
}

fn settle(store: &Store, chunks: &Chunks) {
    if chunks.is_unsettled() {
        // What cannot be settled now is settled at the next opening.
        let _ = store.read(|reader| chunks.settle(|hash| reader.is_chunk(hash)));
    }
}

impl App {
    /// The words by which a new laptop knows this office.
    #[must_use]
    pub fn office_words(&self) -> [crypto::words::Word; 6] {
        crypto::words::six_words(self.trust.directory.first().body())
    }

    /// The language-free part of the status: who works here, for whom, and what waits.
    pub(crate) fn describe(&mut self, view: &mut StatusView) -> Result<()> {
        let (office, worker, confirmed, demo, unsent, peers) = self.store.read(|reader| {
            Ok::<_, AppError>((
                trust::read_office(reader)?,
                trust::read_worker(reader)?,
                reader.device_state(state::CONFIRMED)?.is_some(),
                reader.device_state(state::DEMO)?.is_some(),
                reader.unsent()?,
                reader.peers()?,
            ))
        })?;
        let zone = self.identity.zone;
        view.restored_at = self.restored_at();
        let state = view.restored_at.as_ref().map_or("open", |_| "restored");
        view.state = state.to_owned();
        view.demo |= demo;
        view.office_name = office.map(|office| office.name);
        view.worker = Some(AuthorView {
            id: worker.id,
            name: worker.name,
        });
        view.role = Some(worker.role);
        view.admin = self
            .trust
            .directory
            .state()
            .is_admin(wire::ids::Device::new(self.identity.device));
        view.standing = self.standing().map(str::to_owned);
        view.office_confirmed = confirmed;
        view.office_words = Some(session::view_words(&self.office_words()));
        view.notices = self.notices()?;
        view.unsent = unsent.changes;
        view.unsent_since = unsent.since.map(|at| look::instant(zone, at));
        view.last_merged_at = peers
            .iter()
            .map(|peer| peer.merged_at)
            .max()
            .map(|at| look::instant(zone, at));
        Ok(())
    }

    /// How this device stands to the office, where it may exchange no longer.
    pub(crate) fn standing(&self) -> Option<&'static str> {
        let own = wire::ids::Device::new(self.identity.device);
        let member = self.trust.directory.state().devices.get(&own)?;
        match member.standing {
            Standing::Left => Some("left"),
            Standing::Revoked { .. } => Some("revoked"),
            Standing::Active => member.frozen.then_some("frozen"),
        }
    }

    /// Makes a guess at the passphrase dearer where this machine has become faster. Never cheaper.
    pub(crate) fn raise_cost(&mut self, passphrase: &str) -> Result<()> {
        let params = Cost::Measured.params();
        if self
            .store
            .passphrase_cost()?
            .is_some_and(|now| params.raises(now))
            && self.store.check_passphrase(passphrase).is_ok()
        {
            self.store.change_passphrase(passphrase, params)?;
        }
        Ok(())
    }

    /// Puts a new passphrase in the place of the old one. The recovery code stands in for an old one that was forgotten.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`], [`ErrorCode::WeakPassphrase`].
    pub fn change_passphrase(&mut self, old: &str, new: &str, cost: Cost) -> Result<()> {
        match RecoveryCode::parse(old) {
            Ok(code) => self.store.check_recovery(&code)?,
            Err(_) => self.store.check_passphrase(old)?,
        }
        if !session::is_fair(new) {
            return Err(ErrorCode::WeakPassphrase.into());
        }
        self.store.change_passphrase(new, cost.params())?;
        self.log(&Deed::of(Act::Passphrase, String::new()))
    }
}
