import { describe, expect, it } from 'vitest';

import type { AnswerView, AssessmentView } from '../../bridge';
import type { Pack } from '../../shared/pack';
import { areasInUse, factsOf, labelOf, levelOf } from './standing';

const both = (text: string) => ({ ja: text, en: text });
const scale = (id: string, area: string) => ({
  id,
  area,
  label: both(id),
  type: 'scale' as const,
  side: 'need' as const,
  appliesTo: ['person' as const, 'household' as const],
  options: 'need',
});
const words = (id: string, area: string, side: 'strength' | 'wish') => ({ ...scale(id, area), type: 'text' as const, side });

const pack = {
  id: 'p',
  version: '1',
  title: both(''),
  about: both(''),
  areas: [
    { id: 'health', label: both('Health'), front: true },
    { id: 'money', label: both('Money'), front: true },
    { id: 'care', label: both('Care'), front: false },
  ],
  optionSets: {
    need: [
      { code: 'none', label: both('none') },
      { code: 'concern', label: both('concern') },
      { code: 'urgent', label: both('urgent'), caution: true },
    ],
  },
  items: [
    scale('health_need', 'health'),
    words('health_strength', 'health', 'strength'),
    scale('health_sleep', 'health'),
    scale('money_need', 'money'),
    words('money_wish', 'money', 'wish'),
    scale('care_need', 'care'),
  ],
} satisfies Pack;

function said(item: string, value: unknown, state = 'answered'): AnswerView {
  return { item, value, state, basis: 'voiced', twoViews: false, author: { id: 'w', name: '' }, at: '' };
}

function round(subjects: Record<string, AnswerView[]>): AssessmentView {
  return {
    subjects: Object.entries(subjects).map(([subject, answers]) => ({ subject, answers })),
  } as unknown as AssessmentView;
}

describe('what a round says now', () => {
  it('puts concerns, strengths and wishes apart, and what calls for caution first', () => {
    const view = round({
      a: [said('health_need', 'concern'), said('health_strength', 'walks'), said('money_need', 'urgent')],
      household: [said('money_wish', 'to stay')],
    });
    const facts = factsOf(view, pack, ['a', 'household']);
    expect(facts.concerns.map((fact) => fact.item.id)).toEqual(['money_need', 'health_need']);
    expect(facts.strengths.map((fact) => fact.answer.value)).toEqual(['walks']);
    expect(facts.wishes.map((fact) => fact.subject)).toEqual(['household']);
  });

  it('tells no trouble, not asked and rather not say from a concern', () => {
    const view = round({
      a: [said('health_need', 'none'), said('money_need', null, 'declined'), said('health_sleep', null, 'unasked')],
    });
    expect(factsOf(view, pack, ['a'])).toEqual({ concerns: [], strengths: [], wishes: [] });
  });

  it('speaks only of those who are asked for', () => {
    const view = round({ gone: [said('health_need', 'urgent')] });
    expect(factsOf(view, pack, ['a', 'household']).concerns).toEqual([]);
  });

  it('names the area for its level, and a finer question by itself', () => {
    const view = round({ a: [said('health_need', 'concern'), said('health_sleep', 'concern')] });
    const labels = factsOf(view, pack, ['a']).concerns.map((fact) => labelOf(pack, fact).en);
    expect(labels).toEqual(['Health', 'health_sleep']);
  });

  it('shows every front area, and another one once something is said in it', () => {
    const ids = (view: AssessmentView) => areasInUse(view, pack, ['a']).map((area) => area.id);
    expect(ids(round({}))).toEqual(['health', 'money']);
    expect(ids(round({ a: [said('care_need', 'none')] }))).toEqual(['health', 'money', 'care']);
  });

  it('leaves a cell that nobody asked about without a level', () => {
    const view = round({ a: [said('health_need', 'none'), said('money_need', null, 'declined')] });
    const level = (area: string) => {
      const { level: place, state } = levelOf(view, pack, area, 'a');
      return [place, state];
    };
    expect(level('health')).toEqual([0, 'answered']);
    expect(level('money')).toEqual([-1, 'declined']);
    expect(level('care')).toEqual([-1, 'unasked']);
  });
});
