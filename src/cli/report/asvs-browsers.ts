import { byApplication, byDefault, byOption, open, type Requirement } from './requirement.js';

const CSRF =
  "Put sameOriginMiddleware() of 'sojourn/same-origin' in front of every page that changes something.";

/** What OWASP ASVS 5.0 asks of cookies (V3.3), of requests (V3.5) and of data (V14). */
export const ASVS_BROWSERS: readonly Requirement[] = [
  {
    id: 'ASVS 3.3.1',
    asks: 'Cookies are Secure, and their names begin with __Host- or __Secure-.',
    judge({ cookie: { name, attributes }, mayBeInsecure }) {
      if (!attributes.secure || mayBeInsecure)
        return open(
          'secure is not true, so the cookie may be sent without encryption. Leave secure out.',
        );
      if (!/^__(?:Host|Secure)-/.test(name))
        return open(`The cookie is called ${name}. Begin its name with __Host- or __Secure-.`);
      return byDefault(`The cookie ${name} is Secure.`);
    },
    shownBy: ['S-20', 'S-21', 'S-29'],
  },
  {
    id: 'ASVS 3.3.2',
    asks: 'SameSite fits the purpose of the cookie.',
    judge({ cookie: { attributes } }) {
      if (attributes.sameSite === 'none')
        return open(
          `SameSite is None, so every site can make browsers send requests with the cookie. If you need None, defend against forged requests. ${CSRF}`,
        );
      const says = `SameSite is ${attributes.sameSite}.`;
      return attributes.sameSite === 'lax' ? byDefault(says) : byOption(says);
    },
    shownBy: ['S-20', 'S-33'],
  },
  {
    id: 'ASVS 3.3.3',
    asks: 'The name of a cookie begins with __Host-, unless other hosts need the cookie.',
    judge({ cookie: { name, attributes } }) {
      if (name.startsWith('__Host-')) return byDefault(`The cookie is called ${name}.`);
      return attributes.domain === undefined
        ? open(
            `The cookie is called ${name}, and no other host needs it. Begin its name with __Host-.`,
          )
        : byOption(`All hosts of ${attributes.domain} get the cookie.`);
    },
    shownBy: ['S-20', 'S-21'],
  },
  {
    id: 'ASVS 3.3.4',
    asks: 'Scripts cannot read the token, and the token travels in Set-Cookie alone.',
    judge: ({ cookie: { attributes } }) =>
      attributes.httpOnly
        ? byDefault('The cookie is HttpOnly. No body, log or error shows the token.')
        : open(
            'httpOnly is false, so any script in a page can steal the session. Leave httpOnly out.',
          ),
    shownBy: ['S-20', 'S-07'],
  },
  {
    id: 'ASVS 3.3.5',
    asks: 'Name and value of a cookie have at most 4,096 bytes.',
    judge: ({ isSealed }) =>
      byDefault(
        isSealed
          ? 'A long session uses a second cookie. If two cookies are not enough, the request fails.'
          : 'The cookie holds a token of 43 characters; a MAC adds 44.',
      ),
    shownBy: ['S-22', 'V-30'],
  },
  {
    id: 'ASVS 3.5.1',
    asks: 'The server recognises requests that another site made the browser send.',
    judge: () => byApplication(`${CSRF} For a token in each form, use 'sojourn/csrf'.`),
    shownBy: ['S-31', 'S-32'],
  },
  {
    id: 'ASVS 3.5.3',
    asks: 'Requests that change something do not use GET, or are checked by Sec-Fetch headers.',
    judge: () =>
      byApplication(
        'Change nothing in a GET request. The check of ASVS 3.5.1 lets GET requests pass.',
      ),
    shownBy: ['S-31'],
  },
  {
    id: 'ASVS 14.2.1',
    asks: 'No token and no sensitive data is in a URL.',
    judge: () => byDefault('Sojourn takes the token from the cookie only.'),
    shownBy: ['S-06'],
  },
  {
    id: 'ASVS 14.2.2',
    asks: 'No shared cache keeps sensitive responses.',
    judge: () =>
      byDefault(
        'A response that uses the session has Cache-Control: private and Vary: Cookie. A response that sends a token has no-store.',
      ),
    shownBy: ['S-30', 'V-22'],
  },
  {
    id: 'ASVS 14.2.4',
    asks: 'Data is encrypted and stored as its level of protection requires.',
    judge: ({ isSealed, isEncrypted }) => {
      if (isSealed) return byDefault('Sessions are encrypted with AES-256-GCM in their cookie.');
      return isEncrypted
        ? byOption('Data is encrypted with AES-256-GCM in the store, and bound to its session.')
        : byApplication(
            'Data is plain text in the store. Set encrypt if sessions hold sensitive data.',
          );
    },
    shownBy: ['S-40', 'S-41', 'V-07', 'V-08'],
  },
  {
    id: 'ASVS 14.3.1',
    asks: 'A logout clears the data of the user in the browser.',
    judge: () =>
      byApplication(
        'Set clearSiteData in createSessions: a logout then sends Clear-Site-Data. Also delete the data that your scripts keep.',
      ),
    shownBy: ['S-18', 'V-26'],
  },
  {
    id: 'ASVS 14.3.2',
    asks: 'Browsers do not store sensitive pages: Cache-Control is no-store.',
    judge: () =>
      byApplication(
        "A page that uses the session has Cache-Control: private, no-cache. If no browser may store your pages, set cacheControl: 'no-store'.",
      ),
    shownBy: ['S-30'],
  },
  {
    id: 'ASVS 14.3.3',
    asks: 'The browser stores no sensitive data except tokens.',
    judge: ({ isSealed }) =>
      byDefault(
        isSealed ? 'The data in the cookie is encrypted.' : 'The cookie holds a random token.',
      ),
    shownBy: ['S-05', 'S-40'],
  },
];
