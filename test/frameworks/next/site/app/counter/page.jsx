import { Suspense } from 'react';
import { getSession } from '../../lib/session.js';
import * as actions from './actions.js';

export default async function Page() {
  const session = await getSession();
  return (
    <main>
      <p>{`user=${session.userId ?? 'nobody'} views=${session.get('views', 0)}`}</p>
      {Object.entries(actions).map(([name, action]) => (
        <form action={action} key={name}>
          <button type="submit">{name}</button>
        </form>
      ))}
      <Suspense fallback={<p>waiting</p>}>
        <Late earlier={session} />
      </Suspense>
    </main>
  );
}

/** Comes when the head of the response has left. */
async function Late({ earlier }) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  const session = await getSession();
  return <p>{`same=${session === earlier} change=${codeOf(() => session.set('views', 9))}`}</p>;
}

function codeOf(change) {
  try {
    change();
    return 'done';
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}
