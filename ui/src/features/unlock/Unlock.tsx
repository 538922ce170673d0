import './unlock.css';

import { useRef, useState } from 'react';

import type { StatusView } from '../../bridge';
import { useWords } from '../../i18n';
import { refresh, useSession } from '../../shared/cache';
import { Button, ErrorNote, Front, SecretField } from '../../shared/ui';
import { OpenWithShares } from '../escrow';
import { Renew } from './Renew';

/** Opens the store of this PC, with the passphrase, the recovery code or two shares of the office's escrow. */
export function Unlock({ status }: { status: StatusView }) {
  const { t } = useWords();
  const [kind, setKind] = useState<'passphrase' | 'recovery' | 'shares'>('passphrase');
  const [secret, setSecret] = useState('');
  const [tries, setTries] = useState(0);
  const [renewal, setRenewal] = useState<'damaged' | 'backup' | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const unlock = useSession('session_unlock');
  const nextStore = useSession('session_next_store');
  const newStore = useSession('session_new_store');

  const open = () => {
    unlock.mutate(
      { secret },
      {
        onSuccess: () => {
          setSecret('');
          if (kind === 'recovery') {
            // Whoever forgot the passphrase chooses a new one first.
            globalThis.location.hash = '/settings';
          }
        },
        onError: () => {
          setTries(tries + 1);
          // The store may turn out to be wiped as it opens.
          refresh(['status']);
          field.current?.focus();
          field.current?.select();
        },
      },
    );
  };

  if (renewal !== null) {
    return <Renew from={renewal} replaces onBack={() => setRenewal(null)} />;
  }
  if (kind === 'shares') {
    return (
      <Front narrow>
        <OpenWithShares onBack={() => setKind('passphrase')} />
      </Front>
    );
  }
  return (
    <Front narrow>
      <form
        className="front-card"
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <h1>{t('unlock.title')}</h1>
        {status.storeCount > 1 && (
          <p>{t('unlock.store', { n: status.storeNumber, of: status.storeCount })}</p>
        )}
        {status.demo && (
          <p>
            <span className="tag tag-care">{t('unlock.demo')}</span>
          </p>
        )}
        {/* What was just tried says more. */}
        {status.state === 'damaged' && !unlock.isError && (
          <div className="error-note" role="alert">
            <p className="error-note-message">{t('unlock.damaged')}</p>
            <p>{t('unlock.damagedSafe')}</p>
            <p>{t('unlock.damagedNext')}</p>
          </div>
        )}
        <SecretField
          key={kind}
          label={kind === 'passphrase' ? t('unlock.passphrase') : t('unlock.recoveryCode')}
          help={kind === 'passphrase' ? t('unlock.passphraseHelp') : t('unlock.recoveryHelp')}
          value={secret}
          autoFocus
          shownFirst={kind === 'recovery'}
          inputRef={field}
          onChange={setSecret}
        />
        {unlock.isError && (
          <div>
            <ErrorNote error={unlock.error} />
            {tries > 1 && <p className="field-help">{t('unlock.tries', { n: tries })}</p>}
          </div>
        )}
        {/* Without its key nothing of a store can be read. */}
        {status.state === 'damaged' && unlock.error?.code !== 'header_damaged' && (
          <Button size="large" onPress={() => setRenewal('damaged')}>
            {t('unlock.recover')}
          </Button>
        )}
        <Button type="submit" look="main" size="large" isDisabled={secret === '' || unlock.isPending}>
          {unlock.isPending ? t('unlock.opening') : t('unlock.open')}
        </Button>
        <div className="row row-between">
          <button
            type="button"
            className="link-button"
            onClick={() => {
              setKind(kind === 'passphrase' ? 'recovery' : 'passphrase');
              setSecret('');
              unlock.reset();
            }}
          >
            {kind === 'passphrase' ? t('unlock.useRecovery') : t('unlock.usePassphrase')}
          </button>
          {!status.demo && (
            <button type="button" className="link-button" onClick={() => setKind('shares')}>
              {t('unlock.useShares')}
            </button>
          )}
          {status.storeCount > 1 && (
            <button type="button" className="link-button" onClick={() => nextStore.mutate({})}>
              {t('unlock.nextStore')}
            </button>
          )}
          <button type="button" className="link-button" onClick={() => newStore.mutate({})}>
            {t('unlock.newStore')}
          </button>
          {!status.demo && (
            <button type="button" className="link-button" onClick={() => setRenewal('backup')}>
              {t('unlock.restore')}
            </button>
          )}
        </div>
      </form>
    </Front>
  );
}
