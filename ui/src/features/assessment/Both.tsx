import type { ConflictView } from '../../bridge';
import { useWords } from '../../i18n';
import { answerWords, heldAnswer } from '../../shared/answerWords';
import { formatInstant } from '../../shared/format';
import type { PackItem } from '../../shared/pack';
import { Button } from '../../shared/ui';
import type { DetailsProps } from './Details';

export type OneItem = DetailsProps & { item: PackItem };

/** Both views, each with its name and time; one press decides. */
export function Both({ conflict, item, pack, readOnly, decide }: OneItem & { conflict: ConflictView }) {
  const { t, lang } = useWords();
  return (
    <div className="as-decide" role="group" aria-label={t('twoViews.name')}>
      <strong>{t('twoViews.name')}</strong>
      {conflict.values.map((held, index) => {
        const own = heldAnswer(held.value);
        return (
          <div className="as-decide-line" key={`${held.at} ${index}`}>
            <span>
              {own.state === 'answered' ? answerWords(pack, item, own.value, lang) : t(`state.${own.state as 'unasked'}`)}
            </span>
            <span className="faint">
              {held.author.name} {formatInstant(held.at, lang)}
            </span>
            {!readOnly && (
              <Button size="small" onPress={() => void decide(conflict, held.value)}>
                {t('twoViews.take')} <kbd>{index + 1}</kbd>
              </Button>
            )}
          </div>
        );
      })}
    </div>
  );
}
