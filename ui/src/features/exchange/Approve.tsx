import { useState } from 'react';
import { Checkbox } from 'react-aria-components';

import type { RequestView } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { useCodes } from '../../shared/codes';
import { Button, Chips, ErrorNote, TextField, Words } from '../../shared/ui';

/** Lets a new laptop into the office: open its request, compare words, choose a role, save the approval. */
export function Approve() {
  const { t } = useWords();
  const roles = useCodes('worker-role');
  const open = useSession('device_open_request');
  const approve = useSession('device_approve');
  const [request, setRequest] = useState<RequestView | null>(null);
  const [role, setRole] = useState('worker');
  const [admin, setAdmin] = useState(false);
  const [paperKey, setPaperKey] = useState('');
  const [compared, setCompared] = useState(false);
  /** Lets go of the request and of the key of the paper. */
  const close = () => {
    setRequest(null);
    setAdmin(false);
    setPaperKey('');
  };
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-approve">
      <h2 id="ex-approve">{t('approve.title')}</h2>
      {request === null ? (
        <>
          <p className="faint">{t('approve.lead')}</p>
          <div className="row">
            <Button
              onPress={() => {
                approve.reset();
                open.mutate(
                  {},
                  {
                    onSuccess: (view) => {
                      setCompared(false);
                      setRequest(view);
                    },
                  },
                );
              }}
            >
              {t('approve.open')}
            </Button>
          </div>
          {open.isError && <ErrorNote error={open.error} />}
          {approve.data !== undefined && approve.data !== null && (
            <p className="ex-result" role="status">
              {t('approve.saved', { file: approve.data.file })}
            </p>
          )}
        </>
      ) : (
        <>
          <p>{t('approve.asks', { name: request.worker })}</p>
          <div className="stack">
            <h3>{t('approve.deviceWords')}</h3>
            <Words words={request.deviceWords} label={t('approve.deviceWords')} />
            <Checkbox className="check" isSelected={compared} onChange={setCompared}>
              <span className="check-box" aria-hidden="true" />
              {t('approve.compared')}
            </Checkbox>
          </div>
          <div className="stack">
            <h3>{t('approve.officeWords')}</h3>
            <Words words={request.officeWords} label={t('approve.officeWords')} />
          </div>
          <Chips label={t('found.role')} choices={roles} value={role} onChange={(code) => setRole(code ?? role)} />
          <Checkbox className="check" isSelected={admin} onChange={setAdmin}>
            <span className="check-box" aria-hidden="true" />
            {t('approve.admin')}
          </Checkbox>
          {admin && (
            <TextField
              label={t('approve.paperKey')}
              help={t('approve.paperKeyHelp')}
              value={paperKey}
              onChange={setPaperKey}
            />
          )}
          {approve.isError && <ErrorNote error={approve.error} />}
          <div className="row row-between">
            <Button onPress={close}>{t('common.cancel')}</Button>
            <Button
              look="main"
              isDisabled={!compared || (admin && paperKey.trim() === '') || approve.isPending}
              onPress={() =>
                approve.mutate(
                  { requestId: request.requestId, role, ...(admin ? { paperAdminKey: paperKey } : {}) },
                  {
                    onSuccess: (saved) => {
                      if (saved !== null) {
                        close();
                      }
                    },
                  },
                )
              }
            >
              {t('approve.save')}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
