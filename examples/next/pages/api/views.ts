import type { NextApiRequest, NextApiResponse } from 'next';
import { sessionListener } from 'sojourn/node';
import { sessions } from '../../lib/sessions';

export default sessionListener(
  sessions,
  (_request: NextApiRequest, response: NextApiResponse, session) => {
    response.json({ views: session.increment('views') });
  },
);
