import { useWords } from '../i18n';
import { dismiss, useToasts } from '../shared/toast';
import { Button, Icon } from '../shared/ui';

/** What was just done or refused, in the corner. */
export function Toasts() {
  const { t } = useWords();
  const toasts = useToasts();
  return (
    <div className="toasts" role="region" aria-label={t('toast.region')} aria-live="polite">
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={`toast ${toast.kind === 'error' ? 'toast-error' : ''}`}
          role={toast.kind === 'error' ? 'alert' : 'status'}
        >
          <div className="grow">
            <p>{toast.message === '' ? t('error.message') : toast.message}</p>
            {toast.kind === 'error' && <p>{toast.safe ?? ''}</p>}
            {toast.kind === 'error' && <p>{toast.next ?? ''}</p>}
          </div>
          <Button look="quiet" size="small" aria-label={t('toast.close')} onPress={() => dismiss(toast.id)}>
            <Icon name="close" size={16} />
          </Button>
        </div>
      ))}
    </div>
  );
}
