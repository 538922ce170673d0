import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { exchangedByItself } from '../bridge/mock';
import { cache } from '../shared/cache';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

const go = (to: '/exchange' | '/settings' | '/households' | '/handovers') => act(() => router.navigate({ to }));
/** A click on the veil beside the open window. */
const clickBeside = async () => {
  await userEvent.click(document.querySelector('.modal-veil') as Element);
};
const openDevice = async () => {
  await userEvent.click(await screen.findByRole('button', { name: '鈴木 一郎さんの端末: くわしく' }));
  return screen.findByRole('dialog');
};

describe('a device of the office', () => {
  it('is not noted as having left by one press', async () => {
    startApp('demo=0');
    await go('/exchange');
    const dialog = await openDevice();
    await userEvent.click(within(dialog).getByRole('button', { name: '異動・退職にする' }));
    const sure = within(dialog).getByRole('group', { name: '異動・退職にする' });
    within(sure).getByText(/取り消せません/);
    expect(document.activeElement?.textContent).toBe('やめる');
    await userEvent.click(within(sure).getByRole('button', { name: 'やめる' }));
    await userEvent.click(within(dialog).getByRole('button', { name: '閉じる' }));
    expect(screen.queryByText('異動・退職')).toBeNull();
    // The positive control: the second press does it.
    const again = await openDevice();
    await userEvent.click(within(again).getByRole('button', { name: '異動・退職にする' }));
    await userEvent.click(within(again).getByRole('button', { name: '異動・退職にします' }));
    await userEvent.click(await within(again).findByRole('button', { name: '閉じる' }));
    await screen.findByText('異動・退職');
  });

  it('is shut out with a colleague who is asked, and nothing has happened before they sign', async () => {
    startApp('demo=0');
    await go('/exchange');
    expect(screen.queryByRole('heading', { name: '署名の依頼' })).toBeNull();
    const dialog = await openDevice();
    const [colleague] = await within(dialog).findAllByRole('radio', { name: 'ほかの管理担当に頼む' });
    await userEvent.click(colleague as Element);
    await userEvent.click(within(dialog).getByRole('button', { name: '署名を頼む：締め出す（取り消せません）' }));
    const asked = (await screen.findByRole('heading', { name: '署名の依頼' })).closest('section') as HTMLElement;
    within(asked).getByText('返事を待っています。まだ何も変わっていません。');
    within(asked).getByText('鈴木 一郎さんの端末を締め出す');
    expect(screen.queryByText('締め出し済み')).toBeNull();
    await userEvent.click(within(asked).getByRole('button', { name: '依頼を取り下げる' }));
    await waitFor(() => expect(screen.queryByRole('heading', { name: '署名の依頼' })).toBeNull());
  });

  it('forgets the paper key once it was used', async () => {
    startApp('demo=0');
    await go('/exchange');
    const dialog = await openDevice();
    const key = await within(dialog).findByRole<HTMLInputElement>('textbox', { name: '紙の管理鍵' });
    fireEvent.change(key, { target: { value: '0000-1111' } });
    await userEvent.click(within(dialog).getByRole('button', { name: '締め出す（取り消せません）' }));
    await within(dialog).findByText(/行いました/);
    await waitFor(() => expect(key.value).toBe(''));
  });

  it('tells a worker who can stop it', async () => {
    startApp('demo=0&worker');
    await go('/exchange');
    const dialog = await openDevice();
    within(dialog).getByText(/すぐに主任・管理者か管理担当に知らせてください/);
    expect(within(dialog).queryByRole('button', { name: '送受信を止める' })).toBeNull();
  });

  it('is found from the settings, where somebody looks for it', async () => {
    startApp('demo=0');
    await go('/settings');
    await userEvent.click(await screen.findByRole('link', { name: '事務所の端末を見る' }));
    const heading = await screen.findByRole('heading', { name: '事務所の端末' });
    await waitFor(() => expect(document.activeElement).toBe(heading));
    // From the page itself, too.
    heading.blur();
    await act(() => router.navigate({ to: '/exchange', search: { to: 'devices' } }));
    await waitFor(() => expect(document.activeElement).toBe(heading));
  });
});

describe('a window that shows or takes what cannot be had again', () => {
  it('stays at a click beside it, and has a way out', async () => {
    startApp('demo=0');
    await go('/settings');
    await userEvent.click(await screen.findByRole('button', { name: '新しい預かり鍵を作る' }));
    await screen.findByRole('dialog');
    await clickBeside();
    within(screen.getByRole('dialog')).getByText('預かり札を3枚作る');
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'やめる' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    // Red control: one in which nothing is lost goes at the same click.
    await userEvent.click(screen.getByRole('button', { name: 'この画面のキー' }));
    await screen.findByRole('dialog');
    await clickBeside();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});

describe('somebody in two teams', () => {
  it('says whose a new household is before there is one', async () => {
    startApp('demo=0&apart');
    await go('/households');
    const before = (await run('household.list', {})).value.items.length;
    await userEvent.click(await screen.findByRole('button', { name: '世帯をつくる' }));
    const dialog = await screen.findByRole('dialog', { name: 'どのチームの世帯にしますか' });
    expect((await run('household.list', {})).value.items).toHaveLength(before);
    await userEvent.click(within(dialog).getByRole('button', { name: '西チーム' }));
    await waitFor(async () => expect((await run('household.list', {})).value.items).toHaveLength(before + 1));
  });

  it('covers what the colleague can read, where not all can be covered', async () => {
    startApp('demo=0&apart');
    await go('/handovers');
    await userEvent.click(await screen.findByRole('button', { name: '留守番を決める' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.selectOptions(within(dialog).getByLabelText('留守番をする人'), '鈴木 一郎');
    const until = within(dialog).getByLabelText('最後の日');
    fireEvent.change(until, { target: { value: '2026-11-30' } });
    fireEvent.blur(until);
    const begin = within(dialog).getByRole<HTMLButtonElement>('button', { name: '決める' });
    await waitFor(() => expect(begin.disabled).toBe(false));
    await userEvent.click(begin);
    await within(dialog).findByText('できませんでした（coverer_not_in_team）。');
    await userEvent.click(within(dialog).getByRole('button', { name: '鈴木 一郎さんが読める世帯だけで決める' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect((await run('cover.list', { open: true })).value.items).toHaveLength(1);
  });
});

describe('a cover', () => {
  it('does not begin while one of its days is unclear', async () => {
    startApp('demo=0');
    await go('/handovers');
    await userEvent.click(await screen.findByRole('button', { name: '留守番を決める' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.selectOptions(within(dialog).getByLabelText('留守番をする人'), '鈴木 一郎');
    const type = (label: string, text: string) => {
      const field = within(dialog).getByLabelText(label);
      fireEvent.change(field, { target: { value: text } });
      fireEvent.blur(field);
    };
    const before = (await run('cover.list', { open: true })).value.items.length;
    type('最後の日', '来週くらい');
    await userEvent.click(within(dialog).getByRole('button', { name: '決める' }));
    await within(dialog).findByText('日付は、何月何日まで書いてください（例：12/1、R8.12.1）。');
    type('最後の日', '2026-11-30');
    type('いつから', 'そのうち');
    await userEvent.click(within(dialog).getByRole('button', { name: '決める' }));
    await within(dialog).findByText('日付は、何月何日まで書いてください（例：12/1、R8.12.1）。');
    expect((await run('cover.list', { open: true })).value.items).toHaveLength(before);
    // The positive control: with both days clear it begins.
    type('いつから', '2026-11-24');
    await userEvent.click(within(dialog).getByRole('button', { name: '決める' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect((await run('cover.list', { open: true })).value.items).toHaveLength(before + 1);
  });
});

describe('a name', () => {
  it('is changed where it stands, and not to nothing', async () => {
    startApp('demo=0');
    await go('/settings');
    await userEvent.click(await screen.findByRole('button', { name: 'あなたの名前: 変更' }));
    const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'あなたの名前' });
    expect(field.value).toBe('山田 花子');
    const save = screen.getByRole<HTMLButtonElement>('button', { name: '名前を変える' });
    expect(save.disabled).toBe(true);
    fireEvent.change(field, { target: { value: '  ' } });
    expect(save.disabled).toBe(true);
    fireEvent.change(field, { target: { value: '鈴木 花子' } });
    await userEvent.click(save);
    await waitFor(() => expect(screen.queryByRole('textbox', { name: 'あなたの名前' })).toBeNull());
    expect(screen.getAllByText('鈴木 花子').length).toBeGreaterThan(0);
  });
});

describe('an order of erasure', () => {
  it('says what it says once it is drawn up', async () => {
    startApp('demo=0');
    const household = await sato();
    await act(() => router.navigate({ to: '/households/$householdId/history', params: { householdId: household.id } }));
    await userEvent.click(await screen.findByRole('button', { name: '廃棄の手続き' }));
    const dialog = await screen.findByRole('dialog');
    const field = (label: string) => within(dialog).getByLabelText<HTMLInputElement>(label);
    fireEvent.change(field('理由'), { target: { value: '保存期間の満了' } });
    fireEvent.change(field('根拠'), { target: { value: '文書管理規程' } });
    expect(field('理由').readOnly).toBe(false);
    await userEvent.click(within(dialog).getByRole('button', { name: '起案だけする' }));
    await within(dialog).findByText('起案しました。署名するまで、何も消えません。');
    expect([field('理由').readOnly, field('根拠').readOnly]).toEqual([true, true]);
  });
});

describe('an exchange', () => {
  it('that went wrong is over once a later one went well', async () => {
    startApp('demo=0&offline');
    await go('/exchange');
    await userEvent.click(await screen.findByRole('button', { name: 'いま送受信する' }));
    await screen.findByText('できませんでした（hub_unreachable）。');
    // Red control: one of before changes nothing.
    exchangedByItself('2020-01-01T00:00:00+09:00');
    await act(() => cache.invalidateQueries({ queryKey: ['bundle_waiting'] }));
    screen.getByText('できませんでした（hub_unreachable）。');
    exchangedByItself(new Date(Date.now() + 1000).toISOString());
    await act(() => cache.invalidateQueries({ queryKey: ['bundle_waiting'] }));
    await waitFor(() => expect(screen.queryByText('できませんでした（hub_unreachable）。')).toBeNull());
  });
});

describe('a request to another office', () => {
  it('keeps its words for the call that comes later', async () => {
    startApp('demo=0');
    await go('/exchange');
    expect(screen.queryByRole('list', { name: '依頼の言葉' })).toBeNull();
    await userEvent.click(await screen.findByRole('button', { name: '依頼ファイルを作る' }));
    await screen.findByRole('list', { name: '依頼の言葉' });
    await go('/households');
    await go('/exchange');
    await screen.findByRole('list', { name: '依頼の言葉' });
  });
});
