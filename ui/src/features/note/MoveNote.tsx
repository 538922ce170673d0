import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { NoteView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { Button } from '../../shared/ui';
import { HouseholdPicker } from '../../shared/ui/HouseholdPicker';

/** A note that was written to the wrong household goes to the right one. */
export function MoveNote({ note, flush }: { note: NoteView; flush: () => Promise<unknown> }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [choosing, setChoosing] = useState(false);
  const move = async (householdId: string) => {
    // Words that are not saved would stay behind: the editor says why, and the note stays with them.
    const saved = await flush().then(
      () => true,
      () => false,
    );
    if (!saved) {
      return;
    }
    const moved = await tryWrite('note.move', { id: note.id, householdId });
    if (moved !== undefined) {
      showDone(t('note.moved'));
      await navigate({
        to: '/households/$householdId/notes/$noteId',
        params: { householdId: moved.householdId, noteId: moved.id },
      });
    }
  };
  return (
    <section className="stack">
      <div className="row">
        <Button look="quiet" size="small" onPress={() => setChoosing(!choosing)}>
          {t('note.move')}
        </Button>
      </div>
      {choosing && (
        <>
          <p className="faint">{t('note.moveWhy')}</p>
          <HouseholdPicker label={t('note.moveTo')} onPick={(id) => void move(id)} />
        </>
      )}
    </section>
  );
}
