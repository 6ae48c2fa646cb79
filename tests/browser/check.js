// check.js BUILD FOLDER: run by `make check-docs`. Starts the server of BUILD with a new database, opens
// its pages in Chromium, directly and behind a proxy with another name that strips a prefix, and saves
// screenshots in FOLDER. No page may send a request to another origin. The operations of three of
// docs/examples are executed too.
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { chromium } = require('playwright-core');

const [build, folder] = process.argv.slice(2);
const prefix = '/api/v1';
const name = 'api.example'; // browsers treat localhost specially
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  `--host-resolver-rules=MAP ${name} 127.0.0.1`];

// The operations to execute, in an order in which each succeeds.
const calls = [
  { operation: 'get /', status: 200 },
  { operation: 'post /users', body: { username: 'ada', email: 'ada@example.com' }, status: 201 },
  { operation: 'get /users', status: 200 },
  { operation: 'get /users/{user_id}', key: 1, status: 200 },
  { operation: 'patch /users/{user_id}', key: 1, body: { username: 'grace' }, status: 200 },
  { operation: 'post /users/{user_id}/posts', key: 1, body: { title: 'Hello', content: 'First' },
    status: 201 },
  { operation: 'get /posts', status: 200 },
  { operation: 'get /posts/{post_id}', key: 1, status: 200 },
  { operation: 'patch /posts/{post_id}', key: 1, body: { title: 'Hello again' }, status: 200 },
  { operation: 'delete /posts/{post_id}', key: 1, status: 204 },
  { operation: 'delete /users/{user_id}', key: 1, status: 204 },
];

// The same for examples, by their names.
const examples = {
  heroes: [
    { operation: 'post /heroes/', body: { name: 'Deadpond', secret_name: 'Dive' }, status: 200 },
    { operation: 'get /heroes/', status: 200 },
    { operation: 'get /heroes/{hero_id}', key: 1, status: 200 },
    { operation: 'patch /heroes/{hero_id}', key: 1, body: { age: 30 }, status: 200 },
    { operation: 'delete /heroes/{hero_id}', key: 1, status: 200 },
  ],
  movies: [
    { operation: 'post /directors', body: { name: 'Varda' }, status: 201 },
    { operation: 'get /directors', status: 200 },
    { operation: 'post /movies', body: { director_id: 1, title: 'Vagabond', year: 1985 },
      status: 201 },
    { operation: 'get /movies', status: 200 },
    { operation: 'get /directors/{director_id}/movies', key: 1, status: 200 },
    { operation: 'get /movies/{movie_id}', key: 1, status: 200 },
    { operation: 'patch /movies/{movie_id}', key: 1, body: { rating: 9.5 }, status: 200 },
    { operation: 'get /directors/{director_id}', key: 1, status: 200 },
    { operation: 'delete /movies/{movie_id}', key: 1, status: 204 },
    { operation: 'delete /directors/{director_id}', key: 1, status: 204 },
  ],
  tasks: [
    { operation: 'get /health', status: 200 },
    { operation: 'post /tasks/', body: { title: 'Call' }, status: 201 },
    { operation: 'get /tasks/', status: 200 },
    { operation: 'get /tasks/{task_id}', key: 1, status: 200 },
    { operation: 'put /tasks/{task_id}', key: 1, body: { title: 'Call them' }, status: 200 },
    { operation: 'patch /tasks/{task_id}', key: 1, body: { done: true }, status: 200 },
    { operation: 'delete /tasks/{task_id}', key: 1, status: 200 },
  ],
};

async function startPostern(database, ...args) {
  const server = spawn(path.join(build, 'postern'),
    ['--port', '0', '--workers', '1', '--database-url', `sqlite:///${database}`, ...args],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of readline.createInterface({ input: server.stderr })) {
    const serving = line.match(/serving on (http:\/\/[0-9.:]+)/);
    if (serving) {
      server.stderr.resume();
      return { server, origin: serving[1] };
    }
  }
  throw new Error('the server did not start');
}

async function startProxy(origin) {
  const proxy = http.createServer((request, response) => {
    if (!request.url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const forward = { method: request.method, headers: request.headers };
    const upstream = http.request(origin + request.url.slice(prefix.length), forward, answer => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(upstream);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { proxy, proxied: `http://${name}:${proxy.address().port}${prefix}` };
}

async function listOperations(origin) {
  const { paths } = await (await fetch(`${origin}/openapi.json`)).json();
  return Object.entries(paths).flatMap(([at, methods]) =>
    Object.entries(methods).map(([method, { operationId, tags = ['default'] }]) =>
      ({ name: `${method} ${at}`, operationId, tags })));
}

// Records every error or warning of the page, and every request to another origin, as a fault.
async function openPage(context, url, faults) {
  const page = await context.newPage();
  const { origin } = new URL(url);
  const report = text => {
    console.error(`${url}: ${text}`);
    faults.push(text);
  };
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type()))
      report(message.text());
  });
  page.on('pageerror', error => report(String(error)));
  page.on('requestfailed', request => report(`failed: ${request.url()}`));
  page.on('request', request => {
    const asked = new URL(request.url());
    if (asked.origin !== origin && !['data:', 'blob:'].includes(asked.protocol))
      report(`foreign: ${request.url()}`);
  });
  await page.exposeFunction('reportViolation', report);
  await page.addInitScript(() => addEventListener('securitypolicyviolation', event =>
    window.reportViolation(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  await page.goto(url);
  return page;
}

async function checkSwagger(page, operations) {
  await page.locator('.opblock').nth(operations.length - 1).waitFor();
  const shown = await page.locator('.opblock').evaluateAll(blocks => blocks.map(block => {
    const text = selector => block.querySelector(selector).textContent.replace(/\u200b/g, '');
    return `${text('.opblock-summary-method').toLowerCase()} ${text('.opblock-summary-path')}`;
  }));
  assert.deepStrictEqual(shown.sort(), operations.map(({ name }) => name).sort());
}

async function execute(page, { operationId, tags }, { operation, key, body, status }) {
  const block = page.locator(`[id="operations-${tags[0]}-${operationId}"]`);

  await block.locator('.opblock-summary-control').click();
  await block.locator('.try-out__btn').click();
  if (key !== undefined)
    await block.locator('tr[data-param-in="path"] input').fill(String(key));
  if (body !== undefined)
    await block.locator('textarea.body-param__text').fill(JSON.stringify(body));
  await block.locator('.execute').click();
  const answer = block.locator('.live-responses-table .response-col_status').nth(1);
  await answer.waitFor();
  assert.strictEqual(parseInt(await answer.textContent(), 10), status, operation);
  await block.locator('.opblock-summary-control').click();
}

async function checkRedoc(page, operations) {
  for (const { operationId, name } of operations)
    await page.locator(`[id$="operation/${operationId}"]`).first().waitFor({ state: 'attached' })
      .catch(() => assert.fail(`ReDoc does not show ${name}`));
  await page.locator('input[placeholder="Search..."]').fill('Delete');
  await page.locator('[data-role="search:results"] li').first().waitFor();
  await page.locator('input[placeholder="Search..."]').fill('');
}

// Checks that the code of an authorization server reaches the Swagger UI that requested it.
async function checkRedirect(page) {
  const code = await page.evaluate(() => new Promise((resolve, reject) => {
    window.swaggerUIRedirectOauth2 = { state: 's', auth: { name: 'test' }, redirectUrl: '',
      callback: ({ auth }) => resolve(auth.code), errCb: reject };
    window.open('docs/oauth2-redirect?state=s&code=sesame');
  }));
  assert.strictEqual(code, 'sesame');
}

// Executes each operation in Swagger UI.
async function checkCalls(page, operations, these) {
  await checkSwagger(page, operations);
  assert.deepStrictEqual(these.map(({ operation }) => operation).sort(),
    operations.map(({ name }) => name).sort());
  for (const call of these)
    await execute(page, operations.find(({ name }) => name === call.operation), call);
}

async function checkExample(example, scratch, context) {
  const { server, origin } = await startPostern(path.join(scratch, `${example}.db`),
    '--api', `docs/examples/${example}.json`);
  const faults = [];
  try {
    const operations = await listOperations(origin);
    const docs = await openPage(context, `${origin}/docs`, faults);
    await checkCalls(docs, operations, examples[example]);
    assert.deepStrictEqual(faults, []);
    return operations.length;
  } finally {
    server.kill();
    await once(server, 'exit');
  }
}

async function check(origin, proxied, context) {
  const operations = await listOperations(origin);
  const faults = [];

  const docs = await openPage(context, `${origin}/docs`, faults);
  await docs.locator('.opblock').first().waitFor();
  await docs.screenshot({ path: path.join(folder, 'docs.png') });
  await checkCalls(docs, operations, calls);
  await checkRedirect(docs);
  const redoc = await openPage(context, `${origin}/redoc`, faults);
  await checkRedoc(redoc, operations);
  await redoc.screenshot({ path: path.join(folder, 'redoc.png') });
  await checkSwagger(await openPage(context, `${proxied}/docs`, faults), operations);
  await checkRedoc(await openPage(context, `${proxied}/redoc`, faults), operations);
  assert.deepStrictEqual(faults, []);
  return operations.length;
}

async function main() {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'postern-browser-'));
  const { server, origin } = await startPostern(path.join(scratch, 'app.db'));
  const { proxy, proxied } = await startProxy(origin);
  const context = await chromium.launchPersistentContext(path.join(scratch, 'profile'), {
    executablePath: '/usr/bin/chromium', headless: true, args: flags,
    viewport: { width: 1200, height: 840 } });
  try {
    let count = await check(origin, proxied, context);
    for (const example of Object.keys(examples))
      count += await checkExample(example, scratch, context);
    console.log(`/docs shows ${count} operations, and all can be executed`);
  } finally {
    await context.close();
    proxy.close();
    server.kill();
    await once(server, 'exit');
    fs.rmSync(scratch, { recursive: true });
  }
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
