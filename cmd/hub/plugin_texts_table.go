package main

import (
	"maps"

	"github.com/concord-home/hub/model"
)

func init() {
	maps.Copy(texts, pluginTexts)
	maps.Copy(sayings, pluginSayings)
}

// pluginSayings are the mistakes of usage of `hub plugin`, in Chinese.
var pluginSayings = map[string]string{
	"%q is no FIELD=VALUE of the plugin %s":                            "%q 不是插件 %s 的 字段=值",
	"this hub was built from source: say where that is with --sdk DIR": "此中枢由源码构建：请用 --sdk 目录 指明源码位置",
	"--lang is %q, expected %s":                                        "--lang 为 %q，应为 %s",
	"--want is %q, expected bronze, silver, gold or platinum":          "--want 为 %q，应为 bronze、silver、gold 或 platinum",
	"%s is there already":                                              "%s 已存在",
}

// pluginTexts are the words of `hub plugin`.
var pluginTexts = map[string]model.Text{
	"column.version":           {En: "VERSION", Zh: "版本"},
	"column.note":              {En: "NOTE", Zh: "备注"},
	"plugins.none":             {En: "No plugins are installed. Install one with: hub plugin install FILE", Zh: "尚未安装插件。安装：hub plugin install 文件"},
	"plugin.state.disabled":    {En: "disabled", Zh: "已停用"},
	"plugin.state.starting":    {En: "starting", Zh: "启动中"},
	"plugin.state.running":     {En: "running", Zh: "运行中"},
	"plugin.state.degraded":    {En: "degraded", Zh: "异常"},
	"plugin.state.backing-off": {En: "restarting soon", Zh: "即将重启"},
	"plugin.state.failed":      {En: "failed", Zh: "失败"},
	"plugin.unsigned":          {En: "not signed", Zh: "未签名"},
	"plugin.vendor":            {En: "vendor", Zh: "厂商"},
	"plugin.capabilities":      {En: "can", Zh: "能力"},
	"plugin.network":           {En: "network", Zh: "网络"},
	"plugin.why":               {En: "for", Zh: "用途"},
	"plugin.confinement":       {En: "confinement", Zh: "隔离"},
	"plugin.faults":            {En: "last fault", Zh: "最近错误"},
	"plugin.config":            {En: "configuration", Zh: "配置"},
	"plugin.installed":         {En: "{1} {2} is installed.", Zh: "已安装 {1} {2}。"},
	"plugin.asks":              {En: "It speaks to {1}: {2}", Zh: "它会连接 {1}：{2}"},
	"plugin.removed":           {En: "{1} is removed.", Zh: "已移除 {1}。"},
	"plugin.no_config":         {En: "{1} has nothing to configure.", Zh: "{1} 没有可配置的内容。"},
	"plugin.configured":        {En: "{1} is configured.", Zh: "已配置 {1}。"},
	"plugin.done.enable":       {En: "{1} is enabled.", Zh: "已启用 {1}。"},
	"plugin.done.disable":      {En: "{1} is disabled.", Zh: "已停用 {1}。"},
	"plugin.done.reload":       {En: "{1} was started anew.", Zh: "已重新启动 {1}。"},
	"plugin.done.attach":       {En: "{1} was handed {2}.", Zh: "已将 {2} 交给 {1}。"},
	"plugin.done.detach":       {En: "{2} was taken back from {1}.", Zh: "已从 {1} 收回 {2}。"},
	"plugin.new":               {En: "The plugin is in {1}. Next: hub plugin test {1}", Zh: "插件位于 {1}。下一步：hub plugin test {1}"},
	"plugin.packed":            {En: "The package is {1}. Next: hub plugin sign {1} --key FILE", Zh: "软件包为 {1}。下一步：hub plugin sign {1} --key 文件"},
	"plugin.key":               {En: "The key is in {1}: keep it safe. Publish the public key: {2}", Zh: "密钥位于 {1}，请妥善保管。请公布公钥：{2}"},
	"plugin.signed":            {En: "{1} is signed.", Zh: "已签名 {1}。"},
	"plugin.simulated":         {En: "The simulated device is at {1}.", Zh: "模拟设备位于 {1}。"},
	"ask.key_password":         {En: "Password of the key: ", Zh: "密钥的密码："},
}
