/** An element: its name, and text or children. Empty text leaves the element out (protocol 1 §2.1). */
export type XmlElement = readonly [name: string, content: string | number | readonly XmlElement[]];

export interface XmlAnswer {
  /** `status_code`: 200 or another positive number; HTTP itself always says 200 */
  readonly status: number;
  /** what the client shows on its screen */
  readonly message?: string;
  /** the path that was asked, as GFE repeats it on a 401 */
  readonly query?: string;
  readonly elements?: readonly XmlElement[];
}

/**
 * The XML that every GameStream client can read: one root with `status_code`, compact, no empty elements.
 */
export function renderXml(answer: XmlAnswer): string {
  let attributes = ` status_code="${answer.status}"`;
  if (answer.query !== undefined) attributes += ` query="${escape(answer.query)}"`;
  if (answer.message !== undefined) attributes += ` status_message="${escape(answer.message)}"`;
  const content = renderElements(answer.elements ?? []);
  return content === '' ? `<root${attributes}/>` : `<root${attributes}>${content}</root>`;
}

function renderElements(elements: readonly XmlElement[]): string {
  return elements
    .map(([name, content]) => {
      const inner = typeof content === 'object' ? renderElements(content) : escape(String(content));
      return inner === '' ? '' : `<${name}>${inner}</${name}>`;
    })
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Also drops what XML 1.0 cannot carry at all; a lone surrogate becomes U+FFFD. */
function escape(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
  );
}
