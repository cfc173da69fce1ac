// Package concord_test holds the rules of the whole repository as tests: which package may
// import which, what the pure packages must not touch, and what every package owes its reader.
package concord_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/concord-home/hub"

// mayImport says, for the folders of the product, what of ours they may import: arrows point
// inward only. The longest matching folder counts; "" is nothing of ours. What is not listed here fails.
var mayImport = map[string][]string{
	"model":         {},
	"model/gen":     {"model"},
	"home":          {"model"},
	"scenes":        {"home", "model"},
	"presence":      {"home", "model"},
	"messages":      {"home", "model"},
	"store":         {},
	"backup":        {"store"},
	"release":       {},
	"discovery":     {},
	"mqtt":          {},
	"adapters":      {"adapters/lan", "model"}, // and each adapter: adapters, adapters/lan and model, never another adapter
	"bridge/http":   {"home", "messages", "model", "rehearsal", "scenefile", "store"},
	"bridge/mqtt":   {"home", "model"},
	"bridge/notify": {"home"},
	"scenefile":     {"home", "model", "scenes"},
	"rehearsal":     {"home", "model", "presence", "scenefile", "scenes"},
	"past":          {"home", "presence", "rehearsal", "scenes", "store"},
	"demo":          {"adapters", "model"},
	"plugins":       {"adapters", "model"}, // and each other; what a vendor's plugin imports is plugins/sdk alone
	"hub":           {"adapters", "home", "model", "store"},
	"cmd/hub": {
		"adapters",
		"backup",
		"bridge",
		"demo",
		"discovery",
		"hap",
		"home",
		"hub",
		"imports",
		"messages",
		"model",
		"mqtt",
		"past",
		"plugins",
		"presence",
		"rehearsal",
		"release",
		"scenefile",
		"scenes",
		"seal",
		"simulate",
		"store",
		"web",
	},
	"imports":          {"model"},
	"hap":              {},
	"seal":             {},
	"bench":            {"mqtt"},
	"realpeer":         {"adapters", "bridge", "discovery", "hap", "home", "hub", "model", "mqtt", "presence", "scenes", "seal", "store"},
	"adapters/homekit": {"hap", "model"},
	"bridge/homekit":   {"hap", "home", "model"},
	"messages/gen":     {"messages", "model"},
	"web":              {},
	"bridge/converse":  {"home", "model"},
	"bridge/speakers":  {"home", "model"},
	// a house for the tests of codecs
	"bridge/speakers/speakertest": {"adapters", "bridge/speakers", "home", "hub", "model", "scenes", "store"},
	"bridge/consent":              {"home", "model"},
	"simulate":                    {"adapters", "home", "model", "presence", "scenes"},
}

// pure packages are functions of their input: no I/O, no goroutine, no clock, no randomness.
var pure = []string{"model", "home", "scenes", "presence", "rehearsal"}

var impureImports = []string{"bufio", "crypto/rand", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "sync", "sync/atomic", "syscall"}

var impureTime = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}

type file struct {
	path string // relative, with slashes
	dir  string
	test bool
	ast  *ast.File
	fset *token.FileSet
	text string
}

func (f file) line(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

func (f file) generated() bool { return ast.IsGenerated(f.ast) }

func goFiles(t *testing.T) []file {
	t.Helper()
	var out []file
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, p, b, parser.ParseComments)
		if err != nil {
			return err
		}
		slash := filepath.ToSlash(p)
		out = append(out, file{slash, path.Dir(slash), strings.HasSuffix(p, "_test.go"), parsed, fset, string(b)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func under(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }

func TestArrowsPointInwardOnly(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		folder := ""
		for known := range mayImport {
			if under(f.dir, known) && len(known) > len(folder) {
				folder = known
			}
		}
		if folder == "" {
			t.Errorf("%s: the folder %s is not in mayImport: say what it may import", f.path, f.dir)
			continue
		}
		for _, i := range f.ast.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			ours, ok := strings.CutPrefix(p, module+"/")
			if !ok || allowed(f.dir, folder, ours) {
				continue
			}
			t.Errorf("%s: %s must not import %s", f.line(i), f.dir, ours)
		}
	}
}

// allowed reports whether a package of dir may import ours: what the table says, and what is
// below it, and above it in its own folder, but for adapters, which never see each other.
func allowed(dir, folder, ours string) bool {
	if under(folder, "adapters") && dir != "adapters" {
		own := strings.Join(strings.Split(dir, "/")[:2], "/")
		return ours == "adapters" || under(ours, own) || slices.ContainsFunc(mayImport[folder], func(a string) bool { return under(ours, a) && !strings.HasPrefix(ours, "model/") })
	}
	return under(ours, folder) || slices.ContainsFunc(mayImport[folder], func(a string) bool { return under(ours, a) && !strings.HasPrefix(ours, "model/") })
}

func TestPurePackagesTouchNoClockNoDiceAndNoWorld(t *testing.T) {
	for _, f := range goFiles(t) {
		isPure := slices.ContainsFunc(pure, func(p string) bool { return under(f.dir, p) })
		if !isPure || f.test || f.ast.Name.Name == "main" {
			continue
		}
		for _, i := range f.ast.Imports {
			if p, _ := strconv.Unquote(i.Path.Value); slices.Contains(impureImports, p) {
				t.Errorf("%s: %s in a pure package", f.line(i), p)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine in a pure package", f.line(n))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(impureTime, n.Sel.Name) {
					t.Errorf("%s: time.%s in a pure package: facts carry the time", f.line(n), n.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		doc := f.ast.Doc.Text()
		documented[f.dir] = documented[f.dir] || len(doc) > 60
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment that says what it is for and how it is used", dir)
		}
	}
}

func TestFilesCanBeReadInOneSittingAndInterfacesStaySmall(t *testing.T) {
	const maxLines, maxMethods = 400, 6
	for _, f := range goFiles(t) {
		if f.generated() {
			continue
		}
		if n := strings.Count(f.text, "\n"); n > maxLines && !f.test && !isTable(f) {
			t.Errorf("%s has %d lines; more than %d only for tables", f.path, n, maxLines)
		}
		if slices.Contains([]string{"utils", "util", "common", "manager", "helpers"}, f.ast.Name.Name) {
			t.Errorf("%s: a package named %s says nothing", f.path, f.ast.Name.Name)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxMethods {
				t.Errorf("%s: an interface of %d methods; at most %d", f.line(i), i.Methods.NumFields(), maxMethods)
			}
			return true
		})
	}
}

// isTable reports whether a file is data in Go's clothes: its name says so.
func isTable(f file) bool { return strings.HasSuffix(f.path, "_table.go") }

func TestTestsNeitherSleepNorLeanOnAssertionLibraries(t *testing.T) {
	for _, f := range goFiles(t) {
		if !f.test {
			continue
		}
		for _, i := range f.ast.Imports {
			if strings.Contains(i.Path.Value, "testify") {
				t.Errorf("%s: testify", f.line(i))
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" && !strings.Contains(f.text, "testing/synctest") {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s: a test that sleeps", f.line(n))
				}
			}
			return true
		})
	}
}

func TestEveryDependencyEarnsItsLine(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(mod), "\n") {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) != 2 || !strings.HasPrefix(fields[1], "v") || !strings.Contains(fields[0], ".") {
			continue
		}
		if !strings.Contains(string(doc), fields[0]) {
			t.Errorf("docs/dependencies.md does not say why %s is here", fields[0])
		}
	}
	if strings.Contains(string(mod), "\nreplace ") {
		t.Error("go.mod replaces a module")
	}
}
