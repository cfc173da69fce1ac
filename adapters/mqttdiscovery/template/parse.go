package template

import (
	"errors"
	"fmt"
	"strconv"
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

// whole reads an expression that must be all that is left.
func (p *parser) whole() (expr, error) {
	x, err := p.ternary()
	if err == nil && p.tokens[0].kind != 0 {
		err = fmt.Errorf("%q is not understood", p.tokens[0].text)
	}
	return x, err
}

func (p *parser) ternary() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	x, err := p.binary(0)
	for err == nil && p.accept("if") {
		c := choice{then: x}
		if c.when, err = p.binary(0); err != nil {
			return nil, err
		}
		if p.accept("else") {
			c.otherwise, err = p.ternary()
		}
		x = c
	}
	return x, err
}

// levels are the binary operators, loosest first.
var levels = [][]string{{"or"}, {"and"}, {"not"}, {"==", "!=", "<=", ">=", "<", ">", "in", "not", "is"}, {"+", "-"}, {"~"}, {"*", "//", "/", "%"}, {"**"}}

func (p *parser) binary(level int) (expr, error) {
	if level == len(levels) {
		return p.unary()
	}
	if level == 2 { // not, a prefix
		if p.accept("not") {
			if p.depth++; p.depth > maxDepth {
				return nil, errors.New("it is nested too deeply")
			}
			defer func() { p.depth-- }()
			x, err := p.binary(2)
			return negation{x}, err
		}
		return p.binary(3)
	}
	x, err := p.binary(level + 1)
	for err == nil && p.peek(levels[level]...) {
		op := p.next().text
		switch {
		case op == "is":
			x, err = p.test(x)
			continue
		case op == "not":
			if err = p.expect("in"); err != nil {
				return nil, err
			}
			op = "not in"
		}
		var y expr
		y, err = p.binary(level + 1)
		x = operation{op, x, y}
	}
	return x, err
}

func (p *parser) test(x expr) (expr, error) {
	invert := p.accept("not")
	word := p.next()
	if word.kind != 'n' || tests[word.text] == nil {
		return nil, fmt.Errorf("the test %q is not supported", word.text)
	}
	var out expr = check{word.text, x}
	if invert {
		out = negation{out}
	}
	return out, nil
}

func (p *parser) unary() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	if p.accept("-") {
		x, err := p.unary()
		return operation{"-", literal{int64(0)}, x}, err
	}
	if p.accept("+") {
		return p.unary()
	}
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	return p.postfix(x)
}

func (p *parser) primary() (expr, error) {
	t := p.next()
	switch {
	case t.kind == 's':
		s := t.text
		for p.tokens[0].kind == 's' {
			s += p.next().text
		}
		return literal{s}, nil
	case t.kind == '#':
		if i, err := strconv.ParseInt(t.text, 10, 64); err == nil {
			return literal{i}, nil
		}
		f, err := strconv.ParseFloat(t.text, 64)
		return literal{f}, err
	case t.kind == 'n':
		if v, ok := constants[t.text]; ok {
			return literal{v}, nil
		}
		return name(t.text), nil
	case t.text == "(":
		return p.parenthesis()
	case t.text == "[":
		items, err := p.list("]")
		return listOf{items}, err
	case t.text == "{":
		return p.mapping()
	}
	return nil, fmt.Errorf("%q is not understood", t.text)
}

var constants = map[string]any{"true": true, "True": true, "false": false, "False": false, "none": nil, "None": nil}

func (p *parser) parenthesis() (expr, error) {
	x, err := p.ternary()
	if err != nil {
		return nil, err
	}
	if p.accept(",") {
		items, err := p.list(")")
		return listOf{append([]expr{x}, items...)}, err
	}
	return x, p.expect(")")
}

func (p *parser) list(end string) ([]expr, error) {
	var out []expr
	for !p.accept(end) {
		x, err := p.ternary()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
		if !p.accept(",") {
			return out, p.expect(end)
		}
	}
	return out, nil
}

func (p *parser) mapping() (expr, error) {
	var m mappingOf
	for !p.accept("}") {
		k, err := p.ternary()
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		v, err := p.ternary()
		if err != nil {
			return nil, err
		}
		m.keys, m.values = append(m.keys, k), append(m.values, v)
		if !p.accept(",") {
			return m, p.expect("}")
		}
	}
	return m, nil
}

func (p *parser) postfix(x expr) (expr, error) {
	for {
		switch {
		case p.accept("."):
			key := p.next()
			if key.kind != 'n' && key.kind != '#' {
				return nil, fmt.Errorf("a name expected after ., not %q", key.text)
			}
			if p.accept("(") {
				args, err := p.list(")")
				if err != nil {
					return nil, err
				}
				if methods[key.text] == nil {
					return nil, fmt.Errorf("the method %s() is not supported", key.text)
				}
				x = method{x, key.text, args}
				continue
			}
			x = member{x, literal{key.text}}
		case p.accept("["):
			y, err := p.index(x)
			if err != nil {
				return nil, err
			}
			x = y
		case p.accept("|"):
			f := filter{x: x, name: p.next().text}
			if filters[f.name] == nil {
				return nil, fmt.Errorf("the filter %q is not supported", f.name)
			}
			var err error
			if p.accept("(") {
				if f.args, err = p.arguments(); err != nil {
					return nil, err
				}
			}
			x = f
		case p.accept("("):
			n, ok := x.(name)
			if !ok || functions[string(n)] == "" {
				return nil, fmt.Errorf("the function %v() is not supported", x)
			}
			args, err := p.arguments()
			if err != nil {
				return nil, err
			}
			if len(args) == 0 {
				return nil, fmt.Errorf("%s() needs an argument", n)
			}
			x = filter{args[0], functions[string(n)], args[1:]}
		default:
			return x, nil
		}
	}
}

// arguments reads arguments up to ")"; keywords are taken by position.
func (p *parser) arguments() ([]expr, error) {
	var out []expr
	for !p.accept(")") {
		if len(p.tokens) > 1 && p.tokens[0].kind == 'n' && p.tokens[1].text == "=" {
			p.next()
			p.next()
		}
		x, err := p.ternary()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
		if !p.accept(",") {
			return out, p.expect(")")
		}
	}
	return out, nil
}

func (p *parser) index(x expr) (expr, error) {
	var from, to expr
	var err error
	if !p.peek(":") {
		if from, err = p.ternary(); err != nil {
			return nil, err
		}
		if p.accept("]") {
			return member{x, from}, nil
		}
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	if !p.peek("]") {
		if to, err = p.ternary(); err != nil {
			return nil, err
		}
	}
	return slice{x, from, to}, p.expect("]")
}
