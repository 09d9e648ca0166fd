import https from 'node:https';

/*
 * A browser's part of signing in by a link:   node browse.ts PORT TOKEN   prints the status of the sign-in, and that of a
 * request with what it brought.
 */

const [port = '', token = ''] = process.argv.slice(2);

function ask(method: string, path: string, headers: Record<string, string>, body = '') {
  return new Promise<{ status: number; cookie: string; text: string }>((resolve, reject) => {
    const request = https.request(
      { host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false },
      (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => (text += part.toString()));
        answer.on('end', () => {
          const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
          resolve({ status: answer.statusCode!, cookie, text });
        });
      },
    );
    request.on('error', reject).end(body);
  });
}

const page = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
const link = await ask('POST', '/api/v1/login-link', page, JSON.stringify({ token }));
const state = await ask('GET', '/api/v1/state', { cookie: link.cookie || 'none=none' });
process.stdout.write(`${link.status} ${state.status} ${link.text}\n`);
