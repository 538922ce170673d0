import './blank.css';

import { useEffect, useRef, useSyncExternalStore } from 'react';

import { useWords } from '../i18n';
import { holdKeys, isPlainEnter } from '../shared/imeSafe';

let blank = false;
const listeners = new Set<() => void>();

/** Hides everything at once; the keys stay, nothing is closed. */
export function setBlank(next: boolean): void {
  blank = next;
  listeners.forEach((tell) => tell());
}

/** A plain surface over the whole window, until somebody presses Enter. */
export function Blank() {
  const { t } = useWords();
  const shown = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => blank,
  );
  const before = useRef<Element | null>(null);
  const surface = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!shown) {
      return undefined;
    }
    before.current = document.activeElement;
    surface.current?.focus();
    return holdKeys((event) => {
      surface.current?.classList.add('blank-asked');
      if (isPlainEnter(event)) {
        setBlank(false);
        if (before.current instanceof HTMLElement) {
          before.current.focus();
        }
      }
    });
  }, [shown]);

  if (!shown) {
    return null;
  }
  return (
    <div className="blank" ref={surface} tabIndex={-1} role="dialog" aria-modal="true" aria-label={t('blank.title')}>
      <p className="blank-hint">{t('blank.hint')}</p>
    </div>
  );
}
