import { cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { router } from './router';
import { startApp } from './testing';

afterEach(cleanup);

describe('a laptop that joins', () => {
  it('shows its recovery sheet before the words', async () => {
    startApp('state=none');
    await userEvent.click(await screen.findByRole('button', { name: /^事務所に参加する/ }));
    await userEvent.type(screen.getByLabelText('あなたの名前'), '鈴木');
    await screen.findByText('さくら');
    await userEvent.click(screen.getByRole('button', { name: '申込みファイルを保存する' }));
    await screen.findByRole('heading', { name: '復旧シート' });
    expect(screen.getByText('復旧コード')).toBeTruthy();
    // Only the founder's sheet carries the key of the paper administrator.
    expect(screen.queryByText('紙の管理鍵')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: '書き写しました' }));
    await screen.findByRole('heading', { name: '事務所の承認を待っています' });
  });

  it('comes in with two shares where no administrator is left, and shows the new sheet first', async () => {
    startApp('state=waiting');
    await userEvent.click(await screen.findByRole('button', { name: '管理担当がひとりも残っていないとき' }));
    const enter = screen.getByRole<HTMLButtonElement>('button', { name: '事務所に入る' });
    await userEvent.type(screen.getByLabelText('中継サーバーのアドレス'), 'https://hub.example.jp');
    await userEvent.type(screen.getByLabelText('預かり札（1枚目）'), 'ことば');
    expect(enter.disabled).toBe(true);
    await userEvent.type(screen.getByLabelText('預かり札（2枚目）'), 'ことば');
    await userEvent.click(enter);
    await screen.findByRole('heading', { name: '復旧シート' });
    // The laptop's own recovery code was shown when its store was made.
    expect(screen.queryByText('復旧コード')).toBeNull();
    expect(screen.getByText('紙の管理鍵')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: '書き写しました' }));
    await screen.findByRole('heading', { name: /今日行く/ });
  });

  it('becomes an administrator only with the key on the paper', async () => {
    startApp();
    await screen.findByRole('heading', { name: /今日行く/ });
    await router.navigate({ to: '/exchange' });
    await userEvent.click(await screen.findByRole('button', { name: '申込みファイルを開く' }));
    const section = await screen.findByRole('region', { name: '新しい端末を参加させる' });
    const save = within(section).getByRole<HTMLButtonElement>('button', { name: '承認ファイルを保存する' });
    await userEvent.click(await within(section).findByRole('checkbox', { name: /同じことばだった/ }));
    expect(save.disabled).toBe(false);
    await userEvent.click(within(section).getByRole('checkbox', { name: /^管理担当にする/ }));
    expect(save.disabled).toBe(true);
    await userEvent.type(within(section).getByLabelText('紙の管理鍵'), 'XXXX');
    await userEvent.click(save);
    await within(section).findByRole('alert');
    await userEvent.clear(within(section).getByLabelText('紙の管理鍵'));
    await userEvent.type(within(section).getByLabelText('紙の管理鍵'), '9TRC-44KX-W2MQ-7BDF-HP3N-E8YJ-5VA6-QK2C-MX7T');
    await userEvent.click(save);
    await within(section).findByText(/^承認ファイル/);
  });
});
