import type { WordView } from '../../bridge';
import { useWords } from '../../i18n';

/** Words that people read to each other, in both scripts, in order. */
export function Words({ words, label }: { words: readonly WordView[]; label: string }) {
  const { lang } = useWords();
  return (
    <ol className="words" aria-label={label}>
      {words.map((word, index) => (
        <li className="word" key={`${index}-${word.romaji}`}>
          <span className="word-main">{lang === 'ja' ? word.kana : word.romaji}</span>
          <span className="word-other">{lang === 'ja' ? word.romaji : word.kana}</span>
        </li>
      ))}
    </ol>
  );
}
