package grammar

// Digits are the digits that a text says one after the other, as a PIN is said: "1 2 3 4", "一二三四"; empty when it says anything else.
func Digits(v *Vocabulary, text string) string {
	s := prepare(text, v.lang.spaced)
	for _, ps := range v.cut(&s).ways {
		out, ok := "", len(ps) > 0
		r := v.reader(&s, ps)
		for i := range ps {
			word, spoken := r.tagAt(i, cNum)
			switch {
			case r.is(i, cNumber):
				out += string(s.text[ps[i].from:ps[i].to])
			case spoken && len(word) == 1:
				out += word
			case r.is(i, cSoft), r.is(i, cComma):
			default:
				ok = false
			}
		}
		if ok && out != "" {
			return out
		}
	}
	return ""
}
