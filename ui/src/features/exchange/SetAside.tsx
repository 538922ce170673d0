import { useQuery } from '@tanstack/react-query';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { formatInstant } from '../../shared/format';

type Why = 'waits' | 'newer' | 'right' | 'cut' | 'flood' | 'form';

/** What came and did not take effect, by whose device and why. Shown only where there is something. */
export function SetAside() {
  const { t, lang } = useWords();
  const list = useQuery({
    queryKey: ['set_aside_list'],
    queryFn: () => session('set_aside_list', {}),
    meta: { tags: ['status'] },
  }).data;
  if (list === undefined || list.items.length === 0) {
    return null;
  }
  return (
    <section className="card ex-wide" aria-labelledby="ex-aside">
      <h2 id="ex-aside">{t('aside.title')}</h2>
      <p className="faint">{t('aside.lead')}</p>
      <ul>
        {list.items.map((item) => (
          <li className="ex-device" key={`${item.worker.id} ${item.code}`}>
            <span>
              <strong>{item.worker.name === '' ? t('devices.unknown') : item.worker.name}</strong>{' '}
              {t('aside.count', { n: item.count })} {t(`aside.${item.why as Why}`)}{' '}
              <span className="faint">({item.code})</span>
            </span>
            <span className="faint">{formatInstant(item.at, lang)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
