import { useState } from 'react';
import { Checkbox } from 'react-aria-components';

import type { RestrictedView, WishView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatDate } from '../../shared/format';
import { cache, useRead, useSession } from '../../shared/cache';
import { Button, ErrorNote, TextField, Words } from '../../shared/ui';

/** Passes cases on: open the wish, compare words, choose, say why, and the second signature. `waiting` are offices whose receipt has not come. */
export function Give({ waiting }: { waiting: readonly string[] }) {
  const { t } = useWords();
  const open = useSession('pass_open_wish');
  const [wish, setWish] = useState<WishView | null>(null);
  const [done, setDone] = useState<string>();
  return (
    <div className="stack">
      <h3>{t('passing.giveTitle')}</h3>
      {wish === null ? (
        <>
          <p className="faint">{t('passing.giveWhy')}</p>
          <div className="row">
            <Button
              isDisabled={open.isPending}
              onPress={() => {
                setDone(undefined);
                open.mutate({}, { onSuccess: setWish });
              }}
            >
              {t('passing.openWish')}
            </Button>
          </div>
          {open.isError && <ErrorNote error={open.error} />}
          {done !== undefined && waiting.includes(done) && (
            <p className="ex-result" role="status">
              {t('passing.given', { office: done })}
            </p>
          )}
        </>
      ) : (
        <Procedure
          wish={wish}
          onClose={(office) => {
            setWish(null);
            setDone(office);
          }}
        />
      )}
    </div>
  );
}

/** The most households, and the most intakes, that are listed to be chosen one by one. */
const MOST = 500;

type Chosen = 'household' | 'intake' | 'restricted';

/** What an intake is told by in a line. */
function beginning(text: string) {
  const letters = [...text];
  return letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : text;
}

/** What an opened restricted record is told by in a line. */
function contents(record: RestrictedView, kind: (kind: string) => string) {
  return record.entries.map((it) => (it.title === '' ? kind(it.kind) : beginning(it.title))).join('、');
}

function Procedure({ wish, onClose }: { wish: WishView; onClose: (passed?: string) => void }) {
  const { t, lang } = useWords();
  const [query, setQuery] = useState('');
  const list = useRead('household.list', { limit: MOST, ...(query.trim() === '' ? {} : { query }) }, ['households']).data;
  const contacts = useRead('intake.list', { limit: MOST }, ['intakes']).data;
  const intakes = contacts?.items.filter((it) => it.householdId === undefined);
  const restricted = useRead('restricted.list', {}, ['restricted']).data?.items ?? [];
  const opened = restricted.filter((it) => it.opened);
  const give = useSession('pass_out');
  /** What goes, by what it is: also what the list does not show just now. */
  const [chosen, setChosen] = useState<ReadonlyMap<string, Chosen>>(new Map());
  const [all, setAll] = useState(false);
  const [reason, setReason] = useState('');
  const [basis, setBasis] = useState('');
  const [paperAdminKey, setPaperKey] = useState('');
  const [compared, setCompared] = useState(false);
  const choose = (id: string, what: Chosen, isIn: boolean) => {
    const next = new Map(chosen);
    if (isIn) {
      next.set(id, what);
    } else {
      next.delete(id);
    }
    setChosen(next);
  };
  const choice = (id: string, what: Chosen, name: string) => (
    <Checkbox key={id} className="check" isSelected={chosen.has(id)} onChange={(isIn) => choose(id, what, isIn)}>
      <span className="check-box" aria-hidden="true" />
      {name}
    </Checkbox>
  );
  const chosenOf = (what: Chosen) => [...chosen].filter(([, it]) => it === what).map(([id]) => id);
  const named = all ? { households: [], intakes: [] } : { households: chosenOf('household'), intakes: chosenOf('intake') };
  const secret = chosenOf('restricted');
  const ready =
    compared &&
    // Without a name all would go.
    (all || named.households.length + named.intakes.length + secret.length > 0) &&
    [reason, basis, paperAdminKey].every((text) => text.trim() !== '') &&
    !give.isPending;
  return (
    <>
      <p>{t('passing.asks', { office: wish.office, name: wish.worker })}</p>
      <p className="field-label">{t('passing.wishWords')}</p>
      <Words words={wish.words} label={t('passing.wishWords')} />
      <Checkbox className="check" isSelected={compared} onChange={setCompared}>
        <span className="check-box" aria-hidden="true" />
        {t('passing.compared')}
      </Checkbox>
      <fieldset className="stack">
        <legend>{t('passing.which')}</legend>
        <Checkbox className="check" isSelected={all} onChange={setAll}>
          <span className="check-box" aria-hidden="true" />
          {t('passing.all')}
        </Checkbox>
        {!all && (
          <>
            <TextField label={t('passing.filter')} value={query} onChange={setQuery} />
            {list?.items.map((row) => choice(row.id, 'household', row.name === '' ? t('passing.unnamed') : row.name))}
            {list?.items.length === 0 && <p className="faint">{t('passing.filterNone')}</p>}
            {list?.cursor !== undefined && <p className="faint">{t('passing.more', { n: MOST })}</p>}
            <p role="status">{t('passing.chosen', { n: named.households.length })}</p>
          </>
        )}
      </fieldset>
      {!all && intakes !== undefined && intakes.length > 0 && (
        <fieldset className="stack">
          <legend>{t('passing.whichIntakes')}</legend>
          {intakes.map((it) =>
            choice(it.id, 'intake', `${formatDate(it.receivedAt, lang)} ${it.callerName ?? t('intake.noName')} ${beginning(it.text)}`),
          )}
          {contacts?.cursor !== undefined && <p className="faint">{t('passing.moreIntakes', { n: MOST })}</p>}
        </fieldset>
      )}
      {opened.length > 0 && (
        <fieldset className="stack">
          <legend>{t('passing.whichRestricted')}</legend>
          <p className="faint">{t('passing.restrictedMeans')}</p>
          {opened.map((it) =>
            choice(it.id, 'restricted', `${formatDate(it.at, lang)} ${contents(it, (kind) => t(`restricted.kind.${kind as 'note'}`))}`),
          )}
        </fieldset>
      )}
      <p className="faint">
        {t('passing.restricted')}
        {restricted.length > opened.length && ` ${t('passing.restrictedClosed', { n: restricted.length - opened.length })}`}
      </p>
      <TextField label={t('erase.reason')} value={reason} onChange={setReason} />
      <TextField label={t('erase.basis')} value={basis} onChange={setBasis} />
      <TextField label={t('erase.paperKey')} help={t('passing.paperKeyHelp')} value={paperAdminKey} onChange={setPaperKey} />
      {give.isError && <ErrorNote error={give.error} />}
      <div className="row row-between">
        <Button onPress={() => onClose()}>{t('common.cancel')}</Button>
        <Button
          look="main"
          isDisabled={!ready}
          onPress={() =>
            give.mutate(
              { wish: wish.id, ...named, restricted: secret, all, reason, basis, paperAdminKey },
              {
                onSuccess: (view) => {
                  if (view !== null) {
                    void cache.invalidateQueries();
                    onClose(view.to);
                  }
                },
              },
            )
          }
        >
          {t('passing.give')}
        </Button>
      </div>
    </>
  );
}
