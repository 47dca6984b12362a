import { byDefault, byOption, open, type Requirement } from './requirement.js';

/** The draft RFC 6265bis: what a server has to keep, and what browsers drop without a word. */
export const RFC6265BIS: readonly Requirement[] = [
  {
    id: 'RFC 6265bis 4.1.1 a',
    asks: 'A response sets each cookie once.',
    judge: () =>
      byDefault(
        'Sojourn sends one Set-Cookie line for each name, and keeps the lines of other code.',
      ),
    shownBy: ['S-24'],
  },
  {
    id: 'RFC 6265bis 4.1.1 b',
    asks: 'Names, values and attributes have only the characters that the syntax allows.',
    judge: () =>
      byDefault('createSessions refuses other characters. It does not remove them silently.'),
    shownBy: ['S-25', 'V-19'],
  },
  {
    id: 'RFC 6265bis 4.1.3',
    asks: 'Cookies with a prefix have the attributes that the prefix requires.',
    judge: () => byDefault('createSessions refuses a wrong combination.'),
    shownBy: ['S-21', 'V-20'],
  },
  {
    id: 'RFC 6265bis 5.5',
    asks: 'No cookie lives longer than 400 days.',
    judge: ({ cookie: { attributes } }) =>
      attributes.maxAge === undefined
        ? byDefault('The browser deletes the cookie when the user closes the browser.')
        : byOption('Max-Age is at most 400 days.'),
    shownBy: ['S-23'],
  },
  {
    id: 'RFC 6265bis 5.6',
    asks: 'The name and the value of a cookie have at most 4,096 bytes, and an attribute has at most 1,024 bytes.',
    judge: () => byDefault('If a cookie is longer, the request fails before the response leaves.'),
    shownBy: ['S-22', 'V-30'],
  },
  {
    id: 'RFC 6265bis 4.2.2',
    asks: 'The server does not rely on the order of two cookies with the same name.',
    judge: ({ cookie: { name } }) =>
      name.startsWith('__Host-')
        ? byDefault(
            'Two cookies with one __Host- name can only be an attack, so Sojourn accepts neither.',
          )
        : byDefault('Sojourn accepts two cookies only if both lead to the same session.'),
    shownBy: ['S-27'],
  },
  {
    id: 'RFC 6265bis 8.2',
    asks: 'A cookie alone does not prove that the user meant the request.',
    judge: ({ cookie: { attributes } }) =>
      attributes.sameSite === 'none'
        ? open(
            'SameSite is None, so browsers send the cookie with requests of other sites. See ASVS 3.5.1.',
          )
        : byDefault(
            'With SameSite, browsers send most requests of other sites without the cookie. See ASVS 3.5.1.',
          ),
    shownBy: ['S-31', 'S-33'],
  },
  {
    id: 'RFC 6265bis 8.4',
    asks: 'A cookie holds a token instead of the session, and a login gives a new token.',
    judge: ({ isSealed }) =>
      isSealed
        ? byOption('The cookie holds the session, encrypted and bound to its name.')
        : byDefault('The cookie holds a random token. The store keeps its hash.'),
    shownBy: ['S-04', 'S-12', 'V-03', 'V-09'],
  },
];
