/** How long a request waits for another one, in milliseconds. */
const PATIENCE = 5000;
/** How many names are remembered. */
const MOST = 1000;

/** @type {Map<string, { happened: Promise<void>, happen: () => void }>} */
const events = new Map();

/**
 * Says that something happened, once for all who wait for it.
 * @param {string} name
 */
export function happen(name) {
  eventOf(name).happen();
}

/**
 * Resolves when the named things have happened, so that the requests of an experiment meet in the
 * same order each time.
 * @param {readonly string[]} names
 */
export async function allHappened(names) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Nobody came for ${names.join(', ')}.`)), PATIENCE);
  });
  try {
    await Promise.race([Promise.all(names.map((name) => eventOf(name).happened)), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} name */
function eventOf(name) {
  const known = events.get(name);
  if (known !== undefined) return known;
  const [oldest] = events.keys();
  if (events.size >= MOST && oldest !== undefined) events.delete(oldest);
  /** @type {() => void} */
  let happen = () => undefined;
  /** @type {Promise<void>} */
  const happened = new Promise((resolve) => {
    happen = resolve;
  });
  const event = { happened, happen };
  events.set(name, event);
  return event;
}
