import './household-picker.css';

import { useEffect, useId, useState } from 'react';

import { useWords } from '../../i18n';
import { useRead } from '../cache';
import { imeSafe } from '../imeSafe';
import { displayable } from '../names';
import { useEnterOnAnswer } from '../useEnterOnAnswer';
import { ErrorNote } from './ErrorNote';

interface Props {
  label: string;
  autoFocus?: boolean;
  onPick: (householdId: string) => void;
}

/** Finds one household by kanji, kana or romaji; arrows and Enter, or a click. */
export function HouseholdPicker({ label, autoFocus = true, onPick }: Props) {
  const { t } = useWords();
  const id = useId();
  const [text, setText] = useState('');
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setQuery(text.trim()), 60);
    return () => clearTimeout(timer);
  }, [text]);
  const list = useRead('household.list', query === '' ? { limit: 8 } : { query, limit: 8 }, ['households'], { keep: true });
  const items = list.data?.items ?? [];
  const chosen = items[at];
  const isAnswered = query === text.trim() && list.isSuccess && !list.isPlaceholderData;
  const enter = useEnterOnAnswer(text, isAnswered, () => chosen !== undefined && onPick(chosen.id));
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="input"
        role="combobox"
        aria-expanded={items.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.id}`}
        autoComplete="off"
        autoFocus={autoFocus}
        value={text}
        placeholder={t('picker.placeholder')}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={imeSafe((event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            setAt(Math.max(0, Math.min(items.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
          } else if (event.key === 'Enter') {
            event.preventDefault();
            enter();
          }
        })}
      />
      <ul className="picker" id={`${id}-list`} role="listbox" aria-label={label}>
        {items.map((item, index) => (
          <li
            key={item.id}
            id={`${id}-${item.id}`}
            role="option"
            aria-selected={index === at}
            className="picker-item"
            onClick={() => onPick(item.id)}
          >
            <span>{item.name === '' ? t('household.unnamed') : displayable(item.name).shown}</span>
            <span className="faint">
              {item.members.map((name) => (name === '' ? t('member.unnamed') : displayable(name).shown)).join('、')}
            </span>
          </li>
        ))}
      </ul>
      {list.isError && <ErrorNote error={list.error} />}
      {list.data !== undefined && items.length === 0 && <p className="field-help">{t('picker.none')}</p>}
    </div>
  );
}
