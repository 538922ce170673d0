/* The whole program over the core in memory, for tests of what somebody does across screens. */

import { configure, render } from '@testing-library/react';
import { vi } from 'vitest';

import { type HouseholdView, run } from '../bridge';
import { installMock } from '../bridge/mock';
import { cache } from '../shared/cache';
import { App } from './App';
import { router } from './router';

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 5000 });

/** Fills the core anew and shows the program on its first screen. */
export function startApp(scene = ''): void {
  window.scrollTo = () => undefined;
  // jsdom has none; ids of React are `:r1:` or `_r_1_`.
  vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') });
  installMock(new URLSearchParams(scene));
  cache.clear();
  render(<App />);
  void router.navigate({ to: '/' });
}

/** 佐藤さんの世帯, the household with something of everything. */
export async function sato(): Promise<HouseholdView> {
  const list = (await run('household.list', {})).value.items;
  return (await run('household.get', { id: list[0]?.id ?? '' })).value;
}
