import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { session, type TeamAct, type TeamView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession, useStatus } from '../../shared/cache';
import { useDeviceName } from '../../shared/devices';
import { imeSafe, isPlainEnter } from '../../shared/imeSafe';
import { useTeams } from '../../shared/teams';
import { Button, ErrorNote, Select, TextField } from '../../shared/ui';

/** The teams of the office: who is in which. An administrator opens one, and puts devices in and out. */
export function Teams() {
  const { t } = useWords();
  const admin = useStatus().data?.admin === true;
  const teams = useTeams();
  const act = useSession('team_act');
  const [name, setName] = useState('');
  const run = (request: TeamAct, after?: () => void) =>
    act.mutate(request, {
      onSuccess: () => {
        after?.();
        void cache.invalidateQueries();
      },
    });
  const create = () => run({ act: 'create', name }, () => setName((now) => (now === name ? '' : now)));
  if (!admin && teams.length === 0) {
    return null;
  }
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-teams">
      <h2 id="ex-teams">{t('teams.title')}</h2>
      <p className="faint">{t('teams.why')}</p>
      {act.isError && <ErrorNote error={act.error} />}
      {act.isSuccess && (
        <p className="ex-result" role="status">
          {t('devices.done')}
        </p>
      )}
      {teams.map((team) => (
        <Team key={team.id} team={team} admin={admin} isPending={act.isPending} onAct={run} />
      ))}
      {admin && (
        <div className="row" onKeyDown={imeSafe((event) => isPlainEnter(event) && name.trim() !== '' && create())}>
          <TextField label={t('teams.name')} value={name} onChange={setName} />
          <Button isDisabled={act.isPending || name.trim() === ''} onPress={create}>
            {t('teams.create')}
          </Button>
        </div>
      )}
    </section>
  );
}

interface TeamProps {
  team: TeamView;
  admin: boolean;
  isPending: boolean;
  onAct: (request: TeamAct) => void;
}

function Team({ team, admin, isPending, onAct }: TeamProps) {
  const { t } = useWords();
  const [coming, setComing] = useState<string | undefined>(undefined);
  const devices = useQuery({
    queryKey: ['device_list'],
    queryFn: () => session('device_list', {}),
    meta: { tags: ['status'] },
  }).data;
  const name = useDeviceName(devices?.items ?? []);
  const all = devices?.items.filter((device) => device.standing === 'active') ?? [];
  const choices = all
    .filter((device) => !team.devices.includes(device.id))
    .map((device) => ({ code: device.id, label: name(device) }));
  const inIt = all.filter((device) => team.devices.includes(device.id));
  const title = team.name === '' ? t('teams.unknown') : team.name;
  return (
    <div className="stack ex-team" role="group" aria-label={title}>
      <h3>
        {title} {team.own && <span className="tag tag-key">{t('teams.own')}</span>}{' '}
        {team.own && !team.readable && <span className="tag tag-care">{t('teams.noKey')}</span>}
      </h3>
      <ul className="ex-list">
        {inIt.map((device) => (
          <li className="ex-device" key={device.id}>
            <span>{name(device)}</span>
            {admin && (
              <Button
                look="quiet"
                size="small"
                isDisabled={isPending}
                aria-label={t('teams.removeWho', { team: title, name: name(device) })}
                onPress={() => onAct({ act: 'remove', team: team.id, device: device.id })}
              >
                {t('teams.remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {admin && choices.length > 0 && (
        <div className="row ex-team-add">
          <Select
            label={t('teams.addWho', { team: title })}
            choices={choices}
            value={coming}
            none={t('teams.choose')}
            onChange={(device) => setComing(device ?? undefined)}
          />
          <Button
            isDisabled={isPending || coming === undefined}
            onPress={() => {
              if (coming !== undefined) {
                onAct({ act: 'add', team: team.id, device: coming });
                setComing(undefined);
              }
            }}
          >
            {t('teams.add')}
          </Button>
        </div>
      )}
    </div>
  );
}
