import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import type { Hit, MemberView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { useHousehold } from '../../shared/household';
import { displayable } from '../../shared/names';
import { Button, Chips } from '../../shared/ui';
import type { Names } from './NameFields';

const SHOWN = 4;

/** People of other households who are found by a text. */
function useOthers(text: string): Hit[] {
  const { view } = useHousehold();
  const found = useRead('search', { text, limit: 20 }, ['search', 'households'], { enabled: text !== '' }).data;
  const hits = text === '' || found === undefined ? [] : [...found.items, ...found.guesses];
  return hits.filter((hit) => hit.kind === 'member' && hit.householdId !== undefined && hit.householdId !== view.id);
}

interface OfferProps {
  names: Names;
  value: string | undefined;
  onChange: (personId: string | undefined) => void;
}

/** Asks whether somebody of another household is the same person. A link is made, nothing is merged. */
export function SamePersonOffer({ names, value, onChange }: OfferProps) {
  const { t } = useWords();
  const [asked, setAsked] = useState({ name: '', kana: '' });
  useEffect(() => {
    // A family name alone is shared by too many.
    const both = (family: string, given: string) => (given.trim() === '' ? '' : `${family} ${given}`.trim());
    const timer = setTimeout(
      () => setAsked({ name: both(names.familyName, names.givenName), kana: both(names.familyKana, names.givenKana) }),
      250,
    );
    return () => clearTimeout(timer);
  }, [names]);
  const byName = useOthers(asked.name);
  const byKana = useOthers(asked.kana);
  const ids = new Set<string>();
  const people = [...byName, ...byKana].filter((hit) => !ids.has(hit.id) && ids.add(hit.id)).slice(0, SHOWN);

  // A link that is no longer offered must not be made.
  const gone = value !== undefined && !people.some((hit) => hit.id === value);
  useEffect(() => {
    if (gone) {
      onChange(undefined);
    }
  }, [gone, onChange]);

  if (people.length === 0) {
    return null;
  }
  return (
    <div className="same-person">
      <Chips
        label={t('member.samePerson')}
        choices={people.map((hit) => ({
          code: hit.id,
          label: displayable([hit.snippet, hit.householdName ?? t('household.unnamed')].join(' ・ ')).shown,
        }))}
        value={value}
        onChange={(id) => onChange(id ?? undefined)}
      />
      <p className="field-help">{t('member.samePersonWhy')}</p>
    </div>
  );
}

/** Where else this person appears; taken back, both stand as they were. */
export function SamePersonLinks({ member }: { member: MemberView }) {
  const { t } = useWords();
  const same = member.links.filter((link) => link.kind === 'same_person' && link.conflict === undefined);
  if (same.length === 0) {
    return null;
  }
  return (
    <p>
      {t('member.sameElsewhere')}{' '}
      {same.map((link) => (
        <span key={link.id}>
          <Link to="/households/$householdId/members" params={{ householdId: link.household.id }} hash={link.otherId}>
            {displayable(link.household.name === '' ? t('household.unnamed') : link.household.name).shown}
          </Link>{' '}
          <Button size="small" look="quiet" onPress={() => void tryWrite('link.retract', { a: member.id, b: link.otherId })}>
            {t('kin.unlink')}
          </Button>{' '}
        </span>
      ))}
    </p>
  );
}
