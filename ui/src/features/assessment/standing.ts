import type { AnswerView, AssessmentView } from '../../bridge';
import { type Labels, levelItem, optionsOf, type Pack, type PackArea, type PackItem } from '../../shared/pack';

/** One answer as it stands: about whom, to what. Nothing is added up. */
export interface Fact {
  subject: string;
  area: PackArea;
  item: PackItem;
  answer: AnswerView;
}

/** What a round says now, by its side; each in the order of the pack, what calls for caution first. */
export interface Facts {
  concerns: Fact[];
  strengths: Fact[];
  wishes: Fact[];
}

/** Every answered item of these subjects, sorted by what it speaks of. "No trouble now" is no concern. */
export function factsOf(view: AssessmentView, pack: Pack, subjects: readonly string[]): Facts {
  const facts: Facts = { concerns: [], strengths: [], wishes: [] };
  for (const area of pack.areas) {
    for (const subject of subjects) {
      const answers = view.subjects.find((entry) => entry.subject === subject)?.answers ?? [];
      for (const item of pack.items.filter((entry) => entry.area === area.id)) {
        const answer = answers.find((entry) => entry.item === item.id && entry.state === 'answered');
        if (answer === undefined) {
          continue;
        }
        const fact = { subject, area, item, answer };
        if (isConcern(pack, item, answer.value)) {
          facts.concerns.push(fact);
        } else if (item.side === 'strength') {
          facts.strengths.push(fact);
        } else if (item.side === 'wish') {
          facts.wishes.push(fact);
        }
      }
    }
  }
  const isCareful = (fact: Fact) => calls(pack, fact.item, fact.answer.value);
  facts.concerns = [...facts.concerns.filter(isCareful), ...facts.concerns.filter((fact) => !isCareful(fact))];
  return facts;
}

function isConcern(pack: Pack, item: PackItem, value: unknown): boolean {
  if (calls(pack, item, value)) {
    return true;
  }
  if (item.side !== 'need') {
    return false;
  }
  // The first option of a scale says that there is no trouble now.
  return item.type !== 'scale' || optionsOf(pack, item).findIndex((option) => option.code === value) > 0;
}

/** Whether a chosen option calls for caution. */
function calls(pack: Pack, item: PackItem, value: unknown): boolean {
  const careful = optionsOf(pack, item).filter((option) => option.caution === true);
  const chosen: unknown[] = Array.isArray(value) ? value : [value];
  return careful.some((option) => chosen.includes(option.code));
}

/** What a fact is about: the area where its item is the area's first of its side, else the item itself. */
export function labelOf(pack: Pack, fact: Fact): Labels {
  const first = pack.items.find((item) => item.area === fact.area.id && item.side === fact.item.side);
  return first === fact.item ? fact.area.label : fact.item.label;
}

/** The areas that stand in front, and every other one in which one of these subjects has a level. */
export function areasInUse(view: AssessmentView, pack: Pack, subjects: readonly string[]): PackArea[] {
  return pack.areas.filter(
    (area) => area.front || subjects.some((subject) => levelOf(view, pack, area.id, subject).level >= 0),
  );
}

/** The level of an area for a subject: its place among the options, or the state that stands in its stead. */
export function levelOf(
  view: AssessmentView,
  pack: Pack,
  area: string,
  subject: string,
): { item: PackItem | undefined; level: number; state: string; value: unknown; two: boolean } {
  const item = levelItem(pack, area, subject);
  const answer = view.subjects
    .find((entry) => entry.subject === subject)
    ?.answers.find((entry) => entry.item === item?.id);
  const state = answer?.state ?? 'unasked';
  const options = item === undefined ? [] : optionsOf(pack, item);
  const level = state === 'answered' ? options.findIndex((option) => option.code === answer?.value) : -1;
  return { item, level, state, value: answer?.value, two: answer?.twoViews ?? false };
}
