import './first-run.css';

import { type ReactNode, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';

import type { RecoverySheet, StatusView } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { ErrorNote, Front } from '../../shared/ui';
import { Found } from './Found';
import { Join } from './Join';

interface Props {
  status: StatusView;
  onFounded: (sheet: RecoverySheet) => void;
  /** The screen that restores a backup; it is at home where a store is opened. */
  renderRestore: (onBack: () => void) => ReactNode;
}

/** Four ways to begin; the first needs nothing but one click. */
export function FirstRun({ status, onFounded, renderRestore }: Props) {
  const { t } = useWords();
  const [step, setStep] = useState<'choose' | 'found' | 'join' | 'restore'>('choose');
  const demo = useSession('session_demo');
  const nextStore = useSession('session_next_store');

  if (step === 'found') {
    return <Found onBack={() => setStep('choose')} onFounded={onFounded} />;
  }
  if (step === 'join') {
    return <Join onBack={() => setStep('choose')} onRequested={onFounded} />;
  }
  if (step === 'restore') {
    return renderRestore(() => setStep('choose'));
  }
  return (
    <Front>
      <h1 className="first-title">{t('first.title')}</h1>
      <p className="first-lead">{t('first.lead')}</p>
      <div className="choices">
        <AriaButton className="choice" isDisabled={demo.isPending} onPress={() => demo.mutate({})}>
          <strong>{demo.isPending ? t('first.demoOpening') : t('first.demo')}</strong>
          <span>{t('first.demoWhy')}</span>
        </AriaButton>
        <AriaButton className="choice" onPress={() => setStep('found')}>
          <strong>{t('first.found')}</strong>
          <span>{t('first.foundWhy')}</span>
        </AriaButton>
        <AriaButton className="choice" onPress={() => setStep('join')}>
          <strong>{t('first.join')}</strong>
          <span>{t('first.joinWhy')}</span>
        </AriaButton>
        <AriaButton className="choice" onPress={() => setStep('restore')}>
          <strong>{t('first.restore')}</strong>
          <span>{t('first.restoreWhy')}</span>
        </AriaButton>
      </div>
      {demo.isError && <ErrorNote error={demo.error} />}
      {status.storeCount > 0 && (
        <p className="first-lead">
          <button type="button" className="link-button" onClick={() => nextStore.mutate({})}>
            {t('first.back')}
          </button>
        </p>
      )}
    </Front>
  );
}
