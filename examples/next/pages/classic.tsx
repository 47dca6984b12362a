import type { GetServerSideProps } from 'next';
import { openSession } from 'sojourn/node';
import { sessions } from '../lib/sessions';

export const getServerSideProps: GetServerSideProps<{ views: number }> = async ({ req, res }) => {
  const session = await openSession(sessions, req, res, () => res.end('Please try again.'));
  return { props: { views: session.increment('views') } };
};

export default function Classic({ views }: { views: number }) {
  return <p>{`Visit number ${views}`}</p>;
}
