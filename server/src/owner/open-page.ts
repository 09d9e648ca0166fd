/** The pages that `earthshine open` shows: files of the owner's, so that no secret stands in a command line. */

/** Leads to the admin; the first time its owner reads what the browser will warn about. */
export function linkPage(link: {
  readonly url: string;
  /** false: whoever reads it sees the warning for the first time */
  readonly setUp: boolean;
}): string {
  const url = escaped(link.url);
  return page(
    'Earthshine',
    link.setUp ? `<meta http-equiv="refresh" content="0;url=${url}">` : '',
    `<h1>Earthshine runs on this computer</h1>
<p>Its admin opens in this browser. Because the page comes from this computer and not from the internet, nobody has
vouched for it, and <strong>the browser warns about its certificate, once</strong>: choose <em>Advanced</em>, then
<em>Continue to localhost</em> or <em>Accept the risk</em>. What you type goes no further than this computer.</p>
<p><a class="go" href="${url}">Open the admin</a></p>
<p class="faint">This link works once, for a minute, on this computer only. After that open Earthshine from the menu again.</p>`,
  );
}

/** For who started it from a menu, where no terminal says what is wrong. */
export function troublePage(message: string): string {
  return page(
    'Earthshine could not be opened',
    '',
    `<h1>Earthshine could not be opened</h1><pre>${escaped(message)}</pre>`,
  );
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="dark light">
<meta name="referrer" content="no-referrer">${head}
<title>${escaped(title)}</title>
<style>
body { font: 17px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem }
.go { display: inline-block; padding: .6rem 1.2rem; border-radius: .6rem; background: #3a5bd9; color: #fff; text-decoration: none }
.faint { opacity: .7; font-size: .85em }
pre { white-space: pre-wrap }
</style></head>
<body>${body}</body></html>
`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (sign) => entities[sign]!);
}
