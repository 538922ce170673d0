import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import type { MemoView, TodayItem } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead, write } from '../../shared/cache';
import { formatDay, formatTime } from '../../shared/format';
import { Button, Icon, SaveMark } from '../../shared/ui';
import { HouseholdPicker } from '../../shared/ui/HouseholdPicker';
import { useMergedText } from '../../shared/useMergedText';

/** A memo among the drafts: read, go on writing, make a note of it, discard. */
export function DraftMemo({ item }: { item: TodayItem }) {
  const { t, lang } = useWords();
  const [open, setOpen] = useState(false);
  const memos = useRead('memo.list', {}, ['memos', `memo:${item.id}`], { enabled: open });
  const memo = memos.data?.items.find((entry) => entry.id === item.id);
  return (
    <>
      <button
        type="button"
        className="today-link link-button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="today-title">
          <Icon name="memo" size={14} /> {item.title === '' ? t('today.untitled.memo') : item.title}
        </span>
        <span className="today-when">
          {formatDay(item.when, lang)} {formatTime(item.when)}
        </span>
      </button>
      {open && memo !== undefined && <OpenMemo memo={memo} />}
    </>
  );
}

function OpenMemo({ memo }: { memo: MemoView }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [choosing, setChoosing] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const merged = useMergedText(memo, (text, base) => write('memo.edit', { id: memo.id, text, base }), area);

  const makeNote = async (householdId: string) => {
    await merged.flush().catch(() => undefined);
    const note = await tryWrite('note.create', { householdId, text: merged.text, memoId: memo.id });
    if (note !== undefined) {
      void navigate({
        to: '/households/$householdId/notes/$noteId',
        params: { householdId, noteId: note.id },
      });
    }
  };

  return (
    <div className="memo-open">
      <label className="visually-hidden" htmlFor={`memo-${memo.id}`}>
        {t('today.memo')}
      </label>
      <textarea id={`memo-${memo.id}`} className="input" rows={4} ref={area} {...merged.field} />
      <SaveMark state={merged.state} />
      <div className="row row-between">
        <Button look="quiet" size="small" onPress={() => void tryWrite('memo.discard', { id: memo.id })}>
          {t('memo.discard')}
        </Button>
        <Button size="small" onPress={() => setChoosing(!choosing)}>
          {t('memo.makeNote')}
        </Button>
      </div>
      {choosing && <HouseholdPicker label={t('memo.whichHousehold')} onPick={(id) => void makeNote(id)} />}
    </div>
  );
}
