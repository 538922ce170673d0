import type { HouseholdView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { AutosaveField, ToggleChips } from '../../shared/ui';
import { useChosen } from '../../shared/useChosen';
import { splitFlags } from './splitFlags';

/** What a visitor must know first: chosen from the list; own words only for what the list has not. */
export function Flags({ view }: { view: HouseholdView }) {
  const { t } = useWords();
  const choices = useCodes('flag');
  const put = (flags: string[], base: string) => tryWrite('household.update', { id: view.id, field: 'flags', value: flags, base });
  const [flags, choose] = useChosen(view.flags, view.version, put);
  const codes = choices.map((choice) => choice.code);
  const chosen = flags.filter((flag) => codes.includes(flag));
  const own = flags.filter((flag) => !codes.includes(flag));
  return (
    <div className="hh-flags">
      <ToggleChips
        label={t('household.flags')}
        choices={choices}
        value={chosen}
        onChange={(next) => choose([...codes.filter((code) => next.includes(code)), ...own])}
      />
      <AutosaveField
        label={t('household.flagsOwn')}
        value={own.join('、')}
        version={view.version}
        placeholder={t('household.flagsHint')}
        save={(text, base) => put([...new Set([...chosen, ...splitFlags(text, choices)])], base)}
      />
    </div>
  );
}
