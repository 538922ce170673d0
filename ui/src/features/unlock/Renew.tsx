import { useState } from 'react';

import type { RestoreView } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { showDone } from '../../shared/toast';
import { Button, ErrorNote, Front, SecretField } from '../../shared/ui';
import { ShareFields, type Shares } from '../escrow';
import { Recovered } from './Recovered';

interface Props {
  /** What the fresh store is made from: what can be read of this one, or a backup. */
  from: 'damaged' | 'backup';
  /** Whether a store lies there, which is kept aside then. */
  replaces: boolean;
  onBack: () => void;
}

/**
 * A fresh store in the place of the one that lies there. First it is made beside it and looked at; nothing has changed until
 * the person says so, and what lay there is kept.
 */
export function Renew({ from, replaces, onBack }: Props) {
  const { t } = useWords();
  const [kind, setKind] = useState<'passphrase' | 'recovery' | 'shares'>('passphrase');
  // With shares it is the passphrase that follows the forgotten one.
  const [secret, setSecret] = useState('');
  const [shares, setShares] = useState<Shares>(['', '']);
  const recover = useSession('store_recover');
  const restore = useSession('store_restore');
  const put = useSession('store_put_in_place');
  const putAway = useSession('store_put_away');
  const unlock = useSession('session_unlock');
  const making = from === 'damaged' ? recover : restore;
  const made = making.data !== undefined && making.data !== null;

  const choose = (next: typeof kind) => {
    setKind(next);
    setSecret('');
    making.reset();
  };
  const leave = () => {
    putAway.mutate({});
    onBack();
  };
  const place = () =>
    put.mutate(
      {},
      {
        onSuccess: () => {
          // Where nothing lay there, the screen that opens the store follows at once.
          if (!replaces) {
            showDone(t('renew.doneBackup'));
          }
        },
        // What was made goes with a failure; it can be made again.
        onError: () => making.reset(),
      },
    );
  const open = () =>
    unlock.mutate(
      { secret },
      {
        onSuccess: () => {
          if (kind === 'recovery') {
            // Whoever forgot the passphrase chooses a new one first.
            globalThis.location.hash = '/settings';
          }
        },
      },
    );
  if (put.data !== undefined) {
    return (
      <Front narrow>
        <div className="front-card" role="status">
          <h1>{from === 'damaged' ? t('renew.doneDamaged') : t('renew.doneBackup')}</h1>
          <p>{t('renew.doneNext')}</p>
          {put.data.kept !== undefined && (
            <>
              <p>{t('renew.kept')}</p>
              <p className="renew-path">{put.data.kept}</p>
              <p className="faint">{t('renew.keptWhy')}</p>
            </>
          )}
          {unlock.isError && <ErrorNote error={unlock.error} />}
          <Button
            look="main"
            size="large"
            isDisabled={unlock.isPending}
            onPress={open}
          >
            {unlock.isPending ? t('unlock.opening') : t('unlock.open')}
          </Button>
        </div>
      </Front>
    );
  }
  return (
    <Front narrow>
      <form
        className="front-card"
        onSubmit={(event) => {
          event.preventDefault();
          put.reset();
          making.mutate(kind === 'shares' ? { shares, new: secret } : { secret });
        }}
      >
        <h1>{from === 'damaged' ? t('renew.damaged') : t('renew.backup')}</h1>
        {made ? (
          <>
            {recover.data !== undefined && <Recovered view={recover.data} />}
            {restore.data !== undefined && restore.data !== null && <Restored view={restore.data} />}
            <p>{from === 'damaged' ? t('renew.askDamaged') : replaces ? t('renew.ask') : t('renew.askNew')}</p>
            <Button
              look="main"
              size="large"
              isDisabled={put.isPending}
              onPress={place}
            >
              {replaces ? t('renew.put') : t('renew.putNew')}
            </Button>
          </>
        ) : (
          <>
            <p>{from === 'damaged' ? t('renew.damagedWhy') : t('renew.backupWhy')}</p>
            {/* What was made is gone when it could not be put in its place. */}
            {put.isError && <ErrorNote error={put.error} />}
            {kind === 'shares' ? (
              <>
                <p>{t('escrow.openWhy')}</p>
                <ShareFields autoFocus shares={shares} onChange={setShares} />
                <SecretField label={t('settings.passphraseNew')} help={t('passphrase.ownHelp')} shownFirst value={secret} onChange={setSecret} />
                <p className="faint">{t('escrow.openTold')}</p>
              </>
            ) : (
              <SecretField
                key={kind}
                label={kind === 'passphrase' ? t('unlock.passphrase') : t('unlock.recoveryCode')}
                help={from === 'damaged' ? t('renew.secretDamaged') : t('renew.secretBackup')}
                value={secret}
                autoFocus
                shownFirst={kind === 'recovery'}
                onChange={setSecret}
              />
            )}
            {making.isError && <ErrorNote error={making.error} />}
            <Button type="submit" look="main" size="large" isDisabled={secret === '' || making.isPending || (kind === 'shares' && shares.some((text) => text.trim() === ''))}>
              {making.isPending ? t('renew.making') : from === 'damaged' ? t('renew.recover') : t('renew.choose')}
            </Button>
          </>
        )}
        <div className="row row-between">
          {!made && (
            <button type="button" className="link-button" onClick={() => choose(kind === 'passphrase' ? 'recovery' : 'passphrase')}>
              {kind === 'passphrase' ? t('renew.useRecovery') : t('renew.usePassphrase')}
            </button>
          )}
          {!made && kind !== 'shares' && (
            <button type="button" className="link-button" onClick={() => choose('shares')}>
              {t('unlock.useShares')}
            </button>
          )}
          <button type="button" className="link-button" disabled={making.isPending || put.isPending} onClick={leave}>
            {t('renew.leave')}
          </button>
        </div>
      </form>
    </Front>
  );
}

/** What is in a backup. */
function Restored({ view }: { view: RestoreView }) {
  const { t, lang } = useWords();
  const newest = view.newest === undefined ? '—' : formatInstant(view.newest, lang);
  const damage = view.findings.filter((finding) => finding.severity === 'damage');
  return (
    <div role="status" className="stack">
      <p>{t('renew.inBackup', { households: view.households, documents: view.documents })}</p>
      <p>{t('renew.newest', { at: newest })}</p>
      <p className="faint">{t('renew.later')}</p>
      {damage.length > 0 && (
        <div className="error-note">
          <p className="error-note-message">{t('renew.backupBad')}</p>
          <ul>
            {damage.map((finding, index) => (
              <li key={`${finding.code}-${index}`}>{finding.message}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
