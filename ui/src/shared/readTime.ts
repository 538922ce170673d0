/** `10:15`, `1015`, `９：５`, `午後2時5分` → `14:05`; undefined for anything else. */
export function readTime(text: string): string | undefined {
  const typed = text.normalize('NFKC').trim();
  const match =
    /^(午後)?(?:午前)?(\d{1,2})[:時](\d{1,2})?分?$/.exec(typed) ?? /^(午後)?(?:午前)?(\d{1,2})(\d{2})?$/.exec(typed);
  if (match === null) {
    return undefined;
  }
  const [, afternoon, hours, minutes = '0'] = match;
  const hour = Number(hours) + (afternoon !== undefined && Number(hours) < 12 ? 12 : 0);
  const minute = Number(minutes);
  return hour <= 23 && minute <= 59
    ? `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
    : undefined;
}
