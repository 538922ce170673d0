import { useState } from 'react';

import type { MemberView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { AutosaveField, Button, Chips, DateField, Select } from '../../shared/ui';
import { Attachments } from '../attachment';
import { MoveDialog, MoveLines, ReachFields } from '../kin';
import { SamePersonLinks } from './SamePerson';
import { SavedName } from './SavedName';

/** Every field of one person, in place; each saves by itself. */
export function EditMember({ member, readOnly }: { member: MemberView; readOnly: boolean }) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const roles = useCodes('member-role');
  const sexes = useCodes('sex');
  const [leaving, setLeaving] = useState(false);
  const [moving, setMoving] = useState(false);
  const put = (field: string) => (value: string | null, base?: string) =>
    tryWrite('member.update', {
      id: member.id,
      field,
      value: value === '' ? null : value,
      base: base ?? member.version,
      ...(field === 'role' ? { householdId: view.id } : {}),
    });
  // The role stands in the household's document and is made against its version.
  const putRole = (role: string | null) =>
    tryWrite('member.update', { id: member.id, field: 'role', value: role, householdId: view.id, base: view.version });
  const named = { member, readOnly, save: (field: string, value: string, base: string) => put(field)(value, base) };
  return (
    <div className="member-edit">
      <div className="member-fields">
        <SavedName
          {...named}
          name="familyName"
          kana="familyKana"
          nameLabel={t('member.familyName')}
          kanaLabel={t('member.familyKana')}
        />
        <SavedName
          {...named}
          name="givenName"
          kana="givenKana"
          nameLabel={t('member.givenName')}
          kanaLabel={t('member.givenKana')}
        />
        <DateField
          label={t('member.birth')}
          withAge
          readOnly={readOnly}
          value={member.birth?.raw ?? ''}
          placeholder={t('member.birthHint')}
          onCommit={(typed) => void put('birth')(typed)}
        />
        <Select
          label={t('member.role')}
          choices={roles}
          value={member.role}
          none={t('common.unknown')}
          isDisabled={readOnly}
          onChange={(code) => void putRole(code)}
        />
      </div>
      <ReachFields member={member} readOnly={readOnly} put={put} />
      <Chips label={t('member.sex')} choices={sexes} value={member.sex} isDisabled={readOnly} onChange={put('sex')} />
      <AutosaveField
        label={t('member.note')}
        rows={2}
        readOnly={readOnly}
        value={member.note ?? ''}
        version={member.version}
        save={put('note')}
      />
      {!readOnly && <Attachments memberId={member.id} />}
      <MoveLines member={member} />
      <SamePersonLinks member={member} />
      <div className="row row-between">
        <span className="faint">{t('common.by', { name: member.author.name, at: formatInstant(member.at, lang) })}</span>
        {!readOnly && member.leftOn === undefined && (
          <span className="row">
            <Button look="quiet" size="small" onPress={() => setMoving(true)}>
              {t('move.open')}
            </Button>
            <Button look="quiet" size="small" onPress={() => setLeaving(!leaving)}>
              {t('member.leave')}
            </Button>
          </span>
        )}
      </div>
      <MoveDialog member={member} isOpen={moving} onClose={() => setMoving(false)} />
      {leaving && <Leave member={member} onDone={() => setLeaving(false)} />}
    </div>
  );
}

/** Ends a membership with its day and reason; the person and everything about them stays. */
function Leave({ member, onDone }: { member: MemberView; onDone: () => void }) {
  const { t } = useWords();
  const { view } = useHousehold();
  const reasons = useCodes('leave-reason');
  const [on, setOn] = useState(t('date.today'));
  const [reason, setReason] = useState<string | null>(null);
  return (
    <form
      className="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        void tryWrite('member.leave', {
          id: member.id,
          householdId: view.id,
          on,
          ...(reason === null ? {} : { reason }),
        }).then((left) => left !== undefined && onDone());
      }}
    >
      <div className="member-fields">
        <DateField label={t('member.leaveOn')} value={on} onChange={setOn} />
        <Select
          label={t('member.leaveReason')}
          choices={reasons}
          value={reason ?? undefined}
          none={t('common.unknown')}
          onChange={setReason}
        />
      </div>
      <div className="row row-end">
        <Button onPress={onDone}>{t('common.cancel')}</Button>
        <Button type="submit">{t('member.leaveDo')}</Button>
      </div>
    </form>
  );
}
