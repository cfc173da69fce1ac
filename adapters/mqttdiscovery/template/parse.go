package template

import (
	"errors"
	"fmt"
	"strings"
)

// node is a part of a document.
type node interface{}

type (
	text   string
	show   struct{ x expr }
	assign struct {
		name string
		x    expr
	}
	branch struct {
		when []expr // a nil one is else
		then [][]node
	}
	loop struct {
		names []string
		over  expr
		body  []node
	}
)

type parser struct {
	tokens []token
	depth  int
	rest   string // of the document
	trim   bool   // the tag before asked to strip white space
}

// document reads text and tags to the end.
func (p *parser) document(source string) ([]node, error) {
	p.rest = source
	nodes, tag, err := p.block()
	if err == nil && tag != "" {
		err = fmt.Errorf("{%% %s %%} without a beginning", tag)
	}
	return nodes, err
}

// block reads nodes up to a tag that ends or continues a block, which it returns with the tokens after it in p.tokens.
func (p *parser) block() (nodes []node, ender string, err error) {
	if p.depth++; p.depth > maxDepth {
		return nil, "", errors.New("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	for {
		before, kind, body, more, err := p.tag()
		if err != nil {
			return nil, "", err
		}
		if before != "" {
			nodes = append(nodes, text(before))
		}
		if !more {
			return nodes, "", nil
		}
		if kind == '#' {
			continue
		}
		if p.tokens, err = lex(body); err != nil {
			return nil, "", err
		}
		if kind == '{' {
			x, err := p.whole()
			if err != nil {
				return nil, "", err
			}
			nodes = append(nodes, show{x})
			continue
		}
		n, ender, err := p.statement()
		if err != nil || ender != "" {
			return nodes, ender, err
		}
		nodes = append(nodes, n)
	}
}

// tag cuts the text before the next tag and the tag's content.
func (p *parser) tag() (before string, kind byte, body string, more bool, err error) {
	i := 0
	for {
		j := strings.IndexByte(p.rest[i:], '{')
		if j < 0 || i+j+1 >= len(p.rest) {
			before, p.rest = p.strip(p.rest), ""
			return before, 0, "", false, nil
		}
		i += j
		if c := p.rest[i+1]; c == '{' || c == '%' || c == '#' {
			break
		}
		i++
	}
	kind = p.rest[i+1]
	closer := map[byte]string{'{': "}}", '%': "%}", '#': "#}"}[kind]
	end := closing(p.rest[i+2:], closer, kind == '#')
	if end < 0 {
		return "", 0, "", false, fmt.Errorf("{%c without %s", kind, closer)
	}
	before, body = p.strip(p.rest[:i]), p.rest[i+2:i+2+end]
	p.rest = p.rest[i+2+end+2:]
	if b, ok := strings.CutPrefix(body, "-"); ok {
		before, body = strings.TrimRight(before, " \t\r\n"), b
	}
	body, p.trim = strings.CutSuffix(body, "-")
	return before, kind, body, true, nil
}

// closing finds the end of a tag outside its strings and braces.
func closing(s, closer string, comment bool) int {
	var quote byte
	braces := 0
	for i := 0; i+1 < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case s[i:i+2] == closer && (braces == 0 || closer != "}}"):
			return i
		case comment:
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			braces++
		case c == '}':
			braces--
		}
	}
	return -1
}

func (p *parser) strip(s string) string {
	if p.trim {
		p.trim = false
		return strings.TrimLeft(s, " \t\r\n")
	}
	return s
}

// statement reads a {% tag %}; an ender ends or continues the block that it stands in.
func (p *parser) statement() (n node, ender string, err error) {
	switch word := p.next(); word.text {
	case "if":
		n, err = p.ifBlock()
	case "for":
		n, err = p.forBlock()
	case "set":
		name := p.next()
		if name.kind != 'n' || !p.accept("=") {
			return nil, "", errors.New("set needs a name and =")
		}
		var x expr
		x, err = p.whole()
		n = assign{name.text, x}
	case "elif", "else", "endif", "endfor":
		return nil, word.text, nil
	default:
		err = fmt.Errorf("{%% %s %%} is not supported", word.text)
	}
	return n, "", err
}

func (p *parser) ifBlock() (node, error) {
	var b branch
	for ender := "elif"; ender != "endif"; {
		var when expr
		var err error
		if ender == "elif" {
			if when, err = p.whole(); err != nil {
				return nil, err
			}
		}
		var then []node
		was := ender
		if then, ender, err = p.block(); err != nil {
			return nil, err
		}
		if ender == "" || ender == "endfor" || was == "else" && ender != "endif" {
			return nil, errors.New("if without endif")
		}
		b.when, b.then = append(b.when, when), append(b.then, then)
	}
	return b, nil
}

func (p *parser) forBlock() (node, error) {
	var l loop
	for {
		name := p.next()
		if name.kind != 'n' {
			return nil, errors.New("for needs a name")
		}
		l.names = append(l.names, name.text)
		if !p.accept(",") {
			break
		}
	}
	if !p.accept("in") {
		return nil, errors.New("for needs in")
	}
	var err error
	if l.over, err = p.whole(); err != nil {
		return nil, err
	}
	var ender string
	if l.body, ender, err = p.block(); err == nil && ender != "endfor" {
		err = errors.New("for without endfor")
	}
	return l, err
}

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != 0 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) peek(words ...string) bool {
	for _, w := range words {
		if t := p.tokens[0]; (t.kind == 'o' || t.kind == 'n') && t.text == w {
			return true
		}
	}
	return false
}

func (p *parser) accept(w string) bool {
	if p.peek(w) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(w string) error {
	if !p.accept(w) {
		return fmt.Errorf("%q expected before %q", w, p.tokens[0].text)
	}
	return nil
}
