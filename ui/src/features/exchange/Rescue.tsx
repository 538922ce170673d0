import type { ExportView } from '../../bridge';
import { useWords } from '../../i18n';
import { refresh, useSession } from '../../shared/cache';
import { flushAll } from '../../shared/pending';
import { Button, ErrorNote } from '../../shared/ui';

/** On a laptop that may exchange no longer: what that means, and how its words still reach the office. */
export function Rescue({ standing }: { standing: string }) {
  const { t } = useWords();
  const writing = useSession('rescue_export');
  const said = standing === 'left' || standing === 'revoked' ? standing : 'frozen';
  return (
    <section className="card stack ex-rescue" aria-labelledby="ex-rescue">
      <h2 id="ex-rescue">{t(`rescue.title.${said}`)}</h2>
      <p>{t('rescue.why')}</p>
      <div className="row">
        <Button
          look="main"
          isDisabled={writing.isPending}
          onPress={() =>
            void flushAll().then(() => writing.mutate({}, { onSettled: () => refresh(['status', 'carryouts']) }))
          }
        >
          {writing.isPending ? t('exchange.writing') : t('rescue.write')}
        </Button>
      </div>
      {writing.isError && <ErrorNote error={writing.error} />}
      {writing.data !== undefined && writing.data !== null && <Written view={writing.data} />}
    </section>
  );
}

function Written({ view }: { view: ExportView }) {
  const { t } = useWords();
  return (
    <div className="ex-result" role="status">
      <p>
        <strong>{t('exchange.exported', { file: view.file })}</strong>
      </p>
      <p>{t('rescue.written', { n: view.records })}</p>
    </div>
  );
}
