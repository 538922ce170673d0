import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { Button, Dialog, TextField } from '../../shared/ui';

interface Props {
  ids: readonly string[];
  onDone?: () => void;
}

/** Accepts, or declines with a reason: for the worker to whom it was offered. */
export function AnswerButtons({ ids, onDone }: Props) {
  const { t } = useWords();
  const [declining, setDeclining] = useState(false);
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const answer = async (answer: 'accepted' | 'declined') => {
    setSending(true);
    const given = answer === 'declined' ? { ids: [...ids], answer, reason } : { ids: [...ids], answer };
    const answered = await tryWrite('handover.answer', given);
    setSending(false);
    if (answered !== undefined) {
      showDone(answer === 'accepted' ? t('handover.acceptedDone', { n: ids.length }) : t('handover.declinedDone', { n: ids.length }));
      setDeclining(false);
      onDone?.();
    }
  };
  return (
    <div className="row">
      <Button look="main" isDisabled={sending || ids.length === 0} onPress={() => void answer('accepted')}>
        {t('handover.accept')}
      </Button>
      <Button isDisabled={sending || ids.length === 0} onPress={() => setDeclining(true)}>
        {t('handover.decline')}
      </Button>
      <Dialog title={t('handover.declineTitle')} isOpen={declining} stays onClose={() => setDeclining(false)}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void answer('declined');
          }}
        >
          <TextField label={t('handover.reason')} help={t('handover.reasonHelp')} rows={3} autoFocus value={reason} onChange={setReason} />
          <div className="row row-end">
            <Button onPress={() => setDeclining(false)}>{t('common.cancel')}</Button>
            <Button type="submit" look="main" isDisabled={reason.trim() === '' || sending}>
              {t('handover.declineDo')}
            </Button>
          </div>
        </form>
      </Dialog>
    </div>
  );
}
