import { cookies, headers } from 'next/headers';
import { getSession } from '../../lib/session.js';

export default async function Page() {
  const session = await getSession();
  const views = session.get('views', 0);
  const names = (await cookies()).getAll().map(({ name }) => name);
  const agent = (await headers()).get('x-agent');
  return <p>{`id=${session.id} views=${views} cookies=${names.join()} agent=${agent}`}</p>;
}
