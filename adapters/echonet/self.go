package echonet

// The hub's own objects: a node profile, and a controller. Other nodes ask for them as we ask for theirs.

// self are the properties of the hub's objects; identity is 13 bytes of the hub's own.
func self(identity [13]byte) map[object]map[byte][]byte {
	id := append([]byte{0xfe, 0xff, 0xff, 0xff}, identity[:]...) // no maker's code: the hub is nobody's product
	return map[object]map[byte][]byte{
		nodeProfile: {
			0x80: {0x30}, 0x82: {0x01, 0x0d, 0x01, 0x00}, 0x83: id, 0x8a: {0xff, 0xff, 0xff},
			0x9d: encodeMap(0x80, 0xd5), 0x9e: encodeMap(), 0x9f: encodeMap(0x80, 0x82, 0x83, 0x8a, 0x9d, 0x9e, 0x9f, 0xd3, 0xd4, 0xd6, 0xd7),
			0xd3: {0, 0, 1}, 0xd4: {0, 2}, 0xd5: instances(controller), 0xd6: instances(controller), 0xd7: {1, controller[0], controller[1]},
		},
		controller: {
			0x80: {0x30}, 0x81: {0x00}, 0x82: {0, 0, 'R', 0}, 0x83: id, 0x88: {0x42}, 0x8a: {0xff, 0xff, 0xff},
			0x9d: encodeMap(0x80, 0x81, 0x88), 0x9e: encodeMap(), 0x9f: encodeMap(0x80, 0x81, 0x82, 0x83, 0x88, 0x8a, 0x9d, 0x9e, 0x9f),
		},
	}
}

func instances(os ...object) []byte {
	b := []byte{byte(len(os))}
	for _, o := range os {
		b = append(b, o[:]...)
	}
	return b
}

// reply answers a request for the hub's own objects; nil where there is nothing to answer.
func reply(own map[object]map[byte][]byte, f *frame) *frame {
	var of map[byte][]byte
	to := f.deoj
	for o, props := range own {
		if o == to || f.deoj[2] == 0 && o.class() == f.deoj.class() { // instance 0 is all of a class
			of, to = props, o
		}
	}
	if of == nil {
		return nil
	}
	out := &frame{tid: f.tid, seoj: to, deoj: f.seoj}
	switch f.esv {
	case get, infReq:
		out.esv = getRes
		for _, p := range f.props {
			edt := of[p.epc]
			if len(edt) == 0 {
				out.esv = getSNA
			}
			out.props = append(out.props, prop{p.epc, edt})
		}
		if f.esv == infReq {
			out.esv = map[byte]byte{getRes: inf, getSNA: infSNA}[out.esv]
		}
	case setC, 0x60: // nothing of the hub can be set
		out.esv = map[byte]byte{setC: setSNA, 0x60: setISNA}[f.esv]
		out.props = f.props
	case setGet:
		out.esv, out.props, out.more = setGetNA, f.props, f.more
	case infC:
		out.esv = infCRes
		for _, p := range f.props {
			out.props = append(out.props, prop{epc: p.epc})
		}
	default:
		return nil
	}
	return out
}
