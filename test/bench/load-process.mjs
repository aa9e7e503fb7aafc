/**
 * The load generator, a process of its own: makes the bodies ahead of time, posts them when told, and says how long each
 * took. Messages: `{kind: 'prepare', stream}`, `{kind: 'post', target, inFlight}`; each has one answer.
 */
import { Connection } from './connection.mjs';
import { bodiesOf } from './records.mjs';

const ACCEPTED = 202;
let bodies = [];

const answers = {
  prepare({ stream }) {
    bodies = bodiesOf(stream);
    return { requests: bodies.length, bytes: bodies.reduce((sum, body) => sum + body.length, 0) };
  },

  async post({ target: { host, port, path, key }, inFlight }) {
    const head = (length) =>
      `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const connections = await Promise.all(
      Array.from({ length: Math.min(inFlight, bodies.length) }, () => Connection.open(host, port)),
    );
    const milliseconds = new Array(bodies.length);
    let next = 0;
    const began = performance.now();
    const beganAt = Date.now();
    await Promise.all(
      connections.map(async (connection) => {
        while (next < bodies.length) {
          const i = next++;
          const sent = performance.now();
          const { status, body } = await connection.request(head(bodies[i].length), bodies[i]);
          milliseconds[i] = performance.now() - sent;
          if (status !== ACCEPTED) throw new Error(`POST ${path} answered ${status}: ${body.slice(0, 500)}`);
        }
      }),
    ).finally(() => connections.forEach((connection) => connection.close()));
    return { beganAt, seconds: (performance.now() - began) / 1000, milliseconds };
  },
};

process.on('message', async (message) => {
  try {
    process.send({ answer: await answers[message.kind](message) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
