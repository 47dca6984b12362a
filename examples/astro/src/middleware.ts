import { astroSession } from 'sojourn/astro';
import { sessions } from './sessions';

export const onRequest = astroSession(sessions);
