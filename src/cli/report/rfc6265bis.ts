import { byDefault, byOption, open, type Requirement } from './requirement.js';

/** The draft RFC 6265bis: what a server has to keep, and what browsers drop without a word. */
export const RFC6265BIS: readonly Requirement[] = [
  {
    id: 'RFC 6265bis 4.1.1 a',
    asks: 'A response sets each cookie once.',
    judge: () => byDefault('One Set-Cookie line for each name. Lines of other code stay.'),
    shownBy: ['S-24'],
  },
  {
    id: 'RFC 6265bis 4.1.1 b',
    asks: 'Names, values and attributes have only the characters that the syntax allows.',
    judge: () => byDefault('Other characters are refused at start, not stripped.'),
    shownBy: ['S-25', 'V-19'],
  },
  {
    id: 'RFC 6265bis 4.1.3',
    asks: 'Cookies with a prefix have the attributes that the prefix asks for.',
    judge: () => byDefault('A wrong combination is refused at start.'),
    shownBy: ['S-21', 'V-20'],
  },
  {
    id: 'RFC 6265bis 5.5',
    asks: 'No cookie lives above 400 days.',
    judge: ({ cookie: { attributes } }) =>
      attributes.maxAge === undefined
        ? byDefault('The cookie ends with the browser.')
        : byOption('Max-Age is cut at 400 days.'),
    shownBy: ['S-23'],
  },
  {
    id: 'RFC 6265bis 5.6',
    asks: 'Name and value have at most 4,096 bytes, an attribute at most 1,024.',
    judge: () => byDefault('More is an error before the response leaves.'),
    shownBy: ['S-22', 'V-30'],
  },
  {
    id: 'RFC 6265bis 4.2.2',
    asks: 'The order of two cookies of one name says nothing.',
    judge: ({ cookie: { name } }) =>
      name.startsWith('__Host-')
        ? byDefault('Two cookies of a __Host- name can only be an attack: neither counts.')
        : byDefault('Two cookies count only when they lead to one session.'),
    shownBy: ['S-27'],
  },
  {
    id: 'RFC 6265bis 8.2',
    asks: 'A cookie alone does not prove that the user meant the request.',
    judge: ({ cookie: { attributes } }) =>
      attributes.sameSite === 'none'
        ? open('SameSite is None: other sites send the cookie. See ASVS 3.5.1.')
        : byDefault(
            'SameSite keeps most requests of other sites without the cookie. See ASVS 3.5.1.',
          ),
    shownBy: ['S-31', 'S-33'],
  },
  {
    id: 'RFC 6265bis 8.4',
    asks: 'A cookie holds a token instead of the session; a login gives a new token.',
    judge: ({ isSealed }) =>
      isSealed
        ? byOption('The cookie holds the session, encrypted and bound to its name.')
        : byDefault('The cookie holds a random token. The store keeps its hash.'),
    shownBy: ['S-04', 'S-12', 'V-03', 'V-09'],
  },
];
