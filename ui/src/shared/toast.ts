import { useSyncExternalStore } from 'react';

import type { ErrorView } from '../bridge';

export interface Toast {
  id: number;
  kind: 'done' | 'error';
  message: string;
  safe?: string;
  next?: string;
}

let toasts: readonly Toast[] = [];
let counter = 0;
const listeners = new Set<() => void>();

function put(next: readonly Toast[]): void {
  toasts = next;
  for (const tell of listeners) {
    tell();
  }
}

function show(toast: Omit<Toast, 'id'>, patience: number): void {
  counter += 1;
  const id = counter;
  put([...toasts.slice(-2), { ...toast, id }]);
  setTimeout(() => dismiss(id), patience);
}

/** Says in a corner that something was done. */
export function showDone(message: string): void {
  show({ kind: 'done', message }, 6000);
}

/** Says what went wrong, what is safe and what to do; stays long enough to read. */
export function showError(error: ErrorView): void {
  show({ kind: 'error', message: error.message, safe: error.safe, next: error.next }, 30_000);
}

export function dismiss(id: number): void {
  put(toasts.filter((toast) => toast.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => toasts,
  );
}
