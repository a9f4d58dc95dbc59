// The review page in a real Chromium: node browser_test.mjs SERVER_PROGRAM [SCREENSHOT_FOLDER].
// SERVER_PROGRAM is chiptrail_review_serve. Ends with 77 and a line "skipped: …" when the
// browser or its driver is not installed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.argv[2];
const pictures = process.argv[3];
const chromium_path = '/usr/bin/chromium';
const driver = join(process.env.CHIPTRAIL_CACHE ?? '', 'playwright-core-1.65.1');

for (const [what, path] of [['Chromium', chromium_path], ['playwright-core', driver]]) {
  if (!existsSync(path)) {
    console.log(`skipped: review page in a browser: ${what} is not at ${path}`);
    process.exit(77);
  }
}
const { chromium } = createRequire(import.meta.url)(join(driver, 'index.js'));
const folder = mkdtempSync(join(tmpdir(), 'chiptrail-browser-'));

// ---- the server, which may be killed and started again on the same store and port

let server = null;
let port = 0;
async function start_server() {
  server = spawn(program, [join(folder, 'store'), String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    let text = '';
    server.stdout.on('data', (data) => {
      text += data;
      if (text.includes('\n')) {
        resolve(text);
      }
    });
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const url = line.replace('ready ', '').trim();
  port = Number(new URL(url).port);
  return url;
}

function kill_server() {
  return new Promise((resolve) => {
    server.removeAllListeners('exit');
    server.on('exit', resolve);
    server.kill('SIGKILL');
  });
}

const base = await start_server();
const browser = await chromium.launch({
  executablePath: chromium_path,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const strangers = [];  // Requests that left loopback, over all tests.
const complaints = [];  // What the browser's console and the page's scripts complained about.

async function new_page(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['127.0.0.1', 'localhost'].includes(url.hostname) && url.protocol !== 'data:') {
      strangers.push(request.url());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('net::ERR_CONNECTION_REFUSED')) {
      complaints.push(message.text());
    }
  });
  return page;
}

async function go(page, path) {
  await page.goto(new URL(path, base).href);
  await page.waitForSelector('body.ready');
}

const api = async (path) => (await fetch(new URL(`/api/${path}`, base))).json();
const hit_in_address = (page) => /\/hit\/([0-9a-f]{16})/.exec(page.url())?.[1] ?? null;
const state_of = async (id) => (await api(`hits/${id}`)).state;

async function until(what, check) {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await check()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`waited in vain: ${what}`);
}

async function press_and_move(page, key) {
  const before = hit_in_address(page);
  await page.keyboard.press(key);
  await until(`${key} moves on`, () => hit_in_address(page) !== before);
  return before;
}

/** Takes every decision back, so that tests do not depend on each other. */
async function clean_slate() {
  const { token } = await api('session');
  for (;;) {
    const response = await fetch(new URL('/api/undo', base), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Chiptrail-Token': token },
      body: '{}',
    });
    if (response.status === 409) {
      return;
    }
    assert.equal(response.status, 200);
  }
}

// ---- tests

const tests = {
  async 'the grid shows every hit with its photo, brands and score'() {
    const page = await new_page();
    await go(page, '/');
    const { total } = await api('facets');
    assert.ok(total >= 12, `${total} hits`);
    await until('all cards', async () => await page.locator('.card').count() === total);
    const first = page.locator('.card').first();
    await until('the first photo is drawn',
      () => first.locator('img').evaluate((image) => image.naturalWidth > 100));
    assert.match(await first.locator('.score').textContent(), /^0\.\d\d$/);
    assert.notEqual(await first.locator('.chip').first().textContent(), '');
    await page.context().close();
  },

  async 'keys decide and move on'() {
    const page = await new_page();
    await go(page, '/');
    await page.locator('.card').first().click();
    await page.waitForSelector('.panel h1');
    const a = await press_and_move(page, 'c');
    const b = await press_and_move(page, 'r');
    const c = await press_and_move(page, 'u');
    const d = await press_and_move(page, 's');
    assert.deepEqual(await Promise.all([a, b, c, d].map(state_of)),
      ['confirmed', 'rejected', 'unsure', 'undecided']);
    assert.equal(new Set([a, b, c, d]).size, 4);
    await page.context().close();
  },

  async 'keys pressed faster than the server answers are not lost'() {
    const page = await new_page();
    const { hits } = await api('hits');
    await go(page, `/hit/${hits[0].id}`);
    for (const key of ['c', 'c', 'r', 'u', 'c']) {
      await page.keyboard.press(key, { delay: 0 });
    }
    await until('five steps', () => hit_in_address(page) === hits[5].id);
    const states = await Promise.all(hits.slice(0, 5).map((hit) => state_of(hit.id)));
    assert.deepEqual(states, ['confirmed', 'confirmed', 'rejected', 'unsure', 'confirmed']);
    await page.context().close();
  },

  async 'undo goes back over items, also after a reload'() {
    const page = await new_page();
    const { hits } = await api('hits');
    await go(page, `/hit/${hits[0].id}`);
    await press_and_move(page, 'c');
    await press_and_move(page, 'r');
    await page.reload();
    await page.waitForSelector('body.ready');
    await page.keyboard.press('z');
    await until('back at the second', () => hit_in_address(page) === hits[1].id);
    await page.keyboard.press('Control+z');
    await until('back at the first', () => hit_in_address(page) === hits[0].id);
    assert.deepEqual(await Promise.all([hits[0], hits[1]].map((hit) => state_of(hit.id))),
      ['undecided', 'undecided']);
    await page.keyboard.press('z');
    await page.waitForSelector('#notice.error');
    assert.match(await page.locator('#notice').textContent(), /no decision of yours left/);
    complaints.length = 0;  // The console names the 409.
    await page.context().close();
  },

  async 'filters narrow the grid and stand in the address'() {
    const page = await new_page();
    await go(page, '/');
    await page.locator('#filters label', { hasText: 'cisco' }).click();
    await until('one card', async () => await page.locator('.card').count() === 1);
    assert.match(page.url(), /brand=cisco/);
    await page.reload();
    await page.waitForSelector('body.ready');
    await until('one card after a reload', async () => await page.locator('.card').count() === 1);
    assert.ok(await page.locator('#filters label', { hasText: 'cisco' }).locator('input').isChecked());
    await page.locator('.clear').click();
    await until('all again', async () => await page.locator('.card').count() > 1);
    await page.locator('.search').fill('GIGABYTE');
    await until('the search finds one', async () => await page.locator('.card').count() === 1);
    assert.match(page.url(), /q=GIGABYTE/);
    await page.goBack();
    await page.context().close();
  },

  async 'a decided hit leaves the undecided view and the counts follow'() {
    const page = await new_page();
    await go(page, '/?state=undecided');
    const cards = await page.locator('.card').count();
    await page.keyboard.press('j');
    await page.waitForSelector('.card.selected');
    await page.keyboard.press('c');
    await page.waitForSelector('.card.confirmed');
    await until('the count goes up',
      async () => (await page.locator('.tab.confirmed .count').textContent()) === '1');
    await page.reload();
    await until('one card less', async () => await page.locator('.card').count() === cards - 1);
    await page.context().close();
  },

  async 'a reload keeps the hit, the grid keeps the place'() {
    const page = await new_page();
    const { hits } = await api('hits');
    await go(page, `/hit/${hits[3].id}?order=score`);
    await page.reload();
    await page.waitForSelector('.panel h1');
    assert.equal(hit_in_address(page), hits[3].id);
    assert.match(await page.locator('.position').textContent(), /^4 of /);
    await page.keyboard.press('g');
    await page.waitForSelector(`.card.selected[data-id="${hits[3].id}"]`);
    await page.reload();
    await page.waitForSelector(`.card.selected[data-id="${hits[3].id}"]`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.panel h1');
    assert.equal(hit_in_address(page), hits[3].id);
    await page.context().close();
  },

  async 'boxes lie on the marks at every zoom'() {
    const page = await new_page();
    const { hits } = await api('hits?brand=cisco');
    await go(page, `/hit/${hits[0].id}`);
    const offset = () => page.evaluate(() => {
      const image = document.querySelector('.sheet img').getBoundingClientRect();
      const line = document.querySelector('polygon.line').getBoundingClientRect();
      const view = document.querySelector('.sheet svg').viewBox.baseVal;
      const points = document.querySelector('polygon.line').getAttribute('points')
        .split(' ').map((pair) => Number(pair.split(',')[0]));
      const expected = image.left + Math.min(...points) / view.width * image.width;
      return Math.abs(line.left - expected);
    });
    await page.waitForSelector('polygon.line', { state: 'attached' });
    assert.ok(await offset() < 4, 'fitted');
    await page.mouse.move(400, 500);
    await page.mouse.wheel(0, -400);
    await until('zoomed', () => page.evaluate(() =>
      document.querySelector('.sheet img').getBoundingClientRect().width > 1200));
    assert.ok(await offset() < 4, 'zoomed');
    const before = await page.evaluate(() => document.querySelector('.sheet').getBoundingClientRect().left);
    await page.mouse.down();
    await page.mouse.move(460, 520);
    await page.mouse.up();
    const after = await page.evaluate(() => document.querySelector('.sheet').getBoundingClientRect().left);
    assert.ok(Math.abs(after - before - 60) < 2, 'dragged');
    assert.ok(await offset() < 4, 'dragged');
    await page.keyboard.press('f');
    const centre = await page.evaluate(() => {
      const line = document.querySelector('polygon.line').getBoundingClientRect();
      const stage = document.querySelector('.stage').getBoundingClientRect();
      return Math.abs((line.left + line.right) / 2 - (stage.left + stage.right) / 2);
    });
    assert.ok(centre < 4, 'the finding is in the middle');
    await page.keyboard.press('b');
    assert.equal(await page.locator('.sheet svg').isVisible(), false);
    await page.context().close();
  },

  async 'the chosen finding shows its place, the name beside it and the parts of its score'() {
    const page = await new_page();
    const { hits } = await api('hits');
    const details = await Promise.all(hits.map((hit) => api(`hits/${hit.id}`)));
    const hit = details.find((each) => each.findings.length > 1);
    assert.ok(hit, 'a hit with several findings');
    await go(page, `/hit/${hit.id}`);
    const open = page.locator('.findings li', { has: page.locator('[aria-expanded=true]') });
    await page.waitForSelector('figure.place img');
    assert.equal(await open.count(), 1, 'the best one is explained');
    assert.equal(await page.locator('figure.place').count(), 1);
    await until('the place is drawn', () => open.locator('figure.place img')
      .evaluate((image) => image.complete && image.naturalWidth > 0));
    assert.equal(await open.locator('.parts tbody tr').count(), hit.findings[0].parts.length);
    assert.ok((await open.locator('.parts').textContent()).includes('length of the name'));
    await page.keyboard.press('f');
    await page.keyboard.press('f');
    assert.equal(await page.locator('.findings [aria-expanded]').nth(1)
      .getAttribute('aria-expanded'), 'true', 'f goes to the next one');
    assert.equal(await page.locator('figure.place').count(), 1, 'one at a time');
    await page.context().close();
  },

  async 'a hostile post is shown as text and does nothing'() {
    const page = await new_page();
    const { hits } = await api('hits?brand=hpe');
    const hostile = hits.find((hit) => hit.title.includes('<script>'));
    assert.ok(hostile);
    const popups = [];
    page.context().on('page', (opened) => popups.push(opened.url()));
    await go(page, `/hit/${hostile.id}`);
    const panel = page.locator('.panel');
    const text = await panel.textContent();
    for (const part of ['<script>window.hacked = 1</script>', 'onerror="window.hacked = 3"',
      '<iframe src=//attacker.example>', 'javascript:window.hacked=6', '<b>1</b>']) {
      assert.ok(text.includes(part), `shown as it is: ${part}`);
    }
    // Direction overrides and invisible characters are shown, not obeyed.
    const unseen = await panel.locator('.unseen').allTextContents();
    for (const code of ['U+202E', 'U+200B', 'U+2066', 'U+2069', 'U+0001']) {
      assert.ok(unseen.includes(code), code);
    }
    assert.ok(!/[\u202A-\u202E\u2066-\u2069\u200B]/.test(text));
    assert.equal(await panel.locator('script, iframe, svg, .text img, .text a').count(), 0);
    const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.protocol));
    assert.ok(links.every((protocol) => protocol === 'http:'), links.join());
    for (const place of await panel.locator('.text, .address, h1, dd').all()) {
      await place.click({ position: { x: 3, y: 3 } });
    }
    await go(page, '/');
    assert.ok((await page.locator('.cards').textContent()).includes('<script>'));
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.deepEqual(popups, []);
    await page.context().close();
  },

  async 'the page refuses injected scripts even if markup got in'() {
    const page = await new_page();
    await go(page, '/');
    const blocked = await page.evaluate(() => {
      const script = document.createElement('script');
      try {
        script.textContent = 'window.hacked = 8';
        document.body.append(script);
      } catch (error) {
        return 'thrown';
      }
      return window.hacked === undefined ? 'blocked' : 'ran';
    });
    assert.notEqual(blocked, 'ran');
    complaints.length = 0;  // The browser said so in its console, as it should.
    await page.context().close();
  },

  async 'another site cannot frame, read or decide'() {
    const { hits } = await api('hits');
    const before = (await api('facets')).states;
    const markup = `<!DOCTYPE html><title>attacker</title><iframe src="${base}"></iframe>
      <form method="post" enctype="text/plain" target="sink"
        action="${base}api/hits/${hits[0].id}/decision">
      <input name='{"verdict":"confirm","note":"' value='"}'></form><iframe name="sink"></iframe>`;
    const attacker = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(markup);
    });
    await new Promise((resolve) => attacker.listen(0, '127.0.0.1', resolve));
    // The same host on another port is "same-site", another name of it is "cross-site".
    for (const host of ['127.0.0.1', 'localhost']) {
      const page = await new_page();
      await page.goto(`http://${host}:${attacker.address().port}/`);
      const outcomes = await page.evaluate(async ([target, id]) => {
        const tried = (promise) => promise.then(() => 'allowed', () => 'refused');
        const decision = `${target}api/hits/${id}/decision`;
        const body = '{"verdict":"confirm"}';
        document.forms[0].submit();
        await fetch(decision, { method: 'POST', mode: 'no-cors', body }).catch(() => {});
        return [
          await tried(fetch(`${target}api/session`)),
          await tried(fetch(decision, {
            method: 'POST', headers: { 'Content-Type': 'application/json' }, body })),
          await tried(new Promise((resolve, reject) => {
            const image = new Image();
            image.onload = resolve;
            image.onerror = reject;
            image.src = `${target}assets/icon.svg`;
          })),
        ];
      }, [base, hits[0].id]);
      assert.deepEqual(outcomes, ['refused', 'refused', 'refused'], host);
      await page.waitForTimeout(300);
      const framed = page.frames().filter((frame) => frame !== page.mainFrame());
      for (const frame of framed) {
        assert.equal(await frame.locator('#bar').count().catch(() => 0), 0, 'framed');
      }
      await page.context().close();
    }
    await new Promise((resolve) => attacker.close(resolve));
    assert.deepEqual((await api('facets')).states, before);
    complaints.length = 0;  // The browser names each refusal.
  },

  async 'help opens and closes, keys rest while it is open'() {
    const page = await new_page();
    const { hits } = await api('hits');
    await go(page, `/hit/${hits[0].id}`);
    await page.keyboard.press('?');
    await page.waitForSelector('#help[open]');
    await page.keyboard.press('c');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#help', { state: 'hidden' });
    assert.equal(await state_of(hits[0].id), 'undecided');
    assert.equal(hit_in_address(page), hits[0].id);
    await page.context().close();
  },

  async 'typing in the search box decides nothing'() {
    const page = await new_page();
    await go(page, '/');
    await page.keyboard.press('/');
    await page.keyboard.type('cruz');
    await until('searched', () => page.url().includes('q=cruz'));
    const { states } = await api('facets');
    assert.deepEqual(states.map((each) => each.value), ['undecided']);
    await page.context().close();
  },

  async 'the page speaks Chinese to who prefers it'() {
    const page = await new_page({ locale: 'zh-CN' });
    await go(page, '/');
    assert.ok((await page.locator('.tabs').textContent()).includes('未决定'));
    await page.context().close();
  },

  async 'no acknowledged decision is lost when the server is killed'() {
    const page = await new_page();
    const { hits } = await api('hits');
    await go(page, `/hit/${hits[0].id}`);
    const decided = [];
    for (const key of ['c', 'r', 'c', 'u']) {
      decided.push(await press_and_move(page, key));
    }
    await kill_server();
    const stuck = hit_in_address(page);
    await page.keyboard.press('c');
    await page.waitForSelector('#notice.error');
    assert.equal(hit_in_address(page), stuck, 'an unsaved decision does not move on');
    await start_server();
    assert.deepEqual(await Promise.all(decided.map(state_of)),
      ['confirmed', 'rejected', 'confirmed', 'unsure']);
    assert.equal(await state_of(stuck), 'undecided');
    // The page that was open goes on without a reload, although the token is a new one.
    complaints.length = 0;
    await press_and_move(page, 'c');
    assert.equal(await state_of(stuck), 'confirmed');
    complaints.length = 0;  // The first try with the old token was refused.
    await page.context().close();
  },
};

async function screenshots() {
  const readme = await new_page({ viewport: { width: 1280, height: 800 } });
  const { hits: dells } = await api('hits?brand=dell');
  await go(readme, `/hit/${dells[0].id}`);
  await readme.waitForTimeout(1500);
  await readme.screenshot({ path: join(pictures, 'readme.png') });
  await readme.context().close();
  for (const scheme of ['light', 'dark']) {
    const page = await new_page({ colorScheme: scheme });
    await go(page, '/');
    await page.keyboard.press('j');
    await page.keyboard.press('c');
    await page.keyboard.press('r');
    await until('photos', () => page.evaluate(() => [...document.images]
      .filter((image) => image.getBoundingClientRect().top < innerHeight)
      .every((image) => image.complete && image.naturalWidth > 0)));
    await page.waitForTimeout(4500);
    await page.screenshot({ path: join(pictures, `grid-${scheme}.png`) });
    const { hits } = await api('hits?brand=dell');
    await go(page, `/hit/${hits[0].id}?brand=dell`);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(pictures, `single-${scheme}.png`) });
    await page.context().close();
    await clean_slate();
  }
  const page = await new_page();
  const { hits } = await api('hits?brand=hpe');
  await go(page, `/hit/${hits.find((hit) => hit.title.includes('<')).id}`);
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(pictures, 'hostile.png') });
  await page.keyboard.press('?');
  await page.screenshot({ path: join(pictures, 'help.png') });
  await page.context().close();
}

if (pictures) {
  await screenshots();  // First: the store has no decisions yet.
}

let failures = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await clean_slate();
    await test();
    assert.deepEqual(strangers, [], 'no request leaves loopback');
    assert.deepEqual(complaints, [], 'the browser has nothing to complain about');
    console.log(`ok      ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
    strangers.length = 0;
    complaints.length = 0;
  }
}
await browser.close();
server.removeAllListeners('exit');
server.stdin.end();
await new Promise((resolve) => server.on('exit', resolve));
rmSync(folder, { recursive: true, force: true });
console.log(failures === 0 ? 'all passed' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
