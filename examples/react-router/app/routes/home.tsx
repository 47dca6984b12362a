import { Form, redirect } from 'react-router';
import { sessionContext } from '../session.server';
import type { Route } from './+types/home';

export function loader({ context }: Route.LoaderArgs) {
  const session = context.get(sessionContext);
  return {
    user: session.userId ?? 'nobody',
    visits: session.increment('visits'),
    notice: session.get('notice', ''),
  };
}

export async function action({ request, context }: Route.ActionArgs) {
  const session = context.get(sessionContext);
  const form = await request.formData();
  if (form.get('intent') === 'logout') await session.logout();
  else {
    // Check the password here.
    await session.login(String(form.get('name')));
    session.flash('notice', 'Welcome!');
  }
  return redirect('/');
}

export default function Home({ loaderData }: Route.ComponentProps) {
  const { user, visits, notice } = loaderData;
  return (
    <main>
      <p>{`${user}, visit number ${visits}. ${notice}`}</p>
      <Form method="post">
        <input name="name" />
        <button type="submit">Log in</button>
      </Form>
      <Form method="post">
        <button type="submit" name="intent" value="logout">
          Log out
        </button>
      </Form>
    </main>
  );
}
