import { useState } from 'react';

import type { AccessDevice, RestrictedAccess } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead, useStatus } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { showDone } from '../../shared/toast';
import { Button, Dialog, ErrorNote, ToggleChips } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';
import { RestrictedHousehold } from './RestrictedHousehold';

/** この世帯を読める人, and for readers of restricted records who reads those. */
export function Access() {
  const { t } = useWords();
  const { view } = useHousehold();
  const access = useRead('access.list', { householdId: view.id }, ['restricted', 'status', `household:${view.id}`]);
  if (access.isError) {
    return <ErrorNote error={access.error} />;
  }
  return (
    <div className="hh-inner">
      <section className="card hh-wide stack" aria-labelledby="access">
        <h2 id="access">{t('restricted.access.title')}</h2>
        <p>{t('restricted.access.lead')}</p>
        <ul className="line-list">
          {access.data?.readers.map((reader) => (
            <li key={reader.device}>
              <Reader reader={reader} team={access.data?.team?.name} />
            </li>
          ))}
        </ul>
      </section>
      <section className="card hh-wide stack" aria-labelledby="continue">
        <h2 id="continue">{t('restricted.continueHead')}</h2>
        <p>{t('restricted.continueShort')}</p>
        <div>
          <RestrictedHousehold continues={view} />
        </div>
      </section>
      {access.data?.local.restricted.map((restricted) => (
        <Restricted key={restricted.id} restricted={restricted} householdId={view.id} />
      ))}
    </div>
  );
}

function Reader({ reader, team }: { reader: AccessDevice; team?: string | undefined }) {
  const { t, lang } = useWords();
  const me = useStatus().data?.worker?.id;
  return (
    <span className="note-line-head">
      <strong>{reader.worker.name}</strong>
      {reader.worker.id === me && <span className="tag tag-key">{t('restricted.access.you')}</span>}
      <span className="tag">
        {!reader.byTeam
          ? t('restricted.access.named')
          : team === undefined
            ? t('restricted.access.byTeam')
            : t('restricted.access.byTeamOf', { team })}
      </span>
      {reader.keeper && <span className="tag">{t('restricted.access.keeper')}</span>}
      {reader.frozen && <span className="tag tag-care">{t('restricted.access.frozen')}</span>}
      {reader.byEscrow && <span className="tag tag-care">{t('restricted.access.byEscrow')}</span>}
      {reader.by !== undefined && <span className="faint">{t('restricted.access.by', { name: reader.by.name })}</span>}
      {reader.since !== undefined && (
        <span className="faint">{t('restricted.access.since', { at: formatInstant(reader.since, lang) })}</span>
      )}
    </span>
  );
}

function Restricted({ restricted, householdId }: { restricted: RestrictedAccess; householdId: string }) {
  const { t } = useWords();
  const me = useStatus().data?.worker?.id;
  const [going, setGoing] = useState<AccessDevice | null>(null);
  const [coming, setComing] = useState<string[]>([]);
  const [keeper, setKeeper] = useState<string[]>([]);
  const opened = useRead('restricted.list', { householdId }, ['restricted']).data?.items.some(
    (item) => item.id === restricted.id && item.opened,
  );
  const reads = new Set(restricted.readers.map((reader) => reader.worker.id));
  const others = useWorkers().filter((worker) => !reads.has(worker.code));
  const may = restricted.mayChange && opened === true;
  const add = async () => {
    const made = await tryWrite('access.grant', { id: restricted.id, workerIds: coming, keeper: keeper.length > 0 });
    if (made !== undefined) {
      setComing([]);
      showDone(t('restricted.access.addDone'));
    }
  };
  const remove = async () => {
    const gone = going;
    setGoing(null);
    if (gone !== null && (await tryWrite('access.remove', { id: restricted.id, workerIds: [gone.worker.id] })) !== undefined) {
      showDone(t('restricted.access.removeDone'));
    }
  };
  return (
    <section className="card hh-wide stack" aria-label={t('restricted.access.restricted')}>
      <h2>{t('restricted.access.restricted')}</h2>
      <p>{t('restricted.access.restrictedLead')}</p>
      <ul className="line-list">
        {restricted.readers.map((reader) => (
          <li className="row row-between" key={reader.device}>
            <Reader reader={reader} />
            {may && reader.worker.id !== me && (
              <Button
                size="small"
                look="quiet"
                aria-label={t('restricted.access.removeWho', { name: reader.worker.name })}
                onPress={() => setGoing(reader)}
              >
                {t('restricted.access.remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Escrow restricted={restricted} may={may} />
      {!restricted.mayChange && <p className="faint">{t('restricted.access.onlyKeepers')}</p>}
      {restricted.mayChange && opened === false && <p className="faint">{t('restricted.access.openFirst')}</p>}
      {may && others.length > 0 && (
        <>
          <ToggleChips label={t('restricted.access.addWho')} choices={others} value={coming} onChange={setComing} />
          <ToggleChips
            label={t('restricted.access.keeper')}
            labelHidden
            choices={[{ code: 'keeper', label: t('restricted.access.addKeeper') }]}
            value={keeper}
            onChange={setKeeper}
          />
          <div>
            <Button isDisabled={coming.length === 0} onPress={() => void add()}>
              {t('restricted.access.add')}
            </Button>
          </div>
        </>
      )}
      <Dialog title={t('restricted.access.remove')} isOpen={going !== null} onClose={() => setGoing(null)}>
        <div className="stack">
          <p>{t('restricted.access.removeSure', { name: going?.worker.name ?? '' })}</p>
          <div className="row row-end">
            <Button onPress={() => setGoing(null)}>{t('common.cancel')}</Button>
            <Button look="main" onPress={() => void remove()}>
              {t('restricted.access.remove')}
            </Button>
          </div>
        </div>
      </Dialog>
    </section>
  );
}

/** 事務所の預かり鍵: whether it opens this record beside its readers. It is none of them. */
function Escrow({ restricted, may }: { restricted: RestrictedAccess; may: boolean }) {
  const { t, lang } = useWords();
  const [asking, setAsking] = useState(false);
  const { opens, inForce, by, since } = restricted.escrow;
  if (!opens && !inForce && !restricted.mayChange) {
    return null;
  }
  const change = async () => {
    setAsking(false);
    if ((await tryWrite('access.escrow', { id: restricted.id, opens: !opens })) !== undefined) {
      showDone(t(opens ? 'restricted.access.escrowBackDone' : 'restricted.access.escrowLetDone'));
    }
  };
  const label = t(opens ? 'restricted.access.escrowBack' : 'restricted.access.escrowLet');
  return (
    <div className="stack">
      <h3>{t('restricted.access.escrow')}</h3>
      <div className="row row-between">
        <span className="note-line-head">
          <span className="tag">{t(opens ? 'restricted.access.escrowOpens' : 'restricted.access.escrowClosed')}</span>
          {by !== undefined && <span className="faint">{t('restricted.access.escrowBy', { name: by.name })}</span>}
          {since !== undefined && (
            <span className="faint">{t('restricted.access.since', { at: formatInstant(since, lang) })}</span>
          )}
        </span>
        {may && (opens || inForce) && (
          <Button size="small" look="quiet" onPress={() => setAsking(true)}>
            {label}
          </Button>
        )}
      </div>
      {!inForce && <p className="faint">{t('restricted.access.escrowNone')}</p>}
      <Dialog title={label} isOpen={asking} onClose={() => setAsking(false)}>
        <div className="stack">
          {opens ? (
            <p>{t('restricted.access.escrowBackWhy')}</p>
          ) : (
            <>
              <p>{t('restricted.access.escrowLetWhy')}</p>
              <p>{t('restricted.access.escrowLetTold')}</p>
            </>
          )}
          <div className="row row-end">
            <Button onPress={() => setAsking(false)}>{t('common.cancel')}</Button>
            <Button look="main" onPress={() => void change()}>
              {label}
            </Button>
          </div>
        </div>
      </Dialog>
    </div>
  );
}
