import type { Words } from '../i18n';

/** Where a child stands at school, if it goes the usual way. */
export interface Grade {
  school: keyof Words['grade'];
  year: number;
}

/**
 * The school year of somebody born on `birth` (a full ISO date), on the day `on`.
 *
 * A school year holds the births from 2 April to 1 April; who turns six in it enters at its end.
 */
export function gradeOn(birth: string, on: string): Grade | undefined {
  if (birth.length !== 10 || birth > on) {
    return undefined;
  }
  const cohort = Number(birth.slice(0, 4)) - (birth.slice(5) < '04-02' ? 1 : 0);
  const schoolYear = Number(on.slice(0, 4)) - (on.slice(5) < '04-01' ? 1 : 0);
  const step = schoolYear - cohort - 6;
  if (step <= 0) {
    return { school: 'before', year: 0 };
  }
  if (step <= 6) {
    return { school: 'elementary', year: step };
  }
  if (step <= 9) {
    return { school: 'juniorHigh', year: step - 6 };
  }
  return step <= 12 ? { school: 'highSchoolAge', year: step - 9 } : undefined;
}
