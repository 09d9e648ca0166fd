/**
 * Reads sunshine.conf: `name = value` a line, `#` before a comment, a value in brackets may go over several lines. What
 * cannot be understood is left out.
 */
export function readConfiguration(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const lines = text.split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index++) {
    const [, name, begun = ''] = /^\s*([A-Za-z0-9_]{1,64})\s*=\s*(.*)$/.exec(lines[index]!) ?? [];
    if (name === undefined) continue;
    let value = begun;
    if (/^[[{]/.test(value)) {
      while (depth(value) > 0 && index + 1 < lines.length) value += `\n${lines[++index]!}`;
    } else {
      value = value.replace(/\s+#.*$/, '');
    }
    values.set(name, value.trim());
  }
  return values;
}

/** Brackets that are still open, outside of texts. */
function depth(value: string): number {
  let open = 0;
  let inText = false;
  for (let at = 0; at < value.length; at++) {
    const sign = value[at]!;
    if (sign === '\\') at++;
    else if (sign === '"') inText = !inText;
    else if (!inText && '[{'.includes(sign)) open++;
    else if (!inText && ']}'.includes(sign)) open--;
  }
  return open;
}
