import './first-run.css';

import { useState } from 'react';

import { asErrorView, type RecoverySheet as Sheet, session } from '../../bridge';
import { useWords } from '../../i18n';
import { formatDate } from '../../shared/format';
import { showError } from '../../shared/toast';
import { Button, Front, Words } from '../../shared/ui';

/** Shown once: what opens the store when the passphrase is forgotten. */
export function RecoverySheet({ sheet, onDone }: { sheet: Sheet; onDone: () => void }) {
  const { t, lang } = useWords();
  const [told, setTold] = useState('');

  const text = [
    `${t('sheet.title')} ${sheet.office} ${sheet.worker} ${formatDate(sheet.date, lang)}`,
    sheet.recoveryCode === '' ? '' : `${t('sheet.recoveryCode')}: ${sheet.recoveryCode}`,
    sheet.paperAdminKey === '' ? '' : `${t('sheet.paperAdminKey')}: ${sheet.paperAdminKey}`,
    sheet.officeWords.length === 0 ? '' : `${t('sheet.officeWords')}: ${sheet.officeWords.map((word) => `${word.kana}（${word.romaji}）`).join(' ')}`,
  ]
    .filter((line) => line !== '')
    .join('\n');

  const save = async () => {
    try {
      const saved = await session('recovery_save', { sheet });
      if (saved !== null) {
        setTold(t('sheet.saved', { file: saved.file }));
      }
    } catch (error) {
      showError(asErrorView(error));
    }
  };

  return (
    <Front>
      <div className="front-card">
        <h1>{t('sheet.title')}</h1>
        <p>{t(sheet.recoveryCode === '' ? 'sheet.leadNew' : 'sheet.lead')}</p>
        <dl className="sheet-list">
          <div>
            <dt>{t('sheet.office')}</dt>
            <dd>
              {[sheet.office, sheet.worker, formatDate(sheet.date, lang)].filter((part) => part !== '').join(' ・ ')}
            </dd>
          </div>
          {sheet.recoveryCode !== '' && (
            <div>
              <dt>{t('sheet.recoveryCode')}</dt>
              <dd className="sheet-value">{sheet.recoveryCode}</dd>
            </div>
          )}
          {sheet.paperAdminKey !== '' && (
            <div>
              <dt>{t('sheet.paperAdminKey')}</dt>
              <dd className="sheet-value">{sheet.paperAdminKey}</dd>
              <dd className="field-help">{t('sheet.paperAdminHelp')}</dd>
            </div>
          )}
          {sheet.officeWords.length > 0 && (
            <div>
              <dt>{t('sheet.officeWords')}</dt>
              <dd>
                <Words words={sheet.officeWords} label={t('sheet.officeWords')} />
              </dd>
            </div>
          )}
        </dl>
        <p role="status" className="field-help">
          {told}
        </p>
        <div className="row row-between">
          <div className="row">
            <Button
              onPress={() => {
                void navigator.clipboard.writeText(text).then(() => setTold(t('sheet.copied')));
              }}
            >
              {t('sheet.copy')}
            </Button>
            <Button onPress={() => void save()}>{t('sheet.save')}</Button>
          </div>
          <Button look="main" size="large" onPress={onDone}>
            {t('sheet.done')}
          </Button>
        </div>
      </div>
    </Front>
  );
}
