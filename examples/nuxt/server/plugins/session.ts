import { h3v1Session } from 'sojourn/h3v1';
import { sessions } from '../utils/session';

export default defineNitroPlugin(({ h3App }) => h3v1Session(h3App, sessions));
