/** Why a target is not met, or what to know about it: by the target's id in targets.js. Written by hand; a new run keeps them. @type {Record<string, string>} */
export const NOTES = {};
