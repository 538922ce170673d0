//! The operations: typed requests in, views out, one file per noun.

pub mod access;
pub mod assessment;
pub mod attachment;
pub mod audit;
pub mod carryout;
pub mod conflict;
pub mod cover;
pub mod evidence;
pub mod handover;
pub mod household;
pub mod intake;
pub mod link;
pub mod member;
pub mod member_move;
pub mod memo;
pub mod note;
pub mod note_move;
pub mod reference;
pub mod restricted;
pub mod saved;
pub mod search;
pub mod shield;
pub mod team_move;
#[cfg(test)]
mod tests;
pub mod today;
pub mod undo;
pub(crate) mod value;

use schemars::{Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::App;
use crate::audit::{Deed, classes};
use crate::error::{AppError, ErrorCode, Result};
use crate::view::{Applied, ById, Nothing};

/// One operation, with the JSON Schemas of what goes in and what comes out.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `noun.verb`.
    pub name: &'static str,
    /// Schema of the arguments.
    pub arguments: Schema,
    /// Schema of the result.
    pub result: Schema,
}

macro_rules! operations {
    ($($name:literal $kind:ident $function:path: $request:ty => $view:ty;)+) => {
        /// The names of all operations.
        pub const NAMES: &[&str] = &[$($name,)+];

        /// All operations with their schemas.
        #[must_use]
        pub fn all() -> Vec<Operation> {
            vec![$(Operation { name: $name, arguments: schema_for!($request), result: schema_for!($view) },)+]
        }

        /// Calls an operation by name.
        ///
        /// # Errors
        /// [`ErrorCode::RestoredUnchecked`], [`ErrorCode::UnknownOperation`], [`ErrorCode::InvalidRequest`], or what the operation refuses.
        pub fn call(app: &mut App, name: &str, arguments: Value) -> Result<Applied<Value>> {
            app.must_be_compared()?;
            match name {
                $($name => {
                    let deed = classes::asked($name, &arguments);
                    let request: $request = request($name, arguments)?;
                    let (value, touched): (Value, Vec<String>) =
                        operations!(@$kind app, $name, $function, request, deed, $view)?;
                    Ok(Applied { value, touched })
                })+
                other => Err(AppError::new(ErrorCode::UnknownOperation).with("op", other)),
            }
        }

        /// The TypeScript map from operation names to their types.
        #[must_use]
        pub fn typescript() -> String {
            let config = ts_rs::Config::default();
            let mut names = std::collections::BTreeSet::new();
            let mut lines = String::new();
            $(
                let (request, view) = (<$request as ts_rs::TS>::name(&config), <$view as ts_rs::TS>::name(&config));
                lines.push_str(&format!("  \"{}\": {{ args: {request}; result: {view} }};\n", $name));
                names.extend([request, view]);
            )+
            let imports: String =
                names.iter().map(|name| format!("import type {{ {name} }} from \"./{name}\";\n")).collect();
            format!("// Generated from the operations; never edited.\n{imports}\nexport type Operations = {{\n{lines}}};\n")
        }
    };
    (@write $app:ident, $name:literal, $function:path, $request:ident, $deed:ident, $view:ty) => {
        $app.apply_noted($name, |w| {
            let view: $view = $function(w, $request)?;
            noted(&view, $deed)
        })
    };
    (@read $app:ident, $name:literal, $function:path, $request:ident, $deed:ident, $view:ty) => {
        $app.look_noted(|look| {
            let view: $view = $function(look, $request)?;
            noted(&view, $deed)
        })
        .map(|value| (value, Vec::new()))
    };
}

operations! {
    "intake.create" write intake::create: intake::CreateIntake => intake::IntakeView;
    "intake.update" write intake::update: intake::UpdateIntake => intake::IntakeView;
    "intake.get" read intake::get: ById => intake::IntakeView;
    "intake.list" read intake::list: intake::ListIntakes => intake::IntakeList;
    "intake.similar" read intake::similar: ById => search::SearchView;
    "household.create" write household::create: household::CreateHousehold => household::HouseholdView;
    "household.update" write household::update: household::UpdateHousehold => household::HouseholdView;
    "household.list" read household::list: household::ListHouseholds => household::HouseholdList;
    "household.get" read household::get: household::GetHousehold => household::HouseholdView;
    "household.moveTeam" write team_move::move_team: team_move::MoveToTeam => household::HouseholdView;
    "member.add" write member::add: member::AddMember => member::MemberView;
    "member.update" write member::update: member::UpdateMember => member::MemberView;
    "member.leave" write member::leave: member::LeaveMember => member::MemberView;
    "member.move" write member_move::go: member_move::MoveMember => member::MemberView;
    "member.decline" write member::decline: member::DeclineChange => member::MemberView;
    "member.shield" write shield::shield_fields: shield::ShieldMember => member::MemberView;
    "member.unshield" write shield::unshield: shield::UnshieldMember => member::MemberView;
    "link.make" write link::make: link::MakeLink => link::LinkList;
    "link.retract" write link::retract: link::RetractLink => link::LinkList;
    "link.offers" read link::offers: link::ListLinkOffers => link::LinkOfferList;
    "note.create" write note::create: note::CreateNote => note::NoteView;
    "note.edit" write note::edit: note::EditNote => note::NoteView;
    "note.update" write note::update: note::UpdateNote => note::NoteView;
    "note.mark" write note::mark: note::MarkNote => note::NoteView;
    "note.move" write note_move::move_note: note_move::MoveNote => note::NoteView;
    "note.confirm" write note::confirm: ById => note::NoteView;
    "note.get" read note::get: note::GetNote => note::NoteView;
    "assessment.start" write assessment::start: assessment::StartAssessment => assessment::AssessmentView;
    "assessment.cite" write evidence::cite: evidence::CiteAssessment => assessment::AssessmentView;
    "assessment.answer" write assessment::answer: assessment::AnswerAssessment => assessment::AssessmentView;
    "assessment.get" read assessment::get: assessment::GetAssessment => assessment::AssessmentView;
    "attachment.add" write attachment::add: attachment::AddAttachment => attachment::AttachmentView;
    "attachment.list" read attachment::list: attachment::ListAttachments => attachment::AttachmentList;
    "attachment.get" read attachment::get: ById => attachment::AttachmentView;
    "attachment.open" read attachment::open: ById => attachment::AttachmentContent;
    "attachment.update" write attachment::update: attachment::UpdateAttachment => attachment::AttachmentView;
    "attachment.remove" write attachment::remove: ById => Nothing;
    "conflict.list" read conflict::list: conflict::ListConflicts => conflict::ConflictList;
    "conflict.resolve" write conflict::resolve: conflict::ResolveConflict => conflict::ConflictList;
    "memo.create" write memo::create: memo::CreateMemo => memo::MemoView;
    "memo.edit" write memo::edit: memo::EditMemo => memo::MemoView;
    "memo.discard" write memo::discard: ById => memo::MemoList;
    "memo.list" read memo::list: Nothing => memo::MemoList;
    "carryout.list" read carryout::list: carryout::ListCarryouts => carryout::CarryoutList;
    "carryout.close" write carryout::close: carryout::CloseCarryout => carryout::CarryoutView;
    "handover.offer" write handover::offer: handover::OfferHandover => handover::HandoverList;
    "handover.answer" write handover::answer: handover::AnswerHandover => handover::HandoverList;
    "handover.list" read handover::list: handover::ListHandovers => handover::HandoverList;
    "cover.start" write cover::start: cover::StartCover => cover::CoverView;
    "cover.end" write cover::end: ById => cover::CoverView;
    "cover.list" read cover::list: cover::ListCovers => cover::CoverList;
    "cover.away" read cover::away: ById => cover::AwayView;
    "cover.read" write cover::read: ById => cover::CoverView;
    "restricted.list" read restricted::list: restricted::ListRestricted => restricted::RestrictedList;
    "restricted.open" write restricted::open: restricted::OpenRestricted => restricted::RestrictedView;
    "access.list" read access::list: access::ListAccess => access::AccessView;
    "access.grant" write access::grant: access::ChangeAccess => access::RestrictedAccess;
    "access.remove" write access::remove: access::ChangeAccess => access::RestrictedAccess;
    "access.escrow" write access::escrow: access::ChangeEscrow => access::RestrictedAccess;
    "saved.list" read saved::list: Nothing => saved::SavedViewList;
    "saved.put" write saved::put: saved::SavedView => saved::SavedViewList;
    "saved.drop" write saved::drop: saved::BySavedName => saved::SavedViewList;
    "audit.list" read audit::list: audit::ListAudit => audit::AuditList;
    "audit.books" read audit::books: Nothing => audit::AuditBooks;
    "audit.handIn" write audit::hand_in: Nothing => audit::AuditBooks;
    "search" read search::search: search::Search => search::SearchView;
    "undo" write undo::undo: Nothing => undo::UndoView;
    "redo" write undo::redo: Nothing => undo::UndoView;
    "history" read undo::history: ById => undo::HistoryView;
    "today.get" read today::get: Nothing => today::TodayView;
    "pack.list" read reference::packs: Nothing => reference::PackList;
    "list.all" read reference::lists: Nothing => reference::CodeLists;
    "area.list" read reference::areas: Nothing => reference::AreaList;
    "date.read" read reference::read_date: reference::ReadDate => reference::DateReading;
}

/// A view as JSON, and what the access log keeps of the call.
fn noted(view: &impl Serialize, deed: Option<Deed>) -> Result<(Value, Option<Deed>)> {
    let value = serde_json::to_value(view)?;
    let deed = deed.map(|deed| deed.seen(&value));
    Ok((value, deed))
}

fn request<T: DeserializeOwned>(name: &'static str, arguments: Value) -> Result<T> {
    // A call without arguments is a call with none of them.
    let arguments = if arguments.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        arguments
    };
    // A list would be taken for the fields in their order.
    if !arguments.is_object() {
        return Err(AppError::new(ErrorCode::InvalidRequest)
            .with("op", name)
            .with("detail", ""));
    }
    T::deserialize(arguments).map_err(|error| {
        // serde quotes values in some messages; only those that name a field are passed on.
        let said = error.to_string();
        let naming = said.starts_with("missing field") || said.starts_with("unknown field");
        let refused = AppError::new(ErrorCode::InvalidRequest).with("op", name);
        if naming {
            refused.with("detail", said)
        } else {
            refused.with("detail", "")
        }
    })
}
