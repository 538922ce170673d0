import type { WordView } from '../../bridge';

/** Which word of each row is asked back: any but its check word, drawn anew for each share. */
export function asked(rows: readonly (readonly WordView[])[]): number[] {
  const drawn = crypto.getRandomValues(new Uint8Array(rows.length));
  return rows.map((row, index) => (drawn[index] ?? 0) % Math.max(1, row.length - 1));
}

/** Whether somebody typed this word, in hiragana, katakana or romaji, of any width and case. */
export function isWord(typed: string, word: WordView | undefined): boolean {
  const plain = typed.normalize('NFKC').trim().toLowerCase().replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
  return word !== undefined && (plain === word.kana.normalize('NFKC') || plain === word.romaji.toLowerCase());
}
