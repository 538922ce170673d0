import { useWords } from '../../i18n';
import type { SaveState } from '../useMergedText';

/** Says whether everything typed is on the disk. */
export function SaveMark({ state }: { state: SaveState }) {
  const { t } = useWords();
  return (
    <span className={`save-state ${state === 'failed' ? 'save-state-failed' : ''}`} role="status">
      {t(`save.${state}`)}
    </span>
  );
}
