import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { useCodeLabel } from '../../shared/codes';
import { useDeviceName } from '../../shared/devices';
import { formatInstant } from '../../shared/format';
import { Button } from '../../shared/ui';
import { useArrival } from '../../shared/useArrival';
import { Device } from './Device';

/** The devices of the office, when something of each last arrived here, and what can be done about each. */
export function Devices() {
  const { t, lang } = useWords();
  const role = useCodeLabel('worker-role');
  const [chosen, setChosen] = useState<string | null>(null);
  const devices = useQuery({
    queryKey: ['device_list'],
    queryFn: () => session('device_list', {}),
    meta: { tags: ['status'] },
  }).data;
  const { to } = useSearch({ strict: false });
  const heading = useArrival(to === 'devices' && devices !== undefined);
  const name = useDeviceName(devices?.items ?? []);
  const about = devices?.items.find((device) => device.id === chosen);
  return (
    <section className="card ex-wide" aria-labelledby="ex-devices">
      <h2 id="ex-devices" tabIndex={-1} ref={heading}>{t('devices.title')}</h2>
      <ul>
        {devices?.items.map((device) => (
          <li className="ex-device" key={device.id}>
            <span>
              <strong>{name(device)}</strong> {role(device.role)}{' '}
              {device.current && <span className="tag tag-key">{t('devices.current')}</span>}{' '}
              {device.admin && <span className="tag">{t('devices.admin')}</span>}{' '}
              {device.wipe === true && <span className="tag tag-care">{t('rescue.tag')}</span>}{' '}
              {device.frozen && device.wipe !== true && <span className="tag tag-care">{t('devices.frozen')}</span>}{' '}
              {device.standing === 'left' && <span className="tag">{t('devices.left')}</span>}
              {device.standing === 'revoked' && <span className="tag">{t('devices.revoked')}</span>}
            </span>
            <span className="ex-device-more">
              <span className="faint">
                {device.current
                  ? ''
                  : device.lastMergedAt === undefined
                    ? t('devices.never')
                    : t('devices.last', { at: formatInstant(device.lastMergedAt, lang) })}
              </span>
              {!device.current && (
                <Button
                  look="quiet"
                  size="small"
                  aria-label={`${t('devices.aboutWho', { name: name(device) })}: ${t('devices.about')}`}
                  onPress={() => setChosen(device.id)}
                >
                  {t('devices.about')}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {about !== undefined && <Device device={about} name={name(about)} onClose={() => setChosen(null)} />}
    </section>
  );
}
