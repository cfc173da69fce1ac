package model

// OptionLabel says what a member of an enum or set is called, by attribute
// ("on_off.startup") or by argument ("button.press.action"). A member that the
// catalogue does not list, as of a device's own light effects, is called what it is.
func OptionLabel(a Attribute, option string) Text {
	if t, ok := OptionLabels[a][option]; ok {
		return t
	}
	return Text{En: option, Zh: option}
}
