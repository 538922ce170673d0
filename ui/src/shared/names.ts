import type { Lang } from '../i18n';

/** What a name needs to be shown; a member's view has it. */
export interface Named {
  familyName: string;
  givenName: string;
  unnamed: boolean;
}

/** Variation selectors: WebKitGTK 2.50 draws a letter that carries one as an empty box. */
const SELECTORS = /[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/gu;

/** The name without variation selectors, and whether there were any. Only for showing; records keep them. */
export function displayable(name: string): { shown: string; changed: boolean } {
  const shown = name.replace(SELECTORS, '');
  return { shown, changed: shown !== name };
}

/** Family and given name in the order of writing; empty while neither is known. */
export function fullName(person: Named): string {
  return [person.familyName, person.givenName].filter((part) => part !== '').join(' ');
}

/** Text by language out of a pair as code lists and packs carry it. */
export function inLang(pair: { ja: string; en: string }, lang: Lang): string {
  return lang === 'en' && pair.en !== '' ? pair.en : pair.ja;
}
