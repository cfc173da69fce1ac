package template

import (
	"errors"
	"fmt"
	"strconv"
)

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
