import type { Choice } from '../../shared/codes';

/** Own words out of a line; words that the list has become the code of the list. */
export function splitFlags(text: string, choices: readonly Choice[]): string[] {
  return text
    .split(/[、,，\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => choices.find((choice) => choice.label === word)?.code ?? word);
}
