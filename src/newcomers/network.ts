import { isIP } from 'node:net';

const GROUPS = 8;
/** Groups of an IPv6 address that name a network of /64. */
const NETWORK = 4;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What counts as one address: an IPv4 address, or a /64 network of IPv6, which one subscriber has
 * (RFC 6177). `undefined` when the text is no address.
 */
export function networkOf(address: string): string | undefined {
  const [plain = ''] = address.split('%', 1);
  const mapped = MAPPED.exec(plain)?.[1] ?? plain;
  const version = isIP(mapped);
  if (version !== 6) return version === 4 ? mapped : undefined;
  const [head = '', tail] = mapped.split('::');
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(GROUPS - first.length - last.length, 0)).fill('0');
  const groups = [...first, ...zeros, ...last].slice(0, NETWORK);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** A dotted part stands for two groups, whose digits are not needed. */
function groupsOf(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
