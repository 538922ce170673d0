import { useWords } from '../i18n';
import { activeKeys } from '../shared/keys';
import { Button, Dialog } from '../shared/ui';

/** The keys of the present screen. */
export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t('keyHelp.title')} isOpen={isOpen} onClose={onClose}>
      <dl className="key-help">
        {isOpen &&
          activeKeys().map((binding) => (
            <div key={`${binding.shown} ${binding.label}`}>
              <dt>
                <kbd>{binding.shown}</kbd>
              </dt>
              <dd>{binding.label}</dd>
            </div>
          ))}
      </dl>
      <div className="row row-between">
        <p className="faint">{t('keyHelp.typing')}</p>
        <Button onPress={onClose}>{t('keyHelp.close')}</Button>
      </div>
    </Dialog>
  );
}
