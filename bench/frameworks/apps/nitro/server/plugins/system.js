import { defineNitroPlugin } from 'nitropack/runtime';
import { system } from '../system.js';

export default defineNitroPlugin(({ h3App }) => system.setUp(h3App));
