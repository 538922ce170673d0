import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, ErrorNote, TextField } from '../../shared/ui';
import { EraseRecord } from '../erase';
import { AlertLine, LockLine } from '../restricted';
import { IntakeFields } from './IntakeFields';

/** One contact: complete it, make a household of it, or close it with a reason. */
export function IntakePage({ id }: { id: string }) {
  const { t, lang } = useWords();
  const navigate = useNavigate();
  const intake = useRead('intake.get', { id }, [`intake:${id}`, 'intakes', 'restricted']);
  const [closing, setClosing] = useState(false);
  const [reason, setReason] = useState('');

  if (intake.isError) {
    return (
      <div className="page">
        <ErrorNote error={intake.error} />
      </div>
    );
  }
  if (intake.data === undefined) {
    return null;
  }
  const view = intake.data;
  const makeHousehold = async () => {
    const household = await tryWrite('household.create', { intakeId: id });
    if (household !== undefined) {
      void navigate({ to: '/households/$householdId', params: { householdId: household.id } });
    }
  };
  const close = (value: string | null) =>
    tryWrite('intake.update', { id, field: 'closed', value, base: view.version });

  return (
    <div className="page">
      <div className="page-head">
        <h1>
          {view.callerName ?? t('intake.noName')}{' '}
          <small className="faint">{formatInstant(view.receivedAt, lang)}</small>
        </h1>
        <div className="row">
          {view.householdId === undefined ? (
            <Button look="main" onPress={() => void makeHousehold()}>
              {t('intake.makeHousehold')}
            </Button>
          ) : (
            <Link className="button" to="/households/$householdId" params={{ householdId: view.householdId }}>
              {t('intake.openHousehold')}
            </Link>
          )}
          {view.closed === undefined ? (
            <Button onPress={() => setClosing(!closing)}>{t('intake.closeDo')}</Button>
          ) : (
            <Button onPress={() => void close(null)}>{t('intake.reopen')}</Button>
          )}
        </div>
      </div>
      {closing && view.closed === undefined && (
        <form
          className="card stack"
          onSubmit={(event) => {
            event.preventDefault();
            void close(reason).then(() => setClosing(false));
          }}
        >
          <TextField label={t('intake.closeReason')} value={reason} onChange={setReason} autoFocus />
          <div className="row row-end">
            <Button type="submit">{t('intake.closeDo')}</Button>
          </div>
        </form>
      )}
      {view.closed !== undefined && (
        <p className="tag">
          {t('intake.closed')}: {view.closed}
        </p>
      )}
      <LockLine id={id} />
      <AlertLine alerts={view.local?.alerts ?? []} />
      <div className="card">
        <IntakeFields intake={view} />
        <p className="faint">{t('common.by', { name: view.author.name, at: formatInstant(view.at, lang) })}</p>
        <EraseRecord id={id} kind="intake" onGone={() => navigate({ to: '/intakes' })} />
      </div>
    </div>
  );
}
