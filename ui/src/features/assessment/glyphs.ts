/** What a level looks like, in the order of the options of a scale; shapes, so that black and white is enough. */
export const GLYPHS = ['○', '△', '▲', '◆'];

/** What stands where there is no level. Not asked yet is hatched, and no more than that. */
export const STATE_GLYPHS: Record<string, string> = { unasked: '', notNow: '◇', declined: '―' };
