import { useState } from 'react';

import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { Button, ErrorNote, SecretField, TextField } from '../../shared/ui';

/** Whoever forgot the passphrase opens the store with the shares of two holders (預かり札), and chooses a new one. */
export function OpenWithShares({ onBack }: { onBack: () => void }) {
  const { t } = useWords();
  const open = useSession('session_open_with_shares');
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [next, setNext] = useState('');
  const isEmpty = [first, second, next].some((text) => text.trim() === '');
  return (
    <form
      className="front-card"
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate({ shares: [first, second], new: next });
      }}
    >
      <h1>{t('escrow.openTitle')}</h1>
      <p>{t('escrow.openWhy')}</p>
      <TextField autoFocus label={t('escrow.share', { n: 1 })} help={t('escrow.shareHelp')} rows={3} value={first} onChange={setFirst} />
      <TextField label={t('escrow.share', { n: 2 })} rows={3} value={second} onChange={setSecond} />
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
