import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { useTeams } from '../../shared/teams';
import { Button, Dialog, Icon } from '../../shared/ui';

interface Props {
  /** The team that the list shows; none while it shows all. */
  team: string | undefined;
  onMade: (householdId: string) => void;
}

/** A new household at once. Whoever is in several teams says first whose it is: only that team will read it. */
export function NewHousehold({ team, onMade }: Props) {
  const { t } = useWords();
  const own = useTeams().filter((it) => it.own && it.readable);
  const [asking, setAsking] = useState(false);
  const make = async (whose: string | undefined) => {
    setAsking(false);
    const household = await tryWrite('household.create', whose === undefined ? {} : { team: whose });
    if (household !== undefined) {
      onMade(household.id);
    }
  };
  const shown = own.find((it) => it.id === team)?.id;
  return (
    <>
      <Button look="main" onPress={() => (shown === undefined && own.length > 1 ? setAsking(true) : void make(shown))}>
        <Icon name="add" size={18} /> {t('list.add')}
      </Button>
      <Dialog title={t('list.whichTeam')} isOpen={asking} onClose={() => setAsking(false)}>
        <div className="stack">
          <p className="faint">{t('list.whichTeamWhy')}</p>
          {own.map((it, index) => (
            <Button key={it.id} autoFocus={index === 0} onPress={() => void make(it.id)}>
              {it.name === '' ? t('teams.unknown') : it.name}
            </Button>
          ))}
          <div className="row row-end">
            <Button look="quiet" onPress={() => setAsking(false)}>
              {t('common.cancel')}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
