// docs/examples/items.json: UUIDs as keys, and a list in an object. argv[2] is the origin of its server.
import createClient from 'openapi-fetch';
import assert from 'node:assert';
import type { components, paths } from './items.schema';

type Item = components['schemas']['ItemPublic'];
type Page = components['schemas']['ItemsPublic'];

const api = createClient<paths>({ baseUrl: process.argv[2] });

async function main(): Promise<void> {
  const created = await api.POST('/api/v1/items/', { body: { title: 'Lamp' } });
  const item: Item = created.data!;
  const id: string = item.id;
  assert.match(id, /^[0-9a-f-]{36}$/);

  const path = { id };
  const changed = await api.PUT('/api/v1/items/{id}', { params: { path }, body: { description: 'Bright' } });
  assert.deepEqual(changed.data, { ...item, description: 'Bright' });

  const page: Page = (await api.GET('/api/v1/items/', { params: { query: { limit: 1 } } })).data!;
  assert.deepEqual(page, { data: [changed.data], count: 1 });
  const past = await api.GET('/api/v1/items/', { params: { query: { skip: 1 } } });
  assert.deepEqual(past.data, { data: [], count: 1 });

  const refused = await api.GET('/api/v1/items/{id}', { params: { path: { id: '1' } } });
  assert.equal(refused.error!.detail![0].type, 'uuid_parsing');
  const gone = await api.DELETE('/api/v1/items/{id}', { params: { path } });
  const message: string = gone.data!.message;
  assert.equal(message, 'Item deleted successfully');
  assert.equal((await api.GET('/api/v1/items/{id}', { params: { path } })).response.status, 404);

  // @ts-expect-error keys are texts
  await api.GET('/api/v1/items/{id}', { params: { path: { id: 1 } } });
}

void main();
