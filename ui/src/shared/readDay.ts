import { run } from '../bridge';

/** The day that a text names, read anew: what stands below the field may be a letter behind. */
export async function readDay(text: string, direction: 'past' | 'future'): Promise<{ iso?: string; isClear: boolean }> {
  if (text.trim() === '') {
    return { isClear: true };
  }
  const { precision, iso } = (await run('date.read', { text, direction })).value;
  return precision === 'day' && iso !== undefined ? { iso, isClear: true } : { isClear: false };
}
