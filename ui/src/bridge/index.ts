import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { Operations } from './operations';
import type { SessionCommand, SessionCommands } from './session';
import type { Applied, ErrorView } from './types';

export type * from './operations';
export type * from './session';
export type * from './types';

export type Operation = keyof Operations;
/** What an operation takes. */
export type Args<K extends Operation> = Operations[K]['args'];
/** What an operation shows. */
export type Result<K extends Operation> = Operations[K]['result'];

/** What carries a call to the core and news from it. */
export interface Transport {
  invoke(command: string, args: unknown): Promise<unknown>;
  onTouched(tell: (tags: string[]) => void): void;
  /** The program is about to take the page away; `save` has a moment to put typed letters on the disk. */
  onLeaving(save: () => Promise<void>): void;
}

let transport: Transport = {
  invoke: (command, args) => invoke(command, { args }),
  onTouched: (tell) => void listen<string[]>('touched', (event) => tell(event.payload)),
  onLeaving: (save) => void listen('leaving', () => void save()),
};

/** Puts another transport in place of the window's own; for tests and for a plain browser. */
export function replaceTransport(other: Transport): void {
  transport = other;
}

/** `member.add` → `member_add`: the name under which the window's process knows an operation. */
function commandName(operation: string): string {
  return operation.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Runs an operation; rejects with an `ErrorView`. */
export async function run<K extends Operation>(
  operation: K,
  args: Args<K>,
): Promise<Applied<Result<K>>> {
  try {
    return (await transport.invoke(commandName(operation), args)) as Applied<Result<K>>;
  } catch (error) {
    throw asErrorView(error);
  }
}

/** Runs a session command; rejects with an `ErrorView`. */
export async function session<K extends SessionCommand>(
  command: K,
  args: SessionCommands[K][0],
): Promise<SessionCommands[K][1]> {
  try {
    return (await transport.invoke(command, args)) as SessionCommands[K][1];
  } catch (error) {
    throw asErrorView(error);
  }
}

/** Tells what went stale by something that this window did not ask for, as an import. */
export function onTouched(tell: (tags: string[]) => void): void {
  transport.onTouched(tell);
}

/** Saves when the program is about to take the page away, and says when that is done. */
export function onLeaving(save: () => Promise<void>): void {
  transport.onLeaving(async () => {
    await save();
    await session('session_saved', {}).catch(() => null);
  });
}

/** Whatever was thrown, as an error with words; words are empty when the core gave none. */
export function asErrorView(error: unknown): ErrorView {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return error as ErrorView;
  }
  return { code: 'unexpected', message: '', safe: '', next: '' };
}
