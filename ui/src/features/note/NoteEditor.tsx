import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import type { CreateNote, NoteView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, tryWrite, write } from '../../shared/cache';
import { toCodePoints } from '../../shared/codepoints';
import { useCodes } from '../../shared/codes';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { imeSafe, isCtrlEnter } from '../../shared/imeSafe';
import { useKeys } from '../../shared/keys';
import { fullName } from '../../shared/names';
import { showDone } from '../../shared/toast';
import { Button, ErrorNote, SaveMark, Select, ToggleChips, WhenFields } from '../../shared/ui';
import { useMergedText } from '../../shared/useMergedText';
import { Attachments } from '../attachment';
import { EraseRecord } from '../erase';
import { RestrictField } from '../restricted';
import { Composer } from './Composer';
import { Confirmed } from './Confirmed';
import { MoveNote } from './MoveNote';
import { Runs } from './Runs';

interface Props {
  householdId: string;
  /** Undefined while a new note has no letter yet. */
  note: NoteView | undefined;
  method: string | undefined;
  onBegun: (note: NoteView) => void;
}

/** A record of a contact: one text that saves by itself, with typed statements inside. */
export function NoteEditor({ householdId, note, method, onBegun }: Props) {
  const { t, lang } = useWords();
  const navigate = useNavigate();
  const { view: household } = useHousehold();
  const kinds = useCodes('statement-kind');
  const methods = useCodes('contact-method');
  const area = useRef<HTMLTextAreaElement>(null);
  const [first] = useState<Partial<CreateNote>>(() => (method === undefined ? {} : { method }));
  /** The note as it was created, until the page's own reading of it arrives. */
  const created = useRef<Promise<NoteView> | null>(null);
  /** Who may read it besides the author; null where everybody of the case may. */
  const [readers, setReaders] = useState<string[] | null>(null);
  const current = note;

  /** The note, made on the first call; `given` are the fields it begins with. */
  const ensure = (given: Partial<CreateNote>): Promise<NoteView> => {
    if (current !== undefined) {
      return Promise.resolve(current);
    }
    created.current ??= write('note.create', { householdId, ...first, ...given, ...(readers === null ? {} : { restrictTo: readers }) }).then((made) => {
      cache.setQueryData(['note.get', { id: made.id }], made);
      onBegun(made);
      return made;
    });
    created.current.catch(() => {
      created.current = null;
    });
    return created.current;
  };

  const text = useMergedText(
    current ?? { version: '', text: '' },
    async (value, base) => {
      if (current === undefined && created.current === null) {
        return ensure({ text: value });
      }
      const made = await ensure({});
      const saved = await write('note.edit', { id: made.id, text: value, base: base === '' ? made.version : base });
      cache.setQueryData(['note.get', { id: made.id }], saved);
      return saved;
    },
    area,
  );

  useEffect(() => area.current?.focus(), []);

  /** Writes one field; a note that does not exist yet begins with it. */
  const put = async (field: 'occurredAt' | 'method' | 'memberIds', value: unknown) => {
    if (current === undefined && created.current === null) {
      await ensure({ [field]: value ?? undefined } as Partial<CreateNote>).catch(() => undefined);
    } else {
      const made = await ensure({});
      await tryWrite('note.update', { id: made.id, field, value, base: (current ?? made).version });
    }
  };

  /** Gives the selected words a type; unsaved letters are saved first, so that positions count in one version. */
  const mark = async (kind: string) => {
    await text.flush().catch(() => undefined);
    const element = area.current;
    const made = current ?? (await created.current);
    if (element === null || made === null || made === undefined || element.selectionStart === element.selectionEnd) {
      showDone(t('note.selectFirst'));
      return;
    }
    await tryWrite('note.mark', {
      id: made.id,
      base: text.base(),
      start: toCodePoints(element.value, element.selectionStart),
      end: toCodePoints(element.value, element.selectionEnd),
      type: kind,
    });
    element.focus();
  };

  const confirm = async () => {
    await text.flush().catch(() => undefined);
    const made = current ?? (await ensure({}));
    if ((await tryWrite('note.confirm', { id: made.id })) !== undefined) {
      showDone(t('note.confirmedDone'));
    }
  };

  useKeys([
    ...kinds.map((kind, index) => ({
      code: `Digit${index + 1}`,
      alt: true,
      whileTyping: true,
      shown: `Alt+${index + 1}`,
      label: t('key.mark', { kind: kind.label }),
      run: () => void mark(kind.code),
    })),
    {
      code: 'Digit0',
      alt: true,
      whileTyping: true,
      shown: 'Alt+0',
      label: t('key.unmark'),
      run: () => void mark('none'),
    },
  ]);

  const members = household.members
    .filter((member) => member.leftOn === undefined || current?.memberIds.includes(member.id) === true)
    .map((member) => ({ code: member.id, label: member.unnamed ? t('member.unnamed') : fullName(member) }));
  const occurred = current?.occurredAt;
  return (
    <div className="note">
      <section className="note-main" aria-label={t('note.title')}>
        <div className="row row-between">
          <h2>
            {t('note.title')} {current?.late === true && <span className="tag tag-care">{t('note.late')}</span>}{' '}
            {current?.restricted === true && <span className="tag tag-care">{t('restricted.tag')}</span>}
          </h2>
          <div className="row">
            <SaveMark state={text.state} />
            {current?.confirmed === undefined || current.confirmed.amended ? (
              <Button size="small" onPress={() => void confirm()}>
                {current?.confirmed === undefined ? t('note.confirm') : t('note.confirmAgain')}
              </Button>
            ) : (
              <span className="tag tag-calm">{t('note.confirmed')}</span>
            )}
          </div>
        </div>
        {current === undefined && <RestrictField householdId={householdId} value={readers} onChange={setReaders} />}
        <div className="note-head">
          <WhenFields
            label={t('note.occurred')}
            instant={occurred}
            placeholder={t('note.now')}
            onChange={(value) => void put('occurredAt', value)}
          />
        </div>
        <div className="row note-with">
          <ToggleChips
            label={t('note.present')}
            choices={members}
            value={current?.memberIds ?? []}
            onChange={(ids) => void put('memberIds', ids)}
          />
          <Select
            label={t('note.method')}
            choices={methods}
            value={current?.method ?? first.method}
            none={t('common.unknown')}
            onChange={(code) => void put('method', code)}
          />
        </div>
        <div className="note-types" role="toolbar" aria-label={t('note.types')}>
          <span className="faint">{t('note.typesLead')}</span>
          {kinds.map((kind, index) => (
            <Button key={kind.code} size="small" preventFocusOnPress onPress={() => void mark(kind.code)}>
              <span className={`type-swatch type-${kind.code}`} /> {kind.label} <kbd>{index + 1}</kbd>
            </Button>
          ))}
          <Button size="small" look="quiet" preventFocusOnPress onPress={() => void mark('none')}>
            {t('note.unmark')}
          </Button>
        </div>
        <label className="visually-hidden" htmlFor="note-text">
          {t('note.text')}
        </label>
        <textarea
          id="note-text"
          ref={area}
          className="input note-text"
          placeholder={t('note.placeholder')}
          {...text.field}
          onKeyDown={imeSafe((event) => {
            if (isCtrlEnter(event)) {
              event.preventDefault();
              text.flush().catch(() => undefined);
            }
          })}
        />
        {text.error !== null && <ErrorNote error={text.error} />}
        {current !== undefined && (
          <p className="faint">{t('common.by', { name: current.author.name, at: formatInstant(current.at, lang) })}</p>
        )}
        {current?.written !== undefined && (
          <p className="faint">
            {t('note.movedBy', { name: current.written.author.name, at: formatInstant(current.written.at, lang) })}
          </p>
        )}
        {current !== undefined && <Attachments noteId={current.id} />}
        {current !== undefined && !current.restricted && <MoveNote note={current} flush={() => text.flush()} />}
        {current !== undefined && (
          <EraseRecord
            id={current.id}
            kind="note"
            onGone={() => navigate({ to: '/households/$householdId', params: { householdId } })}
          />
        )}
      </section>
      <aside className="note-side" aria-label={t('note.side')}>
        {current !== undefined && <Confirmed note={current} />}
        <Runs note={current} />
        <Composer
          kinds={kinds}
          members={members}
          onAdd={async (block) => {
            await text.flush().catch(() => undefined);
            if (current === undefined && created.current === null) {
              await ensure({ blocks: [block] });
              return;
            }
            const made = await ensure({});
            const whole = text.text === '' ? block.text : `${text.text}\n${block.text}`;
            const saved = await write('note.edit', { id: made.id, text: whole, base: text.base() });
            const at = saved.text.lastIndexOf(block.text);
            const { text: words, ...rest } = block;
            await write('note.mark', {
              ...rest,
              id: made.id,
              base: saved.version,
              start: toCodePoints(saved.text, at),
              end: toCodePoints(saved.text, at + words.length),
            });
          }}
        />
      </aside>
    </div>
  );
}
