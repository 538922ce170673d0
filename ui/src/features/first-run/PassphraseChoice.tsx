import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { Button, SecretField, Words } from '../../shared/ui';

interface Props {
  value: string;
  onChange: (passphrase: string) => void;
}

/** Seven generated words first; an own passphrase with its strength on demand. */
export function PassphraseChoice({ value, onChange }: Props) {
  const { t, lang } = useWords();
  const [own, setOwn] = useState(false);
  const offer = useQuery({
    queryKey: ['session_suggest_passphrase'],
    queryFn: () => session('session_suggest_passphrase', {}),
    gcTime: 0,
  });
  const words = offer.data?.words;

  useEffect(() => {
    if (!own && words !== undefined) {
      onChange(words.map((word) => (lang === 'ja' ? word.kana : word.romaji)).join(' '));
    }
  }, [own, words, lang, onChange]);

  return (
    <fieldset className="stack">
      <legend className="field-label">{t('passphrase.legend')}</legend>
      {own ? (
        <>
          <SecretField label={t('passphrase.own')} help={t('passphrase.ownHelp')} shownFirst value={value} onChange={onChange} />
          <Strength secret={value} />
        </>
      ) : (
        <>
          <p>{t('passphrase.offer')}</p>
          {words !== undefined && <Words words={words} label={t('passphrase.legend')} />}
        </>
      )}
      <div className="row">
        {!own && (
          <Button size="small" onPress={() => void offer.refetch()}>
            {t('passphrase.another')}
          </Button>
        )}
        <button
          type="button"
          className="link-button"
          onClick={() => {
            onChange('');
            setOwn(!own);
          }}
        >
          {own ? t('passphrase.useOffer') : t('passphrase.useOwn')}
        </button>
      </div>
    </fieldset>
  );
}

/** How strong an own passphrase is, in words beside the bar. */
export function Strength({ secret }: { secret: string }) {
  const { t } = useWords();
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(secret), 200);
    return () => clearTimeout(timer);
  }, [secret]);
  const strength = useQuery({
    queryKey: ['session_strength', asked],
    queryFn: () => session('session_strength', { secret: asked }),
    enabled: asked !== '',
    gcTime: 0,
  }).data;
  const level = asked === '' ? 'tooShort' : ((strength?.level ?? 'tooShort') as 'tooShort' | 'weak' | 'fair' | 'good');
  return (
    <div className="strength" role="status">
      <span>{t(`strength.${level}`)}</span>
      <meter min={0} max={90} low={45} high={65} optimum={90} value={asked === '' ? 0 : (strength?.bits ?? 0)} aria-label={t('strength.label')} />
    </div>
  );
}
