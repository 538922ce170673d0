import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { cache } from '../shared/cache';
import { openWindow } from '../shared/windows';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(() => {
  cleanup();
  openWindow(null);
});

describe('the program', () => {
  it('takes a contact with two keys, without asking for anything', async () => {
    startApp();
    await screen.findByRole('heading', { name: /今日行く/ });
    const before = (await run('intake.list', {})).value.items.length;
    await userEvent.keyboard('n');
    await screen.findByRole('dialog', { name: '相談を受ける' });
    await userEvent.keyboard('{Enter}');
    await screen.findByLabelText('相談した人');
    expect((await run('intake.list', {})).value.items.length).toBe(before + 1);
  });

  it('keeps a letter a letter while somebody types', async () => {
    startApp();
    await userEvent.click(await screen.findByRole('button', { name: 'ひとことメモ' }));
    await userEvent.keyboard('n');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'ひとことメモ' }).value).toBe('n');
    await userEvent.clear(screen.getByRole('textbox', { name: 'ひとことメモ' }));
  });

  it('never hides what is due, and folds only drafts', async () => {
    startApp();
    const due = await screen.findByRole('region', { name: '期限・折り返し' });
    const today = (await run('today.get', {})).value;
    expect(within(due).getAllByRole('listitem')).toHaveLength(today.due.length);
    expect(screen.getByRole('button', { name: /^ほか\d+件$/ })).toBeTruthy();
  });

  it('shows nothing of a record once it is locked', async () => {
    startApp();
    await screen.findAllByText('佐藤さんの世帯');
    await userEvent.keyboard('{Control>}l{/Control}');
    await screen.findByRole('heading', { name: 'ロックされています' });
    expect(document.body.textContent).not.toContain('佐藤');
    expect(cache.getQueryCache().getAll().map((query) => query.queryKey[0])).toEqual(['session_status']);
  });

  it('says what happened, what is safe and what to do after a wrong passphrase', async () => {
    startApp('state=locked');
    await userEvent.type(await screen.findByLabelText('合いことば'), 'ちがう{Enter}');
    const alert = await screen.findByRole('alert');
    expect(alert.querySelectorAll('p')).toHaveLength(3);
    await userEvent.clear(screen.getByLabelText('合いことば'));
    await userEvent.type(screen.getByLabelText('合いことば'), 'みほん{Enter}');
    await screen.findByRole('heading', { name: /今日行く/ });
  });

  it('answers a cell with one key, and decides between two views with one', async () => {
    startApp();
    const household = await sato();
    const round = household.rounds.find((entry) => entry.pack.id === 'marugoto-household');
    await router.navigate({
      to: '/households/$householdId/rounds/$roundId',
      params: { householdId: household.id, roundId: round?.id ?? '' },
    });
    const cell = await screen.findByRole('gridcell', { name: /^佐藤 和子 からだとこころ、/ });
    await userEvent.click(cell);
    await userEvent.keyboard('4');
    await screen.findByRole('gridcell', { name: '佐藤 和子 からだとこころ、急ぐ' });
    await userEvent.keyboard('0');
    await screen.findByRole('gridcell', { name: '佐藤 和子 からだとこころ、未確認' });

    const both = screen.getByRole('gridcell', { name: /2つの見方/ });
    await userEvent.click(both);
    await userEvent.keyboard('1');
    await screen.findByRole('gridcell', { name: '佐藤 健一 地域とのつながり、気になる' });
    await waitFor(() => expect(screen.queryByRole('gridcell', { name: /2つの見方/ })).toBeNull());
  });

  it('speaks English as completely', async () => {
    startApp('lang=en');
    await screen.findByRole('heading', { name: /Visits today/ });
    expect(document.documentElement.lang).toBe('en');
    startApp('lang=ja');
  });

  it('starts at the lock in the language of the worker', async () => {
    startApp('state=locked&lang=en');
    await screen.findByRole('heading', { name: 'Locked' });
    expect(document.documentElement.lang).toBe('en');
    expect(screen.getByRole('main').textContent).not.toMatch(/\p{Script=Hiragana}/u);
    cleanup();
    startApp('lang=ja');
    await screen.findByRole('heading', { name: /今日行く/ });
  });
});
