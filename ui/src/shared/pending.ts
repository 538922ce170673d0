/** Editors that may hold unsaved letters; asked to save before the program locks or a view is left. */
const flushers = new Set<() => Promise<unknown>>();
/** Letters that belong to no record yet; asked for only before the page is taken away. */
const drafts = new Set<() => Promise<unknown>>();

export function registerFlush(flush: () => Promise<unknown>): () => void {
  flushers.add(flush);
  return () => flushers.delete(flush);
}

/** Registers what makes a record of a text that was begun; it keeps silent where there is none. */
export function registerDraft(keep: () => Promise<unknown>): () => void {
  drafts.add(keep);
  return () => drafts.delete(keep);
}

/** Saves everything unsaved; comes back after `patience` ms in any case. */
export function flushAll(patience = 1500): Promise<void> {
  return within(patience, [...flushers]);
}

/** The same before the page goes with all that was typed: what was begun becomes a record as well. */
export function keepAll(patience = 1500): Promise<void> {
  return within(patience, [...flushers, ...drafts]);
}

async function within(patience: number, saves: (() => Promise<unknown>)[]): Promise<void> {
  await Promise.race([
    Promise.all(saves.map((save) => save().catch(() => undefined))),
    new Promise((resolve) => {
      setTimeout(resolve, patience);
    }),
  ]);
}
