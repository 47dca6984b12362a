// The application: it knows `this.session`, and not who keeps it.
import fortjs from 'fortjs';

const { Controller, Fort, jsonResult, textResult, worker } = fortjs;

class UserController extends Controller {
  async profile() {
    return jsonResult(await this.session.getAll());
  }

  async name() {
    return jsonResult({
      name: await this.session.get('name'),
      isKnown: await this.session.isExist('name'),
    });
  }

  async login() {
    // Only Sojourn has this verb: it makes a cookie worthless that somebody planted before.
    await this.session.login?.(this.body.name);
    await this.session.set('name', this.body.name);
    return textResult(`Welcome, ${this.body.name}`);
  }

  async settings() {
    await this.session.setMany(this.body);
    return textResult('Saved');
  }

  async forget() {
    await this.session.remove('name');
    return textResult('Forgotten');
  }

  async logout() {
    await this.session.clear();
    return textResult('Goodbye');
  }
}

// In TypeScript: @worker() above each of them.
for (const name of ['profile', 'name', 'login', 'settings', 'forget', 'logout'])
  worker()(UserController.prototype, name, {});

export async function start() {
  Fort.port = Number(process.env.PORT ?? 4000);
  Fort.routes = [{ controller: UserController, path: '/user' }];
  await Fort.create();
  console.log(`http://localhost:${Fort.httpServer.address().port}`);
}
