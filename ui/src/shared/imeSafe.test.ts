import { describe, expect, it, vi } from 'vitest';

import { imeSafe, isCtrlEnter, isEditable, isPlainEnter } from './imeSafe';

const key = (over: object) => ({
  key: 'Enter',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  keyCode: 13,
  isComposing: false,
  ...over,
});

describe('the keys of an input method', () => {
  it('are kept from a handler while a conversion is open', () => {
    const handle = vi.fn();
    imeSafe(handle)(key({ isComposing: true }));
    expect(handle).not.toHaveBeenCalled();
    imeSafe(handle)(key({}));
    expect(handle).toHaveBeenCalledOnce();
  });

  it('are known by the key code 229 where the web view denies composing', () => {
    expect(isPlainEnter(key({ keyCode: 229 }))).toBe(false);
    expect(isCtrlEnter(key({ keyCode: 229, ctrlKey: true }))).toBe(false);
    expect(isPlainEnter(key({}))).toBe(true);
  });

  it('are found inside an event of React', () => {
    const nativeEvent = { isComposing: true, keyCode: 13 };
    expect(isPlainEnter({ ...key({}), nativeEvent })).toBe(false);
  });
});

describe('a single letter', () => {
  it('stays a letter in every field that is typed into', () => {
    document.body.innerHTML =
      '<input id="a"><textarea id="b"></textarea><input id="c" type="checkbox"><button id="d"></button><div id="e" contenteditable="true"><b id="f"></b></div>';
    const editable = (id: string) => isEditable(document.getElementById(id));
    expect(['a', 'b', 'f'].map(editable)).toEqual([true, true, true]);
    expect(['c', 'd'].map(editable)).toEqual([false, false]);
    expect(isEditable(null)).toBe(false);
  });
});
