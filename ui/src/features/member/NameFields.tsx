import { useId, useRef } from 'react';

import { useWords } from '../../i18n';
import { useKana } from './useKana';

export interface Names {
  familyName: string;
  givenName: string;
  familyKana: string;
  givenKana: string;
}

interface Props {
  names: Names;
  onChange: (change: (names: Names) => Names) => void;
}

/** Name and reading; the reading fills itself from the input method until somebody writes it by hand. */
export function NameFields({ names, onChange }: Props) {
  const { t } = useWords();
  return (
    <div className="name-fields">
      <Pair
        name="familyName"
        kana="familyKana"
        nameLabel={t('member.familyName')}
        kanaLabel={t('member.familyKana')}
        autoFocus
        names={names}
        onChange={onChange}
      />
      <Pair
        name="givenName"
        kana="givenKana"
        nameLabel={t('member.givenName')}
        kanaLabel={t('member.givenKana')}
        names={names}
        onChange={onChange}
      />
    </div>
  );
}

interface PairProps extends Props {
  name: 'familyName' | 'givenName';
  kana: 'familyKana' | 'givenKana';
  nameLabel: string;
  kanaLabel: string;
  autoFocus?: boolean;
}

function Pair({ name, kana, nameLabel, kanaLabel, autoFocus = false, names, onChange }: PairProps) {
  const id = useId();
  const byHand = useRef(false);
  const catching = useKana((reading) => {
    if (!byHand.current) {
      onChange((all) => ({ ...all, [kana]: all[kana] + reading }));
    }
  });
  return (
    <>
      <div className="field">
        <label className="field-label" htmlFor={`${id}-name`}>
          {nameLabel}
        </label>
        <input
          id={`${id}-name`}
          className="input"
          value={names[name]}
          autoFocus={autoFocus}
          autoComplete="off"
          onChange={(event) => {
            const text = event.target.value;
            if (text === '') {
              byHand.current = false;
            }
            onChange((all) => ({ ...all, [name]: text, ...(text === '' ? { [kana]: '' } : {}) }));
          }}
          {...catching}
        />
      </div>
      <div className="field">
        <label className="field-label" htmlFor={`${id}-kana`}>
          {kanaLabel}
        </label>
        <input
          id={`${id}-kana`}
          className="input"
          value={names[kana]}
          autoComplete="off"
          onChange={(event) => {
            const text = event.target.value;
            byHand.current = text !== '';
            onChange((all) => ({ ...all, [kana]: text }));
          }}
        />
      </div>
    </>
  );
}
