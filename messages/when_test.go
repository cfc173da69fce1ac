package messages

import "testing"

func TestScenesTimesReadAsAPersonSaysThem(t *testing.T) {
	for _, tt := range []struct{ text, en, zh string }{
		{"07:00", "07:00", "07:00"},
		{"Mon 08:00", "Mon 08:00", "周一 08:00"},
		{"20:00–24:00 sat sun", "20:00–24:00 Sat Sun", "20:00–24:00 周六 周日"},
		{"sunset-30m–23:00", "sunset −30 min–23:00", "日落前30分钟–23:00"},
		{"sunrise 1h30m", "sunrise +1 h 30 min", "日出后1小时30分钟"},
		{"sunrise -45m", "sunrise −45 min", "日出前45分钟"},
		{"every 5m", "every 5 min", "每5分钟"},
		{"every 1d", "every 1 day", "每1天"},
		{"nobody came back", "nobody came back", "一直无人回来"},
		{"在 x9d", "在 x9d", "在 x9d"}, // what is no time stays as it is
	} {
		if en, zh := When("en", tt.text), When("zh", tt.text); en != tt.en || zh != tt.zh {
			t.Errorf("%q: got %q, %q, want %q, %q", tt.text, en, zh, tt.en, tt.zh)
		}
	}
}

func TestWhatPartsOfTheHubSayIsPutInTheLanguageOfTheHousehold(t *testing.T) {
	for english, zh := range map[string]string{
		"no answer within 10s":                                        "10s 内没有应答",
		"the device cannot be reached":                                "无法连接设备",
		"Lamp: no source of the device can do this":                   "Lamp：没有可以执行此操作的途径",
		"then[0]: nothing in the house does this now: room living":    "then[0]：家中目前没有设备可执行此操作：room living",
		`on_off.on: asked for "true", but the device reports "false"`: `on_off.on：要求"true"，但设备上报"false"`,
		"MAC no ack: 233":                                             "MAC no ack: 233",
	} {
		if got := Phrase("zh", english); got != zh {
			t.Errorf("%q: got %q, want %q", english, got, zh)
		}
	}
}
