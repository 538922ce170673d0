import type * as T from './types';

/** Two shares of the office's escrow, and the passphrase that follows the forgotten one. */
export interface TwoShares {
  shares: string[];
  new: string;
}

/** What the program does before and around an open store. `null` means that a file dialog was closed. */
export interface SessionCommands {
  session_status: [T.Nothing, T.StatusView];
  session_suggest_passphrase: [T.Nothing, T.PassphraseView];
  session_strength: [T.Secret, T.StrengthView];
  session_found: [T.FoundOffice, T.RecoverySheet];
  session_demo: [T.Nothing, T.StatusView];
  session_unlock: [T.Secret, T.StatusView];
  session_lock: [T.Nothing, T.StatusView | null];
  session_next_store: [T.Nothing, T.StatusView];
  session_new_store: [T.Nothing, T.StatusView];
  session_settings: [{ lang?: 'ja' | 'en'; autoLockMinutes?: number }, T.StatusView];
  session_activity: [T.Nothing, null];
  session_painted: [T.Nothing, null];
  session_saved: [T.Nothing, null];
  session_change_passphrase: [{ old: string; new: string }, T.StatusView];
  session_open_with_shares: [TwoShares, T.StatusView];
  session_open_unchecked: [{ reason: string }, T.StatusView];
  device_request: [T.RequestDevice, (T.StatusView & { sheet: T.RecoverySheet }) | null];
  device_open_request: [T.Nothing, T.RequestView | null];
  device_approve: [T.ApproveDevice, { file: string } | null];
  device_accept: [T.Nothing, T.StatusView | null];
  office_confirm: [T.Nothing, T.StatusView];
  name_change: [T.ChangeName, T.StatusView];
  device_list: [T.Nothing, T.DeviceList];
  device_act: [T.DeviceAct, T.DeviceList];
  device_report: [{ device: string }, T.DeviceReport];
  erase_list: [T.Nothing, T.ErasureList];
  erase_propose: [T.ProposeErasure, T.ErasureList];
  erase_sign: [{ id: string; paperAdminKey: string }, T.ErasureList];
  erase_late: [{ id: string }, T.ErasureList];
  erase_cancel: [{ id: string }, T.ErasureList];
  erase_backups: [{ days: number; paperAdminKey: string }, T.ErasureList];
  cosign_list: [T.Nothing, T.CosignList];
  cosign_ask: [T.AskCosign, T.CosignList];
  cosign_answer: [{ id: string; sign: boolean }, T.CosignList];
  cosign_withdraw: [{ act?: string }, T.CosignList];
  keys_state: [T.Nothing, T.KeysView];
  keys_sweep: [T.Nothing, T.KeysView];
  escrow_state: [T.Nothing, T.EscrowView];
  escrow_make: [T.MakeEscrow, T.EscrowCards];
  escrow_sign: [{ set: string; paperAdminKey: string }, T.EscrowView];
  escrow_check: [{ share: string }, T.EscrowCheck];
  escrow_enter: [{ url: string; shares: string[] }, T.RecoverySheet];
  escrow_authority: [T.Nothing, { file: string } | null];
  pass_list: [T.Nothing, T.PassList];
  pass_wish: [T.Nothing, T.WishView | null];
  pass_open_wish: [T.Nothing, T.WishView | null];
  pass_out: [T.PassOut & { wish: string }, T.PassView | null];
  pass_look: [T.Nothing, T.PassFileView | null];
  pass_in: [{ id: string; team?: string; readers: string[] }, T.PassTaken | null];
  pass_receipt: [T.Nothing, T.PassList | null];
  pass_erase: [{ id: string; paperAdminKey: string }, T.PassList];
  pass_proof: [{ id: string }, { file: string } | null];
  pass_check: [T.Nothing, T.ProofView | null];
  team_list: [T.Nothing, T.TeamList];
  team_act: [T.TeamAct, T.TeamList];
  notices_read: [T.Nothing, T.StatusView];
  bundle_export: [T.ExportBundle, T.ExportView | null];
  rescue_export: [T.ExportBundle, T.ExportView | null];
  bundle_import: [T.Nothing, T.ImportView | null];
  bundle_waiting: [T.Nothing, T.WaitingView];
  set_aside_list: [T.Nothing, T.SetAsideList];
  hub_sync: [{ url?: string }, T.SyncView];
  hub_join: [T.JoinHub, T.SyncView];
  way_authority: [T.Nothing, T.WaitingView | null];
  way_authority_drop: [T.Nothing, T.WaitingView];
  way_folder: [T.Nothing, T.WaitingView | null];
  way_folder_drop: [T.Nothing, T.WaitingView];
  folder_sync: [T.Nothing, T.FolderView];
  /** `suggested` is the name that the file dialog begins with. */
  attachment_save: [T.ById & { suggested: string }, T.SavedAttachment | null];
  lan_open: [T.Nothing, T.LanView];
  lan_close: [T.Nothing, T.LanView];
  lan_status: [T.Nothing, T.LanView];
  lan_find: [T.Nothing, T.LanFoundView[]];
  lan_sync: [T.SyncLan, T.SyncView];
  audit_export: [T.ListAudit, T.AuditExport | null];
  audit_table: [T.ListAudit, T.AuditExport | null];
  backup_write: [T.Nothing, T.BackupView | null];
  backup_check: [T.Secret, T.RestoreView | null];
  store_recover: [T.Secret | TwoShares, T.RecoverView];
  store_restore: [T.Secret | TwoShares, T.RestoreView | null];
  store_put_in_place: [T.Nothing, T.PlacedView];
  store_put_away: [T.Nothing, T.StatusView];
  recovery_save: [{ sheet: T.RecoverySheet }, { file: string } | null];
}

export type SessionCommand = keyof SessionCommands;

/** The tags by which the core says what went stale. */
export type Tag =
  | 'today'
  | 'households'
  | `household:${string}`
  | 'intakes'
  | `intake:${string}`
  | `note:${string}`
  | `round:${string}`
  | 'conflicts'
  | 'memos'
  | `memo:${string}`
  | 'attachments'
  | 'audit'
  | 'carryouts'
  | 'erasures'
  | 'escrow'
  | 'handovers'
  | 'links'
  | 'passes'
  | 'covers'
  | 'restricted'
  | 'saved'
  | 'search'
  | 'status';
