package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The permissions of a characteristic (table 6-4).
const (
	Read          = "pr"
	Write         = "pw"
	Events        = "ev"
	TimedWrite    = "tw"
	WriteResponse = "wr"
	Hidden        = "hd"
)

// Accessory is one device, or the bridge itself (AID 1).
type Accessory struct {
	AID      uint64     `json:"aid"`
	Services []*Service `json:"services"`
}

// Service is one function of an accessory.
type Service struct {
	IID             uint64            `json:"iid"`
	Type            string            `json:"type"` // in short form
	Primary         bool              `json:"primary"`
	Hidden          bool              `json:"hidden"`
	Linked          []uint64          `json:"linked"`
	Characteristics []*Characteristic `json:"characteristics"`
}

// Characteristic is one value of a service with its contract.
type Characteristic struct {
	IID         uint64          `json:"iid"`
	Type        string          `json:"type"` // in short form
	Perms       []string        `json:"perms"`
	Format      string          `json:"format"`
	Value       json.RawMessage `json:"value"`
	Description string          `json:"description"`
	Unit        string          `json:"unit"`
	Min         *float64        `json:"minValue"`
	Max         *float64        `json:"maxValue"`
	Step        *float64        `json:"minStep"`
	MaxLen      int             `json:"maxLen"`
	ValidValues []int           `json:"valid-values"`
	ValidRange  []int           `json:"valid-values-range"`
}

// Can reports whether the characteristic has a permission.
func (c *Characteristic) Can(perm string) bool { return slices.Contains(c.Perms, perm) }

// Find returns the service's characteristic of a type, nil when it has none.
func (s *Service) Find(short string) *Characteristic {
	for _, c := range s.Characteristics {
		if c.Type == short {
			return c
		}
	}
	return nil
}

// ErrDatabase says that a list of accessories is none.
var ErrDatabase = errors.New("the accessory's description of itself cannot be read")

// Limits of a database: hap-nodejs keeps to 150 accessories of 100 services of 100 characteristics.
const (
	maxAccessories     = 1000
	maxServices        = 255
	maxCharacteristics = 255
)

// ParseAccessories reads the body of /accessories. Types come out in short form; what has no id is left out.
func ParseAccessories(body []byte) ([]Accessory, error) {
	var db struct {
		Accessories []Accessory `json:"accessories"`
	}
	if err := json.Unmarshal(body, &db); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	if len(db.Accessories) == 0 || len(db.Accessories) > maxAccessories {
		return nil, fmt.Errorf("%w: it lists %d accessories", ErrDatabase, len(db.Accessories))
	}
	seen := map[uint64]bool{}
	for i := range db.Accessories {
		a := &db.Accessories[i]
		if a.AID == 0 || seen[a.AID] {
			return nil, fmt.Errorf("%w: the accessory id %d is missing or there twice", ErrDatabase, a.AID)
		}
		seen[a.AID] = true
		if len(a.Services) > maxServices {
			return nil, fmt.Errorf("%w: accessory %d has %d services", ErrDatabase, a.AID, len(a.Services))
		}
		a.Services = slices.DeleteFunc(a.Services, func(s *Service) bool { return s == nil || s.IID == 0 || s.Type == "" })
		for _, s := range a.Services {
			if len(s.Characteristics) > maxCharacteristics {
				return nil, fmt.Errorf("%w: service %d.%d has %d characteristics", ErrDatabase, a.AID, s.IID, len(s.Characteristics))
			}
			s.Type = Short(s.Type)
			s.Characteristics = slices.DeleteFunc(s.Characteristics, func(c *Characteristic) bool { return c == nil || c.IID == 0 || c.Type == "" })
			for _, c := range s.Characteristics {
				c.Type, c.Format = Short(c.Type), strings.ToLower(c.Format)
			}
		}
	}
	return db.Accessories, nil
}

// Numeric reports whether a format holds numbers.
func Numeric(format string) bool {
	switch format {
	case "int", "uint8", "uint16", "uint32", "uint64", "float", "int32":
		return true
	}
	return false
}

// Decode reads a value as its format has it: a bool, float64 or string, or nil for null. Truths come
// as 0 and 1 from some accessories, numbers as truths from others; ok is false for what is neither.
func (c *Characteristic) Decode(raw json.RawMessage) (value any, ok bool) {
	if len(raw) == 0 {
		return nil, false
	}
	var x any
	if json.Unmarshal(raw, &x) != nil {
		return nil, false
	}
	switch v := x.(type) {
	case nil:
		return nil, true
	case bool:
		if Numeric(c.Format) {
			return map[bool]float64{true: 1}[v], true
		}
		return v, c.Format == "bool" || c.Format == ""
	case float64:
		if c.Format == "bool" {
			return v != 0, v == 0 || v == 1
		}
		return v, Numeric(c.Format) || c.Format == ""
	case string:
		return v, !Numeric(c.Format) && c.Format != "bool"
	}
	return nil, false
}
