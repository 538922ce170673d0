import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { setLang, type Lang } from '../../i18n';
import { useSession, useStatus } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { showDone } from '../../shared/toast';
import { Button, Chips, ErrorNote, SecretField, Words } from '../../shared/ui';
import { Escrow } from '../escrow';
import { BackupDays } from '../erase';
import { Strength } from '../first-run';
import { KeyRenewal } from './KeyRenewal';
import { Rename } from './Rename';
import { Safekeeping } from './Safekeeping';

const MINUTES = [3, 5, 10, 15, 30];

/** Language, idle lock, passphrase, the words of the office, and what this program is. */
export function Settings() {
  const { t, lang } = useWords();
  const status = useStatus().data;
  const role = useCodeLabel('worker-role');
  const settings = useSession('session_settings');
  const confirm = useSession('office_confirm');
  if (status === undefined) {
    return null;
  }
  const minutes = [...new Set([...MINUTES, status.autoLockMinutes])].sort((a, b) => a - b);
  return (
    <div className="page stack">
      <div className="page-head">
        <h1>{t('nav.settings')}</h1>
      </div>
      <section className="card stack" aria-labelledby="set-office">
        <h2 id="set-office">{t('settings.office')}</h2>
        <Rename of="office" label={t('settings.officeName')} name={status.officeName ?? ''} changes={status.admin === true} />
        <Rename of="worker" label={t('settings.ownName')} name={status.worker?.name ?? ''} changes />
        <p>
          <span className="faint">{t('settings.ownRole')}</span> {role(status.role)}
        </p>
        {status.officeWords !== undefined && <Words words={status.officeWords} label={t('settings.officeWords')} />}
        {status.officeConfirmed ? (
          <p className="faint">{t('settings.officeWordsWhy')}</p>
        ) : (
          <>
            <p>{t('settings.confirmWhy')}</p>
            {confirm.isError && <ErrorNote error={confirm.error} />}
            <div className="row">
              <Button look="main" onPress={() => confirm.mutate({})}>
                {t('settings.confirm')}
              </Button>
            </div>
            <p className="faint">{t('settings.confirmNot')}</p>
          </>
        )}
      </section>
      <section className="card stack" aria-labelledby="set-screen">
        <h2 id="set-screen">{t('settings.screen')}</h2>
        <Chips
          label={t('settings.language')}
          choices={[
            { code: 'ja', label: '日本語' },
            { code: 'en', label: 'English' },
          ]}
          value={lang}
          onChange={(code) => {
            if (code !== null) {
              setLang(code as Lang);
              settings.mutate({ lang: code as Lang });
            }
          }}
        />
        <Chips
          label={t('settings.autoLock')}
          choices={minutes.map((n) => ({ code: String(n), label: t('settings.minutes', { n }) }))}
          value={String(status.autoLockMinutes)}
          onChange={(code) => {
            if (code !== null) {
              settings.mutate({ autoLockMinutes: Number(code) });
            }
          }}
        />
        {settings.isError && <ErrorNote error={settings.error} />}
      </section>
      <Safekeeping />
      <BackupDays />
      <Escrow />
      <KeyRenewal />
      <section className="card stack" aria-labelledby="set-devices">
        <h2 id="set-devices">{t('settings.devices')}</h2>
        <p className="faint">{t('settings.devicesWhy')}</p>
        <div className="row">
          <Link to="/exchange" search={{ to: 'devices' }}>{t('settings.devicesOpen')}</Link>
        </div>
      </section>
      <section className="card stack" aria-labelledby="set-audit">
        <h2 id="set-audit">{t('audit.title')}</h2>
        <p className="faint">{t('audit.settingsWhy')}</p>
        <div className="row">
          <Link to="/audit">{t('audit.open')}</Link>
        </div>
      </section>
      <ChangePassphrase />
      <section className="card" aria-labelledby="set-about">
        <h2 id="set-about">{t('settings.about')}</h2>
        <p>{t('settings.aboutText')}</p>
      </section>
    </div>
  );
}

function ChangePassphrase() {
  const { t } = useWords();
  const change = useSession('session_change_passphrase');
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  return (
    <section className="card" aria-labelledby="set-passphrase">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            { old, new: next },
            {
              onSuccess: () => {
                setOld('');
                setNext('');
                showDone(t('settings.passphraseChanged'));
              },
            },
          );
        }}
      >
        <h2 id="set-passphrase">{t('settings.passphrase')}</h2>
        <SecretField label={t('settings.passphraseOld')} value={old} onChange={setOld} />
        <SecretField label={t('settings.passphraseNew')} help={t('passphrase.ownHelp')} shownFirst value={next} onChange={setNext} />
        {next !== '' && <Strength secret={next} />}
        {change.isError && <ErrorNote error={change.error} />}
        <div className="row">
          <Button type="submit" isDisabled={old === '' || next === '' || change.isPending}>
            {t('settings.passphraseChange')}
          </Button>
        </div>
      </form>
    </section>
  );
}
