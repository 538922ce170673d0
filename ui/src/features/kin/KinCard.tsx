import './kin.css';

import type { LinkedHousehold, LinkView, OfferedChange } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { showDone } from '../../shared/toast';
import { Button } from '../../shared/ui';
import { HouseholdLink, OfferCard } from './OfferCard';

/** Other cases of this household: those that may be one, those that are shown together, what is not decided. */
export function KinCard() {
  const { t } = useWords();
  const { view } = useHousehold();
  const offers = useRead('link.offers', { householdId: view.id }, ['links', 'households']).data?.items ?? [];
  const standing = view.links.filter((link) => link.conflict === undefined);
  const undecided = view.links.filter((link) => link.conflict !== undefined);
  const joined = standing.filter((link) => link.kind === 'same_household');
  const apart = standing.filter((link) => link.kind === 'not_same');
  const linked = [...view.linked, ...view.local.linked];
  if (offers.length + view.links.length + linked.length === 0) {
    return null;
  }
  return (
    <section className="card hh-wide stack" aria-labelledby="kin">
      <h2 id="kin">{offers.length > 0 ? t('kin.maybe') : t('kin.head')}</h2>
      {offers.length > 0 && <p className="faint">{t('kin.maybeWhy')}</p>}
      {offers.map((offer) => (
        <OfferCard key={offer.b.id} offer={offer} />
      ))}
      {linked.map((other) => (
        <Linked key={other.household.id} other={other} link={joined.find((link) => link.otherId === other.household.id)} />
      ))}
      {undecided.map((link) => (
        <Undecided key={link.id} link={link} />
      ))}
      {apart.length > 0 && (
        <details>
          <summary>{t('kin.apart', { n: apart.length })}</summary>
          <ul className="line-list">
            {apart.map((link) => (
              <li key={link.id} className="row row-between">
                <Said link={link} />
                <Unlink link={link} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Linked({ other, link }: { other: LinkedHousehold; link: LinkView | undefined }) {
  const { t } = useWords();
  return (
    <div className="row row-between">
      <p>
        {t('kin.shownWith')} <HouseholdLink household={other.household} />{' '}
        <span className="faint">
          {other.members
            .filter((member) => member.leftOn === undefined)
            .map((member) => (member.unnamed ? t('member.unnamed') : displayable(fullName(member)).shown))
            .join('、')}{' '}
          {t('kin.notes', { n: other.notes.length })}
        </span>
        {link !== undefined && (
          <>
            <br />
            <Why link={link} />
          </>
        )}
      </p>
      {link !== undefined && <Unlink link={link} />}
    </div>
  );
}

function Why({ link }: { link: LinkView }) {
  const { lang } = useWords();
  return (
    <span className="faint">
      {link.author.name} {formatInstant(link.at, lang)} {link.reason}
    </span>
  );
}

function Said({ link }: { link: LinkView }) {
  return (
    <span>
      <HouseholdLink household={link.household} /> <Why link={link} />
    </span>
  );
}

/** Takes back what was said; everything is as it was before. */
function Unlink({ link }: { link: LinkView }) {
  const { t } = useWords();
  const { view } = useHousehold();
  const retract = async () => {
    if ((await tryWrite('link.retract', { a: view.id, b: link.otherId })) !== undefined) {
      showDone(t('kin.unlinked'));
    }
  };
  return (
    <Button size="small" look="quiet" onPress={() => void retract()}>
      {t('kin.unlink')}
    </Button>
  );
}

/** Two people said different things: both, and whoever knows decides. */
function Undecided({ link }: { link: LinkView }) {
  const { t, lang } = useWords();
  const decide = async (value: unknown) => {
    if (link.conflict !== undefined && (await tryWrite('conflict.resolve', { id: link.conflict.id, value })) !== undefined) {
      showDone(t('twoViews.decided'));
    }
  };
  return (
    <div className="stack">
      <p>
        <span className="tag tag-care">{t('nav.twoViews')}</span> <HouseholdLink household={link.household} />
      </p>
      {link.conflict?.values.map((held) => (
        <div className="row row-between" key={`${held.at} ${String(held.value)}`}>
          <span>
            {t(`kin.kind.${held.value as 'not_same'}`)}{' '}
            <span className="faint">
              {held.author.name} {formatInstant(held.at, lang)}
            </span>
          </span>
          <Button size="small" onPress={() => void decide(held.value)}>
            {t('twoViews.take')}
          </Button>
        </div>
      ))}
    </div>
  );
}

/** What changed for a member in another household of theirs: offered, never taken over by itself. */
export function OfferedChanges() {
  const { t } = useWords();
  const { view } = useHousehold();
  if (view.offered.length === 0) {
    return null;
  }
  return (
    <section className="card hh-wide stack" aria-labelledby="offered">
      <h2 id="offered">{t('kin.offered')}</h2>
      <p className="faint">{t('kin.offeredWhy')}</p>
      <ul className="line-list">
        {view.offered.map((change) => (
          <li key={`${change.memberId} ${change.field}`} className="row row-between">
            <Offered change={change} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Offered({ change }: { change: OfferedChange }) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const member = view.members.find((one) => one.id === change.memberId);
  const take = async () => {
    const taken = { id: change.memberId, field: change.field, value: change.value, base: member?.version ?? '' };
    if ((await tryWrite('member.update', taken)) !== undefined) {
      showDone(t('kin.taken'));
    }
  };
  const leave = () => tryWrite('member.decline', { id: change.memberId, field: change.field, value: change.value });
  return (
    <>
      <span>
        {member === undefined || member.unnamed ? t('member.unnamed') : displayable(fullName(member)).shown} {t(`field.${change.field as 'phone'}`)}{' '}
        <strong>{change.value}</strong>
        <br />
        <HouseholdLink household={change.household} />{' '}
        <span className="faint">
          {change.author.name} {formatInstant(change.at, lang)}
        </span>
      </span>
      <span className="row">
        <Button size="small" onPress={() => void take()}>
          {t('kin.take')}
        </Button>
        <Button size="small" look="quiet" onPress={() => void leave()}>
          {t('kin.leave')}
        </Button>
      </span>
    </>
  );
}
