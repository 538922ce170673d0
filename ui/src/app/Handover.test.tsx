import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

const all = async () => (await run('handover.list', {})).value.items;

describe('a hand-over', () => {
  it('says nothing on the first screen where nothing waits', async () => {
    startApp();
    await screen.findByRole('region', { name: '今日行く' });
    expect(screen.queryByRole('list', { name: '引き継ぎ・留守番' })).toBeNull();
  });

  it('is one line for several alike, and is accepted in one step', async () => {
    startApp('handover');
    const lines = await screen.findByRole('list', { name: '引き継ぎ・留守番' });
    const line = within(lines).getByText('2世帯：鈴木 一郎さんから引き継ぎの申し出（12/1（火） から）');
    await userEvent.click(line);
    await screen.findByText('2世帯の申し出に、まとめて答えられます。');
    const mine = screen.getByRole('region', { name: 'あなたへの引き継ぎ' });
    await userEvent.click(within(mine).getAllByRole('button', { name: '引き受ける' })[0] as HTMLElement);
    await screen.findByText('返事を待っている引き継ぎはありません。');
    expect((await all()).filter((entry) => entry.state === 'accepted')).toHaveLength(2);
  });

  it('shows the words on the household page, and is declined only with a reason', async () => {
    startApp('handover');
    const offered = (await all()).find((entry) => entry.avoid !== undefined);
    await router.navigate({ to: '/households/$householdId', params: { householdId: offered?.householdId ?? '' } });
    const section = await screen.findByRole('region', { name: '引き継ぎ' });
    within(section).getByText(/大きな声や急な訪問を避ける/);
    screen.getByText('2026/11/27 まで、鈴木 一郎さんの留守を山田 花子さんがあずかっています。');
    await userEvent.click(within(section).getByRole('button', { name: '引き受けられない' }));
    const send = await screen.findByRole('button', { name: '理由を添えて返す' });
    expect((send as HTMLButtonElement).disabled).toBe(true);
    fireEvent.change(screen.getByLabelText('理由'), { target: { value: '来月から異動です' } });
    await userEvent.click(send);
    await screen.findByText(/引き受けられないと答えました.*来月から異動です/);
    expect((await all()).find((entry) => entry.id === offered?.id)?.answers[0]?.reason).toBe('来月から異動です');
  });

  it('accepted for a later day shows who leads from then on', async () => {
    startApp('handover');
    const offered = (await all()).find((entry) => entry.avoid !== undefined);
    await router.navigate({ to: '/households/$householdId', params: { householdId: offered?.householdId ?? '' } });
    const section = await screen.findByRole('region', { name: '引き継ぎ' });
    await userEvent.click(within(section).getByRole('button', { name: '引き受ける' }));
    await screen.findByText('（2026/12/01 から 山田 花子）');
  });

  it('takes the overview over, and what is written in the dialog goes along', async () => {
    startApp();
    const household = await sato();
    await router.navigate({ to: '/households/$householdId', params: { householdId: household.id } });
    const section = await screen.findByRole('region', { name: '引き継ぎ' });
    await userEvent.click(within(section).getByRole('button', { name: '引き継ぎを申し出る' }));
    const dialog = await screen.findByRole('dialog');
    expect((within(dialog).getByLabelText('概況') as HTMLTextAreaElement).value).toBe(household.summary);
    const offer = within(dialog).getByRole('button', { name: '申し出る' }) as HTMLButtonElement;
    expect(offer.disabled).toBe(true);
    await within(dialog).findByRole('option', { name: '鈴木 一郎' });
    // Whoever leads already is not offered.
    expect(within(dialog).queryByRole('option', { name: '山田 花子' })).toBeNull();
    fireEvent.change(within(dialog).getByLabelText('次の主担当者'), { target: { value: 'w2' } });
    fireEvent.change(within(dialog).getByLabelText('避けたい関わり方・大切にしたいこと'), { target: { value: '玄関からは入らない' } });
    await userEvent.click(offer);
    await screen.findByText('玄関からは入らない', { selector: 'dd' });
    expect(await all()).toMatchObject([{ to: { id: 'w2' }, on: '2026-11-23', summary: household.summary }]);
  });

  it('is offered for the day that was typed, also with Enter, and for no other where the day is not clear', async () => {
    startApp();
    const household = await sato();
    await router.navigate({ to: '/households/$householdId', params: { householdId: household.id } });
    const section = await screen.findByRole('region', { name: '引き継ぎ' });
    await userEvent.click(within(section).getByRole('button', { name: '引き継ぎを申し出る' }));
    const dialog = await screen.findByRole('dialog');
    await within(dialog).findByRole('option', { name: '鈴木 一郎' });
    fireEvent.change(within(dialog).getByLabelText('次の主担当者'), { target: { value: 'w2' } });
    const from = within(dialog).getByLabelText('いつから');
    // A month is no day. Once it was today that was written.
    await userEvent.type(from, '2027/4{Enter}');
    await within(dialog).findByRole('alert');
    expect(await all()).toHaveLength(0);
    await userEvent.type(from, '/1{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(await all()).toMatchObject([{ on: '2027-04-01' }]);
  });

  it('of many households begins in the list, chosen one by one or all that one leads', async () => {
    startApp();
    await router.navigate({ to: '/households' });
    const grid = await screen.findByRole('grid', { name: '世帯' });
    // jsdom has no heights, so no row is drawn; the keys choose all the same.
    await waitFor(() => expect(Number(grid.getAttribute('aria-rowcount'))).toBeGreaterThan(1));
    await userEvent.click(screen.getByRole('button', { name: '選んで引き継ぐ' }));
    await act(async () => grid.focus());
    await userEvent.keyboard(' {ArrowDown} ');
    await screen.findByText('2世帯を選んでいます');
    // The same row again is taken back, and Enter opens no page meanwhile.
    await userEvent.keyboard('{Enter}');
    await screen.findByText('1世帯を選んでいます');
    expect(router.state.location.pathname).toBe('/households');

    await userEvent.click(screen.getByRole('button', { name: 'わたしが主担当の世帯をすべて選ぶ' }));
    const led = (await run('household.list', { limit: 500 })).value.items.filter((row) => row.leadWorker?.id === 'w1' && row.stage !== 'closed');
    // The first of the list is one of them.
    await screen.findByText(`${led.length}世帯を選んでいます`);
    await userEvent.click(screen.getByRole('button', { name: '選んだ世帯を引き継ぐ' }));
    const dialog = await screen.findByRole('dialog');
    await within(dialog).findByRole('option', { name: '鈴木 一郎' });
    fireEvent.change(within(dialog).getByLabelText('次の主担当者'), { target: { value: 'w2' } });
    await userEvent.click(within(dialog).getByRole('button', { name: '申し出る' }));
    await waitFor(() => expect(screen.queryByText(`${led.length}世帯を選んでいます`)).toBeNull());
    expect(await all()).toHaveLength(led.length);
  }, 20_000);
});

describe('a cover', () => {
  it('is named in one step and ended in one', async () => {
    startApp();
    await router.navigate({ to: '/handovers' });
    const section = await screen.findByRole('region', { name: '留守番' });
    await within(section).findByText('いま決まっている留守番はありません。');
    await userEvent.click(within(section).getByRole('button', { name: '留守番を決める' }));
    const dialog = await screen.findByRole('dialog');
    const coverer = within(dialog).getByLabelText('留守番をする人');
    await within(coverer).findByRole('option', { name: '鈴木 一郎' });
    fireEvent.change(coverer, { target: { value: 'w2' } });
    const until = within(dialog).getByLabelText('最後の日');
    fireEvent.change(until, { target: { value: '2026/11/30' } });
    fireEvent.blur(until);
    const begin = within(dialog).getByRole('button', { name: '決める' }) as HTMLButtonElement;
    await waitFor(() => expect(begin.disabled).toBe(false));
    await userEvent.click(begin);
    const line = /山田 花子さんの留守番は鈴木 一郎さん（2026\/11\/23〜2026\/11\/30/;
    await within(section).findByText(line);
    await userEvent.click(within(section).getByRole('button', { name: /終える/ }));
    await within(section).findByText('いま決まっている留守番はありません。');
  });

  it('tells whoever comes back what was written, until it is read', async () => {
    startApp('handover');
    const lines = await screen.findByRole('list', { name: '引き継ぎ・留守番' });
    within(lines).getByText('鈴木 一郎さんの留守番をしています：1世帯（11/27（金） まで）');
    screen.getByText('鈴木 一郎さんの留守番');
    await userEvent.click(within(lines).getByText('留守中にあったこと'));
    await screen.findByRole('heading', { name: '留守中にあったこと' });
    screen.getByText(/長男から電話/);
    screen.getByText(/約束、次回/);
    await userEvent.click(screen.getByRole('button', { name: '読みました' }));
    await screen.findByRole('region', { name: '今日行く' });
    await waitFor(() => expect(screen.queryByText('留守中にあったこと')).toBeNull());
  });
});
