import { useState } from 'react';

import { asErrorView, session, type ErrorView, type RecoverySheet } from '../../bridge';
import { useWords } from '../../i18n';
import { refresh, useSession } from '../../shared/cache';
import { Button, ErrorNote, TextField } from '../../shared/ui';
import { ShareFields, type Shares } from './ShareFields';

interface Props {
  onBack: () => void;
  /** With the new recovery sheet, which is shown once. */
  onEntered: (sheet: RecoverySheet) => void;
}

/** Where no administrator is left: two holders take this laptop into the office, and its hub brings the records. */
export function EnterWithShares({ onBack, onEntered }: Props) {
  const { t } = useWords();
  const [url, setUrl] = useState('');
  const [shares, setShares] = useState<Shares>(['', '']);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorView>();
  const authority = useSession('escrow_authority');
  const isEmpty = [url, ...shares].some((text) => text.trim() === '');
  // Not a mutation: the sheet would stay in memory after it was read.
  const enter = () => {
    setBusy(true);
    setError(undefined);
    session('escrow_enter', { url, shares }).then(
      (sheet) => {
        onEntered(sheet);
        refresh(['status']);
      },
      (reason: unknown) => {
        setError(asErrorView(reason));
        setBusy(false);
      },
    );
  };
  return (
    <form
      className="front-card"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <h1>{t('escrow.enterTitle')}</h1>
      <p>{t('escrow.enterWhy')}</p>
      <TextField autoFocus label={t('escrow.hub')} help={t('escrow.enterHub')} value={url} onChange={setUrl} />
      <ShareFields shares={shares} onChange={setShares} />
      <p className="faint">{t('escrow.enterTold')}</p>
      {error !== undefined && <ErrorNote error={error} />}
      {authority.isError && <ErrorNote error={authority.error} />}
      {authority.data != null && <p role="status">{t('escrow.authorityKept', { file: authority.data.file })}</p>}
      <Button type="submit" look="main" size="large" isDisabled={isEmpty || isBusy}>
        {isBusy ? t('escrow.entering') : t('escrow.enter')}
      </Button>
      <div className="row row-between">
        <button type="button" className="link-button" onClick={onBack}>
          {t('common.back')}
        </button>
        <button type="button" className="link-button" onClick={() => authority.mutate({})}>
          {t('escrow.authority')}
        </button>
      </div>
    </form>
  );
}
