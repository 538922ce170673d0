import { useEffect, useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite, useRead, write } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { imeSafe, isCtrlEnter, isPlainEnter } from '../../shared/imeSafe';
import { useTeams } from '../../shared/teams';
import { showDone } from '../../shared/toast';
import { Button, Dialog, Select } from '../../shared/ui';
import { useDraft } from '../../shared/useDraft';
import { LockLine, RestrictField } from '../restricted';
import { IntakeFields } from './IntakeFields';

interface Props {
  isOpen: boolean;
  onClose: () => void;
  onOpenHousehold: (householdId: string) => void;
}

/** Takes any contact: one line and Enter, also an empty line. Everything else may follow or not. */
export function QuickIntake({ isOpen, onClose, onOpenHousehold }: Props) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [id, setId] = useState<string | null>(null);
  const [readers, setReaders] = useState<string[] | null>(null);
  const teams = useTeams().filter((it) => it.own && it.readable);
  const [team, setTeam] = useState<string | undefined>(undefined);
  // Named readers or a team: a restricted contact is its readers' own.
  const wish = readers === null ? (team === undefined ? {} : { team }) : { restrictTo: readers };
  // A contact that somebody began to write down is one.
  useDraft(text, (begun) => write('intake.create', { text: begun, ...wish }).then(() => setText('')));
  // However it was closed: the next contact begins empty.
  useEffect(() => {
    if (!isOpen) {
      setId(null);
      setReaders(null);
    }
  }, [isOpen]);
  const save = async () => {
    const intake = await tryWrite('intake.create', text.trim() === '' ? wish : { text, ...wish });
    if (intake !== undefined) {
      setText('');
      setId(intake.id);
      showDone(t('intake.saved'));
    }
  };
  const makeHousehold = async (intakeId: string) => {
    const household = await tryWrite('household.create', { intakeId });
    if (household !== undefined) {
      onOpenHousehold(household.id);
    }
  };
  return (
    <Dialog title={t('intake.title')} isOpen={isOpen} onClose={onClose}>
      {id === null ? (
        <>
          <p className="faint">{t('intake.lead')}</p>
          <div className="field">
            <label className="field-label" htmlFor="intake-line">
              {t('intake.text')}
            </label>
            <textarea
              id="intake-line"
              className="input"
              rows={2}
              autoFocus
              disabled={readers?.length === 0}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={imeSafe((event) => {
                if (isPlainEnter(event) || isCtrlEnter(event)) {
                  event.preventDefault();
                  void save();
                }
              })}
            />
          </div>
          {(text === '' || readers !== null) && (
            <RestrictField
              value={readers}
              onChange={(chosen) => {
                // What is typed must have somebody who may read it: a lock keeps it as what it was begun as.
                if (text === '' || chosen === null || chosen.length > 0) {
                  setReaders(chosen);
                }
              }}
            />
          )}
          {teams.length > 1 && readers === null && (
            <Select
              label={t('teams.reads')}
              choices={teams.map((it) => ({ code: it.id, label: it.name }))}
              value={team ?? teams[0]?.id}
              onChange={(chosen) => setTeam(chosen ?? undefined)}
            />
          )}
          <div className="row row-between">
            <span className="faint">{t('intake.keys')}</span>
            <Button look="main" isDisabled={readers?.length === 0} onPress={() => void save()}>
              {t('intake.save')}
            </Button>
          </div>
        </>
      ) : (
        <SavedIntake id={id} onHousehold={() => void makeHousehold(id)} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** What was taken, and what may follow. */
function SavedIntake({ id, onHousehold, onClose }: { id: string; onHousehold: () => void; onClose: () => void }) {
  const { t } = useWords();
  const intake = useRead('intake.get', { id }, [`intake:${id}`]).data;
  const hasCodes = useCodes('intake-channel').length > 0;
  return (
    <>
      <LockLine id={id} />
      <p className="faint">{t('intake.more')}</p>
      {intake !== undefined && <IntakeFields intake={intake} />}
      <div className="row row-between">
        {/* Not before the fields are there: they push it away under the pointer, and the press goes nowhere. */}
        <span>{intake !== undefined && hasCodes && <Button onPress={onHousehold}>{t('intake.makeHousehold')}</Button>}</span>
        <Button look="main" autoFocus onPress={onClose}>
          {t('intake.close')}
        </Button>
      </div>
    </>
  );
}
