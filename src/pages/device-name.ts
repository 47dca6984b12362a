import { shortened, visible } from './html.js';

/** The part of bowser that is used: `import bowser from 'bowser'`. */
export interface UserAgentParser {
  parse(userAgent: string): {
    readonly browser: { readonly name?: string | undefined };
    readonly os: { readonly name?: string | undefined };
  };
}

/** The browser and the system of a user agent, where they are known. */
export interface DeviceFacts {
  readonly browser: string | undefined;
  readonly system: string | undefined;
}

/** Longer than any browser sends: the rest of a hostile one is not looked at. */
const LONGEST_USER_AGENT = 512;
const LONGEST_NAME = 60;

/** What a user agent says. Whatever a client sent, this throws nothing. */
export function deviceFacts(
  userAgent: string | undefined,
  parser: UserAgentParser | undefined,
): DeviceFacts {
  if (!userAgent || parser === undefined) return { browser: undefined, system: undefined };
  try {
    const { browser, os } = parser.parse(userAgent.slice(0, LONGEST_USER_AGENT));
    return { browser: nameOf(browser.name), system: nameOf(os.name) };
  } catch {
    // Whatever a parser fails at is no device that it knows.
    return { browser: undefined, system: undefined };
  }
}

/**
 * A device in words: `Firefox on Linux`. Without a parser, and for what it does not know, the
 * beginning of the user agent; `undefined` without a user agent.
 */
export function deviceName(
  userAgent: string | undefined,
  parser: UserAgentParser | undefined,
  on = 'on',
): string | undefined {
  const { browser, system } = deviceFacts(userAgent, parser);
  const known = [browser, system].filter((name) => name !== undefined);
  if (known.length > 0) return known.join(` ${on} `);
  return userAgent ? shortened(visible(userAgent), LONGEST_NAME) : undefined;
}

function nameOf(name: string | undefined): string | undefined {
  return name ? shortened(visible(name), LONGEST_NAME) : undefined;
}
