import { Link } from '@tanstack/react-router';

import type { MemberView, MoveView } from '../../bridge';
import { useWords } from '../../i18n';
import { nameOf } from './MoveDialog';

/** Where a member went and where they came from; while two say different things, that too. */
export function MoveLines({ member }: { member: MemberView }) {
  const { t } = useWords();
  return (
    <>
      {member.movedTo !== undefined && <Line words={t('move.wentTo')} end={member.movedTo} />}
      {member.movedFrom !== undefined && <Line words={t('move.cameFrom')} end={member.movedFrom} />}
    </>
  );
}

function Line({ words, end }: { words: string; end: MoveView }) {
  const { t } = useWords();
  return (
    <p>
      {words}{' '}
      <Link to="/households/$householdId/members" params={{ householdId: end.householdId }} {...(end.personId === undefined ? {} : { hash: end.personId })}>
        {nameOf(end.householdName, [], t('household.unnamed'))}
      </Link>{' '}
      {end.undecided && (
        <Link className="tag tag-care" to="/two-views">
          {t('move.undecided')}
        </Link>
      )}
    </p>
  );
}
