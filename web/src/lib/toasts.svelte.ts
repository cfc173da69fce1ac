// Short words at the foot of the page, read out by screen readers too.
export type Toast = { id: number; text: string; kind: 'good' | 'bad' };

let all = $state.raw<Toast[]>([]);
let last = 0;

export const toasts = () => all;

export function say(text: string, kind: Toast['kind'] = 'good') {
  const id = ++last;
  all = [...all.slice(-2), { id, text, kind }];
  setTimeout(() => hush(id), kind === 'bad' ? 9000 : 3500);
}

export function hush(id: number) {
  all = all.filter((x) => x.id !== id);
}
