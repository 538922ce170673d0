import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { HouseholdRef, LinkOffer } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { displayable } from '../../shared/names';
import { showDone } from '../../shared/toast';
import { Button, TextField } from '../../shared/ui';
import { nameOf } from './MoveDialog';

/** Two households that may be one: what is alike, and three answers. Nothing is merged by any of them. */
export function OfferCard({ offer }: { offer: LinkOffer }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const people = offer.people.map(({ a, b }) => ({ a, b }));
  const say = async (kind: 'same_household' | 'not_same', withPeople: boolean, done: string) => {
    setSending(true);
    const said = await tryWrite('link.make', {
      kind,
      a: offer.a.id,
      b: offer.b.id,
      ...(reason.trim() === '' ? {} : { reason }),
      ...(withPeople && people.length > 0 ? { samePeople: people } : {}),
    });
    setSending(false);
    if (said !== undefined) {
      showDone(done);
    }
  };
  const names = offer.people.map((person) => displayable(person.name).shown).join('、');
  return (
    <div className="stack kin-offer">
      <p>
        <HouseholdLink household={offer.a} /> ・ <HouseholdLink household={offer.b} />
      </p>
      <p className="faint">
        {offer.because.map((why) => t(`kin.because.${why as 'name'}`)).join(' ')} {names}
      </p>
      <TextField label={t('kin.reason')} value={reason} onChange={setReason} />
      <div className="row">
        <Button isDisabled={sending} onPress={() => void say('same_household', true, t('kin.linkedDone'))}>
          {t('kin.sameHousehold')}
        </Button>
        {people.length > 0 && (
          <Button isDisabled={sending} onPress={() => void say('not_same', true, t('kin.peopleDone'))}>
            {t('kin.samePeople')}
          </Button>
        )}
        <Button isDisabled={sending} onPress={() => void say('not_same', false, t('kin.notDone'))}>
          {t('kin.notSame')}
        </Button>
      </div>
    </div>
  );
}

export function HouseholdLink({ household }: { household: HouseholdRef }) {
  const { t } = useWords();
  return (
    <Link to="/households/$householdId" params={{ householdId: household.id }}>
      {nameOf(household.name, household.members, t('household.unnamed'))}
    </Link>
  );
}
