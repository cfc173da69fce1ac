package converse

import (
	"strings"
	"testing"
	"time"
)

func TestPhrasesAgreeInNumberAndGender(t *testing.T) {
	for _, x := range []struct {
		lang, key string
		names     []string
		want      string
	}{
		{"en", "on", []string{"Floor lamp"}, "Floor lamp is on."},
		{"en", "on", []string{"Kitchen lights"}, "Kitchen lights are on."},
		{"en", "on", []string{"TV", "Lamp"}, "TV and Lamp are on."},
		{"en", "on", []string{"Bathroom glass"}, "Bathroom glass is on."},
		{"de", "off", []string{"Deckenlichter"}, "Deckenlichter sind aus."},
		{"es", "on", []string{"Lámpara del salón"}, "Lámpara del salón está encendida."},
		{"es", "on", []string{"Luces de la cocina"}, "Luces de la cocina están encendidas."},
		{"es", "off", []string{"Televisor"}, "Televisor está apagado."},
		{"fr", "closed", []string{"Volets du salon"}, "Volets du salon sont fermés."},
		{"fr", "on", []string{"Lampe", "Prise"}, "Lampe et Prise sont allumées."},
		{"fr", "on", []string{"Lampe", "Radiateur"}, "Lampe et Radiateur sont allumés."},
		{"it", "off", []string{"Luci cucina"}, "Luci cucina sono spente."},
		{"zh-TW", "on", []string{"落地燈"}, "落地燈已開啟。"},
	} {
		tn := &turn{lang: x.lang}
		if got := phraseOf(x.lang, x.key, formOf(x.lang, x.names...), tn.list(x.names)); got != x.want {
			t.Errorf("%s: %q, want %q", x.lang, got, x.want)
		}
	}
}

func TestSpansNumbersAndTimesAreWrittenAsTheLanguageWritesThem(t *testing.T) {
	at := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)
	e := &Engine{o: Options{Now: func() time.Time { return at }}}
	for lang, want := range map[string]string{
		"en": "1 minute|21.5 °C|1:00 AM|Friday, November 27", "zh-CN": "1分钟|21.5度|1点|11月27日星期五", "de": "1 Minute|21,5 °C|1 Uhr|Freitag, 27. November",
		"ru": "1 минуту|21,5 °C|1:00|пятница, 27 ноября", "es": "1 minuto|21,5 °C|1:00|viernes 27 de noviembre", "ko": "1분|21.5도|1시|11월 27일 금요일",
	} {
		tn := &turn{e: e, lang: lang}
		got := strings.Join([]string{tn.duration(time.Minute), amount(lang, 21.46, "°C"), tn.clock(at), tn.date(at)}, "|")
		if got != want {
			t.Errorf("%s: %s, want %s", lang, got, want)
		}
	}
	for n, want := range map[int]string{1: "1 минуту", 3: "3 минуты", 5: "5 минут", 11: "11 минут", 21: "21 минуту", 22: "22 минуты"} {
		if got := (&turn{e: e, lang: "ru"}).duration(time.Duration(n) * time.Minute); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestEveryPhraseFillsItsHoles(t *testing.T) {
	for key, texts := range phrases {
		for lang, text := range texts {
			if strings.Count(text, "{") != strings.Count(text, "}") {
				t.Errorf("%s %s: %s", lang, key, text)
			}
			for _, hole := range []string{"{1}", "{2}", "{3}"} {
				if strings.Contains(text, hole) != strings.Contains(texts["en"], hole) {
					t.Errorf("%s %s: %s, but in English %s", lang, key, text, texts["en"])
				}
			}
		}
	}
}
