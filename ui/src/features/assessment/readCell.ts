import { run } from '../../bridge';
import { t } from '../../i18n';
import { showError } from '../../shared/toast';

/** A number in any width; null for nothing. What is no number is refused aloud and changes nothing. */
export function readNumber(text: string): number | null | undefined {
  const plain = text.normalize('NFKC').replaceAll(',', '').replace(/[円歳人]$/, '').trim();
  if (plain === '') {
    return null;
  }
  const number = Number(plain);
  if (Number.isNaN(number)) {
    showError({ code: 'not_a_number', message: t('number.problem', { text }), safe: t('number.safe'), next: t('number.next') });
    return undefined;
  }
  return number;
}

/** A date as precise as it was told, as packs keep it; null for nothing, undefined when it does not read. */
export async function readPartialDate(text: string): Promise<Record<string, unknown> | null | undefined> {
  if (text.trim() === '') {
    return null;
  }
  const { value: read } = await run('date.read', { text });
  if (read.problem !== undefined) {
    return undefined;
  }
  return { ...(read.iso === undefined ? {} : { iso: read.iso }), precision: read.precision, approx: read.approx, raw: text };
}
