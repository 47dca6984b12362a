import type { Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { SessionSnapshot } from '../core/snapshots.js';
import { deviceFacts, deviceName, type UserAgentParser } from '../pages/device-name.js';

/** What lists of devices ask of sessions. */
export type DeviceSessions = Pick<Sessions<object>, 'ofUser' | 'destroyUser'>;

/** The session of a request, as an adapter gives it. */
export type OwnSession = Pick<Session<object>, 'userId' | 'handle' | 'logout'>;

/** A device on which a user is logged in: one session. */
export interface Device {
  /** The name of the session, which stays while its token changes. Nobody gets in with it. */
  readonly handle: string;
  /** Whether the request came from this device. */
  readonly isThis: boolean;
  /** In words: `Firefox on Linux`. `undefined` where nothing is kept: see `clientFacts`. */
  readonly name: string | undefined;
  readonly browser: string | undefined;
  readonly system: string | undefined;
  readonly ipAddress: string | undefined;
  /** In epoch milliseconds, as the other instants. */
  readonly lastUsedAt: number;
  readonly loggedInAt: number;
  readonly endsAt: number;
}

/** The devices of a user. */
export interface Devices {
  /** The device that the request came from; `undefined` when it is not stored yet. */
  readonly current: Device | undefined;
  /** The others, the last used first. */
  readonly others: readonly Device[];
  /** Logs one device of this user out; `false` when it is none. For the present one: a logout. */
  end(handle: string): Promise<boolean>;
  /** Logs all other devices out, and gives how many. */
  endOthers(): Promise<number>;
}

/** Settings of {@link devicesOf}. */
export interface DevicesOptions {
  /** Names devices: `import bowser from 'bowser'`. Default: the beginning of the user agent. */
  readonly bowser?: UserAgentParser | undefined;
  /** The word between browser and system. Default `'on'`. */
  readonly on?: string | undefined;
}

/**
 * The devices of the user of a session: `devicesOf(sessions, request.session, { bowser })`. Without
 * a user there are none. Nobody ends a device of another user with them.
 * @throws `unsupported` when the store has no `byUser`.
 */
export async function devicesOf(
  sessions: DeviceSessions,
  session: OwnSession,
  options: DevicesOptions = {},
): Promise<Devices> {
  const { userId, handle: own } = session;
  if (userId === undefined) return NONE;
  const found = await sessions.ofUser(userId);
  const devices = found.map((snapshot) => deviceOf(snapshot, own, options));
  return {
    current: devices.find(({ isThis }) => isThis),
    others: devices.filter(({ isThis }) => !isThis),
    async end(handle) {
      if (handle !== own) return (await sessions.destroyUser(userId, { only: handle })) > 0;
      await session.logout();
      return true;
    },
    endOthers: () => sessions.destroyUser(userId, { except: own }),
  };
}

const NONE: Devices = {
  current: undefined,
  others: [],
  end: async () => false,
  endOthers: async () => 0,
};

function deviceOf(
  {
    handle,
    userAgent,
    ipAddress,
    touchedAt,
    createdAt,
    loggedInAt,
    expiresAt,
  }: SessionSnapshot<object>,
  own: string,
  { bowser, on }: DevicesOptions,
): Device {
  return {
    handle,
    isThis: handle === own,
    name: deviceName(userAgent, bowser, on),
    ...deviceFacts(userAgent, bowser),
    ipAddress,
    lastUsedAt: touchedAt,
    loggedInAt: loggedInAt ?? createdAt,
    endsAt: expiresAt,
  };
}
