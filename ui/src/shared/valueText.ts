/** A kept value in words, where no code list says better. Empty for "nothing". */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value.map(valueText).join('、');
  }
  const fields = value as Record<string, unknown>;
  if (typeof fields.raw === 'string') {
    return fields.raw;
  }
  if ('value' in fields) {
    return valueText(fields.value);
  }
  return Object.entries(fields)
    .filter(([, part]) => part !== null)
    .map(([name, part]) => `${name} ${valueText(part)}`)
    .join(' ');
}
