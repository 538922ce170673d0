import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { write } from '../shared/cache';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

describe('a restricted record', () => {
  it('is opened only after a reason was written', async () => {
    startApp();
    const household = await sato();
    await router.navigate({ to: '/households/$householdId', params: { householdId: household.id } });
    await screen.findByText('限定した記録 1件');
    expect(screen.queryByText('避難先のこと')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: '理由を書いてひらく' }));
    const field = await screen.findByLabelText('ひらく理由');
    const send = screen.getAllByRole('button', { name: '理由を書いてひらく' }).at(-1) as HTMLButtonElement;
    expect(send.disabled).toBe(true);
    fireEvent.change(field, { target: { value: '訪問の前に確かめる' } });
    await waitFor(() => expect(send.disabled).toBe(false));
    fireEvent.click(send);
    await screen.findByText('避難先のこと');
  });

  it('shows who reads the case, and apart from it who reads the restricted record', async () => {
    startApp();
    const household = await sato();
    await router.navigate({ to: '/households/$householdId/access', params: { householdId: household.id } });
    await screen.findByRole('heading', { name: 'この世帯を読める人' });
    await screen.findByRole('heading', { name: '限定した記録を読める人' });
  });

  it('has its readers named before the first letter', async () => {
    startApp();
    const household = await sato();
    await router.navigate({
      to: '/households/$householdId/notes/$noteId',
      params: { householdId: household.id, noteId: 'new' },
    });
    fireEvent.click(await screen.findByRole('button', { name: '読める人を限定する' }));
    await screen.findByText(/あなたのほかに読める人/);
    const old = household.notes[0]?.id ?? '';
    expect((await run('note.get', { id: old })).value.restricted).toBe(false);
    await router.navigate({
      to: '/households/$householdId/notes/$noteId',
      params: { householdId: household.id, noteId: old },
    });
    await waitFor(() => expect(screen.queryByRole('button', { name: '読める人を限定する' })).toBeNull());
  });

  it('says before the first letter that the escrow opens what is written', async () => {
    startApp();
    const household = await sato();
    const record = (await run('restricted.list', { householdId: household.id })).value.items[0];
    const id = record?.id ?? '';
    const choose = async () => {
      await router.navigate({ to: '/households/$householdId', params: { householdId: household.id } });
      await router.navigate({
        to: '/households/$householdId/notes/$noteId',
        params: { householdId: household.id, noteId: 'new' },
      });
      fireEvent.click(await screen.findByRole('button', { name: '読める人を限定する' }));
      fireEvent.click(await screen.findByRole('button', { name: '鈴木 一郎' }));
    };
    const said = /預かり鍵でも開けます/;
    // One that is closed is not joined, and one that the escrow does not open needs no word.
    await write('access.escrow', { id, opens: true });
    await choose();
    expect(screen.queryByText(said)).toBeNull();
    await write('restricted.open', { id, reason: '訪問の前に確かめる' });
    await choose();
    await screen.findByText(said);
    await write('access.escrow', { id, opens: false });
    await choose();
    await waitFor(() => expect(screen.queryByText(said)).toBeNull());
  });
});
