import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';

import type { MemberView } from '../../bridge';
import { SavedName } from './SavedName';

let saved: [string, string][] = [];

function show(familyKana: string): void {
  const member = { id: 'm', version: 'v', familyName: '', familyKana } as MemberView;
  render(
    <SavedName
      member={member}
      name="familyName"
      kana="familyKana"
      nameLabel="姓"
      kanaLabel="セイ"
      readOnly={false}
      save={async (field, value) => {
        saved.push([field, value]);
        return { ...member, version: 'w' };
      }}
    />,
  );
}

function write(kana: string, kanji: string): void {
  const field = screen.getByLabelText('姓');
  fireEvent.compositionStart(field);
  fireEvent.compositionUpdate(field, { data: kana });
  fireEvent.compositionEnd(field, { data: kanji });
}

const reading = () => screen.getByLabelText<HTMLInputElement>('セイ').value;

afterEach(() => {
  cleanup();
  saved = [];
});

it('fills an empty reading from the input method, piece by piece', async () => {
  show('');
  write('さ', '佐');
  write('とう', '藤');
  await screen.findByDisplayValue('サトウ');
  await Promise.resolve();
  expect(saved).toEqual([
    ['familyKana', 'サ'],
    ['familyKana', 'サトウ'],
  ]);
});

it('leaves a reading that is there alone', () => {
  show('サイトウ');
  write('さとう', '佐藤');
  expect(reading()).toBe('サイトウ');
  expect(saved).toEqual([]);
});
