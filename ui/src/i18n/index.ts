import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

import en from './en.json';
import ja from './ja.json';

export type Lang = 'ja' | 'en';
/** The Japanese words are the measure: a key that is missing there, or in English, is a type error. */
export type Words = typeof ja;

const english: Words = en;

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Words };
    returnNull: false;
  }
}

void i18next.use(initReactI18next).init({
  resources: { ja: { translation: ja }, en: { translation: english } },
  lng: 'ja',
  fallbackLng: false,
  interpolation: { escapeValue: false },
});

export const t = i18next.t;

/** Switches every word on the screen. */
export function setLang(lang: Lang): void {
  document.documentElement.lang = lang;
  if (i18next.language !== lang) {
    void i18next.changeLanguage(lang);
  }
}

/** The words of the user's language, and the language. */
export function useWords() {
  const { t, i18n } = useTranslation();
  return { t, lang: (i18n.language === 'en' ? 'en' : 'ja') as Lang };
}
