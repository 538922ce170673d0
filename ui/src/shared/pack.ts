import { useMemo } from 'react';

import type { Lang } from '../i18n';
import { useRead } from './cache';

/* The parts of a pack that screens read; `crates/packs` holds the whole format. */

export interface Labels {
  ja: string;
  en: string;
}

export interface AnswerOption {
  code: string;
  label: Labels;
  caution?: boolean;
  alone?: boolean;
}

export interface Measure {
  id: string;
  label: Labels;
  unit: Labels;
  min: number;
  max: number;
}

/** One column of a table. */
export interface Column {
  id: string;
  label: Labels;
  type: 'text' | 'number' | 'date' | 'single';
  options?: string;
}

export interface PackItem {
  id: string;
  area: string;
  label: Labels;
  help?: Labels;
  type: 'text' | 'number' | 'date' | 'single' | 'multiple' | 'multipleWithPrimary' | 'scale' | 'table' | 'measure';
  side: 'need' | 'strength' | 'wish' | 'safety' | 'fact';
  appliesTo: ('person' | 'household' | 'relation')[];
  options?: string;
  unit?: Labels;
  measures?: Measure[];
  columns?: Column[];
}

export interface PackArea {
  id: string;
  label: Labels;
  front: boolean;
  help?: Labels;
}

export interface Score {
  id: string;
  label: Labels;
  result: 'count' | 'decision';
}

export interface Pack {
  id: string;
  version: string;
  title: Labels;
  about: Labels;
  areas: PackArea[];
  optionSets?: Record<string, AnswerOption[]>;
  items: PackItem[];
  scores?: Score[];
}

/** Every pack that this device knows. */
export function usePacks(): Pack[] {
  const list = useRead('pack.list', {}, []).data;
  return useMemo(() => (list?.items ?? []) as Pack[], [list]);
}

/** The pack that a round is answered under; its newest version when that one is unknown here. */
export function usePack(ref: { id: string; version: string } | undefined): Pack | undefined {
  const packs = usePacks();
  const same = packs.filter((pack) => pack.id === ref?.id);
  return same.find((pack) => pack.version === ref?.version) ?? same.at(-1);
}

/** The options of an item, in order. */
export function optionsOf(pack: Pack, item: Pick<PackItem, 'options'>): AnswerOption[] {
  return item.options === undefined ? [] : (pack.optionSets?.[item.options] ?? []);
}

/** Whom a subject of an answer is: one member, the household, or one person towards another. */
export function subjectKind(subject: string): 'person' | 'household' | 'relation' {
  if (subject === 'household') {
    return 'household';
  }
  return subject.includes('>') ? 'relation' : 'person';
}

/** The level of an area for a subject: the scale that stands first in it. */
export function levelItem(pack: Pack, area: string, subject: string): PackItem | undefined {
  const kind = subjectKind(subject);
  const scales = pack.items.filter((item) => item.area === area && item.type === 'scale');
  return scales.find((item) => item.appliesTo.includes(kind)) ?? undefined;
}

export function words(labels: Labels, lang: Lang): string {
  return lang === 'en' && labels.en !== '' ? labels.en : labels.ja;
}
