// docs/examples/heroes.json: a class for each purpose. argv[2] is the origin of its server.
import createClient from 'openapi-fetch';
import assert from 'node:assert';
import type { components, paths } from './heroes.schema';

type Hero = components['schemas']['HeroPublic'];

const api = createClient<paths>({ baseUrl: process.argv[2] });

async function main(): Promise<void> {
  const created = await api.POST('/heroes/', { body: { name: 'Deadpond', secret_name: 'Dive Wilson' } });
  const hero: Hero = created.data!;
  assert.deepEqual(hero, { name: 'Deadpond', age: null, id: hero.id });

  const params = { path: { hero_id: hero.id } };
  const changed = await api.PATCH('/heroes/{hero_id}', { params, body: { age: 30 } });
  const age: number | null | undefined = changed.data!.age;
  assert.equal(age, 30);

  const list = await api.GET('/heroes/', { params: { query: { offset: 0, limit: 10 } } });
  assert.deepEqual(list.data, [changed.data]);
  const refused = await api.GET('/heroes/', { params: { query: { limit: 101 } } });
  assert.deepEqual(refused.error!.detail![0].loc, ['query', 'limit']);

  const gone = await api.DELETE('/heroes/{hero_id}', { params });
  assert.deepEqual(gone.data, { ok: true });
  assert.equal((await api.GET('/heroes/{hero_id}', { params })).response.status, 404);

  // @ts-expect-error the secret name is not shown
  assert.equal(hero.secret_name, undefined);
  // @ts-expect-error a hero must have a secret name
  await api.POST('/heroes/', { body: { name: 'nobody' } });
}

void main();
