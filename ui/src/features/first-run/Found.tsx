import { useState } from 'react';

import type { RecoverySheet } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { Button, Chips, ErrorNote, Front, TextField } from '../../shared/ui';
import { PassphraseChoice } from './PassphraseChoice';

/** Roles in which somebody may found an office; the code list is inside the store that is made here. */
const ROLES = ['worker', 'supervisor', 'facilitator', 'community-worker', 'auditor'] as const;

interface Props {
  onBack: () => void;
  onFounded: (sheet: RecoverySheet) => void;
}

/** Founds an office on this laptop. */
export function Found({ onBack, onFounded }: Props) {
  const { t } = useWords();
  const [office, setOffice] = useState('');
  const [worker, setWorker] = useState('');
  const [role, setRole] = useState<string>('worker');
  const [passphrase, setPassphrase] = useState('');
  const found = useSession('session_found');
  const complete = office.trim() !== '' && worker.trim() !== '' && passphrase !== '';

  return (
    <Front>
      <form
        className="front-card"
        onSubmit={(event) => {
          event.preventDefault();
          // The sheet is shown once and must come through even when this screen is gone by then.
          found.mutateAsync({ office, worker, role, passphrase }).then(onFounded, () => undefined);
        }}
      >
        <h1>{t('found.title')}</h1>
        <p>{t('found.lead')}</p>
        <div className="two-fields">
          <TextField label={t('found.office')} value={office} onChange={setOffice} autoFocus />
          <TextField label={t('found.worker')} value={worker} onChange={setWorker} />
        </div>
        <Chips
          label={t('found.role')}
          choices={ROLES.map((code) => ({ code, label: t(`role.${code}`) }))}
          value={role}
          onChange={(code) => setRole(code ?? role)}
        />
        <PassphraseChoice value={passphrase} onChange={setPassphrase} />
        {found.isError && <ErrorNote error={found.error} />}
        <div className="row row-between">
          <Button onPress={onBack}>{t('common.back')}</Button>
          <Button type="submit" look="main" size="large" isDisabled={!complete || found.isPending}>
            {found.isPending ? t('found.making') : t('found.make')}
          </Button>
        </div>
      </form>
    </Front>
  );
}
