export function useVisit() {
  return useFetch('/api/visit');
}
