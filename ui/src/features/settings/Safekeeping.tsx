import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { showDone } from '../../shared/toast';
import { Button, ErrorNote, SecretField } from '../../shared/ui';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** Backups of the whole store, and the drill that shows that one can be restored before it is needed. */
export function Safekeeping() {
  const { t, lang } = useWords();
  const waiting = useQuery({ queryKey: ['bundle_waiting', 'backup'], queryFn: () => session('bundle_waiting', {}) });
  const write = useSession('backup_write');
  const check = useSession('backup_check');
  const [secret, setSecret] = useState('');
  const last = waiting.data?.lastBackupAt;
  const isOld = last !== undefined && Date.now() - Date.parse(last) > WEEK_MS;
  return (
    <section className="card stack" aria-labelledby="set-backup">
      <h2 id="set-backup">{t('settings.backup')}</h2>
      <p className="faint">{t('settings.backupLead')}</p>
      {/* Not knowing yet is not the same as never. */}
      {waiting.data !== undefined && (
        <p>
          {last === undefined ? t('settings.backupNever') : t('settings.backupLast', { at: formatInstant(last, lang) })}
          {isOld && <span className="tag tag-care"> {t('settings.backupOld')}</span>}
        </p>
      )}
      {write.isError && <ErrorNote error={write.error} />}
      <div className="row">
        <Button
          isDisabled={write.isPending}
          onPress={() =>
            write.mutate(
              {},
              {
                onSuccess: (view) => {
                  if (view !== null) {
                    showDone(t('settings.backupWritten', { file: view.file, households: view.households }));
                    void waiting.refetch();
                  }
                },
              },
            )
          }
        >
          {t('settings.backupWrite')}
        </Button>
      </div>
      <SecretField label={t('settings.backupSecret')} value={secret} onChange={setSecret} />
      {check.isError && <ErrorNote error={check.error} />}
      {check.data !== undefined && check.data !== null && (
        <p role="status">
          {check.data.ok
            ? t('settings.backupGood', {
                households: check.data.households,
                newest: check.data.newest === undefined ? '—' : formatInstant(check.data.newest, lang),
              })
            : t('settings.backupBad')}
        </p>
      )}
      <div className="row">
        <Button
          isDisabled={secret === '' || check.isPending}
          onPress={() => check.mutate({ secret }, { onSettled: () => setSecret('') })}
        >
          {t('settings.backupCheck')}
        </Button>
      </div>
    </section>
  );
}
