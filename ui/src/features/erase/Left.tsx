import { useState } from 'react';

import type { LeftView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache } from '../../shared/cache';
import { Button } from '../../shared/ui';
import { OpenDialog } from '../restricted';
import { Procedure } from './Procedure';

/** Restricted records whose household was erased, for those who read them: each is opened with a reason, and then erased. */
export function Left({ left }: { left: readonly LeftView[] }) {
  const { t } = useWords();
  const [asked, setAsked] = useState<LeftView | null>(null);
  const [erased, setErased] = useState<LeftView | null>(null);
  if (left.length === 0) {
    return null;
  }
  return (
    <section className="stack" aria-labelledby="ex-left">
      <h3 id="ex-left">{t('erase.left')}</h3>
      <p className="faint">{t('erase.leftWhy')}</p>
      <ul className="ex-list">
        {left.map((it) => (
          <li key={it.id} className="row">
            <span>{t('erase.leftCount', { n: it.records })}</span>
            {it.opened ? (
              <Button size="small" onPress={() => setErased(it)}>
                {t('erase.recordOpen')}
              </Button>
            ) : (
              <Button size="small" onPress={() => setAsked(it)}>
                {t('erase.leftOpen')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <OpenDialog
        record={asked}
        onClose={() => {
          setAsked(null);
          void cache.invalidateQueries();
        }}
      />
      {erased !== null && (
        <Procedure
          title={t('erase.title', { name: t('erase.left') })}
          wish={{ documents: erased.documents }}
          onClose={() => setErased(null)}
          onGone={() => undefined}
        >
          <p>{t('erase.leftGo', { n: erased.records })}</p>
        </Procedure>
      )}
    </section>
  );
}
