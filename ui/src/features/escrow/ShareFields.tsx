import { useWords } from '../../i18n';
import { TextField } from '../../shared/ui';

export type Shares = [string, string];

interface Props {
  shares: Shares;
  autoFocus?: boolean;
  onChange: (shares: Shares) => void;
}

/** The words of two shares (預かり札), as two holders type them. */
export function ShareFields({ shares: [first, second], autoFocus = false, onChange }: Props) {
  const { t } = useWords();
  return (
    <>
      <TextField
        autoFocus={autoFocus}
        label={t('escrow.share', { n: 1 })}
        help={t('escrow.shareHelp')}
        rows={3}
        value={first}
        onChange={(text) => onChange([text, second])}
      />
      <TextField label={t('escrow.share', { n: 2 })} rows={3} value={second} onChange={(text) => onChange([first, text])} />
    </>
  );
}
