import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Checkbox } from 'react-aria-components';

import type { PassFileView, WishView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession, useStatus } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { useTeams } from '../../shared/teams';
import { Button, ErrorNote, Select, ToggleChips, Words } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

/** Takes households over from another office: write the wish, open what came, compare words, save the receipt. */
export function Take() {
  const { t } = useWords();
  const wish = useSession('pass_wish');
  const look = useSession('pass_look');
  const take = useSession('pass_in');
  const [file, setFile] = useState<PassFileView | null>(null);
  // The words are read out later, when whoever passes on calls: they are still here after a look at another screen.
  const wished = useQuery<WishView | null>({
    queryKey: ['pass_wish'],
    queryFn: () => null,
    enabled: false,
    gcTime: Infinity,
  }).data;
  const taken = take.data;
  return (
    <div className="stack">
      <h3>{t('passing.takeTitle')}</h3>
      <p className="faint">{t('passing.takeWhy')}</p>
      <div className="row">
        <Button isDisabled={wish.isPending} onPress={() => wish.mutate({}, { onSuccess: (made) => made !== null && cache.setQueryData(['pass_wish'], made) })}>
          {t('passing.wish')}
        </Button>
        <Button
          isDisabled={look.isPending}
          onPress={() => {
            take.reset();
            look.mutate({}, { onSuccess: setFile });
          }}
        >
          {t('passing.openFile')}
        </Button>
      </div>
      {wish.isError && <ErrorNote error={wish.error} />}
      {/* Once a file is open, other words are compared. */}
      {file === null && wished !== undefined && wished !== null && (
        <div className="ex-result stack" role="status">
          <p>{t('passing.wished')}</p>
          <p className="field-label">{t('passing.wishWords')}</p>
          <Words words={wished.words} label={t('passing.wishWords')} />
        </div>
      )}
      {look.isError && <ErrorNote error={look.error} />}
      {file !== null && (
        <Procedure
          file={file}
          take={take}
          onClose={() => setFile(null)}
        />
      )}
      {taken !== undefined && taken !== null && (
        <div className="ex-result" role="status">
          <p>
            <strong>{t('passing.taken', { office: taken.office, n: taken.households, intakes: taken.intakes, records: taken.records })}</strong>
          </p>
          {taken.restricted > 0 && <p>{t('passing.takenRestricted', { n: taken.restricted })}</p>}
          {taken.known > 0 && <p>{t('passing.takenKnown', { n: taken.known })}</p>}
          {taken.missing > 0 && <p>{t('passing.takenMissing', { n: taken.missing })}</p>}
          <p>{t('passing.receiptSaved')}</p>
        </div>
      )}
    </div>
  );
}

interface Props {
  file: PassFileView;
  take: ReturnType<typeof useSession<'pass_in'>>;
  onClose: () => void;
}

function Procedure({ file, take, onClose }: Props) {
  const { t, lang } = useWords();
  const teams = useTeams().filter((team) => team.own && team.readable);
  const me = useStatus().data?.worker?.id;
  const others = useWorkers().filter((worker) => worker.code !== me);
  const [team, setTeam] = useState<string | null>(null);
  const [readers, setReaders] = useState<readonly string[]>([]);
  const [compared, setCompared] = useState(false);
  return (
    <div className="stack">
      <p>
        {t('passing.offers', {
          office: file.office,
          by: file.by,
          at: formatInstant(file.at, lang),
          n: file.households,
          records: file.records,
        })}
      </p>
      <p>
        {t('erase.reasonIs', { reason: file.reason })}
        <br />
        {t('erase.basisIs', { basis: file.basis })}
      </p>
      <p className="field-label">{t('passing.wordsOf', { office: file.office })}</p>
      <Words words={file.words} label={t('passing.wordsOf', { office: file.office })} />
      <Checkbox className="check" isSelected={compared} onChange={setCompared}>
        <span className="check-box" aria-hidden="true" />
        {t('passing.comparedOffice')}
      </Checkbox>
      {file.before.length > 0 && (
        <>
          <p>{t('passing.before', { office: file.office, n: file.before.length })}</p>
          {file.before.map((words, at) => (
            <Words key={words.map((word) => word.kana).join()} words={words} label={t('passing.wordsBefore', { n: at + 1 })} />
          ))}
        </>
      )}
      {teams.length > 1 && (
        <Select
          label={t('passing.team')}
          none={t('teams.choose')}
          choices={teams.map((one) => ({ code: one.id, label: one.name }))}
          value={team ?? undefined}
          onChange={setTeam}
        />
      )}
      {file.restricted > 0 && (
        <>
          <p>{t('passing.offersRestricted', { n: file.restricted })}</p>
          <ToggleChips label={t('restricted.chooseWho')} choices={others} value={readers} onChange={setReaders} />
        </>
      )}
      {take.isError && <ErrorNote error={take.error} />}
      <div className="row row-between">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button
          look="main"
          isDisabled={!compared || take.isPending || (teams.length > 1 && team === null) || (file.restricted > 0 && readers.length === 0)}
          onPress={() =>
            take.mutate(
              { id: file.id, readers: [...readers], ...(team === null ? {} : { team }) },
              {
                onSuccess: (view) => {
                  if (view !== null) {
                    cache.setQueryData(['pass_wish'], null);
                    onClose();
                    void cache.invalidateQueries();
                  }
                },
              },
            )
          }
        >
          {t('passing.take')}
        </Button>
      </div>
    </div>
  );
}
