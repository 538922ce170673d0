import { cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { startApp } from './testing';

afterEach(cleanup);

const heading = '以前の相談かもしれません';

describe('an earlier contact', () => {
  it('is not spoken of while nothing is alike', async () => {
    startApp();
    const intake = (await run('intake.create', { callerName: 'だれでもない人' })).value;
    await router.navigate({ to: '/intakes/$intakeId', params: { intakeId: intake.id } });
    await screen.findByLabelText('相談した人');
    expect(screen.queryByText(heading)).toBeNull();
  });

  it('stands apart from guesses and opens the record', async () => {
    startApp();
    const intake = (await run('intake.create', { callerName: '佐久間', phone: '00012345678' })).value;
    await router.navigate({ to: '/intakes/$intakeId', params: { intakeId: intake.id } });
    const section = await screen.findByRole('region', { name: heading });
    const [hits, guesses] = within(section).getAllByRole('list');
    expect(hits?.textContent).toContain('佐藤 和子');
    expect(hits?.textContent).not.toContain('佐藤 健一');
    expect(guesses?.textContent).toContain('佐藤 健一');
    await userEvent.click(within(section).getByRole('link', { name: '佐藤 和子' }));
    await screen.findByRole('complementary', { name: 'この世帯' });
  });

  it('leaves the window of the new contact behind, and the next one begins empty', async () => {
    startApp();
    await screen.findByRole('heading', { name: /今日行く/ });
    await userEvent.keyboard('n');
    await screen.findByRole('dialog', { name: '相談を受ける' });
    await userEvent.keyboard('{Enter}');
    await userEvent.type(await screen.findByLabelText('折り返し先の電話'), '000-1234-5678{Enter}');
    await userEvent.click(await screen.findByRole('link', { name: '佐藤 和子' }));
    await screen.findByRole('complementary', { name: 'この世帯' });
    expect(screen.queryByRole('dialog')).toBeNull();
    await router.navigate({ to: '/' });
    await screen.findByRole('heading', { name: /今日行く/ });
    await userEvent.keyboard('n');
    await screen.findByRole('button', { name: '保存する' });
    await userEvent.keyboard('{Escape}');
  });
});

it('a contact is restricted before its first letter, and is not taken before somebody is named', async () => {
  startApp();
  await userEvent.click(await screen.findByRole('button', { name: /相談を受ける/ }));
  const dialog = await screen.findByRole('dialog', { name: '相談を受ける' });
  const words = within(dialog).getByLabelText('内容');
  const save = within(dialog).getByRole('button', { name: '保存する' });
  await userEvent.click(within(dialog).getByRole('button', { name: '読める人を限定する' }));
  expect([(words as HTMLTextAreaElement).disabled, (save as HTMLButtonElement).disabled]).toEqual([true, true]);
  await userEvent.click(within(dialog).getByRole('button', { name: '鈴木 一郎' }));
  await userEvent.type(words, '避難先から電話');
  // Nobody can be left over alone with what is typed.
  await userEvent.click(within(dialog).getByRole('button', { name: '鈴木 一郎' }));
  expect((words as HTMLTextAreaElement).disabled).toBe(false);
  expect((save as HTMLButtonElement).disabled).toBe(false);
});
