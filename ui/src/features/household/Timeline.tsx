import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';

import { useWords } from '../../i18n';
import { useHousehold } from '../../shared/household';
import { NoteLine } from './NoteLine';
import { together } from './together';

/** A silence longer than this is drawn as a gap. */
const GAP_DAYS = 60;

/** Every contact, newest first. */
export function Timeline() {
  const { t } = useWords();
  const { view } = useHousehold();
  const scroll = useRef<HTMLDivElement>(null);
  const notes = together(view);
  const virtual = useVirtualizer({
    count: notes.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 110,
    overscan: 8,
    paddingStart: 10,
    paddingEnd: 24,
    initialRect: { width: 800, height: 600 },
    getItemKey: (index) => notes[index]?.id ?? index,
  });
  return (
    <div className="timeline" ref={scroll} tabIndex={0} role="region" aria-label={t('household.timeline')}>
      {notes.length === 0 && <p className="empty">{t('household.noNotes')}</p>}
      <ul className="timeline-inner" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const note = notes[item.index];
          const before = notes[item.index - 1];
          if (note === undefined) {
            return null;
          }
          const silent = before === undefined ? 0 : daysBetween(note.occurredAt, before.occurredAt);
          return (
            <li
              className="timeline-item"
              key={note.id}
              ref={virtual.measureElement}
              data-index={item.index}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {silent > GAP_DAYS && <p className="timeline-gap">{t('household.gap', { n: silent })}</p>}
              <div className="card">
                <NoteLine note={note} long {...(note.from === undefined ? {} : { from: note.from })} />
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function daysBetween(earlier: string, later: string): number {
  return Math.round((Date.parse(later.slice(0, 10)) - Date.parse(earlier.slice(0, 10))) / 86_400_000);
}
