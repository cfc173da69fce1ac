package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/concord-home/hub/model"
)

// fill puts the arguments in the place of {1}, {2}...
func fill(text string, args []any) string {
	for i, a := range args {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i+1)+"}", fmt.Sprint(a))
	}
	return text
}

// texts are the command line's own words; all others are in package messages.
var texts = map[string]model.Text{
	"column.name":       {En: "NAME", Zh: "名称"},
	"column.room":       {En: "ROOM", Zh: "房间"},
	"column.type":       {En: "TYPE", Zh: "类型"},
	"column.state":      {En: "STATE", Zh: "状态"},
	"column.reachable":  {En: "REACHABLE", Zh: "在线"},
	"column.id":         {En: "ID", Zh: "编号"},
	"column.label":      {En: "LABEL", Zh: "说明"},
	"column.value":      {En: "VALUE", Zh: "值"},
	"column.age":        {En: "HEARD", Zh: "上报时间"},
	"column.quality":    {En: "QUALITY", Zh: "可信度"},
	"column.devices":    {En: "DEVICES", Zh: "设备数"},
	"column.role":       {En: "ROLE", Zh: "角色"},
	"column.presence":   {En: "PRESENCE", Zh: "在家状态"},
	"column.trackers":   {En: "TRACKERS", Zh: "定位设备"},
	"column.one":        {En: "ONE", Zh: "设备一"},
	"column.other":      {En: "OTHER", Zh: "设备二"},
	"column.evidence":   {En: "EVIDENCE", Zh: "依据"},
	"column.last_run":   {En: "LAST RUN", Zh: "上次运行"},
	"column.service":    {En: "SERVICE", Zh: "服务"},
	"column.address":    {En: "ADDRESS", Zh: "地址"},
	"column.handler":    {En: "HANDLED BY", Zh: "由谁处理"},
	"column.seen":       {En: "SEEN", Zh: "发现时间"},
	"column.scope":      {En: "MAY", Zh: "权限"},
	"column.created":    {En: "CREATED", Zh: "创建时间"},
	"column.expires":    {En: "EXPIRES", Zh: "到期时间"},
	"column.capability": {En: "CAPABILITY", Zh: "能力"},
	"column.about":      {En: "ABOUT", Zh: "介绍"},
	"column.kind":       {En: "KIND", Zh: "种类"},

	"column.topics": {En: "TOPICS", Zh: "主题"},

	"devices.none":     {En: "there are no devices yet; `hub pair zigbee` lets them join", Zh: "还没有设备；使用 `hub pair zigbee` 添加设备"},
	"device.names":     {En: "ALSO", Zh: "别名"},
	"device.role_list": {En: "ROLES", Zh: "角色"},
	"device.product":   {En: "PRODUCT", Zh: "产品"},
	"device.source":    {En: "SOURCE", Zh: "来源"},
	"device.heard":     {En: "heard {1}", Zh: "{1}上报"},
	"device.state":     {En: "STATE", Zh: "状态"},
	"device.settings":  {En: "SETTINGS", Zh: "设置"},
	"device.commands":  {En: "commands", Zh: "指令"},
	"device.events":    {En: "events", Zh: "事件"},

	"set.waiting":     {En: "waiting for {1} … {2}", Zh: "正在等待{1}……{2}"},
	"set.interrupted": {En: "stopped waiting; what becomes of the command to {1} is in `hub watch`", Zh: "已停止等待；可用 `hub watch` 查看发给{1}的指令结果"},
	"watch.broken":    {En: "the connection to the hub broke; trying again", Zh: "与中枢的连接中断，正在重试"},
	"explain.none":    {En: "nothing is known of {1} yet", Zh: "还没有{1}的任何信息"},

	"history.none":    {En: "there is no history in this time", Zh: "此时段没有历史记录"},
	"history.summary": {En: "min {1}   mean {2}   max {3}", Zh: "最小 {1}   平均 {2}   最大 {3}"},

	"renamed":           {En: "{1} is now called {2}", Zh: "{1}现在叫{2}"},
	"removed":           {En: "{1} was removed", Zh: "已移除{1}"},
	"rooms.none":        {En: "there are no rooms yet; `hub rooms add NAME` adds one", Zh: "还没有房间；使用 `hub rooms add 名称` 添加"},
	"rooms.added":       {En: "the room {1} was added", Zh: "已添加房间{1}"},
	"rooms.put":         {En: "{1} is now in {2}", Zh: "{1}现在位于{2}"},
	"rooms.taken_out":   {En: "{1} is in no room now", Zh: "{1}现在不在任何房间"},
	"people.none":       {En: "nobody is known yet; `hub people add NAME` adds somebody", Zh: "还没有成员；使用 `hub people add 姓名` 添加"},
	"people.added":      {En: "{1} was added", Zh: "已添加{1}"},
	"people.tracker":    {En: "{1} stands for {2}", Zh: "{1}现在代表{2}"},
	"people.no_tracker": {En: "{1} no longer stands for {2}", Zh: "{1}不再代表{2}"},
	"place.is":          {En: "home is at {1}, {2}, within {3} m", Zh: "家位于 {1}, {2}，半径 {3} 米"},

	"merged":            {En: "{1} and {2} are one device now: {1}", Zh: "{1}与{2}已合并为{1}"},
	"swapped":           {En: "{2} has taken the place of {1}", Zh: "{2}已替换{1}"},
	"split":             {En: "{1} is a device of its own again, apart from {2}", Zh: "{1}已从{2}拆分为独立设备"},
	"proposals.none":    {En: "there is nothing to settle", Zh: "没有待处理的合并建议"},
	"proposals.accept":  {En: "{1}: merged", Zh: "{1}：已合并"},
	"proposals.dismiss": {En: "{1}: dismissed", Zh: "{1}：已忽略"},
	"discover.none":     {En: "nothing has been seen on the network yet", Zh: "网络上尚未发现任何设备"},
	"pair.open":         {En: "{1} takes new devices for {2}; put the device into pairing mode now (Ctrl-C ends it)", Zh: "{1}在{2}内接受新设备；请让设备进入配对模式（按 Ctrl-C 结束）"},
	"pair.closed":       {En: "closed; new devices: {1}", Zh: "已关闭；新设备：{1} 个"},

	"scenes.none":    {En: "there are no scenes yet; `hub scene apply FILE` adds one", Zh: "还没有场景；使用 `hub scene apply 文件` 添加"},
	"scenes.applied": {En: "the scene {1} was saved", Zh: "已保存场景{1}"},
	"scenes.nothing": {En: "{1} had nothing to do", Zh: "{1}没有需要执行的操作"},

	"tokens.none":    {En: "there are no tokens", Zh: "没有令牌"},
	"tokens.never":   {En: "never", Zh: "永不"},
	"tokens.control": {En: "see and control", Zh: "查看和控制"},
	"tokens.read":    {En: "see only", Zh: "仅查看"},
	"tokens.admin":   {En: "everything", Zh: "全部"},
	"tokens.created": {En: "the token {1} (it is shown this once):\n{2}", Zh: "令牌{1}（仅显示这一次）：\n{2}"},
	"tokens.revoked": {En: "the token {1} was revoked", Zh: "已吊销令牌{1}"},

	"access.const":       {En: "fixed", Zh: "固定"},
	"access.read":        {En: "read", Zh: "只读"},
	"access.write":       {En: "read and set", Zh: "可读写"},
	"access.write_only":  {En: "set only", Zh: "仅可设置"},
	"capability.command": {En: "command", Zh: "指令"},
	"capability.event":   {En: "event", Zh: "事件"},

	"mqtt.none":       {En: "the broker has no clients yet; `hub mqtt add NAME` makes one", Zh: "MQTT 服务还没有客户端；使用 `hub mqtt add 名称` 创建"},
	"mqtt.added":      {En: "the MQTT client {1}; its password is shown this once:", Zh: "MQTT 客户端{1}；密码仅显示这一次："},
	"publish.none":    {En: "nothing is published on MQTT; `hub mqtt publish --homie` shows the devices to other systems, --home-assistant to Home Assistant", Zh: "没有在 MQTT 上发布任何设备；使用 `hub mqtt publish --homie` 向其他系统发布，--home-assistant 向 Home Assistant 发布"},
	"publish.on":      {En: "published on MQTT: {1}; rooms: {2}; except: {3}", Zh: "已在 MQTT 上发布：{1}；房间：{2}；排除：{3}"},
	"publish.all":     {En: "all", Zh: "全部"},
	"publish.nothing": {En: "nothing", Zh: "无"},
	"mqtt.host":       {En: "HOST", Zh: "主机"},
	"mqtt.port":       {En: "PORT", Zh: "端口"},
	"mqtt.user":       {En: "USER", Zh: "用户名"},
	"mqtt.password":   {En: "PASSWORD", Zh: "密码"},
	"mqtt.phone":      {En: "In the OwnTracks app choose the mode MQTT and enter these; then say whose phone it is:\n  hub people tracker PERSON {1}/DEVICE-ID", Zh: "在 OwnTracks 应用中选择 MQTT 模式并填入以上内容；然后指定手机的主人：\n  hub people tracker 姓名 {1}/设备编号"},

	"roles.are":  {En: "{1} is: {2}", Zh: "{1}的角色：{2}"},
	"roles.none": {En: "{1} has no role", Zh: "{1}没有角色"},

	"setup.done":         {En: "the house is yours, {1}; log in to the app with this name and password", Zh: "{1}，设置完成；请用此姓名和密码登录应用"},
	"password.set":       {En: "the password of {1} was set", Zh: "已设置{1}的密码"},
	"ask.code":           {En: "Set-up code: ", Zh: "设置码："},
	"ask.name":           {En: "Your name: ", Zh: "您的姓名："},
	"ask.password":       {En: "Password (at least {1} characters): ", Zh: "密码（至少 {1} 个字符）："},
	"ask.password_again": {En: "The same password again: ", Zh: "再次输入密码："},
	"ask.stopped":        {En: "stopped; nothing was changed", Zh: "已停止，未作任何更改"},

	"start.taken":   {En: "something listens at {1} already, perhaps another hub or MQTT broker: stop it, or choose another address with --http or --mqtt; to use a broker that is there, give --broker mqtt://user:password@host", Zh: "{1} 已被占用，可能是另一个中枢或 MQTT 服务：请停止它，或用 --http 或 --mqtt 选择其他地址；要使用已有的 MQTT 服务，请用 --broker mqtt://用户名:密码@主机"},
	"start.foreign": {En: "{1} is no address of this machine: choose one that is with --http or --mqtt, such as :8377 or :1883 for all of its addresses", Zh: "{1} 不是本机地址：请用 --http 或 --mqtt 选择本机地址，例如 :8377 或 :1883 表示全部地址"},
	"start.port":    {En: "this user may not listen at {1}: choose a port above 1023 with --http or --mqtt", Zh: "当前用户无权监听 {1}：请用 --http 或 --mqtt 选择大于 1023 的端口"},
	"start.data":    {En: "the data directory {1} cannot be used ({2}): let the user who runs the hub write there, or choose another with --data", Zh: "数据目录 {1} 无法使用（{2}）：请授予运行中枢的用户写入权限，或用 --data 选择其他目录"},

	"import.done":            {En: "{1} taken over, {2} not", Zh: "已导入 {1} 项，{2} 项未导入"},
	"import.tried":           {En: "{1} would be taken over, {2} not; nothing was changed", Zh: "可导入 {1} 项，{2} 项不能导入；未作任何更改"},
	"import.kind.room":       {En: "room", Zh: "房间"},
	"import.kind.device":     {En: "device", Zh: "设备"},
	"import.kind.scene":      {En: "scene", Zh: "场景"},
	"import.kind.automation": {En: "automation", Zh: "自动化"},
	"import.kind.file":       {En: "file", Zh: "文件"},
	"import.file":            {En: "cannot be read: {1}", Zh: "无法读取：{1}"},
	"import.refused":         {En: "the hub does not take it: {1}", Zh: "中枢未接受：{1}"},
	"import.no_device":       {En: "no device of this house has its address; let the hub find it, then import again", Zh: "本中枢没有地址相同的设备；请先让中枢找到它，再重新导入"},
	"import.not_here":        {En: "the device of {1} is not in this house yet", Zh: "{1} 所属的设备尚未接入本中枢"},
	"import.no_entity":       {En: "there is no entity {1} in the registry", Zh: "注册表中没有实体 {1}"},
	"import.no_meaning":      {En: "{1} has no counterpart here", Zh: "{1} 在这里没有对应项"},
	"import.no_state":        {En: "{1} has no state {2} here", Zh: "{1} 在这里没有状态 {2}"},
	"import.no_person":       {En: "nobody here is called {1}; add the person, then import again", Zh: "这里没有名为 {1} 的成员；请先添加，再重新导入"},
	"import.lacks":           {En: "{1} has no {2} that can be set or is clear", Zh: "{1} 没有可设置且明确的 {2}"},
	"import.helper":          {En: "{1} is a helper of Home Assistant's own; use a mode or a scene in its place", Zh: "{1} 是 Home Assistant 自己的辅助元素；请改用模式或场景"},
	"import.template":        {En: "it is written in Home Assistant's template language", Zh: "使用了 Home Assistant 的模板语言"},
	"import.blueprint":       {En: "it is made from a blueprint; in Home Assistant choose “take control” to make it an automation of its own", Zh: "由蓝图生成；请在 Home Assistant 中选择“接管控制”，使其成为独立的自动化"},
	"import.trigger":         {En: "a trigger of this kind ({1}) has no counterpart here", Zh: "这类触发条件（{1}）在这里没有对应项"},
	"import.start":           {En: "nothing fires at a start here", Zh: "在这里，启动时不会触发任何场景"},
	"import.condition":       {En: "a condition of this kind ({1}) has no counterpart here", Zh: "这类条件（{1}）在这里没有对应项"},
	"import.action":          {En: "an action of this kind ({1}) has no counterpart here", Zh: "这类动作（{1}）在这里没有对应项"},
	"import.wait":            {En: "it waits for something that is no state", Zh: "它等待的不是一种状态"},
	"import.range":           {En: "a range beside other triggers cannot be told apart here; make it an automation of its own", Zh: "数值范围与其他触发条件并列时无法区分；请单独设为一个自动化"},
	"import.number":          {En: "“{1}” is no number", Zh: "“{1}”不是数字"},
	"import.time":            {En: "“{1}” is no time of day", Zh: "“{1}”不是时刻"},
	"import.span":            {En: "“{1}” is no length of time", Zh: "“{1}”不是时长"},
	"import.pattern":         {En: "only “every so many hours, minutes or seconds” has a counterpart here", Zh: "这里只支持“每隔若干小时、分钟或秒”"},
	"import.zone":            {En: "only home is a zone here, not {1}", Zh: "这里只有“家”这一区域，没有 {1}"},
	"import.all":             {En: "{1} of all there is: name rooms or devices", Zh: "{1} 作用于全部对象：请指定房间或设备"},
	"import.area":            {En: "the area {1} is not known, or the call would reach everything in it", Zh: "区域 {1} 未知，或此调用会影响其中的一切"},
	"import.scene":           {En: "the scene {1} was not taken over", Zh: "场景 {1} 未能导入"},
	"import.empty":           {En: "it has no trigger or no action", Zh: "它没有触发条件或动作"},

	"role.owner": {En: "owner", Zh: "户主"},
	"role.adult": {En: "adult", Zh: "成人"},
	"role.child": {En: "child", Zh: "儿童"},
	"role.guest": {En: "guest", Zh: "访客"},

	"part.left":   {En: "left", Zh: "左"},
	"part.center": {En: "center", Zh: "中"},
	"part.right":  {En: "right", Zh: "右"},
	"part.top":    {En: "top", Zh: "上"},
	"part.bottom": {En: "bottom", Zh: "下"},

	"service.alive":   {En: "alive", Zh: "在线"},
	"service.goodbye": {En: "goodbye", Zh: "已离开"},
	"service.expired": {En: "expired", Zh: "已失效"},

	"error.not_running": {En: "the hub is not running: start it with `hub run` (nothing answers at {1})", Zh: "中枢没有运行：请用 `hub run` 启动（{1} 没有应答）"},
	"error.unreachable": {En: "no hub answers at {1}: {2}", Zh: "{1} 没有中枢应答：{2}"},
	"error.token":       {En: "{1}; run as the user of the hub, or set $CONCORD_TOKEN to a token of `hub token create`", Zh: "{1}；请以中枢的用户身份运行，或将 $CONCORD_TOKEN 设为 `hub token create` 生成的令牌"},
	"error.ambiguous":   {En: "“{1}” may be {2}; say which", Zh: "“{1}”可能是{2}；请说明是哪一个"},
	"error.join":        {En: "; ", Zh: "；"},
}
