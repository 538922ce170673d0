import { useWords } from '../../i18n';
import { useStatus } from '../../shared/cache';
import { Button, ToggleChips } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

interface Props {
  /** Who may read besides the author; null while everybody may. */
  value: readonly string[] | null;
  onChange: (workers: string[] | null) => void;
}

/** 読める人を限定する: chosen before the first letter, because afterwards others may have it already. */
export function RestrictField({ value, onChange }: Props) {
  const { t } = useWords();
  const me = useStatus().data?.worker?.id;
  const others = useWorkers().filter((worker) => worker.code !== me);
  if (value === null) {
    return (
      <div>
        <Button size="small" look="quiet" onPress={() => onChange([])}>
          {t('restricted.choose')}
        </Button>
      </div>
    );
  }
  return (
    <section className="card stack" aria-label={t('restricted.choose')}>
      <p>
        <span className="tag tag-care">{t('restricted.tag')}</span> {t('restricted.chooseHelp')}
      </p>
      <ToggleChips label={t('restricted.chooseWho')} choices={others} value={value} onChange={onChange} />
      <div>
        <Button size="small" look="quiet" onPress={() => onChange(null)}>
          {t('common.cancel')}
        </Button>
      </div>
    </section>
  );
}
