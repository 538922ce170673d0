import './kin.css';

import { useState } from 'react';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { Button } from '../../shared/ui';
import { HouseholdLink } from './OfferCard';

const SHOWN = 3;

/** 同じ世帯かもしれません: a line for each pair, answered on the page of either household. */
export function TodayOffers() {
  const { t } = useWords();
  const [all, setAll] = useState(false);
  const items = useRead('link.offers', {}, ['links', 'households']).data?.items ?? [];
  if (items.length === 0) {
    return null;
  }
  const shown = all ? items : items.slice(0, SHOWN);
  return (
    <section className="card kin-today" aria-labelledby="kin-today">
      <h2 id="kin-today">{t('kin.maybe')}</h2>
      <ul className="line-list">
        {shown.map((offer) => (
          <li key={`${offer.a.id} ${offer.b.id}`}>
            <HouseholdLink household={offer.a} /> ・ <HouseholdLink household={offer.b} />{' '}
            <span className="faint">{offer.because.map((why) => t(`kin.because.${why as 'name'}`)).join(' ')}</span>
          </li>
        ))}
      </ul>
      {items.length > shown.length && (
        <Button look="quiet" size="small" onPress={() => setAll(true)}>
          {t('kin.more', { n: items.length - shown.length })}
        </Button>
      )}
    </section>
  );
}
