/** @param {Promise<import('./browser.js').Answer>} answer */
export async function must(answer) {
  const { status, body } = await answer;
  if (status !== 200)
    throw new Error(`A request that nothing disturbs was answered with status ${status}: ${body}`);
  return body;
}

/** @param {import('./browser.js').Browser} browser */
export function show(browser) {
  return must(browser.get('/show'));
}

/** @param {{ user: string | null, data: Record<string, unknown> }} shown */
export function isAlive({ user, data }) {
  return user !== null || Object.keys(data).length > 0;
}

/** How many of these browsers are logged in. @param {readonly import('./browser.js').Browser[]} browsers */
export async function countUsers(browsers) {
  const shown = await Promise.all(browsers.map(show));
  return shown.filter(({ user }) => user !== null).length;
}
