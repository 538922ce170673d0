import type { FolderView, WaitingView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { flushAll } from '../../shared/pending';
import { Button, ErrorNote } from '../../shared/ui';

const again = () => void cache.invalidateQueries({ queryKey: ['bundle_waiting'] });

/** A certificate of the city's own, by which this laptop knows its hub. */
export function Authority({ waiting }: { waiting: WaitingView }) {
  const { t } = useWords();
  const choose = useSession('way_authority');
  const drop = useSession('way_authority_drop');
  const error = choose.error ?? drop.error;
  const kept = waiting.hubAuthority;
  return (
    <div className="stack">
      <p className="faint">{kept ? t('ways.authorityKept') : t('ways.authorityWhy')}</p>
      <div className="row">
        <Button size="small" isDisabled={choose.isPending} onPress={() => choose.mutate({}, { onSuccess: again })}>
          {kept ? t('ways.authorityOther') : t('ways.authority')}
        </Button>
        {kept && (
          <Button size="small" look="quiet" isDisabled={drop.isPending} onPress={() => drop.mutate({}, { onSuccess: again })}>
            {t('ways.authorityDrop')}
          </Button>
        )}
      </div>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

/** A folder that the laptops of the office share, or a stick that goes round. */
export function Folder({ waiting }: { waiting: WaitingView }) {
  const { t } = useWords();
  const choose = useSession('way_folder');
  const drop = useSession('way_folder_drop');
  const exchange = useSession('folder_sync');
  const error = exchange.error ?? choose.error ?? drop.error;
  const { folder } = waiting;
  const pick = () => {
    exchange.reset();
    choose.mutate({}, { onSuccess: again });
  };
  const letGo = () => {
    exchange.reset();
    choose.reset();
    drop.mutate({}, { onSuccess: again });
  };
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-folder">
      <h2 id="ex-folder">{t('ways.folder')}</h2>
      <p className="faint">{t('ways.folderWhy')}</p>
      {folder === undefined ? (
        <div className="row">
          <Button isDisabled={choose.isPending} onPress={pick}>
            {t('ways.folderChoose')}
          </Button>
        </div>
      ) : (
        <>
          <p className="ex-path">{t('ways.folderAt', { folder })}</p>
          <div className="row">
            <Button
              look="main"
              isDisabled={exchange.isPending}
              onPress={() =>
                void flushAll().then(() => exchange.mutate({}, { onSuccess: () => void cache.invalidateQueries() }))
              }
            >
              {exchange.isPending ? t('exchange.hubSyncing') : t('ways.folderSync')}
            </Button>
            <Button isDisabled={choose.isPending} onPress={pick}>
              {t('ways.folderOther')}
            </Button>
            <Button look="quiet" isDisabled={drop.isPending} onPress={letGo}>
              {t('ways.folderDrop')}
            </Button>
          </div>
          {exchange.data !== undefined && <Exchanged view={exchange.data} />}
        </>
      )}
      {error !== null && <ErrorNote error={error} />}
    </section>
  );
}

function Exchanged({ view }: { view: FolderView }) {
  const { t } = useWords();
  const { brought, files, written } = view;
  return (
    <div className="ex-result" role="status">
      <p>
        <strong>{t('ways.folderDone', { n: brought.new, files })}</strong>
      </p>
      <p>{written === undefined ? t('ways.folderHasAll') : t('ways.folderWritten', { file: written.file })}</p>
      {brought.held > 0 && <p>{t('exchange.held', { n: brought.held })}</p>}
      {brought.refused.length > 0 && <p>{t('exchange.refused', { n: brought.refused.length })}</p>}
    </div>
  );
}
