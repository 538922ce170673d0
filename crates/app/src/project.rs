//! From a merged document to the rows that lists and search are drawn from.

use std::collections::BTreeSet;

use domain::{DocId, fold};
use record::{Document, Kind, Version, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Transaction;
use store::table::projection::ProjectionRow;
use store::table::search::{SearchEntry, Shelf};

use crate::error::Result;
use crate::facts::attachment::{self, AttachmentFacts};
use crate::facts::carryout::CarryoutFacts;
use crate::facts::case::{CaseFacts, FIRST_STAGE, MEMBERS};
use crate::facts::cover::CoverFacts;
use crate::facts::handover::HandoverFacts;
use crate::facts::intake::IntakeFacts;
use crate::facts::link::LinkFacts;
use crate::facts::memo::MemoFacts;
use crate::facts::note::NoteFacts;
use crate::facts::person::{self, PersonFacts};
use crate::facts::round::{ANSWERS, COMMENTS, RoundFacts, is_evidence};
use crate::facts::said::{self, FIELDS, Said};
use crate::facts::settings::{SettingsFacts, WORKERS};

/// Several values on one point, as the row keeps them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConflictFacts {
    pub(crate) map: String,
    pub(crate) key: String,
    pub(crate) values: Vec<Said>,
    /// The pack, where it is an answer.
    pub(crate) pack: Option<Value>,
}

/// Everything that is derived from one document.
#[derive(Default)]
pub(crate) struct Projected {
    pub(crate) rows: Vec<ProjectionRow>,
    pub(crate) search: Vec<SearchEntry>,
}

/// What is kept of a document beside its changes: made from the document alone, without the store.
pub(crate) struct Made {
    pub(crate) version: Version,
    /// A short document has none: it opens as fast from its changes.
    snapshot: Option<Vec<u8>>,
    projected: Option<Projected>,
}

impl Made {
    /// Of a document that `shows` in lists, or only of its snapshot.
    pub(crate) fn of(document: &Document, shows: bool) -> Result<Self> {
        Ok(Self {
            version: document.version(),
            snapshot: (!document.is_short()).then(|| document.save()),
            projected: shows.then(|| project(document)).transpose()?,
        })
    }
}

/// Saves a document's snapshot and all that is derived from it, and says what went stale.
pub(crate) fn store(
    tx: &Transaction<'_>,
    document: &Document,
    touched: &mut BTreeSet<String>,
) -> Result<()> {
    let shows = !tx.is_restricted(&document.key().vault)?;
    store_made(tx, document, Made::of(document, shows)?, touched)
}

/// The same with what was made of this document before; of one in a restricted vault, without rows.
pub(crate) fn store_made(
    tx: &Transaction<'_>,
    document: &Document,
    made: Made,
    touched: &mut BTreeSet<String>,
) -> Result<()> {
    let key = document.key();
    keep_snapshot(tx, document, &made)?;
    touched.insert("status".to_owned());
    let Some(projected) = made.projected else {
        touched.insert("restricted".to_owned());
        // Closed, it has no row anywhere.
        return if tx.is_opened(&key.vault)? {
            show_opened(tx, document, touched)
        } else {
            Ok(())
        };
    };
    // What vanishes goes stale as well: two views that were decided, a memo that was discarded.
    let before = tx.projections_of(&key.doc, "")?;
    for row in before.iter().chain(&projected.rows) {
        tags(row, touched);
    }
    tx.replace_projections(&key.doc, &projected.rows)?;
    tx.replace_search(Shelf::Open, &key.doc, &projected.search)?;
    touched.insert("search".to_owned());
    Ok(())
}

/// Saves a document's snapshot, and of an attachment which chunks it names.
pub(crate) fn snapshot(tx: &Transaction<'_>, document: &Document) -> Result<()> {
    keep_snapshot(tx, document, &Made::of(document, false)?)
}

fn keep_snapshot(tx: &Transaction<'_>, document: &Document, made: &Made) -> Result<()> {
    let key = document.key();
    match &made.snapshot {
        Some(bytes) => tx.put_snapshot(&key.vault, &key.doc, &made.version.to_string(), bytes)?,
        // Where the log has changes of which something was lost, the document is not built from it.
        None if tx.change_count(&key.vault, &key.doc)? != document.change_count() => {
            let version = made.version.to_string();
            tx.put_snapshot(&key.vault, &key.doc, &version, &document.save())?;
        }
        None => tx.drop_snapshot(&key.vault, &key.doc)?,
    }
    chunks(tx, document)
}

/// Saves of an attachment which chunks it names.
pub(crate) fn chunks(tx: &Transaction<'_>, document: &Document) -> Result<()> {
    let key = document.key();
    if key.kind == Kind::Attachment {
        let manifest = attachment::manifest(&document.view(None));
        let chunks = manifest.map_or_else(Vec::new, |manifest| manifest.chunks);
        let chunks: Vec<_> = chunks.iter().map(|hash| *hash.as_bytes()).collect();
        tx.replace_chunks(&key.vault, &key.doc, &chunks)?;
    }
    Ok(())
}

/// Makes the rows of a document of an opened restricted vault: in memory, for this session.
pub(crate) fn show_opened(
    tx: &Transaction<'_>,
    document: &Document,
    touched: &mut BTreeSet<String>,
) -> Result<()> {
    let key = document.key();
    let projected = project(document)?;
    for row in &projected.rows {
        tags(row, touched);
    }
    tx.replace_opened(&key.vault, &key.doc, &projected.rows)?;
    tx.replace_search(Shelf::Opened, &key.doc, &projected.search)?;
    touched.insert("search".to_owned());
    Ok(())
}

pub(crate) fn tags(row: &ProjectionRow, touched: &mut BTreeSet<String>) {
    let id = DocId::from_bytes(row.doc);
    if let Some(household) = row.household {
        touched.insert(format!("household:{}", DocId::from_bytes(household)));
        touched.insert("households".to_owned());
    }
    let own: &[&str] = match row.kind.as_str() {
        "household" => &["households", "today"],
        "intake" => &["intakes", "today"],
        "memo" => &["memos", "today"],
        "carryout" => &["carryouts"],
        "handover" => &["handovers", "today"],
        "cover" => &["covers", "today"],
        "note" => &["today"],
        "attachment" => &["attachments"],
        "conflict" => &["conflicts"],
        "settings" => &["settings", "devices"],
        "link" => &["links", "households"],
        _ => &[],
    };
    touched.extend(own.iter().map(|tag| (*tag).to_owned()));
    touched.insert(format!("{}:{id}", row.kind));
}

/// Derives rows and search entries; a document that is not opened yet, or was taken back, has none.
pub(crate) fn project(document: &Document) -> Result<Projected> {
    let key = document.key();
    let view = document.view(None);
    let mut out = Projected::default();
    let row = Rows {
        doc: key.doc,
        version: document.version().to_string(),
    };
    let mut household = None;
    let mut pack = None;
    match key.kind {
        Kind::Settings => {
            out.rows.push(row.make(
                "settings",
                None,
                "",
                String::new(),
                &SettingsFacts::read(&view),
            )?);
        }
        Kind::Intake => {
            let Some(facts) = IntakeFacts::read(&view) else {
                return Ok(out);
            };
            household = facts.household.as_deref().and_then(id);
            let state = if facts.open() { "open" } else { "done" };
            let text = [
                facts.caller_name.as_deref(),
                facts.phone.as_deref(),
                Some(facts.text.as_str()),
            ];
            let mut entry = row.search("intake", household, 1, facts.received(), &text);
            add_digits(&mut entry, facts.phone.as_deref());
            entry.sounds = facts
                .caller_name
                .as_deref()
                .map(fold::near)
                .unwrap_or_default();
            out.search.push(entry);
            out.rows.push(row.make(
                "intake",
                household,
                state,
                sort_ms(facts.received()),
                &facts,
            )?);
        }
        Kind::Case => {
            let Some(facts) = CaseFacts::read(&view) else {
                return Ok(out);
            };
            household = Some(key.doc);
            let reading = fold::fold(facts.kana.as_deref().unwrap_or(&facts.name));
            let state = facts.stage.as_deref().unwrap_or(FIRST_STAGE).to_owned();
            if let Some(next) = &facts.next_on {
                out.rows
                    .push(row.make("next", household, "", next.clone(), &facts.next_what)?);
            }
            if !facts.name.is_empty() {
                let names = [Some(facts.name.as_str()), facts.kana.as_deref()];
                out.search
                    .push(row.search("household", household, 0, facts.opened.at, &names));
            }
            if let Some(summary) = &facts.summary {
                out.search.push(row.search(
                    "household",
                    household,
                    1,
                    facts.opened.at,
                    &[Some(summary)],
                ));
            }
            out.rows
                .push(row.make("household", household, &state, reading, &facts)?);
        }
        Kind::Person => {
            let Some(facts) = PersonFacts::read(&view) else {
                return Ok(out);
            };
            household = facts.household.as_deref().and_then(id);
            alike(&row, household, &facts, &mut out)?;
            let (name, kana) = (facts.name(), facts.kana());
            if !name.is_empty() || !kana.is_empty() {
                let mut entry = row.search(
                    "member",
                    household,
                    0,
                    facts.opened.at,
                    &[
                        Some(name.as_str()),
                        Some(kana.as_str()),
                        facts.phone.as_deref(),
                        facts.address.as_deref(),
                        facts.school.as_deref(),
                        facts.workplace.as_deref(),
                    ],
                );
                entry.sounds = sounds(&facts);
                add_digits(&mut entry, facts.phone.as_deref());
                out.search.push(entry);
            }
            out.rows
                .push(row.make("member", household, "", sort_ms(facts.opened.at), &facts)?);
        }
        Kind::Note => {
            let Some(facts) = NoteFacts::read(&view) else {
                return Ok(out);
            };
            household = facts.household.as_deref().and_then(id);
            let state = if facts.confirmed.is_some() {
                "confirmed"
            } else {
                "draft"
            };
            let text = view.text();
            out.search
                .push(row.search("note", household, 1, facts.occurred(), &[Some(&text)]));
            out.rows
                .push(row.make("note", household, state, sort_ms(facts.occurred()), &facts)?);
        }
        Kind::Round => {
            let Some(facts) = RoundFacts::read(&view) else {
                return Ok(out);
            };
            household = facts.household.as_deref().and_then(id);
            pack = Some(serde_json::to_value(&facts.pack)?);
            out.rows.push(row.make(
                "round",
                household,
                &facts.pack.id,
                sort_ms(facts.opened.at),
                &facts,
            )?);
        }
        Kind::Memo => {
            let Some(facts) = MemoFacts::read(&view) else {
                return Ok(out);
            };
            if facts.filed.is_none() {
                out.search
                    .push(row.search("memo", None, 1, facts.opened.at, &[Some(&facts.text)]));
                out.rows.push(row.make(
                    "memo",
                    None,
                    "unfiled",
                    sort_ms(facts.opened.at),
                    &facts,
                )?);
            }
        }
        // Not found by searching: it is about files, and nobody's life.
        Kind::Carryout => {
            let Some(facts) = CarryoutFacts::read(&view) else {
                return Ok(out);
            };
            let state = if facts.is_over() { "over" } else { "out" };
            out.rows
                .push(row.make("carryout", None, state, sort_ms(facts.opened.at), &facts)?);
        }
        Kind::Handover => {
            let Some(facts) = HandoverFacts::read(&view) else {
                return Ok(out);
            };
            household = id(&facts.household);
            let words = [&facts.summary, &facts.promise, &facts.avoid].map(Option::as_deref);
            if words.iter().any(Option::is_some) {
                let at = facts.opened.at;
                out.search
                    .push(row.search("handover", household, 1, at, &words));
            }
            // What waits is ordered by when it was offered, what was answered by when it was answered.
            let at = facts.answers.iter().map(|said| said.at).max();
            let sort = sort_ms(at.unwrap_or(facts.opened.at));
            out.rows
                .push(row.make("handover", household, facts.state(), sort, &facts)?);
        }
        Kind::Cover => {
            let Some(facts) = CoverFacts::read(&view) else {
                return Ok(out);
            };
            let state = if facts.ended.is_some() {
                "ended"
            } else {
                "named"
            };
            out.rows
                .push(row.make("cover", None, state, facts.until.clone(), &facts)?);
            // One row more for each household, so that its page finds it.
            for covered in facts.households.iter().filter_map(|text| id(text)) {
                let mut line =
                    row.make("covered", Some(covered), state, facts.until.clone(), &facts)?;
                line.id = format!("{}>{}", line.id, DocId::from_bytes(covered));
                out.rows.push(line);
            }
        }
        Kind::Attachment => {
            let Some(facts) = AttachmentFacts::read(&view) else {
                return Ok(out);
            };
            household = facts.household.as_deref().and_then(id);
            let words = [Some(facts.name.as_str()), facts.description.as_deref()];
            out.search
                .push(row.search("attachment", household, 1, facts.opened.at, &words));
            out.rows.push(row.make(
                "attachment",
                household,
                "",
                sort_ms(facts.opened.at),
                &facts,
            )?);
        }
        Kind::Link => {
            let Some(facts) = LinkFacts::read(&view) else {
                return Ok(out);
            };
            // One row from each end, so that either person finds the other.
            for (from, to) in [(&facts.a, &facts.b), (&facts.b, &facts.a)] {
                let mut end = row.make("link", None, from, to.clone(), &facts)?;
                end.id = format!("{from}>{to}");
                out.rows.push(end);
            }
        }
    }
    conflicts(&view, &row, key.kind, household, pack.as_ref(), &mut out)?;
    Ok(out)
}

fn conflicts(
    view: &View<'_>,
    row: &Rows,
    kind: Kind,
    household: Option<[u8; 16]>,
    pack: Option<&Value>,
    out: &mut Projected,
) -> Result<()> {
    let maps: &[&'static str] = match kind {
        Kind::Case => &[FIELDS, MEMBERS],
        Kind::Round => &[FIELDS, ANSWERS, COMMENTS],
        Kind::Settings => &[FIELDS, WORKERS],
        Kind::Intake | Kind::Person | Kind::Note | Kind::Link | Kind::Memo | Kind::Handover => {
            &[FIELDS]
        }
        // It reads the same to all with two values, and there is nothing to decide.
        // Of an attachment, whoever described it last is shown; what others said stands in its history.
        Kind::Carryout | Kind::Cover | Kind::Attachment => &[],
    };
    for standing in said::standing(view, maps) {
        let decided = kind == Kind::Round && is_evidence(&standing.key);
        if decided || kind == Kind::Person && is_shielded(view, &standing.key) {
            continue;
        }
        let path = format!("{}/{}", standing.map, standing.key);
        let facts = ConflictFacts {
            pack: (standing.map == ANSWERS).then(|| pack.cloned()).flatten(),
            map: standing.map,
            key: standing.key,
            values: standing.values,
        };
        let mut made = row.make("conflict", household, "", path.clone(), &facts)?;
        // Hash of document and path: equal on all laptops.
        made.id = said::hex(&crypto::sha256(&[b"mg/conflict/1", &row.doc, path.as_bytes()])[..16]);
        out.rows.push(made);
    }
    Ok(())
}

/// Whether a field of a person is shielded: no value that stands in it is shown anywhere.
fn is_shielded(view: &View<'_>, field: &str) -> bool {
    said::shown(view, FIELDS, &person::shield(field)).is_some()
}

/// The fewest letters of an address, and digits of a telephone number, by which two households may be one.
const ADDRESS_LETTERS: usize = 6;
const PHONE_DIGITS: usize = 9;

/// By what the person of another household may be the same, or the household: reading and birth, telephone, address.
fn alike(
    row: &Rows,
    household: Option<[u8; 16]>,
    facts: &PersonFacts,
    out: &mut Projected,
) -> Result<()> {
    let Some(at) = household.map(|id| DocId::from_bytes(id).to_string()) else {
        return Ok(());
    };
    let plain = |text: &str| -> String { fold::fold(text).split_whitespace().collect() };
    let born = facts.birth.as_ref().filter(|birth| !birth.approx);
    let born = born.and_then(|birth| birth.iso.as_deref().filter(|iso| iso.len() == 10));
    let whole = !facts.family_kana.is_empty() && !facts.given_kana.is_empty();
    let name = born.filter(|_| whole);
    let name = name.map(|iso| format!("name:{}:{iso}", plain(&facts.kana())));
    let phone = facts.phone.as_deref().map(fold::phone_key);
    let phone = phone.filter(|digits| digits.len() >= PHONE_DIGITS);
    let address = facts.address.as_deref().map(plain);
    let address = address.filter(|text| text.chars().count() >= ADDRESS_LETTERS);
    let keys = [
        name,
        phone.map(|digits| format!("phone:{digits}")),
        address.map(|text| format!("address:{text}")),
    ];
    for key in keys.into_iter().flatten() {
        let mut line = row.make("alike", household, &key, at.clone(), &())?;
        line.id = format!("{}#{key}", line.id);
        out.rows.push(line);
    }
    Ok(())
}

/// A telephone number is found however it is written.
fn add_digits(entry: &mut SearchEntry, phone: Option<&str>) {
    let digits = phone.map(fold::phone_key).unwrap_or_default();
    if !digits.is_empty() {
        entry.tokens.push(' ');
        entry.tokens.push_str(&fold::bigrams(&digits));
    }
}

/// The sounds by which a person is guessed at: family name, given name and both together.
fn sounds(facts: &PersonFacts) -> String {
    let whole = facts.kana().replace(' ', "");
    [
        facts.family_kana.as_str(),
        facts.given_kana.as_str(),
        &whole,
    ]
    .into_iter()
    .map(fold::near)
    .filter(|sound| !sound.is_empty())
    .collect::<Vec<_>>()
    .join(" ")
}

struct Rows {
    doc: [u8; 16],
    version: String,
}

impl Rows {
    fn make<T: Serialize>(
        &self,
        kind: &str,
        household: Option<[u8; 16]>,
        state: &str,
        sort: String,
        facts: &T,
    ) -> Result<ProjectionRow> {
        Ok(ProjectionRow {
            kind: kind.to_owned(),
            id: DocId::from_bytes(self.doc).to_string(),
            doc: self.doc,
            household,
            state: state.to_owned(),
            sort,
            version: self.version.clone(),
            view: serde_json::to_string(facts)?,
        })
    }

    fn search(
        &self,
        kind: &str,
        household: Option<[u8; 16]>,
        rank: u8,
        at: i64,
        texts: &[Option<&str>],
    ) -> SearchEntry {
        let text = texts
            .iter()
            .flatten()
            .filter(|text| !text.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("　");
        SearchEntry {
            kind: kind.to_owned(),
            doc: self.doc,
            household,
            rank,
            at,
            tokens: fold::bigrams(&text),
            text,
            sounds: String::new(),
        }
    }
}

fn id(text: &str) -> Option<[u8; 16]> {
    text.parse::<DocId>().ok().map(DocId::to_bytes)
}

/// An instant as a sort key: fixed width, so that text order is time order.
pub(crate) fn sort_ms(ms: i64) -> String {
    // Shifted, so that instants before 1970 sort before those after it.
    format!("{:016}", ms.saturating_add(SHIFT_MS).max(0))
}

/// The instant of such a key.
pub(crate) fn ms_of_sort(sort: &str) -> Option<i64> {
    sort.parse::<i64>().ok()?.checked_sub(SHIFT_MS)
}

const SHIFT_MS: i64 = 1_000_000_000_000_000;
