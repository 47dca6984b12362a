// Sends the requests of an experiment to both shops, and draws them as they go.

/** @typedef {{ label: string, path: string, said?: string, after?: string[], done?: string, item?: string }} Step */
/** @typedef {{ user?: string, cart: string[] }} Visitor */
/** @typedef {{ text: string, lost: readonly string[] }} Verdict What was lost names steps. */
/**
 * @typedef {object} Experiment
 * @property {string} title
 * @property {readonly Step[]} before sent one after the other, not drawn
 * @property {readonly Step[]} steps sent at once, in this order
 * @property {(visitor: Visitor) => Verdict} judge
 */

/** @type {Record<string, Experiment>} */
const EXPERIMENTS = {
  tabs: {
    title: 'Two tabs add at once',
    before: [{ label: 'Add a pen', path: 'add', item: 'pen' }],
    steps: [
      { label: 'Tab 1 adds a mug', path: 'add', item: 'mug', said: 'one', after: ['one', 'two'] },
      { label: 'Tab 2 adds a lamp', path: 'add', item: 'lamp', said: 'two', after: ['one', 'two'] },
    ],
    judge: ({ cart }) => kept(cart, ['pen', 'mug', 'lamp']),
  },
  logout: {
    title: 'A slow page against a logout',
    before: [{ label: 'Log in', path: 'login' }],
    steps: [
      { label: 'The slow page', path: 'slow', said: 'slow', after: ['out'] },
      { label: 'Logout in another tab', path: 'logout', after: ['slow'], done: 'out' },
    ],
    judge: ({ user }) =>
      user === undefined
        ? { text: 'Logged out, and still logged out.', lost: [] }
        : { text: `The logout was undone: ${user} is logged in again.`, lost: ['out'] },
  },
  login: {
    title: 'A login with requests under way',
    before: [{ label: 'Add a pen', path: 'add', item: 'pen' }],
    steps: [
      {
        label: 'Tab 1 adds a mug',
        path: 'add',
        item: 'mug',
        said: 'one',
        after: ['in'],
        done: 'one-done',
      },
      {
        label: 'Tab 2 adds a lamp',
        path: 'add',
        item: 'lamp',
        said: 'two',
        after: ['in'],
        done: 'two-done',
      },
      { label: 'Login', path: 'login', said: 'in', after: ['one', 'two', 'one-done', 'two-done'] },
    ],
    judge({ user, cart }) {
      return user === 'ada'
        ? kept(cart, ['pen', 'mug', 'lamp'])
        : { text: 'The login was lost.', lost: ['in'] };
    },
  },
};

const sides = [...document.querySelectorAll('[data-side]')].map((element) => ({
  name: String(element.getAttribute('data-side')),
  verdict: part(element, '[data-verdict]'),
  requests: part(element, '[data-requests]'),
}));
const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (
  document.querySelectorAll('[data-experiment]')
);
const announcement = part(document, '#announcement');

for (const button of buttons)
  button.addEventListener('click', () => run(String(button.dataset.experiment)));

/** @param {string} id */
async function run(id) {
  if (buttons[0]?.getAttribute('aria-disabled') === 'true') return;
  for (const button of buttons) button.setAttribute('aria-disabled', 'true');
  for (const { requests, verdict } of sides) {
    requests.replaceChildren();
    verdict.className = 'verdict';
    verdict.textContent = 'Running ...';
  }
  /** @type {Verdict[][]} */
  const results = sides.map(() => []);
  for (const one of id === 'all' ? Object.keys(EXPERIMENTS) : [id]) {
    const experiment = EXPERIMENTS[one];
    if (experiment === undefined) continue;
    const verdicts = await Promise.all(sides.map((side) => runOn(side, experiment)));
    for (const [index, verdict] of verdicts.entries()) results[index]?.push(verdict);
  }
  announcement.textContent = sides
    .map((side, index) => `${side.name}: ${conclude(side, results[index] ?? [])}`)
    .join(' ');
  for (const button of buttons) button.removeAttribute('aria-disabled');
}

/** @param {(typeof sides)[number]} side @param {readonly Verdict[]} verdicts */
function conclude({ verdict }, verdicts) {
  const bad = verdicts.filter(({ lost }) => lost.length > 0);
  verdict.classList.add(bad.length > 0 ? 'bad' : 'good');
  if (verdicts.length === 1) verdict.textContent = String(verdicts[0]?.text);
  else if (bad.length === 0)
    verdict.textContent = `${verdicts.length} of ${verdicts.length} went well.`;
  else verdict.textContent = `${bad.length} of ${verdicts.length} went wrong.`;
  return verdict.textContent;
}

/**
 * @param {(typeof sides)[number]} side
 * @param {Experiment} experiment
 * @returns {Promise<Verdict>}
 */
async function runOn({ name, requests }, { title, before, steps, judge }) {
  const heading = document.createElement('li');
  heading.className = 'title';
  heading.textContent = title;
  requests.append(heading);
  const result = document.createElement('li');
  result.className = 'result';
  /** @type {Verdict} */
  let verdict;
  try {
    // Somebody new: the visitor of the experiment before is gone.
    await send(name, { label: '', path: 'logout' }, '');
    for (const step of before) await send(name, step, '');
    const run = `${name}-${crypto.randomUUID()}-`;
    const origin = now();
    const rows = await Promise.all(
      steps.map((step) => drawn(requests, origin, step, () => send(name, step, run))),
    );
    verdict = judge(await visitorOf(name));
    for (const [index, { item = '', said = '', done = '' }] of steps.entries())
      if ([item, said, done].some((one) => verdict.lost.includes(one)))
        rows[index]?.classList.add('lost');
  } catch (error) {
    const text = `This did not work: ${error instanceof Error ? error.message : error}`;
    verdict = { text, lost: [title] };
  }
  result.textContent = verdict.text;
  if (verdict.lost.length > 0) result.classList.add('lost');
  requests.append(result);
  return verdict;
}

/**
 * @param {string} side @param {Step} step @param {string} run goes in front of every name, so that
 * runs do not meet
 * @returns {Promise<{ read: number, written: number }>}
 */
async function send(side, { path, item, said, after, done }, run) {
  const query = new URLSearchParams();
  if (item !== undefined) query.set('item', item);
  if (said !== undefined) query.set('said', run + said);
  if (done !== undefined) query.set('done', run + done);
  if (after !== undefined) query.set('after', after.map((one) => run + one).join());
  const response = await fetch(`/compare/${side}/${path}?${query}`, { method: 'POST' });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
  return /** @type {Promise<{ read: number, written: number }>} */ (response.json());
}

/** @param {string} side @returns {Promise<Visitor>} */
async function visitorOf(side) {
  const response = await fetch(`/compare/${side}/cart`);
  return /** @type {Promise<Visitor>} */ (response.json());
}

/** How many milliseconds the time line shows. */
const SPAN = 900;

/**
 * A request as a bar that grows until its answer is there.
 * @param {Element} list @param {number} origin @param {Step} step
 * @param {() => Promise<{ read: number, written: number }>} request
 * @returns {Promise<Element>} its row
 */
async function drawn(list, origin, { label }, request) {
  const row = document.createElement('li');
  const line = document.createElement('div');
  const bar = document.createElement('div');
  const name = document.createElement('span');
  name.textContent = label;
  line.className = 'line';
  bar.className = 'bar running';
  line.append(bar);
  row.append(name, line);
  list.append(row);

  const begin = now();
  bar.style.left = share(begin - origin);
  let isRunning = true;
  const grow = () => {
    if (!isRunning) return;
    bar.style.width = share(now() - begin);
    requestAnimationFrame(grow);
  };
  grow();
  try {
    const { read, written } = await request();
    mark(line, 'read', read - origin);
    mark(line, 'written', written - origin);
  } finally {
    isRunning = false;
    bar.style.width = share(now() - begin);
    bar.classList.remove('running');
  }
  return row;
}

/** @param {Element} line @param {string} kind @param {number} at */
function mark(line, kind, at) {
  const tick = document.createElement('i');
  tick.className = `mark ${kind}`;
  tick.style.left = share(at);
  line.append(tick);
}

/** @param {number} milliseconds */
function share(milliseconds) {
  return `${Math.min(100, Math.max(0, (milliseconds / SPAN) * 100))}%`;
}

/** @param {readonly string[]} cart @param {readonly string[]} wanted @returns {Verdict} */
function kept(cart, wanted) {
  const lost = wanted.filter((item) => !cart.includes(item));
  const count = `${wanted.length - lost.length} of ${wanted.length} items are in the cart.`;
  return { text: lost.length === 0 ? count : `${count} Lost: ${lost.join(' and ')}.`, lost };
}

function now() {
  return performance.timeOrigin + performance.now();
}

/** @param {ParentNode} parent @param {string} selector @returns {HTMLElement} */
function part(parent, selector) {
  const element = parent.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`The page has no ${selector}.`);
  return element;
}
