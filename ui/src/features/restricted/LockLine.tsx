import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { Icon } from '../../shared/ui';

/** Who reads the restricted record that somebody is looking at; nothing where it is not restricted. */
export function LockLine({ id }: { id: string }) {
  const { t } = useWords();
  const list = useRead('restricted.list', {}, ['restricted']).data?.items ?? [];
  const home = list.find((item) => item.entries.some((entry) => entry.id === id));
  if (home === undefined) {
    return null;
  }
  return (
    <p className="row" role="note">
      <Icon name="lock" /> <span className="tag tag-care">{t('restricted.tag')}</span>{' '}
      {t('restricted.lead', { names: home.readers.map((reader) => reader.name).join('、') })}
    </p>
  );
}
