// hap-controller from npm as a controller of the hub's bridge. Takes JSON lines on the standard input and answers each with one.
const { HttpClient } = require(require.resolve('hap-controller', { paths: [process.env.PEERS] }));
const say = (o) => console.log(JSON.stringify(o));
let client;
let at;
const listen = () => {
  client.on('event', (e) => say({ event: e }));
  client.on('event-disconnect', () => say({ disconnected: true }));
};
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const m = JSON.parse(line);
  try {
    switch (m.do) {
      case 'pair':
        client = new HttpClient(m.id, m.host, m.port, undefined, { usePersistentConnections: true });
        await client.pairSetup(m.code);
        at = m;
        listen();
        return say({ paired: true });
      case 'reconnect': // a persistent connection of this library waits for ever when the other side has restarted
        client = new HttpClient(at.id, at.host, at.port, client.getLongTermData(), { usePersistentConnections: true });
        listen();
        return say({ reconnected: true });
      case 'list': return say(await client.getAccessories());
      case 'read': return say({ read: await client.getCharacteristics(m.ids, { meta: true, perms: true, type: true, ev: true }) });
      case 'write': return say({ written: await client.setCharacteristics(m.values) });
      case 'subscribe': return say({ subscribed: await client.subscribeCharacteristics(m.ids) });
      case 'image': return say({ image: (await client.getImage(m.width, m.height, m.aid)).toString('base64') });
      case 'drop': // as a phone that goes: its connection ends
        client.closePersistentConnection();
        return say({ dropped: true });
      case 'pairings': {
        const t = await client.listPairings();
        return say({ pairings: t.size });
      }
      case 'unpair':
        await client.removePairing(client.pairingProtocol.iOSDevicePairingID);
        return say({ unpaired: true });
    }
  } catch (e) {
    say({ failed: String(e), body: e.body });
  }
});
say({ ready: true });
