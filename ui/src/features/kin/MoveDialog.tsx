import { useState } from 'react';

import type { HouseholdRow, MemberView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { showDone } from '../../shared/toast';
import { Button, Chips, DateField, Dialog, Select, TextField, ToggleChips } from '../../shared/ui';
import { HouseholdPicker } from '../../shared/ui/HouseholdPicker';

const CARRIED = ['birth', 'sex', 'phone', 'school', 'workplace', 'note'] as const;

interface Props {
  member: MemberView;
  isOpen: boolean;
  onClose: () => void;
}

/** Moves a member to another household, or into one of their own. What is written here stays here. */
export function MoveDialog({ isOpen, ...rest }: Props) {
  const { t } = useWords();
  return (
    <Dialog title={t('move.title', { name: fullName(rest.member) || t('member.unnamed') })} isOpen={isOpen} wide stays onClose={rest.onClose}>
      <Form {...rest} />
    </Dialog>
  );
}

function Form({ member, onClose }: Omit<Props, 'isOpen'>) {
  const { t } = useWords();
  const { view } = useHousehold();
  const reasons = useCodes('leave-reason').filter((code) => code.code !== 'elsewhere' && code.code !== 'mistake');
  const roles = useCodes('member-role');
  const [where, setWhere] = useState('other');
  const [to, setTo] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [on, setOn] = useState(t('date.today'));
  const [reason, setReason] = useState<string | null>('moved');
  const [role, setRole] = useState<string | null>(null);
  const [carry, setCarry] = useState<string[]>(['birth', 'sex']);
  const [sending, setSending] = useState(false);
  const choices = CARRIED.filter((field) => !member.shielded.includes(field)).map((field) => ({
    code: field,
    label: t(`field.${field}`),
  }));
  const chosen = where === 'own' || (to !== null && to !== view.id);
  const move = async () => {
    setSending(true);
    const moved = await tryWrite('member.move', {
      id: member.id,
      householdId: view.id,
      ...(where === 'own' ? { newHousehold: name } : { toHouseholdId: to ?? '' }),
      on,
      carry,
      ...(reason === null ? {} : { reason }),
      ...(role === null ? {} : { role }),
    });
    setSending(false);
    if (moved !== undefined) {
      showDone(t('move.done'));
      onClose();
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void move();
      }}
    >
      <p className="faint">{t('move.why')}</p>
      <Chips
        label={t('move.where')}
        choices={[
          { code: 'other', label: t('move.other') },
          { code: 'own', label: t('move.own') },
        ]}
        value={where}
        onChange={(code) => setWhere(code ?? 'other')}
      />
      {where === 'own' ? (
        <TextField label={t('household.name')} value={name} onChange={setName} />
      ) : to === null ? (
        <HouseholdPicker label={t('move.to')} onPick={setTo} />
      ) : (
        <p className="row row-between">
          <Chosen id={to} />
          <Button size="small" look="quiet" onPress={() => setTo(null)}>
            {t('move.another')}
          </Button>
        </p>
      )}
      {to === view.id && <p role="alert">{t('move.sameHousehold')}</p>}
      <div className="member-fields">
        <DateField label={t('move.on')} value={on} onChange={setOn} />
        <Select label={t('member.leaveReason')} choices={reasons} value={reason ?? undefined} none={t('common.unknown')} onChange={setReason} />
        <Select label={t('move.role')} choices={roles} value={role ?? undefined} none={t('common.unknown')} onChange={setRole} />
      </div>
      <ToggleChips label={t('move.carry')} choices={choices} value={carry} onChange={setCarry} />
      <p className="field-help">{t('move.carryWhy')}</p>
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={!chosen || on.trim() === '' || sending}>
          {t('move.do')}
        </Button>
      </div>
    </form>
  );
}

function Chosen({ id }: { id: string }) {
  const { t } = useWords();
  const found = useRead('household.get', { id }, [`household:${id}`]).data;
  return (
    <strong>
      {t('move.to')}: {found === undefined ? '…' : nameOf(found.name, found.members.map((one) => (one.unnamed ? '' : fullName(one))), t('household.unnamed'))}
    </strong>
  );
}

/** The name of a household, or its members' where it has none. */
export function nameOf(name: string, members: HouseholdRow['members'], unnamed: string): string {
  const people = members.filter((member) => member !== '').join('、');
  return displayable(name !== '' ? name : people !== '' ? people : unnamed).shown;
}
