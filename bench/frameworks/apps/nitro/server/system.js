/** What this copy of the app was imported for. */
export const system = globalThis.sojournBenchNitro;
