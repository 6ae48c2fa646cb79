// docs/examples/movies.json: rows within rows, and rows below a row. argv[2] is the origin of its server.
import createClient from 'openapi-fetch';
import assert from 'node:assert';
import type { components, paths } from './movies.schema';

type Director = components['schemas']['DirectorDetail'];
type Movie = components['schemas']['MovieDetail'];

const api = createClient<paths>({ baseUrl: process.argv[2] });

async function main(): Promise<void> {
  const director = (await api.POST('/directors', { body: { name: 'Varda' } })).data!;
  const created = await api.POST('/movies', { body: { director_id: director.id, title: 'Vagabond', year: 1985 } });
  const movie: Movie = created.data!;
  assert.deepEqual(movie.director, director);
  const rating: number | null | undefined = movie.rating;
  assert.equal(rating, null);

  const missing = await api.POST('/movies', { body: { director_id: 99, title: 'None', year: 1985 } });
  assert.equal(missing.response.status, 404);
  const refused = await api.POST('/movies', { body: { director_id: director.id, title: '', year: 1 } });
  assert.deepEqual(refused.error!.detail!.map(issue => issue.type), ['string_too_short', 'greater_than_equal']);

  const changed = await api.PATCH('/movies/{movie_id}', { params: { path: { movie_id: movie.id } }, body: { rating: 9.5 } });
  assert.equal(changed.data!.rating, 9.5);
  const brief = { id: movie.id, title: 'Vagabond', year: 1985 };
  const path = { director_id: director.id };
  const below = await api.GET('/directors/{director_id}/movies', { params: { path, query: { year: 1985 } } });
  assert.deepEqual(below.data, [brief]);
  assert.deepEqual((await api.GET('/movies', { params: { query: { year: 1986 } } })).data, []);
  const read: Director = (await api.GET('/directors/{director_id}', { params: { path } })).data!;
  assert.deepEqual(read.movies, [brief]);

  const gone = await api.DELETE('/directors/{director_id}', { params: { path } });
  assert.equal(gone.response.status, 204);
  assert.deepEqual((await api.GET('/movies')).data, []);

  // @ts-expect-error a list does not show ratings
  assert.equal(read.movies?.[0].rating, undefined);
}

void main();
