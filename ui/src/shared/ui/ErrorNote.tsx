import type { ErrorView } from '../../bridge';
import { useWords } from '../../i18n';

/** Without a network everything works on: nobody is to be alarmed. */
const CALM = ['hub_unreachable', 'hub_busy'];

/** What happened, what is safe, what to do next. */
export function ErrorNote({ error }: { error: ErrorView }) {
  const { t } = useWords();
  const words =
    error.message === ''
      ? { message: t('error.message'), safe: t('error.safe'), next: t('error.next') }
      : error;
  return (
    <div className={CALM.includes(error.code) ? 'error-note error-note-calm' : 'error-note'} role="alert">
      <p className="error-note-message">{words.message}</p>
      {words.safe !== '' && <p>{words.safe}</p>}
      {words.next !== '' && <p>{words.next}</p>}
    </div>
  );
}
