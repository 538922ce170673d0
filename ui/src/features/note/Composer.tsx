import { useState } from 'react';

import { asErrorView, type NewBlock } from '../../bridge';
import { useWords } from '../../i18n';
import { type Choice, useCodes } from '../../shared/codes';
import { imeSafe, isCtrlEnter } from '../../shared/imeSafe';
import { showError } from '../../shared/toast';
import { Button, Chips, DateField, Select, ToggleChips } from '../../shared/ui';
import { useDraft } from '../../shared/useDraft';

interface Props {
  kinds: readonly Choice[];
  members: readonly Choice[];
  onAdd: (block: NewBlock) => Promise<void>;
}

/** Writes one typed statement with what belongs to it, and puts it at the end of the note. */
export function Composer({ kinds, members, onAdd }: Props) {
  const { t } = useWords();
  const sources = useCodes('source');
  const secrecies = useCodes('secrecy');
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [memberIds, setMemberIds] = useState<string[]>([]);
  const [source, setSource] = useState<string | null>(null);
  const [observed, setObserved] = useState({ text: '', iso: undefined as string | undefined });
  const [secrecy, setSecrecy] = useState<string | null>(null);

  const chosen = kind ?? kinds[0]?.code ?? 'fact';
  const put = async (begun: string) => {
    await onAdd({
      type: chosen,
      text: begun,
      ...(memberIds.length === 0 ? {} : { memberIds }),
      ...(source === null ? {} : { source }),
      ...(observed.iso === undefined ? {} : { observedOn: observed.iso }),
      ...(secrecy === null ? {} : { secrecy }),
    });
    setText('');
  };
  useDraft(text, put);

  if (!open) {
    return (
      <div>
        <Button size="small" onPress={() => setOpen(true)}>
          {t('composer.open')}
        </Button>
      </div>
    );
  }
  const add = async () => {
    if (text.trim() === '') {
      return;
    }
    try {
      await put(text);
    } catch (error) {
      showError(asErrorView(error));
    }
  };
  return (
    <section className="card stack" aria-label={t('composer.title')}>
      <h3>{t('composer.title')}</h3>
      <Chips label={t('composer.kind')} choices={kinds} value={chosen} onChange={(code) => setKind(code ?? chosen)} />
      <div className="field">
        <label className="field-label" htmlFor="composer-text">
          {t('composer.text')}
        </label>
        <textarea
          id="composer-text"
          className="input"
          rows={3}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={imeSafe((event) => {
            if (isCtrlEnter(event)) {
              event.preventDefault();
              void add();
            }
          })}
        />
      </div>
      <ToggleChips label={t('composer.about')} choices={members} value={memberIds} onChange={setMemberIds} />
      <div className="composer-pair">
        <Select label={t('composer.source')} choices={sources} value={source ?? undefined} none={t('common.none')} onChange={setSource} />
        <Select label={t('composer.secrecy')} choices={secrecies} value={secrecy ?? undefined} none={t('common.none')} onChange={setSecrecy} />
        <DateField
          label={t('composer.observed')}
          value={observed.text}
          onCommit={(typed, iso) => setObserved({ text: typed, iso })}
        />
      </div>
      <div className="row row-between">
        <Button look="quiet" onPress={() => setOpen(false)}>
          {t('common.cancel')}
        </Button>
        <Button look="main" isDisabled={text.trim() === ''} onPress={() => void add()}>
          {t('composer.add')}
        </Button>
      </div>
    </section>
  );
}
