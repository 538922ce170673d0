import { useMemo, useRef, useState } from 'react';

import type { AnswerView, AssessmentView, ConflictView } from '../../bridge';
import { useWords } from '../../i18n';
import { answerWords, heldAnswer } from '../../shared/answerWords';
import { formatDay, formatTime } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { imeSafe } from '../../shared/imeSafe';
import { useKeys } from '../../shared/keys';
import { displayable, fullName } from '../../shared/names';
import { levelItem, optionsOf, type Pack, type PackArea, type PackItem, words } from '../../shared/pack';
import { PersonName } from '../../shared/ui';
import { Compare, type Earlier, type useCompare } from './Compare';
import { Details } from './Details';
import { evidenceOf } from './Evidence';
import { GLYPHS, STATE_GLYPHS } from './glyphs';
import { gridAction, moved } from './gridKeys';
import { levelOf } from './standing';
import { useAnswers } from './useAnswers';

/** A glyph for each step of a scale, so that no meaning hangs on colour. */

interface Props {
  view: AssessmentView;
  pack: Pack;
  readOnly: boolean;
  /** Also the areas that are folded at first. */
  all: boolean;
  /** What it is looked at beside. */
  compare: ReturnType<typeof useCompare>;
}

/** 世帯アセスメント表: one key answers one cell; what nobody asked yet stays hatched and says nothing more. */
export function Table({ view, pack, readOnly, all, compare }: Props) {
  const { t, lang } = useWords();
  const { view: household } = useHousehold();
  const { answer, decide } = useAnswers(view);
  const [at, setAt] = useState({ row: 0, column: 0 });
  // In a large household the table itself needs the room.
  const [detailed, setDetailed] = useState(() => household.members.length <= 5);
  const grid = useRef<HTMLDivElement>(null);
  const details = useRef<HTMLDivElement>(null);

  const answers = useMemo(() => {
    const map = new Map<string, AnswerView>();
    for (const subject of view.subjects) {
      for (const entry of subject.answers) {
        map.set(`${subject.subject}/${entry.item}`, entry);
      }
    }
    return map;
  }, [view.subjects]);
  const conflicts = useMemo(
    () =>
      new Map(
        view.conflicts
          .filter((conflict) => conflict.path.startsWith('answers/'))
          .map((conflict) => [`${conflict.subject ?? ''}/${conflict.item ?? ''}`, conflict]),
      ),
    [view.conflicts],
  );
  const members = household.members.filter(
    (member) => member.leftOn === undefined || view.subjects.some((subject) => subject.subject === member.id),
  );
  const rows = [...members.map((member) => member.id), 'household'];
  const areas = pack.areas.filter((area) => all || area.front);
  const place = { row: Math.min(at.row, rows.length - 1), column: Math.min(at.column, areas.length - 1) };
  const subject = rows[place.row] ?? 'household';
  const area = areas[place.column];
  const nameOf = (id: string) => {
    const member = members.find((entry) => entry.id === id);
    return member === undefined ? t('assessment.whole') : member.unnamed ? t('member.unnamed') : fullName(member);
  };

  /** Opens the panel below the table and goes to its first field of a kind. */
  const openDetails = (field: string) => {
    setDetailed(true);
    requestAnimationFrame(() => details.current?.querySelector<HTMLElement>(field)?.focus());
  };
  const focusCell = (row: number, column: number) => {
    grid.current?.querySelector<HTMLElement>(`[data-cell="${row}-${column}"]`)?.focus();
  };
  useKeys([
    { code: 'KeyE', shown: 'e', label: t('key.grid'), run: () => focusCell(place.row, place.column) },
    { code: 'Digit1', shown: '1 2 3 4', label: t('key.levels'), run: () => focusCell(place.row, place.column) },
    { code: 'Digit0', shown: '0 u', label: t('state.unasked'), run: () => focusCell(place.row, place.column) },
    { code: 'KeyD', shown: 'd', label: t('state.declined'), run: () => focusCell(place.row, place.column) },
    { code: 'KeyL', shown: 'l', label: t('state.notNow'), run: () => focusCell(place.row, place.column) },
    { code: 'KeyS', shown: 's', label: t('key.strength'), run: () => focusCell(place.row, place.column) },
  ]);

  const press = (event: React.KeyboardEvent) => {
    const action = gridAction(event);
    if (action === undefined || area === undefined) {
      return;
    }
    event.preventDefault();
    const item = levelItem(pack, area.id, subject);
    const conflict = item === undefined ? undefined : conflicts.get(`${subject}/${item.id}`);
    switch (action.kind) {
      case 'move': {
        const next = moved(place, action, { rows: rows.length, columns: areas.length });
        setAt(next);
        focusCell(next.row, next.column);
        break;
      }
      case 'edge': {
        const column = action.to === 'first' ? 0 : areas.length - 1;
        setAt({ row: place.row, column });
        focusCell(place.row, column);
        break;
      }
      case 'details':
        openDetails('.as-panel button, .as-panel textarea, .as-panel input');
        break;
      case 'strength':
        openDetails('.as-strength input, .as-strength textarea');
        break;
      case 'level': {
        if (item === undefined || readOnly) {
          break;
        }
        if (conflict !== undefined) {
          // While two views stand, the figures choose between them.
          const held = conflict.values[action.index];
          if (held !== undefined) {
            void decide(conflict, held.value);
          }
          break;
        }
        const option = optionsOf(pack, item)[action.index];
        if (option !== undefined) {
          void answer({ subject, item: item.id, value: option.code });
        }
        break;
      }
      case 'state':
        if (item !== undefined && !readOnly) {
          void answer({ subject, item: item.id, value: null, state: action.state });
        }
        break;
    }
  };

  return (
    <>
      <div className="as-bar">
        <ul className="as-legend" aria-label={t('assessment.legend')}>
          {levelLegend(pack).map((option, index) => (
            <li key={option.code}>
              <span className={`as-glyph as-level-${index}`}>{GLYPHS[index]}</span> <kbd>{index + 1}</kbd>{' '}
              {words(option.label, lang)}
            </li>
          ))}
          <li>
            <span className="as-glyph as-unasked" /> <kbd>0</kbd> {t('state.unasked')}
          </li>
          <li>
            <span className="as-glyph">◇</span> <kbd>l</kbd> {t('state.notNow')}
          </li>
          <li>
            <span className="as-glyph">―</span> <kbd>d</kbd> {t('state.declined')}
          </li>
        </ul>
        <Compare view={view} compare={compare} />
      </div>
      <div className="as-scroll">
        <div
          className="as-grid"
          ref={grid}
          role="grid"
          aria-label={t('household.table')}
          aria-readonly={readOnly}
          style={{ minWidth: `${8.5 + 5.75 * areas.length}rem` }}
          onKeyDown={imeSafe(press)}
        >
          <div className="as-row as-row-head" role="row" style={columns(areas.length)}>
            <span role="columnheader" className="as-corner">
              <span className="visually-hidden">{t('assessment.who')}</span>
            </span>
            {areas.map((entry) => (
              <span role="columnheader" key={entry.id} className="as-colhead">
                {words(entry.label, lang)}
              </span>
            ))}
          </div>
          {rows.map((row, rowIndex) => {
            const member = members.find((entry) => entry.id === row);
            return (
              <div
                className={row === 'household' ? 'as-row as-row-whole' : 'as-row'}
                role="row"
                key={row}
                style={columns(areas.length)}
              >
                <span role="rowheader" className="as-rowhead">
                  {member === undefined ? t('assessment.whole') : <PersonName person={member} />}
                  {member?.birth?.age !== undefined && <small className="faint"> {member.birth.age}</small>}
                </span>
                {areas.map((entry, columnIndex) => {
                  const item = levelItem(pack, entry.id, row);
                  const key = `${row}/${item?.id ?? ''}`;
                  return (
                    <Cell
                      key={entry.id}
                      pack={pack}
                      item={item}
                      answer={answers.get(key)}
                      conflict={conflicts.get(key)}
                      was={compare.earlier === undefined ? undefined : before(compare.earlier, entry.id, row)}
                      cited={evidenceOf(view, row, item?.id).length}
                      strength={hasText(pack, entry, 'strength', row, answers)}
                      wish={hasText(pack, entry, 'wish', row, answers)}
                      who={nameOf(row)}
                      area={entry}
                      here={rowIndex === place.row && columnIndex === place.column}
                      place={`${rowIndex}-${columnIndex}`}
                      onFocus={() => setAt({ row: rowIndex, column: columnIndex })}
                    />
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {area !== undefined && (
        <div className={detailed ? 'as-details as-details-open' : 'as-details'} ref={details}>
          <button
            type="button"
            className="as-handle"
            aria-expanded={detailed}
            onClick={() => setDetailed(!detailed)}
          >
            <strong>
              {displayable(nameOf(subject)).shown} <span className="faint">／</span> {words(area.label, lang)}
            </strong>
            <span className="faint">
              {detailed ? t('assessment.lessDetail') : t('assessment.moreDetail')} <kbd>Enter</kbd>
            </span>
          </button>
          {detailed && (
          <Details
            key={`${subject}/${area.id}`}
            view={view}
            pack={pack}
            area={area}
            subject={subject}
            who={nameOf(subject)}
            answers={answers}
            conflicts={conflicts}
            readOnly={readOnly}
            answer={answer}
            decide={decide}
            onLeave={() => focusCell(place.row, place.column)}
          />
          )}
        </div>
      )}
    </>
  );
}

/** As many columns as fit stay in sight; more of them scroll beside the names. */
function columns(count: number): React.CSSProperties {
  return { gridTemplateColumns: `8.5rem repeat(${count}, minmax(5.75rem, 1fr))` };
}

function levelLegend(pack: Pack) {
  const item = pack.items.find((entry) => entry.type === 'scale');
  return item === undefined ? [] : optionsOf(pack, item);
}

function hasText(
  pack: Pack,
  area: PackArea,
  side: 'strength' | 'wish',
  subject: string,
  answers: Map<string, AnswerView>,
): boolean {
  return pack.items.some(
    (item) =>
      item.area === area.id && item.side === side && answers.get(`${subject}/${item.id}`)?.state === 'answered',
  );
}

/** What stood in a cell at the other time. */
function before(earlier: Earlier, area: string, subject: string): Before {
  const { item, state, value } = levelOf(earlier.view, earlier.pack, area, subject);
  return { pack: earlier.pack, item, state, value };
}

interface Before {
  pack: Pack;
  item: PackItem | undefined;
  state: string;
  value: unknown;
}

interface CellProps {
  pack: Pack;
  item: PackItem | undefined;
  answer: AnswerView | undefined;
  conflict: ConflictView | undefined;
  /** What stood here at the time that is compared with. */
  was: Before | undefined;
  /** Notes on which the answer rests. */
  cited: number;
  strength: boolean;
  wish: boolean;
  who: string;
  area: PackArea;
  here: boolean;
  place: string;
  onFocus: () => void;
}

function Cell({ pack, item, answer, conflict, was, cited, strength, wish, who, area, here, place, onFocus }: CellProps) {
  const { t, lang } = useWords();
  const options = item === undefined ? [] : optionsOf(pack, item);
  const state = answer?.state ?? 'unasked';
  const level = state === 'answered' ? options.findIndex((option) => option.code === answer?.value) : -1;
  const said =
    state === 'answered' ? answerWords(pack, item, answer?.value, lang) : t(`state.${state as 'unasked'}`);
  const extras = [
    strength ? t('assessment.strength') : '',
    wish ? t('assessment.wish') : '',
    cited > 0 ? t('assessment.citedCount', { n: cited }) : '',
  ].filter(Boolean);
  const isOther = was !== undefined && (was.state !== state || (state === 'answered' && was.value !== answer?.value));
  const names = ['as-cell'];
  if (conflict !== undefined) {
    names.push('as-two');
  } else {
    names.push(level >= 0 ? `as-level-${level}` : `as-${state}`);
  }
  return (
    <div
      role="gridcell"
      className={names.join(' ')}
      tabIndex={here ? 0 : -1}
      data-cell={place}
      aria-selected={here}
      onFocus={onFocus}
      onClick={(event) => event.currentTarget.focus()}
    >
      <span className="visually-hidden">{`${who} ${words(area.label, lang)}、`}</span>
      {conflict === undefined ? (
        <span className="as-said">
          <span className="as-glyph-text" aria-hidden="true">
            {level >= 0 ? GLYPHS[level] : STATE_GLYPHS[state]}
          </span>
          <span>{said}</span>
        </span>
      ) : (
        <span className="as-both">
          <span className="as-both-name">{t('twoViews.name')}</span>
          {conflict.values.map((held, index) => {
            const own = heldAnswer(held.value);
            return (
              <span key={`${held.at} ${index}`} className="as-both-line">
                <kbd>{index + 1}</kbd>{' '}
                {own.state === 'answered'
                  ? answerWords(pack, item, own.value, lang)
                  : t(`state.${own.state as 'unasked'}`)}
                <small>
                  {held.author.name} {formatDay(held.at, lang)} {formatTime(held.at)}
                </small>
              </span>
            );
          })}
        </span>
      )}
      {isOther && was !== undefined && (
        <span className="as-was">
          <span className="visually-hidden">、</span>
          {t('assessment.was', {
            said:
              was.state === 'answered'
                ? answerWords(was.pack, was.item, was.value, lang)
                : t(`state.${was.state as 'unasked'}`),
          })}
        </span>
      )}
      {extras.length > 0 && (
        <span className="as-extras">
          {extras.map((extra) => (
            <span key={extra}>
              <span className="visually-hidden">、</span>
              {extra}
            </span>
          ))}
        </span>
      )}
    </div>
  );
}
