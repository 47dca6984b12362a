import { html } from './html.js';

/**
 * What every page shows of its visitor.
 * @param {import('sojourn').Session} session
 */
export function visitorOf(session) {
  const quantities = Object.values(session.get('cart', {}));
  return {
    userId: session.userId,
    inCart: quantities.reduce((sum, quantity) => sum + quantity, 0),
    notice: session.get('notice'),
  };
}

/**
 * What is in the head of every page.
 * @param {string} title
 */
export function head(title) {
  return html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">`;
}

/**
 * A whole page. Without a visitor it shows nothing of the session, so it need not look at it.
 * @param {{ title: string, content: unknown, visitor?: ReturnType<typeof visitorOf> }} parts
 */
export function page({ title, content, visitor }) {
  return html`<!doctype html>
<html lang="en">
<head>
${head(`${title} · Wayside`)}
</head>
<body>
<header>
  <a class="brand" href="/"><img src="/icon.svg" alt="" width="28" height="28">Wayside</a>
  <nav aria-label="Main">
    <a href="/">Shop</a>
    <a href="/cart">Cart${visitor && html` <b class="count">${visitor.inCart}</b>`}</a>
    <a href="/devices">Your devices</a>
    <a href="/session">Your session</a>
    <a href="/tour">What to try</a>
    <a href="/compare">Side by side</a>
  </nav>
  ${visitor && account(visitor.userId)}
</header>
<main>
  ${visitor?.notice && html`<p class="notice ${visitor.notice.kind}" role="status">${visitor.notice.text}</p>`}
  <h1>${title}</h1>
  ${content}
</main>
<footer>
  A demo of <a href="https://github.com/sojourn-js/sojourn">Sojourn</a>, sessions for JavaScript
  servers: <a href="https://github.com/sojourn-js/sojourn/tree/main/docs">docs</a>. Nothing here is
  for sale, and no page of the shop has a script.
</footer>
</body>
</html>
`.toString();
}

/** @param {string | undefined} userId */
function account(userId) {
  if (userId === undefined) return html`<a class="button quiet" href="/login">Log in</a>`;
  return html`
    <form method="post" action="/logout" class="account"><span>${userId}</span><button class="quiet">Log out</button></form>`;
}
