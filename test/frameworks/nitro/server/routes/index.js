import { defineEventHandler } from 'h3';
import { useVisitorSession } from '../utils/session.js';

export default defineEventHandler((event) => ({
  views: useVisitorSession(event).increment('views'),
}));
