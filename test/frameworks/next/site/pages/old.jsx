import { openSession } from 'sojourn/node';
import { context } from '../lib/context.js';

export async function getServerSideProps({ req, res }) {
  const session = await openSession(context().sessions, req, res, () =>
    res.end('Please try again.'),
  );
  return { props: { views: session.increment('views') } };
}

export default function Old({ views }) {
  return <p>{`views=${views}`}</p>;
}
