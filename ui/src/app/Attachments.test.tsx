import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

const PNG = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (letter) => letter.charCodeAt(0),
);
const photo = (name = '玄関.png') => new File([PNG], name, { type: 'image/png' });
const living = new Set<string>();

beforeEach(() => {
  living.clear();
  URL.createObjectURL = () => {
    const address = `blob:${living.size}`;
    living.add(address);
    return address;
  };
  URL.revokeObjectURL = (address) => void living.delete(address);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function page(): Promise<HTMLElement> {
  startApp();
  const { id } = await sato();
  await router.navigate({ to: '/households/$householdId', params: { householdId: id } });
  return screen.findByRole('region', { name: '添付' });
}
const listed = async () => (await run('attachment.list', { householdId: (await sato()).id })).value.items;
const choose = (section: HTMLElement, ...files: File[]) => userEvent.upload(within(section).getByLabelText('ファイルを追加'), files);
const faults = async () =>
  // Colours are for the real window: jsdom paints none.
  (await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } })).violations.map(({ id }) => id);

describe('attachments of a household', () => {
  it('are added, shown in small, opened large and given back when closed', async () => {
    const section = await page();
    await within(section).findByText('添付はまだありません。');
    await choose(section, photo());
    const tile = await within(section).findByRole('button', { name: /玄関\.png/ });
    within(tile).getByText('2026/11/23');
    within(tile).getByText('山田 花子');
    expect(tile.querySelector('img')?.src).toMatch(/^data:image\/jpeg;base64,/);
    expect(await faults()).toEqual([]);

    await userEvent.click(tile);
    const dialog = await screen.findByRole('dialog', { name: '玄関.png' });
    const picture = await within(dialog).findByRole('img', { name: '添付の画像：玄関.png' });
    expect(living.has(picture.getAttribute('src') ?? '')).toBe(true);
    expect(await faults()).toEqual([]);
    await userEvent.keyboard('+');
    within(dialog).getByText('表示の大きさ 150%');
    await userEvent.click(within(dialog).getByRole('button', { name: /^拡大/ }));
    await userEvent.keyboard('-');
    within(dialog).getByText('表示の大きさ 150%');
    await userEvent.keyboard('0');
    within(dialog).getByText('表示の大きさ 100%');
    await userEvent.click(within(dialog).getByRole('button', { name: '写しを保存する' }));
    await screen.findByText('写し「玄関.png」を保存しました。持ち出し管理簿に残ります。');
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(living.size, 'the bytes are given back').toBe(0);
  });

  it('say why one does not come in, and take the next in all the same', async () => {
    const section = await page();
    await choose(section, new File(['<svg/>'], '絵.svg'), photo());
    await within(section).findByRole('button', { name: /玄関\.png/ });
    within(section).getByText('絵.svg');
    expect(within(section).getByRole('alert').textContent).toContain('attachment_active');
    expect((await listed()).map(({ name }) => name)).toEqual(['玄関.png']);
    await userEvent.click(within(section).getByRole('button', { name: '「絵.svg」の知らせを閉じる' }));
    expect(within(section).queryByRole('alert')).toBeNull();
  });

  it('come in by dropping and by pasting; pasted words stay words', async () => {
    const section = await page();
    fireEvent.drop(section, { dataTransfer: { files: [photo('落とした.png')], types: ['Files'] } });
    await within(section).findByRole('button', { name: /落とした\.png/ });
    const paste = (files: File[], types: string[]) => {
      const event = Object.assign(new Event('paste', { bubbles: true, cancelable: true }), { clipboardData: { files, types } });
      document.body.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(paste([photo('表.png')], ['Files', 'text/plain'])).toBe(false);
    expect(paste([photo('image.png')], ['Files'])).toBe(true);
    await within(section).findByRole('button', { name: /貼り付けた画像/ });
    expect(await listed()).toHaveLength(2);
  });

  it('are described in place and removed; a text is shown as text, a PDF not at all', async () => {
    const section = await page();
    await choose(section, new File(['<b>大家さんの話</b>'], '手紙.txt'), new File(['%PDF-1.7'], '通知.pdf'));
    await userEvent.click(await within(section).findByRole('button', { name: /通知\.pdf/ }));
    await screen.findByText(/PDFはこの画面では表示しません/);
    await userEvent.keyboard('{Escape}');
    await userEvent.click(await within(section).findByRole('button', { name: /手紙\.txt/ }));
    const dialog = await screen.findByRole('dialog', { name: '手紙.txt' });
    await within(dialog).findByText('<b>大家さんの話</b>');
    const description = within(dialog).getByLabelText('説明');
    fireEvent.change(description, { target: { value: '10月の家賃のこと' } });
    fireEvent.blur(description);
    await waitFor(async () => expect((await listed()).find(({ name }) => name === '手紙.txt')?.description).toBe('10月の家賃のこと'));
    await userEvent.click(within(dialog).getByRole('button', { name: '添付を外す' }));
    await screen.findByText('「手紙.txt」を外しました。Ctrl+Z で元に戻せます。');
    expect((await listed()).map(({ name }) => name)).toEqual(['通知.pdf']);
  });

  it('is found by its name and its description, and opens where it belongs', async () => {
    const section = await page();
    await choose(section, new File(['滞納の知らせ'], '通知.txt'));
    await within(section).findByRole('button', { name: /通知\.txt/ });
    await router.navigate({ to: '/' });
    await userEvent.click(await screen.findByRole('button', { name: /さがす/ }));
    await userEvent.type(await screen.findByRole('combobox'), '通知');
    const hit = await screen.findByRole('option', { name: /^添付\s*通知\.txt/ });
    await userEvent.click(hit);
    const dialog = await screen.findByRole('dialog', { name: '通知.txt' });
    await within(dialog).findByText('滞納の知らせ');
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(router.state.location.search).toEqual({});
  });

  it('are looked at one after the other, by button and by key', async () => {
    const section = await page();
    await choose(section, new File(['一枚目の中身'], '一.txt'), new File(['二枚目の中身'], '二.txt'), new File(['三枚目の中身'], '三.txt'));
    const tiles = () => within(section).getAllByRole('button', { name: /\.txt/ });
    await waitFor(() => expect(tiles()).toHaveLength(3), { timeout: 5000 });
    await userEvent.click(tiles()[0]!);
    const names = (await listed()).map(({ name }) => name);
    const shown = async (at: number) => {
      const dialog = await screen.findByRole('dialog', { name: names[at] });
      await within(dialog).findByText(`3件中${at + 1}件目`);
      await within(dialog).findByText(/枚目の中身$/);
      return dialog;
    };
    await userEvent.click(within(await shown(0)).getByRole('button', { name: /^次へ/ }));
    await shown(1);
    await userEvent.keyboard('{ArrowRight}');
    await shown(2);
    // Behind the last comes the first, and before it the last.
    await userEvent.keyboard('{ArrowRight}');
    await userEvent.click(within(await shown(0)).getByRole('button', { name: /^前へ/ }));
    // Somebody who writes moves the cursor, not the page.
    await userEvent.click(within(await shown(2)).getByLabelText('説明'));
    await userEvent.keyboard('{ArrowLeft}');
    await shown(2);
  });

  it('of a note belong to the note, and are listed with the household’s', async () => {
    await page();
    const household = await sato();
    const noteId = household.notes[0]?.id ?? '';
    await router.navigate({ to: '/households/$householdId/notes/$noteId', params: { householdId: household.id, noteId } });
    await screen.findByText('この記録の添付はまだありません。');
    await choose(await screen.findByRole('region', { name: '添付' }), photo());
    await screen.findByRole('button', { name: /玄関\.png/ });
    expect((await listed()).map((item) => item.noteId)).toEqual([noteId]);
  });
});

it('an attachment whose file is not here yet says so', async () => {
  startApp('away');
  const { id } = await sato();
  await router.navigate({ to: '/households/$householdId', params: { householdId: id } });
  const tile = await screen.findByRole('button', { name: /届いていない\.png/ });
  within(tile).getByText('本体はまだ届いていません');
  await userEvent.click(tile);
  const dialog = await screen.findByRole('dialog');
  expect((await within(dialog).findByRole('alert')).textContent).toContain('attachment_missing');
  expect((within(dialog).getByRole('button', { name: '写しを保存する' }) as HTMLButtonElement).disabled).toBe(true);
});
