import { useState } from 'react';

import { session, type ErrorView, type EscrowCard, type EscrowCards } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { Button, Dialog, ErrorNote, TextField, Words } from '../../shared/ui';
import { SecondSignature } from '../cosign';
import { asked, isWord } from './asked';
import './escrow.css';

/**
 * Three shares (預かり札), one after the other, each copied to paper and asked back; then the key is put in force. The words
 * live in this dialog only and are gone with it.
 */
export function MakeShares({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const [cards, setCards] = useState<EscrowCards>();
  const [at, setAt] = useState(0);
  const card = cards?.cards[at];
  const step = cards === undefined ? 'names' : card === undefined ? 'sign' : 'card';
  return (
    <Dialog title={t('escrow.makeTitle')} isOpen wide stays onClose={onClose}>
      {step === 'names' && <Names onMade={setCards} />}
      {card !== undefined && <Card key={card.index} card={card} onDone={() => setAt(at + 1)} />}
      {cards !== undefined && step === 'sign' && <Sign set={cards.set} onClose={onClose} />}
      <div className="row row-end">
        <Button look="quiet" onPress={onClose}>
          {t('common.cancel')}
        </Button>
      </div>
    </Dialog>
  );
}

function Names({ onMade }: { onMade: (cards: EscrowCards) => void }) {
  const { t } = useWords();
  const [holders, setHolders] = useState(['', '', '']);
  const [error, setError] = useState<ErrorView>();
  const names = holders.map((name) => name.trim());
  const ready = names.every((name) => name !== '') && new Set(names).size === 3;
  // Not a mutation: its answer would stay in memory after the dialog.
  const make = () =>
    void session('escrow_make', { holders: names }).then(onMade, (reason: unknown) => setError(reason as ErrorView));
  return (
    <div className="stack">
      <p>{t('escrow.makeWhy')}</p>
      <p className="faint">{t('escrow.opensAll')}</p>
      {holders.map((name, index) => (
        <TextField
          key={index}
          label={t('escrow.holder', { n: index + 1 })}
          value={name}
          onChange={(text) => setHolders(holders.map((old, place) => (place === index ? text : old)))}
        />
      ))}
      {error !== undefined && <ErrorNote error={error} />}
      <div className="row">
        <Button look="main" isDisabled={!ready} onPress={make}>
          {t('escrow.show')}
        </Button>
      </div>
    </div>
  );
}

function Card({ card, onDone }: { card: EscrowCard; onDone: () => void }) {
  const { t } = useWords();
  const [isCopied, setCopied] = useState(false);
  if (isCopied) {
    return <AskBack card={card} onBack={() => setCopied(false)} onDone={onDone} />;
  }
  const { size, path } = card.qr;
  return (
    <div className="stack">
      <h3>{t('escrow.card', { n: card.index, holder: card.holder })}</h3>
      <p>{t('escrow.cardHow')}</p>
      <div className="escrow-card">
        <div className="stack">
          {card.rows.map((row, index) => (
            <Words key={index} words={row} label={t('escrow.row', { n: index + 1 })} />
          ))}
        </div>
        <svg className="escrow-qr" viewBox={`-4 -4 ${size + 8} ${size + 8}`} role="img" aria-label={t('escrow.qr')}>
          <rect x={-4} y={-4} width={size + 8} height={size + 8} fill="#fff" />
          <path d={path} fill="#000" shapeRendering="crispEdges" />
        </svg>
      </div>
      <div className="row">
        <Button look="main" onPress={() => setCopied(true)}>
          {t('escrow.copied')}
        </Button>
      </div>
    </div>
  );
}

interface AskProps {
  card: EscrowCard;
  onBack: () => void;
  onDone: () => void;
}

/** One word of each row is typed back from the paper. */
function AskBack({ card, onBack, onDone }: AskProps) {
  const { t } = useWords();
  const [places] = useState(() => asked(card.rows));
  const [typed, setTyped] = useState(places.map(() => ''));
  const [isWrong, setWrong] = useState(false);
  const confirm = () => {
    const right = places.every((place, index) => isWord(typed[index] ?? '', card.rows[index]?.[place]));
    if (right) {
      onDone();
    } else {
      setWrong(true);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        confirm();
      }}
    >
      <h3>{t('escrow.card', { n: card.index, holder: card.holder })}</h3>
      <p>{t('escrow.askWhy')}</p>
      {places.map((place, index) => (
        <TextField
          key={index}
          autoFocus={index === 0}
          label={t('escrow.askWord', { row: index + 1, word: place + 1 })}
          value={typed[index] ?? ''}
          onChange={(text) => {
            setWrong(false);
            setTyped(typed.map((old, at) => (at === index ? text : old)));
          }}
        />
      ))}
      {isWrong && (
        <p role="alert" className="field-error">
          {t('escrow.askWrong')}
        </p>
      )}
      <div className="row">
        <Button type="submit" look="main" isDisabled={typed.some((word) => word.trim() === '')}>
          {t('escrow.askDone')}
        </Button>
        <Button look="quiet" onPress={onBack}>
          {t('escrow.askBack')}
        </Button>
      </div>
    </form>
  );
}

function Sign({ set, onClose }: { set: string; onClose: () => void }) {
  const { t } = useWords();
  const sign = useSession('escrow_sign');
  return (
    <div className="stack">
      <p>{t('escrow.signWhy')}</p>
      {sign.isError && <ErrorNote error={sign.error} />}
      <SecondSignature
        look="main"
        label={t('escrow.sign')}
        keyLabel={t('erase.paperKey')}
        keyHelp={t('escrow.paperKeyHelp')}
        isBusy={sign.isPending}
        onPaper={(paperAdminKey) =>
          sign.mutateAsync({ set, paperAdminKey }).then(() => {
            showDone(t('escrow.signed'));
            onClose();
          })
        }
        ask={() => Promise.resolve({ act: 'escrow', set })}
        onAsked={onClose}
      />
    </div>
  );
}
