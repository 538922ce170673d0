import { act, cleanup, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';

import { useChosen } from './useChosen';

let writes: { value: string[]; base: string }[] = [];
let answer: ((saved: { version: string } | undefined) => void)[] = [];
let read: (view: { value: string[]; version: string }) => void;
let choose: (value: string[]) => unknown;

function Field() {
  const [view, setView] = useState({ value: ['a'], version: 'v0' });
  read = setView;
  const [value, put] = useChosen(view.value, view.version, (next, base) => {
    writes.push({ value: next, base });
    return new Promise((resolve) => answer.push(resolve));
  });
  choose = put;
  return <output>{value.join()}</output>;
}

const shown = () => screen.getByRole('status').textContent;

afterEach(() => {
  cleanup();
  writes = [];
  answer = [];
});

describe('a chosen value', () => {
  it('shows at once, and stays until the reading has it', async () => {
    render(<Field />);
    await act(async () => void choose(['a', 'b']));
    expect(shown()).toBe('a,b');
    await act(async () => answer[0]?.({ version: 'v1' }));
    expect(shown()).toBe('a,b');
    await act(async () => read({ value: ['a', 'b'], version: 'v1' }));
    expect(shown()).toBe('a,b');
  });

  it('stands on the answer of the choice before it', async () => {
    render(<Field />);
    await act(async () => {
      choose(['b']);
      choose(['c']);
    });
    expect(writes).toEqual([{ value: ['b'], base: 'v0' }]);
    await act(async () => answer[0]?.({ version: 'v1' }));
    expect(writes[1]).toEqual({ value: ['c'], base: 'v1' });
    expect(shown()).toBe('c');
  });

  it('goes back to what the core has when it was refused', async () => {
    render(<Field />);
    await act(async () => void choose(['b']));
    await act(async () => answer[0]?.(undefined));
    expect(shown()).toBe('a');
  });
});
