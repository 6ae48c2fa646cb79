// The built-in API. argv[2] is the origin of its server.
import createClient from 'openapi-fetch';
import assert from 'node:assert';
import type { components, paths } from './users.schema';

type User = components['schemas']['UserWithPosts'];
type Post = components['schemas']['PostResponse'];

const api = createClient<paths>({ baseUrl: process.argv[2] });

async function main(): Promise<void> {
  const created = await api.POST('/users', { body: { username: 'ada', email: 'ada@example.com' } });
  assert.equal(created.response.status, 201);
  const id: number = created.data!.id;

  const post = await api.POST('/users/{user_id}/posts', {
    params: { path: { user_id: id } },
    body: { title: 'Hello', content: 'First' },
  });
  const first: Post = post.data!;
  assert.equal(first.user_id, id);
  assert.ok(!Number.isNaN(Date.parse(first.date_posted)));

  const read = await api.GET('/users/{user_id}', { params: { path: { user_id: id } } });
  const user: User = read.data!;
  assert.deepEqual(user.posts, [first]);

  const changed = await api.PATCH('/users/{user_id}', {
    params: { path: { user_id: id } },
    body: { username: 'grace' },
  });
  assert.equal(changed.data!.username, 'grace');

  const refused = await api.POST('/users', { body: { username: '', email: 'nobody' } });
  assert.equal(refused.response.status, 422);
  const where = refused.error!.detail!.map(issue => issue.loc.join('.'));
  assert.deepEqual(where, ['body.username', 'body.email']);

  const list = await api.GET('/posts');
  assert.equal(list.data!.length, 1);
  const gone = await api.DELETE('/users/{user_id}', { params: { path: { user_id: id } } });
  assert.equal(gone.response.status, 204);
  assert.deepEqual((await api.GET('/posts')).data, []);

  // @ts-expect-error a user must have an e-mail address
  await api.POST('/users', { body: { username: 'nobody' } });
}

void main();
