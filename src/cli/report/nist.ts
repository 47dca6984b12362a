import {
  byApplication,
  byDefault,
  byOption,
  inWords,
  open,
  type Requirement,
} from './requirement.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEVELS = [
  { level: 'AAL3', lifetime: 12 * HOUR, idleTimeout: HOUR / 4 },
  { level: 'AAL2', lifetime: DAY, idleTimeout: HOUR },
  { level: 'AAL1', lifetime: 30 * DAY, idleTimeout: Number.POSITIVE_INFINITY },
] as const;

/** NIST SP 800-63B-4, section 5: session management. */
export const NIST: readonly Requirement[] = [
  {
    id: 'NIST 63B-4 5.1 a',
    asks: 'The server makes the secret of a session, with at least 64 random bits.',
    judge: ({ isSealed }) =>
      byDefault(
        isSealed
          ? 'The session is sealed with AES-256-GCM, and its id has 122 random bits.'
          : 'A token has 256 random bits from node:crypto.',
      ),
    shownBy: ['S-01', 'S-02'],
  },
  {
    id: 'NIST 63B-4 5.1 b',
    asks: 'A logout makes the secret worthless.',
    judge: ({ isSealed }) =>
      isSealed
        ? open(
            'A copy of the cookie opens until its deadline. Use a store, or cookieSessions({ revocations }).',
          )
        : byDefault('The record ends in the store before the response leaves.'),
    shownBy: ['S-16', 'V-01', 'S-18'],
  },
  {
    id: 'NIST 63B-4 5.1 c',
    asks: 'The secret is sent over protected channels only, and never falls back to http.',
    judge: ({ mayBeInsecure }) =>
      mayBeInsecure
        ? open('secure is not true. Leave secure out in production.')
        : byDefault('Without https no session begins, and a warning says why.'),
    shownBy: ['S-29'],
  },
  {
    id: 'NIST 63B-4 5.1 d',
    asks: 'A request that changes something proves that it comes from the session, not from another site.',
    judge: () =>
      byApplication("Use 'sojourn/same-origin'. For a token in each form, use 'sojourn/csrf'."),
    shownBy: ['S-31', 'S-32'],
  },
  {
    id: 'NIST 63B-4 5.1.1 a',
    asks: 'Cookies go to the fewest hosts and paths.',
    judge: ({ cookie: { attributes } }) =>
      attributes.domain === undefined
        ? byDefault('Only the host that set the cookie gets the cookie.')
        : byOption(
            `All hosts of ${attributes.domain} get the cookie. Check that each one needs it.`,
          ),
    shownBy: ['S-20', 'S-21'],
  },
  {
    id: 'NIST 63B-4 5.1.1 b',
    asks: 'Cookies are Secure and HttpOnly, have the prefix __Host- and Path=/, and are SameSite Lax or Strict.',
    judge({ cookie: { name, attributes }, mayBeInsecure }) {
      const { secure, httpOnly, sameSite } = attributes;
      const isStrict = secure && !mayBeInsecure && httpOnly && sameSite !== 'none';
      return isStrict && name.startsWith('__Host-')
        ? byDefault('The session cookie has all of these.')
        : open('Leave out the cookie options that differ from the defaults.');
    },
    shownBy: ['S-20', 'S-33'],
  },
  {
    id: 'NIST 63B-4 5.1.1 c',
    asks: 'A cookie ends with its session, or soon after it.',
    judge: ({ cookie: { attributes } }) =>
      attributes.maxAge === undefined
        ? byDefault(
            'The browser deletes the cookie when the user closes the browser. The server checks the deadline of the session.',
          )
        : byOption('The cookie ends with the session, after 400 days at most.'),
    shownBy: ['S-13', 'S-23'],
  },
  {
    id: 'NIST 63B-4 5.1.1 d',
    asks: 'A cookie contains no readable personal data.',
    judge: ({ isSealed }) =>
      byDefault(
        isSealed ? 'The data in the cookie is encrypted.' : 'The cookie holds a random token.',
      ),
    shownBy: ['S-05', 'S-40'],
  },
  {
    id: 'NIST 63B-4 5.2 a',
    asks: 'Sessions end within the limits of their level. AAL1: 30 days. AAL2: 24 hours, or 1 hour without use. AAL3: 12 hours, or 15 minutes without use.',
    judge({ idleTimeout, lifetime }) {
      const reached = LEVELS.find(
        (level) => lifetime <= level.lifetime && idleTimeout <= level.idleTimeout,
      );
      const says = `lifetime is ${inWords(lifetime)}, and idleTimeout is ${inWords(idleTimeout)}`;
      return reached === undefined
        ? open(`${says}. That is too long even for AAL1.`)
        : byDefault(`${says}. That is short enough for ${reached.level}.`);
    },
    shownBy: ['S-13', 'S-14', 'V-04'],
  },
  {
    id: 'NIST 63B-4 5.2 b',
    asks: 'When the user proves again who they are, both times begin anew. Use alone does not move the end of the lifetime.',
    judge: () =>
      byDefault('login() begins both times anew. A request moves only the idle deadline.'),
    shownBy: ['S-14'],
  },
  {
    id: 'NIST 63B-4 5.3',
    asks: 'The server may watch sessions for signs of theft.',
    judge: () =>
      byApplication(
        'Listen to the events replayed, rejected and gone. The option rotateAfter detects copied tokens, and sojourn/dbsc makes them worthless.',
      ),
    shownBy: ['S-15'],
  },
];
