import { useState } from 'react';

import type { AskCosign } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { Button, Chips, ErrorNote, Select, TextField } from '../../shared/ui';
import { useCosigns } from './useCosigns';

interface Props {
  /** What is done with the paper key, as its button says. */
  label: string;
  keyLabel: string;
  keyHelp?: string;
  isBusy: boolean;
  /** Whether something that comes before is still missing. */
  isDisabled?: boolean;
  look?: 'main';
  /** Does it with the paper key, which is forgotten here once that is done. */
  onPaper: (paperAdminKey: string) => Promise<unknown>;
  /** What a colleague is asked; none where it waits for nobody. */
  ask?: () => Promise<Omit<AskCosign, 'colleague'> | undefined>;
  onAsked?: () => void;
}

/** The second signature (二人目の署名): the paper key of the recovery sheet, or another administrator, who is asked. */
export function SecondSignature({ label, keyLabel, keyHelp, isBusy, isDisabled = false, look, onPaper, ask, onAsked }: Props) {
  const { t } = useWords();
  const list = useCosigns();
  const asking = useSession('cosign_ask');
  const [by, setBy] = useState('paper');
  const [paperAdminKey, setPaperKey] = useState('');
  const [chosen, setChosen] = useState<string>();
  const own = list?.own;
  const isOpen = own?.state === 'waiting' || own?.state === 'signed';
  // Whoever is asked already signs all of it, or none.
  const colleagues = list?.colleagues.filter((it) => !isOpen || it.device === own.device) ?? [];
  const colleague = colleagues.find((it) => it.device === chosen) ?? colleagues[0];
  const askThem = async () => {
    const what = await ask?.();
    if (what !== undefined && colleague !== undefined) {
      await asking.mutateAsync({ ...what, colleague: colleague.device });
      showDone(t('cosign.asked', { name: colleague.name }));
      onAsked?.();
      void cache.invalidateQueries();
    }
  };
  const isAsked = by === 'colleague' && colleague !== undefined;
  return (
    <div className="stack">
      {ask !== undefined && colleague !== undefined && (
        <Chips
          label={t('cosign.second')}
          choices={[
            { code: 'paper', label: t('cosign.byPaper') },
            { code: 'colleague', label: t('cosign.byColleague') },
          ]}
          value={by}
          onChange={(code) => setBy(code ?? by)}
        />
      )}
      {isAsked ? (
        <>
          <Select
            label={t('cosign.who')}
            choices={colleagues.map((it) => ({ code: it.device, label: it.name }))}
            value={colleague.device}
            onChange={(device) => setChosen(device ?? undefined)}
          />
          <p className="faint">{t('cosign.askWhy')}</p>
          {asking.isError && <ErrorNote error={asking.error} />}
          <div className="row">
            <Button
              {...(look === undefined ? {} : { look })}
              isDisabled={isBusy || isDisabled || asking.isPending}
              onPress={() => void askThem().catch(() => undefined)}
            >
              {t('cosign.ask', { what: label })}
            </Button>
          </div>
        </>
      ) : (
        <>
          <TextField label={keyLabel} {...(keyHelp === undefined ? {} : { help: keyHelp })} value={paperAdminKey} onChange={setPaperKey} />
          <div className="row">
            <Button
              {...(look === undefined ? {} : { look })}
              isDisabled={isBusy || isDisabled || paperAdminKey.trim() === ''}
              onPress={() => void onPaper(paperAdminKey).then(() => setPaperKey(''), () => undefined)}
            >
              {label}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
