import { fileStore } from '../../dist/stores/file.js';
import { sqliteStore } from '../../dist/stores/sqlite.js';

/** @typedef {{ kind: 'file' | 'sqlite', path: string, durable?: boolean }} Place */

/**
 * The store at a place, as a process of its own sees it.
 * @param {Place} place
 */
export function openStore({ kind, path, durable }) {
  return kind === 'file' ? fileStore({ directory: path, durable }) : sqliteStore({ file: path });
}

/**
 * A live record.
 * @param {string} data
 */
export function recordOf(data) {
  const now = Date.now();
  return { data, createdAt: now, touchedAt: now, expiresAt: now + 3_600_000 };
}
