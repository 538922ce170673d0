import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { startApp } from './testing';

afterEach(cleanup);

describe('a damaged store', () => {
  it('says what was saved and what is missing before anything is replaced, and where the damaged one is kept', async () => {
    startApp('state=damaged');
    await userEvent.click(await screen.findByRole('button', { name: '読めるものを救い出す' }));
    const save = screen.getByRole<HTMLButtonElement>('button', { name: '救い出す' });
    expect(save.disabled).toBe(true);
    await userEvent.type(screen.getByLabelText('合いことば'), 'みほん');
    await userEvent.click(save);
    await screen.findByText('世帯 6件');
    await screen.findByText('記入 2件');
    expect(screen.queryByText(/1-kept-/)).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: '置きかえる' }));
    await screen.findByText(/1-kept-2026-11-23-1015/);
    expect(screen.getByRole('button', { name: 'ひらく' })).toBeTruthy();
  });

  it('opens with two shares, and then with the passphrase that follows', async () => {
    startApp('state=damaged');
    await userEvent.click(await screen.findByRole('button', { name: '読めるものを救い出す' }));
    await userEvent.click(screen.getByRole('button', { name: '預かり札2枚でひらく' }));
    const save = screen.getByRole<HTMLButtonElement>('button', { name: '救い出す' });
    await userEvent.type(screen.getByLabelText('新しい合いことば'), 'あたらしい ことば');
    await userEvent.type(screen.getByLabelText('預かり札（1枚目）'), 'ことば');
    expect(save.disabled).toBe(true);
    await userEvent.type(screen.getByLabelText('預かり札（2枚目）'), 'ことば');
    await userEvent.click(save);
    await screen.findByText('世帯 6件');
  });

  it('stays as it is when the person thinks better of it', async () => {
    startApp('state=damaged');
    await userEvent.click(await screen.findByRole('button', { name: '読めるものを救い出す' }));
    await userEvent.type(screen.getByLabelText('合いことば'), 'みほん');
    await userEvent.click(screen.getByRole('button', { name: '救い出す' }));
    await userEvent.click(await screen.findByRole('button', { name: 'やめる（何も変えない）' }));
    await screen.findByText('保存先の一部がこわれています。');
  });
});
