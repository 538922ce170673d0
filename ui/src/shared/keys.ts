import { useEffect, useRef } from 'react';

import { isEditable } from './imeSafe';

/** A key that does something on the present screen. */
export interface KeyBinding {
  /** Physical key (`event.code`): the same with the kana layer on. */
  code: string;
  ctrl?: boolean;
  shift?: boolean;
  alt?: boolean;
  /** Also while somebody types. Never for single letters. */
  whileTyping?: boolean;
  /** How the key is written in the help. */
  shown: string;
  label: string;
  run: () => void;
}

/** How near a screen is to the person: its keys come before those of the screens around it. */
export type Level = 'shell' | 'frame' | 'page';

interface Scope {
  level: Level;
  bindings: { current: readonly KeyBinding[] };
}

const NEAREST_FIRST: readonly Level[] = ['page', 'frame', 'shell'];
const scopes = new Set<Scope>();

/** Binds keys while the component is on the screen; the innermost screen wins. */
export function useKeys(bindings: readonly KeyBinding[], level: Level = 'page'): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const scope = { level, bindings: latest };
    scopes.add(scope);
    return () => {
      scopes.delete(scope);
    };
  }, [level]);
}

/** Every key that works now, the present screen's first. */
export function activeKeys(): KeyBinding[] {
  const all = NEAREST_FIRST.flatMap((level) =>
    [...scopes].filter((scope) => scope.level === level).flatMap((scope) => scope.bindings.current),
  );
  return all.filter((binding, index) => all.findIndex((other) => sameKey(other, binding)) === index);
}

function sameKey(a: KeyBinding, b: KeyBinding): boolean {
  return (
    a.code === b.code &&
    (a.ctrl ?? false) === (b.ctrl ?? false) &&
    (a.shift ?? false) === (b.shift ?? false) &&
    (a.alt ?? false) === (b.alt ?? false)
  );
}

/** Finds and runs the binding of a key; for the one listener at the window, which keeps the input method's keys away. */
export function dispatchKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) {
    return;
  }
  const typing = isEditable(event.target);
  const inDialog = document.querySelector('[role="dialog"]') !== null;
  for (const binding of activeKeys()) {
    const matches =
      binding.code === event.code &&
      (binding.ctrl ?? false) === (event.ctrlKey || event.metaKey) &&
      (binding.shift ?? false) === event.shiftKey &&
      (binding.alt ?? false) === event.altKey;
    if (matches && (binding.whileTyping === true || (!typing && !inDialog))) {
      event.preventDefault();
      binding.run();
      return;
    }
  }
}
