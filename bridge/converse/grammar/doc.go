// Package grammar turns a spoken sentence into its meaning: which intent, on which things and
// rooms, with which values. It knows languages and the names of a house, not what a house can do.
//
// How it works. Each language is a file of words (data/en.yaml…): every word or phrase stands for a
// concept ("on", "light", "color=red"). The names of the house are compiled into a second trie of
// the same kind. A sentence is cut into the cheapest sequences of known pieces (a shortest path
// over its characters, so the cost grows with the sentence and not with the house), numbers and
// durations are put together, and the frames (data/frames.yaml, one list for all languages) say
// which concepts an intent needs and which it allows. A sentence that leaves a word over means
// nothing: it is better to ask than to do the wrong thing.
//
// Use: l := Load("zh-CN"); v := Compile(l, house); m, ok := v.Parse("打开客厅的灯").
// A [Vocabulary] is immutable and may be used from any goroutine. The package is pure, but for languages, which it compiles once.
package grammar
