import { useWords } from '../../i18n';
import { displayable, fullName, type Named } from '../names';

/** A member's name as it can be drawn everywhere; the tooltip says where a letter has a written variant. */
export function PersonName({ person }: { person: Named }) {
  const { t } = useWords();
  if (person.unnamed) {
    return <span className="faint">{t('member.unnamed')}</span>;
  }
  const name = fullName(person);
  const { shown, changed } = displayable(name);
  return changed ? <span title={t('member.variantLetter')}>{shown}</span> : <span>{shown}</span>;
}
