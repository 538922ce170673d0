import type { NoteView } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { ErrorNote, PersonName } from '../../shared/ui';
import { Confirmed } from './Confirmed';
import { Runs } from './Runs';

/** A note on the page of a past day: the whole of what stood in it then, to read only. */
export function PastNote({ id, asOf }: { id: string; asOf: string }) {
  const { t } = useWords();
  const note = useRead('note.get', { id, asOf }, [`note:${id}`], { enabled: id !== 'new' });
  if (id === 'new' || note.error?.code === 'not_found') {
    return <p className="empty">{t('past.noNote')}</p>;
  }
  if (note.isError) {
    return (
      <div className="page">
        <ErrorNote error={note.error} />
      </div>
    );
  }
  return note.data === undefined ? null : <Whole note={note.data} />;
}

function Whole({ note }: { note: NoteView }) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const method = useCodeLabel('contact-method');
  const there = view.members.filter((member) => note.memberIds.includes(member.id));
  return (
    <div className="note">
      <section className="note-main" aria-label={t('note.title')}>
        <h2>
          {formatInstant(note.occurredAt, lang)} {method(note.method)}{' '}
          {note.late && <span className="tag tag-care">{t('note.late')}</span>}
        </h2>
        {there.length > 0 && (
          <p className="row">
            {there.map((member) => (
              <PersonName person={member} key={member.id} />
            ))}
          </p>
        )}
        <p className="card note-past">{note.text}</p>
        <p className="faint">{t('common.by', { name: note.author.name, at: formatInstant(note.at, lang) })}</p>
      </section>
      <aside className="note-side" aria-label={t('note.side')}>
        <Confirmed note={note} />
        <Runs note={note} />
      </aside>
    </div>
  );
}
