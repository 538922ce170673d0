import type { Lang } from '../i18n';

const ENGLISH_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = { ja: ['日', '月', '火', '水', '木', '金', '土'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };

/*
 * Instants come at the office's offset, so their own digits are the office's clock. They are never
 * read through the time zone of this machine.
 */

/** `2026-11-23…` → `2026/11/23` or `23 Nov 2026`; partial dates stay partial. */
export function formatDate(iso: string, lang: Lang): string {
  const [year, month, day] = iso.slice(0, 10).split('-');
  if (lang === 'ja') {
    return [year, month, day].filter((part) => part !== undefined).join('/');
  }
  const name = month === undefined ? undefined : ENGLISH_MONTHS[Number(month) - 1];
  return [day === undefined ? undefined : String(Number(day)), name, year].filter(Boolean).join(' ');
}

/** `11/23（月）` or `Mon 23 Nov`: for lists within the year. */
export function formatDay(iso: string, lang: Lang): string {
  const [year, month, day] = iso.slice(0, 10).split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) {
    return formatDate(iso, lang);
  }
  const weekday = WEEKDAYS[lang][new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? '';
  return lang === 'ja' ? `${month}/${day}（${weekday}）` : `${weekday} ${day} ${ENGLISH_MONTHS[month - 1] ?? ''}`;
}

/** The time of day of an instant; empty for a plain date. */
export function formatTime(iso: string): string {
  return iso.length >= 16 ? iso.slice(11, 16) : '';
}

export function formatInstant(iso: string, lang: Lang): string {
  return `${formatDate(iso, lang)} ${formatTime(iso)}`.trim();
}

/** The offset of an instant, as `+09:00`. */
export function offsetOf(iso: string): string {
  return /(?:Z|[+-]\d\d:\d\d)$/.exec(iso)?.[0] ?? '+09:00';
}

/** Bytes in a unit that a person can judge. */
export function formatBytes(bytes: number | bigint): string {
  const size = Number(bytes);
  return size < 1_000_000 ? `${Math.max(1, Math.round(size / 1000))} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
}
