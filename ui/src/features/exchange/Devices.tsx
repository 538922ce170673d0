import { useQuery } from '@tanstack/react-query';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { useCodeLabel } from '../../shared/codes';
import { formatInstant } from '../../shared/format';

/** The devices of the office and when something of each last arrived here. */
export function Devices() {
  const { t, lang } = useWords();
  const role = useCodeLabel('worker-role');
  const devices = useQuery({
    queryKey: ['device_list'],
    queryFn: () => session('device_list', {}),
    meta: { tags: ['status'] },
  }).data;
  return (
    <section className="card ex-wide" aria-labelledby="ex-devices">
      <h2 id="ex-devices">{t('devices.title')}</h2>
      <ul>
        {devices?.items.map((device) => (
          <li className="ex-device" key={device.id}>
            <span>
              <strong>{device.worker.name === '' ? t('devices.unknown') : device.worker.name}</strong> {role(device.role)}{' '}
              {device.current && <span className="tag tag-key">{t('devices.current')}</span>}{' '}
              {device.admin && <span className="tag">{t('devices.admin')}</span>}{' '}
              {device.frozen && <span className="tag tag-care">{t('devices.frozen')}</span>}
            </span>
            <span className="faint">
              {device.current
                ? ''
                : device.lastMergedAt === undefined
                  ? t('devices.never')
                  : t('devices.last', { at: formatInstant(device.lastMergedAt, lang) })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
