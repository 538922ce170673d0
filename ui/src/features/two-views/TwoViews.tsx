import './two-views.css';

import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { ConflictView, HouseholdView } from '../../bridge';
import { useWords } from '../../i18n';
import { answerWords, heldAnswer } from '../../shared/answerWords';
import { tryWrite, useRead } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { imeSafe, isEditable } from '../../shared/imeSafe';
import { displayable, fullName } from '../../shared/names';
import { usePack, words } from '../../shared/pack';
import { showDone } from '../../shared/toast';
import { Button, ErrorNote } from '../../shared/ui';
import { useFieldLabel } from '../../shared/useFieldLabel';
import { useFieldWords } from '../../shared/useFieldWords';
import { byHousehold } from './byHousehold';

/** How many households stand in the open; each costs one reading. */
const HANDFUL = 20;

/** What two people saw differently, side by side, until somebody decides. Both stay in the history. */
export function TwoViews({ householdId }: { householdId?: string }) {
  const { t } = useWords();
  const list = useRead('conflict.list', householdId === undefined ? {} : { householdId }, ['conflicts']);
  const [all, setAll] = useState(false);
  const groups = byHousehold(list.data?.items ?? []);
  const shown = all ? groups : groups.slice(0, HANDFUL);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.twoViews')}</h1>
      </div>
      {groups.length > 0 && <p className="faint">{t('twoViews.lead')}</p>}
      {list.isError && <ErrorNote error={list.error} />}
      {list.data?.items.length === 0 && <p className="card empty">{t('twoViews.empty')}</p>}
      {shown.map(([id, conflicts]) => (
        <Group key={id} householdId={id} conflicts={conflicts} titled={householdId === undefined} />
      ))}
      {groups.length > shown.length && (
        <Button onPress={() => setAll(true)}>{t('twoViews.more', { n: groups.length - shown.length })}</Button>
      )}
    </div>
  );
}

interface GroupProps {
  /** Empty for what belongs to no household. */
  householdId: string;
  conflicts: ConflictView[];
  titled: boolean;
}

/** Everything of one household under its name; the household is read once for all of it. */
function Group({ householdId, conflicts, titled }: GroupProps) {
  const { t } = useWords();
  const household = useRead('household.get', { id: householdId }, [`household:${householdId}`], {
    enabled: householdId !== '',
  }).data;
  const name = household === undefined || household.name === '' ? t('household.unnamed') : displayable(household.name).shown;
  return (
    <section className="tv-group" aria-label={householdId === '' ? t('twoViews.noHousehold') : name}>
      {titled && (
        <h2 className="tv-household">
          {householdId === '' ? (
            t('twoViews.noHousehold')
          ) : (
            <Link to="/households/$householdId" params={{ householdId }}>
              {household === undefined ? '…' : name}
            </Link>
          )}{' '}
          <small className="faint">{t('today.count', { n: conflicts.length })}</small>
        </h2>
      )}
      <ul className="tv-list">
        {conflicts.map((conflict) => (
          <li key={conflict.id}>
            <Item conflict={conflict} household={household} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Item({ conflict, household }: { conflict: ConflictView; household: HouseholdView | undefined }) {
  const { t, lang } = useWords();
  const pack = usePack(conflict.pack);
  const item = pack?.items.find((entry) => entry.id === conflict.item);
  const fieldLabel = useFieldLabel();
  const fieldWords = useFieldWords();

  const nameOf = (id: string) => {
    const person = household?.members.find((member) => member.id === id);
    return person === undefined ? '' : person.unnamed ? t('member.unnamed') : fullName(person);
  };
  const about =
    conflict.subject === 'household'
      ? t('assessment.whole')
      : (conflict.subject ?? conflict.documentId).split('>').map(nameOf).join(' → ');
  const isComment = conflict.path.startsWith('comments/');
  const point =
    item === undefined
      ? fieldLabel(conflict.item ?? conflict.path)
      : `${words(item.label, lang)}${isComment ? ` ${t('assessment.comment')}` : ''}`;
  const saidOf = (value: unknown) => {
    if (item !== undefined && !isComment) {
      const own = heldAnswer(value);
      return own.state === 'answered' ? answerWords(pack, item, own.value, lang) : t(`state.${own.state as 'unasked'}`);
    }
    return fieldWords(conflict.item ?? conflict.path, value) || t('twoViews.nothing');
  };
  const decide = async (value: unknown) => {
    if ((await tryWrite('conflict.resolve', { id: conflict.id, value })) !== undefined) {
      showDone(t('twoViews.decided'));
    }
  };

  return (
    <article
      className="card tv-item"
      aria-label={`${about} ${point}`}
      onKeyDown={imeSafe((event) => {
        const index = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
        const held = index === undefined ? undefined : conflict.values[Number(index) - 1];
        if (held !== undefined && !isEditable(event.target)) {
          event.preventDefault();
          void decide(held.value);
        }
      })}
    >
      <h3>
        {displayable(about).shown} {point}
      </h3>
      <div className="tv-values">
        {conflict.values.map((held, index) => (
          <div className="tv-value" key={`${held.at} ${index}`}>
            <p className="tv-said">{displayable(held.label ?? saidOf(held.value)).shown}</p>
            <p className="faint">
              {held.author.name} ・ {formatInstant(held.at, lang)}
            </p>
            <div>
              <Button size="small" onPress={() => void decide(held.value)}>
                {t('twoViews.take')} <kbd>{index + 1}</kbd>
              </Button>
            </div>
          </div>
        ))}
      </div>
    </article>
  );
}
