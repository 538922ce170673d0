import { act, cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

async function list(): Promise<HTMLElement> {
  startApp();
  await router.navigate({ to: '/households' });
  const grid = await screen.findByRole('grid', { name: '世帯' });
  // jsdom has no heights, so no row is drawn; the list is there all the same.
  await vi.waitFor(() => expect(Number(grid.getAttribute('aria-rowcount'))).toBeGreaterThan(1));
  return grid;
}

describe('the list of households', () => {
  it('looks into a household with the space bar, and types spaces into the filter', async () => {
    const grid = await list();
    await act(async () => grid.focus());
    await userEvent.keyboard(' ');
    const peek = await screen.findByRole('complementary', { name: 'のぞき見' });
    expect(await within(peek).findByRole('heading')).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('complementary', { name: 'のぞき見' })).toBeNull();
    await userEvent.type(screen.getByRole('searchbox'), '佐藤 和子');
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('佐藤 和子');
    expect(screen.queryByRole('complementary', { name: 'のぞき見' })).toBeNull();
  });

  it('offers what sounds alike where nothing fits', async () => {
    await list();
    await userEvent.type(screen.getByRole('searchbox'), 'さとお');
    expect(await screen.findByRole('heading', { name: 'もしかして（音が近い名前）' })).toBeTruthy();
  });

  it('offers a household that stands at another stage', async () => {
    await list();
    const household = await sato();
    await run('household.update', { id: household.id, field: 'stage', value: 'closed' });
    await userEvent.selectOptions(screen.getByLabelText('段階'), '支援中');
    await userEvent.type(screen.getByRole('searchbox'), '佐藤さん');
    const near = await screen.findByRole('region', { name: 'ほかの段階の世帯（終結もふくむ）' });
    expect(near.textContent).toContain('佐藤さんの世帯');
    expect(near.textContent).toContain('終結');
  });

  it('keeps a filter under a name, takes it up again and lets it go', async () => {
    await list();
    await userEvent.type(screen.getByRole('searchbox'), '佐藤');
    await userEvent.click(await screen.findByRole('button', { name: 'この見方を保存' }));
    await userEvent.type(screen.getByLabelText('見方の名前'), 'わたしの佐藤さん{Enter}');
    const kept = await screen.findByRole('button', { name: 'わたしの佐藤さん' });
    await userEvent.clear(screen.getByRole('searchbox'));
    await userEvent.click(kept);
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('佐藤');
    await userEvent.click(await screen.findByRole('button', { name: '「わたしの佐藤さん」を消す' }));
    expect(await screen.findByRole('button', { name: 'この見方を保存' })).toBeTruthy();
    expect((await run('saved.list', {})).value.items).toEqual([]);
  });
});
