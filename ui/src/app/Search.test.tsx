import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { type HouseholdRow, run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

afterEach(cleanup);

/** A household that is not the first of the list, so that opening the list before would be seen. */
async function second(): Promise<HouseholdRow> {
  const all = (await run('household.list', {})).value.items;
  return all[1]!;
}

/** Types faster than the list can follow, and presses Enter. */
function typeAndEnter(field: HTMLElement, text: string): void {
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key: 'Enter', code: 'Enter' });
}

const place = () => router.state.location.pathname;

describe('a fast hand', () => {
  it('opens what was typed, never a line of the list before', async () => {
    startApp();
    const wanted = await second();
    await act(async () => userEvent.click(await screen.findByRole('button', { name: /さがす/ })));
    const field = await screen.findByRole('combobox');
    await within(await screen.findByRole('listbox')).findAllByRole('option');
    typeAndEnter(field, wanted.name);
    await waitFor(() => expect(place()).toBe(`/households/${wanted.id}`));
  });

  it('takes Enter back by typing on', async () => {
    startApp();
    const wanted = await second();
    await act(async () => userEvent.click(await screen.findByRole('button', { name: /さがす/ })));
    const field = await screen.findByRole('combobox');
    typeAndEnter(field, wanted.name.slice(0, 1));
    fireEvent.change(field, { target: { value: wanted.name } });
    await screen.findByRole('option', { name: new RegExp(wanted.name) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(place()).toBe('/');
    await userEvent.keyboard('{Escape}');
  });

  it('opens the household that was asked for in the list of households', async () => {
    startApp();
    const wanted = await second();
    await router.navigate({ to: '/households' });
    await screen.findByRole('grid', { name: '世帯' });
    typeAndEnter(await screen.findByRole('searchbox'), wanted.name);
    await waitFor(() => expect(place()).toBe(`/households/${wanted.id}`));
  });

  it('moves a note to the household that was asked for', async () => {
    startApp();
    const wanted = await second();
    const from = await sato();
    const noteId = (await run('note.create', { householdId: from.id, text: '玄関で話した' })).value.id;
    await router.navigate({ to: '/households/$householdId/notes/$noteId', params: { householdId: from.id, noteId } });
    await userEvent.click(await screen.findByRole('button', { name: '別の世帯の記録だった' }));
    const field = await screen.findByRole('combobox', { name: /世帯/ });
    await within(await screen.findByRole('listbox')).findAllByRole('option');
    typeAndEnter(field, wanted.name);
    await waitFor(async () => expect((await run('note.get', { id: noteId })).value.householdId).toBe(wanted.id));
  });
});
