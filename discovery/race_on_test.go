//go:build race

package discovery

const raceDetector = true // its shadow memory makes memory checks void
