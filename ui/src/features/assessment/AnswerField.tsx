import { useState } from 'react';

import type { AnswerView, AssessmentView } from '../../bridge';
import { useWords } from '../../i18n';
import { valueText } from '../../shared/valueText';
import { optionsOf, type Pack, type PackItem, words } from '../../shared/pack';
import { AutosaveField, Chips, DateField, Select, ToggleChips } from '../../shared/ui';
import { readNumber, readPartialDate } from './readCell';
import { type Row, TableField } from './TableField';
import type { useAnswers } from './useAnswers';

interface Props {
  view: AssessmentView;
  pack: Pack;
  subject: string;
  item: PackItem;
  given: AnswerView | undefined;
  readOnly: boolean;
  labelHidden?: boolean;
  answer: ReturnType<typeof useAnswers>['answer'];
}

const NO_ROWS: Row[] = [];
const STATES = ['unasked', 'notNow', 'declined'] as const;

/** One question in the form of its type. "Not asked", "not now" and "rather not say" are answers of every choice. */
export function AnswerField({ view, pack, subject, item, given, readOnly, labelHidden = false, answer }: Props) {
  const { t, lang } = useWords();
  const label = words(item.label, lang) + (item.unit === undefined ? '' : `（${words(item.unit, lang)}）`);
  const value = given?.state === 'answered' ? given.value : null;
  const give = (next: unknown, base?: string) =>
    next === null || next === ''
      ? answer({ subject, item: item.id, value: null, state: 'unasked' }, base)
      : answer({ subject, item: item.id, value: next }, base);
  const options = optionsOf(pack, item).map((option) => ({ code: option.code, label: words(option.label, lang) }));
  const states = STATES.map((code) => ({ code: `:${code}`, label: t(`state.${code}`), quiet: true }));

  switch (item.type) {
    case 'scale':
    case 'single':
      return (
        <Chips
          label={label}
          labelHidden={labelHidden}
          isDisabled={readOnly}
          choices={[...options, ...states]}
          value={given === undefined ? undefined : given.state === 'answered' ? String(given.value) : `:${given.state}`}
          onChange={(code) => {
            if (code === null) {
              void give(null);
            } else if (code.startsWith(':')) {
              void answer({ subject, item: item.id, value: null, state: code.slice(1) });
            } else {
              void give(code);
            }
          }}
        />
      );
    case 'multiple': {
      const chosen = Array.isArray(value) ? (value as string[]) : [];
      return (
        <ToggleChips
          label={label}
          isDisabled={readOnly}
          choices={options}
          value={chosen}
          onChange={(codes) => void give(withoutContradiction(pack, item, chosen, codes))}
        />
      );
    }
    case 'multipleWithPrimary': {
      const chosen = (value ?? { codes: [], primary: null }) as { codes: string[]; primary: string | null };
      return (
        <div className="stack">
          <ToggleChips
            label={label}
            isDisabled={readOnly}
            choices={options}
            value={chosen.codes}
            onChange={(codes) =>
              void give({ codes, primary: codes.includes(chosen.primary ?? '') ? chosen.primary : null })
            }
          />
          <Select
            label={t('assessment.primary')}
            isDisabled={readOnly}
            choices={options.filter((option) => chosen.codes.includes(option.code))}
            value={chosen.primary ?? undefined}
            none={t('common.none')}
            onChange={(primary) => void give({ ...chosen, primary })}
          />
        </div>
      );
    }
    case 'measure':
      return (
        <Measures
          item={item}
          label={label}
          value={(value ?? {}) as Record<string, number>}
          readOnly={readOnly}
          onChange={(next) => void give(Object.keys(next).length === 0 ? null : next)}
        />
      );
    case 'date':
      return (
        <DateField
          label={label}
          readOnly={readOnly}
          value={valueText(value)}
          onCommit={(text) => {
            void readPartialDate(text).then((read) => (read === undefined ? undefined : give(read)));
          }}
        />
      );
    case 'number':
      return (
        <AutosaveField
          label={label}
          readOnly={readOnly}
          value={valueText(value)}
          version={view.version}
          save={async (text, base) => {
            const read = readNumber(text);
            return read === undefined ? undefined : give(read, base);
          }}
        />
      );
    case 'table':
      return (
        <TableField
          pack={pack}
          columns={item.columns ?? []}
          label={label}
          rows={Array.isArray(value) ? (value as Row[]) : NO_ROWS}
          version={view.version}
          readOnly={readOnly}
          save={(rows, base) => give(rows.length === 0 ? null : rows, base)}
        />
      );
    case 'text':
      return (
        <AutosaveField
          label={label}
          rows={2}
          readOnly={readOnly}
          value={valueText(value)}
          version={view.version}
          save={(text, base) => give(text, base)}
        />
      );
  }
}

/** An option that stands alone ("none of these") takes the others away, and they take it away. */
function withoutContradiction(pack: Pack, item: PackItem, before: string[], after: string[]): string[] {
  const alone = new Set(optionsOf(pack, item).filter((option) => option.alone === true).map((option) => option.code));
  const added = after.find((code) => !before.includes(code));
  if (added === undefined) {
    return after;
  }
  return alone.has(added) ? [added] : after.filter((code) => !alone.has(code));
}

interface MeasuresProps {
  item: PackItem;
  label: string;
  value: Record<string, number>;
  readOnly: boolean;
  onChange: (value: Record<string, number>) => void;
}

function Measures({ item, label, value, readOnly, onChange }: MeasuresProps) {
  const { lang } = useWords();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const parts = item.measures ?? [];
  return (
    <fieldset>
      <legend className="field-label">{label}</legend>
      <div className="row">
        {parts.map((part) => (
          <label className="row" key={part.id}>
            <span>{words(part.label, lang)}</span>
            <input
              className="input as-measure"
              inputMode="decimal"
              readOnly={readOnly}
              value={typed[part.id] ?? valueText(value[part.id])}
              onChange={(event) => setTyped({ ...typed, [part.id]: event.target.value })}
              onBlur={() => {
                const text = typed[part.id];
                if (text !== undefined) {
                  const { [part.id]: _, ...others } = value;
                  const number = readNumber(text);
                  if (number !== undefined) {
                    onChange(number === null ? others : { ...others, [part.id]: number });
                  }
                  setTyped({});
                }
              }}
            />
            <span>{words(part.unit, lang)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
