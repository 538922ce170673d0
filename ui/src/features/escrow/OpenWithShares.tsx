import { useState } from 'react';

import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { Button, ErrorNote, SecretField } from '../../shared/ui';
import { ShareFields, type Shares } from './ShareFields';

/** Whoever forgot the passphrase opens the store with the shares of two holders (預かり札), and chooses a new one. */
export function OpenWithShares({ onBack }: { onBack: () => void }) {
  const { t } = useWords();
  const open = useSession('session_open_with_shares');
  const [shares, setShares] = useState<Shares>(['', '']);
  const [next, setNext] = useState('');
  const isEmpty = [...shares, next].some((text) => text.trim() === '');
  return (
    <form
      className="front-card"
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate({ shares, new: next });
      }}
    >
      <h1>{t('escrow.openTitle')}</h1>
      <p>{t('escrow.openWhy')}</p>
      <ShareFields autoFocus shares={shares} onChange={setShares} />
      <SecretField label={t('settings.passphraseNew')} help={t('passphrase.ownHelp')} shownFirst value={next} onChange={setNext} />
      <p className="faint">{t('escrow.openTold')}</p>
      {open.isError && <ErrorNote error={open.error} />}
      <Button type="submit" look="main" size="large" isDisabled={isEmpty || open.isPending}>
        {open.isPending ? t('unlock.opening') : t('unlock.open')}
      </Button>
      <div className="row">
        <button type="button" className="link-button" onClick={onBack}>
          {t('unlock.usePassphrase')}
        </button>
      </div>
    </form>
  );
}
