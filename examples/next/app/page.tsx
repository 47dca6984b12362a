import { getSession } from '../lib/session';
import { login, logout } from './actions';

export default async function Page() {
  const session = await getSession();
  const views: number = session.get('views', 0);
  if (session.userId === undefined)
    return (
      <form action={login}>
        <input name="name" />
        <button type="submit">Log in</button>
      </form>
    );
  return (
    <form action={logout}>
      <p>{`${session.userId}, visit number ${views}`}</p>
      <button type="submit">Log out</button>
    </form>
  );
}
