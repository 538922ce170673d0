import './front.css';

import type { ReactNode } from 'react';

import { session } from '../../bridge';
import { setLang, useWords } from '../../i18n';
import { Button } from './Button';

/** A screen in front of the lock. */
export function Front({ narrow = false, children }: { narrow?: boolean; children: ReactNode }) {
  const { t, lang } = useWords();
  const other = lang === 'ja' ? 'en' : 'ja';
  return (
    <div className="front">
      <header className="front-head">
        <span className="front-brand" lang="ja">
          まるごと
        </span>
        <Button
          look="quiet"
          size="small"
          onPress={() => {
            setLang(other);
            session('session_settings', { lang: other }).catch(() => null);
          }}
        >
          {t('shell.otherLanguage')}
        </Button>
      </header>
      <main className={narrow ? 'front-main front-narrow' : 'front-main'}>{children}</main>
    </div>
  );
}
