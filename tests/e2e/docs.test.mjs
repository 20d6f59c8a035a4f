// Every ```sh block of README.md and docs/ is run, in order, each page as one script.
//
// Ours runs for real (real-streaming, curl against a server of its own); what needs an account or another
// machine (gcloud, bq, docker, ...) is a stand-in that writes down how it was called. gcloud itself, when there
// is one, then judges those calls; so it does the deploy step of cloudbuild.yaml.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { emptyFolder, findProgram, sourceDir, startServer } from './harness.mjs';

const STAND_INS = ['apt', 'bq', 'docker', 'gcloud', 'git', 'systemctl'];
const PAGE_MILLISECONDS = 60_000;
const LINT_MILLISECONDS = 120_000;

// A settings file as the service before this one had it.
const OLD_SETTINGS = `APP_CONFIG__WRITERS__PROJECT_ID=my-project-1
APP_CONFIG__WRITERS__BQ__DATASET_ID=web
APP_CONFIG__WRITERS__BQ__TABLE_ID=events_2
APP_CONFIG__WRITERS__STRATEGY=direct
APP_CONFIG__WRITERS__PUBSUB__TOPIC_ID=events
APP_CONFIG__WRITERS__PUBSUB__SUBSCRIPTION_ID=events-sub
APP_CONFIG__ENVIRONMENT=QA
APP_CONFIG__CORS__ALLOWED_ORIGINS=["https://127.0.0.1:8080","http://127.0.0.1:8080"]
`;

const pages = ['README.md', ...readdirSync(join(sourceDir, 'docs')).filter((name) => name.endsWith('.md')).sort()
  .map((name) => `docs/${name}`)];

function blocksOf(page) {
  return [...readFileSync(join(sourceDir, page), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].map(([, code]) => code);
}

describe('the commands of the documentation', () => {
  let server, folder, calls;

  function executable(path, text) {
    writeFileSync(join(folder, path), `#!/bin/sh\n${text}`, { mode: 0o755 });
  }

  before(async () => {
    server = await startServer({ CORS__ALLOWED_ORIGINS: 'https://www.example.com', RUN__HOST: '127.0.0.1' });
    folder = emptyFolder();
    calls = join(folder, 'calls');
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, 'build'));
    for (const preset of ['release', 'run']) symlinkSync('../bin', join(folder, 'build', preset));
    for (const name of ['deploy', 'docs', 'cloudbuild.yaml', '.env.example']) {
      cpSync(join(sourceDir, name), join(folder, name), { recursive: true });
    }
    for (const name of STAND_INS) {
      executable(`bin/${name}`, `{ printf '%s\\0' ${name} "$@"; printf '\\n\\0'; } >>'${calls}'
case "$*" in
  *status.url*) echo '${server.url}' ;;
  *projectNumber*) echo 123456789012 ;;
  *address*) echo 203.0.113.7 ;;
  *) echo 0123456789abcdef ;;
esac\n`);
    }
    executable('dev', `exit 0\n`);  // What runs the tests; its verbs have their own.
    // Without a command it would serve, and never end.
    executable('bin/real-streaming', `[ $# = 0 ] && set -- check-config\nexec '${findProgram()}' "$@"\n`);
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const page of pages.filter((name) => blocksOf(name).length > 0)) {
    test(`${page}: every block ends well`, () => {
      const script = blocksOf(page).map((code, index) => `echo "block ${index + 1}" >&3\n${code}`).join('\n')
        .replaceAll('localhost:8000', `127.0.0.1:${server.port}`);
      if (page.endsWith('migrating.md')) writeFileSync(join(folder, 'src/.env'), OLD_SETTINGS);
      const done = spawnSync('sh', ['-eu', '-c', `exec 3>&2\n${script}`], {
        cwd: folder, encoding: 'utf8', timeout: PAGE_MILLISECONDS,
        env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder, RUN__HOST: '127.0.0.1',
          RUN__PORT: String(server.port), WRITERS__DATA_DIR: server.dataDir },
      });
      rmSync(join(folder, 'src/.env'), { force: true });
      assert.equal(done.status, 0, `${page} ends with ${done.status ?? done.signal}:\n${done.stdout}${done.stderr}`);
    });
  }

  test('leave the events that they send', async () => {
    const names = (await server.query('SELECT DISTINCT event_name FROM events')).map((row) => row.event_name);
    assert.deepEqual(names.sort(), ['hello', 'page_view', 'purchase', 'sign_up']);
  });

  const gcloud = spawnSync('sh', ['-c', 'command -v gcloud'], { encoding: 'utf8' }).stdout.trim();
  test('call gcloud as it wants to be called', { skip: gcloud ? false : 'no gcloud' }, () => {
    assert.ok(existsSync(calls), 'no stand-in was called');
    const recorded = readFileSync(calls, 'utf8').split('\n\0').filter(Boolean).map((call) => call.split('\0').slice(0, -1));
    const commands = recorded.filter(([name]) => name === 'gcloud');
    const build = readFileSync(join(sourceDir, 'cloudbuild.yaml'), 'utf8');
    const values = new Map([...build.matchAll(/^ {2}(_[A-Z_]+): (\S+)/gm)].map(([, name, value]) => [name, value]));
    const deploy = build.split('entrypoint: gcloud')[1].split('\nimages:')[0];
    commands.push(['gcloud', ...[...deploy.matchAll(/^ {6}- (\S+)$/gm)]
      .map(([, word]) => word.replaceAll(/\$([A-Z_]+)/g, (_, name) => values.get(name) ?? 'given'))]);
    assert.ok(commands.length > 30, `only ${commands.length} calls`);

    // Only what follows an option's =: gcloud's check takes an option in quotes for a value.
    const quoted = (word) => word.replace(/^(--[\w-]+=)?(.*)$/s, (_, option = '', value) =>
      option + (/^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`));
    const list = join(folder, 'commands.json');
    const lines = [...new Set(commands.map((words) => words.map(quoted).join(' ')))];
    writeFileSync(list, JSON.stringify(lines.map((line) => ({ command_string: line }))));
    const verdicts = JSON.parse(execFileSync(gcloud, ['meta', 'lint-gcloud-commands', `--commands-file=${list}`],
      { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, timeout: LINT_MILLISECONDS, stdio: ['ignore', 'pipe', 'ignore'] }));
    assert.equal(verdicts.length, lines.length);
    assert.deepEqual(verdicts.filter((verdict) => !verdict.success)
      .map((verdict) => `${verdict.command_string}: ${verdict.error_message.split('\n')[0]}`), []);
  });
});
