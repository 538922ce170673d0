import type { BlockView, NoteView } from '../../bridge';
import { useWords } from '../../i18n';
import { useCodeLabel } from '../../shared/codes';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { PersonName } from '../../shared/ui';

/** The text again, cut into statements: who said what, told apart by name, line and tint. */
export function Runs({ note }: { note: NoteView | undefined }) {
  const { t } = useWords();
  const runs = (note?.blocks ?? []).filter((block) => block.text.trim() !== '');
  return (
    <section className="card" aria-labelledby="runs-head">
      <h3 id="runs-head">{t('note.runs')}</h3>
      {runs.length === 0 ? (
        <p className="faint">{t('note.noRuns')}</p>
      ) : (
        <ul>
          {runs.map((block) => (
            <Run block={block} key={`${block.start} ${block.end}`} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Run({ block }: { block: BlockView }) {
  const { lang } = useWords();
  const { view } = useHousehold();
  const kind = useCodeLabel('statement-kind');
  const source = useCodeLabel('source');
  const secrecy = useCodeLabel('secrecy');
  const about = view.members.filter((member) => block.memberIds.includes(member.id));
  return (
    <li className={block.type === undefined ? 'run run-plain' : `run type-${block.type}`}>
      {block.type !== undefined && (
        <div className="run-head">
          <span className="run-kind">{kind(block.type)}</span>
          {about.map((member) => (
            <PersonName key={member.id} person={member} />
          ))}
          {block.source !== undefined && <span>{source(block.source)}</span>}
          {block.observedOn !== undefined && <span>{formatDate(block.observedOn, lang)}</span>}
          {block.secrecy !== undefined && <span className="tag tag-care">{secrecy(block.secrecy)}</span>}
        </div>
      )}
      {block.text.trim()}
    </li>
  );
}
