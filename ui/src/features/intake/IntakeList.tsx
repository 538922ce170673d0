import './intake.css';

import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { formatDate, formatTime } from '../../shared/format';
import { Button, Chips, ErrorNote, Icon } from '../../shared/ui';
import { openWindow } from '../../shared/windows';

/** Every contact that came in; first the ones that nobody took up yet. */
export function IntakeList() {
  const { t, lang } = useWords();
  const [open, setOpen] = useState(true);
  const list = useRead('intake.list', open ? { open: true, limit: 500 } : { limit: 500 }, ['intakes'], { keep: true });
  const channel = useCodeLabel('intake-channel');
  const urgency = useCodeLabel('urgency');
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.intakes')}</h1>
        <div className="row">
          <Chips
            label={t('intake.show')}
            labelHidden
            choices={[
              { code: 'open', label: t('intake.showOpen') },
              { code: 'all', label: t('intake.showAll') },
            ]}
            value={open ? 'open' : 'all'}
            onChange={(code) => setOpen(code === null ? open : code === 'open')}
          />
          <Button look="main" onPress={() => openWindow('intake')}>
            <Icon name="add" size={18} /> {t('today.intake')}
          </Button>
        </div>
      </div>
      {list.isError && <ErrorNote error={list.error} />}
      <ul className="card intake-list">
        {list.data?.items.map((intake) => (
          <li key={intake.id}>
            <Link className="intake-row" to="/intakes/$intakeId" params={{ intakeId: intake.id }}>
              <span className="nowrap">
                {formatDate(intake.receivedAt, lang)} {formatTime(intake.receivedAt)}
              </span>
              <span>
                <strong>{intake.callerName ?? t('intake.noName')}</strong>
                <span className="intake-row-text">{intake.text}</span>
              </span>
              <span className="row">
                {intake.urgency !== undefined && <span className="tag">{urgency(intake.urgency)}</span>}
                {intake.channel !== undefined && <span className="tag">{channel(intake.channel)}</span>}
                {intake.householdId !== undefined && <span className="tag tag-calm">{t('intake.taken')}</span>}
                {intake.closed !== undefined && <span className="tag">{t('intake.closed')}</span>}
              </span>
            </Link>
          </li>
        ))}
        {list.data?.items.length === 0 && <li className="empty">{t('intake.empty')}</li>}
      </ul>
    </div>
  );
}
