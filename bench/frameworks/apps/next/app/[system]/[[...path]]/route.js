import { cookies, headers } from 'next/headers';

/** The systems have their handlers from outside of the build. */
export async function GET(request, { params }) {
  const { system } = await params;
  return globalThis.sojournBench.get(system)(request, { cookies, headers });
}
