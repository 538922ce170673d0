import { useState } from 'react';

import type { CarryoutView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { formatBytes, formatDate, formatInstant } from '../../shared/format';
import { Button } from '../../shared/ui';

/** The register of what was carried out (持ち出し管理簿): what is out, what is late first; on demand what is over. */
export function Register() {
  const { t } = useWords();
  const [all, setAll] = useState(false);
  const items = useRead('carryout.list', all ? {} : { open: true }, ['carryouts'], { keep: true }).data?.items;
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-register">
      <h2 id="ex-register">{t('register.title')}</h2>
      <p className="faint">{t('register.why')}</p>
      {items?.length === 0 && <p>{t('register.none')}</p>}
      <ul className="ex-list">
        {items?.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
      <div className="row">
        <Button onPress={() => setAll(!all)}>{all ? t('register.open') : t('register.all')}</Button>
      </div>
    </section>
  );
}

function Entry({ entry }: { entry: CarryoutView }) {
  const { t, lang } = useWords();
  const medium = useCodeLabel('medium');
  const [closing, setClosing] = useState(false);
  const isOut = entry.written && entry.end === undefined;
  const close = async (how: string) => {
    setClosing(true);
    await tryWrite('carryout.close', { id: entry.id, how });
    setClosing(false);
  };
  const said = [medium(entry.medium), entry.purpose ?? ''].filter((text) => text !== '');
  return (
    <li className="ex-device">
      <div>
        <strong>{entry.file}</strong> {entry.overdue && <span className="tag tag-two">{t('register.overdue')}</span>}
        <p className="faint">{t('register.by', { name: entry.author.name, at: formatInstant(entry.at, lang) })}</p>
        {said.length > 0 && <p>{said.join('　')}</p>}
        <p className="faint">
          {t('register.size', { n: entry.records, size: formatBytes(entry.bytes) })}{' '}
          {entry.complete ? t('register.whole') : t('register.onlyNew')}
        </p>
        <p className="faint">
          {entry.reader === undefined ? t('register.forAll') : t('register.for', { name: entry.reader.name })}
        </p>
        {isOut && entry.returnBy !== undefined && (
          <p>{t('register.returnBy', { on: formatDate(entry.returnBy, lang) })}</p>
        )}
        {!entry.written && <p>{t('register.failed')}</p>}
        {entry.end !== undefined && (
          <p>
            {entry.end.how === 'erased'
              ? t('register.erasedOn', { on: formatDate(entry.end.on, lang), name: entry.end.author.name })
              : t('register.returnedOn', { on: formatDate(entry.end.on, lang), name: entry.end.author.name })}
          </p>
        )}
      </div>
      {isOut && (
        <div className="row">
          <Button isDisabled={closing} onPress={() => void close('returned')} aria-label={`${entry.file} ${t('register.returned')}`}>
            {t('register.returned')}
          </Button>
          <Button isDisabled={closing} onPress={() => void close('erased')} aria-label={`${entry.file} ${t('register.erased')}`}>
            {t('register.erased')}
          </Button>
        </div>
      )}
    </li>
  );
}
