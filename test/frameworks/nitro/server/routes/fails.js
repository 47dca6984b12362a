import { defineEventHandler } from 'h3';
import { store, useVisitorSession } from '../utils/session.js';

export default defineEventHandler((event) => {
  store.create = () => Promise.reject(new Error('disk full'));
  return { views: useVisitorSession(event).increment('views') };
});
