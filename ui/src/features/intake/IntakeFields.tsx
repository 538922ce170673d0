import './intake.css';

import { useRef } from 'react';

import type { IntakeView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, write } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { AreaField, AutosaveField, Chips, ErrorNote, SaveMark, WhenFields } from '../../shared/ui';
import { useMergedText } from '../../shared/useMergedText';
import { Similar } from './Similar';

/** Every field of an intake; each saves by itself and none is asked for. */
export function IntakeFields({ intake }: { intake: IntakeView }) {
  const { t } = useWords();
  const channels = useCodes('intake-channel');
  const urgencies = useCodes('urgency');
  const consents = useCodes('intake-consent');
  const area = useRef<HTMLTextAreaElement>(null);
  const text = useMergedText(
    intake,
    (value, base) => write('intake.update', { id: intake.id, field: 'text', value, base }),
    area,
  );
  const put = (field: string) => (value: string | null, base?: string) =>
    tryWrite('intake.update', { id: intake.id, field, value: value === '' ? null : value, base: base ?? intake.version });
  return (
    <div className="stack">
      <div className="field">
        <div className="row row-between">
          <label className="field-label" htmlFor={`intake-${intake.id}`}>
            {t('intake.text')}
          </label>
          <SaveMark state={text.state} />
        </div>
        <textarea id={`intake-${intake.id}`} className="input" rows={4} ref={area} {...text.field} />
        {text.error !== null && <ErrorNote error={text.error} />}
      </div>
      <Chips label={t('intake.channel')} choices={channels} value={intake.channel} onChange={put('channel')} />
      <Chips label={t('intake.urgency')} choices={urgencies} value={intake.urgency} onChange={put('urgency')} />
      <div className="intake-when">
        <Chips label={t('intake.consent')} choices={consents} value={intake.consent} onChange={put('consent')} />
        <WhenFields
          label={t('intake.received')}
          instant={intake.receivedAt}
          onChange={(instant) => void put('receivedAt')(instant)}
        />
      </div>
      <div className="intake-pair">
        <AutosaveField
          label={t('intake.caller')}
          value={intake.callerName ?? ''}
          version={intake.version}
          save={put('callerName')}
        />
        <AutosaveField label={t('intake.phone')} value={intake.phone ?? ''} version={intake.version} save={put('phone')} />
        <AreaField value={intake.areaId} version={intake.version} save={put('areaId')} />
      </div>
      <Similar intake={intake} />
    </div>
  );
}
