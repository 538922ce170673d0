import { useRef } from 'react';

import type { MemberView } from '../../bridge';
import { AutosaveField } from '../../shared/ui';
import { useChosen } from '../../shared/useChosen';
import { useKana } from './useKana';

interface Props {
  member: MemberView;
  name: 'familyName' | 'givenName';
  kana: 'familyKana' | 'givenKana';
  nameLabel: string;
  kanaLabel: string;
  readOnly: boolean;
  save: (field: string, value: string, base: string) => Promise<MemberView | undefined>;
}

/** A name and its reading, each saved by itself. A reading that is still empty fills itself from the input method. */
export function SavedName({ member, name, kana, nameLabel, kanaLabel, readOnly, save }: Props) {
  const [reading, fill] = useChosen(member[kana], member.version, (next, base) => save(kana, next, base));
  /** What was filled in here so far; anything else was written by hand and stays. */
  const filled = useRef('');
  const catching = useKana((piece) => {
    if (reading === filled.current) {
      filled.current += piece;
      void fill(filled.current);
    }
  });
  return (
    <>
      <AutosaveField
        label={nameLabel}
        readOnly={readOnly}
        value={member[name]}
        version={member.version}
        composition={catching}
        save={(value, base) => save(name, value, base)}
      />
      <AutosaveField
        label={kanaLabel}
        readOnly={readOnly}
        value={reading}
        version={member.version}
        save={(value, base) => save(kana, value, base)}
      />
    </>
  );
}
