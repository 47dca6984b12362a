import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { clockMilliseconds, type Duration } from '../core/expiry.js';
import { refuseUnknown } from '../core/known-options.js';
import { type Balance, Budget, spend } from './budget.js';
import { networkOf } from './network.js';
import type { Ask, Throttle } from './rules.js';

/** `max` new sessions may begin at once. The budget then fills up again evenly within `per`. */
export interface NewcomerBudget {
  /** A whole number above 0. */
  readonly max: number;
  readonly per: Duration;
}

/** Options of `newcomers`. */
export interface NewcomersOptions {
  /**
   * How long a new session lives if its visitor does not come back. The first request that brings
   * its token gives the session its normal deadline. Default `'15m'`.
   */
  readonly idleTimeout?: Duration | undefined;
  /**
   * New sessions from one IPv4 address, or from one /64 network of IPv6. Default no limit. Many
   * visitors may share an address, so give a number that an office does not reach.
   */
  readonly perAddress?: NewcomerBudget | undefined;
  /** New sessions of all visitors of this process. Default no limit. */
  readonly total?: NewcomerBudget | undefined;
  /**
   * How many of the latest addresses the process remembers; each takes about 150 bytes. A forgotten
   * address has its whole budget again. Default 10,000.
   */
  readonly maxAddresses?: number | undefined;
}

const MAX_ADDRESSES = 10_000;

/** The short deadline in milliseconds, and the budgets. @throws `invalid-option`. */
export function readOptions(options: NewcomersOptions): [idleTimeout: number, ask: Ask] {
  refuseUnknown(options, ['idleTimeout', 'perAddress', 'total', 'maxAddresses'], 'newcomers');
  const { idleTimeout = '15m', maxAddresses = MAX_ADDRESSES } = options;
  const perAddress = budgetOf('perAddress', options.perAddress);
  const total = budgetOf('total', options.total);
  checkNumber('maxAddresses', maxAddresses);
  /** What each address has left, the one that asked last at the end. */
  const addresses = new Map<string, Balance>();
  let inAll: Balance | undefined;
  let hasWarned = false;

  return [clockMilliseconds(idleTimeout, 'idleTimeout'), ask];

  function ask(address: string | undefined, now: number): Throttle | undefined {
    const network = perAddress && networkOf(address ?? '');
    if (perAddress !== undefined && network === undefined) warnOnce();
    const own = network && perAddress?.balance(addresses.get(network), now);
    inAll = total?.balance(inAll, now);
    const throttle = throttleOf('address', perAddress, own) ?? throttleOf('total', total, inAll);
    const isAdmitted = throttle === undefined;
    if (network && own) remember(network, isAdmitted ? spend(own) : own);
    if (isAdmitted && inAll !== undefined) inAll = spend(inAll);
    return throttle;
  }

  function remember(network: string, balance: Balance): void {
    addresses.delete(network);
    addresses.set(network, balance);
    if (addresses.size <= maxAddresses) return;
    const [oldest] = addresses.keys();
    if (oldest !== undefined) addresses.delete(oldest);
  }

  function warnOnce(): void {
    if (hasWarned) return;
    hasWarned = true;
    process.emitWarning(
      'newcomers has a budget perAddress, and a request had no address, so only total counted. Give connection of the adapter: remoteAddress.',
      { type: 'SessionWarning', code: 'SOJOURN_NO_ADDRESS' },
    );
  }
}

function throttleOf(
  by: Throttle['by'],
  budget: Budget | undefined,
  balance: Balance | undefined | '',
): Throttle | undefined {
  const wait = budget && balance ? budget.wait(balance) : 0;
  return wait > 0 ? { by, wait } : undefined;
}

function budgetOf(name: string, budget: NewcomerBudget | undefined): Budget | undefined {
  if (budget === undefined) return undefined;
  if (typeof budget !== 'object' || budget === null)
    throw invalid(name, budget, "Give { max: 60, per: '1m' }.");
  refuseUnknown(budget, ['max', 'per'], name);
  checkNumber(`${name}.max`, budget.max);
  return new Budget(budget.max, clockMilliseconds(budget.per, `${name}.per`));
}

function checkNumber(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw invalid(name, value, 'Give a whole number above 0.');
}

function invalid(name: string, value: unknown, advice: string): SessionError {
  return new SessionError('invalid-option', `${name} is ${inspect(value)}. ${advice}`);
}
