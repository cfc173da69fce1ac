// A hap-nodejs bridge with one generated accessory for each service that hap-nodejs defines and that is a device,
// for the hub's controller to take over. Arguments: PORT STORAGE USERNAME PINCODE [SERVICE...].
// It prints one JSON line for each write, and takes lines on the standard input: {"service","characteristic","value"} sets
// a value; {"service","hang":true} lets its reads and writes wait for ever; {"remove":"SERVICE"} takes one away.
const path = require('path');
const hap = require(require.resolve('hap-nodejs', { paths: [process.env.PEERS] }));
const [port, storage, username, pincode, ...only] = process.argv.slice(2);
const { Accessory, Bridge, Categories, Characteristic, Service, HAPStorage, Perms, uuid } = hap;
HAPStorage.setCustomStoragePath(path.resolve(storage));

const skip = new Set(['AccessoryInformation', 'ProtocolInformation', 'Pairing', 'Tunnel', 'CloudRelay', 'BridgingState', 'BridgeConfiguration', 'TimeInformation']);
const names = Object.keys(Service).filter((n) => {
  const s = Service[n];
  return typeof s === 'function' && typeof s.UUID === 'string' && !skip.has(n) && (only.length === 0 || only.includes(n));
});
const bridge = new Bridge('Node Bridge 桥', uuid.generate('bridge'));
const accessories = {};
const say = (o) => console.log(JSON.stringify(o));
const seen = new Set();
for (const name of names) {
  let service;
  try {
    service = new Service[name](name, name);
  } catch (e) {
    continue;
  }
  if (seen.has(service.UUID)) continue;
  seen.add(service.UUID);
  const acc = new Accessory(name, uuid.generate('acc-' + name));
  acc.getService(Service.AccessoryInformation)
    .setCharacteristic(Characteristic.Manufacturer, 'Acme')
    .setCharacteristic(Characteristic.Model, 'X-' + name)
    .setCharacteristic(Characteristic.SerialNumber, 'SN-' + names.indexOf(name).toString().padStart(6, '0'));
  for (const C of service.optionalCharacteristics.slice()) {
    service.getCharacteristic(C.UUID ? hap.Characteristic[Object.keys(hap.Characteristic).find((k) => hap.Characteristic[k].UUID === C.UUID)] : C);
  }
  if (service.UUID === Service.Outlet.UUID) { // Eve's power and energy, as a vendor adds them
    for (const [id, label, value] of [['E863F10D-079E-48FF-8F27-9C2605A29F52', 'Consumption', 42.5], ['E863F10C-079E-48FF-8F27-9C2605A29F52', 'Total Consumption', 7.25]]) {
      const c = new Characteristic(label, id, { format: 'float', perms: [Perms.PAIRED_READ, Perms.NOTIFY] });
      c.value = value;
      service.addCharacteristic(c);
    }
    const s = new Characteristic('LED mode', '0A0B0C0D-1111-4222-8333-444455556666', { format: 'uint8', perms: [Perms.PAIRED_READ, Perms.PAIRED_WRITE, Perms.NOTIFY], minValue: 0, maxValue: 3 });
    s.value = 1;
    service.addCharacteristic(s);
  }
  if (service.UUID === Service.LockMechanism.UUID) {
    service.getCharacteristic(Characteristic.LockTargetState).setProps({ perms: [Perms.PAIRED_READ, Perms.PAIRED_WRITE, Perms.NOTIFY, Perms.TIMED_WRITE] });
  }
  if (service.UUID === Service.TemperatureSensor.UUID) {
    service.getCharacteristic(Characteristic.CurrentTemperature).setProps({ minValue: -100 }).updateValue(-12.5);
  }
  for (const c of service.characteristics) {
    c.on('set', (value, cb) => {
      if (acc.hang) return;
      if (acc.refuse) return cb(acc.refuse);
      say({ service: name, characteristic: c.displayName, value });
      // As the thing itself would: what is asked for becomes what is.
      const follow = { 'Target Position': 'Current Position', 'Lock Target State': 'Lock Current State', 'Target Door State': 'Current Door State', 'Security System Target State': 'Security System Current State', 'Target Horizontal Tilt Angle': 'Current Horizontal Tilt Angle' }[c.displayName];
      if (follow) {
        const f = service.characteristics.find((x) => x.displayName === follow);
        if (f) setTimeout(() => f.updateValue(value), 20);
      }
      cb();
    });
    c.on('get', (cb) => { if (!acc.hang) cb(null, c.value); });
  }
  try {
    acc.addService(service);
    bridge.addBridgedAccessory(acc);
    accessories[name] = { acc, service };
  } catch (e) {
    console.error(name + ': ' + e.message);
  }
}
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const m = JSON.parse(line);
  if (m.remove) {
    bridge.removeBridgedAccessory(accessories[m.remove].acc);
    return say({ removed: m.remove });
  }
  const { acc, service } = accessories[m.service];
  if (m.hang !== undefined) acc.hang = m.hang;
  if (m.refuse !== undefined) acc.refuse = m.refuse ? new hap.HapStatusError(m.refuse) : null;
  if (m.characteristic) {
    const c = service.characteristics.find((x) => x.displayName === m.characteristic || x.UUID === m.characteristic);
    if (m.event) c.sendEventNotification(m.value); else c.updateValue(m.value);
  }
  say({ done: m });
});
bridge.publish({ username, port: Number(port), pincode, category: Categories.BRIDGE, bind: process.env.HAP_BIND ? process.env.HAP_BIND.split(',') : ['lo'], advertiser: 'ciao' })
  .then(() => say({ ready: true, services: Object.keys(accessories) }));
