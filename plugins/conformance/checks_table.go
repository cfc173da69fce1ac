package conformance

import (
	"context"

	"github.com/concord-home/hub/model"
)

// check is one duty of a plugin. run returns nil, what is wrong, or why it does not apply.
type check struct {
	id    string
	tier  Tier
	title model.Text
	run   func(ctx context.Context, k *kit) error
	phase phase
}

// phase is when a check is done.
type phase int

const (
	drives phase = iota // makes the plugin do something
	soaks               // for a long time, alone
	judges              // all that was said meanwhile
)

func t(en, zh string) model.Text { return model.Text{En: en, Zh: zh} }

// checks are all of them.
var checks = []check{
	{"manifest", Bronze, t("the manifest, the device file and the scripts can be read", "清单、设备文件和脚本可读"), func(context.Context, *kit) error { return nil }, drives},
	{"start", Bronze, t("it starts and answers initialize as its manifest says", "能启动并按清单应答 initialize"), checkStart, drives},
	{"protocol-version", Bronze, t("it refuses a hub whose protocol it does not know", "拒绝不认识的协议版本"), checkVersion, drives},
	{"unknown-method", Bronze, t("it refuses methods and ignores members that it does not know", "拒绝未知方法并忽略未知成员"), checkUnknownMethod, drives},
	{"describe", Bronze, t("it describes the device that was found, and reports its values", "描述所发现的设备并上报数值"), checkDescribe, drives},
	{"identity", Bronze, t("its devices have the same ids after a restart", "重启后设备标识不变"), checkIdentity, drives},
	{"ping", Bronze, t("it answers pings while its device is silent", "设备无响应时仍应答 ping"), checkPing, drives},
	{"offline", Bronze, t("it says that a device does not answer, and why", "如实报告设备离线及原因"), checkOffline, drives},
	{"shutdown", Bronze, t("it ends in time with exit code 0 when asked to", "收到 shutdown 后按时以 0 退出"), checkShutdown, drives},
	{"orphan", Bronze, t("it ends by itself when the hub is gone", "中枢消失后自行退出"), checkOrphan, drives},

	{"deadline", Silver, t("it answers a command at its deadline, whatever the device does", "无论设备如何，都在期限内应答指令"), checkDeadline, drives},
	{"unknown-device", Silver, t("it refuses commands to devices that it does not have", "拒绝对未知设备的指令"), checkUnknownDevice, drives},
	{"reconnect", Silver, t("it finds a device again that was off", "设备恢复后重新连接"), checkReconnect, drives},
	{"repeated-command", Silver, t("it does a repeated command once", "重复的指令只执行一次"), checkRepeatedCommand, drives},
	{"repeated-find", Silver, t("a device that is found twice is one device", "重复发现的设备仍是一个设备"), checkRepeatedFind, drives},
	{"broken-answers", Silver, t("it stands answers that are rubbish or break off", "能承受乱码和中断的应答"), checkBrokenAnswers, drives},
	{"out-of-range", Silver, t("it passes on no value that cannot be", "不转发不可能的数值"), checkOutOfRange, drives},
	{"newer-device", Silver, t("it understands a device whose answers hold something new", "能理解带有新成员的应答"), checkNewerDevice, drives},
	{"said-twice", Silver, t("it stands a device that says everything twice", "能承受设备重复发送"), checkSaidTwice, drives},
	{"slow-device", Silver, t("it works with a device that takes a second for each answer", "能与每次应答需一秒的设备工作"), checkSlow, drives},
	{"names", Silver, t("names pass through in any script", "任何文字的名称原样传递"), checkNames, drives},
	{"languages", Silver, t("what a household may set has words in English and Chinese", "配置项有中英文说明"), checkLanguages, drives},
	{"memory", Silver, t("it stays within its memory under load", "负载下内存不超限"), checkMemory, drives},

	{"scripts", Gold, t("its scripts come true", "测试脚本全部通过"), checkScripts, drives},
	{"coverage", Gold, t("its scripts use every capability that it declares", "脚本覆盖所有声明的能力"), checkCoverage, drives},
	{"last-word", Gold, t("of many commands in a row the last one counts", "连续指令以最后一条为准"), checkLastWord, drives},
	{"new-address", Gold, t("it follows a device to another address", "设备换地址后仍可用"), checkNewAddress, drives},
	{"reconfigure", Gold, t("it takes a new configuration while it runs", "运行中接受新配置"), checkReconfigure, drives},
	{"diagnostics", Gold, t("it has figures for whoever looks for a fault", "提供诊断信息"), checkDiagnostics, drives},
	{"readme", Gold, t("its README.md tells of devices, configuration and limits", "README.md 说明设备、配置和限制"), checkReadme, drives},

	{"hundred-devices", Platinum, t("it serves a hundred devices", "可服务一百台设备"), checkHundred, drives},
	{"fuzzed-device", Platinum, t("it stands a device that goes mad", "能承受失常的设备"), checkFuzz, drives},
	{"signed", Platinum, t("its package is signed", "软件包已签名"), checkSigned, drives},
	{"soak", Platinum, t("it works for a day", "连续运行一天"), checkSoak, soaks},

	{"messages", Bronze, t("all that it says fits the protocol's schemas", "所有消息符合协议模式"), func(_ context.Context, k *kit) error { return k.wrong(&k.schema) }, judges},
	{"clean-output", Bronze, t("nothing but messages is on its standard output", "标准输出只有消息"), func(_ context.Context, k *kit) error { return k.wrong(&k.garbage) }, judges},
	{"contract", Bronze, t("it keeps the contract of every adapter", "遵守适配器契约"), func(_ context.Context, k *kit) error { return k.wrong(&k.contract) }, judges},
	{"secrets", Silver, t("secrets are never shown", "从不泄露密钥"), checkSecrets, judges},
}
