/** `iso` moved by days or months within the calendar; the end of a month stays an end. */
export function shiftDate(iso: string, by: { days?: number; months?: number }): string {
  const [year = 1970, month = 1, day = 1] = iso.split('-').map(Number);
  if (by.months !== undefined) {
    const first = new Date(Date.UTC(year, month - 1 + by.months, 1));
    const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
    first.setUTCDate(Math.min(day, last));
    return first.toISOString().slice(0, 10);
  }
  return new Date(Date.UTC(year, month - 1, day + (by.days ?? 0))).toISOString().slice(0, 10);
}

/** What a key does to a full date; undefined for any other key. */
export function dateStep(key: string): { days?: number; months?: number } | undefined {
  switch (key) {
    case 'ArrowUp':
      return { days: 1 };
    case 'ArrowDown':
      return { days: -1 };
    case 'PageUp':
      return { months: 1 };
    case 'PageDown':
      return { months: -1 };
    default:
      return undefined;
  }
}
