import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { startApp } from './testing';

afterEach(cleanup);

async function register() {
  startApp();
  await router.navigate({ to: '/exchange' });
  return screen.findByRole('region', { name: '持ち出し管理簿' });
}

describe('the register of what was carried out', () => {
  it('shows what is late first, and not in red', async () => {
    const section = await register();
    const late = await within(section).findByText('予定の日をすぎています');
    expect(late.className).toBe('tag tag-two');
    expect(within(section).getAllByRole('listitem')[0]?.contains(late)).toBe(true);
  });

  it('lets go of what came back, and keeps it to be looked up', async () => {
    const section = await register();
    await userEvent.click(await within(section).findByRole('button', { name: 'まるごと_20261113.mgb 戻った' }));
    await within(section).findByText('外に出ているファイルはありません。');
    await userEvent.click(within(section).getByRole('button', { name: '済んだものも見る' }));
    await within(section).findByText('2026/11/23 に戻りました（山田 花子）');
    expect(within(section).queryByText('予定の日をすぎています')).toBeNull();
  });

  it('says that a day of return does not read as one, and keeps none', async () => {
    const section = await register();
    const out = screen.getByRole('region', { name: '渡す' });
    await userEvent.click(within(out).getByText('持ち出し管理簿に書くこと（なくてもかまいません）'));
    const before = new Set((await run('carryout.list', {})).value.items.map((entry) => entry.id));
    const day = within(out).getByLabelText('戻す日・消す日');
    fireEvent.change(day, { target: { value: '来月の末ごろ' } });
    fireEvent.blur(day);
    await within(out).findByText('日付は、何月何日まで書いてください（例：12/1、R8.12.1）。');
    await userEvent.click(within(out).getByRole('button', { name: '持ち出しファイルを書き出す' }));
    await waitFor(() => expect(within(section).getAllByRole('listitem')).toHaveLength(2));
    const made = (await run('carryout.list', {})).value.items.find((entry) => !before.has(entry.id));
    expect(made).toBeDefined();
    expect(made?.returnBy).toBeUndefined();
  });

  it('needs nothing to be filled in, and takes what is', async () => {
    const section = await register();
    const out = screen.getByRole('region', { name: '渡す' });
    await userEvent.click(within(out).getByRole('button', { name: '持ち出しファイルを書き出す' }));
    await within(out).findByText('相手がもう持っている記録は入れていません。');
    await waitFor(() => expect(within(section).getAllByRole('listitem')).toHaveLength(2));

    await userEvent.click(within(out).getByRole('checkbox', { name: 'すべて入れる' }));
    await userEvent.click(within(out).getByText('持ち出し管理簿に書くこと（なくてもかまいません）'));
    await within(out).findByRole('option', { name: 'USBメモリ' });
    fireEvent.change(within(out).getByLabelText('媒体'), { target: { value: 'usb' } });
    fireEvent.change(within(out).getByLabelText('目的'), { target: { value: '訪問先で読む' } });
    await userEvent.click(within(out).getByRole('button', { name: '持ち出しファイルを書き出す' }));
    await waitFor(() => expect(within(section).getAllByRole('listitem')).toHaveLength(3));
    const made = (await run('carryout.list', {})).value.items.find((entry) => entry.purpose === '訪問先で読む');
    expect(made).toMatchObject({ medium: 'usb', complete: true, overdue: false });
    expect(made?.returnBy).toBeUndefined();
    // The next file has a purpose of its own.
    expect((within(out).getByLabelText('目的') as HTMLInputElement).value).toBe('');
  });
});
