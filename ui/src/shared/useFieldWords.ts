import { useWords } from '../i18n';
import { useRead } from './cache';
import { formatDate } from './format';
import { inLang } from './names';
import { valueText } from './valueText';
import { useTeams } from './teams';
import { useWorkers } from './workers';

/** The code list that a field chooses from. */
const LISTS: Record<string, string> = {
  sex: 'sex',
  role: 'member-role',
  stage: 'stage',
  channel: 'intake-channel',
  urgency: 'urgency',
  consent: 'intake-consent',
  method: 'contact-method',
  leaveReason: 'leave-reason',
  flags: 'flag',
};

/** What a kept value of a field says: the words of its list, a worker's name, a day as people write it, or its text. */
export function useFieldWords(): (path: string, value: unknown) => string {
  const { t, lang } = useWords();
  const lists = useRead('list.all', {}, []).data;
  const workers = useWorkers();
  const teams = useTeams();
  return (path, value) => {
    const name = path.split('/').at(-1) ?? path;
    const codes = lists?.lists[LISTS[name] ?? ''] ?? [];
    const workerName = (id: string) => workers.find((worker) => worker.code === id)?.label ?? id;
    const teamName = (id: unknown) => teams.find((team) => team.id === id)?.name ?? t('teamMove.office');
    const one = (part: unknown) => {
      const fields = (typeof part === 'object' && part !== null ? part : {}) as Record<string, unknown>;
      if (name === 'leadWorkerId' && typeof fields.worker === 'string') {
        return t('handover.next', { name: workerName(fields.worker), on: formatDate(valueText(fields.from), lang) });
      }
      if (name === 'answer' && (fields.answer === 'accepted' || fields.answer === 'declined')) {
        return `${t(`handover.said.${fields.answer}`)} ${valueText(fields.reason)}`.trim();
      }
      if (name === 'teamMove' && typeof fields.to === 'string') {
        return `${t('teamMove.fromTo', { from: teamName(fields.from), to: teamName(fields.to) })} ${valueText(fields.reason)}`;
      }
      if (name === 'kind' && (part === 'same_person' || part === 'same_household' || part === 'not_same')) {
        return t(`kin.kind.${part}`);
      }
      if (part === true) {
        return '○';
      }
      const text = valueText(part);
      const listed = codes.find((entry) => entry.code === text);
      if (listed !== undefined) {
        return inLang(listed, lang);
      }
      if (name === 'leadWorkerId') {
        return workerName(text);
      }
      return /^\d{4}-\d\d-\d\d$/.test(text) ? formatDate(text, lang) : text;
    };
    return Array.isArray(value) ? value.map(one).join('、') : one(value);
  };
}
