import { Link } from '@tanstack/react-router';

import type { HouseholdRef, NoteSummary } from '../../bridge';
import { useWords } from '../../i18n';
import { useCodeLabel } from '../../shared/codes';
import { formatDay, formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable } from '../../shared/names';
import { PersonName } from '../../shared/ui';

/** A contact in a list: when, how, with whom, the first words; of a linked household (`from`) also whose it is. */
export function NoteLine({ note, long = false, from }: { note: NoteSummary; long?: boolean; from?: HouseholdRef }) {
  const { t, lang } = useWords();
  const { view, asOf } = useHousehold();
  const method = useCodeLabel('contact-method');
  const kind = useCodeLabel('statement-kind');
  const there = [...view.members, ...[...view.linked, ...view.local.linked].flatMap((other) => other.members)].filter((member) => note.memberIds.includes(member.id));
  return (
    <Link
      className="note-line"
      to="/households/$householdId/notes/$noteId"
      params={{ householdId: from?.id ?? view.id, noteId: note.id }}
      search={asOf === undefined ? {} : { asOf }}
    >
      <span className="note-line-head">
        <strong>{long ? formatInstant(note.occurredAt, lang) : formatDay(note.occurredAt, lang)}</strong>
        {note.method !== undefined && <span className="tag">{method(note.method)}</span>}
        {there.map((member) => (
          <PersonName person={member} key={member.id} />
        ))}
        {from !== undefined && <span className="tag">{from.name === '' ? t('household.unnamed') : displayable(from.name).shown}</span>}
        <span className="faint">{note.author.name}</span>
        {!note.confirmed && <span className="tag tag-care">{t('note.draft')}</span>}
        {long && note.kinds.map((code) => <span className="tag" key={code}>{kind(code)}</span>)}
      </span>
      <span className="note-line-text">
        {note.text}
        {note.more && '…'}
      </span>
    </Link>
  );
}
