import { useState } from 'react';

import { useWords } from '../../i18n';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { AnswerField } from './AnswerField';
import { Both } from './Both';
import type { DetailsProps } from './Details';

/** What is asked of one person towards another: one line for each of the others, opened when it matters. */
export function Relations(props: DetailsProps) {
  const { pack, area, subject, answers, conflicts } = props;
  const { t } = useWords();
  const { view: household } = useHousehold();
  const [open, setOpen] = useState<string | null>(null);
  const items = pack.items.filter((item) => item.area === area.id && item.appliesTo.includes('relation'));
  const answered = (pair: string) =>
    items.filter((item) => answers.has(`${pair}/${item.id}`) || conflicts.has(`${pair}/${item.id}`)).length;
  const others = household.members.filter(
    (member) => member.id !== subject && (member.leftOn === undefined || answered(`${subject}>${member.id}`) > 0),
  );
  if (items.length === 0 || others.length === 0) {
    return null;
  }
  return (
    <div className="as-relations">
      {others.map((member) => {
        const pair = `${subject}>${member.id}`;
        const name = member.unnamed ? t('member.unnamed') : displayable(fullName(member)).shown;
        const count = answered(pair);
        const isOpen = open === pair;
        return (
          <section key={pair} aria-label={t('assessment.relation', { name })}>
            <button
              type="button"
              className="as-relation"
              aria-expanded={isOpen}
              onClick={() => setOpen(isOpen ? null : pair)}
            >
              <strong>{t('assessment.relation', { name })}</strong>
              <span className="faint">{count > 0 ? t('assessment.answered', { n: count }) : t('state.unasked')}</span>
            </button>
            {isOpen && (
              <div className="as-relation-items">
                {items.map((item) => {
                  const conflict = conflicts.get(`${pair}/${item.id}`);
                  return (
                    <div key={item.id}>
                      {conflict !== undefined && <Both {...props} conflict={conflict} item={item} />}
                      <AnswerField {...props} subject={pair} item={item} given={answers.get(`${pair}/${item.id}`)} />
                    </div>
                  );
                })}
              </div>
            )}
          </section>
        );
      })}
    </div>
  );
}
