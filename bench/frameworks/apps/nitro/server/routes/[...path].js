// Beside h3 2, the h3 of Nitro 2 is installed under this name.
import { defineEventHandler, useSession } from 'h3v1';
import { system } from '../system.js';

export default defineEventHandler((event) => system.answer(event, useSession));
