import type { Lang } from '../i18n';
import { type Column, optionsOf, type Pack, type PackItem, words } from './pack';
import { valueText } from './valueText';

/** A kept value of an answer: bare, or with its state beside it. */
export interface HeldAnswer {
  value: unknown;
  state: string;
}

/** Reads a kept value; a bare null means that no value was given. */
export function heldAnswer(value: unknown): HeldAnswer {
  if (typeof value === 'object' && value !== null && 'state' in value && typeof value.state === 'string') {
    return { value: (value as { value?: unknown }).value ?? null, state: value.state };
  }
  return { value, state: value === null || value === undefined ? 'unasked' : 'answered' };
}

/** The words of an answer's value, by the options of its item. */
export function answerWords(pack: Pack | undefined, item: PackItem | undefined, value: unknown, lang: Lang): string {
  const options = pack === undefined || item === undefined ? [] : optionsOf(pack, item);
  const one = (code: unknown) => {
    const option = options.find((entry) => entry.code === code);
    return option === undefined ? valueText(code) : words(option.label, lang);
  };
  if (Array.isArray(value) && item?.columns !== undefined) {
    return value.map((row) => rowWords(pack, item.columns ?? [], row, lang)).filter((words) => words !== '').join('／');
  }
  if (Array.isArray(value)) {
    return value.map(one).join('、');
  }
  if (typeof value === 'object' && value !== null) {
    if ('codes' in value && Array.isArray(value.codes)) {
      const primary = 'primary' in value ? value.primary : null;
      return value.codes.map((code: unknown) => (code === primary ? `◎${one(code)}` : one(code))).join('、');
    }
    if (item?.measures !== undefined) {
      return item.measures
        .map((measure) => [measure, (value as Record<string, unknown>)[measure.id]] as const)
        .filter(([, number]) => typeof number === 'number')
        .map(([measure, number]) => `${words(measure.label, lang)} ${String(number)} ${words(measure.unit, lang)}`)
        .join('、');
    }
  }
  return one(value);
}

/** The filled cells of one row of a table, in the order of its columns. */
function rowWords(pack: Pack | undefined, columns: readonly Column[], row: unknown, lang: Lang): string {
  const cells = (row ?? {}) as Record<string, unknown>;
  return columns
    .map((column) => {
      const options = pack === undefined ? [] : optionsOf(pack, column);
      const option = options.find((entry) => entry.code === cells[column.id]);
      return option === undefined ? valueText(cells[column.id]) : words(option.label, lang);
    })
    .filter((cell) => cell !== '')
    .join(' ');
}
