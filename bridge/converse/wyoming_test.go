package converse

import (
	"bufio"
	"bytes"
	"testing"
)

func FuzzWyoming(f *testing.F) {
	f.Add([]byte("{\"type\":\"transcript\",\"data_length\":15}\n{\"text\":\"hello\"}"))
	f.Add([]byte("{\"type\":\"x\",\"payload_length\":99999999}\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for range 10 {
			if _, err := readWyoming(r); err != nil {
				return
			}
		}
	})
}
