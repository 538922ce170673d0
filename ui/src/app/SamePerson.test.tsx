import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

it('a person of another household is linked, only when somebody says so', async () => {
  startApp();
  const other = (await run('household.list', { query: '五十嵐' })).value.items[0];
  const person = (await sato()).members[1];
  await router.navigate({ to: '/households/$householdId/members', params: { householdId: other?.id ?? '' } });
  await userEvent.click(await screen.findByRole('button', { name: /^加える/ }));
  await userEvent.type(await screen.findByLabelText('姓'), '佐藤');
  expect(screen.queryByText('同じ方ですか')).toBeNull();
  await userEvent.type(screen.getByLabelText('名'), '健一');
  await userEvent.click(await screen.findByRole('radio', { name: /^佐藤 健一 ・ 佐藤さんの世帯/ }));
  await userEvent.click(screen.getAllByRole('button', { name: '加える' }).at(-1) as HTMLElement);
  await screen.findByRole('button', { name: /佐藤 健一/ });
  const members = (await run('household.get', { id: other?.id ?? '' })).value.members;
  expect(members.at(-1)?.samePersonAs).toEqual([person?.id]);

  await userEvent.click(screen.getByRole('button', { name: /佐藤 健一/ }));
  await screen.findByRole('link', { name: '佐藤さんの世帯' });
});
