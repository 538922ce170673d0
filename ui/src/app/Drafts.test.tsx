import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { flushAll, keepAll } from '../shared/pending';
import { openWindow } from '../shared/windows';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(() => {
  cleanup();
  openWindow(null);
});

const memos = async () => (await run('memo.list', {})).value.items.map((memo) => memo.text);

describe('what was begun and belongs to no record yet', () => {
  it('is a memo when the page is taken away, and no memo while it stays', async () => {
    startApp();
    await userEvent.click(await screen.findByRole('button', { name: 'ひとことメモ' }));
    await userEvent.type(screen.getByRole('textbox', { name: 'ひとことメモ' }), '廊下で聞いた');
    await flushAll();
    expect(await memos()).not.toContain('廊下で聞いた');
    await keepAll();
    expect(await memos()).toContain('廊下で聞いた');
    // Once is enough.
    const before = (await memos()).length;
    await keepAll();
    expect(await memos()).toHaveLength(before);
  });

  it('is an intake when somebody was on the telephone', async () => {
    startApp();
    await screen.findByRole('heading', { name: /今日行く/ });
    await userEvent.keyboard('n');
    await userEvent.type(await screen.findByLabelText('内容'), '電気が止まりそう');
    await keepAll();
    const intakes = (await run('intake.list', {})).value.items.map((intake) => intake.text);
    expect(intakes).toContain('電気が止まりそう');
  });

  it('is a memo when half a person was written down', async () => {
    startApp();
    const household = await sato();
    await router.navigate({ to: '/households/$householdId', params: { householdId: household.id } });
    await userEvent.click(await screen.findByRole('button', { name: /^加える/ }));
    await userEvent.type(await screen.findByLabelText('名'), 'みどり');
    await keepAll();
    await waitFor(async () => expect((await memos()).join()).toContain('みどり'));
  });
});
