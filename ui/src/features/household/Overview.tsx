import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { formatDate, formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { AreaField, AutosaveField, DateField, Select } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';
import { Attachments } from '../attachment';
import { KinCard, OfferedChanges } from '../kin';
import { RestrictedLines } from '../restricted';
import { Flags } from './Flags';
import { NoteLine } from './NoteLine';
import { RoundLines } from './Rounds';
import { together } from './together';

const NOTES_SHOWN = 4;

interface Props {
  members: ReactNode;
  standing: ReactNode;
  handovers: ReactNode;
}

/** 概況・約束・次回 first; what the newest assessment says, the members, the last contacts and the assessments below. */
export function Overview({ members, standing, handovers }: Props) {
  const { t, lang } = useWords();
  const { view, asOf, readOnly } = useHousehold();
  const { attachment } = useSearch({ from: '/households/$householdId' });
  const navigate = useNavigate();
  const stages = useCodes('stage');
  const workers = useWorkers();
  const put = (field: string) => (value: string | null, base?: string) =>
    tryWrite('household.update', {
      id: view.id,
      field,
      value: value === '' ? null : value,
      base: base ?? view.version,
    });
  const notes = together(view);
  const search = asOf === undefined ? {} : { asOf };
  // What waits for an answer comes before everything but what is due.
  const waiting = view.handovers.some((handover) => handover.state === 'offered' || handover.state === 'both');
  return (
    <div className="hh-inner">
      <section className="card hh-wide" aria-label={t('household.overview')}>
        <div className="hh-first">
          <AutosaveField
            label={t('household.summary')}
            rows={4}
            readOnly={readOnly}
            value={view.summary ?? ''}
            version={view.version}
            placeholder={readOnly ? '' : t('household.summaryHint')}
            save={put('summary')}
          />
          <AutosaveField
            label={t('household.promise')}
            rows={4}
            readOnly={readOnly}
            value={view.promise ?? ''}
            version={view.version}
            placeholder={readOnly ? '' : t('household.promiseHint')}
            save={put('promise')}
          />
          <div>
            <DateField
              label={t('household.nextOn')}
              direction="future"
              readOnly={readOnly}
              value={view.nextOn ?? ''}
              placeholder={readOnly ? '' : t('household.nextHint')}
              onCommit={(text, iso) => {
                if (text.trim() === '' || iso !== undefined) {
                  void put('nextOn')(iso ?? null);
                }
              }}
            />
            <AutosaveField
              label={t('household.nextWhat')}
              readOnly={readOnly}
              value={view.nextWhat ?? ''}
              version={view.version}
              save={put('nextWhat')}
            />
          </div>
        </div>
      </section>
      {asOf === undefined && <RestrictedLines householdId={view.id} />}
      {asOf === undefined && <KinCard />}
      {!readOnly && <OfferedChanges />}
      {waiting && handovers}
      {standing}
      {members}
      <section className="card" aria-labelledby="last-notes">
        <div className="hh-section-head">
          <h2 id="last-notes">{t('household.timeline')}</h2>
          <Link to="/households/$householdId/notes" params={{ householdId: view.id }} search={search}>
            {t('household.allNotes', { n: notes.length })}
          </Link>
        </div>
        <ul className="line-list">
          {notes.slice(0, NOTES_SHOWN).map((note) => (
            <li key={note.id}>
              <NoteLine note={note} {...(note.from === undefined ? {} : { from: note.from })} />
            </li>
          ))}
        </ul>
        {notes.length === 0 && <p className="faint">{t('household.noNotes')}</p>}
      </section>
      <section className="card" aria-labelledby="rounds">
        <div className="hh-section-head">
          <h2 id="rounds">{t('household.rounds')}</h2>
          <Link to="/households/$householdId/rounds" params={{ householdId: view.id }} search={search}>
            {t('household.roundsMore')}
          </Link>
        </div>
        <RoundLines />
      </section>
      {asOf === undefined && (
        <Attachments
          found={attachment}
          onSeen={() => {
            if (attachment !== undefined) {
              void navigate({ to: '/households/$householdId', params: { householdId: view.id }, replace: true });
            }
          }}
        />
      )}
      {view.intakes.length > 0 && (
        <section className="card" aria-labelledby="intakes">
          <div className="hh-section-head">
            <h2 id="intakes">{t('nav.intakes')}</h2>
          </div>
          <ul className="line-list">
            {view.intakes.map((intake) => (
              <li key={intake.id}>
                <Link className="note-line" to="/intakes/$intakeId" params={{ intakeId: intake.id }}>
                  <span className="note-line-head">
                    {formatInstant(intake.receivedAt, lang)} <span>{intake.callerName}</span>
                  </span>
                  <span className="note-line-text">{intake.text}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {!waiting && handovers}
      {!readOnly && (
        <section className="card hh-wide" aria-labelledby="about-household">
          <h2 id="about-household">{t('household.about')}</h2>
          <div className="hh-more">
            <AutosaveField
              label={t('household.name')}
              value={view.name}
              version={view.version}
              placeholder={t('household.nameHint')}
              save={put('name')}
            />
            <Select
              label={t('household.stage')}
              choices={stages}
              value={view.stage}
              onChange={(code) => void put('stage')(code)}
            />
            <Select
              label={t('household.lead')}
              choices={workers}
              value={view.leadWorker?.id}
              none={t('household.noLead')}
              onChange={(code) => void put('leadWorkerId')(code)}
            />
            <AutosaveField
              label={t('household.leadAgency')}
              value={view.leadAgency ?? ''}
              version={view.version}
              save={put('leadAgency')}
            />
            <AreaField value={view.areaId} version={view.version} save={put('areaId')} />
            <Flags view={view} />
          </div>
        </section>
      )}
      <p className="faint hh-wide">
        {t('household.opened', { name: view.author.name, on: formatDate(view.at, lang) })}
      </p>
    </div>
  );
}
