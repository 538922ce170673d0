import { useCallback, useRef } from 'react';

import { type AnswerAssessment, asErrorView, type AssessmentView, type ConflictView } from '../../bridge';
import { cache, tryWrite, write } from '../../shared/cache';
import { showError } from '../../shared/toast';

export type Basis = 'voiced' | 'observed' | 'told';

/** The basis of this sitting; it stays until somebody changes it or the program locks. */
let sittingBasis: Basis = 'voiced';

export function currentBasis(): Basis {
  return sittingBasis;
}

export function setCurrentBasis(basis: Basis): void {
  sittingBasis = basis;
}

export type Given = Pick<AnswerAssessment, 'subject' | 'item' | 'value'> &
  Partial<Pick<AnswerAssessment, 'state' | 'basis' | 'certainty' | 'comment'>>;

/** Answers of one round, written one after the other. */
export function useAnswers(view: AssessmentView) {
  const seen = useRef(view.version);
  seen.current = view.version;
  /** The writes under way; each stands on the answer of the one before. */
  const queue = useRef<Promise<string | null>>(Promise.resolve(null));
  const waiting = useRef(0);

  const answer = useCallback(
    (given: Given, base?: string): Promise<AssessmentView | undefined> => {
      const looked = base ?? seen.current;
      waiting.current += 1;
      const writing = queue.current.then(async (before) => {
        try {
          const next = await write('assessment.answer', {
            basis: currentBasis(),
            ...given,
            roundId: view.id,
            base: base ?? before ?? looked,
          });
          cache.setQueryData(['assessment.get', { roundId: view.id }], next);
          return next;
        } catch (error) {
          showError(asErrorView(error));
          return undefined;
        }
      });
      queue.current = writing.then((next) => {
        waiting.current -= 1;
        return waiting.current === 0 ? null : (next?.version ?? null);
      });
      return writing;
    },
    [view.id],
  );

  const decide = useCallback(
    (conflict: ConflictView, value: unknown) => tryWrite('conflict.resolve', { id: conflict.id, value }),
    [],
  );

  return { answer, decide };
}
