import { useState } from 'react';
import { Checkbox } from 'react-aria-components';

import type { ExportBundle } from '../../bridge';
import { useWords } from '../../i18n';
import { useCodes } from '../../shared/codes';
import { DateField, Select, TextField } from '../../shared/ui';

interface Props {
  value: ExportBundle;
  onChange: (value: ExportBundle) => void;
}

/** What goes into the file, and what the register is to say of it. Nothing of it has to be filled in. */
export function CarryOut({ value, onChange }: Props) {
  const { t } = useWords();
  /** What was typed names no day, and is not kept. */
  const [isUnclear, setUnclear] = useState(false);
  const media = useCodes('medium');
  const put = <K extends keyof ExportBundle>(key: K, given: ExportBundle[K] | undefined) => {
    const { [key]: _, ...rest } = value;
    onChange(given === undefined ? rest : { ...rest, [key]: given });
  };
  return (
    <>
      <Checkbox
        className="check"
        isSelected={value.complete === true}
        onChange={(chosen) => put('complete', chosen ? true : undefined)}
      >
        <span className="check-box" aria-hidden="true" />
        {t('exchange.carryAll')}
      </Checkbox>
      <p className="faint">{t('exchange.carryAllWhy')}</p>
      <details>
        <summary>{t('exchange.carryDetails')}</summary>
        <div className="stack">
          <Select
            label={t('exchange.carryMedium')}
            none={t('exchange.carryMediumNone')}
            choices={media}
            value={value.medium}
            onChange={(code) => put('medium', code ?? undefined)}
          />
          <TextField
            label={t('exchange.carryPurpose')}
            maxLength={200}
            value={value.purpose ?? ''}
            onChange={(text) => put('purpose', text === '' ? undefined : text)}
          />
          <DateField
            label={t('exchange.carryReturnBy')}
            direction="future"
            value={value.returnBy ?? ''}
            onCommit={(text, iso) => {
              setUnclear(text.trim() !== '' && iso === undefined);
              put('returnBy', iso);
            }}
          />
          {isUnclear && (
            <p role="alert" className="field-error">
              {t('date.needDay')}
            </p>
          )}
        </div>
      </details>
    </>
  );
}
