import { defineNitroPlugin } from 'nitropack/runtime';
import { h3v1Session } from 'sojourn/h3v1';
import { sessions } from '../utils/session.js';

export default defineNitroPlugin(({ h3App }) => h3v1Session(h3App, sessions));
