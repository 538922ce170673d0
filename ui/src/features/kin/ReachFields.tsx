import './kin.css';

import { useState } from 'react';

import type { MemberView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useStatus } from '../../shared/cache';
import { useHousehold } from '../../shared/household';
import { showDone } from '../../shared/toast';
import { AutosaveField, Button, Dialog, TextField, ToggleChips } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

const FIELDS = ['phone', 'address', 'school', 'workplace'] as const;

interface Props {
  member: MemberView;
  readOnly: boolean;
  put: (field: string) => (value: string | null, base?: string) => Promise<MemberView | undefined>;
}

/** Where somebody is reached. A shielded field says 秘匿; readers who opened the restricted record see its value here. */
export function ReachFields({ member, readOnly, put }: Props) {
  const { t } = useWords();
  const { view } = useHousehold();
  const [shielding, setShielding] = useState(false);
  const known = view.local.shielded.find((one) => one.memberId === member.id);
  const unshield = async (field: string) => {
    if ((await tryWrite('member.unshield', { id: member.id, field })) !== undefined) {
      showDone(t('shield.openDone'));
    }
  };
  return (
    <>
      <div className="member-fields">
        {FIELDS.map((field) =>
          member.shielded.includes(field) ? (
            <div className="field" key={field}>
              <span className="field-label">{t(`field.${field}`)}</span>
              <span className="shield-value">
                <span className="tag tag-care">{t('shield.tag')}</span> {known?.[field]}
                {!readOnly && known !== undefined && (
                  <Button size="small" look="quiet" onPress={() => void unshield(field)}>
                    {t('shield.open')}
                  </Button>
                )}
              </span>
            </div>
          ) : (
            <AutosaveField
              key={field}
              label={t(`field.${field}`)}
              readOnly={readOnly}
              value={member[field] ?? ''}
              version={member.version}
              save={put(field)}
            />
          ),
        )}
      </div>
      {!readOnly && (
        <div>
          <Button size="small" look="quiet" onPress={() => setShielding(true)}>
            {t('shield.do')}
          </Button>
        </div>
      )}
      <Dialog title={t('shield.title')} isOpen={shielding} wide stays onClose={() => setShielding(false)}>
        <ShieldForm member={member} onClose={() => setShielding(false)} />
      </Dialog>
    </>
  );
}

function ShieldForm({ member, onClose }: { member: MemberView; onClose: () => void }) {
  const { t } = useWords();
  const { view } = useHousehold();
  const known = view.local.shielded.find((one) => one.memberId === member.id);
  const me = useStatus().data?.worker?.id;
  const others = useWorkers().filter((worker) => worker.code !== me);
  const [fields, setFields] = useState<string[]>([...member.shielded]);
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(FIELDS.map((field) => [field, known?.[field] ?? member[field] ?? ''])),
  );
  const [readers, setReaders] = useState<string[]>([]);
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const shield = async () => {
    setSending(true);
    const done = await tryWrite('member.shield', {
      id: member.id,
      ...Object.fromEntries(fields.map((field) => [field, values[field] ?? ''])),
      ...(known === undefined ? { restrictTo: readers, reason } : {}),
    });
    setSending(false);
    if (done !== undefined) {
      showDone(t('shield.done'));
      onClose();
    }
  };
  // Shielded by others, and not opened: what stands there is not known here.
  const closed = member.shielded.length > 0 && known === undefined;
  if (closed) {
    return <p>{t('shield.openFirst')}</p>;
  }
  const before = fields.some((field) => (member[field as 'phone'] ?? '') !== '');
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void shield();
      }}
    >
      <p className="faint">{t('shield.why')}</p>
      <ToggleChips
        label={t('shield.what')}
        choices={FIELDS.map((field) => ({ code: field, label: t(`field.${field}`) }))}
        value={fields}
        onChange={(chosen) => setFields([...new Set([...member.shielded, ...chosen])])}
      />
      {fields.map((field) => (
        <TextField
          key={field}
          label={t(`field.${field as 'phone'}`)}
          value={values[field] ?? ''}
          onChange={(text) => setValues({ ...values, [field]: text })}
        />
      ))}
      {before && <p role="note">{t('shield.before')}</p>}
      {member.samePersonAs.length > 0 && <p role="note">{t('shield.elsewhere')}</p>}
      {known === undefined && (
        <>
          <ToggleChips label={t('restricted.chooseWho')} choices={others} value={readers} onChange={setReaders} />
          <TextField label={t('shield.reason')} help={t('restricted.reasonHelp')} value={reason} onChange={setReason} />
        </>
      )}
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={sending || fields.length === 0 || (known === undefined && (reason.trim() === '' || readers.length === 0))}>
          {t('shield.do')}
        </Button>
      </div>
    </form>
  );
}
