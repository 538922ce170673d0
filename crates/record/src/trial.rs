//! Trying changes from outside on a copy.
//!
//! # Invariants
//!
//! - **All or nothing.** The document given is not touched; the one given back holds all the changes.
//! - **What is given back can be edited, saved and loaded**, to the same heads and the same view: all
//!   that was tried before it is given.
//! - Nothing panics out of here. The work is done on a thread named [`TRIAL`], so that a program's panic
//!   hook can leave its message, which may hold words of a case, out of every log.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use automerge::{
    ActorId, Automerge, ChangeHash, LoadOptions, ReadDoc, ScalarValue, TextEncoding, legacy,
    transaction::Transactable,
};

use crate::{
    document::{Document, has},
    history::same,
    kind::DocKey,
    prescan::{self, ChangeFacts},
    refused::Refused,
    statement::is_character,
};

/// The name of the threads on which foreign changes are tried out. Whoever tries many starts one himself; it is used.
pub const TRIAL: &str = "trial";

/// The most operations in one record.
const OPERATIONS: u64 = 200_000;
/// How far operation numbers may run ahead of what a change rests on.
const LEAD: u64 = 1_000_000;

/// Gives the document with `changes`, each announced by its hash, or says why not.
///
/// Changes already here count as nothing new. Each change is to have passed
/// [`prescan`](crate::prescan()) with the device that signed it.
///
/// # Errors
///
/// - [`Refused::Waiting`] with the changes that are missing; try again when they are here.
/// - Any other: the changes can never be taken in.
pub fn trial(document: &Document, changes: &[([u8; 32], Vec<u8>)]) -> Result<Document, Refused> {
    let mut fresh = Fresh::new();
    for (announced, bytes) in changes {
        let (facts, _) = prescan::parse(bytes)?;
        if facts.hash != *announced {
            return Err(Refused::HashDiffers);
        }
        if !document.has(announced) {
            fresh.insert(*announced, (facts, bytes));
        }
    }
    check_numbers(document, &fresh)?;
    if fresh.is_empty() {
        return Ok(document.clone());
    }
    if thread::current().name() == Some(TRIAL) {
        return catch_unwind(AssertUnwindSafe(|| try_out(document, &fresh)))
            .unwrap_or(Err(Refused::Panicked));
    }
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .name(TRIAL.into())
            .spawn_scoped(scope, || try_out(document, &fresh));
        match worker.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(tried)) => tried,
            Ok(Err(_)) | Err(_) => Err(Refused::Panicked),
        }
    })
}

type Fresh<'a> = BTreeMap<[u8; 32], (ChangeFacts, &'a [u8])>;

/// Refuses changes whose numbers would poison the document, before they come near it.
fn check_numbers(document: &Document, fresh: &Fresh<'_>) -> Result<(), Refused> {
    let operations = fresh.values().map(|(facts, _)| facts.ops).sum();
    if operations > OPERATIONS {
        return Err(Refused::TooManyOperations(operations));
    }
    let mut here: HashMap<[u8; 32], u64> = HashMap::new();
    let mut missing = Vec::new();
    for dep in fresh.values().flat_map(|(facts, _)| &facts.deps) {
        if !fresh.contains_key(dep) && !here.contains_key(dep) {
            match document.doc.get_change_meta_by_hash(&ChangeHash(*dep)) {
                Some(meta) => _ = here.insert(*dep, meta.max_op + 1),
                None => missing.push(*dep),
            }
        }
    }
    if !missing.is_empty() {
        missing.sort_unstable();
        missing.dedup();
        return Err(Refused::Waiting(missing));
    }
    for (facts, _) in fresh.values() {
        let next = facts.deps.iter().filter_map(|dep| match fresh.get(dep) {
            Some((dep, _)) => Some(dep.next_op()),
            None => here.get(dep).copied(),
        });
        let next = next.max().unwrap_or_default();
        if facts.start_op < next || facts.start_op > next + LEAD {
            return Err(Refused::OutOfBounds(facts.start_op));
        }
    }
    Ok(())
}

fn try_out(document: &Document, fresh: &Fresh<'_>) -> Result<Document, Refused> {
    let mut parsed = Vec::with_capacity(fresh.len());
    for (_, bytes) in fresh.values() {
        let change =
            automerge::Change::try_from(*bytes).map_err(|_| Refused::Malformed("columns"))?;
        for operation in &change.decode().operations {
            check_form(document, operation)?;
        }
        parsed.push(change);
    }
    let mut tried = document.clone();
    tried
        .doc
        .apply_changes(parsed)
        .map_err(|_| Refused::NotMerged)?;
    let all = fresh.keys().all(|hash| has(&tried.doc, &ChangeHash(*hash)));
    let grown = tried.doc.stats().num_changes - document.doc.stats().num_changes;
    if !all || grown != fresh.len() as u64 {
        return Err(Refused::NotMerged);
    }
    survives(&tried)?;
    Ok(tried)
}

/// Only registers of the maps are put; in the text characters come and go and stretches are marked.
fn check_form(document: &Document, operation: &legacy::Op) -> Result<(), Refused> {
    let layout = &document.layout;
    let in_map = layout.maps().any(|(_, id)| same(id, &operation.obj));
    let in_text = layout.text().is_some_and(|id| same(id, &operation.obj));
    match (&operation.key, &operation.action) {
        _ if !in_map && !in_text => Err(Refused::BreaksForm("outside of all containers")),
        (_, legacy::OpType::Make(_)) => Err(Refused::BreaksForm("a new container")),
        (_, legacy::OpType::Increment(_)) => Err(Refused::BreaksForm("a counter")),
        (legacy::Key::Map(_), legacy::OpType::Put(ScalarValue::Bytes(_)))
            if in_map && !operation.insert =>
        {
            Ok(())
        }
        (legacy::Key::Map(_), _) => Err(Refused::BreaksForm("not a register")),
        _ if !in_text => Err(Refused::BreaksForm("not a field")),
        (_, legacy::OpType::Put(ScalarValue::Str(piece)))
            if operation.insert && is_character(piece) =>
        {
            Ok(())
        }
        (_, legacy::OpType::Put(_)) => Err(Refused::BreaksForm("not a character")),
        (_, legacy::OpType::Delete) if !operation.insert => Ok(()),
        (_, legacy::OpType::MarkBegin(_) | legacy::OpType::MarkEnd(_)) if operation.insert => {
            Ok(())
        }
        _ => Err(Refused::BreaksForm("not an edit of a text")),
    }
}

/// Edits, saves and loads a copy, and compares.
fn survives(tried: &Document) -> Result<(), Refused> {
    if !tried.view(None).is_plain() {
        return Err(Refused::BreaksForm("not a plain text"));
    }
    let reload = |doc: &Automerge| {
        let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
        // Packing it, only to unpack it again, takes longer than all the rest.
        let saved = doc.save_nocompress();
        Automerge::load_with_options(&saved, options).map_err(|_| Refused::Unloadable)
    };
    let mut edited = tried.clone();
    edited.doc.set_actor(ActorId::from(*b"trial of an edit"));
    let fields = edited.layout.map("fields").ok_or(Refused::Unloadable)?;
    let mut tx = edited.doc.transaction();
    tx.put(fields, "trial", ScalarValue::Null)
        .map_err(|_| Refused::Unloadable)?;
    tx.commit();
    edited.doc = {
        let loaded = reload(&edited.doc)?;
        if loaded.get_heads() != edited.doc.get_heads() {
            return Err(Refused::Unloadable);
        }
        loaded
    };
    let at = tried.version();
    let (now, then) = (tried.view(None), edited.view(Some(&at)));
    let DocKey { kind, .. } = tried.key;
    let same = kind
        .maps()
        .iter()
        .all(|map| now.entries(map) == then.entries(map))
        && now.text() == then.text()
        && now.marks() == then.marks();
    if same {
        Ok(())
    } else {
        Err(Refused::Unloadable)
    }
}
