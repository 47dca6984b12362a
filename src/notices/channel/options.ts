import { SessionError } from '../../core/errors.js';
import { checkOptions } from '../../stores/contract/options.js';

/** What every factory of notices over a channel takes beside its client. */
export interface ChannelOptions {
  /**
   * The name of the channel; default `'sojourn'`. At most 63 letters, digits and `_ - . :`.
   * Sessions of different stores need different channels.
   */
  readonly channel?: string | undefined;
}

/**
 * The name of the channel.
 * @throws `invalid-option` when `options` hold another one than `client` and `channel`.
 */
export function channelOf(
  factory: string,
  options: ChannelOptions & { readonly client: unknown },
): string {
  checkOptions<typeof options & { readonly now?: never }>(
    factory,
    options,
    ['client', 'channel'],
    'client',
  );
  const { channel = 'sojourn' } = options;
  if (typeof channel === 'string' && /^[\w.:-]{1,63}$/.test(channel)) return channel;
  throw new SessionError(
    'invalid-option',
    `channel is ${JSON.stringify(channel)}. Give 1 to 63 letters, digits and _ - . :`,
  );
}
