import { sveltekitSession } from 'sojourn/sveltekit';
import { sessions } from './lib/server/sessions';

export const handle = sveltekitSession(sessions);
