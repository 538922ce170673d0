import './handover.css';

import { useState } from 'react';

import type { TeamName } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { useTeams, useWholeOffice } from '../../shared/teams';
import { showDone } from '../../shared/toast';
import { Button, Dialog, Select, TextField } from '../../shared/ui';

interface Props {
  householdId: string;
  /** The team that has the household; none where it is the whole office's. */
  team: TeamName | undefined;
  isOpen: boolean;
  onClose: () => void;
}

/** 担当チームの変更: names the team that reads the household from now on, and says what that means. */
export function TeamDialog({ isOpen, ...rest }: Props) {
  const { t } = useWords();
  return (
    <Dialog title={t('teamMove.title')} isOpen={isOpen} wide stays onClose={rest.onClose}>
      <Form {...rest} />
    </Dialog>
  );
}

function Form({ householdId, team, onClose }: Omit<Props, 'isOpen'>) {
  const { t } = useWords();
  const office = useWholeOffice();
  const teams = useTeams();
  const choices = teams
    .filter((one) => one.id !== team?.id)
    .map((one) => ({ code: one.id, label: one.name === '' ? t('teams.unknown') : one.name }));
  if (office !== undefined && team !== undefined) {
    choices.push({ code: office, label: t('teamMove.office') });
  }
  const [to, setTo] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const notInIt = to !== office && teams.some((one) => one.id === to && !one.own);

  const move = async () => {
    if (to === null) {
      return;
    }
    setSending(true);
    const moved = await tryWrite('household.moveTeam', { id: householdId, team: to, reason });
    setSending(false);
    if (moved !== undefined) {
      showDone(t('teamMove.done', { team: moved.team?.name ?? t('teamMove.office') }));
      onClose();
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void move();
      }}
    >
      <p>
        {team === undefined ? t('teamMove.nowOffice') : t('teamMove.now', { team: team.name })}
      </p>
      <ul className="ho-what">
        <li>{t('teamMove.readAll')}</li>
        <li>{t('teamMove.readOn')}</li>
        <li>{t('teamMove.keep')}</li>
        <li>{t('teamMove.late')}</li>
        <li>{t('teamMove.lead')}</li>
        <li>{t('teamMove.restricted')}</li>
      </ul>
      <Select label={t('teamMove.to')} none={t('teams.choose')} choices={choices} value={to ?? undefined} onChange={setTo} />
      {to !== null && to === office && <p role="note">{t('teamMove.allRead')}</p>}
      {notInIt && <p role="note">{t('teamMove.pendingThen')}</p>}
      <TextField label={t('teamMove.reason')} help={t('teamMove.reasonHelp')} rows={2} value={reason} onChange={setReason} />
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={to === null || reason.trim() === '' || sending}>
          {t('teamMove.do')}
        </Button>
      </div>
    </form>
  );
}
