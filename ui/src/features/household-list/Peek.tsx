import { Link } from '@tanstack/react-router';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { formatDate } from '../../shared/format';
import { displayable } from '../../shared/names';
import { Button, ErrorNote, Icon, PersonName } from '../../shared/ui';
import { useAge } from '../../shared/useAge';

const NOTES_SHOWN = 3;

/** A look into one household beside the list, without leaving it. */
export function Peek({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, lang } = useWords();
  const age = useAge();
  const role = useCodeLabel('member-role');
  const flag = useCodeLabel('flag');
  const household = useRead('household.get', { id }, [`household:${id}`], { keep: true });
  const view = household.data;
  const facts: [string, string | undefined][] = [
    [t('household.summary'), view?.summary],
    [t('household.promise'), view?.promise],
    [
      t('household.nextOn'),
      view?.nextOn === undefined ? undefined : `${formatDate(view.nextOn, lang)} ${view.nextWhat ?? ''}`.trim(),
    ],
  ];
  return (
    <aside className="hl-peek card" aria-label={t('list.peek')} tabIndex={0}>
      {household.isError && <ErrorNote error={household.error} />}
      {view !== undefined && (
        <>
          <div className="row row-between">
            <h2>
              <Link to="/households/$householdId" params={{ householdId: view.id }}>
                {view.name === '' ? t('household.unnamed') : displayable(view.name).shown}
              </Link>
            </h2>
            <Button look="quiet" size="small" aria-label={t('list.peekClose')} onPress={onClose}>
              <Icon name="close" size={16} />
            </Button>
          </div>
          {view.flags.length > 0 && (
            <p>
              {view.flags.map((code) => (
                <span className="tag tag-care" key={code}>
                  ⚑ {flag(code)}
                </span>
              ))}
            </p>
          )}
          <ul>
            {view.members
              .filter((member) => member.leftOn === undefined)
              .map((member) => (
                <li key={member.id}>
                  <PersonName person={member} />{' '}
                  {member.birth?.age !== undefined && age(member.birth.age)}{' '}
                  <span className="faint">{role(member.role)}</span>
                </li>
              ))}
          </ul>
          <dl className="hl-peek-facts">
            {facts.map(([label, said]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{said ?? <span className="faint">{t('list.peekNothing')}</span>}</dd>
              </div>
            ))}
            <div>
              <dt>{t('household.timeline')}</dt>
              {view.notes.slice(0, NOTES_SHOWN).map((note) => (
                <dd key={note.id} className="hl-peek-note">
                  <span className="faint">{formatDate(note.occurredAt, lang)}</span> {displayable(note.text).shown}
                </dd>
              ))}
              {view.notes.length === 0 && <dd className="faint">{t('household.noNotes')}</dd>}
            </div>
          </dl>
        </>
      )}
    </aside>
  );
}
