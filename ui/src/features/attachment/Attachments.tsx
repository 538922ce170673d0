import './attachment.css';

import { useEffect, useRef, useState } from 'react';

import type { AttachmentView } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { fullName } from '../../shared/names';
import { Button, ErrorNote, Icon } from '../../shared/ui';
import { hasArrived } from './bytes';
import { useAdding } from './useAdding';
import { Viewer } from './Viewer';

/** What of the household the attachments belong to; the household itself where nothing is named. */
interface Props {
  noteId?: string;
  memberId?: string;
  /** One that was searched for: it is open. */
  found?: string | undefined;
  /** Whoever looked for one has seen it. */
  onSeen?: () => void;
}

/** The attachments (添付) of the open household with all that belongs to it, or of one of its notes or people. */
export function Attachments({ noteId, memberId, found, onSeen }: Props) {
  const { t } = useWords();
  const { view, readOnly } = useHousehold();
  const part = memberId !== undefined ? { memberId } : noteId !== undefined ? { noteId } : {};
  const wish = { householdId: view.id, ...part };
  const isPart = memberId !== undefined || noteId !== undefined;
  // A person's stand beside the household's on one page.
  const headId = memberId === undefined ? 'attachments' : `attachments-${memberId}`;
  const Head = memberId === undefined ? 'h2' : 'h3';
  const list = useRead('attachment.list', wish, ['attachments', `household:${view.id}`, 'restricted']);
  const adding = useAdding(isPart ? part : { householdId: view.id });
  const [openId, setOpenId] = useState<string>();
  const [isOver, setOver] = useState(false);
  const items = list.data?.items ?? [];
  const open = items.find((item) => item.id === (openId ?? found));
  const close = () => {
    setOpenId(undefined);
    onSeen?.();
  };
  // What is pasted on the page belongs to the page.
  usePastedFiles((files) => memberId === undefined && adding.add(files, true));

  return (
    <section
      className={`${memberId === undefined ? 'card hh-wide attach' : 'attach attach-part'}${isOver ? ' attach-over' : ''}`}
      aria-labelledby={headId}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes('Files')) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) {
          setOver(false);
        }
      }}
      onDrop={(event) => {
        event.preventDefault();
        // The household around it does not take it as well.
        event.stopPropagation();
        setOver(false);
        adding.add([...event.dataTransfer.files]);
      }}
    >
      <div className="row row-between">
        <Head id={headId}>{memberId === undefined ? t('attach.title') : t('attach.titleMember')}</Head>
        {!readOnly && (
          <label className="button button-small attach-add">
            <Icon name="add" size={16} />
            {t('attach.add')}
            <input
              type="file"
              multiple
              className="visually-hidden"
              aria-describedby={`${headId}-how`}
              onChange={(event) => {
                adding.add([...(event.target.files ?? [])]);
                // The same file may be chosen again.
                event.target.value = '';
              }}
            />
          </label>
        )}
      </div>
      {!readOnly && (
        <p id={`${headId}-how`} className="faint">
          {isOver ? t('attach.dropHere') : memberId === undefined ? t('attach.how') : t('attach.howMember')}
        </p>
      )}
      <div role="status">
        {adding.names[0] !== undefined && <p className="attach-coming">{t('attach.adding', { name: adding.names[0] })}</p>}
        {adding.names.length > 1 && <p className="faint">{t('attach.waiting', { n: adding.names.length - 1 })}</p>}
      </div>
      {adding.refusals.map((refusal) => (
        <div key={refusal.id} className="attach-refusal">
          <strong>{refusal.name}</strong>
          <Button
            look="quiet"
            size="small"
            aria-label={t('attach.closeRefusal', { name: refusal.name })}
            onPress={() => adding.forget(refusal.id)}
          >
            <Icon name="close" size={16} />
          </Button>
          <ErrorNote error={refusal.error} />
        </div>
      ))}
      {list.isError && <ErrorNote error={list.error} />}
      {list.data !== undefined && items.length === 0 && (
        <p className="faint">
          {memberId !== undefined ? t('attach.noneMember') : noteId !== undefined ? t('attach.noneNote') : t('attach.noneHere')}
        </p>
      )}
      <ul className="attach-grid">
        {items.map((item) => (
          <li key={item.id}>
            <Tile item={item} isPart={isPart} onOpen={() => setOpenId(item.id)} />
          </li>
        ))}
      </ul>
      {open !== undefined && <Viewer items={items} item={open} onGo={setOpenId} onClose={close} />}
    </section>
  );
}

interface TileProps {
  item: AttachmentView;
  /** Whether everything around it belongs to the same note or person. */
  isPart: boolean;
  onOpen: () => void;
}

function Tile({ item, isPart, onOpen }: TileProps) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const member = view.members.find((one) => one.id === item.memberId);
  return (
    <button type="button" className="attach-tile" onClick={onOpen}>
      <span className="attach-picture">
        {item.thumbnail === undefined ? (
          <span className="attach-kind">{kindWord()}</span>
        ) : (
          // The words below are its name.
          <img src={`data:image/jpeg;base64,${item.thumbnail}`} alt="" />
        )}
      </span>
      <span className="attach-name">{item.name}</span>
      {item.description !== undefined && <span className="attach-words">{item.description}</span>}
      <span className="faint attach-by">
        <span>{formatDate(item.takenOn ?? item.at, lang)}</span> <span>{item.author.name}</span>
      </span>
      {!isPart && item.noteId !== undefined && <span className="faint">{t('attach.ofNote')}</span>}
      {!isPart && member !== undefined && (
        <span className="faint">{fullName(member) === '' ? t('attach.ofNameless') : t('attach.ofMember', { name: fullName(member) })}</span>
      )}
      {!hasArrived(item) && <span className="tag tag-care">{t('attach.arriving')}</span>}
    </button>
  );

  function kindWord(): string {
    if (item.media === 'application/pdf') {
      return t('attach.kindPdf');
    }
    return item.media === 'text/plain' ? t('attach.kindText') : t('attach.kindOther');
  }
}

/** Hears of files that are pasted anywhere on the page; words that are pasted stay words. */
function usePastedFiles(take: (files: File[]) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const listener = (event: ClipboardEvent) => {
      const { clipboardData: data } = event;
      if (data === null || data.types.includes('text/plain')) {
        return;
      }
      if (data.files.length > 0) {
        event.preventDefault();
        latest.current([...data.files]);
      } else if (data.types.length === 0) {
        void copiedPicture().then((file) => {
          if (file !== undefined) {
            latest.current([file]);
          }
        });
      }
    };
    document.addEventListener('paste', listener);
    return () => document.removeEventListener('paste', listener);
  }, []);
}

/** The picture on the clipboard: WebKitGTK keeps it from the event of pasting, and gives it to whoever asks meanwhile. */
async function copiedPicture(): Promise<File | undefined> {
  try {
    for (const item of await navigator.clipboard.read()) {
      if (item.types.includes('image/png')) {
        return new File([await item.getType('image/png')], 'image.png', { type: 'image/png' });
      }
    }
  } catch {
    // Nothing that may be read: the person pasted nothing of ours.
  }
  return undefined;
}
