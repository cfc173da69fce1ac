package rehearsal_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/concord-home/hub/rehearsal"
)

func TestEverySceneOfTheCookbookDoesWhatItSays(t *testing.T) {
	b, err := os.ReadFile("../docs/scenes.md")
	if err != nil {
		t.Fatal(err)
	}
	lessons, err := rehearsal.Lessons(string(b), time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	if len(lessons) < 15 {
		t.Errorf("the cookbook has %d scenes with a test", len(lessons))
	}
	for _, l := range lessons {
		t.Run(l.Title, func(t *testing.T) {
			r, err := l.Script.Run()
			switch {
			case err != nil:
				t.Fatalf("docs/scenes.md:%d: %v", l.Line, err)
			case r.Failure != nil:
				t.Errorf("docs/scenes.md:%d: %v\n%s", l.Line+r.Failure.Line-1, r.Failure, strings.Join(r.Log, "\n"))
			}
		})
	}
}
