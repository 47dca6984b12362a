import type { Facts } from './facts.js';
import { byApplication, byDefault, inWords, open, type Requirement } from './requirement.js';

/** OWASP ASVS 5.0, chapter V7: session management. */
export const ASVS_SESSIONS: readonly Requirement[] = [
  {
    id: 'ASVS 7.1.1',
    asks: 'The idle timeout and the lifetime of sessions are documented, with a reason for each difference from NIST SP 800-63B.',
    judge: ({ idleTimeout, lifetime }) =>
      byApplication(
        `Sessions end after ${inWords(idleTimeout)} without a request, and after ${inWords(lifetime)} in any case. Write down why.`,
      ),
    shownBy: ['S-13', 'S-14'],
  },
  {
    id: 'ASVS 7.1.2',
    asks: 'The number of sessions that a user may have is documented, and the behaviour above this number.',
    judge: ({ findsUsers }) =>
      byApplication(
        findsUsers
          ? 'Without the option sessionsPerUser there is no limit. Set this option in createSessions, and write the number down.'
          : 'This store cannot find the sessions of a user, so there is no limit. Write that down.',
      ),
    shownBy: ['S-17'],
  },
  {
    id: 'ASVS 7.1.3',
    asks: 'The documentation names all systems of the single sign-on, and says how they end sessions together.',
    judge: () =>
      byApplication('Sojourn knows only this application. Write down the other systems.'),
    shownBy: [],
  },
  {
    id: 'ASVS 7.2.1',
    asks: 'A trusted service verifies session tokens.',
    judge: () =>
      byDefault('The server looks up every token in its store, or opens the seal of the token.'),
    shownBy: ['S-02', 'S-03', 'V-33'],
  },
  {
    id: 'ASVS 7.2.2',
    asks: 'Each session has a token of its own; no static key replaces the tokens.',
    judge: () => byDefault('Each session gets a token of its own, and a new token at each login.'),
    shownBy: ['S-01', 'S-12'],
  },
  {
    id: 'ASVS 7.2.3',
    asks: 'Reference tokens are unique, come from a secure random generator, and have at least 128 bits of entropy.',
    judge: ({ isSealed }) =>
      isSealed
        ? byDefault('Tokens are sealed sessions, not references.')
        : byDefault('A token has 256 bits from the random generator of node:crypto.'),
    shownBy: ['S-01', 'V-29'],
  },
  {
    id: 'ASVS 7.2.4',
    asks: 'Each login gives a new token and ends the old token.',
    judge: ({ isSealed }) =>
      isSealed
        ? open(
            'A login gives a new cookie, but a copy of the old one opens until its deadline. Use a store, or cookieSessions({ revocations }).',
          )
        : byDefault('login() gives a new token. When its promise resolves, the old token is dead.'),
    shownBy: ['S-12', 'V-03'],
  },
  {
    id: 'ASVS 7.3.1',
    asks: 'A session that nobody uses ends after a time that fits the risk.',
    judge: ({ idleTimeout, lifetime }) =>
      idleTimeout < lifetime
        ? byDefault(
            `A session ends after ${inWords(idleTimeout)} without a request. The server checks this deadline.`,
          )
        : open(
            'idleTimeout is not shorter than lifetime, so no session ends because nobody uses it. Shorten idleTimeout.',
          ),
    shownBy: ['S-13', 'S-14', 'V-04'],
  },
  {
    id: 'ASVS 7.3.2',
    asks: 'Every session ends after a maximum time that fits the risk.',
    judge: ({ lifetime }) =>
      byDefault(`A session ends after ${inWords(lifetime)}. Requests do not move this end.`),
    shownBy: ['S-13', 'S-14', 'V-04'],
  },
  {
    id: 'ASVS 7.4.1',
    asks: 'After a logout or the end of its time, nobody can use a session.',
    judge: ({ isSealed }) =>
      isSealed
        ? open(
            'A copy of the cookie opens until its deadline, even after a logout. Use a store, or cookieSessions({ revocations }).',
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
      'After the change, call sessions.destroyUser(userId, { except: session.handle }), or offer the user to end the other sessions.',
    ),
    shownBy: ['S-17', 'S-19'],
  },
  {
    id: 'ASVS 7.4.4',
    asks: 'Every page that needs a login shows a way to log out.',
    judge: () =>
      byApplication('Put a logout form on each page. Its handler calls session.logout().'),
    shownBy: ['S-18'],
  },
  {
    id: 'ASVS 7.4.5',
    asks: 'Administrators can end the sessions of one user, and of all users.',
    judge: ending(
      'Give administrators a way: npx sojourn destroy, the dashboard of sojourn/admin, or a page that calls destroyUser and destroyAll.',
    ),
    shownBy: ['S-17'],
  },
  {
    id: 'ASVS 7.5.1',
    asks: 'Before a user changes an address, a factor or a recovery detail, they prove again who they are.',
    judge: () =>
      byApplication(
        "Refuse the change unless session.provedWithin('5m') is true. After the new proof, call session.prove().",
      ),
    shownBy: ['ASVS 7.5.3'],
  },
  {
    id: 'ASVS 7.5.2',
    asks: 'Users can see their sessions and, after they proved who they are, end any of them.',
    judge: ending(
      'Mount the page of sojourn/devices, or use ofUser and destroyUser(userId, { only }). Ask for a new proof first: session.provedWithin.',
    ),
    shownBy: ['S-19', 'V-28'],
  },
  {
    id: 'ASVS 7.5.3',
    asks: 'Before a very sensitive transaction, the user proves again who they are.',
    judge: () =>
      byApplication("On such pages, refuse the request unless session.provedWithin('5m') is true."),
    shownBy: ['ASVS 7.5.3'],
  },
  {
    id: 'ASVS 7.6.1',
    asks: 'With single sign-on, sessions end as documented, and users prove who they are as documented.',
    judge: () =>
      byApplication(
        'Pass the lifetime from the identity provider: login(userId, { lifetime }). When the provider ends a session, call destroyUser.',
      ),
    shownBy: ['S-14'],
  },
  {
    id: 'ASVS 7.6.2',
    asks: 'No session of a user begins without an action or the consent of this user.',
    judge: () =>
      byApplication(
        'Only login() begins a session of a user. Call it when the user has sent a login form.',
      ),
    shownBy: ['S-10', 'S-11', 'V-23'],
  },
];

/** For what needs the sessions of a user. */
function ending(how: string): Requirement['judge'] {
  return ({ isSealed, findsUsers }: Facts) => {
    if (isSealed)
      return open(
        'Nobody can end a sealed session from outside. Use a store, or cookieSessions({ revocations }).',
      );
    if (!findsUsers)
      return open('This store cannot find the sessions of a user. Use another store.');
    return byApplication(how);
  };
}
