import { useState } from 'react';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { ErrorNote, Select } from '../../shared/ui';
import { useFieldLabel } from '../../shared/useFieldLabel';
import { useFieldWords } from '../../shared/useFieldWords';
import { EraseCase, EraseField } from '../erase';

/** What only the program needs to know. */
const INNER = new Set(['opened', 'household']);
/** What cannot be erased by itself. */
const WHOLE = new Set(['deleted', 'rewritten', 'teamMove']);

/** Who changed what when, of the household's own fields or of one person. */
export function HouseholdHistory() {
  const { t, lang } = useWords();
  const { view, asOf } = useHousehold();
  const [id, setId] = useState(view.id);
  const history = useRead('history', { id }, [`household:${view.id}`]);
  const field = useFieldLabel();
  const words = useFieldWords();
  const choices = [
    { code: view.id, label: t('household.itself') },
    ...view.members.map((member) => ({
      code: member.id,
      label: member.unnamed ? t('member.unnamed') : fullName(member),
    })),
  ];
  /** What changed, and of whom where that is not the household itself. */
  const point = (path: string) => {
    const [map, subject] = path.split('/');
    const person = map === 'members' ? choices.find((choice) => choice.code === subject)?.label : undefined;
    return person === undefined ? field(path) : `${person} ${field(path)}`;
  };
  const newest = new Map<string, number>();
  const items = (history.data?.items ?? []).filter((item) => !INNER.has(item.field.split('/').at(-1) ?? ''));
  items.forEach((item, index) => {
    if (!newest.has(item.field) && !WHOLE.has(item.field.split('/').at(-1) ?? '')) {
      newest.set(item.field, index);
    }
  });
  return (
    <div className="hh-inner">
      <section className="card hh-wide stack" aria-label={t('household.history')}>
        <div className="row">
          <Select label={t('history.of')} choices={choices} value={id} onChange={(code) => setId(code ?? view.id)} />
        </div>
        {history.isError && <ErrorNote error={history.error} />}
        {/* Large letters: the table goes sideways in its card, and not out of it. */}
        <div className="history-scroll" role="group" tabIndex={0} aria-label={t('household.history')}>
          <table className="history-table">
            <thead>
              <tr>
                <th>{t('history.when')}</th>
                <th>{t('history.who')}</th>
                <th>{t('history.what')}</th>
                <th>{t('history.before')}</th>
                <th>{t('history.after')}</th>
                <th>
                  <span className="visually-hidden">{t('erase.column')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item, index) => (
                <tr key={`${item.at} ${item.field} ${index}`}>
                  <td className="nowrap">{formatInstant(item.at, lang)}</td>
                  <td className="nowrap">{item.author.name}</td>
                  <td>{displayable(point(item.field)).shown}</td>
                  <td>{displayable(words(item.field, item.before)).shown || '—'}</td>
                  <td>{displayable(words(item.field, item.after)).shown || '—'}</td>
                  <td>
                    {/* Once for each field: all its past goes at once. */}
                    {asOf === undefined && newest.get(item.field) === index && (
                      <EraseField documentId={id} path={item.field} label={displayable(point(item.field)).shown} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <EraseCase />
    </div>
  );
}
