export const load = () => {
  throw new Error('no');
};
