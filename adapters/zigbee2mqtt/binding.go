package zigbee2mqtt

import (
	"fmt"
	"math"
	"strings"

	"github.com/concord-home/hub/model"
)

// binding ties one attribute of an endpoint to one MQTT property, or to a field of it.
type binding struct {
	endpoint  model.EndpointID
	attribute model.Attribute
	key       string // the MQTT property: "state_left"
	path      string // the field, where the property is an object: "hue" of "color"
	access    int
	conv      *conversion

	scale             float64           // model value = device value x scale
	lo, hi            *float64          // what a colour temperature is held within, against rounding
	integer           bool              // the model has whole numbers only
	on, off           model.Value       // the device's spellings of true and false
	toModel, toDevice map[string]string // the device's spellings of an enum's members, and back
	first             string            // the member written when several would do
	// gate is a property that, being gateOff, makes the value "off" whatever its own property
	// says: the power switch of an air conditioner, whose mode is only remembered.
	gate            string
	gateOn, gateOff model.Value
	least, most     int  // how many entries a day's plan may have
	moving          bool // reaches its target only after a while: covers, locks, valves
	gradual         bool // takes a transition
}

// conversion is one way a device's value becomes a model value and back.
type conversion struct {
	// shape fits the property's contract to the expose and prepares the binding; false when the expose does not suit.
	shape func(l leaf, b *binding, p *model.Property) bool
	// read turns the device's value into the model's; unknown when it says nothing.
	read func(b *binding, v model.Value) model.Value
	// write turns the model's value into the device's.
	write func(b *binding, v model.Value) (model.Value, error)
}

// conversions is the whole set. rules.go refers to them by name.
var conversions = map[string]*conversion{
	"same":        {shapeSame, readSame, writeSame},
	"number":      {shapeNumber, readNumber, writeNumber},
	"index":       {shapeIndex, readNumber, nil},
	"percent254":  {shapePercentOfMax, readPercent, writePercent},
	"mired":       {shapeMired, readMired, writeMired},
	"field":       {shapeField, readField, writeField},
	"bool":        {shapeBool, readBool, writeBool},
	"not":         {shapeNot, readBool, writeBool},
	"alarm":       {shapeAlarm, readAlarm, nil},
	"low":         {shapeBool, readAs("warning", "ok"), nil},
	"due":         {shapeBool, readAs("critical", "ok"), nil},
	"charging":    {shapeBool, readAs("charging", "not_charging"), nil},
	"doorcontact": {shapeNot, readAs("open", "closed"), nil},
	"lock":        {shapeTwo("locked", "unlocked"), readTwo, writeTwo},
	"open":        {shapeTwo("open", "closed"), readTwo, writeTwo},
	"openclose":   {shapeOpenClose, readOpenClose, writeOpenClose},
	"startup":     {shapeEnum(startupNames), readEnum, writeEnum},
	"startbool":   {shapeStartBool, readEnum, writeStartBool},
	"mode":        {shapeEnum(modeNames), readEnum, writeEnum},
	"forcedmode":  {shapeEnum(boostModeNames), readEnum, writeEnum},
	"preset":      {shapeEnum(presetNames), readEnum, writeEnum},
	"running":     {shapeEnum(runningNames), readSet, nil},
	"fanmode":     {shapeEnum(fanModeNames), readEnum, writeEnum},
	"swing":       {shapeSwing, readSwing, writeSwing},
	"source":      {shapeEnum(sourceNames), readEnum, nil},
	"charge":      {shapeEnum(chargeNames), readEnum, nil},
	"batlevel":    {shapeEnum(batteryNames), readEnum, nil},
	"quality":     {shapeEnum(airQualityNames), readEnum, nil},
	"moving":      {shapeEnum(movingNames), readEnum, nil},
	"valvestate":  {shapeEnum(valveNames), readEnum, nil},
	"lockstate":   {shapeEnum(lockStateNames), readEnum, nil},
	"door":        {shapeEnum(doorNames), readEnum, nil},
	"colormode":   {shapeEnum(colorModeNames), readEnum, nil},
	"presence":    {shapePresence, readEnumBool, nil},
	"opening":     {shapeOpening, readEnumBool, nil},
	"lockout":     {shapeLockout, readLockout, writeLockout},
	"warning":     {shapeWarning, nil, writeWarning},
	"codes":       {shapeCodes, readCodes, nil},

	"limit":         {shapeLimit, readPercent, writePercent},
	"childlock":     {shapeChildLock, readBool, writeBool},
	"hex":           {shapeText, readSame, writeHex},
	"hexes":         {shapeList, readSame, writeHexes},
	"choice":        {shapeChoice, readChoice, writeChoice},
	"dayplan":       {shapeDayPlan, readDayPlan, writeDayPlan},
	"startkept":     {shapeStartKept, readEnum, writeStartBool},
	"inputtype":     {shapeChosen(inputTypeNames), readEnum, writeEnum},
	"inputmode":     {shapeChosen(inputModeNames), readEnum, writeEnum},
	"inputaction":   {shapeChosen(inputActionNames), readEnum, writeEnum},
	"clicks":        {shapeChosenBool("multi", "fast"), readBool, writeBool},
	"feedback":      {shapeChosenBool("negative", "positive"), readBool, writeBool},
	"reversed":      {shapeTruth(reversedNames), readBool, writeBool},
	"indicator":     {shapeChosen(indicatorNames), readEnum, writeEnum},
	"dimsteps":      {shapeChosen(dimStepNames), readEnum, writeEnum},
	"dimming":       {shapeChosen(dimmingNames), readEnum, writeEnum},
	"colorstart":    {shapeChosen(colorStartNames), readEnum, writeEnum},
	"gradientstyle": {shapeChosen(gradientStyleNames), readEnum, writeEnum},
	"degrees":       {shapeChosen(degreeNames), readEnum, writeEnum},
	"clock":         {shapeChosen(clockNames), readEnum, writeEnum},
	"orientation":   {shapeChosen(orientationNames), readEnum, writeEnum},
	"sensor":        {shapeChosen(sensorNames), readEnum, writeEnum},
	"output":        {shapeChosen(outputNames), readSet, nil},
	"program":       {shapeChosen(programNames), readEnum, writeEnum},
	"sensitivity":   {shapeChosen(sensitivityNames), readEnum, writeEnum},
	"lockvolume":    {shapeChosen(lockVolumeNames), readEnum, writeEnum},
	"signal":        {shapeChosen(signalNames), readEnum, writeEnum},
	"sounding":      {shapeSounding, readSounding, writeBool},
	"volumesteps":   {shapeChosen(volumeStepNames), readEnum, writeEnum},
	"protect":       {shapeChosen(protectNames), readEnum, writeEnum},
}

func round(f float64, digits int) float64 {
	k := math.Pow10(digits)
	return math.Round(f*k) / k
}

func ptr(f float64) *float64 { return &f }

// spelling brings the spellings of an enum's members together: "Frost protection" and "frost-protection" are one.
func spelling(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.NewReplacer(" ", "_", "-", "_").Replace(s)
}

// sameValue reports whether two device values mean the same: numbers to a rounding, text whatever its case.
func sameValue(a, b model.Value) bool {
	if a == b {
		return true
	}
	if x, ok := a.Number(); ok {
		y, ok := b.Number()
		return ok && math.Abs(x-y) < 0.0015 // colours come back rounded to four digits
	}
	s, ok := a.Text()
	t, ok2 := b.Text()
	return ok && ok2 && strings.EqualFold(s, t)
}

// read returns the attribute's value from the device's properties.
func (b *binding) read(property func(key string) model.Value) model.Value {
	if b.gate != "" && sameValue(property(b.gate), b.gateOff) {
		return model.String("off")
	}
	v := property(b.key)
	if v.IsUnknown() || b.conv.read == nil {
		return model.Value{}
	}
	return b.conv.read(b, v)
}

// encode returns the properties to send for a value of the attribute.
func (b *binding) encode(v model.Value) ([]property, error) {
	if b.access&accessSet == 0 || b.conv.write == nil {
		return nil, fmt.Errorf("%s of %s cannot be set: Zigbee2MQTT offers it for reading only", b.attribute, b.endpoint)
	}
	if b.gate != "" {
		if v == model.String("off") {
			return []property{{key: b.gate, value: b.gateOff}}, nil
		}
		d, err := b.conv.write(b, v)
		return []property{{key: b.gate, value: b.gateOn}, {key: b.key, value: d}}, err
	}
	d, err := b.conv.write(b, v)
	return []property{{key: b.key, path: b.path, value: d}}, err
}

// property is one value to send.
type property struct {
	key, path string
	value     model.Value
}

func (b *binding) refuse(v model.Value, expected string) error {
	return &model.ValueError{Attribute: b.attribute, Value: v.String(), Expected: expected}
}
