/** The platform is given with each request. */
export const handle = (input) => input.event.platform.handle(input);
