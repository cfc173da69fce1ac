package yardstick

import (
	"testing"

	"github.com/concord-home/hub/bridge/converse/grammar"
)

// TestConstructions says, for each way in which an order is put together with other talk, that it is understood so.
func TestConstructions(t *testing.T) {
	words := map[string]*grammar.Vocabulary{}
	for _, c := range []struct{ lang, say, want string }{
		// a reason before or after the order
		{"zh-CN", "空调关了吧冷死了", "TurnOff"},
		{"zh-CN", "窗帘拉开点光线太暗了", "Open"},
		{"zh-CN", "吊扇转得太快了慢点儿", "FanAdjust name=吊扇 step=down"},
		{"zh-CN", "这歌不好听，下一首", "MediaNext"},
		{"zh-CN", "厨房的灯没人用了，把它关掉", "TurnOff area=厨房"},
		{"zh-CN", "厨房地上全是水，让小白去拖一下", "VacuumCleanArea name=小白 area=厨房"},
		{"zh-TW", "煮水餃幫我計時八分鐘", "StartTimer minutes=8"},
		{"ja", "キッチンの電気つけっぱなしだから消しといて", "TurnOff area=キッチン"},
		{"ko", "더우니까 에어컨 켜줘", "TurnOn"},
		// how something is, and what to do about it
		{"zh-CN", "车库门还敞着呢，快关上", "Close name=车库门"},
		{"zh-CN", "厨房灯一直亮着呢给灭了", "TurnOff area=厨房"},
		{"zh-CN", "玄关灯咋不亮呢，给开开", "TurnOn area=玄关"},
		{"zh-CN", "儿童房热得跟火炉似的", "ClimateAdjust area=儿童房 step=down"},
		// what is not to be done
		{"zh-CN", "不要开灯", "Nevermind"},
		{"zh-CN", "别把空调关了", "Nevermind"},
		{"zh-CN", "关灯，等等，先别关", "Nevermind"},
		{"zh-HK", "唔好閂窗簾", "Nevermind"},
		{"ja", "電気を消さないで", "Nevermind"},
		{"ko", "불 켜지 마", "Nevermind"},
		{"zh-CN", "小白先别扫了", "VacuumReturnToBase name=小白"},
		// what was meant
		{"zh-CN", "不是台灯，是落地灯", "Correct name=落地灯"},
		{"zh-CN", "厨房，不是客厅", "Correct area=厨房"},
		{"zh-CN", "是主卧不是书房", "Correct area=主卧"},
		{"zh-CN", "把台灯关了，不是，把落地灯关了", "TurnOff name=落地灯"},
		{"ja", "リビングじゃなくてキッチン", "Correct area=キッチン"},
		{"ko", "거실 말고 주방", "Correct area=주방"},
		// two things, two orders
		{"zh-CN", "关掉台灯和空调", "TurnOff name=台灯 & TurnOff"},
		{"zh-CN", "关掉客厅和厨房的灯", "TurnOff area=客厅 & TurnOff area=厨房"},
		{"zh-CN", "把客厅灯和空调都关了", "TurnOff area=客厅 & TurnOff"},
		{"zh-CN", "二十分钟后把台灯和空调都关了", "TurnOff name=台灯 delay=1200 & TurnOff delay=1200"},
		{"zh-CN", "关电视关灯", "TurnOff name=电视 & TurnOff"},
		{"zh-CN", "让小白扫厨房然后回去充电", "VacuumCleanArea name=小白 area=厨房 & VacuumReturnToBase name=小白"},
		{"zh-CN", "我要睡了帮我关灯", "HouseMode house_mode=sleep & TurnOff"},
		{"zh-CN", "把儿童房的小夜灯留着，别的灯都关", "TurnOff except=小夜灯"},
		// a question that is an order, and an order that is a question
		{"zh-TW", "可以幫我開一下客廳的燈嗎", "TurnOn area=客廳"},
		{"zh-CN", "能不能看看灯关了吗", "GetState"},
		// numbers and amounts
		{"zh-CN", "书房灯色温弄到四千五", "LightSet area=书房 temperature=4500"},
		{"zh-CN", "台灯亮度加百分之十", "LightAdjust name=台灯 step=up value=10"},
		{"zh-CN", "台灯亮度提高到百分之五十", "LightSet name=台灯 brightness=50"},
		{"zh-CN", "窗帘再拉开一点", "Open"},
		{"zh-HK", "冷氣較凍兩度", "ClimateAdjust step=down value=2"},
		{"zh-TW", "冷氣切暖氣", "ClimateSetMode mode=heat"},
	} {
		v := words[c.lang]
		if v == nil {
			v = householdVocabulary(t, c.lang)
			words[c.lang] = v
		}
		if wrong := misread(v, c.say, c.want, true); wrong != "" {
			t.Errorf("%s: %s; want %s", c.say, wrong, c.want)
		}
	}
}

// TestWhatIsNoOrder says what must do nothing though it comes close to an order.
func TestWhatIsNoOrder(t *testing.T) {
	v := householdVocabulary(t, "zh-CN")
	for _, say := range []string{"台灯开到十点", "厨房音箱音量多少", "只留小夜灯", "谁把灯关了", "窗帘在哪里买的", "学校大门在修路", "他家的灯很亮", "空调是制冷还是制热"} {
		if m, ok := v.Parse(say); ok && !harmless(m.Clauses[0].Intent) {
			t.Errorf("%s: %s", say, m.Clauses[0].Intent)
		}
	}
}
