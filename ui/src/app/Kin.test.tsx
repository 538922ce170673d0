import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

const open = (householdId: string, page: '' | '/members' = '') =>
  router.navigate({ to: `/households/$householdId${page}`, params: { householdId } });

describe('a household that was entered twice', () => {
  it('is asked about on the first screen, linked on its page, shown with it and taken apart again', async () => {
    startApp('kin');
    const today = await screen.findByRole('region', { name: '同じ世帯かもしれません' });
    within(today).getByRole('link', { name: 'さとうさん' });
    await userEvent.click(within(today).getByRole('link', { name: '佐藤さんの世帯' }));
    const card = await screen.findByRole('region', { name: '同じ世帯かもしれません' });
    within(card).getByText(/読みと生年月日が同じ方がいます。 佐藤 和子/);
    await userEvent.click(within(card).getByRole('button', { name: '同じ世帯としてつなぐ' }));
    const linked = await screen.findByRole('region', { name: 'つないだ世帯' });
    within(linked).getByRole('link', { name: 'さとうさん' });
    await screen.findByText(/窓口で話を聞いた/);
    await userEvent.click(within(linked).getByRole('button', { name: '取り消す' }));
    await screen.findByText('取り消しました。つなぐ前のとおりです。');
    await waitFor(() => expect(screen.queryByText(/窓口で話を聞いた/)).toBeNull());
  });

  it('of which a change is offered is not changed by itself', async () => {
    startApp('kin');
    const household = await sato();
    await open(household.id);
    const card = await screen.findByRole('region', { name: '同じ方の、ほかの世帯での変更' });
    within(card).getByText('000-9999-0000');
    expect((await sato()).members[0]?.phone).toBe('000-1234-5678');
    await userEvent.click(within(card).getByRole('button', { name: '取り入れる' }));
    await screen.findByText('取り入れました。');
    expect((await sato()).members[0]?.phone).toBe('000-9999-0000');
  });
});

it('a member moves into a household of their own, with what was chosen', async () => {
  startApp();
  const household = await sato();
  await open(household.id, '/members');
  await userEvent.click(await screen.findByRole('button', { name: /佐藤 健一/ }));
  await userEvent.click(await screen.findByRole('button', { name: 'ほかの世帯へ移った' }));
  const dialog = await screen.findByRole('dialog', { name: '佐藤 健一さんの移動' });
  const record = within(dialog).getByRole('button', { name: '移ったことを記録する' });
  expect((record as HTMLButtonElement).disabled, 'nowhere chosen yet').toBe(true);
  await userEvent.click(within(dialog).getByRole('radio', { name: '新しい世帯をつくる' }));
  fireEvent.change(within(dialog).getByLabelText('世帯の名前'), { target: { value: '健一さんの世帯' } });
  await userEvent.click(record);
  await screen.findByText('移ったことを記録しました。元に戻せます。');
  await screen.findByRole('link', { name: '健一さんの世帯' });
  const gone = (await sato()).members.find((member) => member.givenName === '健一');
  expect(gone?.movedTo?.householdName).toBe('健一さんの世帯');
});

it('a shielded address shows as such, and its value to who opened the restricted record', async () => {
  startApp();
  const household = await sato();
  await open(household.id, '/members');
  await userEvent.click(await screen.findByRole('button', { name: /佐藤 和子/ }));
  await userEvent.click(await screen.findByRole('button', { name: '秘匿にする' }));
  const dialog = await screen.findByRole('dialog', { name: '秘匿にする' });
  await userEvent.click(within(dialog).getByRole('button', { name: '住所' }));
  fireEvent.change(within(dialog).getByLabelText('住所'), { target: { value: 'みほん市隠町1' } });
  fireEvent.change(within(dialog).getByLabelText('秘匿にする理由'), { target: { value: '支援措置' } });
  const shield = within(dialog).getByRole('button', { name: '秘匿にする' });
  expect((shield as HTMLButtonElement).disabled, 'nobody else named yet').toBe(true);
  await userEvent.click(within(dialog).getByRole('button', { name: '鈴木 一郎' }));
  await userEvent.click(shield);
  await screen.findByText('秘匿にしました。値は限定した記録に入っています。');
  const { shielded, address } = (await run('household.get', { id: household.id })).value.members[0] ?? {};
  expect([shielded, address]).toEqual([['address'], undefined]);
  screen.getByText('みほん市隠町1');
});
