import { createHash } from 'node:crypto';
import type { RedisCommands } from './clients.js';
import { isReply } from './replies.js';

/** A script on one key. The server runs it as one step. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/*
 * A server whose memory is full refuses a script with flags before it changed anything. The flag
 * `allow-oom` marks those that must work then too. Values: what ARGV holds.
 *
 * A version is `<life>.<write>`. A user's session needs an entry in the index that lasts as long as
 * the session. A write that would outlast its entry writes nothing: the entry comes first.
 *
 * A client may send a write again, although the first one arrived. So a write that meets the
 * version it was to write is done.
 */

/**
 * Values: now, milliseconds to keep, version, then fields each with its value. 1: created, 0: a
 * live record is there. A key of another type, or with fields that a record may lack, gives way.
 */
export const CREATE: RedisScript = script(`#!lua
local found = redis.pcall('HMGET', KEYS[1],
  'version', 'expiresAt', 'userId', 'ipAddress', 'userAgent', 'indexedUntil')
if found.err and not string.find(found.err, '^WRONGTYPE') then return found end
local version, expiresAt = found[1], tonumber(found[2])
if version == ARGV[3] then return 1 end
if version and expiresAt and expiresAt > tonumber(ARGV[1]) then return 0 end
local isInTheWay = found.err
for position = 1, #found do isInTheWay = isInTheWay or found[position] end
if isInTheWay then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'version', unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

/**
 * Values: now, milliseconds to keep, present version, next version, then fields each with its
 * value, among them `indexedUntil` once the user's index holds the record. 1: updated, 0: changed
 * or gone, -1: index it first.
 */
export const UPDATE: RedisScript = script(`#!lua
local next = {}
for position = 5, #ARGV, 2 do next[ARGV[position]] = ARGV[position + 1] end
local fields = { 'version', 'expiresAt', 'indexedUntil', 'userId', 'ipAddress', 'userAgent' }
local found = redis.call('HMGET', KEYS[1], unpack(fields))
local version, expiresAt, indexedUntil, userId = unpack(found)
if version == ARGV[4] then return 1 end
if version ~= ARGV[3] or (tonumber(expiresAt) or 0) <= tonumber(ARGV[1]) then return 0 end
if next.userId and not next.indexedUntil and (next.userId ~= userId
  or (tonumber(indexedUntil) or 0) < tonumber(next.expiresAt)) then return -1 end
for position = 4, 6 do
  local field = fields[position]
  if found[position] and not next[field] then redis.call('HDEL', KEYS[1], field) end
end
redis.call('HSET', KEYS[1], 'version', unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

/**
 * Moves both times forward, never back. Values: now, milliseconds to keep, expiresAt, touchedAt,
 * then life, userId and indexedUntil once that user's index holds the record. 0: gone, 1: touched,
 * [1, life, userId, expiresAt]: touched a user's record, [-1, life, userId]: index it first.
 */
export const TOUCH: RedisScript = script(`#!lua flags=allow-oom
local version, createdAt, expiresAt, touchedAt, userId, indexedUntil = unpack(redis.call(
  'HMGET', KEYS[1], 'version', 'createdAt', 'expiresAt', 'touchedAt', 'userId', 'indexedUntil'))
if not version or (tonumber(expiresAt) or 0) <= tonumber(ARGV[1]) then return 0 end
if tonumber(createdAt) == 0 then return 0 end
local life = string.match(version, '^[^.]*')
if tonumber(expiresAt) < tonumber(ARGV[3]) then
  if userId and (tonumber(indexedUntil) or 0) < tonumber(ARGV[3]) then
    if life ~= ARGV[5] or userId ~= ARGV[6] then return { -1, life, userId } end
    redis.call('HSET', KEYS[1], 'indexedUntil', ARGV[7])
  end
  expiresAt = ARGV[3]
  redis.call('HSET', KEYS[1], 'expiresAt', expiresAt)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if (tonumber(touchedAt) or 0) < tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'touchedAt', ARGV[4])
end
return userId and { 1, life, userId, expiresAt } or 1`);

/**
 * Deletes a record whose expiresAt lies after one instant, and not after another. Values: both
 * instants, then a version if it matters. 0: nothing deleted, 1: deleted, [life, userId]: deleted,
 * an entry in the index is left.
 */
export const REMOVE: RedisScript = script(`#!lua flags=allow-oom
local version, expiresAt, userId = unpack(redis.call('HMGET', KEYS[1], 'version', 'expiresAt', 'userId'))
expiresAt = tonumber(expiresAt)
if not version or not expiresAt then return 0 end
if expiresAt <= tonumber(ARGV[1]) or expiresAt > tonumber(ARGV[2]) then return 0 end
if ARGV[3] and ARGV[3] ~= version then return 0 end
redis.call('DEL', KEYS[1])
return userId and { string.match(version, '^[^.]*'), userId } or 1`);

/**
 * Adds an entry to the index of a user, drops those that are over. A key of another type gives way.
 * Values: now, milliseconds to keep, indexedUntil, entry.
 */
export const INDEX: RedisScript = script(`#!lua
local dropped = redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if type(dropped) == 'table' and dropped.err then
  if not string.find(dropped.err, '^WRONGTYPE') then return dropped end
  redis.call('DEL', KEYS[1])
end
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
    // The server was restarted, replaced, or told to forget.
    if (!isReply(error, 'NOSCRIPT')) throw error;
    return commands.send(key, ['EVAL', text, ...rest]);
  }
}
