import { createHash } from 'node:crypto';
import type { RedisCommands } from './clients.js';

/** A script on one key. The server runs it as one step. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/*
 * A script with flags is refused at once when the memory of the server is full, before it changed anything; `allow-oom` marks those that
 * must work then too. Values: what ARGV holds.
 *
 * A write that needs an entry in the index which reaches further writes nothing and answers with a list, whatever the index needs to know.
 */

/**
 * Values: now, milliseconds to keep, then fields each with its value. 1: created, 0: a live record
 * is there.
 */
export const CREATE: RedisScript = script(`#!lua
local expiresAt = redis.call('HGET', KEYS[1], 'expiresAt')
if expiresAt and tonumber(expiresAt) > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

/**
 * Values: now, milliseconds to keep, version, then fields each with its value, among them
 * `indexedUntil` once the user's index holds the record. 1: updated, 0: changed or gone, [life]:
 * index it first.
 */
export const UPDATE: RedisScript = script(`#!lua
local next = {}
for position = 4, #ARGV, 2 do next[ARGV[position]] = ARGV[position + 1] end
local version, expiresAt, userId, indexedUntil, life =
  unpack(redis.call('HMGET', KEYS[1], 'version', 'expiresAt', 'userId', 'indexedUntil', 'life'))
if version ~= ARGV[3] or tonumber(expiresAt) <= tonumber(ARGV[1]) then return 0 end
if next.userId and not next.indexedUntil
  and (next.userId ~= userId or tonumber(indexedUntil) < tonumber(next.expiresAt)) then return { life } end
redis.call('HDEL', KEYS[1], 'userId', 'ipAddress', 'userAgent')
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

/**
 * Values: now, milliseconds to keep, expiresAt, touchedAt, then life, userId and indexedUntil once
 * that user's index holds the record. 1: touched, 0: gone, [life, userId]: index it first.
 */
export const TOUCH: RedisScript = script(`#!lua flags=allow-oom
local expiresAt, userId, indexedUntil, life =
  unpack(redis.call('HMGET', KEYS[1], 'expiresAt', 'userId', 'indexedUntil', 'life'))
if not expiresAt or tonumber(expiresAt) <= tonumber(ARGV[1]) then return 0 end
if userId and tonumber(indexedUntil) < tonumber(ARGV[3]) then
  if life ~= ARGV[5] or userId ~= ARGV[6] then return { life, userId } end
  redis.call('HSET', KEYS[1], 'indexedUntil', ARGV[7])
end
redis.call('HSET', KEYS[1], 'expiresAt', ARGV[3], 'touchedAt', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

/**
 * Deletes a record whose expiresAt lies after one instant, and not after another. Values: both
 * instants, then a version if it matters. 0: nothing deleted, 1: deleted, [life, userId]: deleted,
 * an entry in the index is left.
 */
export const REMOVE: RedisScript = script(`#!lua flags=allow-oom
local version, expiresAt, userId, life = unpack(redis.call('HMGET', KEYS[1], 'version', 'expiresAt', 'userId', 'life'))
if not expiresAt or tonumber(expiresAt) <= tonumber(ARGV[1]) or tonumber(expiresAt) > tonumber(ARGV[2]) then return 0 end
if ARGV[3] and ARGV[3] ~= version then return 0 end
redis.call('DEL', KEYS[1])
return userId and { life, userId } or 1`);

/**
 * Adds an entry to the index of a user, drops those that are over. Values: now, milliseconds to
 * keep, indexedUntil, entry.
 */
export const INDEX: RedisScript = script(`#!lua
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT')
return 1`);

/** Runs a script by its hash, by its text where the server does not know it. */
export async function runScript(
  commands: RedisCommands,
  { text, sha }: RedisScript,
  key: string,
  values: readonly (string | number)[],
): Promise<unknown> {
  const rest = ['1', key, ...values.map(String)];
  try {
    return await commands.send(key, ['EVALSHA', sha, ...rest]);
  } catch (error) {
    // Every reply that is an error begins with its code. This one: the server was restarted,
    // replaced, or told to forget.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return commands.send(key, ['EVAL', text, ...rest]);
  }
}
