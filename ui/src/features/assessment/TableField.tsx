import { useRef } from 'react';

import { useWords } from '../../i18n';
import { type Column, optionsOf, type Pack, words } from '../../shared/pack';
import { AutosaveField, Button, DateField, Icon, Select } from '../../shared/ui';
import { useChosen } from '../../shared/useChosen';
import { valueText } from '../../shared/valueText';
import { readNumber, readPartialDate } from './readCell';
import { namesFor, type Row, withCell, withoutRow } from './tableRows';

export type { Row } from './tableRows';

interface Props {
  pack: Pack;
  columns: readonly Column[];
  label: string;
  rows: Row[];
  version: string;
  readOnly: boolean;
  save: (rows: Row[], base: string) => Promise<{ version: string } | undefined>;
}

/** An answer of several rows; an empty row stands ready at the end. */
export function TableField({ pack, columns, label, rows: given, version, readOnly, save }: Props) {
  const { t, lang } = useWords();
  const [rows, choose] = useChosen(given, version, save);
  // Cells save after a rest; each is put into the rows as they are then.
  const now = useRef(rows);
  now.current = rows;
  const names = useRef<number[]>([]);
  names.current = namesFor(names.current, rows.length);

  const put = async (name: number, column: string, value: unknown) => {
    const at = names.current.indexOf(name);
    if (at < 0 || value === undefined) {
      return undefined;
    }
    now.current = withCell(now.current, at, column, value);
    return choose(now.current);
  };
  const remove = (name: number) => {
    const at = names.current.indexOf(name);
    names.current = names.current.filter((entry) => entry !== name);
    now.current = withoutRow(now.current, at);
    void choose(now.current);
  };
  const shown = readOnly ? names.current.slice(0, rows.length) : names.current;
  return (
    <div className="field">
      <span className="field-label">{label}</span>
      <div className="as-table-scroll">
        <table className="as-table" aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.id} scope="col">
                  {words(column.label, lang)}
                </th>
              ))}
              {!readOnly && (
                <th>
                  <span className="visually-hidden">{t('table.remove')}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map((name, index) => (
              <tr key={name}>
                {columns.map((column) => (
                  <td key={column.id}>
                    <Cell
                      pack={pack}
                      column={column}
                      label={`${words(column.label, lang)} ${index + 1}`}
                      value={rows[index]?.[column.id]}
                      version={version}
                      readOnly={readOnly}
                      put={(value) => put(name, column.id, value)}
                    />
                  </td>
                ))}
                {!readOnly && (
                  <td>
                    {index < rows.length && (
                      <Button look="quiet" size="small" aria-label={t('table.removeRow', { n: index + 1 })} onPress={() => remove(name)}>
                        <Icon name="close" size={16} />
                      </Button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface CellProps {
  pack: Pack;
  column: Column;
  label: string;
  value: unknown;
  version: string;
  readOnly: boolean;
  put: (value: unknown) => Promise<{ version: string } | undefined>;
}

function Cell({ pack, column, label, value, version, readOnly, put }: CellProps) {
  const { t, lang } = useWords();
  switch (column.type) {
    case 'date':
      return (
        <DateField
          label={label}
          labelHidden
          readOnly={readOnly}
          value={valueText(value)}
          onCommit={(text) => void readPartialDate(text).then(put)}
        />
      );
    case 'single':
      return (
        <Select
          label={label}
          labelHidden
          isDisabled={readOnly}
          choices={optionsOf(pack, column).map((option) => ({ code: option.code, label: words(option.label, lang) }))}
          value={typeof value === 'string' ? value : undefined}
          none={t('common.none')}
          onChange={(code) => void put(code)}
        />
      );
    case 'number':
    case 'text':
      return (
        <AutosaveField
          label={label}
          labelHidden
          readOnly={readOnly}
          value={valueText(value)}
          version={version}
          save={(text) => put(column.type === 'number' ? readNumber(text) : text)}
        />
      );
  }
}
