import { useWords } from '../i18n';

/** An age, or the ages that are possible: 51〜60歳. */
export function useAge(): (age: string) => string {
  const { t } = useWords();
  return (age) => t('date.age', { age: age.replace('-', t('date.ageTo')) });
}
