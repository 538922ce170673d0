import { type RefObject, useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite, write } from '../../shared/cache';
import { imeSafe, isCtrlEnter } from '../../shared/imeSafe';
import { registerDraft } from '../../shared/pending';
import { showDone } from '../../shared/toast';
import { Button } from '../../shared/ui';

/** A memo that was begun and not saved. It outlives the screen; before the lock it is saved as it is. */
let draft = '';

registerDraft(async () => {
  const text = draft;
  if (text.trim() !== '') {
    await write('memo.create', { text });
    draft = '';
  }
});

export function hasMemoDraft(): boolean {
  return draft !== '';
}

interface Props {
  areaRef: RefObject<HTMLTextAreaElement | null>;
  onClose: () => void;
}

/** Catches a text without asking where it belongs. */
export function QuickMemo({ areaRef, onClose }: Props) {
  const { t } = useWords();
  const [text, setText] = useState(draft);
  const change = (next: string) => {
    draft = next;
    setText(next);
  };
  const save = async () => {
    if (text.trim() !== '' && (await tryWrite('memo.create', { text })) !== undefined) {
      change('');
      showDone(t('memo.saved'));
      onClose();
    }
  };
  return (
    <section className="card today-memo stack" aria-label={t('today.memo')}>
      <label className="visually-hidden" htmlFor="quick-memo">
        {t('today.memo')}
      </label>
      <textarea
        id="quick-memo"
        ref={areaRef}
        className="input"
        rows={3}
        value={text}
        placeholder={t('memo.placeholder')}
        onChange={(event) => change(event.target.value)}
        onKeyDown={imeSafe((event) => {
          if (isCtrlEnter(event)) {
            event.preventDefault();
            void save();
          } else if (event.key === 'Escape') {
            onClose();
          }
        })}
      />
      <div className="row row-between">
        <span className="faint">{t('memo.keys')}</span>
        <div className="row">
          <Button onPress={onClose}>{t('memo.later')}</Button>
          <Button look="main" isDisabled={text.trim() === ''} onPress={() => void save()}>
            {t('memo.save')}
          </Button>
        </div>
      </div>
    </section>
  );
}
