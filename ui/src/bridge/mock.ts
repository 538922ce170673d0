/*
 * A core in memory, for vitest and for `npm run dev` in a plain browser. Never part of a build.
 *
 * It keeps the shapes of the real core and none of its promises: nothing is encrypted, merged or kept.
 * The address chooses the scene: `?state=none|locked|damaged|waiting|open`, `?lang=en`.
 */

import type * as T from './types';
import { replaceTransport } from './index';

const packs = Object.values(
  import.meta.glob('../../../crates/packs/packs/*/pack.json', { eager: true, import: 'default' }),
) as { id: string; version: string; items: { id: string; options?: string }[] }[];
const lists = Object.values(
  import.meta.glob('../../../crates/packs/lists/*.json', { eager: true, import: 'default' }),
) as { id: string; codes: { code: string; ja: string; en: string }[] }[];

const NOW = '2026-11-23T10:15:00+09:00';
const ME: T.AuthorView = { id: 'w1', name: '山田 花子' };
const OTHER: T.AuthorView = { id: 'w2', name: '鈴木 一郎' };

let counter = 0;
const newId = () => `00000000-0000-7000-8000-${String((counter += 1)).padStart(12, '0')}`;
const newVersion = () => `v${(counter += 1)}`;

type Given = Record<string, unknown>;
type Case = Omit<T.HouseholdView, 'rounds' | 'conflicts' | 'notes' | 'members' | 'intakes'> & { members: T.MemberView[] };

const auditItems: T.AuditItem[] = [
  { at: NOW, worker: ME, device: 'd1', seq: 2, act: 'open', kind: 'note', household: '見本家', householdId: 'h1', number: '0a1b2c3d', detail: 'note.get', restricted: false },
  { at: NOW, worker: ME, device: 'd1', seq: 1, act: 'list', kind: '', detail: 'household.list', restricted: false },
];
const households: Case[] = [];
const intakes: T.IntakeView[] = [];
const notes: T.NoteView[] = [];
const rounds: T.AssessmentView[] = [];
const memos: T.MemoView[] = [];
const restricted: T.RestrictedView[] = [];
/** Those that the office's escrow opens too. */
const escrowOpens = new Set<string>();
const attachments: (T.AttachmentView & { content: string })[] = [];
const carryouts: T.CarryoutView[] = [];
const erasures: T.ErasureView[] = [];
let backupDays = 365;
const handovers: T.HandoverView[] = [];
const covers: T.CoverView[] = [];
/** Covers whose 留守中にあったこと was read. */
const readCovers = new Set<string>();
let conflicts: T.ConflictView[] = [];
let offers: T.LinkOffer[] = [];
let saved: T.SavedView[] = [];
const done: string[] = [];
/** Office teams; none in the beginning. */
const teams: T.TeamView[] = [];
let unsent = 3;
/** The colleague's laptop is noted as having left. */
let hasLeft = false;
/** What this device asked a colleague to sign, and what it is asked for. */
let cosigned: T.CosignView | undefined;
let cosignsWaiting: T.CosignView[] = [];
/** Two teams, and a colleague who is not in both. */
let isApart = false;
/** No hub answers. */
let isOffline = false;
let lastSyncAt = '2026-11-22T17:40:00+09:00';
/** As if the program had exchanged by itself meanwhile. */
export function exchangedByItself(at: string): void {
  lastSyncAt = at;
}
let hubAuthority = false;
let sharedFolder: string | undefined;
let lan: T.LanView = { addresses: [], minutes: 30, guests: [] };

const status: T.StatusView = {
  state: 'open',
  storeNumber: 1,
  storeCount: 2,
  demo: true,
  officeName: 'みほん市まるごと相談室',
  worker: ME,
  role: 'worker',
  admin: true,
  officeConfirmed: true,
  notices: [],
  unsent: 3,
  unsentSince: '2026-11-20T17:40:00+09:00',
  lastMergedAt: '2026-11-19T09:05:00+09:00',
  autoLockMinutes: 10,
  lang: 'ja',
};

const WORDS: T.WordView[] = ['さくら', 'みずうみ', 'かぜ', 'ゆきみち', 'たいこ', 'はしご', 'のはら'].map((kana, index) => ({
  kana,
  romaji: ['sakura', 'mizuumi', 'kaze', 'yukimichi', 'taiko', 'hashigo', 'nohara'][index] ?? '',
}));

function fail(code: string): never {
  const error: T.ErrorView = {
    code,
    message: code === 'wrong_secret' ? '合いことばがちがいます。' : `できませんでした（${code}）。`,
    safe: '記録は変わっていません。',
    next: 'もう一度たしかめて、入力してください。',
  };
  throw error;
}

const found = <X>(value: X | undefined): X => value ?? fail('not_found');

// Dates ------------------------------------------------------------------------------------------

const ERAS: [RegExp, number, string][] = [
  [/^(?:R|r|令和)/, 2018, '令和'],
  [/^(?:H|h|平成)/, 1988, '平成'],
  [/^(?:S|s|昭和)/, 1925, '昭和'],
  [/^(?:T|t|大正)/, 1911, '大正'],
];

function ageOn(iso: string): string {
  const [y = 0, m = 0, d = 0] = iso.split('-').map(Number);
  return String(2026 - y - (m > 11 || (m === 11 && d > 23) ? 1 : 0));
}

/** A small part of what the real date field reads. */
export function readDate(text: string): T.DateReading {
  const raw = text.normalize('NFKC').trim();
  const problem = { approx: false, ja: '', en: '', problem: 'not_a_date', hintJa: '日付として読めません。', hintEn: 'This does not read as a date.' };
  if (/^\d{5}$/.test(raw)) {
    const offer = new Date(Date.UTC(1899, 11, 30 + Number(raw))).toISOString().slice(0, 10);
    const { ja, en } = readDate(offer);
    return { ...problem, problem: 'date_excel_serial', offer, ja, en };
  }
  const relative = /^([+-]\d+)$/.exec(raw)?.[1];
  let iso = raw === '今日' || raw === 'today' ? '2026-11-23' : undefined;
  if (relative !== undefined) {
    iso = new Date(Date.UTC(2026, 10, 23 + Number(relative))).toISOString().slice(0, 10);
  }
  const band = /^(\d0)代$/.exec(raw)?.[1];
  if (band !== undefined) {
    return { precision: 'ageBand', approx: true, ja: `${band}代`, en: `${band}s`, age: `${band}-${Number(band) + 9}` };
  }
  const era = ERAS.find(([pattern]) => pattern.test(raw));
  const approx = raw.endsWith('頃');
  const parts = raw.replace(/^[^\d元]+/, '').replace('元', '1').replace('頃', '').split(/[^\d]+/).filter(Boolean).map(Number);
  const [first, month, day] = parts;
  if (iso === undefined && first !== undefined) {
    const year = era === undefined ? first : first + era[1];
    if (year < 1860 || year > 2100) {
      return problem;
    }
    iso = [year, month, day].filter((part) => part !== undefined).map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('-');
  }
  if (iso === undefined) {
    return problem;
  }
  const precision = iso.length === 10 ? 'day' : iso.length === 7 ? 'month' : 'year';
  const [y = 0, m, d] = iso.split('-').map(Number);
  const eraOf = y >= 2019 ? (['令和', 2018] as const) : y >= 1989 ? (['平成', 1988] as const) : (['昭和', 1925] as const);
  const ja = `${eraOf[0]}${y - eraOf[1] === 1 ? '元' : y - eraOf[1]}年${m === undefined ? '' : `${m}月`}${d === undefined ? '' : `${d}日`}（${[y, m, d].filter((part) => part !== undefined).join('/')}）${approx ? '頃' : ''}`;
  return { iso, precision, approx, ja, en: `${iso}${approx ? ' (about)' : ''}`, age: precision === 'day' ? ageOn(iso) : `${2026 - y - 1}-${2026 - y}` };
}

function birthOf(raw: string): T.BirthView {
  const read = readDate(raw);
  return {
    precision: read.precision ?? 'unknown',
    approx: read.approx,
    raw,
    ...(read.iso === undefined ? {} : { iso: read.iso }),
    ...(read.age === undefined ? {} : { age: read.age }),
  };
}

// Records ----------------------------------------------------------------------------------------

function makeHousehold(name: string, extra: Partial<Case> = {}): Case {
  const made: Case = {
    id: newId(),
    version: newVersion(),
    name,
    stage: 'support',
    flags: [],
    members: [],
    handovers: [],
    covers: [],
    links: [],
    linked: [],
    offered: [],
    teamMoves: [],
    late: [],
    author: ME,
    at: '2026-04-10T14:00:00+09:00',
    local: { unsent: 0, movePending: false, restrictedNotes: [], linked: [], shielded: [] },
    ...extra,
  };
  households.push(made);
  return made;
}

function makeMember(household: Case, given: Partial<T.AddMember> & { author?: T.AuthorView }): T.MemberView {
  const made: T.MemberView = {
    id: newId(),
    version: newVersion(),
    familyName: given.familyName ?? '',
    givenName: given.givenName ?? '',
    familyKana: given.familyKana ?? '',
    givenKana: given.givenKana ?? '',
    unnamed: (given.familyName ?? '') === '' && (given.givenName ?? '') === '',
    ...(given.birth === undefined ? {} : { birth: birthOf(given.birth) }),
    ...(given.sex === undefined ? {} : { sex: given.sex }),
    ...(given.role === undefined ? {} : { role: given.role }),
    ...(given.phone === undefined ? {} : { phone: given.phone }),
    samePersonAs: given.samePersonAs === undefined ? [] : [given.samePersonAs],
    shielded: [],
    links: [],
    author: given.author ?? ME,
    at: NOW,
  };
  household.members.push(made);
  return made;
}

function makeNote(given: T.CreateNote & { author?: T.AuthorView; confirmedAt?: string }): T.NoteView {
  const blocks: T.BlockView[] = [];
  let start = 0;
  for (const block of given.blocks ?? []) {
    const words = [...block.text];
    const { text, ...rest } = block;
    blocks.push({ ...rest, memberIds: block.memberIds ?? [], text, start, end: start + words.length });
    start += words.length + 1;
  }
  const text = given.blocks === undefined ? (given.text ?? '') : given.blocks.map((block) => block.text).join('\n');
  const made: T.NoteView = {
    id: newId(),
    version: newVersion(),
    householdId: given.householdId,
    text,
    blocks: blocks.length > 0 ? blocks : [{ text, start: 0, end: [...text].length, memberIds: [] }],
    occurredAt: given.occurredAt ?? NOW,
    ...(given.method === undefined ? {} : { method: given.method }),
    memberIds: given.memberIds ?? [],
    late: false,
    restricted: false,
    author: given.author ?? ME,
    at: given.occurredAt ?? NOW,
  };
  if (given.confirmedAt !== undefined) {
    made.confirmed = { author: ME, at: given.confirmedAt, version: made.version, text, amended: false };
  }
  notes.push(made);
  return made;
}

function makeRound(householdId: string, packId: string): T.AssessmentView {
  const pack = found(packs.find((entry) => entry.id === packId));
  const made: T.AssessmentView = {
    unknownPack: false,
    id: newId(),
    version: newVersion(),
    householdId,
    pack: { id: pack.id, version: pack.version, hash: '0'.repeat(64) },
    number: rounds.filter((round) => round.householdId === householdId && round.pack.id === packId).length + 1,
    subjects: [],
    evidence: [],
    conflicts: [],
    author: ME,
    at: '2026-10-02T15:00:00+09:00',
  };
  rounds.push(made);
  return made;
}

function putAnswer(round: T.AssessmentView, given: Omit<T.AnswerAssessment, 'roundId'>, author = ME): void {
  const known = round.subjects.find((entry) => entry.subject === given.subject);
  const subject: T.SubjectView = known ?? { subject: given.subject, answers: [] };
  if (known === undefined) {
    round.subjects.push(subject);
  }
  const before = subject.answers.find((entry) => entry.item === given.item);
  const commentOnly = given.value === null && given.state === undefined && given.comment !== undefined;
  const next: T.AnswerView = {
    item: given.item,
    value: commentOnly ? (before?.value ?? null) : given.value,
    state: commentOnly ? (before?.state ?? 'unasked') : (given.state ?? 'answered'),
    basis: commentOnly ? (before?.basis ?? 'voiced') : (given.basis ?? 'voiced'),
    twoViews: false,
    author,
    at: NOW,
    ...(given.certainty === undefined ? {} : { certainty: given.certainty }),
    ...((given.comment ?? before?.comment) === undefined ? {} : { comment: given.comment ?? before?.comment ?? '' }),
  };
  subject.answers = [...subject.answers.filter((entry) => entry.item !== given.item), next];
  if (round.pack.id === 'kihon-checklist') {
    const yes = (ids: string[], point: string) => ids.filter((id) => subject.answers.some((entry) => entry.item === id && entry.value === point)).length;
    subject.scores = { daily: yes(['q01', 'q02', 'q03', 'q04', 'q05'], 'no'), motor: yes(['q06', 'q07', 'q08'], 'no') + yes(['q09', 'q10'], 'yes'), nutrition: 0, oral: yes(['q13', 'q14', 'q15'], 'yes'), homebound: yes(['q16'], 'no'), cognition: yes(['q18', 'q20'], 'yes'), mood: yes(['q21', 'q22', 'q23', 'q24', 'q25'], 'yes'), total20: 0, eligible: null };
  }
  if (!commentOnly) {
    conflicts = conflicts.filter((entry) => entry.documentId !== round.id || entry.path !== `answers/${given.subject}/${given.item}`);
  }
  round.version = newVersion();
}

function summary(note: T.NoteView): T.NoteSummary {
  return {
    id: note.id,
    version: note.version,
    text: [...note.text].slice(0, 200).join(''),
    more: [...note.text].length > 200,
    kinds: [...new Set(note.blocks.flatMap((block) => (block.type === undefined ? [] : [block.type])))],
    occurredAt: note.occurredAt,
    ...(note.method === undefined ? {} : { method: note.method }),
    memberIds: note.memberIds,
    confirmed: note.confirmed !== undefined,
    author: note.author,
    at: note.at,
  };
}

function roundView(round: T.AssessmentView): T.AssessmentView {
  const own = conflicts.filter((entry) => entry.documentId === round.id);
  return { ...round, conflicts: own, subjects: structuredClone(round.subjects) };
}

function householdView(household: Case, asOf?: string): T.HouseholdView {
  const own = notes.filter((note) => note.householdId === household.id && (asOf === undefined || note.occurredAt.slice(0, 10) <= asOf));
  return structuredClone({
    ...household,
    intakes: intakes.filter((intake) => intake.householdId === household.id),
    rounds: rounds
      .filter((round) => round.householdId === household.id)
      .map((round) => ({ id: round.id, version: round.version, pack: round.pack, number: round.number, answered: 0, author: round.author, at: round.at }))
      .reverse(),
    conflicts: conflicts.filter((entry) => entry.householdId === household.id),
    handovers: handovers.filter((entry) => entry.householdId === household.id),
    covers: covers.filter((entry) => entry.state !== 'over' && entry.householdIds.includes(household.id)),
    notes: own.sort((a, b) => b.occurredAt.localeCompare(a.occurredAt)).map(summary),
    ...(asOf === undefined ? {} : { asOf }),
  });
}

function row(household: Case): T.HouseholdRow {
  const last = notes.filter((note) => note.householdId === household.id).map((note) => note.occurredAt).sort().at(-1);
  return {
    id: household.id,
    name: household.name,
    kana: household.members[0]?.familyKana ?? '',
    members: household.members.filter((member) => member.leftOn === undefined).map((member) => (member.unnamed ? '' : `${member.familyName} ${member.givenName}`.trim())),
    stage: household.stage,
    ...(household.leadWorker === undefined ? {} : { leadWorker: household.leadWorker }),
    ...(last === undefined ? {} : { lastContactAt: last }),
    ...(household.nextOn === undefined ? {} : { nextOn: household.nextOn }),
    conflictCount: conflicts.filter((entry) => entry.householdId === household.id).length,
    flags: household.flags,
  };
}

function matches(household: Case, query: string): boolean {
  const kana = household.members.map((member) => `${member.familyKana}${member.givenKana}${member.familyName}${member.givenName}`).join(' ');
  const hira = kana.replace(/[ァ-ヶ]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) - 0x60));
  return `${household.name} ${kana} ${hira}`.includes(query);
}

/** Splits the blocks again so that `start..end` carries one type. */
function mark(note: T.NoteView, given: T.MarkNote): void {
  const letters = [...note.text];
  const kinds = letters.map((_, at) => note.blocks.find((block) => block.start <= at && at < block.end));
  const { id: _, base: __, start, end, type, ...rest } = given;
  const own = { ...rest, memberIds: given.memberIds ?? [], ...(type === 'none' ? {} : { type }) } as Partial<T.BlockView>;
  const blocks: T.BlockView[] = [];
  letters.forEach((letter, at) => {
    const source = at >= start && at < end ? own : kinds[at];
    const last = blocks.at(-1);
    const same = last !== undefined && last.type === source?.type && (at !== start || type === 'none') && at !== end;
    if (same && last !== undefined) {
      last.text += letter;
      last.end = at + 1;
    } else {
      const { start: _s, end: _e, text: _t, ...kept } = (source ?? { memberIds: [] }) as T.BlockView;
      blocks.push({ ...kept, text: letter, start: at, end: at + 1 });
    }
  });
  note.blocks = blocks;
}

function setText(note: T.NoteView, text: string): void {
  const before = [...note.text];
  const after = [...text];
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) {
    head += 1;
  }
  const shift = after.length - before.length;
  note.blocks = note.blocks.map((block) => ({
    ...block,
    start: block.start > head ? Math.max(head, block.start + shift) : block.start,
    end: block.end >= head ? Math.max(head, block.end + shift) : block.end,
  }));
  note.text = text;
  note.blocks = note.blocks.filter((block) => block.end > block.start).map((block) => ({ ...block, text: after.slice(block.start, block.end).join('') }));
  if (note.blocks.length === 0 && after.length > 0) {
    note.blocks = [{ text, start: 0, end: after.length, memberIds: [] }];
  }
  if (note.confirmed !== undefined) {
    note.confirmed.amended = note.confirmed.text !== text;
  }
}

// Operations -------------------------------------------------------------------------------------

const touch = (...tags: string[]) => tags;

function operation(name: string, args: Given): { value: unknown; touched: string[] } {
  const id = args.id as string;
  const answer = (value: unknown, ...touched: string[]) => {
    if (touched.length > 0) {
      done.push(name);
      unsent += 1;
      status.unsent = unsent;
    }
    return { value: structuredClone(value), touched };
  };
  const household = () => found(households.find((entry) => entry.id === (args.householdId ?? id)));
  switch (name) {
    case 'intake_create': {
      const made: T.IntakeView = { id: newId(), version: newVersion(), text: '', receivedAt: NOW, open: true, author: ME, at: NOW, ...(args as Partial<T.IntakeView>) };
      intakes.unshift(made);
      return answer(made, ...touch('today', 'intakes', `intake:${made.id}`));
    }
    case 'intake_get':
      return answer(found(intakes.find((entry) => entry.id === id)));
    case 'intake_similar':
      return answer(similar(found(intakes.find((entry) => entry.id === id))));
    case 'intake_list':
      return answer({ items: intakes.filter((entry) => args.open !== true || entry.open) });
    case 'intake_update': {
      const intake = found(intakes.find((entry) => entry.id === id)) as unknown as Given;
      if (args.value === null) {
        delete intake[args.field as string];
      } else {
        intake[args.field as string] = args.value;
      }
      intake.version = newVersion();
      intake.open = intake.closed === undefined && intake.householdId === undefined;
      return answer(intake, 'today', 'intakes', `intake:${id}`);
    }
    case 'household_create': {
      const made = makeHousehold((args.name as string | undefined) ?? '', { stage: 'intake', at: NOW });
      const intake = intakes.find((entry) => entry.id === args.intakeId);
      if (intake !== undefined) {
        intake.householdId = made.id;
        intake.open = false;
      }
      return answer(householdView(made), 'households', 'today', 'intakes', `intake:${String(args.intakeId)}`);
    }
    case 'household_list': {
      const query = ((args.query as string | undefined) ?? '').toLowerCase();
      const rows = households
        .filter((entry) => (query === '' || matches(entry, query) || 'satou sato'.includes(query)) && (args.stage === undefined || entry.stage === args.stage))
        .slice(0, (args.limit as number | undefined) ?? 100)
        .map(row);
      return answer({ items: rows });
    }
    case 'household_get':
      return answer(householdView(household(), args.asOf as string | undefined));
    case 'household_update': {
      const target = household() as unknown as Given;
      const field = args.field === 'leadWorkerId' ? 'leadWorker' : (args.field as string);
      target[field] = field === 'leadWorker' ? (args.value === 'w2' ? OTHER : ME) : (args.value ?? undefined);
      target.version = newVersion();
      return answer(householdView(household()), 'households', `household:${id}`, 'today');
    }
    case 'member_add': {
      const made = makeMember(household(), args as unknown as T.AddMember);
      const other = households.find((entry) => entry.members.some((member) => member.id === args.samePersonAs));
      if (other !== undefined) {
        const there: T.HouseholdRef = { id: other.id, name: other.name, members: [] };
        made.links = [{ id: newId(), kind: 'same_person', otherId: String(args.samePersonAs), household: there, author: ME, at: NOW }];
      }
      return answer(made, 'households', `household:${household().id}`);
    }
    case 'member_update': {
      const owner = found(households.find((entry) => entry.members.some((member) => member.id === id)));
      const member = found(owner.members.find((entry) => entry.id === id)) as unknown as Given;
      member[args.field as string] = args.field === 'birth' ? birthOf(String(args.value)) : (args.value ?? '');
      member.unnamed = member.familyName === '' && member.givenName === '';
      member.version = newVersion();
      return answer(member, 'households', `household:${owner.id}`);
    }
    case 'member_move': {
      const member = found(household().members.find((entry) => entry.id === id));
      const target = args.toHouseholdId === undefined ? makeHousehold(String(args.newHousehold)) : found(households.find((entry) => entry.id === args.toHouseholdId));
      const arrived = makeMember(target, { familyName: member.familyName, givenName: member.givenName, familyKana: member.familyKana, givenKana: member.givenKana });
      member.leftOn = readDate(String(args.on)).iso ?? '2026-11-23';
      member.leaveReason = String(args.reason);
      member.movedTo = { householdId: target.id, householdName: target.name, personId: arrived.id, undecided: false };
      arrived.movedFrom = { householdId: household().id, householdName: household().name, personId: member.id, undecided: false };
      return answer(member, 'households', `household:${household().id}`, `household:${target.id}`);
    }
    case 'member_shield': {
      const owner = found(households.find((entry) => entry.members.some((member) => member.id === id)));
      const member = found(owner.members.find((entry) => entry.id === id));
      const fields = (['address', 'phone', 'school', 'workplace'] as const).filter((field) => args[field] !== undefined);
      member.shielded = [...new Set([...member.shielded, ...fields])];
      const shielded: T.ShieldedView = { memberId: id };
      for (const field of fields) {
        delete member[field];
        shielded[field] = String(args[field]);
      }
      owner.local.shielded = [shielded];
      return answer(member, 'restricted', `household:${owner.id}`);
    }
    case 'link_offers':
      return answer({ items: offers.filter((offer) => args.householdId === undefined || [offer.a.id, offer.b.id].includes(String(args.householdId))) });
    case 'link_make': {
      offers = offers.filter((offer) => offer.a.id !== args.a || offer.b.id !== args.b);
      const [one, two] = [args.a, args.b].map((end) => households.find((entry) => entry.id === end));
      if (one !== undefined && two !== undefined) {
        const ref = (entry: Case): T.HouseholdRef => ({ id: entry.id, name: entry.name, members: [] });
        one.links = [{ id: newId(), kind: String(args.kind), otherId: two.id, household: ref(two), author: ME, at: NOW }];
        if (args.kind === 'same_household') {
          one.linked = [{ household: ref(two), members: two.members, notes: householdView(two).notes }];
        }
      }
      return answer({ items: one?.links ?? [] }, 'links', 'households');
    }
    case 'link_retract': {
      const one = households.find((entry) => entry.id === args.a);
      if (one !== undefined) {
        one.links = [];
        one.linked = [];
      }
      return answer({ items: [] }, 'links', 'households');
    }
    case 'member_leave': {
      const member = found(household().members.find((entry) => entry.id === id));
      member.leftOn = readDate(String(args.on)).iso ?? '2026-11-23';
      if (args.reason !== undefined) {
        member.leaveReason = String(args.reason);
      }
      return answer(member, 'households', `household:${household().id}`);
    }
    case 'note_create': {
      const made = makeNote(args as unknown as T.CreateNote);
      if (args.memoId !== undefined) {
        memos.splice(memos.findIndex((memo) => memo.id === args.memoId), 1);
      }
      return answer(made, `household:${made.householdId}`, 'households', 'today', 'memos', `note:${made.id}`);
    }
    case 'note_get':
      return answer(found(notes.find((entry) => entry.id === id && (args.asOf === undefined || entry.occurredAt.slice(0, 10) <= String(args.asOf)))));
    case 'note_edit': {
      const note = found(notes.find((entry) => entry.id === id));
      setText(note, String(args.text));
      note.version = newVersion();
      return answer(note, `note:${id}`, `household:${note.householdId}`, 'today');
    }
    case 'note_update': {
      const note = found(notes.find((entry) => entry.id === id)) as unknown as Given;
      note[args.field as string] = args.value ?? undefined;
      note.version = newVersion();
      note.late = String(note.occurredAt).slice(0, 10) !== NOW.slice(0, 10);
      return answer(note, `note:${id}`, `household:${String(note.householdId)}`, 'today');
    }
    case 'note_mark': {
      const note = found(notes.find((entry) => entry.id === id));
      mark(note, args as unknown as T.MarkNote);
      note.version = newVersion();
      return answer(note, `note:${id}`, `household:${note.householdId}`);
    }
    case 'note_move': {
      const note = found(notes.find((entry) => entry.id === id));
      const from = note.householdId;
      Object.assign(note, { householdId: String(args.householdId), written: { author: note.author, at: note.at }, version: newVersion() });
      return answer(note, `note:${id}`, `household:${from}`, `household:${note.householdId}`, 'today');
    }
    case 'note_confirm': {
      const note = found(notes.find((entry) => entry.id === id));
      note.confirmed = { author: ME, at: NOW, version: note.version, text: note.text, amended: false };
      return answer(note, `note:${id}`, `household:${note.householdId}`, 'today');
    }
    case 'assessment_start': {
      const made = makeRound(String(args.householdId), String(args.pack));
      return answer(roundView(made), `household:${made.householdId}`);
    }
    case 'assessment_answer': {
      const round = found(rounds.find((entry) => entry.id === args.roundId));
      putAnswer(round, args as unknown as T.AnswerAssessment);
      return answer(roundView(round), `round:${round.id}`, `household:${round.householdId}`);
    }
    case 'assessment_cite': {
      const round = found(rounds.find((entry) => entry.id === args.roundId));
      const { subject, item, noteId, cited = true } = args as unknown as T.CiteAssessment;
      const note = found(notes.find((entry) => entry.id === noteId));
      round.evidence = round.evidence.filter((entry) => entry.subject !== subject || entry.item !== item || entry.noteId !== noteId);
      if (cited) {
        round.evidence.push({ subject, item, noteId, text: note.text, occurredAt: note.occurredAt, author: note.author });
      }
      round.version = newVersion();
      return answer(roundView(round), `round:${round.id}`, `household:${round.householdId}`);
    }
    case 'assessment_get':
      return answer(roundView(found(rounds.find((entry) => entry.id === args.roundId))));
    case 'conflict_list':
      return answer({ items: conflicts.filter((entry) => args.householdId === undefined || entry.householdId === args.householdId) });
    case 'conflict_resolve': {
      const conflict = found(conflicts.find((entry) => entry.id === id));
      const round = rounds.find((entry) => entry.id === conflict.documentId);
      conflicts = conflicts.filter((entry) => entry !== conflict);
      if (round !== undefined) {
        const state = (args.value as { state?: string } | null)?.state;
        putAnswer(round, {
          subject: conflict.subject ?? '',
          item: conflict.item ?? '',
          ...(state === undefined ? { value: args.value } : { value: null, state }),
        });
      }
      return answer({ items: conflicts }, 'conflicts', 'households', `household:${conflict.householdId ?? ''}`, `round:${conflict.documentId}`);
    }
    case 'memo_create': {
      const made: T.MemoView = { id: newId(), version: newVersion(), text: String(args.text), at: NOW };
      memos.unshift(made);
      return answer(made, 'memos', 'today');
    }
    case 'memo_edit': {
      const memo = found(memos.find((entry) => entry.id === id));
      memo.text = String(args.text);
      memo.version = newVersion();
      return answer(memo, 'memos', `memo:${id}`, 'today');
    }
    case 'memo_discard':
      memos.splice(memos.findIndex((memo) => memo.id === id), 1);
      return answer({ items: memos }, 'memos', 'today');
    case 'memo_list':
      return answer({ items: memos });
    case 'attachment_add': {
      const given = args as unknown as T.AddAttachment;
      const bytes = atob(given.content);
      if (bytes.includes('<svg')) {
        fail('attachment_active');
      }
      const media = bytes.startsWith('\x89PNG') ? 'image/png' : bytes.startsWith('%PDF') ? 'application/pdf' : 'text/plain';
      const { content, name: called, noteId, memberId, householdId } = given;
      const home = householdId ?? households.find((entry) => entry.members.some((one) => one.id === memberId))?.id ?? notes.find((note) => note.id === noteId)?.householdId ?? '';
      const picture = media === 'image/png' ? { width: 1, height: 1, thumbnail: content } : {};
      attachments.unshift({ id: newId(), version: newVersion(), householdId: home, ...(noteId === undefined ? {} : { noteId }), ...(memberId === undefined ? {} : { memberId }), name: called, media, size: bytes.length, ...picture, local: { arrived: 1, chunks: 1 }, author: ME, at: NOW, content });
      return answer(attachments[0], 'attachments', `household:${home}`);
    }
    case 'attachment_list':
      return answer({ items: attachments.filter((entry) => entry.householdId === args.householdId && (args.noteId === undefined || entry.noteId === args.noteId) && (args.memberId === undefined || entry.memberId === args.memberId)), limit: 100 });
    case 'attachment_open': {
      const { local, media = '', content } = found(attachments.find((entry) => entry.id === id));
      return local.arrived < local.chunks ? fail('attachment_missing') : answer({ media, content });
    }
    case 'attachment_update': {
      const entry = found(attachments.find((one) => one.id === id));
      Object.assign(entry, { [args.field as string]: args.value ?? undefined, version: newVersion() });
      return answer(entry, 'attachments');
    }
    case 'attachment_remove':
      attachments.splice(attachments.indexOf(found(attachments.find((entry) => entry.id === id))), 1);
      return answer({}, 'attachments');
    case 'audit_list':
      return answer({ items: auditItems.filter((item) => args.onlyRecords !== true || item.act !== 'list') } satisfies T.AuditList);
    case 'audit_books':
    case 'audit_hand_in':
      return answer({
        items: [{ device: 'd1', worker: ME, own: true, restricted: false, entries: 2, lastAt: NOW, faults: [] }],
        readers: [OTHER],
        waiting: 2,
        handedIn: name === 'audit_hand_in',
      } satisfies T.AuditBooks);
    case 'carryout_list': {
      const out = carryouts.filter((entry) => entry.end === undefined);
      const wanted = args.open === true ? out : [...out, ...carryouts.filter((entry) => entry.end !== undefined)];
      return answer({ items: [...wanted].sort((one, two) => Number(two.overdue) - Number(one.overdue)) });
    }
    case 'carryout_close': {
      const entry = found(carryouts.find((one) => one.id === id));
      entry.end = { how: String(args.how), on: '2026-11-23', author: ME, at: NOW };
      entry.overdue = false;
      return answer(entry, 'carryouts');
    }
    case 'household_move_team': {
      const given = args as unknown as T.MoveToTeam;
      const target = found(households.find((entry) => entry.id === given.id));
      const to = found(teams.find((team) => team.id === given.team));
      const before = target.team;
      target.team = { id: to.id, name: to.name };
      target.teamMoves.unshift({ ...(before === undefined ? {} : { from: before }), to: target.team, reason: given.reason, author: ME, at: NOW });
      return answer(householdView(target), 'households', `household:${target.id}`);
    }
    case 'handover_offer': {
      const given = args as unknown as T.OfferHandover;
      const made = given.households.map((words) => {
        const target = found(households.find((entry) => entry.id === words.householdId));
        return makeHandover(target, { to: workerOf(given.toWorkerId), on: given.on ?? '2026-11-23', ...words });
      });
      return answer({ items: made }, 'handovers', 'today', ...made.map((entry) => `household:${entry.householdId}`));
    }
    case 'handover_answer': {
      const given = args as unknown as T.AnswerHandover;
      const own = handovers.filter((entry) => given.ids.includes(entry.id));
      for (const entry of own) {
        const { reason } = given;
        entry.state = given.answer;
        entry.answers = [{ answer: given.answer, ...(reason === undefined ? {} : { reason }), author: ME, at: NOW }];
        const target = found(households.find((one) => one.id === entry.householdId));
        if (given.answer === 'accepted' && entry.on <= '2026-11-23') {
          target.leadWorker = entry.to;
        } else if (given.answer === 'accepted') {
          target.leadNext = { worker: entry.to, on: entry.on };
        }
      }
      return answer({ items: own }, 'handovers', 'households', 'today', ...own.map((entry) => `household:${entry.householdId}`));
    }
    case 'handover_list':
      return answer({ items: handovers.filter((entry) => args.householdId === undefined || entry.householdId === args.householdId) });
    case 'cover_start': {
      const given = args as unknown as T.StartCover;
      if (isApart && given.readableOnly !== true) {
        return fail('coverer_not_in_team');
      }
      const worker = workerOf(given.workerId ?? ME.id);
      const led = households.filter((entry) => entry.leadWorker?.id === worker.id && entry.stage !== 'closed').map((entry) => entry.id);
      const made: T.CoverView = {
        id: newId(), worker, coverer: workerOf(given.covererId), from: given.from ?? '2026-11-23', until: given.until,
        householdIds: given.householdIds ?? led, state: (given.from ?? '') > '2026-11-23' ? 'coming' : 'running', author: ME, at: NOW,
      };
      covers.push(made);
      return answer(made, 'covers', 'today', 'households', ...made.householdIds.map((covered) => `household:${covered}`));
    }
    case 'cover_end': {
      const cover = found(covers.find((entry) => entry.id === id));
      cover.state = 'over';
      cover.endedAt = NOW;
      return answer(cover, 'covers', 'today', ...cover.householdIds.map((covered) => `household:${covered}`));
    }
    case 'cover_list':
      return answer({ items: covers.filter((entry) => args.open === undefined || args.open === (entry.state !== 'over')) });
    case 'cover_away': {
      const cover = found(covers.find((entry) => entry.id === id));
      return answer({ cover, unread: !readCovers.has(id), households: cover.householdIds.map(awayOf).filter((entry) => entry.items.length > 0) });
    }
    case 'cover_read':
      readCovers.add(id);
      return answer(found(covers.find((entry) => entry.id === id)), 'covers', 'today');
    case 'search': {
      const text = String(args.text);
      const items: T.Hit[] = [];
      for (const entry of households.filter((one) => matches(one, text))) {
        items.push({ linked: [], kind: 'household', id: entry.id, householdName: entry.name, snippet: entry.name, start: 0, end: Math.min(2, [...entry.name].length) });
      }
      const words = text.split(/\s+/).filter((word) => word !== '');
      for (const entry of households) {
        for (const member of entry.members) {
          const own = [member.familyName, member.givenName, member.familyKana, member.givenKana].join(' ');
          if (words.length > 0 && words.every((word) => own.includes(word))) {
            items.push({ linked: [], kind: 'member', id: member.id, householdId: entry.id, householdName: entry.name, snippet: `${member.familyName} ${member.givenName}`.trim() });
          }
        }
      }
      for (const note of notes.filter((one) => one.text.includes(text))) {
        const owner = households.find((one) => one.id === note.householdId);
        const at = [...note.text.slice(0, note.text.indexOf(text))].length;
        const from = Math.max(0, at - 10);
        items.push({ linked: [], kind: 'note', id: note.id, householdId: note.householdId, householdName: owner?.name ?? '', snippet: [...note.text].slice(from, from + 60).join('').replaceAll('\n', ' '), start: at - from, end: at - from + [...text].length });
      }
      for (const { id, householdId, name, description = '' } of attachments) {
        const found = [name, description].find((words) => words.includes(text));
        if (found !== undefined && householdId !== undefined) {
          const owner = households.find((one) => one.id === householdId);
          items.push({ linked: [], kind: 'attachment', id, householdId, householdName: owner?.name ?? '', snippet: found });
        }
      }
      const guess = households[1];
      return answer({ items, guesses: text === 'さとお' && guess !== undefined ? [{ linked: [], kind: 'household', id: guess.id, snippet: guess.name }] : [] });
    }
    case 'saved_list':
      return answer({ items: saved });
    case 'saved_put':
      saved = [...saved.filter((entry) => entry.name !== args.name), args as unknown as T.SavedView];
      return answer({ items: saved }, 'saved');
    case 'saved_drop':
      saved = saved.filter((entry) => entry.name !== args.name);
      return answer({ items: saved }, 'saved');
    case 'undo':
      return answer(done.length === 0 ? {} : { op: found(done.pop()).replace('_', '.'), at: NOW });
    case 'redo':
      return answer({});
    case 'history': {
      const target = households.find((entry) => entry.id === id);
      return answer({
        id,
        items: [
          { at: '2026-11-20T17:40:00+09:00', author: OTHER, field: 'fields/nextOn', before: '2026-11-20', after: target?.nextOn ?? null },
          { at: '2026-11-12T11:02:00+09:00', author: ME, field: 'fields/summary', before: null, after: target?.summary ?? null },
        ],
      });
    }
    case 'restricted_list':
      return answer({ items: restricted.filter((entry) => args.householdId === undefined || entry.householdId === args.householdId) });
    case 'restricted_open': {
      const record = found(restricted.find((entry) => entry.id === id));
      if (String(args.reason).trim() === '') {
        return fail('reason_needed');
      }
      record.opened = true;
      record.entries = [{ kind: 'note', id: notes[0]?.id ?? '', title: '避難先のこと' }];
      return answer(record, 'restricted', `household:${record.householdId}`);
    }
    case 'access_list':
      return answer({
        householdId: args.householdId,
        teams: 1,
        readers: [ME, OTHER].map((worker) => reader(worker, true)),
        local: {
          restricted: restricted
            .filter((entry) => entry.householdId === args.householdId)
            .map(restrictedAccess),
        },
      });
    case 'access_escrow':
      if (args.opens === true) {
        escrowOpens.add(id);
      } else {
        escrowOpens.delete(id);
      }
      found(restricted.find((entry) => entry.id === id)).escrow = args.opens === true;
      return answer(restrictedAccess(found(restricted.find((entry) => entry.id === id))), 'restricted');
    case 'today_get':
      return answer(today());
    case 'pack_list':
      return answer({ items: packs });
    case 'list_all':
      return answer({ lists: Object.fromEntries(lists.map((list) => [list.id, list.codes])) });
    case 'area_list':
      return answer({ items: ['潮見台', '港北'] });
    case 'date_read':
      return answer(readDate(String(args.text)));
    default:
      return fail(`unknown_${name}`);
  }
}

function workerOf(id: string): T.AuthorView {
  return [ME, OTHER].find((worker) => worker.id === id) ?? fail('unknown_worker');
}

function makeHandover(household: Case, given: { to: T.AuthorView; on: string; author?: T.AuthorView } & Partial<T.HandoverWords>): T.HandoverView {
  const summary = given.summary ?? household.summary;
  const promise = given.promise ?? household.promise;
  const made: T.HandoverView = {
    id: newId(),
    version: newVersion(),
    householdId: household.id,
    householdName: household.name,
    ...(household.leadWorker === undefined ? {} : { from: household.leadWorker }),
    to: given.to,
    on: given.on,
    ...(summary === undefined ? {} : { summary }),
    ...(promise === undefined ? {} : { promise }),
    ...(given.avoid === undefined || given.avoid === '' ? {} : { avoid: given.avoid }),
    state: 'offered',
    answers: [],
    author: given.author ?? ME,
    at: NOW,
  };
  handovers.unshift(made);
  return made;
}

/** What the other worker wrote in a household: its newest foreign notes, and a promise. */
function awayOf(id: string): T.AwayHousehold {
  const target = found(households.find((entry) => entry.id === id));
  const written = notes.filter((note) => note.householdId === id && note.author.id === OTHER.id);
  return {
    id,
    name: target.name,
    items: written.flatMap((note) => [
      { kind: 'note', id: note.id, new: true, fields: ['text'], title: note.text.slice(0, 40), author: OTHER, at: note.at },
      { kind: 'household', id, new: false, fields: ['fields/promise', 'fields/nextOn'], author: OTHER, at: note.at },
    ]),
  };
}

/** What `?handover` shows: two offers to this worker, one of its own that was declined, a cover that runs and one that is over. */
function seedHandovers(): void {
  const [sato, long, third, fourth] = households;
  for (const [household, avoid] of [[long, '大きな声や急な訪問を避ける。学校の先生の話から入ると、母の表情がやわらぐ。'], [fourth, '']] as const) {
    if (household !== undefined) {
      household.leadWorker = OTHER;
      makeHandover(household, { to: ME, on: '2026-12-01', author: OTHER, avoid });
    }
  }
  if (third !== undefined && sato !== undefined) {
    const declined = makeHandover(third, { to: OTHER, on: '2026-12-01' });
    declined.state = 'declined';
    declined.answers = [{ answer: 'declined', reason: '12月は受け持ちがいっぱいです。', author: OTHER, at: NOW }];
    covers.push(
      { id: newId(), worker: OTHER, coverer: ME, from: '2026-11-20', until: '2026-11-27', householdIds: [long?.id ?? ''], state: 'running', author: OTHER, at: NOW },
      { id: newId(), worker: ME, coverer: OTHER, from: '2026-11-16', until: '2026-11-20', householdIds: [sato.id], state: 'over', author: ME, at: NOW },
    );
  }
}

function todayHandovers(): T.TodayHandover[] {
  const lines: T.TodayHandover[] = [];
  for (const entry of handovers) {
    const toMe = entry.to.id === ME.id;
    if (toMe && entry.state !== 'offered') {
      continue;
    }
    const direction = toMe ? 'toMe' : 'fromMe';
    const other = toMe ? (entry.from ?? entry.author) : entry.to;
    const alike = lines.find((line) => line.direction === direction && line.state === entry.state && line.on === entry.on && line.other.id === other.id);
    if (alike === undefined) {
      lines.push({ direction, state: entry.state, other, on: entry.on, count: 1, householdId: entry.householdId, title: entry.householdName });
    } else {
      alike.count += 1;
      delete alike.householdId;
      delete alike.title;
    }
  }
  return lines;
}

function reader(worker: T.AuthorView, byTeam: boolean): T.AccessDevice {
  return { device: worker.id, worker, frozen: false, byTeam, byEscrow: false, keeper: !byTeam, ...(byTeam ? {} : { by: ME, since: NOW }) };
}

function restrictedAccess(entry: T.RestrictedView): T.RestrictedAccess {
  const opens = escrowOpens.has(entry.id);
  return {
    id: entry.id,
    readers: entry.readers.map((worker) => reader(worker, false)),
    mayChange: true,
    escrow: { opens, inForce: true, ...(opens ? { by: ME, since: NOW } : {}) },
  };
}

/** The same number or name is a hit; a name that only begins alike is a guess. */
function similar(intake: T.IntakeView): T.SearchView {
  const digits = (phone: string | undefined) => (phone ?? '').replace(/\D/g, '');
  const number = digits(intake.phone);
  const name = (intake.callerName ?? '').trim();
  const view: T.SearchView = { items: [], guesses: [] };
  for (const household of households) {
    for (const member of household.members) {
      const own = `${member.familyName} ${member.givenName}`.trim();
      const hit: T.Hit = { linked: [], kind: 'member', id: member.id, householdId: household.id, householdName: household.name, snippet: own };
      if ((number.length >= 6 && digits(member.phone) === number) || (name !== '' && own.includes(name))) {
        view.items.push(hit);
      } else if (name.length > 1 && member.familyName !== '' && name.startsWith(member.familyName.slice(0, 1))) {
        view.guesses.push(hit);
      }
    }
  }
  for (const other of intakes.filter((entry) => entry !== intake)) {
    if (number.length >= 6 && digits(other.phone) === number) {
      view.items.push({ linked: [], kind: 'intake', id: other.id, snippet: other.callerName ?? other.text });
    }
  }
  return view;
}

function today(): T.TodayView {
  const covering = covers.filter((entry) => entry.coverer.id === ME.id && entry.state === 'running');
  const line = (household: Case | undefined, when: string, overdue: boolean): T.TodayItem => ({
    kind: 'household',
    id: household?.id ?? '',
    householdId: household?.id ?? '',
    title: household?.name ?? '',
    ...(household?.nextWhat === undefined ? {} : { what: household.nextWhat }),
    when,
    overdue,
    ...coveringFor(household),
  });
  const coveringFor = (household: Case | undefined) => {
    const cover = covering.find((entry) => household !== undefined && entry.householdIds.includes(household.id));
    return cover === undefined ? {} : { coveringFor: cover.worker };
  };
  return {
    handovers: todayHandovers(),
    covers: covering.map((entry) => ({ id: entry.id, worker: entry.worker, until: entry.until, count: entry.householdIds.length })),
    away: covers
      .filter((entry) => entry.worker.id === ME.id && entry.state === 'over' && !readCovers.has(entry.id))
      .map((entry) => ({ id: entry.id, coverer: entry.coverer, from: entry.from, until: entry.until, count: entry.householdIds.length })),
    local: { alerts: [] },
    date: '2026-11-23',
    visits: households.filter((entry) => entry.nextOn === '2026-11-23').map((entry) => line(entry, '2026-11-23', false)),
    due: [
      ...households.filter((entry) => (entry.nextOn ?? '9') < '2026-11-23').map((entry) => line(entry, entry.nextOn ?? '', true)),
      ...intakes.filter((intake) => intake.open).map((intake) => ({ kind: 'intake', id: intake.id, title: intake.callerName ?? '', what: intake.text, when: intake.receivedAt, overdue: false })),
    ],
    drafts: [
      ...memos.map((memo) => ({ kind: 'memo', id: memo.id, title: memo.text.slice(0, 24), when: memo.at, overdue: false })),
      ...notes.filter((note) => note.confirmed === undefined).map((note) => ({ kind: 'note', id: note.id, householdId: note.householdId, title: households.find((entry) => entry.id === note.householdId)?.name ?? '', what: note.text.slice(0, 40), when: note.occurredAt, overdue: false })),
    ],
  };
}

// Around the store -------------------------------------------------------------------------------

const SHEET: T.RecoverySheet = {
  office: 'まるごと相談室',
  worker: '山田 花子',
  date: '2026-11-23',
  recoveryCode: 'K7QF-2M9D-X4TB-8RWC-5HJN-3VPY-6E',
  paperAdminKey: '9TRC-44KX-W2MQ-7BDF-HP3N-E8YJ-5VA6-QK2C-MX7T',
  officeWords: WORDS.slice(0, 6),
};

function command(name: string, args: Given): unknown {
  switch (name) {
    case 'session_status':
      return { ...status };
    case 'session_suggest_passphrase':
      return { words: WORDS, bits: 77 };
    case 'session_strength': {
      const length = String(args.secret).length;
      return { bits: length * 4, level: length < 8 ? 'tooShort' : length < 14 ? 'weak' : length < 20 ? 'fair' : 'good' };
    }
    case 'session_found':
      Object.assign(status, { state: 'open', demo: false, officeName: args.office, worker: { id: 'w1', name: args.worker } });
      return SHEET;
    case 'session_demo':
      return Object.assign(status, { state: 'open', demo: true });
    case 'session_unlock':
      return args.secret === 'ちがう' || args.secret === 'wrong' ? fail('wrong_secret') : Object.assign(status, { state: 'open' });
    case 'session_lock':
      return Object.assign(status, { state: 'locked' });
    case 'session_next_store':
      return Object.assign(status, { state: 'locked', storeNumber: 3 - status.storeNumber });
    case 'session_new_store':
      return Object.assign(status, { state: 'none' });
    case 'session_settings':
      return Object.assign(status, args);
    case 'session_change_passphrase':
      return status;
    case 'device_request':
      return { ...Object.assign(status, { state: 'waiting', deviceWords: WORDS.slice(0, 6) }), sheet: { ...SHEET, paperAdminKey: '' } };
    case 'device_accept':
      return Object.assign(status, { state: 'open', officeConfirmed: false });
    case 'name_change':
      return Object.assign(status, args.of === 'office' ? { officeName: String(args.name) } : { worker: { ...ME, name: String(args.name) } });
    case 'office_confirm':
      return Object.assign(status, { officeConfirmed: true });
    case 'device_open_request':
      return { requestId: 'r1', worker: '鈴木 一郎', deviceWords: WORDS.slice(1, 7), officeWords: WORDS.slice(0, 6) };
    case 'device_approve':
      return args.paperAdminKey !== undefined && args.paperAdminKey !== SHEET.paperAdminKey ? fail('wrong_paper_key') : { file: '承認_鈴木.mgapprove' };
    case 'device_list':
      return {
        items: [
          { id: 'd1', worker: ME, role: 'worker', admin: true, current: true, frozen: false, standing: 'active', aside: 0 },
          { id: 'd2', worker: OTHER, role: 'worker', admin: false, current: false, frozen: false, standing: hasLeft ? 'left' : 'active', aside: 0, lastMergedAt: '2026-11-19T09:05:00+09:00' },
        ],
      };
    case 'device_act':
      hasLeft ||= args.act === 'left';
      return command('device_list', {});
    case 'device_report':
      return {
        device: { id: 'd2', worker: OTHER, role: 'worker', admin: false, current: false, frozen: false, standing: 'active', aside: 0 },
        at: '2026-11-23T10:15:00+09:00', lastRecordAt: '2026-11-19T09:05:00+09:00', records: 412, households: 3, people: 7, restricted: 0,
        argonMemoryMib: 64, argonPasses: 3, cipher: 'AES-256 (SQLCipher)',
      };
    case 'erase_list':
      return { items: erasures, offered: [], left: [], backupDays, admin: true };
    case 'erase_propose':
      erasures.unshift({ id: `e${erasures.length}`, state: 'proposed', what: args.field === undefined ? 'household' : 'field', fields: args.field === undefined ? [] : [String(args.field)], reason: String(args.reason), basis: String(args.basis), askedBy: String(args.askedBy), at: '2026-11-23T10:15:00+09:00', records: 41, withPaper: false, unsent: 0, late: 0 });
      return command('erase_list', {});
    case 'erase_sign': {
      const order = found(erasures.find((one) => one.id === args.id));
      if (args.paperAdminKey !== SHEET.paperAdminKey) {
        return fail('wrong_paper_key');
      }
      Object.assign(order, { state: 'hidden', signedBy: ME.name, withPaper: true, daysLeft: 30, horizon: '2027-12-23' });
      return command('erase_list', {});
    }
    case 'erase_late':
      return command('erase_list', {});
    case 'erase_cancel':
      Object.assign(found(erasures.find((one) => one.id === args.id)), { state: 'cancelled' });
      return command('erase_list', {});
    case 'erase_backups':
      backupDays = Number(args.days);
      return command('erase_list', {});
    case 'cosign_list':
      return { ...(cosigned === undefined ? {} : { own: cosigned }), waiting: cosignsWaiting, colleagues: [{ device: 'd2', name: OTHER.name }] };
    case 'cosign_ask': {
      const act = { id: `a${cosigned?.acts.length ?? 0}`, act: String(args.act), holders: [], seen: true, ...(args.order === undefined ? {} : { order: String(args.order) }), ...(args.device === undefined ? {} : { device: String(args.device), name: OTHER.name }) };
      cosigned = { id: 'c1', device: 'd2', name: OTHER.name, state: 'waiting', at: '2026-11-23T10:15:00+09:00', acts: [...(cosigned?.acts ?? []), act] };
      return command('cosign_list', {});
    }
    case 'cosign_answer':
      cosignsWaiting = cosignsWaiting.filter((one) => one.id !== args.id);
      return command('cosign_list', {});
    case 'cosign_withdraw':
      cosigned = undefined;
      return command('cosign_list', {});
    case 'keys_state':
    case 'keys_sweep': {
      const device = (name: string, own: boolean, overdue: boolean) => ({ device: own ? 'd1' : 'd2', name, own, renewed: 1, since: '2026-10-01T09:00:00+09:00', overdue });
      return {
        devices: [device(ME.name, true, false), device('鈴木 一郎', false, true)],
        teams: [{ team: 't0', name: '', generation: 2, since: '2026-10-01T09:00:00+09:00', kept: 2, overdue: false }],
        escrowOld: false,
        givenUp: 0,
      };
    }
    case 'escrow_state':
      return { set: '7c01ab44', holders: ['所長', '総務課長', '中央センター長'], here: true, unreached: 0, used: [], admin: true };
    case 'escrow_make': {
      const rows = [0, 1, 2].map(() => [...SHEET.officeWords]);
      const card = (holder: string, index: number) => ({ index: index + 1, holder, rows, text: '', qr: { size: 1, path: 'M0 0h1v1h-1z' } });
      return { set: '5e22f0d1', cards: (args as unknown as T.MakeEscrow).holders.map(card) };
    }
    case 'escrow_sign':
      return args.paperAdminKey === SHEET.paperAdminKey ? command('escrow_state', {}) : fail('wrong_paper_key');
    case 'escrow_check':
      return { set: '7c01ab44', index: 1, standing: 'inForce' };
    case 'escrow_enter':
      Object.assign(status, { state: 'open', officeConfirmed: true });
      return { ...SHEET, office: '', recoveryCode: '' };
    case 'escrow_authority':
      return { file: 'city.pem' };
    case 'pass_list':
      return { items: [] };
    case 'pass_wish':
      return { id: 'w1', words: WORDS.slice(0, 6), office: status.officeName, worker: ME.name };
    case 'session_open_unchecked':
      return String(args.reason).trim() === '' ? fail('reason_needed') : Object.assign(status, { state: 'open' });
    case 'session_open_with_shares':
      return command('session_status', {});
    case 'team_list':
      return { items: teams, office: 'g0' };
    case 'team_act': {
      const asked = args as unknown as T.TeamAct;
      const team = teams.find((it) => it.id === asked.team);
      if (asked.act === 'create') {
        teams.push({ id: `g${teams.length + 1}`, name: asked.name ?? '', devices: ['d1'], own: true, readable: true });
      } else if (team !== undefined && asked.device !== undefined) {
        team.devices = [...team.devices.filter((it) => it !== asked.device), ...(asked.act === 'add' ? [asked.device] : [])];
      }
      return { items: teams, office: 'g0' };
    }
    case 'notices_read':
      return Object.assign(status, { notices: [] });
    case 'bundle_export':
      unsent = 0;
      status.unsent = 0;
      carryouts.push(carriedOut({ ...(args as T.ExportBundle) }));
      return { file: 'まるごと_20261123.mgb', records: args.complete === true ? 412 : 14, bytes: args.complete === true ? 861_000 : 29_000, newlySent: 3, complete: args.complete === true };
    case 'rescue_export':
      return { file: 'rescue.mgb', records: 5, bytes: 18_000, newlySent: 3, complete: false };
    case 'bundle_import':
      return { new: 14, known: 398, held: 0, refused: [], from: OTHER, conflicts: conflicts.length, missing: 0 };
    case 'bundle_waiting':
      return { unsentChanges: unsent, unsentDocuments: 2, since: status.unsentSince, held: 0, quarantined: 0, unconfirmed: 2, missing: 0, hub: { url: 'https://hub.mihon.example.jp' }, hubAuthority, ...(sharedFolder === undefined ? {} : { folder: sharedFolder }), lastSyncAt, lastExportAt: '2026-11-19T09:00:00+09:00' };
    case 'set_aside_list':
      return { items: [] };
    case 'hub_sync':
    case 'hub_join':
      if (isOffline) {
        return fail('hub_unreachable');
      }
      unsent = 0;
      status.unsent = 0;
      return { new: 14, known: 0, held: 0, refused: [], conflicts: conflicts.length, sent: 3, confirmed: 5, restored: false, leftOut: [], filesSent: 0, filesReceived: 0, more: false, hub: { url: 'https://hub.mihon.example.jp' } };
    case 'way_authority':
    case 'way_authority_drop':
      hubAuthority = name === 'way_authority';
      return command('bundle_waiting', {});
    case 'way_folder':
    case 'way_folder_drop':
      sharedFolder = name === 'way_folder' ? '/media/yamada/USB/まるごと' : undefined;
      return command('bundle_waiting', {});
    case 'folder_sync':
      return { files: 1, brought: { new: 14, known: 0, held: 0, refused: [], conflicts: conflicts.length, missing: 0 } };
    case 'lan_open':
      lan = { number: '482-913', addresses: ['192.168.0.12:47874'], minutes: 30, guests: [] };
      return lan;
    case 'lan_close':
      lan = { addresses: [], minutes: 30, guests: [] };
      return lan;
    case 'lan_status':
      return lan;
    case 'lan_find':
      return [{ number: '482-913', addresses: ['192.168.0.12:47874'] }];
    case 'lan_sync':
      return { new: 14, known: 0, held: 0, refused: [], conflicts: conflicts.length, sent: 3, confirmed: 5, restored: false, leftOut: [], filesSent: 180_000, filesReceived: 2_400_000, more: false, hub: { url: 'lan://' }, colleague: '田中 次郎' };
    case 'attachment_save':
      return { file: args.suggested, bytes: 1 };
    case 'store_recover':
      return { changes: 412, documents: 61, saved: { case: 6, person: 14, note: 38, round: 3 }, refused: 0, missing: { change: 2 }, unreadable: {}, commitsMissing: 0, journalWhole: true };
    case 'store_restore':
      return { ok: true, findings: [], households: 6, documents: 61, newest: '2026-11-22T18:03:00+09:00' };
    case 'store_put_in_place':
      status.state = 'locked';
      return { kept: '/home/yamada/.local/share/marugoto/stores/1-kept-2026-11-23-1015' };
    case 'store_put_away':
      return status;
    case 'recovery_save':
      return { file: '復旧シート.txt' };
    default:
      return null;
  }
}

function carriedOut(given: T.ExportBundle): T.CarryoutView {
  const { medium, purpose, returnBy } = given;
  return {
    id: newId(),
    file: 'まるごと_20261123.mgb',
    author: ME,
    at: NOW,
    ...(medium === undefined ? {} : { medium }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(returnBy === undefined ? {} : { returnBy }),
    records: given.complete === true ? 412 : 14,
    bytes: given.complete === true ? 858_000 : 27_000,
    complete: given.complete === true,
    written: true,
    overdue: (returnBy ?? '9') < '2026-11-23',
  };
}

function seed(): void {
  carryouts.push({ ...carriedOut({ medium: 'usb', purpose: '鈴木さんの端末へ', returnBy: '2026-11-20', complete: true }), file: 'まるごと_20261113.mgb', author: OTHER, at: '2026-11-13T17:30:00+09:00' });
  const sato = makeHousehold('佐藤さんの世帯', {
    summary: '82歳の母と54歳の長男の二人暮らし。母の物忘れが進み、長男は20年ほど家にいる。家賃の滞納が3か月。二人とも「この家で暮らし続けたい」と話す。',
    promise: '次の訪問までに、家賃のことで大家さんと話す日を長男と決める。',
    nextOn: '2026-11-23',
    nextWhat: '長男と家計の紙を一緒に見る',
    leadWorker: ME,
    leadAgency: 'みほん市社会福祉協議会',
    flags: ['animal', '玄関は裏から'],
    local: { unsent: 3, movePending: false, restrictedNotes: [], linked: [], shielded: [] },
  });
  const mother = makeMember(sato, { familyName: '佐藤', givenName: '和子', familyKana: 'サトウ', givenKana: 'カズコ', birth: 'S19.5.2', sex: 'female', role: 'mother', phone: '000-1234-5678' });
  const son = makeMember(sato, { familyName: '佐藤', givenName: '健一', familyKana: 'サトウ', givenKana: 'ケンイチ', birth: 'S47.2.14', sex: 'male', role: 'son' });
  const daughter = makeMember(sato, { familyName: '髙橋', givenName: '美咲', familyKana: 'タカハシ', givenKana: 'ミサキ', birth: '昭和50年頃', sex: 'female', role: 'daughter' });
  daughter.leftOn = '2001-04-01';
  daughter.leaveReason = 'marriage';
  makeNote({
    householdId: sato.id,
    occurredAt: '2026-11-12T14:00:00+09:00',
    method: 'visit',
    memberIds: [mother.id, son.id],
    confirmedAt: '2026-11-13T09:00:00+09:00',
    blocks: [
      { type: 'fact', text: '台所に未開封の督促状が3通あった。冷蔵庫は空に近い。', source: 'worker' },
      { type: 'person', text: '「母さんのことは、おれがみるしかない」', memberIds: [son.id], source: 'self' },
      { type: 'family', text: '母は「息子には迷惑をかけたくない」と繰り返した。', memberIds: [mother.id] },
      { type: 'view', text: '長男は助けを求めたい気持ちと、責められる不安の間にいるように見える。' },
    ],
  });
  makeNote({ householdId: sato.id, occurredAt: '2026-11-20T16:30:00+09:00', method: 'phone', memberIds: [son.id], author: OTHER, text: '長男から電話。大家さんが来たが、出られなかったとのこと。声は落ち着いていた。次の訪問の日を確認。' });
  for (let month = 10; month >= 4; month -= 1) {
    makeNote({ householdId: sato.id, occurredAt: `2026-${String(month).padStart(2, '0')}-0${(month % 7) + 1}T10:30:00+09:00`, method: month % 2 === 0 ? 'visit' : 'phone', memberIds: [month % 2 === 0 ? mother.id : son.id], confirmedAt: NOW, text: `${month}月の様子を聞く。母は庭に出る日がふえた。長男は夜に起きている。買い物は週に一度、近所の民生委員が声をかけている。` });
  }
  restricted.splice(0, restricted.length, {
    id: newId(),
    householdId: sato.id,
    kinds: { note: 1 },
    readers: [ME, OTHER],
    author: ME,
    at: NOW,
    opened: false,
    escrow: false,
    entries: [],
  });
  const round = makeRound(sato.id, 'marugoto-household');
  const put = (subject: string, item: string, value: string | null, state = 'answered', author = ME, basis = 'voiced') => putAnswer(round, { subject, item, value, state, basis }, author);
  put(mother.id, 'health_need', 'trouble');
  put(mother.id, 'home_need', 'concern', 'answered', ME, 'observed');
  put(mother.id, 'money_need', null, 'declined');
  put(mother.id, 'community_need', 'none');
  put(mother.id, 'community_strength', '庭の手入れ。近所の人が花を見に来る。');
  put(son.id, 'health_need', null, 'notNow');
  put(son.id, 'money_need', 'urgent', 'answered', OTHER, 'told');
  put(son.id, 'work_need', 'trouble');
  put(son.id, 'work_wish', 'パソコンの修理を仕事にしたい');
  put(son.id, 'family_need', 'concern');
  put('household', 'money_need', 'trouble');
  put('household', 'home_need', 'none');
  put(son.id, 'community_need', 'concern');
  conflicts.push({
    id: 'c1',
    documentId: round.id,
    householdId: sato.id,
    path: `answers/${son.id}/community_need`,
    subject: son.id,
    item: 'community_need',
    pack: round.pack,
    values: [
      { value: 'concern', author: ME, at: '2026-11-20T15:10:00+09:00' },
      { value: { state: 'declined' }, author: OTHER, at: '2026-11-20T16:45:00+09:00' },
    ],
  });
  conflicts.push({
    id: 'c2',
    documentId: mother.id,
    householdId: sato.id,
    path: 'fields/phone',
    item: 'phone',
    values: [
      { value: '000-1234-5678', author: ME, at: '2026-11-18T09:10:00+09:00' },
      { value: '000-1234-5679', author: OTHER, at: '2026-11-20T16:50:00+09:00' },
    ],
  });
  const check = makeRound(sato.id, 'kihon-checklist');
  putAnswer(check, { subject: mother.id, item: 'q01', value: 'no' });
  putAnswer(check, { subject: mother.id, item: 'q02', value: 'yes' });
  putAnswer(check, { subject: mother.id, item: 'q12', value: { heightCm: 148, weightKg: 39.5 } });
  rounds.reverse();
  rounds.reverse();

  const long = makeHousehold('五十嵐・ファン・グエン・アレクサンドリア・マリアヴィクトリアさん（祖母の家に同居中）の世帯', { nextOn: '2026-11-18', nextWhat: '学校の面談に同行する。通訳の手配、弟の保育園の書類、祖母の介護保険の申請について順に確認する', stage: 'assessment', flags: ['address-hidden', 'interpreter', '電話は本人の携帯だけ'], leadWorker: OTHER });
  const names: [string, string, string][] = [['五十嵐', 'トシ', 'S13.3.3'], ['グエン・ファン', 'マリアヴィクトリア・アレクサンドリア', 'S60.7.7'], ['五十嵐', '翔太', 'H22.4.5'], ['五十嵐', '陽菜', 'H24.8.1'], ['五十嵐', '蓮', 'H27.1.20'], ['五十嵐', '凛', 'H30.10.2'], ['五十嵐', '湊', 'R3.2.28'], ['五十嵐', '結衣', 'R6.6.15']];
  names.forEach(([familyName, givenName, birth], index) => makeMember(long, { familyName, givenName, familyKana: 'イガラシ', givenKana: '', birth, role: index === 0 ? 'grandmother' : index === 1 ? 'mother' : 'child' }));
  makeMember(long, { birth: '40代', role: 'unknown' });
  const nine = makeRound(long.id, 'marugoto-household');
  long.members.forEach((member, index) => putAnswer(nine, { subject: member.id, item: 'learning_need', value: ['none', 'concern', 'trouble', 'urgent'][index % 4] ?? 'none' }));

  conflicts.push({
    id: 'c3',
    documentId: long.id,
    householdId: long.id,
    path: 'fields/flags',
    item: 'flags',
    values: [
      { value: ['address-hidden', 'interpreter'], author: OTHER, at: '2026-11-20T10:10:00+09:00' },
      { value: ['interpreter'], author: ME, at: '2026-11-20T11:25:00+09:00' },
    ],
  });

  for (let index = 0; index < 60; index += 1) {
    const family = ['田中', '渡邉', '中村', '小林', '加藤', '吉田', '山本', '𠮷田', '葛󠄀城'][index % 9] ?? '';
    const made = makeHousehold(`${family}さんの世帯`, { stage: ['support', 'watch', 'closed', 'assessment', 'planning'][index % 5] ?? 'support', leadWorker: index % 2 === 0 ? ME : OTHER });
    makeMember(made, { familyName: family, givenName: '太郎', familyKana: ['タナカ', 'ワタナベ', 'ナカムラ', 'コバヤシ', 'カトウ', 'ヨシダ', 'ヤマモト', 'ヨシダ', 'カツラギ'][index % 9] ?? '', birth: `S${30 + (index % 30)}.4.1`, role: 'head' });
    if (index % 3 === 0) {
      makeMember(made, { role: 'unknown' });
    }
  }
  intakes.push(
    { id: newId(), version: 'v', text: '隣の家から毎晩、子どもの泣き声がする。夏休みからずっと。名前は言いたくない。', receivedAt: '2026-11-22T18:20:00+09:00', channel: 'phone', urgency: 'today', open: true, author: OTHER, at: NOW },
    { id: newId(), version: 'v', text: '親の介護と仕事で限界。だれに話せばいいか分からなかった。', receivedAt: '2026-11-23T09:40:00+09:00', channel: 'counter', callerName: '林さん（40代くらいの女性）', phone: '000-9876-5432', open: true, author: ME, at: NOW },
  );
  for (let index = 0; index < 9; index += 1) {
    memos.push({ id: newId(), version: 'v', text: ['公民館で会った方、来月から一人になるとのこと', '佐藤さん 花の種をほしがっていた', '校長先生 水曜の午後なら電話に出られる'][index % 3] ?? '', at: `2026-11-${String(22 - index).padStart(2, '0')}T17:05:00+09:00` });
  }
}

const OPERATIONS = /^(attachment(?=_(add|list|get|open|update|remove)$)|audit|intake|household|link|member|note|assessment|conflict|memo|carryout|handover|cover|restricted|access|saved|search|undo|redo|history|today|pack|list|area|date)(_|$)/;

/** Fills the memory anew and stands in for the core. */
/** A colleague took in the same household, and wrote in it. */
function seedKin(): void {
  const own = found(households.find((entry) => entry.name === '佐藤さんの世帯'));
  const twin = makeHousehold('さとうさん', { author: OTHER });
  const double = makeMember(twin, { familyName: '佐藤', givenName: '和子', familyKana: 'サトウ', givenKana: 'カズコ', author: OTHER });
  makeNote({ householdId: twin.id, text: '窓口で話を聞いた。', occurredAt: '2026-11-13T10:00:00+09:00' });
  const ref = (entry: Case): T.HouseholdRef => ({ id: entry.id, name: entry.name, members: [] });
  const mother = found(own.members[0]);
  offers = [{ a: ref(own), b: ref(twin), because: ['name'], people: [{ a: mother.id, b: double.id, name: '佐藤 和子' }] }];
  own.offered = [{ memberId: mother.id, field: 'phone', value: '000-9999-0000', household: ref(twin), author: OTHER, at: NOW }];
}

export function installMock(scene = new URLSearchParams(globalThis.location?.search ?? '')): void {
  for (const list of [households, intakes, notes, rounds, memos, attachments, carryouts, handovers, covers]) {
    list.length = 0;
  }
  conflicts = [];
  offers = [];
  saved = [];
  readCovers.clear();
  seed();
  if (scene.get('handover') !== null) {
    seedHandovers();
  }
  if (scene.get('kin') !== null) {
    seedKin();
  }
  if (scene.get('away') !== null) {
    attachments.push({ id: newId(), version: newVersion(), householdId: found(households[0]).id, name: '届いていない.png', media: 'image/png', size: 3_200_000, local: { arrived: 1, chunks: 4 }, author: OTHER, at: NOW, content: '' });
  }
  hasLeft = false;
  isApart = scene.get('apart') !== null;
  isOffline = scene.get('offline') !== null;
  lastSyncAt = '2026-11-22T17:40:00+09:00';
  teams.length = 0;
  if (isApart) {
    for (const [at, name] of ['東チーム', '西チーム'].entries()) {
      teams.push({ id: `g${at + 1}`, name, devices: ['d1'], own: true, readable: true });
    }
  }
  status.admin = scene.get('worker') === null;
  status.state = scene.get('state') ?? 'open';
  status.officeConfirmed = scene.get('unconfirmed') === null;
  status.demo = scene.get('demo') !== '0';
  status.officeWords = WORDS.slice(0, 6);
  status.deviceWords = WORDS.slice(0, 6);
  status.lang = scene.get('lang') === 'en' ? 'en' : 'ja';
  replaceTransport({
    invoke: async (name, args) => (OPERATIONS.test(name) ? operation(name, args as Given) : command(name, args as Given)),
    onTouched: () => undefined,
    onLeaving: () => undefined,
  });
}
