import { useState } from 'react';

import type { AddMember as Request } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, write } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { useHousehold } from '../../shared/household';
import { imeSafe, isCtrlEnter } from '../../shared/imeSafe';
import { Button, Chips, DateField, Dialog, Select, TextField } from '../../shared/ui';
import { useDraft } from '../../shared/useDraft';
import { NameFields, type Names } from './NameFields';
import { SamePersonOffer } from './SamePerson';

const NO_NAMES: Names = { familyName: '', givenName: '', familyKana: '', givenKana: '' };

/** Adds a person with whatever is known; also nothing at all. */
export function AddMember({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useWords();
  const { view } = useHousehold();
  const roles = useCodes('member-role');
  const sexes = useCodes('sex');
  const [names, setNames] = useState(NO_NAMES);
  const [birth, setBirth] = useState('');
  const [role, setRole] = useState<string | null>(null);
  const [sex, setSex] = useState<string | null>(null);
  const [phone, setPhone] = useState('');
  const [same, setSame] = useState<string | undefined>(undefined);

  const begun = [names.familyName, names.givenName, names.familyKana, names.givenKana, birth, phone];
  // Half a name is nobody yet; as a memo it waits to be finished.
  useDraft(begun.filter((part) => part.trim() !== '').join(' '), (text) =>
    write('memo.create', { text: t('member.begun', { household: view.name, text }) }).then(() => {
      setNames(NO_NAMES);
      setBirth('');
      setPhone('');
    }),
  );

  const add = async (again: boolean) => {
    const given: [keyof Request, string | null][] = [
      ...(Object.entries(names) as [keyof Names, string][]),
      ['birth', birth],
      ['role', role],
      ['sex', sex],
      ['phone', phone],
      ['samePersonAs', same ?? null],
    ];
    const known = Object.fromEntries(given.filter(([, value]) => value !== null && value.trim() !== ''));
    if ((await tryWrite('member.add', { householdId: view.id, ...known })) !== undefined) {
      // A family shares its name more often than not; the rest begins anew.
      setNames(again ? { ...NO_NAMES, familyName: names.familyName, familyKana: names.familyKana } : NO_NAMES);
      setBirth('');
      setRole(null);
      setSex(null);
      setPhone('');
      setSame(undefined);
      if (!again) {
        onClose();
      }
    }
  };

  return (
    <Dialog title={t('member.addTitle')} isOpen={isOpen} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void add(false);
        }}
        onKeyDown={imeSafe((event) => {
          if (isCtrlEnter(event)) {
            event.preventDefault();
            void add(false);
          }
        })}
      >
        <p className="faint">{t('member.lead')}</p>
        <NameFields names={names} onChange={setNames} />
        <SamePersonOffer names={names} value={same} onChange={setSame} />
        <div className="member-fields">
          <DateField label={t('member.birth')} withAge value={birth} placeholder={t('member.birthHint')} onChange={setBirth} />
          <Select label={t('member.role')} choices={roles} value={role ?? undefined} none={t('common.unknown')} onChange={setRole} />
        </div>
        <Chips label={t('member.sex')} choices={sexes} value={sex ?? undefined} onChange={setSex} />
        <TextField label={t('member.phone')} value={phone} onChange={setPhone} />
        <div className="row row-between">
          <Button onPress={() => void add(true)}>{t('member.addNext')}</Button>
          <div className="row">
            <Button look="quiet" onPress={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" look="main">
              {t('member.addDo')}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}
