/**
 * The one script of the dashboard; every page works without it. It keeps `[data-live]` up to date,
 * and sends the form of a long walk again until the walk is over. A page that renews itself keeps
 * its filter, and does not count all sessions again.
 */
export const SCRIPT: string = `const goesOn = document.querySelector('form[data-goes-on]');
if (goesOn) {
  const timer = setTimeout(() => goesOn.requestSubmit(), 300);
  goesOn.addEventListener('submit', () => clearTimeout(timer));
  goesOn.querySelector('a').addEventListener('click', () => clearTimeout(timer));
}

if (document.querySelector('[data-live]')) {
  const page = location.pathname;
  const stream = new EventSource(page.slice(0, page.lastIndexOf('/')) + '/live');
  stream.addEventListener('stats', renew);
  addEventListener('pagehide', () => stream.close());
}

let isRenewing = false;
async function renew() {
  if (isRenewing || document.hidden) return;
  isRenewing = true;
  try {
    const address = new URL(location);
    address.searchParams.delete('count');
    const answer = await fetch(address, { headers: { Accept: 'text/html' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('[data-live]');
    if (fresh) document.querySelector('[data-live]').replaceWith(document.adoptNode(fresh));
  } finally {
    isRenewing = false;
  }
}
`;
