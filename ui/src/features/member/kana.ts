/*
 * The reading of a name, caught while it is typed.
 *
 * An input method shows the kana before it converts them: 「さとう」 and then 「佐藤」. The last kana
 * that were shown are the reading of what was committed.
 */

/** Only kana, with the Latin letters of a syllable that is not finished. */
const KANA = /^[\p{Script=Hiragana}\p{Script=Katakana}ー・\sa-zA-Zａ-ｚＡ-Ｚ]+$/u;
const LATIN = /[a-zA-Zａ-ｚＡ-Ｚ]/gu;

export interface Catching {
  /** The kana that stand in the conversion now. */
  reading: string;
}

export const nothingCaught: Catching = { reading: '' };

/** What the conversion shows now. */
export function shown(state: Catching, text: string): Catching {
  if (!KANA.test(text)) {
    return state;
  }
  const kana = text.replace(LATIN, '');
  return kana === '' ? state : { reading: kana };
}

/** The reading, in full-width katakana, of what was committed; empty when the conversion was given up. */
export function committed(state: Catching, text: string): string {
  if (text === '') {
    return '';
  }
  return toKatakana(KANA.test(text) ? text.replace(LATIN, '') : state.reading);
}

export function toKatakana(text: string): string {
  return text.replace(/[ぁ-ゖ]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0x60));
}
