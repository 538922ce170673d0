import './member.css';

import { useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import type { MemberView } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { formatDate } from '../../shared/format';
import { gradeOn } from '../../shared/grade';
import { useHousehold } from '../../shared/household';
import { useKeys } from '../../shared/keys';
import { Button, Icon, PersonName } from '../../shared/ui';
import { useAge } from '../../shared/useAge';
import { AddMember } from './AddMember';
import { EditMember } from './EditMember';

/** The people of the household; `whole` opens each of them for editing on a page of its own. */
export function Members({ whole = false }: { whole?: boolean }) {
  const { t } = useWords();
  const { view, readOnly } = useHousehold();
  const hash = useLocation({ select: (location) => location.hash });
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<string | null>(null);

  useEffect(() => {
    if (whole && hash !== '') {
      setOpen(hash);
    }
  }, [whole, hash]);
  useKeys(readOnly ? [] : [{ code: 'KeyM', shown: 'm', label: t('key.member'), run: () => setAdding(true) }]);

  const present = view.members.filter((member) => member.leftOn === undefined);
  const left = view.members.filter((member) => member.leftOn !== undefined);
  const list = (members: MemberView[]) => (
    <ul>
      {members.map((member) => (
        <li key={member.id} className={member.leftOn === undefined ? 'member-row' : 'member-row member-left'}>
          <Line
            member={member}
            isOpen={open === member.id}
            onPress={() => setOpen(open === member.id ? null : member.id)}
          />
          {open === member.id && <EditMember member={member} readOnly={readOnly} />}
        </li>
      ))}
    </ul>
  );
  const section = (
    <section className={whole ? 'card hh-wide' : 'card'} aria-labelledby="members-head">
      <div className="hh-section-head">
        <h2 id="members-head">{t('household.members')}</h2>
        {!readOnly && (
          <Button size="small" onPress={() => setAdding(true)}>
            <Icon name="add" size={16} /> {t('member.add')} <kbd>m</kbd>
          </Button>
        )}
      </div>
      {present.length === 0 && <p className="faint">{t('household.noMembers')}</p>}
      {list(present)}
      {left.length > 0 && (
        <>
          <h3 className="faint">{t('member.leftHead')}</h3>
          {list(left)}
        </>
      )}
      <AddMember isOpen={adding} onClose={() => setAdding(false)} />
    </section>
  );
  return whole ? <div className="hh-inner">{section}</div> : section;
}

function Line({ member, isOpen, onPress }: { member: MemberView; isOpen: boolean; onPress: () => void }) {
  const { t, lang } = useWords();
  const age = useAge();
  const role = useCodeLabel('member-role');
  const reason = useCodeLabel('leave-reason');
  const kana = `${member.familyKana} ${member.givenKana}`.trim();
  const grade = useGrade(member);
  return (
    <button type="button" className="member-line" aria-expanded={isOpen} onClick={onPress}>
      <span className="member-name">
        {kana !== '' && <span className="member-kana">{kana}</span>}
        <PersonName person={member} />
      </span>
      <span>
        {role(member.role)}
        {member.leftOn !== undefined && (
          <span className="faint">
            {' '}
            {formatDate(member.leftOn, lang)} {reason(member.leaveReason)}
          </span>
        )}
      </span>
      <span className="nowrap">
        {member.birth?.age === undefined
          ? (member.birth?.raw ?? <span className="faint">{t('member.birthUnknown')}</span>)
          : age(member.birth.age)}
        {grade !== '' && <span className="member-grade">{grade}</span>}
      </span>
    </button>
  );
}

/** The school year on the day that the page shows; empty where none can be told. */
function useGrade(member: MemberView): string {
  const { t } = useWords();
  const { asOf } = useHousehold();
  const today = useRead('today.get', {}, ['today'], { enabled: asOf === undefined }).data?.date;
  const on = asOf ?? today;
  const { iso, approx = false } = member.birth ?? {};
  const grade = iso === undefined || on === undefined || approx ? undefined : gradeOn(iso, on);
  return grade === undefined ? '' : t(`grade.${grade.school}`, { n: grade.year });
}
