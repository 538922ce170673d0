import { useQuery } from '@tanstack/react-query';

import { asErrorView, session } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { showDone } from '../../shared/toast';
import { Button, ErrorNote } from '../../shared/ui';

/** When keys were renewed (鍵の更新), who is late, and the way to do it at once. */
export function KeyRenewal() {
  const { t, lang } = useWords();
  const state = useQuery({ queryKey: ['keys_state'], queryFn: () => session('keys_state', {}), meta: { tags: ['escrow', 'status'] } });
  const sweep = useSession('keys_sweep');
  const view = state.data;
  const own = view?.devices.find((it) => it.own);
  const late = view?.devices.filter((it) => it.overdue).map((it) => (it.name === '' ? it.device : it.name)) ?? [];
  return (
    <section className="card stack" aria-labelledby="set-keys">
      <h2 id="set-keys">{t('keys.title')}</h2>
      <p className="faint">{t('keys.lead')}</p>
      {own !== undefined && <p>{t('keys.own', { on: formatInstant(own.since, lang) })}</p>}
      {view?.teams.map((team) => (
        <p key={team.team}>
          {t('keys.team', {
            name: team.name === '' ? t('keys.office') : team.name,
            n: team.generation,
            on: formatInstant(team.since, lang),
          })}
          {team.overdue && (
            <>
              {' '}
              <span className="tag tag-care">{t('keys.overdue')}</span>
            </>
          )}
        </p>
      ))}
      {late.length > 0 && (
        <p>
          <span className="tag tag-care">{t('keys.overdue')}</span> {t('keys.late', { names: late.join('、') })}
        </p>
      )}
      {view?.escrowOld === true && <p>{t('keys.escrowOld')}</p>}
      {state.isError && <ErrorNote error={asErrorView(state.error)} />}
      {sweep.isError && <ErrorNote error={sweep.error} />}
      <div className="row">
        <Button
          isDisabled={sweep.isPending}
          onPress={() =>
            sweep.mutate(
              {},
              {
                onSuccess: () => {
                  showDone(t('keys.done'));
                  void state.refetch();
                },
              },
            )
          }
        >
          {t('keys.now')}
        </Button>
      </div>
    </section>
  );
}
