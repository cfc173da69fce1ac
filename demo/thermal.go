package demo

// space is a room as a body of heat: its air, quick, and its walls and furniture, slow (a 2R2C model), and the
// water in its air.
type space struct {
	volume float64 // m³
	window float64 // W that the strongest sun brings in
	people int
	air    float64 // °C
	mass   float64 // °C
	water  float64 // grams in a kilogram of air
	heater float64 // W that the radiator gives now: it follows its valve slowly
}

// gains are what acts on a space besides the weather.
type gains struct {
	valve  float64 // percent that the radiator's valve is open
	direct float64 // W straight into the air; negative cools
	shade  float64 // 0 lets the sun in, 1 keeps it out
	open   bool    // a window is open
	next   float64 // °C of the room next door
	steam  float64 // grams of water an hour, besides what people breathe
}

const (
	airHeat       = 6000.0 // J/K a m³, with what is light in the room
	massHeat      = 60e3   // J/K a m³
	airToMass     = 3.0    // W/K a m³
	airToOut      = 0.45   // W/K a m³: windows and leaks
	massToOut     = 0.30   // W/K a m³
	openWindow    = 180.0  // W/K
	doorway       = 25.0   // W/K to the room next door
	bodyHeat      = 90.0   // W
	bodyWater     = 50.0   // g/h
	radiatorPower = 1800.0 // W
	radiatorLag   = 420.0  // s
	leaks         = 0.4    // times an hour that the air is exchanged
	airing        = 6.0    // the same with a window open
	airWeight     = 1.2    // kg/m³
	thermalStep   = 60.0   // s; longer steps are split, so that the sums stay stable
)

// step lets dt seconds pass.
func (s *space) step(dt float64, c conditions, g gains) {
	for dt > 0 {
		part := min(dt, thermalStep)
		s.exchangeHeat(part, c, g)
		s.exchangeWater(part, c, g)
		dt -= part
	}
}

func (s *space) exchangeHeat(dt float64, c conditions, g gains) {
	s.heater += (g.valve/100*radiatorPower - s.heater) * min(dt/radiatorLag, 1)
	outward := airToOut * s.volume
	if g.open {
		outward += openWindow
	}
	sunshine := s.window * c.sun * (1 - g.shade)
	toMass := airToMass * s.volume * (s.mass - s.air)
	intoAir := toMass + outward*(c.outdoor-s.air) + doorway*(g.next-s.air) +
		s.heater + g.direct + float64(s.people)*bodyHeat + sunshine/2
	intoMass := -toMass + massToOut*s.volume*(c.outdoor-s.mass) + sunshine/2
	s.air += intoAir * dt / (airHeat * s.volume)
	s.mass += intoMass * dt / (massHeat * s.volume)
}

func (s *space) exchangeWater(dt float64, c conditions, g gains) {
	changes := leaks
	if g.open {
		changes = airing
	}
	source := (float64(s.people)*bodyWater + g.steam) / (s.volume * airWeight)
	s.water += ((c.water-s.water)*changes + source) * dt / 3600
	s.water = min(s.water, saturation(s.air))
}

// humidity is the relative humidity of the air in percent.
func (s *space) humidity() float64 {
	return min(max(100*s.water/saturation(s.air), 1), 99)
}
