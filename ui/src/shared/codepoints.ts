/** Code points before the UTF-16 index `index`; an index inside a surrogate pair counts the whole pair. */
export function toCodePoints(text: string, index: number): number {
  let points = 0;
  for (let at = 0; at < index && at < text.length; points += 1) {
    at += unitsAt(text, at);
  }
  return points;
}

/** The UTF-16 index before the code point number `points`. */
export function toUnits(text: string, points: number): number {
  let at = 0;
  for (let count = 0; count < points && at < text.length; count += 1) {
    at += unitsAt(text, at);
  }
  return at;
}

function unitsAt(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
