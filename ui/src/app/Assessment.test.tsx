import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

/** Opens the panel of 佐藤 和子 in one area; answers come back with what she said. */
async function openCell(area: string) {
  startApp();
  const household = await sato();
  const roundId = household.rounds.find((round) => round.pack.id === 'marugoto-household')?.id ?? '';
  await router.navigate({
    to: '/households/$householdId/rounds/$roundId',
    params: { householdId: household.id, roundId },
  });
  const unfold = await screen.findByRole('button', { name: /領域も見る/ });
  await userEvent.click(unfold);
  await userEvent.click(await screen.findByRole('gridcell', { name: new RegExp(`^佐藤 和子 ${area}、`) }));
  const answers = async (subject: string) =>
    (await run('assessment.get', { roundId })).value.subjects.find((entry) => entry.subject === subject)?.answers;
  return { household, answers };
}

describe('the panel of a member', () => {
  it('asks about this person towards another', async () => {
    const { household, answers } = await openCell('家族・人との関係');
    const [mother, son] = household.members;
    const relation = await screen.findByRole('region', { name: '佐藤 健一さんとの関係' });
    await userEvent.click(within(relation).getByRole('button', { name: /佐藤 健一さんとの関係/ }));
    await userEvent.click(within(relation).getByRole('radio', { name: '親しい' }));
    await within(relation).findByText('答え 1件');
    expect((await answers(`${mother?.id}>${son?.id}`))?.map((answer) => answer.item)).toEqual(['relation_tie']);
  });

  it('keeps a table of several rows', async () => {
    const { household, answers } = await openCell('医療・保健');
    const table = await screen.findByRole('table', { name: 'かかりつけ・病名・薬' });
    await userEvent.type(within(table).getByLabelText('医療機関・医師 1'), 'みどり医院{Enter}');
    await userEvent.type(within(table).getByLabelText('いつから 1'), 'S60頃{Enter}');
    await userEvent.type(await within(table).findByLabelText('医療機関・医師 2'), '市民病院{Enter}');
    await within(table).findByLabelText('医療機関・医師 3');
    const rows = async () =>
      (await answers(household.members[0]?.id ?? ''))?.find((answer) => answer.item === 'medical_clinics')?.value;
    expect(await rows()).toMatchObject([
      { name: 'みどり医院', since: { iso: '1985', precision: 'year', approx: true, raw: 'S60頃' } },
      { name: '市民病院' },
    ]);
    await userEvent.click(within(table).getByRole('button', { name: '1行目を消す' }));
    await within(table).findByDisplayValue('市民病院');
    expect(await rows()).toEqual([{ name: '市民病院' }]);
  });
});

describe('a cell', () => {
  it('names the note that its answer rests on, and lets it go again', async () => {
    const { household } = await openCell('お金');
    const note = household.notes[0];
    const choice = await screen.findByLabelText('根拠になる記録');
    await userEvent.selectOptions(choice, note?.id ?? '');
    const list = await screen.findByRole('list', { name: '根拠になる記録' });
    expect(within(list).getAllByRole('link')).toHaveLength(1);
    expect(screen.getByRole('gridcell', { name: /^佐藤 和子 お金、.*根拠1/ })).toBeTruthy();
    await userEvent.click(within(list).getByRole('button', { name: /^根拠から外す/ }));
    await waitFor(() => expect(screen.queryByRole('list', { name: '根拠になる記録' })).toBeNull());
  });

  it('says what stood in it in another round', async () => {
    startApp();
    const household = await sato();
    const first = household.rounds.find((round) => round.pack.id === 'marugoto-household')?.id ?? '';
    const subject = household.members[0]?.id ?? '';
    await run('assessment.answer', { roundId: first, subject, item: 'money_need', value: 'urgent' });
    const second = (await run('assessment.start', { householdId: household.id, pack: 'marugoto-household' })).value.id;
    await run('assessment.answer', { roundId: second, subject, item: 'money_need', value: 'none' });
    await router.navigate({
      to: '/households/$householdId/rounds/$roundId',
      params: { householdId: household.id, roundId: second },
    });
    expect((await screen.findByRole('gridcell', { name: /^佐藤 和子 お金、/ })).textContent).not.toContain('前は');
    await userEvent.selectOptions(await screen.findByLabelText('くらべる'), first);
    await screen.findByRole('gridcell', { name: /^佐藤 和子 お金、.*困っていない.*前は 急ぐ/ });
  });
});
