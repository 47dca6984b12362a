import type { SessionSnapshot } from '../core/snapshots.js';
import { deviceName } from '../pages/device-name.js';
import type { EndedLog } from './ended-log.js';
import type { HealthCheck } from './health.js';
import type { Live } from './live.js';
import type { AdminAction, AdminSessions, AdminSettings } from './options.js';
import type { Watch } from './stats.js';

/** What every route works with. */
export interface Room {
  readonly sessions: AdminSessions;
  readonly settings: AdminSettings;
  readonly watch: Watch;
  readonly live: Live;
  readonly check: HealthCheck;
  /** The ended sessions in the store; `undefined` where it keeps none. */
  readonly log: EndedLog | undefined;
}

/** A request of an operator. */
export interface Asked {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly operator: string;
  /** What the path names: the id of a session or of a user. */
  readonly id: string;
  /** Whether a page is wanted, and not JSON. */
  readonly isPage: boolean;
}

/** A session as the dashboard shows it: everything but the values of its data. */
export interface Row extends Omit<SessionSnapshot<object>, 'data'> {
  /** Its browser and system in words. */
  readonly device: string | undefined;
  readonly keys: readonly string[];
}

export function rowOf(
  { data, ...facts }: SessionSnapshot<object>,
  { settings }: Pick<Room, 'settings'>,
): Row {
  const device = deviceName(facts.userAgent, settings.bowser);
  return { ...facts, device, keys: Object.keys(data) };
}

/** Tells the audit log what an operator is about to do. */
export async function tell(
  { settings }: Room,
  { operator, request }: Asked,
  action: {
    [Name in AdminAction as Name['action']]: Omit<Name, 'operator'>;
  }[AdminAction['action']],
): Promise<void> {
  await settings.onAction({ ...action, operator } as AdminAction, request);
}

/** The address of a session's page. */
export function sessionPath({ settings }: Pick<Room, 'settings'>, id: string): string {
  return `${settings.basePath}/sessions/${segment(id)}`;
}

/**
 * The address of a user's page; `undefined` for an id that no path can name, such as `..` or half
 * of a character.
 */
export function userPath({ settings }: Pick<Room, 'settings'>, id: string): string | undefined {
  const text = segment(id);
  return text === undefined ? undefined : `${settings.basePath}/users/${text}`;
}

function segment(id: string): string | undefined {
  // Addresses resolve dots, also escaped ones.
  if (id === '.' || id === '..') return undefined;
  try {
    return encodeURIComponent(id);
  } catch {
    return undefined;
  }
}
