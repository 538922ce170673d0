import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { asErrorView, type AttachmentView, type ErrorView, run } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useSession } from '../../shared/cache';
import { formatBytes, formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { isEditable, listenToKeys } from '../../shared/imeSafe';
import { showDone } from '../../shared/toast';
import { AutosaveField, Button, DateField, Dialog, ErrorNote } from '../../shared/ui';
import { fromBase64, hasArrived } from './bytes';

const ZOOMS = [1, 1.5, 2, 3, 4, 6];

interface Props {
  /** All that stand beside one another; at least one. */
  items: AttachmentView[];
  /** The one that is shown. */
  item: AttachmentView;
  onGo: (id: string) => void;
  onClose: () => void;
}

/** One attachment after the other: the picture or the words of it, what is said of it, a copy, and the way to be rid of it. */
export function Viewer({ items, item, onGo, onClose }: Props) {
  const { t } = useWords();
  const at = items.findIndex((one) => one.id === item.id);
  // Behind the last comes the first: a button that went dead would lose the focus, and Esc with it.
  const go = (steps: number) => {
    const next = items[(at + steps + items.length) % items.length];
    if (next !== undefined && next.id !== item.id) {
      onGo(next.id);
    }
  };
  const latest = useRef(go);
  latest.current = go;
  useEffect(
    () =>
      listenToKeys((event) => {
        const scrolls = event.target instanceof Element && event.target.closest('.attach-pane') !== null;
        if (isEditable(event.target) || scrolls || event.ctrlKey || event.metaKey || event.altKey) {
          return;
        }
        if (event.key === 'ArrowLeft') {
          latest.current(-1);
        } else if (event.key === 'ArrowRight') {
          latest.current(1);
        }
      }),
    [],
  );
  return (
    <Dialog title={item.name} isOpen wide onClose={onClose}>
      {items.length > 1 && (
        <div className="row">
          <Button size="small" onPress={() => go(-1)}>
            {t('attach.before')} <kbd>←</kbd>
          </Button>
          <Button size="small" onPress={() => go(1)}>
            {t('attach.after')} <kbd>→</kbd>
          </Button>
          <span className="faint" aria-live="polite">
            {t('attach.position', { n: at + 1, of: items.length })}
          </span>
        </div>
      )}
      <One key={item.id} item={item} onClose={onClose} />
    </Dialog>
  );
}

function One({ item, onClose }: { item: AttachmentView; onClose: () => void }) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const save = useSession('attachment_save');
  const put = (field: string) => (value: string | null, base?: string) =>
    tryWrite('attachment.update', { id: item.id, field, value: value === '' ? null : value, base: base ?? item.version });
  const remove = async () => {
    if ((await tryWrite('attachment.remove', { id: item.id })) !== undefined) {
      onClose();
      showDone(t('attach.removed', { name: item.name }));
    }
  };
  const after = (saved: { file: string } | null) => {
    if (saved !== null) {
      showDone(t('attach.saved', { file: saved.file }));
    }
  };
  return (
    <div className="stack">
      <Content item={item} />
      {save.isError && <ErrorNote error={save.error} />}
      <div className="attach-about">
        <AutosaveField label={t('attach.name')} value={item.name} version={item.version} save={put('name')} />
        <DateField
          label={t('attach.takenOn')}
          value={item.takenOn ?? ''}
          onCommit={(text, iso) => {
            if (text.trim() === '' || iso !== undefined) {
              void put('takenOn')(iso ?? null);
            }
          }}
        />
      </div>
      <AutosaveField
        label={t('attach.description')}
        rows={2}
        value={item.description ?? ''}
        version={item.version}
        placeholder={t('attach.descriptionHint')}
        save={put('description')}
      />
      <p className="faint">
        {formatBytes(item.size)}　{t('attach.by', { name: item.author.name, at: formatInstant(item.at, lang) })}
        {item.noteId !== undefined && (
          <>
            　
            <Link to="/households/$householdId/notes/$noteId" params={{ householdId: view.id, noteId: item.noteId }} onClick={onClose}>
              {t('attach.ofNote')}
            </Link>
          </>
        )}
      </p>
      <div className="row row-between">
        <Button look="quiet" onPress={() => void remove()}>
          {t('attach.remove')}
        </Button>
        <div className="row">
          <Button
            isDisabled={!hasArrived(item)}
            onPress={() => {
              // A button that is disabled while it works would lose the focus, and Esc with it.
              if (!save.isPending) {
                save.mutate({ id: item.id, suggested: item.name }, { onSuccess: after });
              }
            }}
          >
            {t('attach.save')}
          </Button>
          <Button look="main" onPress={onClose}>
            {t('toast.close')}
          </Button>
        </div>
      </div>
    </div>
  );
}

type Opened = { kind: 'picture'; address: string } | { kind: 'text'; text: string } | { kind: 'pdf' } | { kind: 'refused'; error: ErrorView };

/** The file, read when it is looked at and given back when it no longer is. */
function useOpened(item: AttachmentView): Opened | undefined {
  const [opened, setOpened] = useState<Opened>();
  // Once all of it has arrived, it is tried anew.
  const { id, local } = item;
  useEffect(() => {
    let address: string | undefined;
    let isGone = false;
    const read = async () => {
      const { media, content } = (await run('attachment.open', { id })).value;
      if (isGone) {
        return;
      }
      if (media === 'application/pdf') {
        setOpened({ kind: 'pdf' });
      } else if (media === 'text/plain') {
        setOpened({ kind: 'text', text: new TextDecoder().decode(fromBase64(content)) });
      } else {
        address = URL.createObjectURL(new Blob([fromBase64(content)], { type: media }));
        setOpened({ kind: 'picture', address });
      }
    };
    read().catch((reason: unknown) => {
      if (!isGone) {
        setOpened({ kind: 'refused', error: asErrorView(reason) });
      }
    });
    return () => {
      isGone = true;
      if (address !== undefined) {
        URL.revokeObjectURL(address);
      }
    };
  }, [id, local.arrived]);
  return opened;
}

function Content({ item }: { item: AttachmentView }) {
  const { t } = useWords();
  const opened = useOpened(item);
  switch (opened?.kind) {
    case undefined:
      return <p role="status">{t('attach.opening')}</p>;
    case 'refused':
      return <ErrorNote error={opened.error} />;
    case 'pdf':
      return <p>{t('attach.pdf')}</p>;
    case 'text':
      return (
        <div className="attach-pane" role="group" aria-label={t('attach.text')} tabIndex={0}>
          <pre className="attach-text">{opened.text}</pre>
        </div>
      );
    case 'picture':
      return <Picture item={item} address={opened.address} />;
  }
}

function Picture({ item, address }: { item: AttachmentView; address: string }) {
  const { t } = useWords();
  const [zoom, setZoom] = useState(1);
  const larger = () => setZoom((now) => ZOOMS.find((step) => step > now) ?? now);
  const smaller = () => setZoom((now) => ZOOMS.findLast((step) => step < now) ?? now);
  useEffect(
    () =>
      listenToKeys((event) => {
        if (isEditable(event.target) || event.ctrlKey || event.metaKey || event.altKey) {
          return;
        }
        if (['+', ';', '='].includes(event.key)) {
          larger();
        } else if (event.key === '-') {
          smaller();
        } else if (event.key === '0') {
          setZoom(1);
        }
      }),
    [],
  );
  const { width = 0, height = 0 } = item;
  // At 100 % all of it is seen, and none is larger than it is.
  const whole = width > 0 && height > 0 ? `min(50rem, ${(43 * width) / height}vh, ${width}px)` : '50rem';
  return (
    <div className="stack">
      <div className="attach-pane" role="group" aria-label={t('attach.picture')} tabIndex={0}>
        <img
          className="attach-image"
          src={address}
          alt={t('attach.imageAlt', { what: item.description ?? item.name })}
          style={{ inlineSize: zoom === 1 ? `min(100%, ${whole})` : `calc(${whole} * ${zoom})` }}
        />
      </div>
      <div className="row">
        <Button size="small" onPress={smaller}>
          {t('attach.smaller')} <kbd>-</kbd>
        </Button>
        <Button size="small" onPress={larger}>
          {t('attach.bigger')} <kbd>+</kbd>
        </Button>
        <Button size="small" look="quiet" onPress={() => setZoom(1)}>
          {t('attach.fit')} <kbd>0</kbd>
        </Button>
        <span className="faint" aria-live="polite">
          {t('attach.zoom', { percent: Math.round(zoom * 100) })}
        </span>
      </div>
    </div>
  );
}
