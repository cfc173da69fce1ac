package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyMappingsOfTheProgramThatWereNeverWrittenToAreGivenBack(t *testing.T) {
	const smaps = `00400000-00500000 r-xp 00000000 fe:00 101 /opt/a hub
Rss:                1024 kB
Anonymous:             0 kB
THPeligible:    0
00500000-00600000 r--p 00100000 fe:00 101 /opt/a hub
Rss:                1024 kB
Anonymous:             4 kB
00600000-00700000 rw-p 00200000 fe:00 101 /opt/a hub
Anonymous:             0 kB
00700000-00800000 r--p 00000000 fe:00 102 /usr/share/zoneinfo/UTC
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
00800000-00900000 r--p 00300000 fe:00 101 /opt/a hub
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x500000}, {0x800000, 0x900000}}
	if diff := cmp.Diff(want, cleanMappings(strings.NewReader(smaps), "/opt/a hub"), cmp.AllowUnexported(mapping{})); diff != "" {
		t.Error(diff)
	}
}

func TestTheProgramRunsOnAfterItsPagesWereGivenBack(t *testing.T) {
	if err := trimProgram(); err != nil {
		t.Fatal(err)
	}
	if err := trimProgram(); err != nil { // and again, with other pages back
		t.Fatal(err)
	}
}
