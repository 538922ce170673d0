import { useSyncExternalStore } from 'react';

/** The windows that open over any screen; one at a time. */
export type Window = 'search' | 'keys' | 'intake' | 'visit';

let open: Window | null = null;
const listeners = new Set<() => void>();

/** Opens a window over the present screen; null closes it. */
export function openWindow(next: Window | null): void {
  open = next;
  listeners.forEach((tell) => tell());
}

export function useOpenWindow(): Window | null {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => open,
  );
}
