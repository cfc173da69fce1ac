package main

import (
	"maps"

	"github.com/concord-home/hub/model"
)

func init() { maps.Copy(texts, keepTexts) }

// keepTexts are the words of `hub backup` and `hub update`.
var keepTexts = map[string]model.Text{
	"column.made":         {En: "MADE", Zh: "时间"},
	"column.size":         {En: "SIZE", Zh: "大小"},
	"column.by":           {En: "BY", Zh: "方式"},
	"backup.none":         {En: "There is no backup yet. Make one with: hub backup create", Zh: "还没有备份。创建：hub backup create"},
	"backup.by_hand":      {En: "hand", Zh: "手动"},
	"backup.by_schedule":  {En: "schedule", Zh: "自动"},
	"backup.made":         {En: "The backup is made and proven: {1}", Zh: "备份已完成并通过验证：{1}"},
	"backup.restoring":    {En: "The backup is sound; the hub starts anew with it.", Zh: "备份完好，中枢正在用它重新启动。"},
	"backup.staged":       {En: "The backup is sound. The hub that starts next with --data {1} restores it.", Zh: "备份完好。下次以 --data {1} 启动的中枢会恢复它。"},
	"backup.sound":        {En: "{1} is sound: made {2} by version {3}, {4} files, up to fact {5}", Zh: "{1} 完好：{2}由版本 {3} 创建，含 {4} 个文件，截至第 {5} 条记录"},
	"backup.sound.kept":   {En: "{1} is sound", Zh: "{1} 完好"},
	"backup.schedule":     {En: "Every day at {1}; the newest of {2} days and of {3} weeks are kept, in {4} MB at most", Zh: "每天 {1}；保留最近 {2} 天和 {3} 周的备份，最多占用 {4} MB"},
	"backup.schedule.off": {En: "No backup is made by itself. Turn that on with: hub backup schedule on", Zh: "未开启自动备份。开启：hub backup schedule on"},
	"backup.never":        {En: "No backup was made yet", Zh: "尚未备份"},
	"backup.last":         {En: "The last was made and proven {1}", Zh: "最近一次备份（已验证）：{1}"},
	"backup.next":         {En: "The next is due {1}", Zh: "下次备份：{1}"},
	"backup.problem":      {En: "The last attempt failed: {1}", Zh: "最近一次尝试失败：{1}"},

	"update.version":         {En: "version", Zh: "版本"},
	"update.program":         {En: "program", Zh: "程序"},
	"update.start":           {En: "started", Zh: "启动方式"},
	"update.start.systemd":   {En: "by systemd, as {1}", Zh: "由 systemd 启动，单元 {1}"},
	"update.start.container": {En: "in a container: update its image", Zh: "在容器中：请更新镜像"},
	"update.start.source":    {En: "from source, by go run: update the sources", Zh: "由源码通过 go run 启动：请更新源码"},
	"update.start.shell":     {En: "from a shell or another supervisor", Zh: "由命令行或其他守护程序启动"},
	"update.key":             {En: "releases of", Zh: "发布者公钥"},
	"update.no_key":          {En: "nobody: pin a key with hub update pin KEY", Zh: "未设置：请运行 hub update pin 公钥"},
	"update.ready":           {En: "ready", Zh: "已就绪"},
	"update.before":          {En: "before", Zh: "上一版本"},
	"update.before.what":     {En: "{1}, until {2}; backup {3}", Zh: "{1}，使用至{2}；备份 {3}"},
	"update.pinned":          {En: "This hub takes releases signed with {1}", Zh: "此中枢将接受由 {1} 签名的版本"},
	"update.checked":         {En: "{1} is signed and starts here. Put it in place with: hub update apply", Zh: "{1} 签名有效，可在本机启动。安装：hub update apply"},
	"update.restarts":        {En: "The program is replaced and the hub starts anew. The backup from just before is {1}; take the update back with: hub update undo", Zh: "程序已替换，中枢正在重新启动。更新前的备份为 {1}；撤销更新：hub update undo"},
	"update.by_hand":         {En: "The backup {1} is made. The hub may not replace its own program; these lines do it:", Zh: "备份 {1} 已完成。中枢无权替换自身程序，请执行以下命令："},
	"update.undone":          {En: "{1} is in place again, and its data lies ready: start the hub", Zh: "已恢复 {1}，数据也已就绪：请启动中枢"},
}
