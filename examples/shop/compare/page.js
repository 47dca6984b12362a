import { readFileSync } from 'node:fs';
import { html } from '../html.js';
import { head } from '../layout.js';

const EXPERIMENTS = [
  {
    id: 'tabs',
    title: 'Two tabs add at once',
    text: 'Both tabs read the cart before either of them writes.',
  },
  {
    id: 'logout',
    title: 'A slow page against a logout',
    text: 'A page is still at work when its visitor logs out in another tab.',
  },
  {
    id: 'login',
    title: 'A login with requests under way',
    text: 'Two tabs add to the cart while the visitor logs in.',
  },
];

const SIDES = [
  { id: 'express-session', name: 'express-session', code: 'with-express-session.js' },
  { id: 'sojourn', name: 'Sojourn', code: 'with-sojourn.js' },
];

/** The page; its script is public/compare.js. */
export function comparePage() {
  return html`<!doctype html>
<html lang="en">
<head>
${head('Side by side · Sojourn')}
<link rel="stylesheet" href="/compare/compare.css">
<script src="/compare/compare.js" type="module"></script>
</head>
<body>
<header>
  <a class="brand" href="/compare"><img src="/icon.svg" alt="" width="28" height="28">Sojourn</a>
  <nav aria-label="Main">
    <a href="/compare" aria-current="page">Side by side</a>
    <a href="/">The shop</a>
    <a href="/tour">What to try</a>
    <a href="https://github.com/sojourn-js/sojourn/tree/main/docs">Docs</a>
  </nav>
</header>
<main class="compare">
  <h1>The same shop, twice</h1>
  <p class="lead">Requests of one visitor overlap every day. Press a button: the same requests go to
  both shops, in the same order, and you see what is left.</p>
  <div class="experiments">
    ${EXPERIMENTS.map(
      ({ id, title, text }) => html`
    <button type="button" data-experiment="${id}"><b>${title}</b><span>${text}</span></button>`,
    )}
  </div>
  <p><button type="button" class="quiet" data-experiment="all">Run all three</button></p>
  <p class="visually-hidden" role="status" aria-live="polite" id="announcement"></p>
  <div class="sides">
    ${SIDES.map(
      ({ id, name, code }) => html`
    <section data-side="${id}" aria-labelledby="${id}-name">
      <h2 id="${id}-name">${name}</h2>
      <p class="verdict" data-verdict>Press a button above.</p>
      <ol class="requests" data-requests aria-label="Requests on a time line"></ol>
      <p class="legend"><i class="mark read"></i> session read <i class="mark written"></i> session written</p>
      <details><summary>This shop's code</summary><pre><code>${source(code)}</code></pre></details>
    </section>`,
    )}
  </div>
</main>
<footer>Both shops keep sessions in memory, and run the same routes. Only the four verbs differ.</footer>
</body>
</html>
`.toString();
}

/** @param {string} name */
function source(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
