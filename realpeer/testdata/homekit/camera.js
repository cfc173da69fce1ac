// A video doorbell of hap-nodejs with two streams, for the hub to take over and to show onward. Arguments: PORT STORAGE USERNAME PINCODE PICTURE,
// the last a JPEG file. It prints one JSON line for each thing that it is asked for; {"ring":true} on the standard input rings.
const path = require('path');
const fs = require('fs');
const hap = require(require.resolve('hap-nodejs', { paths: [process.env.PEERS] }));
const [port, storage, username, pincode, picture] = process.argv.slice(2);
const { Accessory, Categories, Characteristic, Service, HAPStorage, uuid } = hap;
HAPStorage.setCustomStoragePath(path.resolve(storage));
const say = (o) => console.log(JSON.stringify(o));
const hex = (b) => b.toString('hex');
const acc = new Accessory('Door camera', uuid.generate('camera'));
acc.getService(Service.AccessoryInformation).setCharacteristic(Characteristic.Manufacturer, 'Acme').setCharacteristic(Characteristic.Model, 'Eye')
  .setCharacteristic(Characteristic.SerialNumber, 'EYE-000001');
const mode = acc.addService(Service.CameraOperatingMode, 'Mode');
mode.setCharacteristic(Characteristic.HomeKitCameraActive, 1);
mode.getCharacteristic(Characteristic.NightVision).updateValue(true);
let next = 7000;
const controller = new hap.DoorbellController({
  cameraStreamCount: 2,
  delegate: {
    handleSnapshotRequest: (request, cb) => { say({ snapshot: [request.width, request.height] }); cb(undefined, fs.readFileSync(picture)); },
    prepareStream: (r, cb) => {
      const port = next;
      next += 4;
      say({ prepared: r.sessionID, target: [r.targetAddress, r.video.port, r.audio.port], key: hex(r.video.srtp_key), salt: hex(r.video.srtp_salt), port });
      cb(undefined, { video: { port, ssrc: port + 100000, srtp_key: r.video.srtp_key, srtp_salt: r.video.srtp_salt },
        audio: { port: port + 2, ssrc: port + 200000, srtp_key: r.audio.srtp_key, srtp_salt: r.audio.srtp_salt } });
    },
    handleStreamRequest: (r, cb) => { say({ stream: r.type, session: r.sessionID, video: r.video && [r.video.width, r.video.height, r.video.fps, r.video.max_bit_rate] }); cb(); },
  },
  streamingOptions: { supportedCryptoSuites: [0], video: { codec: { profiles: [0, 1], levels: [0, 2] }, resolutions: [[1920, 1080, 30], [640, 360, 30]] },
    audio: { twoWayAudio: true, codecs: [{ type: 'OPUS', samplerate: [16, 24] }] } },
});
acc.configureController(controller);
acc.addService(Service.MotionSensor, 'Motion');
require('readline').createInterface({ input: process.stdin }).on('line', () => controller.ringDoorbell());
acc.publish({ username, port: Number(port), pincode, category: Categories.VIDEO_DOORBELL, bind: ['lo'], advertiser: 'ciao' }).then(() => say({ ready: true }));
