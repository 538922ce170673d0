import { useWords, type Words } from '../i18n';

type FieldName = keyof Words['field'];

/** What a field is called on the screen, from `map/key` or a bare name; `text` is the text itself. */
export function useFieldLabel(): (path: string) => string {
  const { t } = useWords();
  return (path) => {
    const name = path.split('/').at(-1) ?? path;
    const words = t(`field.${name as FieldName}`, { defaultValue: '' });
    return words === '' ? path : words;
  };
}
