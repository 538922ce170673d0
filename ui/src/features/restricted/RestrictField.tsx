import { useWords } from '../../i18n';
import { useRead, useStatus } from '../../shared/cache';
import { Button, ToggleChips } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

interface Props {
  /** Who may read besides the author; null while everybody may. */
  value: readonly string[] | null;
  onChange: (workers: string[] | null) => void;
  /** The household that it will belong to. */
  householdId?: string;
}

/** 読める人を限定する: chosen before the first letter, because afterwards others may have it already. */
export function RestrictField({ value, onChange, householdId }: Props) {
  const { t } = useWords();
  const me = useStatus().data?.worker?.id;
  const others = useWorkers().filter((worker) => worker.code !== me);
  const of = householdId === undefined ? {} : { householdId };
  const enabled = householdId !== undefined && value !== null;
  const known = useRead('restricted.list', of, ['restricted'], { enabled }).data?.items ?? [];
  const named = new Set([me, ...(value ?? [])]);
  // What is written for the same people goes into the record that is open.
  const joinsEscrow = known.some((record) => {
    const readers = new Set(record.readers.map((reader) => reader.id));
    return record.opened && record.escrow && named.size === readers.size && [...readers].every((id) => named.has(id));
  });
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
      {joinsEscrow && (
        <p className="soft" role="status">
          {t('restricted.joinsEscrow')}
        </p>
      )}
      <div>
        <Button size="small" look="quiet" onPress={() => onChange(null)}>
          {t('common.cancel')}
        </Button>
      </div>
    </section>
  );
}
