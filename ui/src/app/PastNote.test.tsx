import { cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { run } from '../bridge';
import { router } from './router';
import { sato, startApp } from './testing';

/** Opens the note of 20 November, made longer than a line of the list shows, as of a day. */
async function openNote(asOf: string): Promise<void> {
  startApp();
  const household = await sato();
  const noteId = household.notes.find((note) => note.text.startsWith('長男から電話'))?.id ?? '';
  await run('note.edit', { id: noteId, text: `${'あ'.repeat(250)}おわり` });
  await router.navigate({
    to: '/households/$householdId/notes/$noteId',
    params: { householdId: household.id, noteId },
    search: { asOf },
  });
}

afterEach(cleanup);

describe('a note of a past day', () => {
  it('is shown as a whole and cannot be written', async () => {
    await openNote('2026-11-21');
    expect((await screen.findAllByText(/おわり$/)).length).toBeGreaterThan(0);
    expect(screen.queryByLabelText('記録の本文')).toBeNull();
  });

  it('is not there before it happened', async () => {
    await openNote('2026-11-19');
    await screen.findByText('この記録は、その時点ではまだありませんでした。');
  });
});
