import './assessment.css';

import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { type Pack, usePack, words } from '../../shared/pack';
import { Button, Chips, ErrorNote } from '../../shared/ui';
import { EraseRecord } from '../erase';
import { Checklist } from './Checklist';
import { useCompare } from './Compare';
import { Table } from './Table';
import { Unknown } from './Unknown';
import { type Basis, currentBasis, setCurrentBasis } from './useAnswers';

/** One round of a pack: a table of members and areas of life, or a plain form. */
export function Assessment({ id, asOf }: { id: string; asOf: string | undefined }) {
  const { t, lang } = useWords();
  const { view: household, readOnly } = useHousehold();
  const round = useRead(
    'assessment.get',
    asOf === undefined ? { roundId: id } : { roundId: id, asOf },
    [`round:${id}`],
    { keep: true },
  );
  const pack = usePack(round.data?.pack);
  const compare = useCompare();
  const navigate = useNavigate();
  const nameOf = useNameOf(pack);
  const [basis, setBasis] = useState<Basis>(currentBasis);
  const [all, setAll] = useState(false);
  if (round.isError) {
    return (
      <div className="page">
        <ErrorNote error={round.error} />
      </div>
    );
  }
  if (round.data?.unknownPack === true) {
    return <Unknown view={round.data} pack={pack} />;
  }
  if (round.data === undefined || pack === undefined) {
    return null;
  }
  const view = round.data;
  const isTable = pack.items.some((item) => item.type === 'scale');
  const BASES: Basis[] = ['voiced', 'observed', 'told'];
  return (
    <div className="as">
      <header className="as-head">
        <div>
          <h2>{isTable ? t('household.table') : words(pack.title, lang)}</h2>
          <p className="faint">
            {t('assessment.round', { n: view.number })} {view.label} {formatDate(view.at, lang)} {view.author.name}{' '}
            <Link to="/households/$householdId/rounds" params={{ householdId: household.id }} search={asOf === undefined ? {} : { asOf }}>
              {t('assessment.others')}
            </Link>
          </p>
        </div>
        <div className="row">
        {!readOnly && (
          <div className="as-basis">
            <Chips
              label={t('assessment.basis')}
              choices={BASES.map((code) => ({ code, label: t(`basis.${code}`) }))}
              value={basis}
              onChange={(code) => {
                if (code !== null) {
                  setCurrentBasis(code as Basis);
                  setBasis(code as Basis);
                }
              }}
            />
          </div>
        )}
        {isTable && (
          <Button size="small" aria-pressed={all} onPress={() => setAll(!all)}>
            {all ? t('assessment.fold') : t('assessment.unfold', { n: pack.areas.filter((area) => !area.front).length })}
          </Button>
        )}
        {!readOnly && asOf === undefined && (
          <EraseRecord
            id={view.id}
            kind="round"
            nameOf={nameOf}
            onGone={() => navigate({ to: '/households/$householdId/rounds', params: { householdId: household.id } })}
          />
        )}
        </div>
      </header>
      {isTable ? (
        <Table view={view} pack={pack} readOnly={readOnly} all={all} compare={compare} />
      ) : (
        <Checklist view={view} pack={pack} readOnly={readOnly} />
      )}
    </div>
  );
}

/** What an answer or a comment of this pack is called: of whom, and to which question. */
function useNameOf(pack: Pack | undefined): (path: string) => string | undefined {
  const { t, lang } = useWords();
  const { view: household } = useHousehold();
  const whom = (id: string) => {
    const member = household.members.find((one) => one.id === id);
    return member === undefined ? '' : member.unnamed ? t('member.unnamed') : displayable(fullName(member)).shown;
  };
  return (path) => {
    const [map, subject, itemId] = path.split('/');
    const item = pack?.items.find((one) => one.id === itemId);
    if ((map !== 'answers' && map !== 'comments') || subject === undefined || item === undefined) {
      return undefined;
    }
    const about = subject === 'household' ? t('assessment.whole') : subject.split('>').map(whom).join(' → ');
    return `${about} ${words(item.label, lang)}${map === 'comments' ? ` ${t('assessment.comment')}` : ''}`;
  };
}
