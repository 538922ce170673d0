import type { CoverView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatDate } from '../../shared/format';

/** 留守番: who covers until when, while it runs or is to come. */
export function CoverLines({ covers }: { covers: readonly CoverView[] }) {
  const { t, lang } = useWords();
  return covers.map((cover) => (
    <p className="banner" role="note" key={cover.id}>
      {cover.state === 'coming'
        ? t('cover.coming', {
            coverer: cover.coverer.name,
            worker: cover.worker.name,
            from: formatDate(cover.from, lang),
            until: formatDate(cover.until, lang),
          })
        : t('cover.running', {
            coverer: cover.coverer.name,
            worker: cover.worker.name,
            until: formatDate(cover.until, lang),
          })}
    </p>
  ));
}
