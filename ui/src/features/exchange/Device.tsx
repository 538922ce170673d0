import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { type DeviceView, session } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession, useStatus } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, Dialog, ErrorNote } from '../../shared/ui';
import { SecondSignature } from '../cosign';
import { Wipe } from './Wipe';

interface Props {
  device: DeviceView;
  name: string;
  onClose: () => void;
}

/** What is known of one device, and what can be done about it: freezing at once, the rest with thought. */
export function Device({ device, name, onClose }: Props) {
  const { t, lang } = useWords();
  const status = useStatus().data;
  const act = useSession('device_act');
  const [isLeaving, setLeaving] = useState(false);
  const done = useRef<HTMLParagraphElement>(null);
  // The button that was pressed may be gone: the focus stays in this window.
  useEffect(() => done.current?.focus(), [act.data]);
  const report = useQuery({
    queryKey: ['device_report', device.id],
    queryFn: () => session('device_report', { device: device.id }),
    meta: { tags: ['status'] },
  }).data;
  const admin = status?.admin === true;
  const freezes = admin || status?.role === 'supervisor';
  const isIn = device.standing === 'active';
  const run = (word: string, paperAdminKey?: string, reason?: string) =>
    act
      .mutateAsync({
        device: device.id,
        act: word,
        ...(paperAdminKey === undefined ? {} : { paperAdminKey }),
        ...(reason === undefined ? {} : { reason }),
      })
      .then(() => {
        setLeaving(false);
        void cache.invalidateQueries();
      });
  /** What one signature does; why it failed stands above. */
  const press = (word: string) => void run(word).catch(() => undefined);
  return (
    <Dialog title={t('devices.aboutWho', { name })} isOpen wide stays onClose={onClose}>
      <div className="stack">
        {act.isError && <ErrorNote error={act.error} />}
        {act.isSuccess && (
          <p className="ex-result" role="status" tabIndex={-1} ref={done}>
            {t('devices.done')}
          </p>
        )}
        {isIn && !freezes && <p>{t('devices.whoFreezes')}</p>}
        {isIn && device.frozen && !admin && <p>{t('devices.whoReleases')}</p>}
        {isIn && freezes && (admin || !device.frozen) && (
          <section className="stack">
            <h3>{t('devices.freezeHead')}</h3>
            <p className="faint">{t('devices.freezeWhy')}</p>
            <div className="row">
              {device.frozen ? (
                <Button isDisabled={act.isPending} onPress={() => press('release')}>
                  {t('devices.release')}
                </Button>
              ) : (
                <Button look="main" isDisabled={act.isPending} onPress={() => press('freeze')}>
                  {t('devices.freeze')}
                </Button>
              )}
            </div>
          </section>
        )}
        {admin && device.aside > 0 && (
          <section className="stack">
            <p>{t('devices.aside', { n: device.aside })}</p>
            <div className="row">
              <Button isDisabled={act.isPending} onPress={() => press('adopt')}>
                {t('devices.adopt')}
              </Button>
            </div>
          </section>
        )}
        {isIn && admin && (
          <>
            <section className="stack">
              <h3>{t('devices.leaveHead')}</h3>
              <p className="faint">{t('devices.leaveWhy')}</p>
              {isLeaving ? (
                <div className="stack" role="group" aria-label={t('devices.leave')}>
                  <p role="alert">{t('devices.leaveSure', { name })}</p>
                  <div className="row">
                    <Button autoFocus onPress={() => setLeaving(false)}>
                      {t('common.cancel')}
                    </Button>
                    <Button isDisabled={act.isPending} onPress={() => press('left')}>
                      {t('devices.leaveDo')}
                    </Button>
                  </div>
                </div>
              ) : (
                <div className="row">
                  <Button isDisabled={act.isPending} onPress={() => setLeaving(true)}>
                    {t('devices.leave')}
                  </Button>
                </div>
              )}
            </section>
            <section className="stack">
              <h3>{t('devices.revokeHead')}</h3>
              <p className="faint">{t('devices.revokeWhy')}</p>
              <SecondSignature
                label={t('devices.revoke')}
                keyLabel={t('devices.paperKey')}
                isBusy={act.isPending}
                onPaper={(key) => run('revoke', key)}
                ask={() => Promise.resolve({ act: 'revoke', device: device.id })}
                onAsked={onClose}
              />
            </section>
            <section className="stack">
              <h3>{t('devices.adminHead')}</h3>
              <p className="faint">{t('devices.adminWhy')}</p>
              <SecondSignature
                label={t(device.admin ? 'devices.removeAdmin' : 'devices.addAdmin')}
                keyLabel={t('devices.adminKey')}
                isBusy={act.isPending}
                onPaper={(key) => run(device.admin ? 'removeAdmin' : 'addAdmin', key)}
                ask={() => Promise.resolve({ act: device.admin ? 'removeAdmin' : 'addAdmin', device: device.id })}
                onAsked={onClose}
              />
            </section>
          </>
        )}
        {device.wipe === true ? (
          <p>
            <strong>{t('rescue.ordered')}</strong>
            <br />
            {device.rescuedAt === undefined
              ? t('rescue.notConfirmed')
              : t('rescue.confirmed', { at: formatInstant(device.rescuedAt, lang) })}
          </p>
        ) : (
          admin && (
            <Wipe
              device={device.id}
              isBusy={act.isPending}
              onWipe={(reason, key) => run('wipe', key, reason)}
              onAsked={onClose}
            />
          )
        )}
        {report !== undefined && (
          <section className="stack">
            <h3>{t('devices.report')}</h3>
            <dl className="ex-report">
              <dt>{t('devices.id')}</dt>
              <dd className="ex-id">{device.id}</dd>
              <dt>{t('devices.reportLast')}</dt>
              <dd>{report.lastRecordAt === undefined ? t('exchange.never') : formatInstant(report.lastRecordAt, lang)}</dd>
              <dt>{t('devices.reportRecords')}</dt>
              <dd>{report.records}</dd>
              <dt>{t('devices.reportHouseholds')}</dt>
              <dd>{report.households}</dd>
              <dt>{t('devices.reportPeople')}</dt>
              <dd>{report.people}</dd>
              <dt>{t('devices.reportRestricted')}</dt>
              <dd>{report.restricted}</dd>
              <dt>{t('devices.reportCipher')}</dt>
              <dd>{report.cipher}</dd>
              <dt>{t('devices.reportGuess')}</dt>
              <dd>{t('devices.reportGuessIs', { mib: report.argonMemoryMib, passes: report.argonPasses })}</dd>
            </dl>
          </section>
        )}
        <div className="row row-end">
          <Button onPress={onClose}>{t('devices.close')}</Button>
        </div>
      </div>
    </Dialog>
  );
}
