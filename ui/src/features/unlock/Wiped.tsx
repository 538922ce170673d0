import './wiped.css';

import type { StatusView } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { Front } from '../../shared/ui';

/** In the place of the lock screen, where the office had the records of this laptop destroyed. */
export function Wiped({ status }: { status: StatusView }) {
  const { t } = useWords();
  const nextStore = useSession('session_next_store');
  const newStore = useSession('session_new_store');
  return (
    <Front narrow>
      <div className="front-card">
        <h1>{t('rescue.wiped')}</h1>
        <p>{t('rescue.wipedSafe')}</p>
        {status.rescue === undefined ? (
          <p>{t('rescue.wipedNothing')}</p>
        ) : (
          <>
            <p>{t('rescue.wipedFile')}</p>
            <p className="wiped-place">{status.rescue}</p>
            <p>{t('rescue.wipedNext')}</p>
          </>
        )}
        <div className="row row-between">
          {status.storeCount > 1 && (
            <button type="button" className="link-button" onClick={() => nextStore.mutate({})}>
              {t('unlock.nextStore')}
            </button>
          )}
          <button type="button" className="link-button" onClick={() => newStore.mutate({})}>
            {t('unlock.newStore')}
          </button>
        </div>
      </div>
    </Front>
  );
}
