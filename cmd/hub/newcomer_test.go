package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/concord-home/hub/bridge/http/api"
	"github.com/google/go-cmp/cmp"
)

func TestTheFirstPersonClaimsTheHub(t *testing.T) {
	l := start(t)
	env := map[string]string{"CONCORD_DATA": l.dir}
	for _, tt := range []struct {
		name, stdin string
		code        int
		said        string
	}{
		{"no answers", "", exitUsage, "there is no answer on the standard input"},
		{"a short password", l.code + "\nLi\nshort\n", exitUsage, "shorter than 10 characters"},
		{"a wrong code", "AAAAA-AAAAA\nLi\ncorrect horse\n", exitFailed, "the set-up code is wrong"},
		{"the right code", l.code + "\nLi\ncorrect horse", exitOK, "the house is yours, Li; log in to the app with this name and password\n"},
		{"once more", l.code + "\nLi\ncorrect horse\n", exitFailed, "the hub is already set up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := runCLI(t, env, tt.stdin, "setup")
			if r.code != tt.code || !strings.Contains(r.out+r.err, tt.said) {
				t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
			}
		})
	}
}

func TestAPasswordIsSetForThePersonNamedOrTheOnlyOne(t *testing.T) {
	l := start(t)
	env := map[string]string{"CONCORD_DATA": l.dir}
	if r := runCLI(t, env, "correct horse\n", "password"); r.code != exitUsage {
		t.Errorf("nobody lives here: exit %d: %s", r.code, r.err)
	}
	l.must("people", "add", "Li", "--role", "owner")
	if r := runCLI(t, env, "correct horse\n", "password"); r.out != "the password of Li was set\n" {
		t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
	}
	l.must("people", "add", "An")
	for name, code := range map[string]int{"": exitUsage, "an": exitOK, "bo": exitNotFound} {
		if r := runCLI(t, env, "correct horse\n", append([]string{"password"}, strings.Fields(name)...)...); r.code != code {
			t.Errorf("password %s: exit %d, want %d: %s%s", name, r.code, code, r.out, r.err)
		}
	}
}

func TestAnMQTTClientIsMadeListedAndRemoved(t *testing.T) {
	l := start(t)
	out := l.must("mqtt", "add", "li", "owntracks/li/#")
	for _, want := range []string{`HOST +127\.0\.0\.1\n`, `PORT +1883\n`, `USER +li\n`, `PASSWORD +\S{16,}\n`, `TOPICS +owntracks/li/#\n`, `hub people tracker PERSON owntracks/li/DEVICE-ID`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
	var made api.NewMQTTClient
	if err := json.Unmarshal([]byte(l.must("mqtt", "add", "blinds", "--json")), &made); err != nil || made.Password == "" {
		t.Errorf("%v: %+v", err, made)
	}
	if diff := cmp.Diff("NAME    TOPICS\nblinds  blinds/#\nli      owntracks/li/#\n", l.must("mqtt", "list")); diff != "" {
		t.Error(diff)
	}
	l.must("mqtt", "remove", "blinds")
	if r := l.hubCmd("mqtt", "remove", "blinds"); r.code != exitNotFound {
		t.Errorf("a client that is gone: exit %d: %s", r.code, r.err)
	}
	if r := l.hubCmd("mqtt", "add", "a/b"); r.code != exitFailed || !strings.Contains(r.err, "1 to 64 characters") {
		t.Errorf("a name that does not fit: exit %d: %s", r.code, r.err)
	}
}

func TestTheBrokerIsAddressedAsOthersReachIt(t *testing.T) {
	for _, tt := range []struct{ addr, base, host string }{
		{"[::]:1883", "http://192.0.2.5:8377", "192.0.2.5"},
		{"0.0.0.0:1883", "http://hub.local:8377", "hub.local"},
		{"192.0.2.6:1883", "http://127.0.0.1:8377", "192.0.2.6"},
	} {
		if host, port := brokerAddress(tt.addr, tt.base); host != tt.host || port != "1883" {
			t.Errorf("%s at %s: got %s, %s", tt.addr, tt.base, host, port)
		}
	}
}

func TestRolesAreShownGivenAndTakenAway(t *testing.T) {
	l := start(t)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"desk"}, "Desk lamp has no role\n"},
		{[]string{"desk", "lamp", "reading light"}, "Desk lamp is: lamp, reading light\n"},
		{[]string{"desk"}, "Desk lamp is: lamp, reading light\n"},
		{[]string{"desk", "--none"}, "Desk lamp has no role\n"},
	} {
		if got := l.must(append([]string{"roles"}, step.args...)...); got != step.want {
			t.Errorf("roles %v: got %q, want %q", step.args, got, step.want)
		}
	}
}

func TestADeviceIsForgotten(t *testing.T) {
	l := start(t)
	if got := l.must("forget", "desk"); got != "Desk lamp was removed\n" {
		t.Errorf("got %q", got)
	}
	if r := l.hubCmd("device", "Desk lamp"); r.code != exitNotFound {
		t.Errorf("it is still there: exit %d", r.code)
	}
}

func TestWhatIsSaidInEnglishIsPutInTheLanguageAskedFor(t *testing.T) {
	zh := &cli{lang: "zh"}
	for english, want := range map[string]string{
		"12 facts wait to be applied":                                                  "12 条信息等待处理",
		"zigbee2mqtt/cache: states are complete":                                       "zigbee2mqtt/cache：状态完整",
		"zigbee2mqtt/bridge: online, version 2.14.1, 19 devices and groups":            "zigbee2mqtt/bridge：在线，版本 2.14.1，设备和群组共 19 个",
		"li/phone: 3 positions, the newest of 2026-01-31T18:30:00Z":                    "li/phone：位置 3 条，最新时间 2026-01-31T18:30:00Z",
		"no answer within 10s":                                                         "10s 内没有应答",
		`name "a/b": expected 1 to 64 characters, none of them a space or one of :/+#`: "名称 \"a/b\" 应为 1 到 64 个字符，不含空格和 :/+#",
		"accepts 1 arg(s), received 0":                                                 "需要 1 个参数，收到 0 个",
		"MAC no ack: 233":                                                              "MAC no ack: 233",
	} {
		if got := zh.phrase(english); got != want {
			t.Errorf("%q: got %q, want %q", english, got, want)
		}
		if got := (&cli{lang: "en"}).phrase(english); got != english {
			t.Errorf("%q becomes %q in English", english, got)
		}
	}
}

func TestMistakesOfUsageAreToldInChinese(t *testing.T) {
	l := start(t)
	if r := runCLI(t, map[string]string{"LANG": "zh_CN.UTF-8"}, "", "nosuch"); r.code != exitUsage || !strings.Contains(r.err, "\"hub\" 没有命令 \"nosuch\"") {
		t.Errorf("exit %d: %s", r.code, r.err)
	}
	for args, want := range map[string]string{
		"set wall/switch on":                   "Wall/switch有多个部分可接受 \"on\"，请说明是哪一个：Wall/switch@left, Wall/switch@right",
		"set desk level bright":                "level.level：\"bright\" 不符合要求，应为0到100%之间的数字",
		"history desk level --since yesterday": "\"yesterday\" 不是时间段",
		"device":                               "需要 1 个参数，收到 0 个（参见 `hub device --help`）",
	} {
		r := l.hubCmd(append(strings.Fields(args), "--lang", "zh")...)
		if r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("hub %s: exit %d: %s", args, r.code, r.err)
		}
	}
}

func TestAStartThatFailsSaysWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ args, want string }{
		{"--data " + dir + "/a --mqtt 127.0.0.1:0 --http " + taken.Addr().String(), "something listens at " + taken.Addr().String() + " already"},
		{"--data " + dir + "/b --http 127.0.0.1:0 --mqtt " + taken.Addr().String(), "choose another address with --http or --mqtt"},
		{"--data " + dir + "/c --mqtt 127.0.0.1:0 --http 192.0.2.1:1", "192.0.2.1:1 is no address of this machine"},
		{"--data " + file, "choose another with --data"},
		{"--data " + file + " --lang zh", "请授予运行中枢的用户写入权限"},
	} {
		r := runCLI(t, nil, "", append([]string{"run", "--discover=false"}, strings.Fields(tt.args)...)...)
		if r.code != exitFailed || !strings.Contains(r.err, tt.want) {
			t.Errorf("hub run %s: exit %d: %s%s", tt.args, r.code, r.out, r.err)
		}
	}
}

func TestEveryMistakeOfUsageHasItsChinese(t *testing.T) {
	said := regexp.MustCompile(`\b(?:usage|wrong)\(("(?:[^"\\]|\\.)*")`)
	verb := regexp.MustCompile(`%(?:\[\d\])?[sqvd]`)
	for _, pattern := range []string{"*.go", "internal/shorthand/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range said.FindAllStringSubmatch(string(text), -1) {
				format, err := strconv.Unquote(m[1])
				if err != nil {
					t.Fatalf("%s: %s: %v", file, m[1], err)
				}
				if zh, ok := sayings[format]; !ok || len(verb.FindAllString(zh, -1)) != len(verb.FindAllString(format, -1)) {
					t.Errorf("%s: %q: no Chinese with the same arguments: %q", file, format, zh)
				}
			}
		}
	}
}
