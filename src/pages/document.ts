import { type Html, html } from './html.js';

/** A whole page. `head` follows what every page of ours says there. */
export function documentOf(
  { language, title, head }: { language: string; title: string; head: Html },
  body: Html,
): Html {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${head}
</head>
<body>
${body}
</body>
</html>
`;
}
