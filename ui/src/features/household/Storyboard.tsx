import { Link } from '@tanstack/react-router';

import { useWords } from '../../i18n';
import { useCodeLabel } from '../../shared/codes';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable } from '../../shared/names';
import { PersonName } from '../../shared/ui';
import { useAge } from '../../shared/useAge';

/** Who this is about: never scrolls away. */
export function Storyboard() {
  const { t, lang } = useWords();
  const age = useAge();
  const { view, asOf } = useHousehold();
  const role = useCodeLabel('member-role');
  const flag = useCodeLabel('flag');
  const stage = useCodeLabel('stage');
  const present = view.members.filter((member) => member.leftOn === undefined);
  const params = { householdId: view.id };
  return (
    <aside className="story" aria-label={t('household.story')} tabIndex={0}>
      <h1 className="story-name">
        {view.name === '' ? <span className="faint">{t('household.unnamed')}</span> : displayable(view.name).shown}
      </h1>
      <p>
        <span className="tag tag-key">{stage(view.stage)}</span>
      </p>
      {view.flags.length > 0 && (
        <ul className="story-flags" aria-label={t('household.flags')}>
          {view.flags.map((code) => (
            <li className="tag tag-care" key={code}>
              ⚑ {flag(code)}
            </li>
          ))}
        </ul>
      )}
      <ul className="story-members" aria-label={t('household.members')}>
        {present.map((member) => (
          <li key={member.id}>
            <Link to="/households/$householdId/members" params={params} search={asOf === undefined ? {} : { asOf }} hash={member.id}>
              <PersonName person={member} />
            </Link>
            <span className="story-age">
              {member.birth?.age !== undefined && age(member.birth.age)}
            </span>
            <span className="story-role">{role(member.role)}</span>
          </li>
        ))}
        {present.length === 0 && <li className="faint">{t('household.noMembers')}</li>}
      </ul>
      <dl className="story-facts">
        <dt>{t('household.lead')}</dt>
        <dd>
          {view.leadWorker?.name ?? <span className="faint">{t('household.noLead')}</span>}
          {view.leadNext !== undefined && (
            <span className="faint">
              {' '}
              {t('handover.next', { on: formatDate(view.leadNext.on, lang), name: view.leadNext.worker.name })}
            </span>
          )}
        </dd>
        {view.team !== undefined && (
          <>
            <dt>{t('teams.one')}</dt>
            <dd>{view.team.name}</dd>
          </>
        )}
        {view.leadAgency !== undefined && (
          <>
            <dt>{t('household.leadAgency')}</dt>
            <dd>{view.leadAgency}</dd>
          </>
        )}
        <dt>{t('household.nextOn')}</dt>
        <dd>
          {view.nextOn === undefined ? (
            <span className="faint">{t('household.noNext')}</span>
          ) : (
            <>
              {formatDate(view.nextOn, lang)} {view.nextWhat}
            </>
          )}
        </dd>
        {view.local.unsent > 0 && (
          <>
            <dt>{t('household.thisDevice')}</dt>
            <dd>{t('status.unsent', { n: view.local.unsent })}</dd>
          </>
        )}
      </dl>
    </aside>
  );
}
