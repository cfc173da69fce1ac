// The least of MQTT 3.1.1 that a test needs: connect and publish.
import { connect } from 'node:net';

const text = (s) => {
  const b = Buffer.from(s);
  return Buffer.concat([Buffer.from([b.length >> 8, b.length & 255]), b]);
};
function packet(type, body) {
  const length = [];
  let n = body.length;
  do {
    length.push((n % 128) | (n > 127 ? 128 : 0));
    n = Math.floor(n / 128);
  } while (n);
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

/** Publishes to a broker on loopback that asks for no account. */
export async function publish(port, topic, payload, retain = false) {
  const socket = connect(port, '127.0.0.1');
  await new Promise((done, failed) => socket.once('connect', done).once('error', failed));
  socket.write(packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 30]), text(`test${Math.random().toString(36).slice(2)}`)])));
  await new Promise((done) => socket.once('data', done));
  socket.write(packet(retain ? 0x31 : 0x30, Buffer.concat([text(topic), Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))])));
  socket.end(packet(0xe0, Buffer.alloc(0)));
  await new Promise((done) => socket.once('close', done));
}
