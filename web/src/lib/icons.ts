// The icons of the app, from Lucide, and which of them stands for what.
import {
  Activity, AirVent, ArrowRight, BatteryLow, BatteryWarning, BedDouble, Bell, Blinds, Bot, Car, Check, ChevronDown, ChevronLeft, ChevronRight,
  CircleAlert, CircleCheck, CircleDot, Clock, CloudRain, Combine, Copy, Cloud, Download, DoorClosed, DoorOpen, Droplet, Droplets, Eye, Fan, Flame,
  Footprints, Gauge, HeartPulse, Heater, House, Info, KeyRound, Languages, LayoutGrid, Leaf, Lightbulb, Link, Lock, LockOpen, LogOut,
  MapPin, Mic, Minus, Moon, Palette, Pause, Pencil, Play, Plug, Plus, Power, Puzzle, QrCode, Radar, Radio, RefreshCw, Replace, Router,
  Search, Settings, ShieldAlert, Siren, SkipBack, SkipForward, SlidersHorizontal, Smartphone, Snowflake, Sofa, Sparkles, Speaker, Split,
  Square, Sun, Thermometer, ThermometerSun, Timer, ToggleLeft, TriangleAlert, Trash, Tv, Undo2, UserRound, Users, Utensils, Volume2, WashingMachine,
  Bath, WifiOff, Wind, X, Zap, ZoomIn, ZoomOut, Flower2, Camera, CalendarClock,
} from 'lucide';

export {
  Activity, ArrowRight, BatteryLow, Bell, Bot, Car, Check, ChevronDown, ChevronLeft, ChevronRight, CircleAlert, CircleCheck, Clock, Cloud, Combine, Copy, Download,
  DoorOpen, Droplets, Eye, Flame, Footprints, Gauge, HeartPulse, House, Info, KeyRound, Languages, LayoutGrid, Leaf, Lightbulb, Link, Lock, LockOpen, LogOut, MapPin,
  Mic, Minus, Moon, Pause, Pencil, Play, Plus, Power, Puzzle, QrCode, Radar, RefreshCw, Replace, Router, Search, Settings, ShieldAlert,
  SkipBack, SkipForward, SlidersHorizontal, Smartphone, Snowflake, Sparkles, Speaker, Split, Square, Sun, ThermometerSun, Timer, TriangleAlert, Trash, Undo2,
  UserRound, Users, Volume2, WifiOff, Wind, X, Zap, ZoomIn, ZoomOut, CalendarClock,
};

export type Icon = typeof House;

const byType: [RegExp, Icon][] = [
  [/color_light|light_color|^light|lamp|bulb/, Lightbulb],
  [/plug|outlet|socket/, Plug],
  [/switch|relay/, ToggleLeft],
  [/trv|radiator|heater|floor_heating|boiler|water_heater/, Heater],
  [/thermostat/, ThermometerSun],
  [/air_condition|heat_pump/, AirVent],
  [/fan|air_purifier|ventilat/, Fan],
  [/dehumid|humidifier/, Droplets],
  [/window_covering|blind|curtain|shade/, Blinds],
  [/lock/, Lock],
  [/garage|gate|closure|door/, DoorClosed],
  [/contact/, DoorOpen],
  [/motion|occupancy|presence/, Footprints],
  [/leak/, Droplet],
  [/smoke|co_alarm|gas/, Flame],
  [/siren|alarm|security/, Siren],
  [/climate_sensor|temperature|humidity/, Thermometer],
  [/air_monitor|air_quality/, Wind],
  [/remote|button|knob/, CircleDot],
  [/tv|media/, Tv],
  [/speaker|chime/, Speaker],
  [/vacuum|mower/, Bot],
  [/valve|irrigation|pump|water/, Droplet],
  [/meter|energy|solar|battery/, Gauge],
  [/ev_charger/, Car],
  [/wash|dry|dish|oven|fridge|appliance/, WashingMachine],
  [/camera|doorbell/, Camera],
  [/rain|weather/, CloudRain],
  [/soil|plant/, Flower2],
  [/bridge|hub|router|repeater/, Router],
];

/** The icon of a device's or part's type. */
export function iconOf(type: string): Icon {
  return byType.find(([re]) => re.test(type))?.[1] ?? Radio;
}

const byRoom: [RegExp, Icon][] = [
  [/bed|卧/i, BedDouble],
  [/living|lounge|客厅|起居/i, Sofa],
  [/kitchen|dining|厨|餐/i, Utensils],
  [/bath|toilet|wc|卫|浴/i, Bath],
  [/hall|entrance|玄关|走廊|门厅/i, DoorClosed],
  [/garden|balcony|阳台|花园/i, Flower2],
  [/garage|车库/i, Car],
];

/** The icon of a room, by its names in any language. */
export function iconOfRoom(names: Record<string, string>): Icon {
  const all = Object.values(names).join(' ');
  return byRoom.find(([re]) => re.test(all))?.[1] ?? House;
}

export { Palette, BatteryWarning };
