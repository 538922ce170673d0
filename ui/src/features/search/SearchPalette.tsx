import './search.css';

import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import type { Hit } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { toUnits } from '../../shared/codepoints';
import { imeSafe } from '../../shared/imeSafe';
import { displayable } from '../../shared/names';
import { Dialog, ErrorNote } from '../../shared/ui';
import { useEnterOnAnswer } from '../../shared/useEnterOnAnswer';
import { openWindow } from '../../shared/windows';

interface Props {
  /** `visit`: only households, and what is chosen opens with a new note. */
  purpose: 'any' | 'visit';
  isOpen: boolean;
  onClose: () => void;
}

/** One line of the palette. */
interface Line {
  id: string;
  kind: string;
  group: 'hits' | 'guesses' | 'actions';
  text: string;
  mark: [number, number] | null;
  where: string;
  run: () => void;
}

/** Finds people, households, notes and intakes by kanji, kana or romaji; also by one letter. */
export function SearchPalette({ purpose, isOpen, onClose }: Props) {
  const { t } = useWords();
  const title = purpose === 'visit' ? t('search.visit') : t('search.title');
  return (
    <Dialog title={title} titleHidden={purpose === 'any'} isOpen={isOpen} onClose={onClose}>
      {isOpen && <Palette purpose={purpose} label={title} onClose={onClose} />}
    </Dialog>
  );
}

function Palette({ purpose, label, onClose }: { purpose: Props['purpose']; label: string; onClose: () => void }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 50);
    return () => clearTimeout(timer);
  }, [text]);
  const search = useRead('search', { text: asked, limit: 50 }, ['search'], { enabled: asked !== '', keep: true });
  const found = search.data;
  const recent = useRead('household.list', { limit: 8 }, ['households'], { enabled: asked === '' }).data;

  const openHousehold = (householdId: string) => {
    onClose();
    if (purpose === 'visit') {
      void navigate({
        to: '/households/$householdId/notes/$noteId',
        params: { householdId, noteId: 'new' },
        search: { method: 'visit' },
      });
    } else {
      void navigate({ to: '/households/$householdId', params: { householdId } });
    }
  };
  const openHit = (hit: Hit) => {
    const householdId = hit.kind === 'household' ? hit.id : hit.householdId;
    if (hit.kind === 'intake' && householdId === undefined) {
      onClose();
      void navigate({ to: '/intakes/$intakeId', params: { intakeId: hit.id } });
    } else if (hit.kind === 'note' && householdId !== undefined && purpose === 'any') {
      onClose();
      void navigate({
        to: '/households/$householdId/notes/$noteId',
        params: { householdId, noteId: hit.id },
      });
    } else if (hit.kind === 'attachment' && householdId !== undefined && purpose === 'any') {
      onClose();
      void navigate({ to: '/households/$householdId', params: { householdId }, search: { attachment: hit.id } });
    } else if (householdId !== undefined) {
      openHousehold(householdId);
    } else {
      onClose();
      void navigate({ to: '/' });
    }
  };
  const lineOf = (hit: Hit, group: Line['group']): Line => ({
    id: `${group}-${hit.kind}-${hit.id}`,
    kind: t(`search.kind.${hit.kind as 'note'}`),
    group,
    text: hit.snippet,
    mark:
      hit.start === undefined || hit.end === undefined
        ? null
        : [toUnits(hit.snippet, hit.start), toUnits(hit.snippet, hit.end)],
    where: [
      hit.kind === 'household' ? '' : (hit.householdName ?? ''),
      ...hit.linked.map((other) => t('kin.alsoAs', { name: other.name === '' ? t('household.unnamed') : other.name })),
    ]
      .filter((part) => part !== '')
      .join(' '),
    run: () => openHit(hit),
  });

  const lines: Line[] = [];
  if (asked === '') {
    for (const row of recent?.items ?? []) {
      lines.push({
        id: row.id,
        kind: t('search.kind.household'),
        group: 'hits',
        text: row.name === '' ? t('household.unnamed') : row.name,
        mark: null,
        where: row.members.map((name) => (name === '' ? t('member.unnamed') : name)).join('、'),
        run: () => openHousehold(row.id),
      });
    }
    if (purpose === 'any') {
      const action = (id: string, words: string, run: () => void) =>
        lines.push({ id, kind: t('search.action'), group: 'actions', text: words, mark: null, where: '', run });
      action('intake', t('today.intake'), () => openWindow('intake'));
      action('exchange', t('exchange.title'), () => {
        onClose();
        void navigate({ to: '/exchange' });
      });
      action('devices', t('search.devices'), () => {
        onClose();
        void navigate({ to: '/exchange', search: { to: 'devices' } });
      });
      action('settings', t('search.backup'), () => {
        onClose();
        void navigate({ to: '/settings' });
      });
      action('keys', t('key.help'), () => openWindow('keys'));
    }
  } else {
    const fits = (hit: Hit) => purpose === 'any' || hit.kind === 'household' || hit.kind === 'member';
    lines.push(...(found?.items ?? []).filter(fits).map((hit) => lineOf(hit, 'hits')));
    lines.push(...(found?.guesses ?? []).filter(fits).map((hit) => lineOf(hit, 'guesses')));
  }
  const chosen = lines[Math.min(at, lines.length - 1)];
  const isAnswered = asked === text.trim() && (asked === '' ? recent !== undefined : search.isSuccess && !search.isPlaceholderData);
  const enter = useEnterOnAnswer(text, isAnswered, () => chosen?.run());

  return (
    <>
      <input
        className="palette-input"
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={chosen === undefined ? undefined : `palette-${chosen.id}`}
        autoComplete="off"
        autoFocus
        value={text}
        placeholder={t('search.placeholder')}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={imeSafe((event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            const next = Math.max(0, Math.min(lines.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)));
            setAt(next);
            document.getElementById(`palette-${lines[next]?.id ?? ''}`)?.scrollIntoView({ block: 'nearest' });
          } else if (event.key === 'Enter') {
            event.preventDefault();
            enter();
          }
        })}
      />
      {search.isError && <ErrorNote error={search.error} />}
      <div className="palette-list" id="palette-list" role="listbox" aria-label={label}>
        {lines.map((line, index) => (
          <div key={line.id} role="presentation">
            {line.group !== 'hits' && lines[index - 1]?.group !== line.group && (
              <p className="palette-group">{line.group === 'guesses' ? t('search.guesses') : t('search.actions')}</p>
            )}
            <div
              id={`palette-${line.id}`}
              className="palette-item"
              role="option"
              aria-selected={line === chosen}
              onMouseMove={() => setAt(index)}
              onClick={line.run}
            >
              <span className="palette-kind">{line.kind}</span>
              <span className="palette-text">
                <Marked text={line.text} mark={line.mark} />
              </span>
              <span className="palette-where">{displayable(line.where).shown}</span>
            </div>
          </div>
        ))}
      </div>
      <p className="faint" role="status">
        {asked !== '' && found !== undefined && lines.length === 0 ? t('search.none', { text: asked }) : t('search.keys')}
      </p>
    </>
  );
}

/** The words around a hit, the hit marked. */
function Marked({ text, mark }: { text: string; mark: [number, number] | null }) {
  if (mark === null) {
    return displayable(text).shown;
  }
  return (
    <>
      {displayable(text.slice(0, mark[0])).shown}
      <mark>{displayable(text.slice(mark[0], mark[1])).shown}</mark>
      {displayable(text.slice(mark[1])).shown}
    </>
  );
}
