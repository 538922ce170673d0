import './note.css';

import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import type { NoteView } from '../../bridge';
import { useRead } from '../../shared/cache';
import { useHousehold } from '../../shared/household';
import { ErrorNote } from '../../shared/ui';
import { NoteEditor } from './NoteEditor';
import { PastNote } from './PastNote';

/** One note. A new one exists from its first letter on; the address follows, the editor stays. */
export function NotePage() {
  const navigate = useNavigate();
  const { householdId, noteId } = useParams({ from: '/households/$householdId/notes/$noteId' });
  const { method } = useSearch({ from: '/households/$householdId/notes/$noteId' });
  const { asOf } = useHousehold();
  const [begun, setBegun] = useState<NoteView | null>(null);
  const fresh = useRef(0);
  const before = useRef(noteId);
  if (before.current !== noteId) {
    // Another new note after the one that was begun here is another editor.
    fresh.current += noteId === 'new' ? 1 : 0;
    before.current = noteId;
  }
  const isNew = noteId === 'new';
  const note = useRead('note.get', { id: noteId }, [`note:${noteId}`], { enabled: !isNew && asOf === undefined });
  const view = isNew ? undefined : (note.data ?? (begun?.id === noteId ? begun : undefined));

  if (asOf !== undefined) {
    return <PastNote id={noteId} asOf={asOf} />;
  }
  if (!isNew && note.isError) {
    return (
      <div className="page">
        <ErrorNote error={note.error} />
      </div>
    );
  }
  if (!isNew && view === undefined) {
    return null;
  }
  return (
    <NoteEditor
      key={isNew || noteId === begun?.id ? `new ${fresh.current}` : noteId}
      householdId={householdId}
      note={view}
      method={method}
      onBegun={(created) => {
        setBegun(created);
        void navigate({
          to: '/households/$householdId/notes/$noteId',
          params: { householdId, noteId: created.id },
          search: {},
          replace: true,
        });
      }}
    />
  );
}
