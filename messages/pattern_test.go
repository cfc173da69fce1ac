package messages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var verb = regexp.MustCompile(`%[a-z]`)

// sample is the sentence that an expression makes, with a word for each thing that varies; "" when it is made elsewhere.
func sample(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		if err != nil {
			return ""
		}
		return verb.ReplaceAllStringFunc(text, func(v string) string {
			return map[string]string{"%d": "7", "%q": `"x"`}[v] + map[bool]string{true: "x"}[v != "%d" && v != "%q"]
		})
	case *ast.BinaryExpr:
		if left := sample(x.X); left != "" {
			if right := sample(x.Y); right != "" {
				return left + right
			}
			if strings.HasSuffix(left, " ") {
				return left + "x"
			}
			return left
		}
	case *ast.CallExpr:
		if f, ok := x.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return sample(x.Args[0])
		}
	}
	return ""
}

// What is refused is said where it is found, in English; the household reads it in its own language.
func TestEveryRefusalIsInTheCatalogue(t *testing.T) {
	// By what is called: which of its arguments are for people, as far as they are written there.
	say := map[string]func([]ast.Expr) []ast.Expr{
		"add":    func(a []ast.Expr) []ast.Expr { return a[1:min(len(a), 3)] },
		"fail":   func(a []ast.Expr) []ast.Expr { return a[2:] },
		"refuse": func(a []ast.Expr) []ast.Expr { return a[2:] },
		"reject": func(a []ast.Expr) []ast.Expr { return a[1:2] },
	}
	seen := 0
	for _, dir := range []string{"../scenes", "../scenefile", "../home"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(err, files)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				var called string
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					called = f.Sel.Name
				case *ast.Ident:
					called = f.Name
				}
				if say[called] == nil || len(call.Args) < 2 || called == "add" && len(call.Args) < 3 {
					return true
				}
				for _, arg := range say[called](call.Args) {
					s := sample(arg)
					if !strings.Contains(s, " ") || strings.HasPrefix(s, "x") && strings.HasSuffix(s, ": x") {
						continue
					}
					seen++
					if got := Phrase("zh", s); got == s {
						t.Errorf("%s: %q is not in the catalogue", name, s)
					}
				}
				return true
			})
		}
	}
	if seen < 150 {
		t.Errorf("only %d sentences were found", seen)
	}
}

func TestEveryPhraseCanBeFound(t *testing.T) {
	for _, key := range Keys() {
		if text, ok := strings.CutPrefix(key, "phrase."); ok && hole.MatchString(numbered.ReplaceAllString(text, "")) {
			t.Errorf("%s: what varies in a sentence is {1}, {2}, ... in its key", key)
		}
	}
}

func TestAPatternsHolesAreAnyText(t *testing.T) {
	for in, want := range map[string]string{
		"one of on, off":                       "以下之一：on, off",
		"to, with a whole number of at most 5": "to，其值为不大于 5 的整数",
		"one of them is missing":               "缺少其中之一", // the longest that fits
		"room hall has none of [level.level]":  "room hall 没有 [level.level]",
		"nobody wrote this":                    "nobody wrote this",
	} {
		if got := Phrase("zh", in); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
}
