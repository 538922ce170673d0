import { Link } from '@tanstack/react-router';

import type { RestrictedAlert } from '../../bridge';
import { useWords } from '../../i18n';

/** New contacts that may concern a restricted record: on its readers' devices alone. */
export function Alerts({ alerts }: { alerts: RestrictedAlert[] }) {
  const { t } = useWords();
  if (alerts.length === 0) {
    return null;
  }
  return (
    <section className="card stack" aria-labelledby="restricted-alerts">
      <h2 id="restricted-alerts">{t('restricted.alerts')}</h2>
      <p className="faint">{t('restricted.alertsLead')}</p>
      {alerts.map((alert) => (
        <Link
          key={`${alert.intakeId} ${alert.restrictedId}`}
          to="/intakes/$intakeId"
          params={{ intakeId: alert.intakeId }}
        >
          <Because alert={alert} />
        </Link>
      ))}
    </section>
  );
}

/** The same on the page of the contact, with the way to the household. */
export function AlertLine({ alerts }: { alerts: RestrictedAlert[] }) {
  return alerts.map((alert) => (
    <p className="card" role="note" key={alert.restrictedId}>
      <Because alert={alert} />{' '}
      {alert.householdId !== undefined && <HouseholdLink id={alert.householdId} />}
    </p>
  ));
}

function Because({ alert }: { alert: RestrictedAlert }) {
  const { t } = useWords();
  return (
    <>
      {t('restricted.alert')} {alert.because === 'phone' ? t('restricted.alertPhone') : t('restricted.alertName')}
    </>
  );
}

function HouseholdLink({ id }: { id: string }) {
  const { t } = useWords();
  return (
    <Link to="/households/$householdId" params={{ householdId: id }}>
      {t('restricted.kind.household')}
    </Link>
  );
}
