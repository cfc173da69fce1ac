// A third-party ECHONET Lite controller (node-echonet-lite): prints each node that it finds as a line of JSON.
const EchonetLite = require('node-echonet-lite');
const el = new EchonetLite({type: 'lan', lang: 'en'});
el.init(error => {
  if (error) {
    console.log(JSON.stringify({error: String(error)}));
    process.exit(1);
  }
  el.startDiscovery((error, res) => {
    if (error) return;
    const eoj = res.device.eoj.map(o => o.map(b => b.toString(16).padStart(2, '0')).join(''));
    console.log(JSON.stringify({address: res.device.address, eoj}));
  });
  setTimeout(() => process.exit(0), 4000);
});
