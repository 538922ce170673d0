//! The one list of what the page may call.
//!
//! `build.rs` makes permissions of it, `commands.rs` makes commands of it, and tests compare it with what `app` offers and
//! what the capability grants. `open` and `save` stand where the person chooses a file: the page never says a path.

commands! {
    operations {
        "intake.create" => intake_create;
        "intake.update" => intake_update;
        "intake.get" => intake_get;
        "intake.list" => intake_list;
        "intake.similar" => intake_similar;
        "household.create" => household_create;
        "household.update" => household_update;
        "household.list" => household_list;
        "household.get" => household_get;
        "member.add" => member_add;
        "member.update" => member_update;
        "member.leave" => member_leave;
        "note.create" => note_create;
        "note.edit" => note_edit;
        "note.update" => note_update;
        "note.mark" => note_mark;
        "note.confirm" => note_confirm;
        "note.get" => note_get;
        "assessment.start" => assessment_start;
        "assessment.answer" => assessment_answer;
        "assessment.get" => assessment_get;
        "conflict.list" => conflict_list;
        "conflict.resolve" => conflict_resolve;
        "memo.create" => memo_create;
        "memo.edit" => memo_edit;
        "memo.discard" => memo_discard;
        "memo.list" => memo_list;
        "carryout.list" => carryout_list;
        "carryout.close" => carryout_close;
        "handover.offer" => handover_offer;
        "handover.answer" => handover_answer;
        "handover.list" => handover_list;
        "cover.start" => cover_start;
        "cover.end" => cover_end;
        "cover.list" => cover_list;
        "cover.away" => cover_away;
        "cover.read" => cover_read;
        "restricted.list" => restricted_list;
        "restricted.open" => restricted_open;
        "access.list" => access_list;
        "access.grant" => access_grant;
        "access.remove" => access_remove;
        "saved.list" => saved_list;
        "saved.put" => saved_put;
        "saved.drop" => saved_drop;
        "search" => search;
        "undo" => undo;
        "redo" => redo;
        "history" => history;
        "today.get" => today_get;
        "pack.list" => pack_list;
        "list.all" => list_all;
        "date.read" => date_read;
    }
    session {
        session_status;
        session_suggest_passphrase;
        session_strength;
        session_found;
        session_demo;
        session_unlock;
        session_next_store;
        session_new_store;
        session_settings;
        session_change_passphrase;
        device_request, save "marugoto-request.mgr";
        device_open_request, open "mgr";
        device_approve, save "marugoto-approval.mga";
        device_accept, open "mga";
        device_list;
        device_act;
        device_report;
        team_list;
        team_act;
        notices_read;
        office_confirm;
        bundle_export, save "marugoto.mgb";
        bundle_import, open "mgb";
        bundle_waiting;
        set_aside_list;
        hub_sync;
        hub_join;
        backup_write, save "marugoto.mgbackup";
        backup_check, open "mgbackup";
        recovery_save, save "marugoto-recovery.txt";
    }
}
