import type { Facts } from './facts.js';
import { byApplication, byDefault, inWords, open, type Requirement } from './requirement.js';

/** OWASP ASVS 5.0, chapter V7: session management. */
export const ASVS_SESSIONS: readonly Requirement[] = [
  {
    id: 'ASVS 7.1.1',
    asks: 'The idle timeout and the longest life of a session are documented, with a reason for what differs from NIST SP 800-63B.',
    judge: ({ idleTimeout, lifetime }) =>
      byApplication(
        `Sessions end after ${inWords(idleTimeout)} without a request, and after ${inWords(lifetime)} at last. Write down why.`,
      ),
    shownBy: ['S-13', 'S-14'],
  },
  {
    id: 'ASVS 7.1.2',
    asks: 'It is documented how many sessions a user may have, and what happens above that number.',
    judge: ({ findsUsers }) =>
      byApplication(
        findsUsers
          ? 'Without the option sessionsPerUser there is no limit. Set it in createSessions, and write the number down.'
          : 'This store does not find the sessions of a user, so there is no limit. Write that down.',
      ),
    shownBy: ['S-17'],
  },
  {
    id: 'ASVS 7.1.3',
    asks: 'All systems that take part in single sign-on are documented, and how they end sessions together.',
    judge: () => byApplication('Sojourn knows one application. Write down the others.'),
    shownBy: [],
  },
  {
    id: 'ASVS 7.2.1',
    asks: 'A trusted service verifies session tokens.',
    judge: () => byDefault('The server looks every token up, or opens its seal.'),
    shownBy: ['S-02', 'S-03', 'V-33'],
  },
  {
    id: 'ASVS 7.2.2',
    asks: 'Tokens are made for each session; there are no static keys in their place.',
    judge: () => byDefault('Each session gets a token of its own, and a new one at each login.'),
    shownBy: ['S-01', 'S-12'],
  },
  {
    id: 'ASVS 7.2.3',
    asks: 'Reference tokens are unique, from a secure random generator, and have 128 bits of entropy.',
    judge: ({ isSealed }) =>
      isSealed
        ? byDefault('Tokens are sealed sessions, not references.')
        : byDefault('A token has 256 bits from the random generator of node:crypto.'),
    shownBy: ['S-01', 'V-29'],
  },
  {
    id: 'ASVS 7.2.4',
    asks: 'Each login gives a new token and ends the token from before it.',
    judge: ({ isSealed }) =>
      isSealed
        ? open(
            'A login gives a new cookie, but a copy of the old one opens until its deadline. Use a store, or cookieSessions({ revocations }).',
          )
        : byDefault('login() gives a new token. The old one is dead when the promise resolves.'),
    shownBy: ['S-12', 'V-03'],
  },
  {
    id: 'ASVS 7.3.1',
    asks: 'A session that nobody uses ends after a time that fits the risk.',
    judge: ({ idleTimeout, lifetime }) =>
      idleTimeout < lifetime
        ? byDefault(`After ${inWords(idleTimeout)}, by the record of the session.`)
        : open('idleTimeout is as long as lifetime, so no session ends for lack of use.'),
    shownBy: ['S-13', 'S-14', 'V-04'],
  },
  {
    id: 'ASVS 7.3.2',
    asks: 'Every session ends after a longest time that fits the risk.',
    judge: ({ lifetime }) => byDefault(`After ${inWords(lifetime)}; no use of it moves this end.`),
    shownBy: ['S-13', 'S-14', 'V-04'],
  },
  {
    id: 'ASVS 7.4.1',
    asks: 'After a logout or a deadline nobody can use the session any more.',
    judge: ({ isSealed }) =>
      isSealed
        ? open(
            'A copy of the cookie opens until its deadline, after a logout too. Use a store, or cookieSessions({ revocations }).',
          )
        : byDefault('The record ends in the store. No slow request brings it back.'),
    shownBy: ['S-16', 'V-01', 'V-05', 'S-18'],
  },
  {
    id: 'ASVS 7.4.2',
    asks: 'When an account is disabled or deleted, all its sessions end.',
    judge: ending('Call sessions.destroyUser(userId) where you disable or delete an account.'),
    shownBy: ['S-17'],
  },
  {
    id: 'ASVS 7.4.3',
    asks: 'After a change of a password or another factor, the user can end all other sessions.',
    judge: ending(
      'Call sessions.destroyUser(userId, { except: session.handle }) after the change, or offer it.',
    ),
    shownBy: ['S-17', 'S-19'],
  },
  {
    id: 'ASVS 7.4.4',
    asks: 'Every page for users shows a way to log out.',
    judge: () => byApplication('Show a form that calls session.logout() on each page.'),
    shownBy: ['S-18'],
  },
  {
    id: 'ASVS 7.4.5',
    asks: 'Administrators can end the sessions of one user, and of all users.',
    judge: ending(
      'npx sojourn destroy, the dashboard of sojourn/admin, destroyUser and destroyAll do it. Give administrators one of them.',
    ),
    shownBy: ['S-17'],
  },
  {
    id: 'ASVS 7.5.1',
    asks: 'Before a change of an address, a factor or a recovery detail, the user proves again who they are.',
    judge: () =>
      byApplication("Refuse unless session.provedWithin('5m'); after the proof call prove()."),
    shownBy: ['ASVS 7.5.3'],
  },
  {
    id: 'ASVS 7.5.2',
    asks: 'Users can see their sessions and, after they proved who they are, end any of them.',
    judge: ending(
      'Mount the page of sojourn/devices, or use ofUser and destroyUser({ only }), behind provedWithin.',
    ),
    shownBy: ['S-19', 'V-28'],
  },
  {
    id: 'ASVS 7.5.3',
    asks: 'Before a very sensitive transaction, the user proves again who they are.',
    judge: () => byApplication("Refuse unless session.provedWithin('5m') on such pages."),
    shownBy: ['ASVS 7.5.3'],
  },
  {
    id: 'ASVS 7.6.1',
    asks: 'With single sign-on, sessions end and are proved again as documented.',
    judge: () =>
      byApplication(
        'Pass the deadline of the identity provider: login(userId, { lifetime }). End sessions with destroyUser when the provider says so.',
      ),
    shownBy: ['S-14'],
  },
  {
    id: 'ASVS 7.6.2',
    asks: 'No session of a user begins without an action or the consent of the user.',
    judge: () => byApplication('Only login() begins one. Call it after a form was sent.'),
    shownBy: ['S-10', 'S-11', 'V-23'],
  },
];

/** For what needs the sessions of a user. */
function ending(how: string): Requirement['judge'] {
  return ({ isSealed, findsUsers }: Facts) => {
    if (isSealed)
      return open(
        'Nobody can end sealed sessions. Use a store, or cookieSessions({ revocations }).',
      );
    if (!findsUsers)
      return open('This store does not find the sessions of a user. Use another one.');
    return byApplication(how);
  };
}
