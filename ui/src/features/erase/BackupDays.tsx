import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { ErrorNote, TextField } from '../../shared/ui';
import { SecondSignature } from '../cosign';

/** How long the office keeps its backups (バックアップの保存期間): the day on which erased records can be read nowhere rests on it. */
export function BackupDays() {
  const { t } = useWords();
  const list = useQuery({
    queryKey: ['erase_list', 'backups'],
    queryFn: () => session('erase_list', {}),
    meta: { tags: ['erasures'] },
  }).data;
  const set = useSession('erase_backups');
  const [typed, setTyped] = useState<string>();
  if (list === undefined) {
    return null;
  }
  const days = typed ?? String(list.backupDays);
  return (
    <section className="card stack" aria-labelledby="set-backup-days">
      <h2 id="set-backup-days">{t('erase.backups')}</h2>
      <p className="faint">{t('erase.backupsWhy')}</p>
      <p>{t('erase.backupsNow', { n: list.backupDays })}</p>
      {list.admin && (
        <>
          <TextField label={t('erase.backupsDays')} value={days} onChange={setTyped} />
          {set.isError && <ErrorNote error={set.error} />}
          <SecondSignature
            label={t('erase.backupsSave')}
            keyLabel={t('erase.paperKey')}
            keyHelp={t('erase.backupsKeyHelp')}
            isBusy={set.isPending}
            isDisabled={!/^\d{1,4}$/.test(days.trim())}
            onPaper={(paperAdminKey) =>
              set.mutateAsync({ days: Number(days), paperAdminKey }).then(() => {
                setTyped(undefined);
                void cache.invalidateQueries();
                showDone(t('erase.backupsSet'));
              })
            }
            ask={() => Promise.resolve({ act: 'backupDays', days: Number(days) })}
            onAsked={() => setTyped(undefined)}
          />
        </>
      )}
    </section>
  );
}
