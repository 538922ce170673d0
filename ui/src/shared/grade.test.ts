import { describe, expect, it } from 'vitest';

import { gradeOn } from './grade';

const words = (birth: string, on = '2026-11-23') => {
  const grade = gradeOn(birth, on);
  return grade === undefined ? '' : `${grade.school} ${grade.year}`;
};

describe('the school year', () => {
  it('divides between 1 and 2 April', () => {
    expect(words('2020-04-01')).toBe('elementary 1');
    expect(words('2020-04-02')).toBe('before 0');
  });

  it('begins on 1 April', () => {
    expect(words('2014-05-05', '2027-03-31')).toBe('elementary 6');
    expect(words('2014-05-05', '2027-04-01')).toBe('juniorHigh 1');
  });

  it('ends with the age of high school, and needs the day of birth', () => {
    expect(words('2008-04-01')).toBe('');
    expect(words('2009-04-02')).toBe('highSchoolAge 2');
    expect(words('2008-04-02')).toBe('highSchoolAge 3');
    expect(words('2015')).toBe('');
  });
});
