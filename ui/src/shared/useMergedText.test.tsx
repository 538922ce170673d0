import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useRef, useState } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { merge3 } from './merge3';
import type { Versioned } from './mergedText';
import { useMergedText } from './useMergedText';

/** A core that keeps every version and merges a save at its base. */
class Core {
  texts = new Map([['v0', '母は元気。']]);
  version = 'v0';
  saves: { text: string; base: string }[] = [];
  gates: (() => void)[] = [];
  slow = false;
  broken = false;

  view(): Versioned {
    return { version: this.version, text: this.texts.get(this.version) ?? '' };
  }

  put(text: string): void {
    this.version = `v${this.texts.size}`;
    this.texts.set(this.version, text);
  }

  save = async (text: string, base: string): Promise<Versioned> => {
    this.saves.push({ text, base });
    if (this.slow) {
      await new Promise<void>((open) => this.gates.push(open));
    }
    if (this.broken) {
      throw new Error('refused');
    }
    this.put(merge3(this.texts.get(base) ?? '', text, this.view().text));
    return this.view();
  };
}

let core: Core;
let reread: () => void;

function Editor() {
  const [view, setView] = useState(core.view());
  reread = () => setView(core.view());
  const area = useRef<HTMLTextAreaElement>(null);
  const merged = useMergedText(view, core.save, area);
  return (
    <>
      <textarea aria-label="text" ref={area} {...merged.field} />
      <output>{merged.state}</output>
    </>
  );
}

const area = () => screen.getByLabelText<HTMLTextAreaElement>('text');
const type = (text: string) => fireEvent.change(area(), { target: { value: text } });
const rest = (ms = 1600) => act(() => vi.advanceTimersByTimeAsync(ms));

beforeEach(() => {
  vi.useFakeTimers();
  core = new Core();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('an editor', () => {
  it('saves after a rest, at the version its text came from', async () => {
    render(<Editor />);
    type('母は元気。庭に出る。');
    await rest(1000);
    expect(core.saves).toEqual([]);
    await rest(600);
    expect(core.saves).toEqual([{ text: '母は元気。庭に出る。', base: 'v0' }]);
    expect(screen.getByRole('status').textContent).toBe('saved');
  });

  it('shows what arrived together with its own words, and goes on from there', async () => {
    render(<Editor />);
    type('母は元気。庭に出る。');
    core.put('父と母は元気。');
    await rest();
    expect(area().value).toBe('父と母は元気。庭に出る。');
    type('父と母は元気。庭に出る。花。');
    await rest();
    expect(core.view().text).toBe('父と母は元気。庭に出る。花。');
  });

  it('keeps letters typed while a save is under way, once', async () => {
    core.slow = true;
    render(<Editor />);
    type('母は元気。庭');
    await rest();
    type('母は元気。庭に出る');
    core.put('父と母は元気。');
    core.slow = false;
    core.gates.forEach((open) => open());
    await rest(0);
    expect(area().value).toBe('父と母は元気。庭に出る');
    await rest();
    expect(core.view().text).toBe('父と母は元気。庭に出る');
    expect(core.saves.map((save) => save.base)).toEqual(['v0', 'v2']);
  });

  it('is not touched by what arrives while letters are unsaved; they go out with their own base', async () => {
    render(<Editor />);
    type('母は元気。庭に出る。');
    core.put('父と母は元気。');
    act(() => reread());
    expect(area().value).toBe('母は元気。庭に出る。');
    await rest();
    expect(core.saves[0]?.base).toBe('v0');
    expect(area().value).toBe('父と母は元気。庭に出る。');
  });

  it('takes what arrives when nothing is unsaved, and keeps the caret', () => {
    render(<Editor />);
    area().focus();
    area().setSelectionRange(2, 4);
    core.put('父と母は元気。');
    act(() => reread());
    expect(area().value).toBe('父と母は元気。');
    expect([area().selectionStart, area().selectionEnd]).toEqual([4, 6]);
  });

  it('never rewrites the field during a conversion', async () => {
    core.slow = true;
    render(<Editor />);
    type('母は元気。庭');
    await rest();
    fireEvent.compositionStart(area());
    type('母は元気。庭にで');
    core.put('父と母は元気。');
    core.slow = false;
    core.gates.forEach((open) => open());
    await rest(0);
    expect(area().value).toBe('母は元気。庭にで');
    type('母は元気。庭に出る');
    fireEvent.compositionEnd(area());
    await rest();
    expect(area().value).toBe('父と母は元気。庭に出る');
    expect(core.view().text).toBe('父と母は元気。庭に出る');
  });

  it('shows what arrived once its letters are taken back', async () => {
    render(<Editor />);
    type('母は元気。庭');
    core.put('父と母は元気。');
    act(() => reread());
    type('母は元気。');
    expect(area().value).toBe('父と母は元気。');
    await rest();
    expect(core.saves).toEqual([]);
  });

  it('tries a refused save again and loses nothing', async () => {
    core.broken = true;
    render(<Editor />);
    type('母は元気。庭に出る。');
    await rest();
    expect(screen.getByRole('status').textContent).toBe('failed');
    core.broken = false;
    await rest(7000);
    expect(core.view().text).toBe('母は元気。庭に出る。');
    expect(screen.getByRole('status').textContent).toBe('saved');
  });

  it('saves what is unsaved when it is left', async () => {
    const { unmount } = render(<Editor />);
    type('母は元気。庭に出る。');
    unmount();
    await rest(0);
    expect(core.view().text).toBe('母は元気。庭に出る。');
  });
});
