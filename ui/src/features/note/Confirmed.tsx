import { useState } from 'react';

import type { NoteView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatDate } from '../../shared/format';

/** The confirmation, and what was confirmed when something was added since. */
export function Confirmed({ note }: { note: NoteView }) {
  const { t, lang } = useWords();
  const [open, setOpen] = useState(false);
  const confirmed = note.confirmed;
  if (confirmed === undefined) {
    return null;
  }
  return (
    <section className="card note-confirmed stack">
      <p>
        {t('note.confirmedBy', { name: confirmed.author.name, at: formatDate(confirmed.at, lang) })}{' '}
        {confirmed.amended && <span className="tag tag-care">{t('note.amended')}</span>}
      </p>
      {confirmed.amended && (
        <>
          <button type="button" className="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t('note.showConfirmed')}
          </button>
          {open && <p className="run">{confirmed.text}</p>}
        </>
      )}
    </section>
  );
}
