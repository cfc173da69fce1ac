package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// trimProgram gives back the pages of the program's own file that are mapped: nearly all after a start, of which a running
// hub touches a tenth. They stay in the system's cache, so what is needed again costs no reading. Only mappings that
// were never written to qualify: of those the file holds every byte.
func trimProgram() error {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer f.Close()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	for _, m := range cleanMappings(f, self) {
		if _, _, e := syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, syscall.MADV_DONTNEED); e != 0 {
			return fmt.Errorf("madvise: %w", e)
		}
	}
	return nil
}

type mapping struct{ start, end uintptr }

// cleanMappings reads from smaps (proc(5)) where a file is mapped read-only, with no page of its own.
func cleanMappings(smaps io.Reader, file string) (out []mapping) {
	var m mapping
	var perms string
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		line := lines.Text()
		var start, end uintptr
		var p string
		if n, _ := fmt.Sscanf(line, "%x-%x %4s", &start, &end, &p); n == 3 {
			m, perms = mapping{start, end}, p
			if !strings.HasSuffix(line, " "+file) {
				perms = ""
			}
		}
		if kib, ok := strings.CutPrefix(line, "Anonymous:"); ok && strings.TrimSpace(kib) == "0 kB" && strings.HasPrefix(perms, "r") && perms[1] == '-' {
			out = append(out, m)
		}
	}
	return out
}
