/** Editors that may hold unsaved letters; asked to save before the program locks or a view is left. */
const flushers = new Set<() => Promise<unknown>>();

export function registerFlush(flush: () => Promise<unknown>): () => void {
  flushers.add(flush);
  return () => flushers.delete(flush);
}

/** Saves everything unsaved; comes back after `patience` ms in any case. */
export async function flushAll(patience = 1500): Promise<void> {
  const saves = [...flushers].map((flush) => flush().catch(() => undefined));
  await Promise.race([
    Promise.all(saves),
    new Promise((resolve) => {
      setTimeout(resolve, patience);
    }),
  ]);
}
