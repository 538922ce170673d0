/** What we need to know of a key event, from React or from the DOM. */
interface KeyLike {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  keyCode?: number;
  isComposing?: boolean;
  nativeEvent?: { isComposing: boolean; keyCode: number };
}

/**
 * True while the key belongs to the input method.
 *
 * WebKit says `isComposing = false` on the Enter that ends a conversion, and WebKitGTK sends no
 * composition at all for some input methods; both send the key code 229.
 */
export function isImeKey(event: KeyLike): boolean {
  const native = event.nativeEvent ?? event;
  return native.isComposing === true || native.keyCode === 229;
}

/** Wraps a key handler so that it never sees a key of the input method. */
export function imeSafe<E extends KeyLike>(handle: (event: E) => void): (event: E) => void {
  return (event) => {
    if (!isImeKey(event)) {
      handle(event);
    }
  };
}

/** Listens at the window for keys that are not of the input method; the answer ends it. */
export function listenToKeys(handle: (event: KeyboardEvent) => void): () => void {
  const listener = imeSafe(handle);
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}

/** Keeps every key from the page, the input method's too, and hands over the others; the answer ends it. */
export function holdKeys(handle: (event: KeyboardEvent) => void): () => void {
  const listener = (event: KeyboardEvent) => {
    event.stopImmediatePropagation();
    event.preventDefault();
    imeSafe(handle)(event);
  };
  window.addEventListener('keydown', listener, { capture: true });
  return () => window.removeEventListener('keydown', listener, { capture: true });
}

/** Enter without a modifier, outside a conversion. */
export function isPlainEnter(event: KeyLike): boolean {
  return (
    event.key === 'Enter' &&
    !isImeKey(event) &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    !event.shiftKey
  );
}

/** Ctrl+Enter (or Cmd+Enter), outside a conversion. */
export function isCtrlEnter(event: KeyLike): boolean {
  return event.key === 'Enter' && !isImeKey(event) && (event.ctrlKey || event.metaKey);
}

/** True where typing goes into the page and a single letter must stay a letter. */
export function isEditable(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) {
    return false;
  }
  const field = target.closest('input, textarea, select, [contenteditable]');
  if (field instanceof HTMLInputElement) {
    return !['button', 'checkbox', 'radio', 'submit', 'reset', 'file', 'range'].includes(field.type);
  }
  return field !== null && field.getAttribute('contenteditable') !== 'false';
}
